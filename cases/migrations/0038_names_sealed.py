"""A citizen's name is sealed like the rest; its plain column goes."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import agency.core.sealing as sealing

AT_ONCE = 1000


def seal(apps, schema_editor):
    rows, last = apps.get_model("cases", "consumer").objects.order_by("pk"), 0
    while batch := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        for row in batch:
            row.name = row.plain_name
        sealing.reseal(batch)
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [("cases", "0037_what_stood_then")]
    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="consumer", name="to_be_indexed_anew"),
        migrations.RenameField("consumer", "name", "plain_name"),
        migrations.AddField("consumer", "name", sealing.SecretField(verbose_name="name")),
        migrations.RunPython(seal, elidable=True),
        migrations.RemoveField("consumer", "plain_name"),
        pgtrigger.migrations.AddTrigger(
            model_name="consumer",
            trigger=pgtrigger.compiler.Trigger(
                name="to_be_indexed_anew",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.name IS DISTINCT FROM NEW.name)",
                    func="UPDATE cases_casesearch SET is_stale = true WHERE NOT is_stale AND case_id IN (SELECT id FROM cases_case WHERE consumer_id = NEW.id); RETURN NULL;",
                    hash="60d3b6680fd004ded3c8c23757cc5daa986f46d7",
                    operation='UPDATE OF "name"',
                    pgid="pgtrigger_to_be_indexed_anew_e0bb8",
                    table="cases_consumer",
                    when="AFTER",
                ),
            ),
        ),
    ]
