"""The rules of an interview, one by one: who decides, what must come before what, what may not be."""

from datetime import timedelta

import pytest

from interviews.models import Document, InterviewDeadline, Service
from interviews.workflow import papers
from tests.interviews.stories import NAMES, Desk, called_in, came, day_in, in_days, proposal

pytestmark = pytest.mark.django_db

ALONE = {"kind": "individual", "merchants": [{"name": NAMES[0]}]}


@pytest.mark.parametrize(
    ("kind", "by", "who", "status"),
    [
        ("individual", "mediator", "chief", 200),
        ("individual", "mediator", "leader", 409),
        ("individual", "chief", "chief", 409),
        ("individual", "chief", "leader", 200),  # there is no other chief
        ("individual", "mediator", "mediator", 403),
        ("individual", "mediator_b", "chief", 404),
        ("collective", "mediator", "chief", 409),
        ("collective", "chief", "leader", 200),
    ],
)
def test_another_decides_the_chief_on_one_the_leader_on_several(agency, kind, by, who, status):
    desk = Desk(agency, by, **(ALONE if kind == "individual" else {}))

    told = desk.do(who, "approve", expect=status)

    if status == 200:
        assert (told["state"], told["decided_by"]) == ("approved", who)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "individual"}, "merchants"),
        ({"merchants": [{"name": NAMES[0]}, {"name": NAMES[0]}]}, "merchants"),
        ({"merchants": []}, "merchants"),
        ({"hold_at": "2026-03-02T08:00:00+08:00"}, "hold_at"),
        ({"cases": ["TS2026030199999"]}, "cases"),
        ({"place": None}, "place"),
        ({"venue": "三楼"}, "venue"),
    ],
)
def test_a_proposal_that_cannot_be_is_refused_in_words(agency, clock, changes, field):
    status, told = agency.client("mediator").post("interviews/", proposal(**changes))

    assert status == 400
    assert any(at.startswith(field) for at in told["errors"]), told


def test_a_matter_is_gone_through_once_whatever_name_it_has(agency, clock):
    case = agency.ticket(unit="east", merchant={"name": NAMES[0]})
    first = Desk(agency, **ALONE, cases=[case.no])
    api = agency.client("mediator")

    for same in ({"cases": [case.no], "subject": "另一说法"}, {}):
        status, told = api.post("interviews/", proposal(**ALONE | same))
        assert (status, first.no in told["detail"]) == (409, True)
    assert api.post("interviews/", proposal(**ALONE | {"subject": "另一件事"}))[0] == 201
    first.do("chief", "reject", {"reason": "先行调解"})
    assert api.post("interviews/", proposal(**ALONE | {"cases": [case.no]}))[0] == 201


def test_a_report_stands_behind_no_interview(agency, clock):
    report = agency.ticket(kind="report", unit="east", merchant={"name": NAMES[0]})

    status, told = agency.client("mediator").post(
        "interviews/", proposal(**ALONE, cases=[report.no])
    )

    assert (status, list(told["errors"])) == (400, ["cases"])


SERVED = [
    ("direct", {}, 200),
    ("direct", {"servers": ["mediator", "enforcer"]}, 200),
    ("direct", {"servers": ["mediator"]}, 409),
    ("direct", {"servers": ["mediator", "mediator"]}, 409),
    ("direct", {"servers": ["mediator", "mediator_b"]}, 400),
    ("lien", {"reason": "拒收", "witness": "社区刘主任"}, 200),
    ("post", {}, 400),
    ("post", {"tracking_no": "EMS1"}, 200),
    ("electronic", {"consent": True}, 200),
    ("electronic", {"consent": False}, 409),
    ("entrusted", {}, 200),
    ("telephone", {}, 400),
]


