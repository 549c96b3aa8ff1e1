"""Every invariant fails once: none of them is a check that cannot fail."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from agency.core import deadlines, invariants, watch
from agency.core.models import DeadlineRule, Delivery, Notification, Unit
from cases import intake, workflow
from tests.stories import clock_of

CLOCK = "UPDATE cases_casedeadline SET {} WHERE noticed_at IS NOT NULL"
CANCELLED = """UPDATE core_deadlinerule SET code = '{}' WHERE code = 'ticket.contact_30';
    UPDATE cases_casedeadline SET cancelled_at = agency_now(), attention_at = NULL;
    UPDATE cases_case SET state = 'mediating'"""

INTERVIEW = """INSERT INTO interviews_interview (no, external_no, kind, state, unit_id, subject,
    matters, basis, place, publicity, trigger, opinion, proposed_at)
    SELECT 'YT1', '', 'individual', 'held', min(id), '', '', '', '', false, '', '', agency_now()
    FROM core_unit"""
ATTENDANCE = """;
    INSERT INTO interviews_attendance (interview_id, merchant_id, address, state, postponed_for, absences, measure)
    SELECT i.id, m.id, '', '{}', '', 0, '' FROM interviews_interview i, cases_merchant m"""
REPAIR = """;
    INSERT INTO interviews_rectification (attendance_id, problem, measure, state, report)
    SELECT id, '', '', 'open', '' FROM interviews_attendance"""
ABSENT = """;
    INSERT INTO interviews_interviewevent (interview_id, attendance_id, kind, at, data, batch)
    SELECT interview_id, id, 'no_show', agency_now(), '{"to": "no_show"}', 1 FROM interviews_attendance"""
SESSION = """;
    INSERT INTO interviews_session (id, interview_id, held_at, place, minutes)
    SELECT 1, id, agency_now(), '', '' FROM interviews_interview"""
ITS = "; UPDATE interviews_attendance SET session_id = 1"
OWED = """;
    UPDATE interviews_interview SET closed_at = agency_now();
    INSERT INTO interviews_interviewdeadline (interview_id, rule_id, unit_id, answerable_id,
        starts_at, due_at, provisional, is_named, extension, sweep_errors, warned_percent,
        ladder_step, cancel_reason)
    SELECT i.id, r.id, i.unit_id, i.unit_id, agency_now(), agency_now(), false, false, 0, 0, 0, 0, ''
    FROM interviews_interview i, core_deadlinerule r WHERE r.code = 'ticket.respond_10'"""
OUTLET = """INSERT INTO outlets_outlet
    (unit_id, type, state, standard, host, host_uscc, address, number, grade, added_at)
    SELECT id, 'mall', '{}', 'x', '', '', '', '', '', agency_now() FROM core_unit WHERE code = 'outlet-a'"""
FIRM = """INSERT INTO outlets_odrenterprise (unit_id, state, origin, uscc, address, account, added_at, admitted_on)
    SELECT id, '{}', 'applied', '', '', '', agency_now(), '2026-03-01' FROM core_unit WHERE code = 'outlet-a'"""
REVIEWED = """;
    INSERT INTO outlets_odrreview
        (enterprise_id, has_place, has_staff, has_computer, has_phone, has_system, note, by_id, at)
        SELECT max(id), true, true, true, true, true, '', 1, agency_now() FROM outlets_odrenterprise;
    INSERT INTO outlets_odrevent (enterprise_id, kind, actor_id, at, data)
        SELECT enterprise_id, 'admitted', by_id, agency_now(), jsonb_build_object('review', id)
        FROM outlets_odrreview"""

PLANTED = {
    "I1 every ticket has each clock": "DELETE FROM cases_casedeadline WHERE id = (SELECT max(id) FROM cases_casedeadline)",
    "I2 what asks for the sweep": CLOCK.format(
        "attention_at = agency_now() - interval '2 minutes'"
    ),
    "I2b an open unnoticed clock": CLOCK.format("noticed_at = NULL, attention_at = NULL"),
    "I3 a breach has exactly one event": "DELETE FROM cases_caseevent WHERE kind = 'deadline_breached'",
    "I3b no event of a breach": CLOCK.format("noticed_at = NULL"),
    "I4 no breach is noticed before": CLOCK.format("noticed_at = due_at"),
    "I5 nothing met or cancelled in time": CLOCK.format("met_at = due_at, attention_at = NULL"),
    "I6 everything met or cancelled late": CLOCK.format(
        "cancelled_at = due_at + interval '1 microsecond', noticed_at = NULL"
    ),
    "I7 a due moment that moved": """INSERT INTO cases_casedeadlinechange
        (deadline_id, old_due_at, new_due_at, cause, at)
        SELECT id, due_at, due_at + interval '1 day', 'x', agency_now() FROM cases_casedeadline""",
    "I8 every step is told": "DELETE FROM core_notification WHERE topic = 'deadline_breached'",
    "I8b what fell into a gap": """WITH gap AS (INSERT INTO core_systemgap (from_at, to_at)
        VALUES (agency_now() - interval '9 minutes', agency_now() - interval '2 minutes') RETURNING id)
        UPDATE cases_casedeadline SET gap_id = (SELECT id FROM gap)""",
    "I8c a delivery is sent": "UPDATE core_delivery SET sent_at = NULL, next_try_at = agency_now() - interval '61 minutes'",
    "I8d no notice is passed over": """UPDATE core_notification SET created_at = agency_now() - interval '3 hours';
        INSERT INTO core_notification SELECT (jsonb_populate_record(n, jsonb_build_object(
            'id', -1, 'dedup_key', 'later', 'created_at', agency_now() - interval '2 hours',
            'addressed_at', agency_now() - interval '61 minutes'))).* FROM core_notification n LIMIT 1""",
    "I10 the heart beats forward": "UPDATE core_heartbeat SET last_ok_at = agency_now() + interval '5 seconds'",
    "I10b gaps do not overlap": """INSERT INTO core_systemgap (from_at, to_at) VALUES
        (agency_now() - interval '9 minutes', agency_now() - interval '5 minutes'),
        (agency_now() - interval '6 minutes', agency_now() - interval '4 minutes')""",
    "I15 a case's state": "UPDATE cases_case SET state = 'returned'",
    "I15b every registered ticket": "DELETE FROM cases_caseevent WHERE kind = 'registered'",
    "I16 an answered key": """INSERT INTO cases_intakekey (channel_id, key, body_hash, ticket_id, answer, created_at)
        SELECT channel_id, 'k', '', id, '{"ticket": {"no": "another"}}', agency_now() FROM cases_ticket""",
    "I19 no clock is met before": CLOCK.format("met_at = starts_at - interval '1 second'"),
    "I19 no ticket was answered": "UPDATE cases_ticket SET responded_at = arrived_at - interval '1 second'",
    "a merged case is empty": "UPDATE cases_case SET state = 'merged'",
    "a merged case is empty, and neither it": "UPDATE cases_case SET state = 'closed', closed_at = agency_now()",
    "a clock is owed by the unit": "UPDATE cases_casedeadline SET handler_id = (SELECT min(id) FROM core_user)",
    "a clock in time is": "UPDATE cases_casedeadline SET answerable_id = (SELECT min(id) FROM core_unit)",
    "a breach is on the account": CLOCK.format("answerable_id = (SELECT min(id) FROM core_unit)"),
    "a case knows its next due": "UPDATE cases_case SET next_due_at = NULL",
    "what was sent out is out": """INSERT INTO cases_appraisal
        (case_id, reason, institution, cost, of_clue, finding, by_id, at)
        SELECT id, 'appraisal', 'x', '', false, '', (SELECT min(id) FROM core_user), agency_now()
        FROM cases_case""",
    "an undecided complaint": CANCELLED.format("complaint.accept"),
    "an undecided complaint owes": CANCELLED.format("complaint.accept").replace(
        "mediating", "settled"
    ),
    "a case in hand has": CANCELLED.format("complaint.mediate"),
    "no complaint is closed": """
        INSERT INTO cases_decision (case_id, kind, ground, text, factors, reference, by_id, at)
            SELECT id, 'accepted', '', '', '{}', '', (SELECT min(id) FROM core_user), agency_now()
            FROM cases_case;
        INSERT INTO cases_consumer (name, phone, phone_index, id_number, id_number_index, address, told, also)
            SELECT name, phone, 'another', id_number, id_number_index, address, told, also FROM cases_consumer;
        UPDATE cases_ticket SET consumer_id = (SELECT max(id) FROM cases_consumer);
        UPDATE cases_case SET state = 'closed', closed_at = agency_now()""",
    "what counts from the receipt": """
        UPDATE core_deadlinerule SET starts_on = 'case_registered' WHERE code = 'ticket.respond_10';
        INSERT INTO cases_casedeadline (case_id, rule_id, channel_id, unit_id, answerable_id,
            starts_at, due_at, provisional, is_named, extension, sweep_errors, warned_percent,
            ladder_step, cancelled_at, cancel_reason)
        SELECT case_id, rule_id, channel_id, unit_id, answerable_id,
            starts_at - interval '1 day', due_at, false, false, 0, 0, 0, 0, agency_now(), 'objected'
        FROM cases_casedeadline
        WHERE rule_id = (SELECT id FROM core_deadlinerule WHERE code = 'ticket.respond_10')""",
    "a case is with": "UPDATE cases_case SET state = 'odr_negotiating'",
    "what an outlet or a firm owes": """UPDATE core_deadlinerule SET met_by = 'referral_taken'
        WHERE code = 'ticket.contact_30'""",
    "what a merchant counts as": "UPDATE cases_merchant SET head_id = id",
    "documents are numbered": "INSERT INTO core_numberseries (name, last) VALUES ('受〔2026〕第#号', 3)",
    "an interview's state is where": INTERVIEW,
    "a merchant's course is where": INTERVIEW + ATTENDANCE.format("served") + ABSENT,
    "nothing is held before": INTERVIEW + SESSION + ATTENDANCE.format("attended") + ITS,
    "a closed interview owes": INTERVIEW + OWED,
    "what has to be repaired": INTERVIEW + ATTENDANCE.format("rectifying") + REPAIR,
    "a repaired merchant": INTERVIEW + ATTENDANCE.format("rectified") + REPAIR,
    "an outlet's state is": OUTLET.format("filed"),
    "only an outlet that serves": OUTLET.format("suspended"),
    "an ODR enterprise's state is": FIRM.format("active"),
    "only an ODR enterprise that works": FIRM.format("suspended"),
    "who admitted an ODR enterprise": FIRM.format("active") + REVIEWED,
    "a score is its items": """
        INSERT INTO outlets_standarditem (standard_id, part, code, name_zh, name_en, weight, hint)
            VALUES (1, 'assessed', 'x', '', '', 100, '');
        INSERT INTO outlets_assessment (outlet_id, standard_id, year, score, grade, note, by_id, at)
            VALUES (1, 1, 2026, 50, 'D', '', 1, agency_now());
        INSERT INTO outlets_score (assessment_id, item_id, points)
            SELECT max(a.id), max(i.id), 60 FROM outlets_assessment a, outlets_standarditem i""",
    "what an outlet reports": "INSERT INTO outlets_monthlyreport (outlet_id, month) VALUES (1, '2026-03-01')",
    "a ticket's moments are those": """UPDATE cases_casedeadline SET met_at = starts_at, noticed_at = NULL
        WHERE rule_id = (SELECT id FROM core_deadlinerule WHERE code = 'ticket.respond_10')""",
}


def test_every_invariant_is_planted_once_below():
    unplanted = [
        name
        for name in invariants._queries()
        if not any(name.startswith(known) for known in PLANTED)
    ]
    assert unplanted == []


@pytest.fixture
def story(agency, clock):
    """A case whose ten minutes were missed, noticed, told and delivered; its thirty still run."""
    case = agency.ticket(unit="east")
    clock.shift(minutes=11)
    watch.keep_watch("test")
    notice = Notification.objects.filter(topic="deadline_breached").get()
    Delivery.objects.create(
        notification=notice, recipient=agency.chief, channel="in_app", sent_at=clock.now
    )
    return case


@pytest.fixture
def unguarded(db):
    """The database without what protects it: constraints dropped, triggers asleep."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("""
            SELECT conrelid::regclass, conname FROM pg_constraint
            WHERE contype = 'c' AND conrelid::regclass::text ~ '^(cases|core|interviews)_'""")
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute("SET LOCAL session_replication_role = replica")


@pytest.mark.parametrize(("name", "sql"), PLANTED.items(), ids=PLANTED)
def test_a_planted_violation_is_found(story, unguarded, name, sql):
    # Whatever else the drastic planting breaks, this one must be among what is found.
    before = [found["invariant"] for found in invariants.check()[1]]
    with connection.cursor() as cursor:
        cursor.execute(sql)

    found = [violation["invariant"] for violation in invariants.check()[1]]

    assert not [clean for clean in before if clean.startswith(name)]
    assert [violated for violated in found if violated.startswith(name)]


def test_a_sound_story_violates_nothing(story, agency, clock):
    workflow.contact(story.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话解决")
    clock.shift(hours=3)
    watch.keep_watch("test")

    assert invariants.check()[1] == []
    assert clock_of(story, "ticket.respond_10").gap is None


@pytest.mark.parametrize("binding", [{"topics": ["food_safety"]}, {"profile": "council"}])
def test_a_rule_that_binds_some_cases_is_owed_by_no_other(agency, clock, binding):
    rule = DeadlineRule.objects.get(code="ticket.respond_10")
    rule.pk, rule.code = None, "ticket.respond_5"
    for name, value in binding.items():
        setattr(rule, name, value)
    rule.changed_at = clock.now - timedelta(days=1)
    rule.save()

    agency.ticket()

    assert invariants.check()[1] == []


def test_a_sweep_under_way_after_an_outage_is_no_violation(story, agency, clock):
    """The gap is open, its rows are being written: nobody must be woken for that."""
    agency.ticket()
    clock.shift(hours=2)
    gap = watch._open_gap()
    deadlines.sweep(gap=gap, batch=1)

    assert invariants.check()[1] == []


def test_the_command_ends_with_1_and_says_which(story, unguarded, capsys):
    with connection.cursor() as cursor:
        cursor.execute(PLANTED["a case knows its next due"])

    with pytest.raises(CommandError, match="violated"), transaction.atomic():
        call_command("check_invariants", format="json")

    answer = capsys.readouterr().out
    assert re.search(r'"invariant": "a case knows its next due moment"', answer)


def test_a_row_on_the_edge_of_history_alarms_nobody(agency, clock):
    row = agency.submission(arrived_at=(clock.now - timedelta(days=30, seconds=-40)).isoformat())
    channel = agency.channels["minyi"]
    intake.register_many([row], channel=channel, by=channel.client, history=True)

    assert invariants.check()[1] == []


@pytest.mark.parametrize("profile", ["amr", "council"])
def test_a_life_with_its_clocks_violates_nothing(agency, clock, profile):
    Unit.objects.update(org_profile=profile)
    case = agency.mediated_case()
    assert invariants.check()[1] == []

    workflow.withdraw(case.no, by=agency.mediator, reason="商家已退款")

    assert invariants.check()[1] == []
