from django.db import migrations, models


class Migration(migrations.Migration):
    """Whether a number typed by hand is taken is found without reading every decision."""

    dependencies = [("cases", "0074_interim_reply")]

    operations = [
        migrations.AddIndex(
            "decision",
            models.Index(
                fields=["reference"],
                condition=~models.Q(reference="")
                & models.Q(kind__in=("accepted", "refused", "replied", "decided")),
                name="decision_number",
            ),
        ),
    ]
