"""Each verb is a small form: its fields, what it offers, what it begins with, what was wrong."""

import inspect
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.http import QueryDict
from django.utils import translation

from agency.core import deadlines
from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid
from agency.core.models import User
from agency.core.roles import Role
from cases import workflow
from cases.admin.fields import with_offset
from cases.admin.labels import VERBS
from cases.admin.story import facts
from cases.admin.verbs import LOCKS_TWO, VerbForm
from cases.bodies import BODIES
from cases.lifecycle import MOVES, SIGNERS, Kind, State, officers_of, parts_of
from tests.cases.test_admin import desk, page_of, verb_of
from tests.stories import PASSWORD, clock_of

pytestmark = pytest.mark.django_db


def form(case, verb: str, user) -> VerbForm:
    case.refresh_from_db()
    return VerbForm(VERBS[verb], case, user)


def field(case, verb: str, user, name: str):
    return next(f for f in form(case, verb, user).fields if f.name == name)


def codes(offered) -> list[str]:
    return [code for code, _name in offered.options]


# -- keys and labels ------------------------------------------------------------------------


AS_WHAT = {
    kind: [
        parts_of(
            role, kind, handles=both, follows_up=both and role in officers_of(kind, "follow_up")
        )
        for role in Role
        for both in (False, True)
    ]
    for kind in Kind
}
"""Each role, and each with all the posts it may have on a case."""


def test_no_two_verbs_that_are_allowed_at_once_share_a_key():
    taken = set("jkn/?")  # the lists' own keys
    for kind in Kind:
        for state in State:
            for parts in AS_WHAT[kind]:
                role = parts[0]
                for held in (None, "close", "supplement"):
                    # What holds nothing up is an excuse: nobody else decides meanwhile.
                    shut = set() if held or role in SIGNERS else {"approve", "disapprove"}
                    open_ = {
                        m.verb for m in MOVES[kind] if m.is_open_to(*parts, state=state, held=held)
                    } - shut
                    keys = [VERBS[verb].key for verb in open_]
                    assert len(set(keys)) == len(keys), (kind, state, role, sorted(open_))
                    assert taken.isdisjoint(keys) and all(len(key) == 1 for key in keys)


def test_each_verb_has_its_form(agency, clock):
    case = agency.mediated_case()

    for verb in workflow.VERBS:
        shown = form(case, verb, agency.mediator).fields
        assert {f.name for f in shown} <= set(BODIES[verb]().fields), verb
        assert all(f.label and f.widget for f in shown), verb


# -- what is offered --------------------------------------------------------------------------


def test_people_are_offered_by_name_and_only_who_may_take_it(agency, clock):
    case = agency.ticket("petition", kind="petition")
    workflow.respond(case.no, by=agency.petition_officer)
    workflow.accept(case.no, by=agency.petition_officer, notified_by="letter")
    officer = agency.petition_officer

    leaders = field(case, "assign_triple", officer, "leader")
    handlers = field(case, "assign_triple", officer, "core_handler")

    assert any(agency.leader.name in name for code, name in leaders.options if code == "leader")
    assert "mediator" not in codes(leaders)
    assert handlers.value == "petition_officer", (
        "who asks handles it, unless somebody else is named"
    )


def test_a_recording_is_asked_for_of_who_may_be_told_by_telephone(agency, clock):
    complaint, petition = agency.contacted_case(), agency.ticket("petition", kind="petition")

    for case, user in ((complaint, agency.mediator), (petition, agency.petition_officer)):
        for verb in ("accept", "notify"):
            asked = "recording" in {f.name for f in form(case, verb, user).fields}
            assert asked == (case == complaint), (verb, case.kind)


def test_another_mediator_is_offered_where_recusal_is_decided(agency, clock):
    case = agency.mediated_case()
    workflow.request_recusal(case.no, by=agency.mediator, reason="亲属关系")

    offered = codes(field(case, "decide_recusal", agency.leader, "mediator"))

    assert "chief" in offered and "mediator" not in offered


