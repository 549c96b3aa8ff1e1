"""What must never be true of outlets and ODR enterprises; agency/core/invariants.py asks."""

INVARIANTS = {
    "an outlet's state is where its history leads": """
        SELECT o.id FROM outlets_outlet o
        WHERE o.state IS DISTINCT FROM (
            SELECT CASE e.kind WHEN 'imported' THEN
                       CASE WHEN o.withdrawn_on IS NULL THEN 'filed' ELSE 'withdrawn' END
                   WHEN 'resumed' THEN 'filed' WHEN 'renewed' THEN 'filed' ELSE e.kind END
            FROM outlets_outletevent e WHERE e.outlet_id = o.id AND e.kind IN (
                'applied', 'inspected', 'filed', 'rejected', 'suspended', 'resumed', 'rated',
                'renewed', 'withdrawn', 'imported') AND e.data->'again' IS NULL
            ORDER BY e.id DESC LIMIT 1)""",
    "only an outlet that serves is sent cases": """
        SELECT o.id FROM outlets_outlet o JOIN core_unit u ON u.id = o.unit_id
        WHERE u.takes_referrals <> (o.state IN ('filed', 'rated'))""",
    "an ODR enterprise's state is where its history leads": """
        SELECT f.id FROM outlets_odrenterprise f
        WHERE f.state IS DISTINCT FROM (
            SELECT CASE e.kind WHEN 'admitted' THEN 'active' WHEN 'restored' THEN 'active'
                   ELSE e.kind END
            FROM outlets_odrevent e WHERE e.enterprise_id = f.id AND e.kind IN (
                'applied', 'admitted', 'rejected', 'warned', 'suspended', 'restored', 'exited')
            ORDER BY e.id DESC LIMIT 1)""",
    "only an ODR enterprise that works is sent cases": """
        SELECT f.id FROM outlets_odrenterprise f JOIN core_unit u ON u.id = f.unit_id
        WHERE u.takes_referrals <> (f.state IN ('active', 'warned'))""",
    "who admitted an ODR enterprise did not review it": """
        SELECT e.id FROM outlets_odrevent e
        JOIN outlets_odrreview r ON r.id = (e.data->>'review')::bigint
        WHERE e.kind = 'admitted' AND r.by_id = e.actor_id""",
    "a score is its items by their weights": """
        SELECT a.id FROM outlets_assessment a JOIN outlets_score s ON s.assessment_id = a.id
        JOIN outlets_standarditem i ON i.id = s.item_id
        GROUP BY a.id HAVING abs(sum(i.weight * s.points) / 100.0 - a.score) > 0.05""",
    "what an outlet reports is owed or was": """
        SELECT r.id FROM outlets_monthlyreport r WHERE NOT EXISTS (
            SELECT FROM outlets_outletdeadline d WHERE d.report_id = r.id)""",
}
