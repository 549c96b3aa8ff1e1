"""Whom a move tells in the house: the column ``tells`` of the tables, through the outbox."""

import json

import pytest

from agency.core import notifications
from agency.core.models import Notification, User
from agency.core.notifications import words
from agency.core.notifications.topics import TOPICS
from cases import workflow
from cases.lifecycle import MOVES, Kind
from cases.notices import MOVED
from tests.cases.lives import Cast
from tests.notices import told

pytestmark = pytest.mark.django_db

BESIDE = {"referred", "settle", "came_home", "came_again", "denied", "denied_late", "record_clue"}
"""What no table tells: it depends on what is said."""
TELLING = {move.verb for kind in Kind for move in MOVES[kind] if move.tells}


def heard(topic: str, *, count: int = 1) -> set[str]:
    """Who has the latest of ``count`` notices of this topic."""
    notifications.deliver_pending()
    notices = Notification.objects.filter(topic=topic).order_by("pk")
    assert len(notices) == count
    return told(notices.last())


def test_every_verb_that_tells_has_its_words_and_its_topic():
    assert set(MOVED) == TELLING | BESIDE <= set(TOPICS)


def test_an_outlet_hears_of_a_referral_and_of_no_other_s(agency):
    case = agency.ticket(unit="east")
    workflow.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)

    assert heard("referred") == {"outlet_a"}


def test_who_handles_it_and_who_dispatches_hear_that_it_came_home(agency):
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    workflow.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)
    workflow.hand_up(case.no, by=agency.outlet_a, reason="商家拒绝")

    notifications.deliver_pending()

    home = Notification.objects.filter(topic="came_home")
    assert set().union(*map(told, home)) == {"mediator", "dispatcher"}


def test_the_handler_hears_of_a_dispatch_and_the_unit_where_nobody_is_named(agency):
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    assert heard("dispatch") == {"mediator"}

    workflow.dispatch(agency.ticket().no, by=agency.dispatcher, unit="east")

    assert heard("dispatch", count=2) == {"mediator", "chief", "enforcer"}, "who could take it"


def test_nobody_is_told_of_what_they_did_themselves(agency):
    case = agency.ticket(unit="east")
    workflow.dispatch(case.no, by=agency.chief, unit="east", handler="chief")

    assert not Notification.objects.filter(topic="dispatch").exists()


def test_whoever_gets_a_case_from_a_colleague_hears_of_it(agency):
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")

    workflow.assign(case.no, by=agency.chief, handler="enforcer")
    workflow.assign(case.no, by=agency.chief, follow_up="registrar")

    assert heard("assign") == {"enforcer"}


@pytest.mark.parametrize("verb", ["approve", "disapprove"])
def test_who_proposed_hears_what_came_of_it(agency, verb):
    case = agency.contacted_case()
    workflow.refuse(case.no, by=agency.mediator, ground="R1", explanation="属交通部门")
    said = {"reason": "事实不清"} if verb == "disapprove" else {}

    workflow.VERBS[verb](case.no, by=agency.chief, **said)

    assert heard(f"{verb}d") == {"mediator"}
    notice = Notification.objects.get(topic=f"{verb}d")
    assert "“不予受理”" in words.tell([notice], to=agency.mediator)[notice.pk].headline


def test_what_came_of_a_proposal_is_told_to_who_has_it_where_its_proposer_has_left(agency):
    case = agency.contacted_case()
    workflow.refuse(case.no, by=agency.mediator, ground="R1", explanation="属交通部门")
    workflow.assign(case.no, by=agency.chief, handler="enforcer")
    User.objects.filter(username="mediator").update(is_active=False)

    workflow.disapprove(case.no, by=agency.chief, reason="事实不清")

    assert heard("disapproved") == {"enforcer"}


@pytest.mark.parametrize(
    ("by", "who"), [("mediator", {"enforcer", "chief"}), ("enforcer", {"chief"})]
)
def test_who_may_verify_a_clue_hears_of_it(agency, by, who):
    case = agency.mediated_case()

    workflow.record_clue(case.no, by=getattr(agency, by), note="涉嫌虚假宣传")

    notifications.deliver_pending()
    notices = Notification.objects.filter(topic="record_clue")
    assert set().union(*map(told, notices)) == who


def test_the_handler_hears_that_a_closed_petition_is_reviewed(agency):
    cast = Cast(agency)
    case = cast.bring("petition", "closed")

    cast.act(case, "request_review", "registrar")

    assert heard("request_review") == {"petition_officer"}


def test_the_dispatcher_hears_of_a_return(agency):
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    workflow.return_(case.no, by=agency.mediator, reason="不属本职", explanation="属交通部门")

    assert heard("return") == {"dispatcher"}


def closed(agency):
    case = agency.ticket(kind="consultation")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话")
    workflow.answer(case.no, by=agency.mediator, text="七日内可以退货")
    return workflow.close(case.no, by=agency.mediator, conclusion="已答复")


@pytest.mark.parametrize(("is_there", "who"), [(True, {"mediator"}), (False, {"chief"})])
def test_the_handler_hears_of_a_reopening_or_the_unit_where_they_have_left(agency, is_there, who):
    case = closed(agency)
    User.objects.filter(username="mediator").update(is_active=is_there)

    workflow.reopen(case.no, by=agency.supervisor, reason="市民不满意")

    assert heard("reopen") == who


def test_a_refused_move_tells_nobody(agency):
    case = agency.ticket()
    answered = agency.client("dispatcher").post(
        f"cases/{case.no}/dispatch/", {"unit": "east", "contact": "dispatcher"}
    )

    assert answered[0] == 400
    assert not Notification.objects.filter(topic="dispatch").exists()


def test_what_is_told_names_the_case_and_nobody(agency):
    case = agency.ticket(title="净水器漏水，致电13912345678")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")

    written = Notification.objects.get(topic="dispatch")
    notice = words.tell([written], to=agency.mediator)[written.pk]

    assert case.no in notice.headline and agency.units["east"].name in notice.headline
    assert "净水器" not in repr(notice)
    assert "陈小满" not in json.dumps(Notification.objects.values().get(pk=written.pk), default=str)