def test_six_ways_to_serve_and_what_each_asks(agency, clock, monkeypatch):
    desk = called_in(agency)
    monkeypatch.setattr(papers, "FEW", 0)  # what is served again and again is written by nobody

    for method, changes, status in SERVED:
        body = {"merchant": desk.id(0), "method": method, "at": in_days(0), "recipient": "林店长"}
        desk.do("mediator", "record_service", body | changes, expect=status)


def test_an_announcement_serves_after_thirty_days(agency, clock):
    desk = Desk(agency, **ALONE, hold_at=in_days(31))
    desk.do("chief", "approve")
    desk.do("mediator", "issue_notice")
    desk.serve(0, "announcement")
    body = {"present": [desk.id(0)], "minutes": "听取陈述"}

    clock.shift(days=30, minutes=-1)
    desk.do("mediator", "hold", body, expect=409)
    clock.shift(minutes=1)
    desk.do("mediator", "hold", body)


def test_what_is_urgent_is_told_by_telephone_on_record(agency, clock):
    desk = Desk(agency, **ALONE, hold_at=in_days(1))
    desk.do("chief", "approve")
    desk.do("mediator", "hold", {"present": [desk.id(0)], "minutes": "…"}, expect=409)

    told = {"merchant": desk.id(0), "reason": "食品安全风险", "recipient": "林店长"}
    desk.do("mediator", "notify_by_phone", told)
    desk.do("mediator", "hold", {"present": [desk.id(0)], "minutes": "听取陈述"})

    service = Service.objects.get()
    assert (service.method, service.reason, service.recipient) == (
        "telephone",
        "食品安全风险",
        "林店长",
    )


def test_who_is_called_in_for_later_has_not_failed_to_come(agency, clock):
    desk = called_in(agency)
    body = {"merchant": desk.id(0)}

    clock.shift(days=10, microseconds=-1)
    desk.do("mediator", "record_no_show", body, expect=409)
    clock.shift(microseconds=1)
    desk.do("mediator", "record_no_show", body)


def test_nothing_that_was_held_is_still_to_come(agency, clock):
    desk = called_in(agency)
    body = {"present": [desk.id(0)], "minutes": "听取陈述"}

    desk.do("mediator", "hold", body | {"held_at": in_days(1)}, expect=400)
    desk.do("mediator", "hold", body | {"held_at": in_days(-1)}, expect=409)
    desk.do("mediator", "hold", body | {"present": [desk.id(0) + 999]}, expect=400)
    desk.do("mediator", "hold", body)
    assert not InterviewDeadline.objects.open().exists(), "it was held before its day"


def test_a_repair_without_a_day_has_the_rule_s(agency, clock):
    desk = came(agency)
    items = [{"problem": "未公示", "measure": "公示"}]

    desk.do("mediator", "add_rectification", {"merchant": desk.id(0), "items": items})

    assert desk.merchant(0)["rectifications"][0]["due_on"] == "2026-03-17", "fifteen days"


def test_a_missed_repair_is_noticed_and_may_be_escalated(agency, clock):
    from agency.core import deadlines, notifications

    desk = came(agency)
    items = [{"problem": "未公示", "measure": "公示", "due_on": day_in(3)}]
    desk.do("mediator", "add_rectification", {"merchant": desk.id(0), "items": items})
    measure = {"merchant": desk.id(0), "measure": "移送线索"}
    desk.do("chief", "escalate", measure, expect=409)
    item = desk.merchant(0)["rectifications"][0]["id"]

    clock.set(clock.now.replace(hour=0, minute=0) + timedelta(days=4))
    assert deadlines.sweep().breached == 1
    notifications.deliver_pending()
    late = {"item": item, "due_on": day_in(9), "reason": "申请"}
    desk.do("chief", "extend_rectification", late, expect=409)
    desk.do("chief", "escalate", measure)

    assert [d["state"] for d in desk.told["deadlines"] if d["rule"] == "rectification.limit"] == [
        "cancelled"
    ]
    breaches = [e for e in desk.told["events"] if e["kind"] == "deadline_breached"]
    assert [e["data"]["rule"] for e in breaches] == ["rectification.limit"]
    status, bell = agency.client("mediator").get("notifications/")
    assert status == 200
    assert desk.no in str(bell)