def test_only_a_clock_that_can_be_extended_is_offered(agency, clock):
    case = agency.ticket(kind="report", unit="east")
    workflow.respond(case.no, by=agency.enforcer)
    workflow.verify(case.no, by=agency.enforcer)

    rule = field(case, "extend", agency.enforcer, "rule")

    assert codes(rule) == ["report.verify"] and rule.value == "report.verify"
    assert rule.options[0][1].startswith(clock_of(case, "report.verify").rule.name)
    assert field(case, "extend", agency.enforcer, "amount").value == "15"


def test_only_what_stops_a_clock_here_is_offered_as_a_reason_to_pause(agency, clock):
    case = agency.mediated_case()

    assert codes(field(case, "pause", agency.mediator, "reason")) == ["appraisal"]


@pytest.mark.parametrize("verb", ["dispatch", "assign"])
def test_who_is_offered_to_follow_up_learns_that_they_do_not_call_back_then(agency, verb):
    case = agency.ticket(unit="east")

    offered = dict(field(case, verb, agency.dispatcher, "follow_up").options)

    said = {who for who, text in offered.items() if "不再回访" in text}
    assert said == {"registrar", "callback"} < set(offered)
    assert "回访" not in "".join(
        dict(field(case, verb, agency.dispatcher, "contact").options).values()
    )


