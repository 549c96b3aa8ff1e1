from django.db import migrations, models

from cases.search import sound


def hear(apps, schema_editor):
    """What is there already is found by its sound, too."""
    Category = apps.get_model("cases", "Category")
    categories = list(Category.objects.all())
    for category in categories:
        category.sound, _initials = sound.of(category.name_zh)
    Category.objects.bulk_update(categories, ["sound"])


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0042_rewards"),
    ]

    operations = [
        migrations.AddField(
            model_name="category",
            name="sound",
            field=models.CharField(blank=True, editable=False, max_length=400),
        ),
        migrations.RunPython(hear, migrations.RunPython.noop, elidable=True),
    ]
