"""What must never be true of tickets and cases (agency/core/invariants.py runs these)."""

LIVED_HERE = "NOT EXISTS (SELECT FROM cases_ledgerentry past WHERE past.case_id = c.id)"
"""What a ledger brought in was over by then, however young: no clock ran for it."""

INVARIANTS = {
    "I1 every ticket has each clock that binds it, once": f"""
        SELECT t.id FROM cases_ticket t
        JOIN cases_channel ch ON ch.id = t.channel_id
        JOIN cases_case c ON c.id = t.case_id
        LEFT JOIN cases_consumer p ON p.id = t.consumer_id
        LEFT JOIN cases_reporter r ON r.id = c.reporter_id
        JOIN core_deadlinerule rule ON rule.starts_on = 'ticket_arrived'
            AND c.kind = ANY(rule.kinds)
            AND (rule.channels = '{{}}' OR ch.code = ANY(rule.channels))
            AND (t.arrived_at AT TIME ZONE 'Asia/Shanghai')::date
                BETWEEN rule.in_force_from AND coalesce(rule.in_force_to, 'infinity')
            AND (NOT rule.requires_contact OR coalesce(p.phone, r.phone, '') <> '')
        LEFT JOIN core_deadlinerule same ON same.code = rule.code
        LEFT JOIN cases_casedeadline d
            ON d.ticket_id = t.id AND d.rule_id = same.id
            AND (d.cancelled_at IS NULL OR d.cancel_reason IN ('unreachable', 'return_to_platform'))
            -- an import takes a row of the last minute before that as history already
        WHERE t.registered_at - t.arrived_at <= interval '30 days' - interval '1 minute'
            AND {LIVED_HERE}
            AND rule.basis <> ''
            -- what a case is about, and whose it is, changes: such a rule may bind it or not
            AND rule.topics = '{{}}' AND rule.profile = ''
            -- it binds what comes in as what it was then
            AND NOT (d.id IS NULL AND EXISTS (
                SELECT FROM cases_caseevent came JOIN cases_case was ON was.id = came.case_id
                WHERE came.ticket_id = t.id AND came.kind IN ('registered', 'ticket_received')
                AND was.kind <> ALL(rule.kinds)))
            -- whose number was told later may have been reached or answered by then
            AND NOT (rule.requires_contact AND d.id IS NULL AND EXISTS (
                SELECT FROM cases_supplement s LEFT JOIN cases_consumer before
                    ON before.id = s.was_person_id
                WHERE (s.case_id = c.id OR s.person_id = p.id)
                AND s.field = 'phone' AND coalesce(before.phone, '') = ''))
            -- of a report a later round, whoever's, may be what told the number: here, wherever
            -- it went since, or where the ticket was then
            AND NOT (rule.requires_contact AND d.id IS NULL AND c.reporter_id IS NOT NULL
                AND (EXISTS (SELECT FROM cases_caseevent came WHERE came.ticket_id = t.id
                        AND came.case_id = c.id AND came.kind = 'ticket_linked')
                    OR EXISTS (SELECT FROM cases_caseevent came
                        JOIN cases_casedeadline its ON its.ticket_id = came.ticket_id
                        JOIN core_deadlinerule told ON told.id = its.rule_id AND told.requires_contact
                        WHERE came.case_id IN (c.id, c.origin_id) AND came.kind = 'ticket_received'
                        AND came.ticket_id > t.id)))
            -- an earlier round that came late onto what had ended is owed nothing
            AND NOT (d.id IS NULL AND EXISTS (
                SELECT FROM cases_ticket later WHERE later.channel_id = t.channel_id
                AND later.external_no = t.external_no AND later.round > t.round AND later.id < t.id))
            -- not what came in while the rule was being written, or before
            AND t.registered_at > rule.changed_at + interval '10 seconds'
        GROUP BY t.id, rule.id HAVING count(d.id) <> 1""",  # noqa: S608 – a condition of our own
    "I15 a case's state is where its history leads": """
        SELECT c.id FROM cases_case c
        LEFT JOIN LATERAL (
            SELECT e.data->>'to' AS state FROM cases_caseevent e
            WHERE e.case_id = c.id AND e.data ? 'to' ORDER BY e.id DESC LIMIT 1
        ) told ON true WHERE told.state IS DISTINCT FROM c.state""",
    "I15b every registered ticket has exactly one event of its arrival": """
        SELECT t.id FROM cases_ticket t LEFT JOIN cases_caseevent e
        ON e.ticket_id = t.id AND e.kind IN ('registered', 'ticket_received')
        GROUP BY t.id HAVING count(e.id) <> 1""",
    "I16 an answered key has its ticket": """
        SELECT k.id FROM cases_intakekey k JOIN cases_ticket t ON t.id = k.ticket_id
        WHERE k.answer->'ticket'->>'no' <> t.no""",
    "I19 no ticket was answered before it arrived": """
        SELECT id FROM cases_ticket WHERE responded_at < arrived_at
        OR contacted_at < arrived_at OR replied_at < arrived_at""",
    "a merged case is empty, and neither it nor a closed one leaves anything open": """
        SELECT c.id FROM cases_case c WHERE (c.state = 'merged' OR c.closed_at IS NOT NULL) AND (
            c.state = 'merged' AND EXISTS (SELECT FROM cases_ticket t WHERE t.case_id = c.id)
            OR EXISTS (SELECT FROM cases_casedeadline d JOIN core_deadlinerule r ON r.id = d.rule_id
                WHERE d.case_id = c.id AND d.met_at IS NULL AND d.cancelled_at IS NULL
                AND r.starts_on <> 'closed' AND r.met_by <> 'reply_ticket')
            OR EXISTS (SELECT FROM cases_proposal p
                WHERE p.case_id = c.id AND p.decided_at IS NULL AND p.holds
                -- what is decided otherwise, or mended, after the end waits there
                AND NOT (c.state = 'closed' AND p.verb IN ('decide_publicity', 'supplement')))
            OR EXISTS (SELECT FROM cases_assignment a
                WHERE a.case_id = c.id AND a.ended_at IS NULL))""",
    "a clock is owed by the unit and handler of its case": """
        SELECT d.id FROM cases_casedeadline d JOIN cases_case c ON c.id = d.case_id
        WHERE d.met_at IS NULL AND d.cancelled_at IS NULL
        AND (d.unit_id, coalesce(d.handler_id, 0)) <> (c.unit_id, coalesce(c.handler_id, 0))""",
    "a clock in time is on the account of the unit that has it": """
        SELECT id FROM cases_casedeadline
        WHERE answerable_id <> unit_id AND noticed_at IS NULL AND NOT (
            met_at IS NULL AND cancelled_at IS NULL AND paused_at IS NULL
            AND due_at < agency_now())""",
    "a breach is on the account of the unit that had the case": """
        SELECT d.id FROM cases_casedeadline d
        JOIN core_deadlinerule r ON r.id = d.rule_id
        JOIN cases_assignment a ON a.case_id = d.case_id AND a.assigned_at <= d.due_at
            AND (a.ended_at IS NULL OR a.ended_at > d.due_at)
        WHERE d.noticed_at IS NOT NULL AND d.answerable_id <> a.unit_id
        -- what came from another case, or was opened when its time was over, is no measure
        AND r.topics = '{}' AND NOT EXISTS (SELECT FROM cases_caseevent e
            WHERE e.case_id = d.case_id AND e.kind IN ('ticket_linked', 'ticket_unlinked'))""",
    "a case knows its next due moment": """
        SELECT c.id FROM cases_case c LEFT JOIN (
            SELECT case_id, min(due_at) AS due_at FROM cases_casedeadline
            WHERE met_at IS NULL AND cancelled_at IS NULL AND paused_at IS NULL GROUP BY case_id
        ) d ON d.case_id = c.id WHERE c.next_due_at IS DISTINCT FROM d.due_at""",
    "a ticket's moments are those of its clocks": """
        SELECT d.id FROM cases_casedeadline d JOIN cases_ticket t ON t.id = d.ticket_id
        JOIN core_deadlinerule r ON r.id = d.rule_id WHERE d.met_at IS NOT NULL AND (
            r.met_by = 'respond' AND t.responded_at IS DISTINCT FROM d.met_at
            OR r.met_by = 'contact' AND t.contacted_at IS DISTINCT FROM d.met_at)""",
    "what was sent out is out while it is waited for": """
        SELECT a.id FROM cases_appraisal a JOIN cases_case c ON c.id = a.case_id
        WHERE a.ended_at IS NULL AND (a.of_clue OR c.state NOT IN ('appraising', 'testing'))
        AND NOT EXISTS (SELECT FROM cases_casedeadline d JOIN core_deadlinerule r ON r.id = d.rule_id
            WHERE d.case_id = c.id AND d.paused_at IS NOT NULL
            AND (r.met_by = 'clue_verified') = a.of_clue)""",
    "an undecided complaint owes its decision": f"""
        SELECT c.id FROM cases_case c JOIN core_unit u ON u.id = c.unit_id
        JOIN core_deadlinerule rule ON rule.code = 'complaint.accept'
            AND (c.arrived_at AT TIME ZONE 'Asia/Shanghai')::date
                BETWEEN rule.in_force_from AND coalesce(rule.in_force_to, 'infinity')
        WHERE c.kind = 'complaint' AND c.closed_at IS NULL AND u.org_profile = 'amr'
        AND {LIVED_HERE}
        -- one that was withdrawn owes none, nor what was settled out there and confirmed or proved
        AND c.state NOT IN ('merged', 'terminated')
        AND NOT (c.state = 'settled' AND EXISTS (SELECT FROM cases_agreement a
            WHERE a.case_id = c.id AND a.set_aside_at IS NULL AND (a.kept OR a.evidence_note <> '')))
        AND c.registered_at - c.arrived_at <= interval '30 days' - interval '1 minute'
        AND c.registered_at > rule.changed_at + interval '10 seconds'
        AND NOT EXISTS (SELECT FROM cases_decision d
            WHERE d.case_id = c.id AND d.kind IN ('accepted', 'refused'))
        AND NOT EXISTS (SELECT FROM cases_casedeadline d JOIN core_deadlinerule r ON r.id = d.rule_id
            WHERE d.case_id = c.id AND d.cancelled_at IS NULL
            -- what a council received keeps its limit
            AND r.code IN ('complaint.accept', 'council.accept'))""",  # noqa: S608 – as above
    "a case in hand has the clock of what is done": """
        SELECT c.id FROM cases_case c JOIN (VALUES
            ('complaint', '{accepted,mediating,entrusted,suspended_recusal,appraising}'::text[],
                '{complaint.mediate,complaint.mediate.v2020,council.mediate}'::text[]),
            ('report', '{verifying,extended,testing}', '{report.verify}'),
            ('petition', '{accepted,handling,hearing,extended,mediated}', '{petition.handle}')
        ) owed (kind, states, codes) ON c.kind = owed.kind AND c.state = ANY(owed.states)
        WHERE c.registered_at - c.arrived_at <= interval '30 days' - interval '1 minute'
        AND EXISTS (SELECT FROM core_deadlinerule r WHERE r.code = ANY(owed.codes)
            AND c.registered_at > r.changed_at + interval '10 seconds')
        AND NOT EXISTS (SELECT FROM cases_casedeadline d JOIN core_deadlinerule r ON r.id = d.rule_id
            WHERE d.case_id = c.id AND d.cancelled_at IS NULL AND r.code = ANY(owed.codes))""",
    "no complaint is closed before each citizen on it was told": """
        SELECT t.id FROM cases_ticket t JOIN cases_case c ON c.id = t.case_id
        JOIN cases_consumer p ON p.id = t.consumer_id
        JOIN cases_consumer own ON own.id = c.consumer_id
        -- who hears from the platform the ticket went back to need not be told
        WHERE c.kind = 'complaint' AND t.round = 1 AND t.returned_at IS NULL AND c.closed_at IS NOT NULL
        AND p.phone_index <> '' AND own.phone_index <> '' AND p.phone_index <> own.phone_index
        AND (c.state = 'consultation_closed' OR EXISTS (SELECT FROM cases_decision d
            WHERE d.case_id = c.id AND d.kind IN ('accepted', 'refused')))
        AND NOT EXISTS (SELECT FROM cases_partynotice n JOIN cases_ticket told ON told.id = n.ticket_id
            JOIN cases_consumer q ON q.id = told.consumer_id
            WHERE n.case_id = c.id AND q.phone_index = p.phone_index
            -- of what the parties agreed they hear, too
            AND n.at > coalesce((SELECT max(a.made_at) FROM cases_agreement a
                WHERE a.case_id = c.id), '-infinity'))""",
    "what counts from the receipt counts from no earlier one later": """
        SELECT later.id FROM cases_casedeadline later JOIN core_deadlinerule r ON r.id = later.rule_id
        JOIN cases_casedeadline d ON d.case_id = later.case_id AND d.id < later.id
        JOIN core_deadlinerule same ON same.id = d.rule_id AND same.code = r.code
        WHERE r.starts_on = 'case_registered' AND later.starts_at < d.starts_at""",
    "what a merchant counts as counts as itself": """
        SELECT m.id FROM cases_merchant m JOIN cases_merchant head ON head.id = m.head_id
        WHERE head.head_id IS NOT NULL""",
    "a case is with an outlet or a firm exactly while its referral is open": """
        SELECT c.id FROM cases_case c
        FULL JOIN (SELECT case_id FROM cases_referral WHERE ended_at IS NULL) out
            ON out.case_id = c.id
        WHERE (c.state = 'odr_negotiating') <> (out.case_id IS NOT NULL)""",
    "what an outlet or a firm owes, it owes while the case is there": """
        SELECT d.id FROM cases_casedeadline d JOIN cases_case c ON c.id = d.case_id
        JOIN core_deadlinerule r ON r.id = d.rule_id
        WHERE d.met_at IS NULL AND d.cancelled_at IS NULL AND c.state <> 'odr_negotiating'
        AND r.met_by IN ('referral_taken', 'referral_answered', 'referral_ended')""",
}
