from django.db import migrations

CALL_IN = """
    UPDATE cases_appraisal a SET ended_at = greatest(a.at, coalesce((
        SELECT max(p.to_at) FROM cases_casedeadlinepause p
        JOIN cases_casedeadline d ON d.id = p.deadline_id
        JOIN core_deadlinerule r ON r.id = d.rule_id
        WHERE d.case_id = a.case_id AND (r.met_by = 'clue_verified') = a.of_clue
    ), agency_now()))
    WHERE a.ended_at IS NULL AND (a.of_clue OR NOT EXISTS (
        SELECT FROM cases_case c
        WHERE c.id = a.case_id AND c.state IN ('appraising', 'testing')))
    AND NOT EXISTS (
        SELECT FROM cases_casedeadline d JOIN core_deadlinerule r ON r.id = d.rule_id
        WHERE d.case_id = a.case_id AND d.paused_at IS NOT NULL
        AND (r.met_by = 'clue_verified') = a.of_clue)
"""


class Migration(migrations.Migration):
    """What was never taken back stayed out: it ended with the pause that it made."""

    dependencies = [("cases", "0049_saved_filters")]

    operations = [migrations.RunSQL(CALL_IN, migrations.RunSQL.noop)]
