"""Whose tickets a contact meets, and what a merge leaves behind."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from agency.core import deadlines, invariants
from agency.core.errors import RuleViolation
from cases import workflow
from cases.admin import timeline
from cases.admin.verbs import VERBS, VerbForm
from cases.models import Case, Ticket
from tests.cases.test_admin import desk, verb_of
from tests.stories import TEN

pytestmark = pytest.mark.django_db

REACHED = {"outcome": "reached", "no_meeting_reason": "电话中已解决"}


def waiting() -> set[tuple[str, int]]:
    """External number and round of what nobody has reached the citizen for."""
    rows = Ticket.objects.filter(contacted_at=None)
    return set(rows.values_list("external_no", "round"))


def link(agency, case, other) -> None:
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other.tickets.get().no)


@pytest.mark.parametrize(
    "consumer", [{"name": "陈小满", "phone": "13900139000"}, {"name": "陈小满"}, None]
)
def test_a_contact_meets_the_second_round_whatever_it_says_of_the_citizen(agency, clock, consumer):
    case = agency.ticket(kind="consultation", unit="east", external_no="A1")
    agency.ticket(kind="consultation", external_no="A1", round=2, consumer=consumer)

    workflow.contact(case.no, by=agency.mediator, **REACHED)

    assert waiting() == set()
    assert not case.deadlines.open().filter(rule__met_by__in=["respond", "contact"]).exists()
    assert invariants.check()[1] == []


def test_a_contact_meets_the_rounds_of_what_the_citizen_brought_by_another_channel(agency, clock):
    case = agency.ticket(unit="east", external_no="A1")
    link(agency, case, agency.ticket("315xft", external_no="B1"))
    agency.ticket(
        "315xft", external_no="B1", round=2, consumer={"name": "陈小满", "phone": "13900139000"}
    )
    link(
        agency,
        case,
        agency.ticket(external_no="C1", consumer={"name": "林一", "phone": "13700137000"}),
    )
    own = case.tickets.get(external_no="A1").no

    workflow.contact(case.no, by=agency.mediator, **REACHED, ticket=own)

    assert waiting() == {("C1", 1)}


@pytest.mark.parametrize(
    ("kind", "verb", "said"),
    [
        ("complaint", "contact", "All tickets of the case's citizen"),
        ("report", "contact", "All tickets of the case"),
        ("complaint", "respond", "All that await a response"),
        ("report", "respond", "All that await a response"),
    ],
)
def test_the_form_says_whose_tickets_are_meant_where_none_is_named(agency, clock, kind, verb, said):
    case = agency.ticket(kind=kind, unit="east")
    link(agency, case, agency.ticket(kind=kind))

    with override("en"):
        form = VerbForm(VERBS[verb], case, agency.enforcer)
        [tickets] = [field for field in form.fields if field.name == "ticket"]

    assert tickets.options[0] == ("", said)
    assert len(tickets.options) == 3


def begins_with(case, user) -> str:
    """The ticket that the form of the contact begins with."""
    form = VerbForm(VERBS["contact"], case, user)
    [begun] = [field.value for field in form.fields if field.name == "ticket"]
    return begun


def test_who_reached_nobody_that_waits_must_name_the_ticket(agency, clock):
    case = agency.ticket(unit="east", external_no="A1")
    other = agency.ticket(external_no="C1", consumer={"name": "林一", "phone": "13700137000"})
    ticket = other.tickets.get()
    link(agency, case, other)
    own = case.tickets.get(external_no="A1").no
    workflow.contact(case.no, by=agency.mediator, **REACHED, ticket=own)

    with pytest.raises(RuleViolation):
        workflow.contact(case.no, by=agency.mediator, **REACHED)
    with pytest.raises(RuleViolation):
        workflow.contact(case.no, by=agency.mediator, outcome="no_answer")
    assert case.contacts.count() == 1, "what was refused is not logged"
    assert begins_with(case, agency.mediator) == ticket.no
    first, second = VerbForm(VERBS["contact"], case, agency.mediator).citizens
    assert (first.ticket, first.name) == (ticket.no, ticket.label), (
        "whose number stands above the form"
    )
    assert (second.ticket, second.name) == ("", "陈**")
    eye = desk("mediator").get(f"/admin/cases/case/{case.no}/reveal/?ticket={ticket.no}").text
    assert ticket.label in eye, "and whose is read in plain"

    workflow.contact(case.no, by=agency.mediator, **REACHED, ticket=ticket.no)
    assert waiting() == set()
    assert begins_with(case, agency.mediator) == ""
    workflow.contact(case.no, by=agency.mediator, **REACHED)  # nobody waits: only logged


def test_while_two_citizens_wait_a_call_is_neither_s_until_one_is_named(agency, clock):
    case = agency.ticket(unit="east", external_no="A1")
    link(agency, case, agency.ticket("315xft", external_no="B1"))
    own = case.tickets.get(external_no="A1")
    link(
        agency,
        case,
        agency.ticket(external_no="C1", consumer={"name": "林一", "phone": "13700137000"}),
    )

    assert begins_with(case, agency.mediator) == ""
    refused = desk("mediator").post(verb_of(case, "contact"), REACHED)
    assert refused.status_code == 400
    assert waiting() == {("A1", 1), ("B1", 1), ("C1", 1)}

    chosen = desk("mediator").post(verb_of(case, "contact"), REACHED | {"ticket": own.no})

    assert chosen.status_code < 400
    assert waiting() == {("C1", 1)}, "all tickets of the one who was called, and no other's"
    assert "陈**" in told_of_calls(case, agency.mediator)[0]
    workflow.contact(
        case.no, by=agency.mediator, outcome="no_answer", ticket=begins_with(case, agency.mediator)
    )
    assert "林*" in told_of_calls(case, agency.mediator)[0]


def told_of_calls(case, user) -> list[str]:
    """The lines of the story that tell of calls, the latest first."""
    lines = timeline.lines(Case.objects.get(pk=case.pk), user, case.arrived_at)
    return [line.what for line in lines if line.group == "contacts"]


def test_a_citizen_without_a_telephone_is_nobody_else_s_citizen(agency, clock):
    case = agency.ticket(kind="consultation", unit="east", external_no="A1", consumer=None)
    link(agency, case, agency.ticket(kind="consultation", external_no="C1"))

    with pytest.raises(RuleViolation):
        workflow.contact(case.no, by=agency.mediator, **REACHED)

    assert waiting() == {("A1", 1), ("C1", 1)}


def test_a_contact_on_a_report_meets_all_of_the_case(agency, clock):
    case = agency.ticket(kind="report", unit="east")
    link(
        agency,
        case,
        agency.ticket(kind="report", consumer={"name": "林一", "phone": "13700137000"}),
    )

    workflow.contact(case.no, by=agency.enforcer, **REACHED)

    assert waiting() == set()


# -- merging ------------------------------------------------------------------------------


def test_nothing_leaves_a_case_that_waits_for_approval(agency, clock):
    case, source = agency.ticket(unit="east"), agency.contacted_case()
    ticket = source.tickets.get().no
    workflow.refuse(source.no, by=agency.mediator, ground="R1", explanation="不属本职")

    status, problem = agency.client("dispatcher").post(
        f"cases/{case.no}/link_ticket/", {"ticket": ticket}
    )
    assert (status, source.tickets.count()) == (409, 1), problem

    workflow.disapprove(source.no, by=agency.chief, reason="属本职")
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=ticket)
    assert invariants.check()[1] == []


def test_a_merged_case_is_in_nobody_s_hands(agency, clock):
    case, source = agency.ticket(unit="east"), agency.contacted_case()

    link(agency, case, source)

    assert source.assignments.get().ended_at == clock.now
    assert invariants.check()[1] == []


@pytest.mark.parametrize("swept_before", [True, False])
def test_a_miss_is_told_once_wherever_its_ticket_goes(agency, clock, swept_before):
    case, source = agency.ticket(unit="east"), agency.ticket("315xft")
    clock.shift(TEN + timedelta(seconds=1))
    if swept_before:
        deadlines.sweep()
    link(agency, case, source)
    deadlines.sweep()

    shown = agency.client("dispatcher").get(f"cases/{case.no}/")[1]

    missed = [d["rule"] for d in shown["deadlines"] if d["breached_at"]]
    told = [e["data"]["rule"] for e in shown["events"] if e["kind"] == "deadline_breached"]
    assert missed == told == ["ticket.respond_10"] * 2
    lines = [line.kind for line in timeline.lines(case, agency.dispatcher, clock.now)]
    assert lines.count("deadline_breached") == 2
