"""Complaints of several citizens on one case: handled once, and each of them is told."""

import re

import pytest

from agency.core import invariants
from agency.core.errors import RuleViolation
from cases import workflow
from cases.admin import page, timeline
from cases.admin.labels import VERBS
from cases.admin.tale import Tale
from cases.admin.verbs import VerbForm
from cases.bundle.told import gather
from cases.citizens import check_alone
from cases.completeness import missing
from cases.models import Case, Ticket
from cases.workflow.allowed import Sight
from tests.cases.lives import Cast, Together
from tests.cases.test_admin import desk, page_of, verb_of
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

OTHER = {"name": "林一一", "phone": "13700137000"}


@pytest.fixture
def cast(agency, clock):
    return Cast(agency)


@pytest.fixture
def case(agency, cast):
    """Of two citizens, who have both been reached."""
    case, other = agency.ticket(unit="east"), agency.ticket("web", unit="east", consumer=OTHER)
    ticket = other.tickets.get()
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=ticket.no)
    for waiting in case.tickets.all():
        case = cast.act(case, "contact", "mediator", ticket=waiting.no)
    case.other = ticket.no
    return case


def test_the_other_citizen_is_told_of_a_refusal_before_the_case_closes(cast, case, clock):
    cast.act(case, "refuse", "mediator")
    done = cast.act(case, "notify", "mediator")
    assert missing(done) == ["told_others"]
    assert clock_of(case, "complaint.accept").met_at is None, "one of the two does not know yet"
    with pytest.raises(RuleViolation, match="其他当事人"):
        cast.act(case, "close", "mediator")

    done = cast.act(case, "notify", "mediator", ticket=case.other)

    assert missing(done) == []
    assert clock_of(case, "complaint.accept").met_at == clock.now
    assert cast.act(case, "close", "mediator").state == "closed"
    assert invariants.check()[1] == []


def test_to_tell_the_other_citizen_does_not_tell_the_cases_own(cast, case):
    cast.act(case, "refuse", "mediator")

    done = cast.act(case, "notify", "mediator", ticket=case.other)

    assert missing(done) == ["told"]
    assert clock_of(case, "complaint.accept").met_at is None


def test_an_acceptance_that_is_written_at_once_is_told_to_all(cast, case, clock):
    done = cast.act(case, "accept", "mediator", notified_by="letter")

    assert clock_of(case, "complaint.accept").met_at == clock.now
    told = done.party_notices.values_list("ticket__no", flat=True)
    assert set(told) == {None, case.other}


@pytest.mark.parametrize("how", ["phone", "in_person"])
def test_who_is_told_in_speech_is_one_and_the_other_is_still_owed_it(
    agency, cast, case, clock, how
):
    """Where no ticket is named it is the case's own citizen."""
    done = cast.act(case, "accept", "mediator", notified_by=how)

    assert list(done.party_notices.values_list("ticket", flat=True)) == [None]
    assert clock_of(case, "complaint.accept").met_at is None, "one of the two does not know yet"
    cast.act(case, "notify", "mediator", how=how, ticket=case.other)
    assert clock_of(case, "complaint.accept").met_at == clock.now


def test_the_form_of_an_acceptance_asks_whom_the_call_was_with(agency, cast, case):
    cast.act(case, "supplement", "mediator", narrative="闭店不退卡", demand="退款")
    http, own = desk("mediator"), case.tickets.exclude(no=case.other).get().no
    form = http.get(verb_of(case, "accept")).text
    assert f'value="{own}"' in form and f'value="{case.other}"' in form

    unsaid = http.post(verb_of(case, "accept"), {"notified_by": "phone"})
    assert unsaid.status_code == 400 and not case.party_notices.exists()
    http.post(verb_of(case, "accept"), {"notified_by": "phone", "ticket": case.other})

    assert case.party_notices.get().ticket.no == case.other
    assert missing(Case.objects.get(pk=case.pk))[:1] == ["told"], (
        "the case's own one was not called"
    )


def test_of_a_broken_promise_one_citizen_is_told_by_one_call(agency, clock):
    cast = Cast(agency)
    case, ticket = joined_later(agency, cast.bring("complaint", "agreed"))

    cast.act(case, "record_non_performance", "mediator", notified_by="phone", ticket=ticket)

    assert case.decisions.get(kind="not_performed").notices.get().ticket.no == ticket


