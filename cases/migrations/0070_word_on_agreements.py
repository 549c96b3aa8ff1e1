from django.db import migrations, models

from agency.core.migrating import at_once

OUTCOMES = [
    ("settled", "settled"),
    ("handed_up", "handed up"),
    ("silent", "came home by itself"),
    ("recalled", "taken back"),
    ("denied", "settlement denied by the citizen"),
    ("came_again", "sent again after it was settled"),
    ("ended", "the case ended otherwise"),
]

LAST_WORD = """
UPDATE cases_agreement a SET kept = said.kept FROM (
    SELECT DISTINCT ON (made.id) made.id, told.kept
    FROM cases_followup told JOIN cases_agreement made
        ON made.case_id = told.case_id AND made.made_at <= told.at
    WHERE told.kept IS NOT NULL AND NOT EXISTS (SELECT FROM cases_agreement later
        WHERE later.case_id = made.case_id AND later.made_at > made.made_at
        AND later.made_at <= told.at)
    ORDER BY made.id, told.id DESC
) said WHERE said.id = a.id
"""

SET_ASIDE = """
UPDATE cases_agreement a SET set_aside_at = ended.at FROM (
    SELECT made.id, min(over.at) AS at FROM cases_agreement made JOIN (
        SELECT case_id, at, at AS since FROM cases_decision WHERE kind = 'reopened'
        UNION ALL
        SELECT case_id, made_at, made_at - interval '1 microsecond' FROM cases_agreement
        UNION ALL
        SELECT case_id, ended_at, ended_at FROM cases_referral WHERE outcome = 'denied'
    ) over ON over.case_id = made.case_id AND over.since >= made.made_at
    GROUP BY made.id
) ended WHERE ended.id = a.id
"""

CAME_AGAIN = """
UPDATE cases_referral r SET outcome = 'came_again' WHERE outcome = 'denied'
AND NOT EXISTS (SELECT FROM cases_agreement a WHERE a.case_id = r.case_id AND NOT a.kept
    AND a.made_at BETWEEN r.referred_at AND r.ended_at)
"""


class Migration(migrations.Migration):
    """What the citizen said last of an agreement, and since when it stands no longer, stand on it."""

    dependencies = [("cases", "0068_also_told_as")]

    operations = at_once(
        migrations.AddField(
            "agreement",
            "kept",
            models.BooleanField(null=True, verbose_name="what was settled out there was done"),
        ),
        migrations.AddField(
            "agreement",
            "set_aside_at",
            models.DateTimeField(null=True, verbose_name="set aside at"),
        ),
        migrations.AlterField(
            "referral",
            "outcome",
            models.CharField(blank=True, choices=OUTCOMES, max_length=12, verbose_name="outcome"),
        ),
        migrations.RunSQL([LAST_WORD, SET_ASIDE, CAME_AGAIN], migrations.RunSQL.noop),
        migrations.AddConstraint(
            "agreement",
            models.CheckConstraint(
                condition=models.Q(("kept", None))
                | models.Q(("kept", True))
                | models.Q(("performed_at", None))
                | ~models.Q(("evidence_note", "")),
                name="agreement_denied_is_not_performed",
            ),
        ),
        migrations.AddConstraint(
            "agreement",
            models.UniqueConstraint(
                condition=models.Q(("set_aside_at", None)),
                fields=("case",),
                name="agreement_one_stands_per_case",
            ),
        ),
    )
