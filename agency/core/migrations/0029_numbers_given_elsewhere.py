from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0028_letter_prefix"),
    ]

    operations = [
        migrations.AddField(
            model_name="numberseries",
            name="elsewhere",
            field=models.PositiveIntegerField(db_default=0, verbose_name="given out elsewhere"),
        ),
    ]
