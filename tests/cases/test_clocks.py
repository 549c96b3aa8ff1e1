"""Which statutory clock a milestone of a case starts, and until when: as a lawyer counts them."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

import agency.core
from agency.core import calendar, deadlines
from agency.core.deadlines import work_calendar_of
from agency.core.errors import Invalid, RuleViolation
from agency.core.models.deadline import decided
from cases import workflow
from cases.admin import timeline
from cases.admin.clocks import of_deadline
from cases.calendar import day_of
from cases.completeness import missing
from cases.workflow.allowed import allowed
from tests.cases.lives import Cast
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

SHIPPED = Path(agency.core.__file__).parent / "data" / "cn_calendar.csv"
MOMENT = deadlines.MOMENT_AFTER


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.fixture
def cast(agency, clock):
    call_command("load_calendar", SHIPPED, verbosity=0)
    clock.set(at("2026-05-11T09:00"))
    return Cast(agency)


def due_days(case) -> dict[str, str]:
    """The case's own open clocks, and the day each is due in Shanghai."""
    own = case.deadlines.open().filter(ticket=None).select_related("rule")
    return {c.rule.code: f"{c.due_at.astimezone(calendar.SHANGHAI):%F}" for c in own}


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        # before 1 July 2024 the old rule alone
        ("2024-06-28", {"complaint.mediate.v2020": "2024-08-30"}),
        # then both run, and the earlier counts
        ("2024-07-01", {"complaint.mediate": "2024-08-30", "complaint.mediate.v2020": "2024-09-02"}),
        ("2026-01-30", {"complaint.mediate": "2026-03-31", "complaint.mediate.v2020": "2026-04-10"}),
        ("2026-04-14", {"complaint.mediate": "2026-06-15", "complaint.mediate.v2020": "2026-06-18"}),
        # under Order 121 the sixty days alone
        ("2026-04-15", {"complaint.mediate": "2026-06-15"}),
    ],
)  # fmt: skip
def test_the_rules_of_mediation_by_the_day_of_acceptance(cast, clock, accepted, expected):
    clock.set(at(f"{accepted}T09:00"))
    case = cast.bring("complaint", "accepted")

    assert due_days(case) == expected
    case.refresh_from_db()
    own = case.deadlines.running().filter(ticket=None)
    assert case.next_due_at <= min(own.values_list("due_at", flat=True))


def test_a_council_has_its_own_deadlines(cast):
    root = cast.agency.units["agency"]
    type(root).objects.update(org_profile="council")

    case = cast.bring("complaint", "reviewing")
    assert due_days(case) == {"council.accept": "2026-05-18"}
    cast.act(case, "request_identity", "mediator")
    assert due_days(case) == {"council.identity": "2026-05-14", "council.accept": "2026-05-18"}
    cast.act(case, "record_identity", "mediator")
    cast.act(case, "record_dispute", "mediator")
    assert not case.deadlines.filter(rule__basis__contains="121").exists(), "it binds no council"
    cast.act(case, "accept", "mediator")
    assert due_days(case) == {"council.mediate": "2026-05-25"}
    assert "entrust" not in allowed(case, cast["mediator"])
    with pytest.raises(RuleViolation, match="不得再委托"):
        cast.act(case, "entrust", "mediator", until=date(2026, 5, 20))


@pytest.mark.parametrize(
    ("arrived", "rules"),
    [("2026-04-14", {"report.notify.v2020"}), ("2026-04-15", set())],
)
def test_a_reporter_is_told_of_the_filing_only_under_the_old_order(cast, clock, arrived, rules):
    clock.set(at(f"{arrived}T09:00"))
    case = cast.bring("report", "filed")

    assert set(due_days(case)) - {"case.penalty"} == rules


@pytest.mark.parametrize(
    ("verb", "said", "counts"),
    [
        ("record_identity", {"proved": True}, True),
        ("record_identity", {"proved": False}, False),
        ("withdraw", {}, False),
    ],
)
def test_the_day_that_a_citizen_let_pass_is_nobody_s_lateness(cast, clock, verb, said, counts):
    case = cast.bring("complaint", "reviewing")
    cast.act(case, "request_identity", "mediator", until=date(2026, 5, 18))
    clock.set(at("2026-05-19T10:00"))
    deadlines.sweep()

    cast.act(case, verb, "mediator", **said)

    asked = case.deadlines.filter(rule__code="complaint.identity")
    assert asked.get().noticed_at, "the handler was told that the day is over"
    assert asked.filter(decided(clock.now)).exists() == counts


