"""What page and notice say of where a case stands, and what they ask beyond the API."""

from datetime import date, timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import override

from agency.core.errors import RuleViolation
from cases import workflow
from cases.admin import drafts, page, timeline
from cases.admin.clocks import span
from cases.admin.labels import VERBS, label_of
from cases.admin.verbs import VerbForm
from cases.bodies.others import ENDINGS
from cases.calendar import day_in_words, day_of
from cases.clocks import limit_of
from cases.models import Case
from cases.workflow.allowed import Sight
from tests.cases.test_admin import desk, page_of
from tests.cases.test_returns import WHY, come_back, rows_of
from tests.stories import clock_of

pytestmark = pytest.mark.django_db


def form(case: Case, verb: str, user, **typed) -> VerbForm:
    asked = QueryDict(mutable=True)
    asked.update(typed)
    return VerbForm(VERBS[verb], Case.objects.get(pk=case.pk), user, typed=asked)


def test_after_the_ruling_nobody_is_asked_to_return_it(agency, clock):
    case = agency.ticket(unit="east")
    come_back(agency, case, 2)
    first, second = form(case, "dispatch", agency.leader).came_back
    assert WHY["reason"] in first and WHY["reason"] in second

    workflow.dispatch(case.no, by=agency.leader, unit="east")

    assert not case.deadlines.open().filter(rule__code="dispatch.return").exists()
    workflow.respond(case.no, by=agency.mediator)
    for user in (agency.mediator, agency.enforcer):
        assert all("return" not in verbs for _no, _clock, verbs in rows_of(user))


def test_what_is_taken_back_before_it_was_accepted_is_no_mediation_ended(agency, clock):
    case = agency.contacted_case()

    case = workflow.withdraw(case.no, by=agency.mediator, reason="不投诉了")

    assert case.get_state_display() == "已撤回"
    assert "二十三条" not in drafts.notice(case) and "不投诉了" in drafts.notice(case)


def test_no_ground_is_offered_that_would_be_refused(agency, clock):
    def offered(case) -> str:
        ground = next(
            f for f in form(case, "terminate", agency.mediator).fields if f.name == "ground"
        )
        return " ".join(code for code, _text in ground.options if code)

    case = agency.contacted_case()
    workflow.accept(case.no, by=agency.mediator)
    assert offered(case) == "T1 T2 T6 T7 T8", "no mediation has begun"

    workflow.start_mediation(case.no, by=agency.mediator)
    assert offered(case) == "T1 T2 T3 T4 T6 T7 T8"
    clock.set(clock_of(case, "complaint.mediate").due_at)
    assert offered(case) == "T1 T2 T3 T4 T5 T6 T7 T8", "on the last day of the sixty"


def test_the_second_officer_is_named_in_the_story_and_the_beginning_told_once(agency, clock):
    case = agency.ticket(kind="report", unit="east")
    for colleague in (None, "chief"):
        clock.shift(minutes=1)
        workflow.verify(case.no, by=agency.enforcer, colleague=colleague)

    told = [line.what for line in timeline.lines(case, agency.chief, clock.now)]
    assert told[:2] == [f"指定第二名执法人员 {agency.chief.name}", "开始核查"]


def test_what_is_taken_back_later_ends_the_mediation_by_its_article(agency, clock):
    case = agency.mediated_case()

    case = workflow.withdraw(case.no, by=agency.mediator, reason="不投诉了")

    assert "二十三条" in drafts.notice(case)


def test_the_form_of_an_objection_names_its_last_day(agency, clock):
    case = agency.ticket("petition", kind="petition")
    last = day_of(limit_of(case, "petition.object", case.arrived_at))

    shown = desk("petition_officer").get(reverse("admin:cases_case_verb", args=[case.no, "object"]))

    assert day_in_words(last, day_of(clock.now)) in shown.content.decode()


def test_the_last_day_to_object_is_among_the_deadlines_and_the_button_goes_with_it(agency, clock):
    case = agency.ticket("petition", kind="petition")
    officer, last = agency.petition_officer, limit_of(case, "petition.object", case.arrived_at)

    def told() -> tuple[str, str, bool]:
        lines = page.clock_lines(case, clock.now)
        line = next(line.countdown for line in lines if line.name == "提出异议期")
        return line.text, line.state, "object" in Sight(case, officer).verbs

    day = day_in_words(day_of(last), day_of(clock.now))
    assert told() == (f"至 {day}", "on_time", True)
    clock.set(last)
    assert told() == (f"至 {day}", "on_time", True)
    clock.set(last + timedelta(microseconds=1))
    assert told() == (f"{day} 届满", "ended", False)
    with pytest.raises(RuleViolation, match=day):
        workflow.object_(case.no, by=officer, reason="不属本机关职权")
    assert not case.deadlines.filter(rule__code="petition.object").exists(), "nobody is late by it"


