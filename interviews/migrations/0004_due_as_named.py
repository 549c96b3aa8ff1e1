from django.db import migrations, models

NAMED = """
UPDATE interviews_interviewdeadline d SET is_named = true
WHERE EXISTS (
    SELECT 1 FROM core_deadlinerule r WHERE r.id = d.rule_id
    AND r.starts_on IN ('interview_approved', 'pledge_signed', 'rectification_raised')
)
"""


class Migration(migrations.Migration):
    """What an approval, a pledge or a list of repairs names is told from what a rule counts."""

    dependencies = [("interviews", "0003_links_repeats_templates")]

    operations = [
        migrations.AddField(
            "interviewdeadline",
            "is_named",
            models.BooleanField(default=False, verbose_name="due as a document says"),
        ),
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
    ]
