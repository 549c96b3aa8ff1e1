from django.db import migrations, models

from agency.core.migrating import at_once

SATISFACTION = [
    ("very_satisfied", "very satisfied"),
    ("satisfied", "satisfied"),
    ("basically_satisfied", "basically satisfied"),
    ("dissatisfied", "dissatisfied"),
    ("unreached", "not reached"),
]


class Migration(migrations.Migration):
    dependencies = [("cases", "0055_follow_named")]

    operations = at_once(
        migrations.AddField(
            "agreement",
            "paper",
            models.CharField(
                blank=True,
                choices=[
                    ("written", "a mediation document, signed by both parties"),
                    ("at_once", "none: performed at once"),
                    ("waived", "none: both parties agree to that"),
                ],
                max_length=10,
                verbose_name="mediation document",
            ),
        ),
        migrations.AddField(
            "agreement",
            "performed_on",
            models.DateField(blank=True, null=True, verbose_name="performed on"),
        ),
        migrations.AddField(
            "followup",
            "is_rating",
            models.BooleanField(default=False, verbose_name="rated in the national system"),
        ),
        migrations.AddField(
            "followup",
            "office",
            models.CharField(
                blank=True,
                choices=SATISFACTION,
                max_length=20,
                verbose_name="satisfaction with the petition department",
            ),
        ),
        # A rating and its event have one moment.
        migrations.RunSQL(
            "UPDATE cases_followup told SET is_rating = true FROM cases_caseevent event"
            " WHERE event.case_id = told.case_id AND event.at = told.at"
            " AND event.kind = 'evaluated'",
            migrations.RunSQL.noop,
        ),
    )