def test_entrusting_asks_whether_both_agree_and_to_what(agency, clock):
    case = agency.contacted_case(consents={"entrust": True})
    workflow.accept(case.no, by=agency.mediator)
    said = {"to": "市消费者协会", "until": "2026-03-20"}
    bare = form(case, "entrust", agency.mediator, **said)
    assert not bare.submit() and set(bare.errors) == {"consented", "scope"}
    apart = form(case, "entrust", agency.mediator, **said, scope="退款金额", consented="false")
    assert not apart.submit() and "T2" in apart.refusal

    both = form(case, "entrust", agency.mediator, **said, scope="退款金额", consented="true")

    assert both.submit(), (both.errors, both.refusal)
    shown = desk("mediator").get(page_of(case)).content.decode()
    assert "退款金额 · 双方同意调解" in shown


def test_after_the_penalty_the_notice_is_about_it_and_not_about_the_filing(agency, clock):
    case = agency.ticket(kind="report", unit="east")
    workflow.contact(case.no, by=agency.enforcer, outcome="reached", no_meeting_reason="电话")
    workflow.verify(case.no, by=agency.enforcer, colleague="chief")
    workflow.file(case.no, by=agency.enforcer)
    workflow.approve(case.no, by=agency.leader)
    workflow.decide_case(case.no, by=agency.enforcer, decision="penalty", document_no="1号")
    case = workflow.approve(case.no, by=agency.leader)

    assert drafts.decision_of(case).kind == "decided" and "处罚" in drafts.notice(case)
    assert "已立案 · 行政处罚" in desk("enforcer").get(page_of(case)).content.decode()


def test_a_supplement_says_what_waits_once_a_party_was_told(agency, clock):
    case = agency.contacted_case()
    assert "科室负责人" not in form(case, "supplement", agency.mediator).hint

    workflow.accept(case.no, by=agency.mediator, notified_by="phone")

    assert "须经科室负责人" in form(case, "supplement", agency.mediator).hint


def test_a_second_decision_on_publishing_says_who_decides_it(agency, clock):
    case = agency.handled_case()
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    workflow.approve(case.no, by=agency.chief)
    assert "科室负责人" not in form(case, "decide_publicity", agency.mediator).hint

    workflow.decide_publicity(case.no, by=agency.mediator, publish=False, reason="投诉人未同意")

    assert "科室负责人" in form(case, "decide_publicity", agency.mediator).hint


def test_what_was_asked_for_a_clue_ends_with_its_verification(agency, clock):
    case = agency.mediated_case()
    workflow.record_clue(case.no, by=agency.mediator, note="疑似假冒")
    workflow.extend(case.no, by=agency.mediator, rule="clue.verify", reason="等待检验")
    workflow.verify_clue(case.no, by=agency.enforcer, filed=True, note="立案")

    case = workflow.approve(case.no, by=agency.leader)
    if case.proposals.filter(decided_at=None).exists():
        case = workflow.approve(case.no, by=agency.leader)

    asked = case.proposals.get(verb="extend")
    assert asked.decided_at
    assert not case.deadlines.open().filter(rule__code="clue.verify").exists()


def test_what_is_verified_first_leaves_no_extension_to_decide(agency, clock):
    case = agency.mediated_case()
    workflow.record_clue(case.no, by=agency.mediator, note="疑似假冒")
    workflow.verify_clue(case.no, by=agency.enforcer, filed=True, note="立案")
    workflow.extend(case.no, by=agency.mediator, rule="clue.verify", reason="等待检验")

    case = workflow.approve(case.no, by=agency.leader)

    asked = case.proposals.get(verb="extend")
    assert asked.approved is False and "线索已核查完毕" in asked.reason
    assert "线索已核查完毕" in desk("leader").get(page_of(case)).content.decode()


def test_a_day_and_a_length_are_written_as_each_language_writes_them():
    days, found = (date(2026, 11, 30), date(2027, 1, 4)), {}
    for language in ("en", "zh-hans"):
        with override(language):
            named = [day_in_words(day, days[0]) for day in days]
            found[language] = [*named, span(timedelta(days=1)), span(timedelta(days=2))]

    assert found["en"] == ["30 Nov Mon", "4 Jan 2027 Mon", "1 day", "2 days"]
    assert found["zh-hans"] == ["11月30日 周一", "2027年1月4日 周一", "1 天", "2 天"]


def test_forms_call_things_what_they_are():
    assert str(label_of("start_mediation", "meeting_at")) == "调解时间"
    assert str(label_of("issue_document", "meeting_at")).startswith("调解时间")
    assert str(label_of("contact", "appointment_at")) == "约见时间"
    assert str(VERBS["answer_review"].label) == "登记复查意见", "another body's opinion"


def test_who_brought_it_and_who_it_is_about_are_called_as_its_kind_does(agency, clock):
    report, petition = (
        agency.ticket(kind="report", unit="east"),
        agency.ticket("petition", kind="petition"),
    )
    told = desk("chief").get(page_of(report)).content.decode()
    assert "<dt>被举报人</dt>" in told and "<dt>经营者</dt>" not in told

    asked = form(petition, "supplement", agency.petition_officer).fields
    assert [f.label for f in asked if f.name in {"name", "phone"}] == ["信访人姓名", "信访人电话"]
    assert str(dict(ENDINGS)["transferred"]) == "移送"
