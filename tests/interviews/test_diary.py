"""The calendar of sessions and a merchant's record: what one sees, and nobody else's."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Category
from interviews import diary
from interviews.models import Attendance
from tests.interviews.stories import NAMES, Desk, came, day_in, in_days

pytestmark = pytest.mark.django_db
CALENDAR = "admin:interviews_interview_calendar"


def test_the_calendar_shows_who_is_called_in_and_what_was_held(agency, clock, client):
    held = came(agency, subject="退款迟缓")
    Desk(agency)
    other = Desk(agency, by="mediator_b", subject="别区的事", hold_at=in_days(10.5))
    assert agency.mediator.unit.keys_below, "known of who is logged in"
    with CaptureQueriesContext(connection) as asked:
        days = diary.between(agency.mediator, date(2026, 3, 1), date(2026, 3, 31))
    assert len(asked) == 1
    assert sorted(days) == [date(2026, 3, 2), date(2026, 3, 12)]
    [today], [planned] = days[date(2026, 3, 2)], days[date(2026, 3, 12)]
    assert (today.no, today.came, today.merchants) == (held.no, 1, 1)
    assert (planned.is_proposed, planned.merchants, planned.came) == (True, 3, 0)

    client.force_login(agency.mediator)
    shown = client.get(reverse(CALENDAR)).content.decode()
    for said in ("2026-03", "周一", "退款迟缓", "开蚌取珠诱导消费", "到场1家", "3家"):
        assert said in shown, said
    assert "别区的事" not in shown and other.no not in shown
    week = client.get(reverse(CALENDAR), {"week": "2026-03-12"}).content.decode()
    assert "开蚌取珠" in week and "退款迟缓" not in week and "三楼会议室" in week
    for odd in ({"week": "x"}, {"month": "9999-99"}, {"month": "2026-13", "week": "0001-01-01"}):
        assert client.get(reverse(CALENDAR), odd).status_code == 200


def test_a_day_is_shanghai_s_from_midnight_to_midnight(agency, clock):
    Desk(agency, hold_at="2026-03-12T00:00:00+08:00", subject="甲")
    Desk(agency, hold_at="2026-03-12T23:59:59+08:00", subject="乙")
    for first, found in ((date(2026, 3, 11), 0), (date(2026, 3, 12), 2), (date(2026, 3, 13), 0)):
        assert len(diary.between(agency.mediator, first, first).get(first, [])) == found


def test_everything_of_a_merchant_stands_on_one_page(agency, clock, client):
    problem = Category.objects.filter(scheme="complaint_problem", parent__isnull=False).first()
    told = {"unit": "east", "merchant": {"name": NAMES[0]}, "problem": problem.code}
    case = agency.ticket(**told, consumer={"name": "司马若兰", "phone": "13787654321"})
    desk = came(agency, cases=[case.no])
    item = {"matter": "明码标价", "measure": "公示", "due_on": day_in(20), "person": "王经理"}
    desk.do("mediator", "sign_pledge", {"merchant": desk.id(0), "items": [item]})
    told = {"merchant": {"name": NAMES[0]}, "subject": "提醒明码标价", "text": "请公示。"}
    agency.client("mediator").post("interviews/guidance/", told)
    page = reverse(
        "admin:interviews_interview_merchant", args=[Attendance.objects.get().merchant_id]
    )

    client.force_login(agency.chief)
    shown = client.get(page).content.decode()
    for said in (
        NAMES[0], case.no, desk.no, "厦消约〔2026〕1号", "明码标价", problem.name_zh,
        "厦消导〔2026〕1号", "提醒明码标价", "在办1件",
    ):  # fmt: skip
        assert said in shown, said
    for person in ("司马若兰", "王经理", "林店长"):
        assert person not in shown
    client.force_login(agency.mediator_b)
    assert client.get(page).status_code == 404
    client.force_login(agency.admin)
    assert client.get(page).status_code == 403
