from django.db import migrations, models

from agency.core.migrating import at_once

RUN_ON = """
WITH back AS (
    UPDATE cases_casedeadline d SET cancelled_at = NULL, cancel_reason = '',
        handler_id = c.handler_id,
        -- the next sweep counts its warnings; what was missed was told when it was settled
        attention_at = CASE WHEN d.noticed_at IS NULL THEN agency_now() END
    FROM cases_case c JOIN cases_agreement a ON a.case_id = c.id
    WHERE d.case_id = c.id AND d.cancel_reason = 'settled' AND d.cancelled_at >= a.made_at
        AND c.state = 'settled' AND a.set_aside_at IS NULL
        AND a.kept IS NOT TRUE AND a.evidence_note = ''
    RETURNING d.case_id, d.due_at
)
UPDATE cases_case c SET next_due_at = least(c.next_due_at, soonest.due_at)
FROM (SELECT case_id, min(due_at) AS due_at FROM back GROUP BY case_id) soonest
WHERE c.id = soonest.case_id
"""


class Migration(migrations.Migration):
    """What was settled out there without the citizen's word is owed on; what they denied is found."""

    dependencies = [("cases", "0071_became")]

    operations = at_once(
        migrations.AddIndex(
            "agreement",
            models.Index(
                fields=["case"],
                condition=models.Q(kept=False, set_aside_at=None),
                name="agreement_denied",
            ),
        ),
        migrations.RunSQL(RUN_ON, migrations.RunSQL.noop),
    )
