# Late clocks get the unit that had the case when they fell due: an assignment of that moment
# says so, or who dispatched it next; everything else the unit that has it.

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

ALL = "UPDATE cases_casedeadline SET answerable_id = unit_id"
LATE = """
UPDATE cases_casedeadline clock SET answerable_id = whose.unit_id
FROM (
    SELECT DISTINCT ON (d.id) d.id,
           CASE WHEN a.assigned_at <= late.at THEN a.unit_id ELSE dispatcher.unit_id END AS unit_id
    FROM cases_casedeadline d
    JOIN cases_case c ON c.id = d.case_id
    -- what was late when it came in counts where it came in
    CROSS JOIN LATERAL (SELECT greatest(d.due_at, c.registered_at) AS at) late
    JOIN cases_assignment a ON a.case_id = d.case_id
        AND (a.ended_at IS NULL OR a.ended_at > late.at)
    JOIN core_user dispatcher ON dispatcher.id = a.by_id
    WHERE d.noticed_at IS NOT NULL
        OR d.met_at IS NULL AND d.cancelled_at IS NULL AND d.paused_at IS NULL
        AND d.due_at < agency_now()
    ORDER BY d.id, a.assigned_at, a.id
) whose WHERE whose.id = clock.id
"""
CHECKED = "SET CONSTRAINTS ALL IMMEDIATE"
"""The table is altered next: nothing may wait to be checked then."""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0029_tickets_go_back_to_their_platform"),
        ("core", "0015_accesses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="casedeadline",
            name="answerable",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.unit",
                verbose_name="unit answerable",
            ),
        ),
        migrations.RunSQL([ALL, LATE, CHECKED], migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="casedeadline",
            name="answerable",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.unit",
                verbose_name="unit answerable",
            ),
        ),
        migrations.AddIndex(
            model_name="casedeadline",
            index=models.Index(
                condition=models.Q(("cancelled_at", None), ("met_at", None)),
                fields=["answerable", "due_at"],
                name="casedeadline_open_answerable",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="casedeadline",
            trigger=pgtrigger.compiler.Trigger(
                name="answerable_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."answerable_id" IS DISTINCT FROM (NEW."answerable_id") AND (OLD."noticed_at" IS NOT NULL OR OLD."met_at" IS NOT NULL OR OLD."cancelled_at" IS NOT NULL))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update of \"answerable_id\" rows from % table', TG_TABLE_NAME;",
                    hash="e67f647fae856d3ee225e203e4f6e94afccd8c4b",
                    operation='UPDATE OF "answerable_id"',
                    pgid="pgtrigger_answerable_stays_75d27",
                    table="cases_casedeadline",
                    when="BEFORE",
                ),
            ),
        ),
    ]
