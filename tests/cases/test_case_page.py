"""The case page tells the whole story: clocks, people, decisions, papers, what happened."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from agency.core import deadlines, notifications
from agency.core.models import User
from cases import workflow
from cases.admin import page, story, tale, timeline
from cases.admin.labels import VERBS
from cases.admin.verbs import VerbForm
from cases.models import Case, CaseEvent, Topic
from cases.workflow.allowed import Sight
from tests.cases.lives import Cast
from tests.cases.test_admin import desk, page_of
from tests.stories import clock_of

pytestmark = pytest.mark.django_db


def shown(case, who: str) -> str:
    return unescape(desk(who).get(page_of(case)).content.decode())


def line(case, kind: str, user, at):
    """The latest event of this kind as the timeline tells it, in English."""
    with override("en"):
        return next(told for told in timeline.lines(case, user, at) if told.kind == kind)


def facts(case, user, at) -> list[str]:
    case.refresh_from_db()
    with override("en"):
        return [f"{f.label} {f.text} {f.long}".strip() for f in story.facts(case, user, at)]


def clock_line(case, rule: str, at) -> page.ClockLine:
    name = clock_of(case, rule).rule.name
    return next(told for told in page.clock_lines(case, at) if told.name == name)


# -- clocks ---------------------------------------------------------------------------------


def test_every_clock_says_how_it_was_counted(agency, clock):
    clock.shift(days=70)  # the order is in force
    case = agency.mediated_case()

    told = [line for line in page.clock_lines(case, clock.now) if not line.countdown.explanation]

    assert not told


def test_the_api_says_how_each_clock_was_counted_in_the_same_words(agency, clock):
    case = agency.mediated_case()

    _status, told = agency.client("mediator").get(f"cases/{case.no}/")

    said = {line.countdown.explanation for line in page.clock_lines(case, clock.now)}
    assert {deadline["explanation"] for deadline in told["deadlines"]} == said and "" not in said


def test_on_its_last_day_a_clock_is_counted_with_the_holidays_it_ran_through(agency, clock):
    """The start page, too: whose every clock is near still counts days."""
    call_command("load_calendar", "agency/core/data/cn_calendar.csv", verbosity=0)
    clock.set(datetime.fromisoformat("2026-03-31T09:00:00+08:00"))
    case = agency.ticket("walkin", unit="east")
    clock.set(datetime.fromisoformat("2026-04-10T10:00:00+08:00"))

    for told in (desk("mediator").get("/admin/").text, shown(case, "mediator")):
        assert "4/3=3 4/7=4" in told, "4 to 6 April were off"
        assert "尚未载入" not in told


def test_an_english_page_begins_every_name_with_a_capital(agency, clock):
    case = agency.mediated_case()
    http = desk("mediator")
    http.cookies["django_language"] = "en"

    told = http.get(page_of(case)).text
    queue = http.get(reverse("admin:index")).text

    duties = re.findall(r'<span class="duty">([^<]+)', told)
    names = duties + re.findall(r'<span class="event">([^<]+)', told)
    names += re.findall(r"<dt>([^<]+)", told) + re.findall(r'<span class="duty">([^<]+)', queue)
    assert {"Respond", "Mediation"} <= set(duties)
    names += re.findall(r'<a href="\?kind=[^>]*>([^<]+)', queue)
    assert not [name for name in names if name.strip()[:1].islower()]


def test_a_paused_clock_stands_still_and_says_since_when(agency, clock):
    case = agency.mediated_case()
    workflow.pause(case.no, by=agency.mediator, reason="appraisal", institution="质检院")
    clock.shift(days=3)

    with override("en"):
        countdown = clock_line(case, "complaint.mediate", clock.now).countdown

    assert (countdown.state, countdown.is_running) == ("paused", False)
    assert "03-02" in countdown.text
    assert "appraisal" in " ".join(countdown.notes)


def test_a_clock_of_days_says_when_it_was_met(agency, clock):
    case = agency.contacted_case()
    clock.shift(days=1)
    workflow.accept(case.no, by=agency.mediator, notified_by="phone")

    with override("en"):
        told = clock_line(case, "complaint.accept", clock.now).countdown

    assert (told.state, told.text) == ("done", "03-03 09:00, limit 7 working days")


def test_of_one_return_after_another_one_line_is_left_and_of_a_breach_every(agency, clock):
    clock.shift(days=70)  # the order is in force
    case = agency.ticket(unit="east")
    for days, ruler in ((9, agency.dispatcher), (0, agency.leader)):
        clock.shift(days=days)
        workflow.return_(case.no, by=agency.mediator, reason="无权限", explanation="不在本辖区")
        workflow.dispatch(case.no, by=ruler, unit="east")
    workflow.respond(case.no, by=agency.mediator)
    name = case.deadlines.filter(rule__code="dispatch.return").first().rule.name

    lines = [told for told in page.clock_lines(case, clock.now) if told.name == name]

    states = [told.countdown.state for told in lines]

    assert states == ["overdue", "done"]


def test_an_extended_clock_says_by_how_much_and_counts_it_in(agency, clock):
    case = agency.ticket(kind="report", unit="east")
    workflow.respond(case.no, by=agency.enforcer)
    workflow.verify(case.no, by=agency.enforcer)
    workflow.extend(case.no, by=agency.enforcer, rule="report.verify", reason="案情复杂")
    workflow.approve(case.no, by=agency.leader)

    with override("en"):
        countdown = clock_line(case, "report.verify", clock.now).countdown

    assert countdown.marks == ("extended by 15 working days",)
    assert countdown.explanation


def test_a_day_that_a_notice_names_is_said_to_be_named(agency, clock):
    clock.shift(days=70)
    case = agency.contacted_case()
    until = clock.now.date().replace(day=clock.now.day + 7)
    workflow.request_identity(case.no, by=agency.mediator, until=until)

    with override("en"):
        countdown = clock_line(case, "complaint.identity", clock.now).countdown

    assert "named in the notice" in countdown.explanation


def test_an_excused_breach_is_still_late_and_says_excused(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(minutes=11)
    deadlines.sweep()
    workflow.respond(case.no, by=agency.mediator)
    workflow.excuse(case.no, by=agency.supervisor, rule="ticket.respond_10", reason="系统停机")
    workflow.approve(case.no, by=agency.leader)

    with override("en"):
        [countdown] = [c.countdown for c in page.clock_lines(case, clock.now) if c.countdown.marks]

    assert (countdown.state, countdown.marks) == ("overdue", ("excused",))


# -- verbs ------------------------------------------------------------------------------------


def test_three_verbs_stand_in_the_head_and_the_soonest_clock_s_first(agency, clock):
    case = agency.ticket(unit="east")

    told = page.verb_buttons(Sight(case, agency.mediator))

    assert [verb.name for verb in told["buttons"]][0] == "respond"
    assert len(told["buttons"]) == 3
    names = [verb.name for verb in (*told["buttons"], *told["more"])]
    assert sorted(names) == sorted(workflow.allowed(case, agency.mediator))


def test_the_button_that_leads_on_is_the_next_step_or_there_is_none(agency, clock):
    def next_step(case, user) -> str | None:
        case.refresh_from_db()
        leads = page.verb_buttons(Sight(case, user))["next"]
        return leads and leads.name

    fresh = agency.ticket("hotline")
    assert next_step(fresh, agency.registrar) is None, "to convert is a way aside"
    assert next_step(fresh, agency.dispatcher) == "respond"
    rests = agency.mediated_case(channel="web")
    workflow.request_recusal(rests.no, by=agency.mediator, reason="亲属关系")
    assert next_step(rests, agency.chief) is None, "to take it back is a way aside"
    assert next_step(rests, agency.leader) == "decide_recusal"
    case, mediator = agency.mediated_case(channel="web"), agency.mediator
    assert next_step(case, mediator) == "hold_session"
    workflow.hold_session(
        case.no, by=mediator, method="phone", held_at=clock.now,
        complainant_came=True, respondent_came=True,
    )  # fmt: skip
    assert next_step(case, mediator) == "settle"
    workflow.settle(case.no, by=mediator, agreement="退款", recovered_amount="10.00")
    assert next_step(case, mediator) == "confirm_performance"
    workflow.confirm_performance(case.no, by=mediator, amount="10.00", evidence_note="截图")
    assert next_step(case, agency.callback) == "follow_up"
    assert next_step(case, mediator) is None, "nobody has called back"
    offered = page.verb_buttons(Sight(Case.objects.get(pk=case.pk), mediator))
    assert "close" not in {verb.name for verb in offered["buttons"]}, "it would be refused now"
    form = VerbForm(VERBS["close"], Case.objects.get(pk=case.pk), mediator)
    assert form.unready == "办结前还需：由未经办人员回访。", "said before anything is typed"
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    assert next_step(case, mediator) == "close"
    workflow.close(case.no, by=mediator, conclusion="已履行")
    assert next_step(case, agency.chief) == "approve"
    assert next_step(case, mediator) is None, "it waits for approval"


def test_who_decides_finds_the_decision_first(agency, clock):
    case = agency.handled_case()
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")

    first = page.verb_buttons(Sight(case, agency.chief))["buttons"]

    assert [verb.name for verb in first[:2]] == ["approve", "disapprove"]
    assert "已退款" in shown(case, "mediator")


# -- handling and outcome -----------------------------------------------------------------------


def test_a_settled_complaint_tells_what_was_agreed_paid_and_said(agency, clock):
    case = agency.mediated_case()
    clock.shift(hours=1)
    workflow.hold_session(
        case.no, by=agency.mediator, method="on_site", held_at=clock.now, place="东城调解室",
        minutes="双方陈述", complainant_came=True, respondent_came=False,
    )  # fmt: skip
    workflow.settle(case.no, by=agency.mediator, agreement="退货退款", recovered_amount="1280.00")
    clock.shift(hours=1)
    workflow.confirm_performance(
        case.no, by=agency.mediator, amount="1280.00", evidence_note="转账截图"
    )
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied", note="很快")

    told = "\n".join(facts(case, agency.mediator, clock.now))

    for said in (
        "Result settled and performed · recovered ¥1,280.00", "performed ¥1,280.00", "退货退款",
        "东城调解室 · the respondent stayed away", "complainant · telephone", "satisfied 很快",
        agency.mediator.name,
    ):  # fmt: skip
        assert said in told, said
    at = clock.now
    assert line(case, "settled", agency.mediator, at).what == "settled ¥1,280.00"
    assert line(case, "session_held", agency.mediator, at).text == "双方陈述"


def test_a_refusal_tells_its_ground_its_factors_and_who_approved(agency, clock):
    case = agency.contacted_case()
    workflow.refuse(
        case.no, by=agency.mediator, ground="R3", explanation="三天内四十台", factors=["volume"]
    )
    workflow.approve(case.no, by=agency.chief)

    [decision] = [f for f in facts(case, agency.mediator, clock.now) if f.startswith("Decision")]

    assert "R3 not for living consumption" in decision
    assert "volume or frequency" in decision and "三天内四十台" in decision
    assert agency.chief.name in shown(case, "mediator")
    told = line(case, "refused", agency.mediator, clock.now)
    assert "R3" in told.what and told.text == "三天内四十台"


def test_a_petition_tells_its_three_people_and_both_records(agency, clock):
    case = agency.ticket("petition", kind="petition")
    officer = agency.petition_officer
    workflow.respond(case.no, by=officer)
    workflow.accept(case.no, by=officer, notified_by="letter")
    workflow.assign_triple(
        case.no, by=officer, leader="leader", core_handler="petition_officer", callback="callback"
    )
    workflow.record_visit(case.no, by=officer, note="已面谈")
    clock.shift(minutes=1)
    workflow.record_inspection(case.no, by=officer, note="已查看现场")
    workflow.reply(case.no, by=officer, opinion="supported", text="支持其诉求")

    told = "\n".join(facts(case, officer, clock.now))

    for person in (agency.leader, officer, agency.callback):
        assert person.name in told
    assert "petitioner met  已面谈" in told and "matter inspected  已查看现场" in told
    assert "answered · supported 支持其诉求" in told
    assert line(case, "visited", officer, clock.now).text == "已面谈"
    assert agency.leader.name in line(case, "triple_assigned", officer, clock.now).what


def test_cases_that_belong_together_lead_to_each_other(agency, clock):
    case = agency.ticket(unit="east")
    workflow.split(case.no, by=agency.dispatcher)
    report = case.offspring.get()

    assert page_of(report) in shown(case, "dispatcher")
    assert page_of(case) in shown(report, "dispatcher")
    assert line(case, "split", agency.dispatcher, clock.now).other == report.no


# -- what happened --------------------------------------------------------------------------------


def test_what_was_proposed_and_why_it_was_refused_stands_in_the_story(agency, clock):
    case = agency.mediated_case()
    workflow.terminate(case.no, by=agency.mediator, ground="T3", explanation="分歧过大")
    proposed = line(case, "proposed", agency.mediator, clock.now)
    workflow.disapprove(case.no, by=agency.chief, reason="再调解一次")

    assert "Ground: T3" in proposed.text and "分歧过大" in proposed.text
    assert line(case, "disapproved", agency.mediator, clock.now).text == "再调解一次"


@pytest.fixture
def unanswered(agency, clock):
    """A ticket that nobody took for nine hours; the leader was told each hour."""
    case = agency.ticket(unit="east")
    for _hour in range(9):
        clock.shift(hours=1)
        deadlines.sweep()
    return case


def test_a_rung_climbed_again_and_again_is_one_line_with_its_latest_moment(
    agency, clock, unanswered
):
    with override("en"):
        told = timeline.lines(unanswered, agency.mediator, clock.now)
    rungs = {line.what: line.at for line in told if "respond in 10 min →" in line.what}

    assert rungs == {
        "escalated respond in 10 min → leader (8 times, this is the latest)": clock.now,
        "escalated respond in 10 min → section chief": clock.now - timedelta(hours=7),
    }


@pytest.mark.parametrize(
    ("unit", "left", "told"),
    [
        ("east", [], "升级提醒 10分钟响应 → 科室负责人 杨建国"),
        ("west", [], "升级提醒 10分钟响应 → 领导 郑国华"),  # it has no chief
        ("west", ["leader"], "升级提醒 10分钟响应 → 科室负责人 无人可告知"),
    ],
)
def test_the_timeline_says_who_was_told(agency, clock, unit, left, told):
    User.objects.filter(username__in=left).update(is_active=False)
    case = agency.ticket(unit=unit)
    clock.shift(minutes=11)
    deadlines.sweep()
    clock.shift(minutes=5)
    deadlines.sweep()
    notifications.deliver_pending()

    lines = [line.what for line in timeline.lines(case, agency.supervisor, clock.now)]

    assert told in lines, lines


def test_the_api_folds_the_same_rungs_and_says_how_often(agency, unanswered):
    _status, told = agency.client("mediator").get(f"cases/{unanswered.no}/")

    climbed = [event for event in told["events"] if event["kind"] == "deadline_escalated"]
    others = [event for event in told["events"] if event["kind"] != "deadline_escalated"]
    assert len(climbed) == 4, "two clocks, of each the chief and the leader"
    of_all = unanswered.events.filter(kind="deadline_escalated").count()
    assert sum(event["times"] for event in climbed) == of_all
    assert {event["times"] for event in others} == {1}


def test_each_kind_of_event_is_told_or_says_all_by_its_name():
    says_all = {
        "ticket_received", "responded", "archived", "attached", "deadline_warned",
        "deadline_breached", "deadline_escalated",
    }  # fmt: skip
    assert set(CaseEvent.Kind.values) - set(tale.TELL) == says_all


def test_no_code_is_left_in_the_story(agency, clock):
    case = agency.mediated_case()
    workflow.pause(case.no, by=agency.mediator, reason="appraisal", institution="质检院")
    workflow.resume(case.no, by=agency.mediator)
    workflow.terminate(case.no, by=agency.mediator, ground="T3", explanation="分歧过大")
    workflow.approve(case.no, by=agency.chief)
    workflow.notify(case.no, by=agency.mediator, party="respondent", how="letter", text="可诉讼")

    told = [f"{told.what} {told.text}" for told in timeline.lines(case, agency.mediator, clock.now)]

    assert not [text for text in told if re.search(r"\b(appraisal|respondent|letter)\b", text)]
    assert any("质检院" in text for text in told)


@pytest.mark.parametrize(("note", "told"), [("无人接听", ""), ("关机", "关机")])
def test_an_unanswered_call_is_told_once(agency, clock, note, told):
    case = agency.ticket(unit="east")
    workflow.contact(case.no, by=agency.mediator, outcome="no_answer", note=note)

    (line,) = (
        one
        for one in timeline.lines(case, agency.mediator, clock.now)
        if one.kind == "contact_failed"
    )

    assert (line.what, line.text) == ("联系未果 无人接听", told)


# -- cost -----------------------------------------------------------------------------------

OTHER = {"name": "林一一", "phone": "13700137000"}
AGAIN_AND_AGAIN = (
    ("hold_session", "mediator"),
    ("pause", "mediator"),
    ("resume", "mediator"),
    ("record_clue", "mediator"),
    ("pause_clue", "enforcer"),
    ("resume_clue", "enforcer"),
    ("verify_clue", "enforcer"),
    ("record_dispute", "mediator"),
    ("settle_dispute", "mediator"),
    ("supplement", "mediator", {"merchant_phone": "0757-12345678", "title": "一"}),
    ("supplement", "mediator", {"merchant_phone": "0757-87654321", "title": "二"}),
    ("notify", "mediator"),
    ("agree_answer", "mediator", {"text": "已办理"}),
    ("tag", "dispatcher", {"topic": "flood26"}),
    ("untag", "dispatcher", {"topic": "flood26"}),
    ("request_recusal", "mediator"),
    ("decide_recusal", "leader"),
)


def lived(agency, cast: Cast, clock, *, times: int) -> Case:
    """A complaint to which everything happened so many times."""
    case = cast.case("complaint")
    for _time in range(times):
        other = agency.ticket("web", kind="complaint", consumer=OTHER).tickets.get()
        workflow.link_ticket(case.no, by=cast["dispatcher"], ticket=other.no)
        cast.act(case, "contact", "dispatcher", ticket=other.no)
    for verb, role in [("dispatch", "dispatcher"), ("contact", "mediator"), ("accept", "mediator")]:
        cast.act(case, verb, role)
    cast.act(case, "start_mediation", "mediator")
    for _time in range(times):
        for verb, role, *body in AGAIN_AND_AGAIN:
            clock.shift(minutes=1)
            cast.act(case, verb, role, **(body[0] if body else {}))
    return case


def queries_of(reader, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert reader.get(url).status_code == 200
    return len(queries)


def test_a_page_costs_no_more_queries_however_much_happened(agency, clock):
    cast = Cast(agency)
    Topic.objects.create(code="flood26", name_zh="汛期", name_en="Flood", kind="emergency")
    pages = [page_of(lived(agency, cast, clock, times=times)) for times in (1, 3)]

    for role in ("mediator", "chief", "auditor"):
        reader = desk(f"x_{role}")
        reader.get(pages[0])  # what the server reads but once
        assert len({queries_of(reader, url) for url in pages}) == 1, role
