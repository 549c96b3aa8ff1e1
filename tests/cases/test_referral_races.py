"""Two at once on a case that is out, or about to go out: one wins, the other is told."""

import pytest

from agency.core import deadlines
from agency.core.models import Notification
from cases import workflow
from cases.models import Case, Referral
from cases.workflow.referrals import silent_to_bring_home
from tests.cases.test_races import assert_clean, at_once, count, second_mediator, winners_and_told
from tests.stories import clock_of

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 6


def referred(agency) -> Case:
    case = agency.ticket(unit="east")
    return workflow.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)


def test_of_two_who_refer_one_is_told(agency, clock):
    other = second_mediator(agency)
    for _round in range(ROUNDS):
        no = agency.ticket(unit="east").no

        results = at_once(
            lambda no=no: workflow.refer(no, by=agency.mediator, outlet="outlet-a", consent=True),
            lambda no=no: workflow.refer(no, by=other, outlet="outlet-b", consent=True),
        )

        assert winners_and_told(results) == (1, 1)
    assert Referral.objects.count() == ROUNDS
    assert_clean()


def test_the_outlet_settles_while_the_agency_takes_it_back(agency, clock):
    for _round in range(ROUNDS):
        case = referred(agency)

        results = at_once(
            lambda no=case.no: workflow.settle(
                no, by=agency.outlet_a, agreement="换新", recovered_amount="300.00"
            ),
            lambda no=case.no: workflow.recall(no, by=agency.mediator, reason="消费者要求"),
        )

        assert winners_and_told(results) == (1, 1)
        case.refresh_from_db()
        is_settled = case.state == "settled"
        assert (case.result == "settled") == is_settled == case.agreements.exists()
        assert count(case, "came_home") == (0 if is_settled else 1)
    assert_clean()


def test_the_outlet_takes_it_in_the_moment_in_which_it_comes_home_by_itself(agency, clock):
    for _round in range(ROUNDS):
        case = referred(agency)
        clock.set(clock_of(case, "green.accept").due_at + deadlines.MOMENT_AFTER)
        deadlines.sweep()

        at_once(
            lambda no=case.no: workflow.accept_referral(no, by=agency.outlet_a),
            lambda: sum(silent_to_bring_home()) and None,
            lambda: sum(silent_to_bring_home()) and None,
        )

        sum(silent_to_bring_home())
        case.refresh_from_db()
        was_taken = count(case, "referral_taken")
        assert (count(case, "came_home"), case.state) == (
            (0, "odr_negotiating") if was_taken else (1, "dispatched")
        )
        assert count(case, "deadline_breached") >= 1
    told = Notification.objects.filter(topic="came_home").values_list("subject_id", flat=True)
    assert len(told) == len(set(told)), "once each"
    assert_clean()


def test_it_goes_out_while_somebody_dispatches_it_away(agency, clock):
    for _round in range(ROUNDS):
        case = agency.ticket(unit="east")

        at_once(
            lambda no=case.no: workflow.refer(
                no, by=agency.mediator, outlet="outlet-a", consent=True
            ),
            lambda no=case.no: workflow.dispatch(no, by=agency.dispatcher, unit="west"),
        )

        case.refresh_from_db()
        assert (case.state == "odr_negotiating") == case.referrals.open().exists()
    assert_clean()
