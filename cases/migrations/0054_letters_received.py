from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0053_a_supplement_names_longer_fields")]

    operations = [
        migrations.AddField(
            "partynotice",
            "received_on",
            models.DateField(null=True, verbose_name="received on"),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["-closed_at"],
                name="case_to_archive",
                condition=models.Q(state="closed", next_due_at=None),
            ),
        ),
    ]
