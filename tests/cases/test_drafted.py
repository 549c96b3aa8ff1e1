"""What the form of a notice begins with: what was decided, why, and what may be done now."""

import pytest

from agency.core.errors import Invalid
from agency.core.models import Unit
from cases import letters, workflow
from cases.admin import drafts, words
from cases.letters import facts
from cases.letters.forms import Form
from cases.models import Case
from tests.cases.lives import Cast
from tests.cases.test_admin import desk, verb_of
from tests.cases.test_petitions import NUMBERED, extended, in_hand, looked_into

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "state, said",
    [
        ("replied", "处理意见为“支持”"),
        ("replied", "对本处理意见不服的，可以自收到书面答复之日起30日内，请求我单位的上一级机关、单位复查（《信访工作条例》第三十五条）。"),
        ("reviewing", "复查意见为“维持”"),
        ("reviewing", "自收到书面答复之日起30日内，请求复查机关、单位的上一级机关、单位复核（《信访工作条例》第三十六条）。"),
        ("terminated", "不再受理（《信访工作条例》第三十六条）。"),
        ("routed", "处理结果：导入法定途径（诉讼）。"),
    ],
)  # fmt: skip
def test_a_petitioner_reads_the_opinion_and_what_may_be_done_against_it(agency, clock, state, said):
    told = drafts.notice(Cast(agency).bring("petition", state))

    assert said in told and "依据" not in told


@pytest.mark.parametrize(
    "state, said",
    [
        ("no_jurisdiction", "（应向区交通局反映）。"),
        ("transferred", "（区公安分局）。"),
    ],
)
def test_a_reporter_reads_whose_the_matter_is(agency, clock, state, said):
    assert said in drafts.notice(Cast(agency).bring("report", state)).splitlines()[0]


@pytest.mark.parametrize("verb", ["accept", "refuse"])
def test_what_a_petitioner_gets_is_named_by_its_number(agency, clock, verb):
    cast = Cast(agency)
    case = cast.bring("petition", "dispatched")

    case = cast.act(case, verb, "petition_officer", document_no="信受〔2026〕7号")

    assert "（文号：信受〔2026〕7号）。" in drafts.notice(case).splitlines()[0]


def test_the_number_of_the_opinion_stands_in_its_notice(agency, clock):
    case = looked_into(agency)
    workflow.reply(case.no, by=agency.petition_officer, **NUMBERED)

    assert f"（文号：{NUMBERED['document_no']}）" in drafts.notice(case)


@pytest.mark.parametrize(
    ("before", "verb", "said"),
    [
        ("replied", "answer_review", "复查意见为“维持”（市人民政府 · 王建国 · 复查〔2026〕3号）。"),
        ("final_reviewing", "answer_final_review", "复核意见为“维持”（市人民政府 · 王建国 · 复查〔2026〕3号）。"),
    ],
)  # fmt: skip
def test_who_reviewed_it_is_no_number_of_a_document(agency, clock, before, verb, said):
    cast = Cast(agency)
    case = cast.bring("petition", before)
    if before == "replied":
        case = cast.act(case, "request_review", "petition_officer")

    case = cast.act(
        case, verb, "leader" if verb == "answer_final_review" else "petition_officer",
        authority="市人民政府", answered_by="王建国", document_no="复查〔2026〕3号",
    )  # fmt: skip

    assert said in drafts.notice(case).splitlines()[0]


def test_a_notice_of_more_time_says_who_allowed_how_much_until_when_by_which_law_and_why(
    agency, clock
):
    told = drafts.notice(extended(agency)).splitlines()

    assert told[0].endswith("处理结果：办理期限延长30日，至 6月1日（暂定），已经本单位负责人批准。")
    assert told[1:] == ["依据：《信访工作条例》第三十四条。", "理由：情况复杂"]


def drafted_of(case: Case, about: str, text: str) -> str:
    form = desk("petition_officer").post(
        f"{verb_of(case, 'notify')}?refit=1", {"about": about, "text": text}
    )
    return (
        form.context["form"]
        .fields[[f.name for f in form.context["form"].fields].index("text")]
        .value
    )