@pytest.mark.parametrize("state", ["accepted", "mediating", "suspended_recusal"])
def test_a_clue_stands_still_while_it_is_tested_and_the_mediation_goes_on(cast, clock, state):
    case = cast.bring("complaint", state)
    cast.act(case, "record_clue", "enforcer")
    mediation = clock_of(case, "complaint.mediate").due_at

    case = cast.act(case, "pause_clue", "enforcer")

    assert case.state == state
    assert clock_of(case, "clue.verify").paused_at == clock.now
    assert clock_of(case, "complaint.mediate").paused_at is None
    clock.shift(days=7)
    assert cast.act(case, "resume_clue", "enforcer").state == state
    # the day it was found is not counted anyway: four working days are left out
    assert clock_of(case, "clue.verify").due_at == at("2026-06-05T23:59:59.999999")
    assert clock_of(case, "complaint.mediate").due_at == mediation


def test_a_clue_is_still_tested_when_the_mediation_has_ended(cast, clock):
    case = cast.bring("complaint", "mediating")
    cast.act(case, "record_clue", "mediator")
    cast.act(case, "terminate", "mediator")

    assert cast.act(case, "pause_clue", "enforcer").state == "terminated"
    assert "clue" in missing(case)
    cast.act(case, "verify_clue", "enforcer")
    assert clock_of(case, "clue.verify").met_at == clock.now


def test_an_appraisal_of_the_goods_leaves_the_clue_alone(cast, clock):
    case = cast.bring("complaint", "mediating")
    cast.act(case, "record_clue", "mediator")

    with pytest.raises(Invalid, match="reason"):
        cast.act(case, "pause", "mediator", reason="testing")
    cast.act(case, "pause_clue", "enforcer")
    cast.act(case, "pause", "mediator")

    assert clock_of(case, "complaint.mediate").paused_at == clock.now
    assert cast.act(case, "resume", "mediator").state == "mediating"
    assert clock_of(case, "clue.verify").paused_at == clock.now


@pytest.mark.parametrize("days", [0, 30])
def test_there_is_nothing_to_let_stand_still_without_a_clue_that_is_in_time(cast, clock, days):
    case = cast.bring("complaint", "mediating")
    if days:
        cast.act(case, "record_clue", "mediator")
        clock.shift(days=days)

    with pytest.raises(RuleViolation):
        cast.act(case, "pause_clue", "enforcer")
    assert "pause_clue" not in workflow.allowed(case, cast["enforcer"])


def test_identity_is_proved_until_the_day_that_was_named(cast, clock):
    case = cast.bring("complaint", "reviewing")

    cast.act(case, "request_identity", "mediator", until=date(2026, 5, 18))

    assert clock_of(case, "complaint.identity").due_at == at("2026-05-18T23:59:59.999999")
    assert clock_of(case, "complaint.accept").paused_at is None


def test_identity_is_asked_for_within_the_time_to_decide(cast, clock):
    case = cast.bring("complaint", "reviewing")
    last = clock_of(case, "complaint.accept").due_at.date()

    with pytest.raises(Invalid):
        cast.act(case, "request_identity", "mediator", until=last)
    clock.set(at("2026-05-18T10:00"))
    cast.act(case, "request_identity", "mediator")

    day = timedelta(days=1)
    owed, decided = clock_of(case, "complaint.identity"), clock_of(case, "complaint.accept")
    assert owed.due_at == decided.due_at - day, "one day is left to decide in time"
    clock.set(decided.due_at)
    cast.act(case, "record_identity", "mediator", proved=False)
    cast.act(case, "refuse", "mediator", ground="R5")
    cast.act(case, "notify", "mediator")
    assert clock_of(case, "complaint.accept").met_at == decided.due_at


def test_on_the_last_day_to_decide_no_identity_is_asked_for(cast, clock):
    case = cast.bring("complaint", "reviewing")
    clock.set(clock_of(case, "complaint.accept").due_at)

    with pytest.raises(RuleViolation, match="今天"):
        cast.act(case, "request_identity", "mediator")


