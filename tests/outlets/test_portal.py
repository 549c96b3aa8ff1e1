"""The portal: outlets and firms see their own and do their work there; nobody else gets in."""

import re

import pytest
from django.test import Client

from agency.core import duties, notifications
from agency.core.models import Access
from cases import workflow
from cases.models import Case
from tests.outlets.test_reports import APRIL
from tests.papers import pdf, upload

pytestmark = pytest.mark.django_db

SETTLED = {
    "key": "a-phone-0001", "consumer.name": "林一一", "consumer.phone": "13700137000",
    "title": "鞋底开胶", "demand": "换货", "merchant.name": "卓越商场", "amount": "299",
    "result": "settled", "agreement": "当场换新", "recovered_amount": "299",
}  # fmt: skip
MOST = 60_000
"""Bytes of a page and all it needs, at most."""


class Phone:
    """Somebody's browser on a phone."""

    def __init__(self, user=None) -> None:
        self.http = Client(headers={"accept-language": "zh-hans"})
        if user:
            self.http.force_login(user)

    def get(self, path=""):
        return self._read(self.http.get(f"/portal/{path}", secure=True))

    def post(self, path="", **typed):
        return self._read(self.http.post(f"/portal/{path}", typed, secure=True))

    def _read(self, answer):
        self.text = answer.content.decode()
        return answer.status_code


@pytest.fixture
def phone(agency, standing):
    return Phone(agency.outlet_a)


@pytest.fixture
def referred(agency, clock, standing):
    case = agency.ticket(unit="east")
    return workflow.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)


@pytest.mark.parametrize(
    ("username", "status"),
    [("outlet_a", 200), ("odr_a", 200), ("mediator", 403), ("admin", 403), (None, 302)],
)
def test_the_portal_is_for_outlets_and_firms(agency, username, status):
    assert Phone(username and getattr(agency, username)).get() == status


def test_a_referral_from_its_arrival_to_its_result(agency, clock, phone, referred):
    assert phone.get() == 200
    assert referred.no in phone.text and "03-02 11:00" in phone.text
    page = f"cases/{referred.no}/"
    assert phone.post(page, verb="accept_referral") == 302
    assert phone.post(page, verb="accept_referral") == 409

    assert phone.get(page) == 200 and "138****8000" in phone.text
    assert phone.post(page, verb="reveal") == 200 and "138 0013 8000" in phone.text
    assert Access.objects.get(by=agency.outlet_a).what == "consumer.phone"

    assert phone.post(page, verb="answer_referral", text="同意换货") == 302
    assert phone.get(page) == 200 and "同意换货" in phone.text
    assert phone.post(page, verb="settle", agreement="换货", recovered_amount="一百") == 400
    assert phone.post(page, verb="settle", agreement="换货", recovered_amount="1,280元") == 302

    case = Case.objects.get(no=referred.no)
    assert (case.state, str(case.recovered_amount)) == ("settled", "1280.00")
    assert phone.get() == 200 and referred.no not in phone.text
    assert phone.post(page, verb="reveal") == 409, "no longer while it is not there"


def test_nothing_of_it_is_anybody_else_s(agency, phone, referred):
    page = f"cases/{referred.no}/"
    for other in (Phone(agency.outlet_b), Phone(agency.odr_a)):
        assert other.get() == 200 and referred.no not in other.text
        assert other.get(page) == other.get("cases/C202601019999/") == 404
        assert other.post(page, verb="accept_referral") == 404
    phone.post(page, verb="hand_up", reason="商家拒绝")
    assert phone.get() == 200 and referred.no not in phone.text


def test_a_dispute_is_registered_once_however_often_it_is_sent(agency, clock, phone):
    assert phone.get("new/") == 200
    photo = upload("照片.pdf", pdf())
    assert phone.post("new/", **SETTLED, photo=photo) == 302
    assert phone.post("new/", **SETTLED) == 302

    case = Case.objects.get()
    assert (case.state, case.channel.code, str(case.recovered_amount)) == (
        "closed",
        "outlet",
        "299.00",
    )
    assert case.attachments.get().by == agency.outlet_a
    assert phone.get(f"cases/{case.no}/") == 200 and "137****7000" in phone.text
    assert Phone(agency.odr_a).get("new/") == 403


def test_what_is_wrong_with_a_dispute_is_said_and_nothing_is_kept(phone):
    assert phone.post("new/", **SETTLED | {"consumer.phone": "12", "recovered_amount": ""}) == 400
    assert "鞋底开胶" in phone.text and 'value="a-phone-0001"' in phone.text
    assert not Case.objects.exists()


def test_a_month_without_anything_is_reported_with_one_press(agency, clock, phone):
    clock.set(APRIL)
    duties.do_all()
    assert phone.get("month/") == 200 and "2026-03" in phone.text
    assert phone.post("month/", month="2026-03", consultations="x", publicity_events="0") == 400
    assert phone.post("month/", month="2026-03", consultations="3", publicity_events="0") == 302
    assert phone.post("month/", month="2026-03") == 409
    assert phone.get("month/") == 200 and "目前没有待报的月份" in phone.text
    firm = Phone(agency.odr_a)
    assert firm.get("month/") == 200 and firm.post("month/") == 403


def test_one_reads_what_one_was_told(agency, phone, referred):
    notifications.deliver_pending()
    assert phone.get("notices/") == 200 and f"/portal/cases/{referred.no}/" in phone.text
    assert 'class="card unread"' in phone.text
    assert phone.post("notices/") == 302
    assert phone.get("notices/") == 200 and 'class="card unread"' not in phone.text


def test_a_page_and_all_it_needs_is_small(phone, referred, settings):
    phone.get()
    needed = re.findall(r'(?:href|src)="/static/([\w./-]+)"', phone.text)
    places = [settings.BASE_DIR / app / "static" for app in ("agency/core", "outlets")]
    found = [p / name for name in set(needed) for p in places if (p / name).exists()]
    assert {"portal.js", "portal.css", "base.css"} <= {file.name for file in found}
    assert len(phone.text.encode()) + sum(file.stat().st_size for file in found) < MOST
