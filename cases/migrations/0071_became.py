import django.db.models.deletion
from django.db import migrations, models

from agency.core.migrating import at_once

WHAT_BECAME_A_REPORT = """
    WITH RECURSIVE was (report, id, kind, origin_id, is_life) AS (
        SELECT id, id, kind, origin_id, true FROM cases_case
        WHERE kind = 'report' AND origin_id IS NOT NULL
        UNION
        SELECT was.report, c.id, c.kind, c.origin_id, was.is_life AND c.id = was.origin_id
        FROM was JOIN cases_case c
            ON c.kind IN ('consultation', 'petition') AND (
                c.id = was.origin_id AND c.kind <> was.kind OR c.merged_into_id = was.id)
    )
    UPDATE cases_case c SET became_id = found.report
    FROM (SELECT id, min(report) AS report, bool_or(is_life) AS is_life FROM was
          WHERE kind <> 'report' GROUP BY id) found
    WHERE c.id = found.id AND (found.is_life OR c.consumer_id IS NULL)
"""


class Migration(migrations.Migration):
    """What became a report says so itself, however many kinds it was before."""

    dependencies = [
        ("cases", "0070_word_on_agreements"),
    ]

    operations = at_once(
        migrations.AddField(
            model_name="case",
            name="became",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="was",
                to="cases.case",
                verbose_name="became",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("became", None), _negated=True),
                fields=["became"],
                name="case_became",
            ),
        ),
        migrations.RunSQL(WHAT_BECAME_A_REPORT, migrations.RunSQL.noop),
    )