@pytest.mark.parametrize(
    ("now", "has_passed"), [("2026-05-18T23:59:59.999999", False), ("2026-05-19T00:00", True)]
)
def test_identity_lapses_when_the_day_named_is_over_and_not_before(cast, clock, now, has_passed):
    case = cast.bring("complaint", "reviewing")
    cast.act(case, "request_identity", "mediator", until=date(2026, 5, 18))
    clock.set(at(now))

    if has_passed:
        assert cast.act(case, "record_identity", "mediator", proved=False).state == "reviewing"
    else:
        with pytest.raises(RuleViolation):
            cast.act(case, "record_identity", "mediator", proved=False)


def council(cast) -> None:
    cast.agency.units["east"].org_profile = "council"
    cast.agency.units["east"].save()


@pytest.mark.parametrize(("kind", "of_unit", "of_law"), [
    ("complaint", "dispatch.return", "complaint.accept"),
    ("consultation", "consultation.answer", "ticket.respond_10"),
])  # fmt: skip
def test_what_a_unit_owes_counts_from_when_it_has_the_case(
    agency, cast, clock, kind, of_unit, of_law
):
    arrived = at("2026-04-20T09:00")
    case = agency.ticket("national", kind=kind, unit="east", arrived_at=arrived.isoformat())

    assert clock_of(case, of_law).starts_at == arrived
    owed = clock_of(case, of_unit)
    assert owed.starts_at == clock.now
    deadlines.sweep()
    assert clock_of(case, of_unit).noticed_at is None, "no breach of a unit that has it since now"


def test_nobody_is_entrusted_beyond_the_sixty_days(cast, clock):
    case = cast.bring("complaint", "accepted")
    last = day_of(clock_of(case, "complaint.mediate").due_at)

    with pytest.raises(Invalid, match=str(last)):
        cast.act(case, "entrust", "mediator", until=last + timedelta(days=1))

    assert cast.act(case, "entrust", "mediator", until=last).state == "entrusted"


@pytest.mark.parametrize(("after", "late"), [(timedelta(0), False), (MOMENT, True)])
def test_the_result_of_an_entrusted_mediation_is_due_on_the_day_named(cast, clock, after, late):
    """Beside the sixty days, which know nothing of the term; asked for at whoever handles it."""
    case = cast.bring("complaint", "accepted")
    cast.act(case, "entrust", "mediator", until=clock.now.date() + timedelta(days=27))
    owed = clock_of(case, "entrust.report")
    assert owed.due_at == at("2026-06-07T23:59:59.999999")
    assert owed.due_at < clock_of(case, "complaint.mediate").due_at

    clock.set(owed.due_at + after)
    deadlines.sweep()
    assert (clock_of(case, "entrust.report").noticed_at is not None) == late
    cast.act(case, "settle", "mediator")

    met = clock_of(case, "entrust.report")
    assert met.met_at == clock.now
    line = of_deadline(met, clock.now, work_calendar_of([met.rule]))
    assert "/ 至 6月7日" in line.text and "委托书" in line.explanation, line


def test_a_finding_leads_an_entrusted_mediation_back_to_whoever_was_entrusted(cast, clock):
    """Their term rests meanwhile, and is as much longer as the finding took (Order 121 §22); or we
    take it back (收回自办).
    """
    case = cast.bring("complaint", "accepted")
    cast.act(case, "entrust", "mediator", until=date(2026, 5, 30))
    cast.act(case, "pause", "mediator")
    assert clock_of(case, "entrust.report").cancelled_at == clock.now
    clock.shift(days=5)

    assert cast.act(case, "resume", "mediator").state == "entrusted"

    owed = case.deadlines.open().get(rule__code="entrust.report")
    assert owed.due_at == at("2026-06-04T23:59:59.999999")
    theirs = case.mediations.get()
    assert (theirs.organisation, theirs.until) == ("市消费者协会", date(2026, 6, 4))
    cast.act(case, "start_mediation", "mediator", back=True)
    told = [line.what for line in timeline.lines(case, cast["chief"], clock.now)]
    assert (
        told[0], "委托至 2026-06-04" in told[1], "至 2026-05-30" in told[3],
    ) == ("收回自办 mediator", True, True), told  # fmt: skip