def test_the_end_of_the_mediation_is_told_to_the_other_citizen_too(cast, case):
    for verb in ("accept", "terminate", "notify"):
        cast.act(case, verb, "mediator")
    done = cast.act(case, "notify", "mediator", party="respondent")
    assert missing(done) == ["told_others"]

    assert missing(cast.act(case, "notify", "mediator", ticket=case.other)) == []


@pytest.mark.parametrize("is_older", [False, True])
def test_each_notice_is_told_with_its_own_citizen_and_number(cast, case, is_older):
    cast.act(case, "accept", "mediator", notified_by="")
    for ticket in (None, case.other):
        cast.act(case, "notify", "mediator", how="phone", ticket=ticket)

    events = list(case.events.filter(kind="notified").select_related("ticket").order_by("pk"))
    if is_older:  # written before an event named its notice
        for event in events:
            del event.data["notice"]
    said = [timeline.of_tale(Tale(case, cast["mediator"], events[0].at, [e]))[0] for e in events]

    for line, told, other in zip(said, BOTH, reversed(BOTH), strict=True):
        assert all(sign in line.what for sign in told)
        assert not any(sign in line.what for sign in other)
    assert [line[1].split(" ")[-1] for line in told_in_the_bundle(case)] == ["投诉人", "林**"]


BOTH = (("陈**", "138****8000"), ("林**", "137****7000"))


def told_in_the_bundle(case) -> list[list[str]]:
    sections = gather(case, plain=False).index["sections"]
    return next(section["rows"] for section in sections if section["heading"] == "告知记录")


def test_several_tickets_of_one_citizen_are_told_once(agency, cast):
    case, again = agency.ticket(unit="east"), agency.ticket("web", unit="east")
    number = again.tickets.get().no
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=number)
    cast.act(case, "contact", "mediator")
    cast.act(case, "refuse", "mediator")

    case = cast.act(case, "notify", "mediator", ticket=number)

    assert missing(case) == []


def test_the_form_asks_who_is_told_and_the_page_says_so(agency, cast, case):
    workflow.accept(case.no, by=agency.mediator)
    http = desk("mediator")
    form = http.get(verb_of(case, "notify")).text
    cast.act(case, "notify", "mediator")
    again = http.get(verb_of(case, "notify")).text
    assert re.search(r'value="complainant"[^>]*checked', again), "the other one is still to be told"
    assert f'value="{case.other}" selected' in again
    assert "本案当事人" in form and f'value="{case.other}"' in form

    sent = {"party": "complainant", "how": "phone", "text": "已受理", "ticket": case.other}
    assert http.post(verb_of(case, "notify"), sent).status_code == 204

    assert "林** 137" not in form.split("<select")[0]
    assert case.party_notices.latest("pk").ticket.no == case.other
    assert "林**" in http.get(page_of(case)).text


def test_more_citizens_cost_the_form_no_more_queries(
    agency, cast, case, django_assert_max_num_queries
):
    others = [case.other]
    for number in range(5):
        who = {"name": f"林{number}", "phone": f"1370013701{number}"}
        others += agency.ticket("web", unit="east", consumer=who).tickets.values_list(
            "no", flat=True
        )
        workflow.link_ticket(case.no, by=agency.dispatcher, ticket=others[-1])
    cast.act(case, "refuse", "mediator")
    http = desk("x_mediator")
    http.get(verb_of(case, "notify"))

    with django_assert_max_num_queries(25):
        form = http.get(verb_of(case, "notify")).text

    assert [no for no in others if no not in form] == []


def test_where_there_is_one_citizen_nothing_more_is_asked(agency, cast):
    case = cast.bring("complaint", "accepted")

    assert 'name="ticket"' not in desk("x_mediator").get(verb_of(case, "notify")).text


