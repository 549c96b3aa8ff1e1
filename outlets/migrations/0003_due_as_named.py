from django.db import migrations, models


class Migration(migrations.Migration):
    """No document names a day here yet."""

    dependencies = [("outlets", "0002_odr_enterprises")]

    operations = [
        migrations.AddField(
            "outletdeadline",
            "is_named",
            models.BooleanField(default=False, verbose_name="due as a document says"),
        ),
    ]
