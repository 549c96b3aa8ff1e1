from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """What the queue asks of the cases closed of late is found without reading all of them."""

    dependencies = [
        ("cases", "0065_merchant_names"),
        ("core", "0029_numbers_given_elsewhere"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="case", name="case_to_archive"),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["-closed_at"],
                name="case_closed",
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("kind", "rewarded")), fields=["case"], name="decision_reward"
            ),
        ),
    ]