@pytest.mark.parametrize(("until", "back_on", "longer"), [
    (date(2026, 5, 11), date(2026, 5, 12), date(2026, 5, 12)),
    (date(2026, 7, 10), date(2026, 5, 16), date(2026, 7, 14)),
])  # fmt: skip
def test_the_term_of_an_entrusted_mediation_ends_with_the_law_s_at_the_latest(
    cast, clock, until, back_on, longer
):
    case = cast.bring("complaint", "accepted")
    cast.act(case, "entrust", "mediator", until=until)
    cast.act(case, "pause", "mediator")
    clock.set(at(f"{back_on}T10:00"))

    cast.act(case, "resume", "mediator")

    assert case.mediations.get().until == longer
    assert due_days(case)["entrust.report"] == f"{longer}"


def test_a_council_that_is_entrusted_mediates_within_the_sixty_days_too(cast, clock):
    council(cast)
    case = cast.bring("complaint", "mediating")

    owed = case.deadlines.open().values_list("rule__code", flat=True)
    assert {"complaint.mediate", "council.mediate"} <= set(owed)
    clock.set(at("2026-06-01T10:00"))
    with pytest.raises(RuleViolation):
        cast.act(case, "terminate", "mediator", ground="T5", explanation="期满")


def test_a_council_of_its_own_has_no_sixty_days_that_could_pass(cast, clock):
    council(cast)
    case = cast.agency.ticket(unit="east")
    for verb in ("contact", "accept", "start_mediation"):
        cast.act(case, verb, "mediator")
    clock.shift(days=100)

    assert not case.deadlines.filter(rule__code="complaint.mediate").exists()
    with pytest.raises(RuleViolation):
        cast.act(case, "terminate", "mediator", ground="T5", explanation="期满")


LIMITS = [
    # state, verb, until when it may be done (from 11 May)
    ("registered", "object", "2026-05-18"),
    ("replied", "request_review", "2026-06-10"),
    ("reviewing", "request_final_review", "2026-06-10"),
]


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize(("state", "verb", "last_day"), LIMITS)
def test_a_right_is_used_up_to_the_last_moment_of_its_time(
    cast, clock, state, verb, last_day, is_late
):
    case = cast.bring("petition", state)
    clock.set(at(f"{last_day}T23:59:59.999999") + MOMENT * is_late)

    if is_late:
        with pytest.raises(RuleViolation):
            cast.act(case, verb, "petition_officer")
    else:
        cast.act(case, verb, "petition_officer")


def test_an_objection_that_is_approved_too_late_is_none(cast, clock):
    from cases import workflow

    case = cast.bring("petition", "registered")
    workflow.object(case.no, by=cast["petition_officer"], reason="不属本机关职权")
    clock.set(at("2026-05-19T00:00"))

    with pytest.raises(RuleViolation):
        workflow.approve(case.no, by=cast["leader"])


@pytest.mark.parametrize(
    ("now", "is_up"), [("2026-07-09T23:59:59.999999", False), ("2026-07-10T00:00", True)]
)
def test_sixty_days_have_passed_on_the_last_of_them_and_not_before(cast, clock, now, is_up):
    case = cast.bring("complaint", "mediating")
    clock.set(at(now))

    if is_up:
        assert (
            cast.act(case, "terminate", "mediator", ground="T5", explanation="期满").state
            == "terminated"
        )
    else:
        with pytest.raises(RuleViolation):
            cast.act(case, "terminate", "mediator", ground="T5", explanation="期满")


def test_the_time_of_an_appraisal_brings_no_mediation_to_its_end(cast, clock):
    case = cast.bring("complaint", "appraising")
    clock.shift(days=100)

    with pytest.raises(RuleViolation):
        cast.act(case, "terminate", "mediator", ground="T5", explanation="期满")


def test_an_objection_that_is_not_agreed_to_runs_as_from_receipt(cast, clock):
    case = cast.bring("petition", "objected")
    clock.shift(days=2)

    cast.act(case, "settle_objection", "petition_officer", agreed=False)

    [notice] = case.deadlines.open().filter(rule__code="petition.notice")
    assert notice.starts_at == case.arrived_at
