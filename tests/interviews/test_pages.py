"""The pages: an interview is proposed by form, moved by buttons, and shows what is owed and issued."""

import pytest
from django.urls import reverse

from interviews.models import Interview
from tests.interviews.stories import NAMES, called_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(agency, client):
    def desk(who):
        client.force_login(getattr(agency, who))
        return client

    return desk


def test_an_interview_is_proposed_and_approved_on_its_pages(agency, clock, desk):
    add = reverse("admin:interviews_interview_add")
    typed = {
        "kind": "collective", "subject": "开蚌取珠", "merchants": f"{NAMES[0]}\n{NAMES[1]}",
        "hold_at": "2026-03-12T09:30", "place": "三楼", "matters": "说明情况", "publicity": "false",
    }  # fmt: skip
    assert "上午" not in desk("mediator").get(add).content.decode()
    wrong = client_post(desk("mediator"), add, typed | {"hold_at": "2026-03-01T09:30"})
    assert wrong.status_code == 400 and "开蚌取珠" in wrong.content.decode()
    assert desk("mediator").post(add, typed).status_code == 302

    interview = Interview.objects.get()
    assert [a.merchant.name for a in interview.merchants.all()] == [NAMES[0], NAMES[1]]
    page = reverse("admin:interviews_interview_change", args=[interview.pk])
    assert 'value="approve"' not in desk("chief").get(page).content.decode()
    assert desk("leader").post(page, {"verb": "approve", "opinion": "同意"}).status_code == 302
    assert Interview.objects.get().state == "approved"
    assert (
        NAMES[0]
        in desk("analyst").get(reverse("admin:interviews_interview_changelist")).content.decode()
    )


def client_post(client, path, typed):
    return client.post(path, typed)


def test_a_session_a_pledge_and_a_repair_are_written_down_on_the_page(agency, clock, desk):
    told = called_in(agency)
    page = reverse("admin:interviews_interview_change", args=[Interview.objects.get().pk])
    merchant = str(told.id(0))

    for typed in (
        {"verb": "hold", "present": [merchant], "minutes": "听取陈述", "recorder": "enforcer"},
        {
            "verb": "sign_pledge", "merchant": merchant, "publish": "true", "items.0.matter": "明码标价",
            "items.0.measure": "公示", "items.0.due_on": "2026-03-20", "items.0.person": "王经理",
        },
        {
            "verb": "add_rectification", "merchant": merchant, "items.0.problem": "未公示",
            "items.0.measure": "张贴", "items.1.problem": "退款慢", "items.1.measure": "七日答复",
        },
    ):  # fmt: skip
        answer = desk("mediator").post(page, typed)
        assert answer.status_code == 302, answer.content.decode()

    shown = desk("chief").get(page).content.decode()
    for said in (
        "整改中",
        "未公示",
        "七日答复",
        "明码标价",
        "约谈整改",
        "承诺书",
        "厦消约〔2026〕1号",
    ):
        assert said in shown, said
    assert "王经理" not in shown, "masked"
    missing = desk("mediator").post(page, {"verb": "escalate"})
    assert missing.status_code == 409, "not the mediator's"


def test_whoever_got_a_letter_sees_whether_it_is_ours(agency, clock, client):
    [notice] = [d for d in called_in(agency).documents() if d["type"] == "notice"]

    def asked(**typed) -> str:
        answer = client.get(reverse("check_letter"), typed)
        assert answer.status_code == 200
        return answer.content.decode()

    said = asked(number=notice["number"], hash=notice["sha256"][:16].upper())
    assert "2026-03-02" in said and "东城分中心" in said and NAMES[0] not in said
    for wrong in (
        {"number": notice["number"], "hash": notice["sha256"][:15]},
        {"number": notice["number"], "hash": "0" * 64},
        {"number": "厦消约〔2026〕99号", "hash": notice["sha256"]},
    ):
        assert 'role="alert"' in asked(**wrong), wrong
    assert 'role="alert"' not in asked()
