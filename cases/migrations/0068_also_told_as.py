from django.db import migrations

import agency.core.sealing


class Migration(migrations.Migration):
    """Another name or number of a person is masked like the first."""

    dependencies = [
        ("cases", "0067_denied"),
    ]

    operations = [
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
    ]
