from django.db import migrations, models

from agency.core.migrating import at_once

# Written every second, worth nothing a second later: no write-ahead log for it. A standby
# cannot read it, and after a crash it is empty and computed again.
UNLOGGED = migrations.RunSQL(
    "ALTER TABLE reports_snapshot SET UNLOGGED", "ALTER TABLE reports_snapshot SET LOGGED"
)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = at_once(
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("version", models.UUIDField()),
                ("as_of", models.DateTimeField(verbose_name="as of")),
                ("payload", models.TextField()),
            ],
            options={
                "verbose_name": "snapshot",
                "verbose_name_plural": "snapshots",
            },
        ),
        UNLOGGED,
    )
