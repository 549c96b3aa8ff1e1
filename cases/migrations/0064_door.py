from django.db import migrations, models

import agency.core.sealing


class Migration(migrations.Migration):
    """An address is found again. Rows of before have no index until ``manage.py rotate_keys``."""

    dependencies = [
        ("cases", "0063_calls"),
    ]

    operations = [
        migrations.AddField(
            model_name="consumer",
            name="door_index",
            field=agency.core.sealing.BlindIndex(blank=True, default=None, null=True, of="door"),
        ),
        migrations.AddIndex(
            model_name="consumer",
            index=models.Index(
                condition=models.Q(("door_index__gt", b"")),
                fields=["door_index"],
                name="consumer_door",
            ),
        ),
    ]
