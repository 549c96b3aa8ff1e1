"""The platform sends a closed case back: in whose hands it is then."""

from datetime import timedelta

import pytest

from agency.core import deadlines, invariants, notifications
from agency.core.models import Notification
from agency.core.roles import Role
from cases import intake, workflow
from tests.notices import told
from tests.stories import RULES_1030, TEN

pytestmark = pytest.mark.django_db


def closed(agency, clock, *, unit="east", handler="mediator"):
    case = agency.ticket(external_no="MY1")
    workflow.dispatch(case.no, by=agency.dispatcher, unit=unit, handler=handler)
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话")
    workflow.withdraw(case.no, by=agency.mediator, reason="商家已退款")
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    workflow.approve(case.no, by=agency.leader if unit == "agency" else agency.chief)
    clock.shift(days=1)
    return case


def sent_back(agency):
    return agency.ticket(external_no="MY1", round=2)


def hands(case) -> list[tuple]:
    """Unit and handler: of the current assignment, and of what the case owes."""
    current = case.assignments.filter(ended_at=None)
    return [*current.values_list("unit", "handler"), *_owed(case)]


def _owed(case) -> set[tuple]:
    return set(case.deadlines.open().values_list("unit", "handler"))


@pytest.mark.parametrize("unit", ["agency", "east"])
def test_who_had_it_has_it_again_and_may_answer(agency, clock, unit):
    closed(agency, clock, unit=unit)

    case = sent_back(agency)

    assert hands(case) == [(agency.units[unit].pk, agency.mediator.pk)] * 2
    assert agency.client("mediator").post(f"cases/{case.no}/respond/")[0] == 200
    assert invariants.check()[1] == []


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"role": Role.AUDITOR},
        {"unit": "west"},
    ],
)
def test_who_can_no_longer_go_on_with_it_does_not_get_it_back(agency, clock, change):
    closed(agency, clock)
    for name, value in change.items():
        setattr(agency.mediator, name, agency.units.get(value, value))
    agency.mediator.save()

    case = sent_back(agency)

    assert hands(case) == [(agency.units["east"].pk, None)] * 2
    workflow.respond(case.no, by=agency.enforcer)
    assert _owed(case) == {(agency.units["east"].pk, agency.enforcer.pk)}


def test_the_unit_is_told_of_the_new_round_where_its_handler_has_left(agency, clock):
    closed(agency, clock)
    agency.mediator.is_active = False
    agency.mediator.save()
    sent_back(agency)
    clock.shift(TEN / 2)

    deadlines.sweep()
    notifications.deliver_pending()

    assert told(Notification.objects.get(topic="deadline_warned")) == {"dispatcher", "enforcer"}


def test_two_tickets_of_one_case_open_it_once(agency, clock):
    case = agency.handled_case(external_no="MY1")
    other = agency.ticket(external_no="MY2")
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other.tickets.get().no)
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话")
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    workflow.approve(case.no, by=agency.chief)
    minyi = agency.channels["minyi"]

    rows = [agency.submission(external_no=number, round=2) for number in ("MY1", "MY2")]
    intake.register_many(rows, channel=minyi, by=minyi.client)

    assert case.assignments.filter(ended_at=None).count() == 1
    assert case.deadlines.open().filter(rule__code__in=RULES_1030).count() == 4


def test_what_nobody_had_waits_for_dispatch(agency, clock):
    case = agency.ticket("walkin", kind="consultation", external_no="MY1")
    workflow.answer(case.no, by=agency.registrar, text="可以退货")
    workflow.close(case.no, by=agency.registrar, conclusion="已答复")

    again = agency.ticket("walkin", kind="consultation", external_no="MY1", round=2)

    assert again.state == "reopened"
    assert not again.assignments.exists()


def test_a_round_that_came_long_ago_reopens_nothing(agency, clock):
    case = closed(agency, clock)
    clock.shift(days=60)
    owed = _owed(case)
    row = agency.submission(
        external_no="MY1", round=2, arrived_at=(clock.now - timedelta(days=40)).isoformat()
    )
    channel = agency.channels["minyi"]

    [outcome] = intake.register_many([row], channel=channel, by=channel.client, history=True)

    case.refresh_from_db()
    assert outcome.status == 201 and case.state == "closed"
    assert case.tickets.count() == 2 and _owed(case) == owed