def test_only_a_breach_is_offered_for_an_excuse(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(minutes=11)
    deadlines.sweep()

    assert codes(field(case, "excuse", agency.leader, "rule")) == ["ticket.respond_10"]


# -- what it begins with ----------------------------------------------------------------------


def test_the_day_for_the_identity_is_the_rule_s(agency, clock):
    clock.shift(days=70)  # the order is in force
    case = agency.contacted_case()

    until = field(case, "request_identity", agency.mediator, "until")

    assert (until.widget, until.value) == ("day", "2026-05-14")


def test_a_notice_begins_with_who_was_not_told_and_why(agency, clock):
    case = agency.mediated_case()
    workflow.terminate(case.no, by=agency.mediator, ground="T3", explanation="分歧过大")
    workflow.approve(case.no, by=agency.chief)

    assert field(case, "notify", agency.mediator, "party").value == "complainant"
    text = field(case, "notify", agency.mediator, "text").value
    assert "第二十三条" in text and "T3" not in text and "分歧过大" in text and case.no in text

    workflow.notify(case.no, by=agency.mediator, party="complainant", how="phone", text=text)
    assert field(case, "notify", agency.mediator, "party").value == "respondent"


def test_what_was_agreed_is_what_was_performed_unless_somebody_says_otherwise(agency, clock):
    case = agency.mediated_case()
    http = desk("mediator")
    http.post(
        verb_of(case, "settle"),
        {"agreement": "退款", "recovered_amount": "1,280元", "paper": "waived"},
    )

    assert field(case, "confirm_performance", agency.mediator, "amount").value == "1280.00"


# -- what is typed ------------------------------------------------------------------------------


def test_factors_are_weighed_for_one_ground_only(agency, clock):
    case = agency.contacted_case()
    http, told = desk("mediator"), {"explanation": "多次购买", "factors": ["volume", "mass"]}

    missing = http.post(verb_of(case, "refuse"), {"ground": "R3", "explanation": "多次购买"})
    assert missing.status_code == 400 and missing.content.decode().count('class="why"') == 1
    assert http.post(verb_of(case, "refuse"), {"ground": "R1", **told}).status_code == 204
    assert case.pending.data["factors"] == []

    workflow.disapprove(case.no, by=agency.chief, reason="应为R3")
    assert http.post(verb_of(case, "refuse"), {"ground": "R3", **told}).status_code == 204
    assert case.pending.data["factors"] == ["mass", "volume"]


def test_nobody_has_come_to_a_session_before_somebody_says_so(agency, clock):
    case = agency.mediated_case()

    page = desk("mediator").get(verb_of(case, "hold_session")).content.decode()
    assert 'name="complainant_came"' in page and "checked" not in page.split("complainant_came")[1]

    told = {"method": "phone", "held_at": "2026-03-02T08:00:00+08:00"}
    status, problem = agency.client("mediator").post(f"cases/{case.no}/hold_session/", told)
    assert status == 400 and set(problem["errors"]) == {"complainant_came", "respondent_came"}


def test_no_session_was_held_before_the_case_came_in(agency, clock):
    case = agency.mediated_case()

    with pytest.raises(Invalid) as refused:
        workflow.hold_session(
            case.no, by=agency.mediator, method="phone", held_at=clock.now - timedelta(days=9),
            complainant_came=True, respondent_came=True,
        )  # fmt: skip

    assert list(refused.value.errors) == ["held_at"]


def test_a_return_offers_its_nine_usual_reasons_and_asks_for_law_and_unit(agency, clock):
    page = desk("mediator").get(verb_of(agency.contacted_case(), "return")).content.decode()

    assert page.split('<datalist id="l-reason">')[1].split("</datalist>")[0].count("<option") == 9
    assert "§13" in page and "法律依据和建议承办单位" in page


def test_a_split_says_what_comes_of_it_before_it_is_done(agency, clock):
    page = desk("dispatcher").get(verb_of(agency.contacted_case(), "split")).content.decode()

    assert "另立一件" in page


def test_a_no_is_said_and_a_day_is_a_day(agency, clock):
    case = agency.mediated_case()
    clock.shift(hours=2)
    told = {
        "method": "on_site", "held_at": "2026-03-02T10:00",
        "complainant_came": "true", "respondent_came": "false",
    }  # fmt: skip

    assert desk("mediator").post(verb_of(case, "hold_session"), told).status_code == 204
    session = case.mediations.get().sessions.get()
    assert (session.complainant_came, session.respondent_came) == (True, False)
    assert session.held_at.isoformat() == with_offset("2026-03-02T10:00").replace(
        "10:00:00+08:00", "02:00:00+00:00"
    )

    agreed = {
        "agreement": "退款", "recovered_amount": "1.2万", "due_on": "2026-03-20", "paper": "written",
    }  # fmt: skip
    assert desk("mediator").post(verb_of(case, "settle"), agreed).status_code == 204
    agreement = case.agreements.get()
    assert (str(agreement.amount), agreement.due_on) == ("12000.00", date(2026, 3, 20))


def test_yes_or_no_must_be_said(agency, clock):
    case = agency.mediated_case()
    workflow.request_recusal(case.no, by=agency.mediator, reason="亲属关系")

    page = desk("leader").post(verb_of(case, "decide_recusal"), {"reason": "不成立"})

    assert page.status_code == 400 and page.content.decode().count('class="why"') == 1
    said = {"granted": "false", "reason": "不成立"}
    assert desk("leader").post(verb_of(case, "decide_recusal"), said).status_code == 204


def test_an_amount_that_is_none_is_told_in_place(agency, clock):
    case = agency.mediated_case()

    page = desk("mediator").post(
        verb_of(case, "settle"), {"agreement": "退款", "recovered_amount": "若干"}
    )

    assert page.status_code == 400
    assert "若干" in page.content.decode() and "退款" in page.content.decode()


def test_why_it_is_more_is_asked_once_it_is_more(agency, clock):
    case = agency.mediated_case()
    workflow.settle(case.no, by=agency.mediator, agreement="退款", recovered_amount="10.00")
    http, path = desk("mediator"), verb_of(case, "confirm_performance")
    assert 'name="why_more"' not in http.get(path).content.decode()

    said = {
        "amount": "11",
        "evidence_note": "转账截图",
        "performed_on": "2026-03-02",
    }
    page = http.post(path, said)
    assert page.status_code == 400 and 'name="why_more"' in page.content.decode()

    assert http.post(path, said | {"why_more": "另付运费"}).status_code == 204


# -- four eyes ----------------------------------------------------------------------------------


def test_who_decides_reads_everything_that_was_proposed(agency, clock):
    case = agency.contacted_case()
    workflow.refuse(
        case.no, by=agency.mediator, ground="R3", explanation="三天内买了四十台", factors=["volume"]
    )

    page = desk("chief").get(verb_of(case, "approve")).content.decode()

    for said in (agency.mediator.name, "R3", "三天内买了四十台"):
        assert said in page
    assert re.search(r"<dd>[^<]*(volume|数量|频次)", page), "the factors weighed, in words"


def test_a_proposal_to_extend_names_the_clock_and_how_much(agency, clock):
    case = agency.ticket(kind="report", unit="east")
    workflow.respond(case.no, by=agency.enforcer)
    workflow.verify(case.no, by=agency.enforcer)
    workflow.extend(case.no, by=agency.enforcer, rule="report.verify", reason="案情复杂")

    page = desk("leader").get(verb_of(case, "approve")).content.decode()

    assert clock_of(case, "report.verify").rule.name in page
    assert "15" in page and "案情复杂" in page


def test_what_a_citizen_wrote_is_masked_in_a_draft(agency, clock):
    case = agency.handled_case(title="电话13912345678没人接")

    text = field(case, "notify", agency.mediator, "text").value

    assert "13912345678" not in text and "139****5678" in text
    assert "13912345678" not in desk("mediator").get(page_of(case)).content.decode()


REFUSED = {"ground": "R3", "explanation": "三天内买了四十台", "factors": ["volume"]}
ORDER = "《市场监督管理投诉举报处理办法》第十六条第（三）项"


def test_a_citizen_is_told_law_and_article_and_every_other_way_but_no_code(agency, clock):
    case = agency.contacted_case()
    workflow.refuse(case.no, by=agency.mediator, **REFUSED)
    workflow.approve(case.no, by=agency.chief)

    with translation.override("zh-hans"):
        text = field(case, "notify", agency.mediator, "text").value

    assert ORDER in text and "三天内买了四十台" in text and "R3" not in text
    ways = ("第三十九条", "协商和解", "消费者协会", "有关行政部门", "仲裁机构", "人民法院")
    assert [way for way in ways if way not in text] == []


def test_a_council_cites_no_order_of_a_regulator(agency, clock):
    agency.units["east"].org_profile = "council"
    agency.units["east"].save()
    case = agency.contacted_case()
    workflow.refuse(case.no, by=agency.mediator, **REFUSED)
    workflow.approve(case.no, by=agency.chief)

    text = field(case, "notify", agency.mediator, "text").value

    assert "《市场监督" not in text and "R3" not in text and "三天内买了四十台" in text


def test_whose_complaint_is_accepted_learns_whom_to_call(agency, clock, settings):
    settings.AGENCY_PHONE = "0755-12315"
    case = agency.contacted_case()
    workflow.accept(case.no, by=agency.mediator)

    text = field(case, "notify", agency.mediator, "text").value

    assert agency.mediator.name in text and "0755-12315" in text


def test_the_page_accepts_no_complaint_without_respondent_facts_and_demand(agency, clock):
    bare = agency.contacted_case(merchant=None)
    full = agency.contacted_case(narrative="漏水三次", demand="退款")

    with translation.override("en"):
        assert "Respondent, Narrative, Demand" in form(bare, "accept", agency.mediator).unready
    refused = form(bare, "accept", agency.mediator)
    assert not refused.submit() and refused.refusal == refused.unready
    assert form(full, "accept", agency.mediator).submit()

    assert workflow.accept(bare.no, by=agency.mediator).state == "accepted", "the machines may"


def test_a_question_that_became_a_complaint_is_not_told_as_answered(agency, clock):
    case = agency.ticket("walkin", kind="consultation")
    workflow.convert(case.no, by=agency.registrar, kind="complaint")

    with translation.override("en"):
        [told] = [f.text for f in facts(case, agency.registrar, clock.now) if f.label == "Decision"]

    assert told == "turned into a matter of another kind"


def test_what_happened_over_three_years_ago_is_said_where_acceptance_is_decided(agency, clock):
    within, over = (agency.contacted_case(occurred_on=day) for day in ("2023-03-02", "2023-03-01"))

    for verb in ("accept", "refuse"):
        assert "R4" not in form(within, verb, agency.mediator).hint
        assert "R4" in form(over, verb, agency.mediator).hint


def test_the_page_asks_what_was_answered_where_a_complaint_was_a_question(agency, clock):
    one, other = agency.ticket("walkin"), agency.ticket("walkin")

    bare = desk("dispatcher").post(verb_of(one, "convert"), {"kind": "consultation"})
    status, told = agency.client("dispatcher").post(
        f"cases/{other.no}/convert/", {"kind": "consultation"}
    )

    one.refresh_from_db()
    assert (bare.status_code, one.state) == (400, "registered")
    assert (status, told["state"]) == (200, "consultation_closed"), "the machines need not say it"


def test_who_was_slower_is_told_and_may_go_on_all_the_same(agency, clock):
    case = agency.ticket()
    other = User.objects.create_user(
        "second_dispatcher", PASSWORD, name="后来人", role="dispatcher", unit=agency.units["agency"]
    )
    slower = desk(other)
    shown = slower.get(verb_of(case, "dispatch")).content.decode()
    told = {"unit": "west", "since": re.search(r'name="since" value="(\d+)"', shown)[1]}
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east")

    refused = slower.post(verb_of(case, "dispatch"), told)

    assert (
        refused.status_code == 409
        and f"{agency.dispatcher.name} 已先一步操作" in refused.content.decode()
    )
    assert case.assignments.get(ended_at=None).unit == agency.units["east"]
    told["since"] = re.search(r'name="since" value="(\d+)"', refused.content.decode())[1]
    assert slower.post(verb_of(case, "dispatch"), told).status_code == 204


def test_no_form_locks_its_case_before_a_verb_that_locks_two_in_order():
    """The case first and then both would be a ring with who locks both."""
    locking = {
        name for name, verb in workflow.VERBS.items() if "lock_in_order(" in inspect.getsource(verb)
    }
    assert locking == LOCKS_TWO
    texts = [path.read_text() for path in Path(workflow.__file__).parent.glob("*.py")]
    told = sum(text.count("lock_in_order(") for text in texts)
    assert told == len(LOCKS_TWO) + 1, "each verb says so itself, and no helper for it"


def test_what_one_did_oneself_and_what_the_clock_did_hold_nobody_up(agency, clock):
    case = agency.ticket(unit="east")
    http = desk("mediator")
    shown = http.get(verb_of(case, "contact")).content.decode()
    since = re.search(r'name="since" value="(\d+)"', shown)[1]
    workflow.respond(case.no, by=agency.mediator)
    clock.shift(minutes=31)
    deadlines.sweep()

    told = {"outcome": "reached", "no_meeting_reason": "电话解决", "since": since}
    assert http.post(verb_of(case, "contact"), told).status_code == 204


def test_a_dispatch_anew_says_who_returned_it_and_why(agency, clock):
    case = agency.ticket(unit="east")
    assert "退单：" not in desk("dispatcher").get(verb_of(case, "dispatch")).content.decode()
    workflow.return_(case.no, by=agency.mediator, reason="不属本区", explanation="经营地在西城")

    form = desk("dispatcher").get(verb_of(case, "dispatch")).content.decode()

    assert f"{agency.units['east'].name} 退单：不属本区：经营地在西城" in form


def test_what_a_citizen_says_is_never_presumed(agency, clock):
    case = agency.handled_case()
    form = desk("callback").get(verb_of(case, "follow_up")).content.decode()

    assert 'name="satisfaction"' in form
    assert "checked" not in form.split('name="satisfaction"', 1)[1].split("</fieldset>")[0]


def test_the_parties_of_a_report_are_called_so(agency, clock):
    case = agency.ticket(kind="report", unit="east")
    workflow.respond(case.no, by=agency.enforcer)
    workflow.verify(case.no, by=agency.enforcer)

    told = field(case, "notify", agency.enforcer, "party")
    assert [name for _code, name in told.options] == ["举报人", "被举报人"]
    assert codes(field(case, "issue_document", agency.enforcer, "party")) == [""]

    workflow.decline_filing(case.no, by=agency.enforcer, ground="N1")
    workflow.approve(case.no, by=agency.leader)
    letters = field(case, "issue_document", agency.enforcer, "party")
    assert letters.options == [("", "—"), ("complainant", "举报人")]


def test_the_reply_says_what_became_of_the_agreement(agency, clock):
    case = agency.mediated_case()
    promise = "商家三日内退还1180元"
    workflow.settle(case.no, by=agency.mediator, agreement=promise, recovered_amount="1180.00")
    assert field(case, "reply_ticket", agency.mediator, "text").value == promise

    workflow.record_non_performance(case.no, by=agency.mediator, explanation="到期未退款")
    broken = field(case, "reply_ticket", agency.mediator, "text").value
    assert broken == f"双方达成协议：{promise}\n协议到期未履行。"

    workflow.confirm_performance(
        case.no, by=agency.mediator, amount="1180.00", evidence_note="转账截图"
    )
    kept = field(case, "reply_ticket", agency.mediator, "text").value
    assert kept == f"双方达成协议：{promise}\n协议已履行，金额1,180.00元。"


def typed(case, verb: str, user, **said) -> VerbForm:
    filled = form(case, verb, user)
    filled.typed = QueryDict(mutable=True)
    filled.typed.update(said)
    return filled


def test_the_page_declines_and_files_with_ground_and_words_alone(agency, clock):
    case = agency.ticket(kind="report", unit="east")
    workflow.respond(case.no, by=agency.enforcer)
    workflow.verify(case.no, by=agency.enforcer)

    bare = form(case, "decline_filing", agency.enforcer)
    assert {f.name: (f.required, f.value) for f in bare.fields} == {
        "ground": (True, ""), "explanation": (True, ""),
    }  # fmt: skip
    assert not bare.submit() and set(bare.errors) == {"ground", "explanation"}
    assert not case.proposals.exists()

    filing = form(case, "file", agency.enforcer)
    assert {f.name for f in filing.fields if f.required} == {"reason", "form_no"}
    assert "第十九条" in filing.hint and "领导" in filing.hint

    assert typed(
        case, "decline_filing", agency.enforcer, ground="N1", explanation="轻微并已改正"
    ).submit()
    decides = desk("leader").get(verb_of(case, "approve")).content.decode()
    assert "轻微并已改正" in decides and "N1" in decides


def test_what_was_arranged_on_the_telephone_need_not_be_typed_again(agency, clock):
    case = agency.ticket(unit="east")
    meeting = clock.now + timedelta(days=2)
    workflow.contact(case.no, by=agency.mediator, outcome="reached", appointment_at=meeting)
    workflow.accept(case.no, by=agency.mediator, notified_by="phone")

    assert "meeting_at" not in {
        f.name for f in form(case, "issue_document", agency.mediator).fields
    }
    arranged = field(case, "start_mediation", agency.mediator, "meeting_at").value
    assert with_offset(arranged) == f"{meeting.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}:00+08:00"
    workflow.start_mediation(case.no, by=agency.mediator)
    assert field(case, "issue_document", agency.mediator, "meeting_at").value == arranged

    clock.shift(days=3)
    assert field(case, "issue_document", agency.mediator, "meeting_at").value == "", "it is over"
