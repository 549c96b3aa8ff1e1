"""What a petitioner is owed before a petition ends: to be told in writing, and of more time too."""

from datetime import date, datetime, timedelta

import pytest

from agency.core import invariants
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from cases import completeness, workflow
from cases.admin import page
from cases.admin.labels import VERBS
from cases.admin.verbs import VerbForm
from cases.calendar import day_of
from cases.models import Case, Ticket
from cases.workflow import departures
from cases.workflow.departures import Share
from cases.workflow.petitions import awaits_receipt, may_be_asked
from tests.cases.lives import OTHER, Cast
from tests.cases.test_petitions import OPINION, THREE
from tests.stories import PASSWORD, clock_of

pytestmark = pytest.mark.django_db

MORNING = datetime.fromisoformat("2026-05-11T09:00:00+08:00")
LONG_AFTER = timedelta(days=31)


@pytest.fixture
def cast(agency, clock):
    clock.set(MORNING)
    return Cast(agency)


def missing(case: Case) -> list[str]:
    return completeness.missing(Case.objects.get(pk=case.pk))


# -- a call is no notice ----------------------------------------------------------------------


def test_a_call_is_kept_and_leaves_the_written_notice_owed(cast):
    case = cast.act(
        cast.bring("petition", "registered"), "accept", "petition_officer", notified_by="phone"
    )

    assert case.party_notices.get().how == "phone"
    assert clock_of(case, "petition.notice").met_at is None

    cast.act(case, "notify", "petition_officer", how="letter")
    assert clock_of(case, "petition.notice").met_at == MORNING


def test_whose_petition_is_not_accepted_learns_it_in_writing(cast):
    case = cast.act(cast.bring("petition", "registered"), "refuse", "petition_officer")

    cast.act(case, "notify", "petition_officer", how="phone")
    assert "told" in missing(case)

    cast.act(case, "notify", "petition_officer", how="sms")
    assert "told" not in missing(case)


def test_a_call_after_the_reply_moves_no_time_to_ask_for_a_review(cast, clock):
    case = cast.bring("petition", "replied")
    clock.shift(timedelta(days=10))
    cast.act(case, "notify", "petition_officer", how="phone")

    clock.shift(timedelta(days=21))
    with pytest.raises(RuleViolation, match="期限已于6月10日"):
        cast.act(case, "request_review", "petition_officer")


def test_who_was_never_told_in_writing_may_still_ask_for_a_review(cast, clock):
    case = cast.bring("petition", "handling")
    workflow.reply(
        case.no, by=cast["petition_officer"], opinion="explained", text="解释", how="phone"
    )

    clock.shift(LONG_AFTER)

    assert "told" in missing(case)
    assert cast.act(case, "request_review", "petition_officer").state == "reviewing"


@pytest.mark.parametrize("verb", ["reply", "answer_review", "answer_final_review", "route"])
def test_no_answer_to_a_petition_is_given_by_telephone(cast, verb):
    before = {
        "reply": "handling", "answer_review": "reviewing",
        "answer_final_review": "final_reviewing", "route": "registered",
    }  # fmt: skip
    case = cast.bring("petition", before[verb])

    status, problem = cast.agency.client("x_petition_officer").post(
        f"cases/{case.no}/{verb}/", cast.body(case, verb) | {"how": "phone"}
    )

    assert (status, list(problem["errors"])) == (400, ["how"])


@pytest.mark.parametrize(("verb", "name"), [("accept", "notified_by"), ("notify", "how")])
@pytest.mark.parametrize(("kind", "offered"), [("petition", False), ("complaint", True)])
def test_a_call_is_offered_where_it_counts(cast, verb, name, kind, offered):
    role = "petition_officer" if kind == "petition" else "mediator"
    form = VerbForm(VERBS[verb], cast.bring(kind, "dispatched"), cast[role])

    [asked] = [field for field in form.fields if field.name == name]

    assert ("phone" in dict(asked.options)) == offered


# -- an objection -----------------------------------------------------------------------------


@pytest.mark.parametrize(("channel", "sent_here"), [
    ("petition", True), ("walkin", False), ("web", False), ("minyi", False),
])  # fmt: skip
def test_only_what_another_authority_sent_is_objected_to(agency, clock, channel, sent_here):
    clock.set(MORNING)
    case = agency.ticket(channel, kind="petition")

    assert ("object" in workflow.allowed(case, agency.petition_officer)) == sent_here
    if sent_here:
        workflow.object_(case.no, by=agency.petition_officer, reason="不属本机关")
    else:
        with pytest.raises(RuleViolation, match="应向何机关提出"):
            workflow.object_(case.no, by=agency.petition_officer, reason="不属本机关")


# -- three levels, three people -----------------------------------------------------------------