def test_an_approval_is_owed_in_three_working_days(agency, clock):
    desk = Desk(agency)

    owed = InterviewDeadline.objects.get()
    assert (owed.rule.code, f"{owed.due_at:%F}") == ("interview.decide", "2026-03-05")
    desk.do("leader", "approve")

    codes = {d["rule"]: d["due_at"][:10] for d in desk.told["deadlines"]}
    assert codes["interview.lead"] == "2026-03-09", "three working days before the twelfth"


def test_letters_of_a_bureau_and_of_a_council_say_what_each_may(agency, clock):
    for profile, title, law in (
        ("amr", "约谈通知书", "办法》第三条"),
        ("council", "约谈函", "条例》第四十条"),
    ):
        agency.units["east"].org_profile = profile
        agency.units["east"].save()
        desk = called_in(agency, subject=f"事项{profile}")
        [notice] = [d for d in desk.documents() if d["type"] == "notice"]
        said = _words(agency, desk.no, notice["id"])

        assert title in said and law in said and NAMES[0] in said
        assert ("加强监督检查" in said) == (profile == "amr"), "a council threatens with nothing"
        assert "罚款" not in said, "to stay away is no offence"


def _words(agency, no: str, pk: str) -> str:
    import io

    from docx import Document as Word

    answer = agency.client("mediator").http.get(f"/api/v1/interviews/{no}/documents/{pk}/?as=docx")
    assert answer.status_code == 200
    word = Word(io.BytesIO(b"".join(answer.streaming_content)))
    cells = [c.text for t in word.tables for row in t.rows for c in row.cells]
    return "\n".join([p.text for p in word.paragraphs] + cells)


def test_a_run_that_stops_or_fails_leaves_neither_gap_nor_double(agency, clock, monkeypatch):
    desk = Desk(agency, merchants=[{"name": f"珍珠店{n}"} for n in range(5)])
    desk.do("leader", "approve")
    desk.do("mediator", "issue_notice")
    assert papers.write_pending(seconds=0) == 0
    papers._write_next()
    papers._write_next()

    whole = papers.letters.docx
    monkeypatch.setattr(papers.letters, "docx", _broken)
    papers._write_next()
    monkeypatch.setattr(papers.letters, "docx", whole)
    desk.do("mediator", "stop_notices")
    assert papers.write_pending() == 0
    desk.do("mediator", "issue_notice", {"merchant": desk.id(4)})
    desk.do("mediator", "issue_notice")
    papers.write_pending()

    numbers = sorted(
        Document.objects.filter(form="notice").exclude(number="").values_list("number", flat=True)
    )
    assert numbers == [f"厦消约〔2026〕{n}号" for n in range(1, 6)]
    assert desk.do("mediator", "stop_notices", expect=409)


def _broken(letter):
    raise ValueError("no")


def test_guidance_is_numbered_and_served_without_a_meeting(agency, clock):
    api = agency.client("mediator")
    body = {
        "merchant": {"name": NAMES[1]},
        "subject": "明码标价",
        "text": "请于取珠前书面告知加工费。",
    }
    status, told = api.post("interviews/guidance/", body)
    assert (status, told["number"]) == (201, "厦消导〔2026〕1号")
    status, told = api.post("interviews/guidance/", body | {"kind": "reminder"})
    assert (status, told["number"]) == (201, "厦消提〔2026〕1号")

    served = {"method": "electronic", "at": in_days(0), "recipient": "林店长"}
    status, told = api.post(f"interviews/guidance/{told['id']}/record_service/", served)

    assert (status, told["services"][0]["method"]) == (200, "electronic")
    assert api.http.get(f"/api/v1/interviews/guidance/{told['id']}/document/").status_code == 200
    assert agency.client("mediator_b").get("interviews/guidance/")[1]["results"] == []
