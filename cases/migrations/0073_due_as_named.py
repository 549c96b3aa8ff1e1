from django.db import migrations, models

NAMED = """
UPDATE cases_casedeadline d SET is_named = true
WHERE EXISTS (
    SELECT 1 FROM cases_casedeadlinechange c
    WHERE c.deadline_id = d.id AND c.cause = 'as_in_the_notice' AND c.new_due_at = d.due_at
)
"""


class Migration(migrations.Migration):
    """What a notice or an agreement names is told from what a rule counts."""

    dependencies = [("cases", "0072_owed_until_confirmed")]

    operations = [
        migrations.AddField(
            "casedeadline",
            "is_named",
            models.BooleanField(default=False, verbose_name="due as a document says"),
        ),
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
    ]