def three(case: Case) -> list[str]:
    latest = case.responsibilities.order_by("pk").last()
    return [latest.leader.username, latest.core_handler.username, latest.callback.username]


@pytest.fixture
def entrusted(cast):
    """A petition whose chief answers for it, and for which somebody calls back who has become a
    petition officer since.
    """
    root = cast.agency.units["agency"]
    for name, role in (("chief_0", "chief"), ("officer_2", "callback")):
        User.objects.create_user(name, PASSWORD, name=name, role=role, unit=root)
    case = cast.act(
        cast.bring("petition", "accepted"), "assign_triple", "leader",
        leader="chief_0", core_handler="x_petition_officer", callback="officer_2",
    )  # fmt: skip
    User.objects.filter(username="officer_2").update(role="petition_officer")
    return case


@pytest.mark.parametrize("who", ["chief_0", "officer_2"])
def test_who_leads_a_petition_or_calls_back_does_not_get_to_handle_it(cast, entrusted, who):
    with pytest.raises(Invalid, match="三"):
        workflow.assign(entrusted.no, by=cast["dispatcher"], handler=who)

    assert three(entrusted) == ["chief_0", "x_petition_officer", "officer_2"]


def test_who_gets_a_petition_is_its_core_handler_beside_the_same_two(cast, entrusted):
    workflow.assign(entrusted.no, by=cast["dispatcher"], handler="petition_officer")

    assert three(entrusted) == ["chief_0", "petition_officer", "officer_2"]


def test_who_takes_over_from_somebody_who_leaves_is_the_core_handler_too(agency, cast, entrusted):
    heirs = [Share("officer_2"), Share("petition_officer")]
    departure = departures.begin(
        by=agency.leader, person="x_petition_officer", shares=heirs, switch_off=False
    )

    departures.step(departure.pk, by=agency.leader)

    assert three(entrusted) == ["chief_0", "petition_officer", "officer_2"]


def test_who_answers_for_a_core_handler_who_has_left_is_it_now_unless_they_are_one_of_the_two(
    agency, cast, entrusted
):
    User.objects.filter(username="x_petition_officer").update(is_active=False)
    note = {"outcome": "reached", "no_meeting_reason": "电话中已说明"}

    workflow.contact(entrusted.no, by=User.objects.get(username="officer_2"), **note)
    assert Case.objects.get(pk=entrusted.pk).handler.username == "x_petition_officer"
    workflow.contact(entrusted.no, by=agency.petition_officer, **note)

    assert Case.objects.get(pk=entrusted.pk).handler == agency.petition_officer
    assert three(entrusted) == ["chief_0", "petition_officer", "officer_2"]


def test_a_petition_that_is_refused_anew_ends_when_the_petitioner_knows(cast):
    case = cast.bring("petition", "not_accepted")
    for verb, role in (("close", "petition_officer"), ("reopen", "leader")):
        cast.act(case, verb, role)

    done = cast.act(case, "refuse", "petition_officer")

    assert "told" in completeness.missing(done)
    assert "told" not in completeness.missing(cast.act(case, "notify", "petition_officer"))


# -- two petitioners, and the time of each ------------------------------------------------------


@pytest.fixture
def two(agency, clock):
    """An answered petition of two, ``other`` the ticket of the second; the answer is on its way."""
    clock.set(datetime.fromisoformat("2026-03-02T09:00:00+08:00"))
    case = workflow.link_ticket(
        agency.ticket("petition", kind="petition").no, by=agency.dispatcher,
        ticket=agency.ticket("petition", kind="petition", consumer=OTHER).tickets.get().no,
    )  # fmt: skip
    officer = agency.petition_officer
    workflow.respond(case.no, by=officer)
    workflow.accept(case.no, by=officer, notified_by="letter")
    workflow.assign_triple(case.no, by=officer, **THREE)
    workflow.record_visit(case.no, by=officer, note="已面谈")
    workflow.record_inspection(case.no, by=officer, note="已查看")
    case.other = case.tickets.order_by("pk").last().no
    return case


def reply(agency, case: Case) -> None:
    workflow.reply(case.no, by=agency.petition_officer, **OPINION)


def came(agency, case: Case, on: date | None, ticket: str | None = None) -> Case:
    """The letter of the answer came to the citizen of ``ticket``, on that day."""
    return workflow.notify(
        case.no, by=agency.petition_officer, party="complainant", how="letter", text="送达",
        about="replied", ticket=ticket, received_on=on,
    )  # fmt: skip


def last_day(case: Case) -> date:
    [(_which, until)] = may_be_asked(Case.objects.get(pk=case.pk))
    return day_of(until)


