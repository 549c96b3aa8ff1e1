import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import agency.core.sealing


class Migration(migrations.Migration):
    """Another name or number of a person is masked like the first."""

    dependencies = [
        ("cases", "0067_denied"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="consumer",
            name="to_be_indexed_anew",
        ),
        migrations.AddField(
            model_name="consumer",
            name="also",
            field=agency.core.sealing.SecretField(
                blank=True, default=b"", verbose_name="also told as"
            ),
        ),
        migrations.AddField(
            model_name="reporter",
            name="also",
            field=agency.core.sealing.SecretField(
                blank=True, default=b"", verbose_name="also told as"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consumer",
            trigger=pgtrigger.compiler.Trigger(
                name="to_be_indexed_anew",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.also IS DISTINCT FROM NEW.also)",
                    func="UPDATE cases_casesearch SET is_stale = true WHERE NOT is_stale AND case_id IN (SELECT id FROM cases_case WHERE consumer_id = NEW.id); RETURN NULL;",
                    hash="6ed579742352351f55b1fcd8d3f70cdb3b382dbb",
                    operation='UPDATE OF "name", "also"',
                    pgid="pgtrigger_to_be_indexed_anew_e0bb8",
                    table="cases_consumer",
                    when="AFTER",
                ),
            ),
        ),
    ]
