from django.db import migrations, models


class Migration(migrations.Migration):
    """What the citizen says of a settlement out there is kept; denied, it ends the referral."""

    dependencies = [("cases", "0066_closed_of_late")]

    operations = [
        migrations.AddField(
            model_name="followup",
            name="kept",
            field=models.BooleanField(
                null=True, verbose_name="what was settled out there was done"
            ),
        ),
        migrations.AlterField(
            model_name="referral",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("settled", "settled"),
                    ("handed_up", "handed up"),
                    ("silent", "came home by itself"),
                    ("recalled", "taken back"),
                    ("denied", "settlement denied by the citizen"),
                    ("ended", "the case ended otherwise"),
                ],
                max_length=12,
                verbose_name="outcome",
            ),
        ),
    ]
