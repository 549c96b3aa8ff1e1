import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    """The merchants' list is searched through an index, no longer row by row."""

    dependencies = [
        ("cases", "0064_door"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="merchantsearch",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    models.F("core"),
                    function="bigrams",
                    output_field=django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                condition=models.Q(("is_stale", False)),
                fastupdate=False,
                name="merchant_search_names",
            ),
        ),
    ]
