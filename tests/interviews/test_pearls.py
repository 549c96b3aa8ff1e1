"""The pearl story as one walk through the API: three merchants, three ways to be served, one that
does not come, pledges, a repair that fails and then passes."""

import pytest

from agency.core import invariants
from agency.core.models import Notification
from interviews.models import InterviewDeadline
from interviews.workflow import papers
from tests.interviews.stories import Desk, day_in, in_days

pytestmark = pytest.mark.django_db


def test_the_pearl_street_is_called_in_and_repairs(agency, clock):
    desk = Desk(agency)
    assert (desk.told["state"], desk.states()) == ("proposed", ["proposed"] * 3)
    desk.do("chief", "approve", expect=409)
    desk.do("leader", "approve", {"opinion": "同意，务必督促整改。"})
    assert (desk.told["state"], desk.states()) == ("approved", ["approved"] * 3)

    _called_in(desk, clock)
    _heard(desk, clock)
    _promised_and_repaired(desk, clock)
    _closed(desk)


def _called_in(desk, clock):
    desk.do("mediator", "issue_notice")
    assert desk.told["progress"] == {"ordered": 3, "written": 0}, "more than a few wait"
    desk.do("mediator", "record_service", _served(desk, 0), expect=409)
    assert papers.write_pending() == 3
    notices = [d for d in desk.documents() if d["type"] == "notice"]
    assert [d["number"] for d in notices] == [f"厦消约〔2026〕{n}号" for n in (1, 2, 3)]
    desk.do("mediator", "hold", {"present": [desk.id(0)], "minutes": "未送达"}, expect=409)

    clock.shift(days=1)
    desk.serve(0, servers=["mediator", "enforcer"])
    desk.serve(1, "post", tracking_no="EMS1234567890CN")
    desk.serve(2, "electronic", consent=True)
    assert desk.states() == ["served"] * 3
    desk.do(
        "mediator", "postpone", {"merchant": desk.id(1), "to": in_days(12), "reason": "负责人出差"}
    )
    desk.do(
        "mediator", "postpone", {"merchant": desk.id(1), "to": in_days(13), "reason": "再改"},
        expect=409,
    )  # fmt: skip
    assert desk.states() == ["served", "postponed", "served"]


def _served(desk, at):
    return {
        "merchant": desk.id(at), "method": "direct", "at": desk.told["proposed_at"],
        "recipient": "林店长",
    }  # fmt: skip


def _heard(desk, clock):
    desk.do("mediator", "record_no_show", {"merchant": desk.id(2)}, expect=409)
    clock.shift(days=9, hours=1)
    desk.do(
        "mediator",
        "hold",
        {"present": [desk.id(0)], "minutes": "说明进货与定价", "recorder": "enforcer"},
    )
    desk.do("mediator", "record_no_show", {"merchant": desk.id(2)})
    assert (desk.told["state"], desk.states()) == ("held", ["attended", "postponed", "no_show"])
    desk.do("leader", "escalate", {"merchant": desk.id(2), "measure": "列为重点监管"}, expect=409)
    desk.do("mediator", "issue_notice", {"merchant": desk.id(2)}, expect=409)
    desk.do("mediator", "issue_notice", {"merchant": desk.id(2), "hold_at": in_days(6)})
    papers.write_pending()
    desk.serve(2)
    clock.shift(days=3)
    desk.do("mediator", "hold", {"present": [desk.id(1)], "minutes": "同意整改"})
    clock.shift(days=4)
    desk.do("mediator", "record_no_show", {"merchant": desk.id(2)})
    desk.do("mediator", "escalate", {"merchant": desk.id(2), "measure": "现场检查"}, expect=403)
    desk.do("leader", "escalate", {"merchant": desk.id(2), "measure": "现场检查，列为重点监管"})
    assert desk.states() == ["attended", "attended", "escalated"]


def _promised_and_repaired(desk, clock):
    pledged = {
        "matter": "明码标价",
        "measure": "取珠前书面告知",
        "due_on": day_in(20),
        "person": "王经理",
    }
    for at in (0, 1):
        desk.do("mediator", "sign_pledge", {"merchant": desk.id(at), "items": [pledged]})
    item = desk.merchant(0)["pledges"][0]["items"][0]
    assert item["person"] != "王经理", "masked"
    broken = [
        {"problem": "未公示加工费", "measure": "公示", "due_on": day_in(10)},
        {"problem": "退款拖延", "measure": "七日内答复", "due_on": day_in(15)},
    ]
    desk.do("mediator", "add_rectification", {"merchant": desk.id(0), "items": broken})
    first, second = (r["id"] for r in desk.merchant(0)["rectifications"])
    assert desk.states() == ["rectifying", "pledged", "escalated"]
    desk.do("mediator", "close", expect=409)

    for number in (first, second):
        desk.do("mediator", "report_rectification", {"item": number, "text": "已整改，附照片"})
    twice = {"item": first, "result": "passed", "note": "已公示", "checkers": ["chief", "chief"]}
    desk.do("chief", "submit_recheck", twice, expect=409)
    desk.do("chief", "submit_recheck", twice | {"checkers": ["chief", "enforcer"]})
    failed = {
        "item": second,
        "result": "failed",
        "note": "仍有两件未答复",
        "checkers": ["chief", "enforcer"],
    }
    desk.do("chief", "submit_recheck", failed)
    assert [r["state"] for r in desk.merchant(0)["rectifications"]] == ["passed", "failed"]
    desk.do(
        "chief",
        "extend_rectification",
        {"item": second, "due_on": day_in(25), "reason": "商家申请"},
    )
    clock.shift(days=8)
    desk.do("mediator", "report_rectification", {"item": second, "text": "全部答复"})
    desk.do("chief", "submit_recheck", failed | {"result": "passed", "note": "抽访属实"})
    assert desk.states() == ["rectified", "pledged", "escalated"]


def _closed(desk):
    desk.do("mediator", "close")
    assert desk.told["state"] == "closed"
    owed = InterviewDeadline.objects.open().values_list("rule__code", flat=True)
    assert list(owed) == ["interview.pledge"] * 2, "what was pledged is asked for afterwards"
    for at in (0, 1):
        item = desk.merchant(at)["pledges"][0]["items"][0]["id"]
        desk.do("mediator", "check_pledge", {"item": item, "kept": True})
    papers.write_pending()
    kinds = [d["type"] for d in desk.documents()]
    assert {k: kinds.count(k) for k in set(kinds)} == {
        "approval": 1, "notice": 4, "service_record": 4, "minutes": 2, "pledge": 2,
        "rectification_list": 1, "recheck_record": 3,
    }  # fmt: skip
    assert not InterviewDeadline.objects.filter(noticed_at__isnull=False).exists()
    assert Notification.objects.filter(subject="interviews.interview").exists()
    assert invariants.check()[1] == []
