from django.db import migrations, models

from agency.core.migrating import at_once

GIVEN = """
UPDATE cases_ticket t SET interim_at = t.replied_at, interim_text = t.reply_text
FROM cases_case c
WHERE c.id = t.case_id AND t.replied_at IS NOT NULL AND c.closed_at IS NULL AND c.result = ''
"""


class Migration(migrations.Migration):
    """A reply from before the outcome is known as such: the outcome is to be replied still."""

    dependencies = [("cases", "0073_due_as_named")]

    operations = at_once(
        migrations.AddField(
            "ticket",
            "interim_at",
            models.DateTimeField(null=True, verbose_name="interim reply at"),
        ),
        migrations.AddField(
            "ticket",
            "interim_text",
            models.TextField(blank=True, db_default="", default="", verbose_name="interim reply"),
        ),
        migrations.RunSQL(GIVEN, migrations.RunSQL.noop),
    )
