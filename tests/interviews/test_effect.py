"""Did it help: weeks before and after the session, the trade beside it, and what was pledged."""

import pytest

from cases.models import Category
from tests.interviews.stories import NAMES, called_in, day_in

pytestmark = pytest.mark.django_db


def test_complaints_fall_after_the_session_and_the_trade_s_do_not(agency, clock):
    trade = Category.objects.filter(scheme="goods", parent__isnull=False).first().code
    problem = Category.objects.filter(scheme="complaint_problem", parent__isnull=False).first().code

    def complain(name, times=1):
        told = {"merchant": {"name": name}, "category": trade, "problem": problem}
        return [agency.ticket(unit="east", **told).no for _ in range(times)]

    named = complain(NAMES[0], 3)
    clock.shift(days=7)
    complain(NAMES[0])
    complain(NAMES[1], 2)
    desk = called_in(agency, cases=named)
    desk.do("mediator", "hold", {"present": [desk.id(0)], "minutes": "听取陈述"})
    item = {"matter": "明码标价", "measure": "公示", "due_on": day_in(20), "person": "王经理"}
    desk.do("mediator", "sign_pledge", {"merchant": desk.id(0), "items": [item]})

    clock.shift(days=7)
    complain(NAMES[0])
    complain(NAMES[1], 2)
    clock.shift(days=8)
    status, [told] = agency.client("analyst").get(f"interviews/{desk.no}/effect/")

    assert status == 200
    assert (told["before"][-2:], told["after"]) == ([3, 1], [1, 0])
    assert told["change"] == pytest.approx(0.5 / (4 / 12) - 1)
    assert (told["trade_before"], told["trade_after"]) == (0.167, 1.0)
    assert told["repeated"] == 1, "what was pledged is complained of again"
    status, _told = agency.client("mediator_b").get(f"interviews/{desk.no}/effect/")
    assert status == 404
