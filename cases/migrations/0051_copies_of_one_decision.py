from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0050_what_is_out")]

    operations = [
        migrations.RemoveConstraint("document", "document_number_once"),
        migrations.AddConstraint(
            "document",
            models.UniqueConstraint(
                fields=["number", "party"],
                condition=~models.Q(number=""),
                name="document_number_once_a_party",
            ),
        ),
        migrations.AddConstraint(
            "document",
            ExclusionConstraint(
                expressions=[("number", "="), ("case", "<>")],
                condition=~models.Q(number=""),
                name="document_number_of_one_case",
            ),
        ),
    ]
