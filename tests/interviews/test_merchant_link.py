"""The merchant's own word: a link opens one report, shows nobody else's, and ends."""

from datetime import timedelta

import pytest
from django.urls import reverse

from agency.core import invariants
from agency.core.models import Access, LoginTry, Notification, StoredFile
from interviews.models import Evidence, Interview, Rectification, ReportLink
from tests.interviews.stories import NAMES, came, day_in
from tests.papers import pdf, picture, upload

PAGE = "/rectify/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(agency, clock):
    """A merchant that has to repair two things until two days."""
    desk = came(agency)
    items = [
        {"problem": "加工费未明码标价", "measure": "张贴价目", "due_on": day_in(9)},
        {"problem": "退款答复迟缓", "measure": "七日答复", "due_on": day_in(12)},
    ]
    desk.do("mediator", "add_rectification", {"merchant": desk.id(0), "items": items})
    return desk


def made(desk) -> str:
    """The path of a fresh link."""
    told = desk.do("mediator", "make_report_link", {"merchant": desk.id(0)})
    status, shown = desk.agency.client("mediator").get(f"interviews/{desk.no}/")
    assert status == 200 and told["address"].rpartition("/rectify/")[2][:-1] not in str(shown)
    desk.told = shown
    return "/rectify/" + told["address"].rpartition("/rectify/")[2]


def keys() -> list[int]:
    return list(Rectification.objects.order_by("pk").values_list("pk", flat=True))


def test_a_merchant_reports_by_its_link_and_the_report_is_checked_again(desk, client):
    link, [first, second] = made(desk), keys()
    assert client.get(link).headers["Location"] == PAGE, "the token leaves the address"
    page = client.get(PAGE)
    shown = page.content.decode()
    assert "加工费未明码标价" in shown and NAMES[0] in shown
    assert "林店长" not in shown and desk.agency.mediator.name not in shown, "no person"
    assert "no-store" in page.headers["Cache-Control"]

    typed = {
        f"text.{first}": "价目表已张贴在取珠台。",
        f"files.{first}": [upload("价目表.png", picture()), upload("台账.pdf", pdf())],
    }
    assert client.post(PAGE, typed).status_code == 302
    assert "2个文件" in client.get(PAGE).content.decode()
    assert client.post(PAGE, {f"text.{second}": "也好了"}).status_code == 409, "it opens one report"

    item = Rectification.objects.get(pk=first)
    assert (item.state, item.evidence.count()) == ("reported", 2)
    assert Rectification.objects.get(pk=second).state == "open"
    assert Notification.objects.filter(topic="rectification_reported").count() == 1
    told = Interview.objects.get().events.filter(kind="rectification_reported").get()
    assert told.actor is None and told.data["files"] == 2
    _seen_by_the_officer(desk, item, client)
    checked = {"item": first, "result": "passed", "note": "现场核对", "checkers": ["mediator", "enforcer"]}  # fmt: skip
    desk.do("mediator", "submit_recheck", checked)
    assert invariants.check()[1] == []


def _seen_by_the_officer(desk, item, client):
    api = desk.agency.client("mediator")
    told = api.get(f"interviews/{desk.no}/")[1]["merchants"][0]["rectifications"][0]
    assert (told["report"], [e["name"] for e in told["evidence"]]) == (
        "价目表已张贴在取珠台。", ["价目表.png", "台账.pdf"],
    )  # fmt: skip
    client.force_login(desk.agency.mediator)
    page = client.get(
        reverse("admin:interviews_interview_change", args=[Interview.objects.get().pk])
    )
    assert "价目表已张贴在取珠台。" in page.content.decode()
    file = f"interviews/{desk.no}/evidence/{item.evidence.first().pk}/"
    assert api.http.get(f"/api/v1/{file}").status_code == 200
    assert Access.objects.filter(kind="opened", by=desk.agency.mediator).count() == 1
    assert desk.agency.client("mediator_b").get(file)[0] == 404
    assert desk.agency.client("auditor").get(file)[0] == 403


def test_a_link_ends_when_its_days_are_over_and_when_another_is_made(desk, client, clock, settings):
    first, second = made(desk), made(desk)
    assert "加工费" not in client.get(first, follow=True).content.decode()
    assert ReportLink.objects.filter(ended_at=None).count() == 1

    clock.shift(timedelta(days=settings.MERCHANT_LINK_DAYS) - timedelta(microseconds=1))
    assert "加工费" in client.get(second, follow=True).content.decode()
    clock.shift(timedelta(microseconds=1))
    assert "加工费" not in client.get(second, follow=True).content.decode()
    assert client.post(PAGE, {f"text.{keys()[0]}": "迟了"}).status_code == 409


def test_what_cannot_be_used_is_told_and_nothing_is_kept(desk, client):
    client.get(made(desk))
    [first, _second] = keys()
    for typed, status, said in (
        ({}, 400, "至少"),
        ({f"files.{first}": upload("a.pdf", pdf())}, 400, "文件"),
        ({f"text.{first}": "好了", f"files.{first}": upload("a.exe", b"MZ")}, 400, "PDF"),
        ({f"text.{first}": "好了", f"files.{first}": [upload("a.png", picture()), upload("b.png", pdf())]}, 400, "b.png"),
        ({f"text.{first}": "好了", f"files.{first}": [upload("a.png", picture()) for _ in range(11)]}, 400, "10"),
        ({f"text.{first}": "字" * 10_001}, 400, "10000"),
        ({f"text.{first + 999}": "别家的"}, 409, "重新打开"),
    ):  # fmt: skip
        answer = client.post(PAGE, typed)
        shown = answer.content.decode()
        assert answer.status_code == status and 'role="alert"' in shown and said in shown, (said, shown[-900:])  # fmt: skip
    assert client.post(PAGE, {f"text.{first}": "好了"}).status_code == 302, "the link stands"
    assert not Evidence.objects.exists()
    assert StoredFile.objects.exclude(type__in=[StoredFile.Type.PDF, StoredFile.Type.DOCX]).count() == 0  # fmt: skip


def test_nobody_finds_a_link_by_trying(desk, client, settings):
    settings.LOGIN_TRIES_OF_A_PLACE = 3
    link = made(desk)
    assert [client.get(f"/rectify/{n}/").status_code for n in "abcd"] == [404, 404, 404, 429]
    assert client.get(link).status_code == 302, "who has one is not kept out"
    assert LoginTry.objects.exists()


def test_a_link_is_made_by_who_handles_it_while_something_is_left(agency, desk, client):
    body = {"merchant": desk.id(0)}
    desk.do("enforcer", "make_report_link", body, expect=403)
    desk.do("mediator_b", "make_report_link", body, expect=404)
    client.force_login(agency.mediator)
    page = reverse("admin:interviews_interview_change", args=[Interview.objects.get().pk])
    shown = client.post(page, {"verb": "make_report_link", "merchant": str(desk.id(0))})
    assert shown.status_code == 200 and "/rectify/" in shown.content.decode()
    assert "/rectify/" not in client.get(page).content.decode(), "told once"

    for item in keys():
        told = {"item": item, "result": "passed", "note": "好", "checkers": ["mediator", "enforcer"]}  # fmt: skip
        desk.do("mediator", "submit_recheck", told)
    desk.do("mediator", "make_report_link", body, expect=409)