ALONE = {
    # a step that is one citizen's only: from which state, whose
    "withdraw": ("complaint", "reviewing", "mediator", {}),
    "convert": ("complaint", "registered", "registrar", {}),
    "refuse": ("complaint", "reviewing", "mediator", {"ground": "R6"}),
    "settle": ("complaint", "mediating", "mediator", {}),
    "terminate": ("complaint", "mediating", "mediator", {"ground": "T1"}),
    "object": ("petition", "registered", "petition_officer", {}),
    "route": ("petition", "registered", "petition_officer", {"to": "complaint"}),
}


@pytest.mark.parametrize("state", ["accepted", "mediating"])
def test_that_no_agreement_ends_it_is_said_before_one_is_reached(agency, clock, state):
    cast = Together(agency)
    case = cast.bring("complaint", state)

    [said] = page.waits(Sight(case, cast["mediator"]))

    for word in (cast.other, "达成协议", "拆单", "调度员", "登记员"):
        assert word in said
    with pytest.raises(RuleViolation, match="拆单"):
        check_alone(case)
    workflow.unlink_ticket(case.no, by=agency.dispatcher, ticket=cast.other)
    assert page.waits(Sight(case, cast["mediator"])) == []


@pytest.mark.parametrize("party", ["", "complainant"])
def test_the_death_of_one_citizen_ends_no_mediation_of_the_other(agency, clock, party):
    cast = Together(agency)
    case = cast.bring("complaint", "mediating")

    with pytest.raises(RuleViolation):
        cast.act(case, "terminate", "mediator", ground="T7", party=party)

    assert "party" in {f.name for f in VerbForm(VERBS["terminate"], case, cast["mediator"]).fields}


def test_with_a_respondent_that_is_gone_the_mediation_ends_for_all(agency, clock):
    cast = Together(agency)
    case = cast.bring("complaint", "mediating")

    case = cast.act(case, "terminate", "mediator", ground="T7", party="respondent")

    assert case.state == "terminated"


@pytest.mark.parametrize("verb", ALONE)
def test_a_step_of_one_citizen_s_does_not_end_what_is_owed_to_the_other(agency, clock, verb):
    kind, state, role, said = ALONE[verb]
    cast = Together(agency)
    case = cast.bring(kind, state)
    before = list(case.deadlines.open().values_list("pk", flat=True))

    with pytest.raises(RuleViolation, match="其他当事人"):
        cast.act(case, verb, role, **said)

    assert list(case.deadlines.open().values_list("pk", flat=True)) == before
    workflow.unlink_ticket(case.no, by=agency.dispatcher, ticket=cast.other)
    cast.act(case, verb, role, **said)
    theirs = Ticket.objects.get(no=cast.other).case
    assert theirs != case and theirs.closed_at is None, "the other one's goes on"
    assert theirs.deadlines.open().filter(ticket=None).exists()
    assert invariants.check()[1] == []


def joined_later(agency, case) -> tuple[Case, str]:
    """With a ticket of another, who has one more where their own complaint is handled."""
    other, again = (agency.ticket("web", consumer=OTHER) for _time in range(2))
    ticket = again.tickets.get().no
    for on in (other, case):
        workflow.link_ticket(on.no, by=agency.dispatcher, ticket=ticket)
    return case, ticket


def test_of_an_agreement_made_before_the_other_citizen_came_they_hear_too(agency, clock):
    cast = Cast(agency)
    case, again = joined_later(agency, cast.bring("complaint", "agreed"))
    cast.act(case, "contact", "mediator", ticket=again)
    cast.act(case, "confirm_performance", "mediator")
    done = cast.act(case, "follow_up", "callback")
    assert missing(done) == ["told_others"]
    clock.shift(minutes=1)

    done = cast.act(case, "notify", "mediator", ticket=again, about="nothing")

    assert missing(done) == []
    assert cast.act(case, "close", "mediator").state == "closed"
    assert invariants.check()[1] == []


def test_the_end_of_the_mediation_is_told_in_time_when_all_three_know(cast, case, clock):
    for verb in ("accept", "terminate", "notify"):
        cast.act(case, verb, "mediator")
    cast.act(case, "notify", "mediator", party="respondent")
    assert clock_of(case, "complaint.terminate_notice").met_at is None

    clock.shift(days=1)
    cast.act(case, "notify", "mediator", ticket=case.other)

    assert clock_of(case, "complaint.terminate_notice").met_at == clock.now
