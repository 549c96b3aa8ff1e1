"""What must never be true of interviews (agency/core/invariants.py runs these)."""

INVARIANTS = {
    "an interview's state is where its history leads": """
        SELECT i.id FROM interviews_interview i
        LEFT JOIN LATERAL (
            SELECT e.data->>'to' AS state FROM interviews_interviewevent e
            WHERE e.interview_id = i.id AND e.attendance_id IS NULL AND e.data ? 'to'
            ORDER BY e.id DESC LIMIT 1
        ) told ON true WHERE told.state IS DISTINCT FROM i.state""",
    "a merchant's course is where its history leads": """
        SELECT a.id FROM interviews_attendance a JOIN interviews_interview i ON i.id = a.interview_id
        JOIN LATERAL (
            SELECT e.data->>'to' AS state FROM interviews_interviewevent e
            WHERE e.attendance_id = a.id AND e.data ? 'to' ORDER BY e.id DESC LIMIT 1
        ) told ON true
        WHERE told.state <> a.state""",
    "nothing is held before it is served": """
        SELECT a.id FROM interviews_attendance a JOIN interviews_session s ON s.id = a.session_id
        JOIN interviews_interview i ON i.id = a.interview_id
        WHERE i.external_no = '' AND NOT EXISTS (SELECT FROM interviews_service v
            WHERE v.attendance_id = a.id
            -- what people write down is exact to the minute
            AND date_trunc('minute', v.served_at) <= s.held_at)""",
    "a closed interview owes nothing but what was pledged": """
        SELECT d.id FROM interviews_interviewdeadline d
        JOIN interviews_interview i ON i.id = d.interview_id
        JOIN core_deadlinerule r ON r.id = d.rule_id
        WHERE i.closed_at IS NOT NULL AND d.met_at IS NULL AND d.cancelled_at IS NULL
        AND r.met_by <> 'pledge_checked'""",
    "what has to be repaired has its clock": """
        SELECT q.id FROM interviews_rectification q
        JOIN interviews_attendance a ON a.id = q.attendance_id
        JOIN interviews_interview i ON i.id = a.interview_id
        WHERE i.external_no = '' AND q.state <> 'passed' AND a.state = 'rectifying'
        AND NOT EXISTS (SELECT FROM interviews_interviewdeadline d WHERE d.rectification_id = q.id)""",
    "a repaired merchant has nothing left to repair": """
        SELECT q.id FROM interviews_rectification q
        JOIN interviews_attendance a ON a.id = q.attendance_id
        WHERE a.state = 'rectified' AND q.state <> 'passed'""",
}