def test_the_draft_follows_what_the_notice_is_about_until_somebody_writes_in_it(agency, clock):
    case = extended(agency)
    longer, accepted = drafts.notice(case), drafts.notice(case, "accepted")
    assert longer == drafts.notice(case, "extended") != accepted and "已受理" in accepted

    assert drafted_of(case, "accepted", longer.replace("\n", "\r\n")) == accepted
    assert drafted_of(case, "nothing", accepted) == ""
    assert drafted_of(case, "extended", "") == longer
    assert drafted_of(case, "accepted", f"{longer}！") == f"{longer}！"


def test_a_notice_begins_with_what_its_reader_has_not_heard_yet(agency, clock):
    case, cast = extended(agency), Cast(agency)
    workflow.record_visit(case.no, by=agency.petition_officer, note="已面谈")
    workflow.record_inspection(case.no, by=agency.petition_officer, note="已查看现场")
    case = cast.act(case, "reply", "petition_officer")  # goes out by letter with that

    def begun() -> tuple[str, str]:
        form = desk("petition_officer").get(verb_of(case, "notify")).context["form"]
        told = {f.name: f.value for f in form.fields}
        return told["about"], told["text"]

    assert begun() == ("extended", drafts.notice(case, "extended"))
    cast.act(case, "notify", "petition_officer", about="extended")
    assert begun() == ("replied", drafts.notice(case, "replied"))


def test_what_is_told_of_many_cases_at_once_is_drafted_of_none(agency, clock):
    cases = [agency.contacted_case(external_no=no) for no in ("A", "B")]
    for case in cases:
        workflow.accept(case.no, by=agency.mediator)

    page = desk("mediator").post(
        "/admin/cases/case/",
        {"action": "bulk_notify", "_selected_action": [case.pk for case in cases]},
    )

    assert all(
        case.no not in field.value for field in page.context["form"].fields for case in cases
    )


@pytest.mark.parametrize("profile", ["amr", "council"])
def test_what_was_weighed_for_a_refusal_cites_its_own_article(agency, clock, profile):
    Unit.objects.update(org_profile=profile)
    case = agency.contacted_case()
    workflow.refuse(
        case.no, by=agency.mediator, ground="R3", explanation="数量异常",
        factors=["no_consumption", "volume"],
    )  # fmt: skip
    workflow.approve(case.no, by=agency.chief)

    notice = drafts.notice(case).splitlines()
    letter = facts.gather(case, form=Form.REFUSAL, party="", at=clock.now, said={})

    weighed = "综合考虑了下列因素：数量、频次明显超出保质期或者消费习惯；无真实消费。"
    law = "依照《市场监督管理投诉举报处理办法》第十七条，" if profile == "amr" else ""
    assert law + weighed in notice and letter["weighed"] == law + weighed
    assert sum("第十六条第（三）项" in line for line in notice) == (profile == "amr")
    assert words.ground(case.decisions.last()).endswith(
        "按§17考量：" + weighed.partition("：")[2][:-1]
    )
    places = letters.template(profile, Form.REFUSAL).places
    assert ("weighed" in places) == (profile == "amr"), "a council says why in words of its own"


def test_the_form_of_an_extension_says_in_which_unit_and_how_much_the_law_leaves(agency, clock):
    petition = in_hand(agency)
    report = agency.ticket(kind="report", unit="east")
    workflow.verify(report.no, by=agency.enforcer)

    def label_in(case: Case, who: str) -> str:
        form = desk(who).get(verb_of(case, "extend")).context["form"]
        return next(field.label for field in form.fields if field.name == "amount")

    assert label_in(petition, "petition_officer") == "延长（自然日，法定最多 30）"
    assert label_in(report, "enforcer") == "延长（工作日，法定最多 15）"
    with pytest.raises(Invalid) as refused:
        workflow.extend(
            report.no, by=agency.enforcer, rule="report.verify", reason="案情复杂", amount=16
        )
    assert refused.value.errors == {"amount": ["最多 15 个工作日。"]}