@pytest.mark.parametrize("own_first", [True, False])
def test_the_days_to_ask_for_a_review_are_those_of_whoever_has_most_left(
    agency, clock, two, own_first
):
    reply(agency, two)
    clock.shift(days=20)
    letters = [(date(2026, 3, 20), None), (date(2026, 3, 3), two.other)]
    for day, ticket in letters if own_first else reversed(letters):
        came(agency, two, day, ticket)

    assert last_day(two) == date(2026, 4, 20)
    clock.set(datetime.fromisoformat("2026-04-10T10:00:00+08:00"))
    asked = workflow.request_review(two.no, by=agency.petition_officer)
    assert asked.state == "reviewing"


def test_whose_letter_has_come_no_day_is_asked_for_and_of_the_other_it_is(agency, two):
    reply(agency, two)
    for ticket, day, still in [
        (two.other, None, True), (None, None, True), (None, date(2026, 3, 2), True),
        (two.other, date(2026, 3, 2), False),
    ]:  # fmt: skip
        case = came(agency, two, day, ticket)
        assert awaits_receipt(case) == still, (ticket, day)


def test_the_end_of_a_petition_makes_no_day_of_receipt_certain(agency, clock, two):
    reply(agency, two)
    came(agency, two, date(2026, 3, 2), two.other)
    workflow.close(
        two.no,
        by=agency.petition_officer,
        conclusion="办结",
        principle="educated",
        why_early="无异议",
    )
    workflow.approve(two.no, by=agency.leader)
    case = Case.objects.get(pk=two.pk)

    def counted() -> tuple[str, bool]:
        [line] = [line for line in page.clock_lines(case, clock.now) if line.name == "申请复查期"]
        return line.countdown.state, "暂自发出" in " ".join(line.countdown.notes)

    assert counted() == ("on_time", True)
    clock.shift(days=40)
    assert counted() == ("ended", True), "by the day it went out; it came there later"
    came(agency, two, day_of(clock.now) - timedelta(days=1))
    assert counted() == ("on_time", False)


@pytest.mark.parametrize("is_closed", [True, False])
def test_who_has_not_asked_yet_asks_on_a_case_of_their_own(agency, clock, two, is_closed):
    reply(agency, two)
    officer = agency.petition_officer
    came(agency, two, None, two.other)
    workflow.request_review(two.no, by=officer)
    workflow.answer_review(two.no, by=officer, opinion="upheld", text="维持")
    if is_closed:
        workflow.close(two.no, by=officer, conclusion="办结", principle="educated")
        workflow.approve(two.no, by=agency.leader)
    clock.shift(days=3)

    with pytest.raises(RuleViolation, match=two.other if is_closed else "复查"):
        workflow.request_review(two.no, by=officer)
    assert "unlink_ticket" in workflow.allowed(Case.objects.get(pk=two.pk), agency.dispatcher)
    workflow.unlink_ticket(two.no, by=agency.dispatcher, ticket=two.other)

    own = Ticket.objects.get(no=two.other).case
    assert (own.state, last_day(own)) == ("replied", date(2026, 4, 1))
    assert workflow.request_review(own.no, by=officer).state == "reviewing"
    assert Case.objects.get(pk=two.pk).state == ("closed" if is_closed else "reviewing")
    assert invariants.check()[1] == []


def test_of_a_closed_petition_only_another_citizens_ticket_leaves(agency, clock, two):
    again = agency.ticket("petition", kind="petition").tickets.get().no
    workflow.link_ticket(two.no, by=agency.dispatcher, ticket=again)
    reply(agency, two)
    came(agency, two, None, two.other)
    workflow.close(two.no, by=agency.petition_officer, conclusion="办结", principle="educated")
    workflow.approve(two.no, by=agency.leader)

    with pytest.raises(RuleViolation, match="已办结"):
        workflow.unlink_ticket(two.no, by=agency.dispatcher, ticket=again)


def test_each_petitioner_is_told_that_it_takes_longer(agency, two):
    officer = agency.petition_officer
    workflow.extend(two.no, by=officer, rule="petition.handle", reason="需鉴定")
    workflow.approve(two.no, by=agency.leader)
    workflow.notify(two.no, by=officer, party="complainant", how="letter", text="延期")
    assert "told_longer" in missing(two)

    asked = VerbForm(VERBS["notify"], Case.objects.get(pk=two.pk), officer)
    assert {f.name: f.value for f in asked.fields}["ticket"] == two.other
    reply(agency, two)
    came(agency, two, None, two.other)
    assert "told_longer" in missing(two), "no answer makes up for it"
    workflow.notify(
        two.no, by=officer, party="complainant", how="letter", text="延期", about="extended",
        ticket=two.other,
    )  # fmt: skip

    assert missing(two) == ["principle"]
