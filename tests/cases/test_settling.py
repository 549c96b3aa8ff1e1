"""What the parties agreed on: whether it is written down, when it was performed; and two ratings."""

from datetime import date

import pytest
from django.http import QueryDict

from agency.core.errors import Invalid, RuleViolation
from cases import workflow
from cases.admin import drafts, words
from cases.admin.labels import VERBS
from cases.admin.verbs import VerbForm
from cases.completeness import missing
from cases.models import Case
from cases.workflow import documents
from tests.cases.test_admin import desk, page_of
from tests.cases.test_petitions import answered

pytestmark = pytest.mark.django_db

AGREED = {"agreement": "退款", "recovered_amount": "100"}


def form(case: Case, verb: str, user, **typed) -> VerbForm:
    asked = QueryDict(mutable=True)
    asked.update(typed)
    return VerbForm(VERBS[verb], Case.objects.get(pk=case.pk), user, typed=asked)


def shown(case: Case, who: str) -> str:
    return desk(who).get(page_of(case)).content.decode()


SAID = {
    "written": "100.00 · 制作调解书（由双方签名或者盖章）",
    "at_once": "100.00 · 调解书：已即时履行，不制作",
    "waived": "100.00 · 调解书：双方同意不制作",
    "": "100.00 · 尚未履行",
}


@pytest.mark.parametrize("paper", SAID)
def test_whatever_was_said_of_it_a_document_may_be_made_of_an_agreement(agency, clock, paper):
    """It need not be where it was performed at once or both want none; one may want it later."""
    case = agency.mediated_case()
    case = workflow.settle(case.no, by=agency.mediator, **AGREED, paper=paper)
    assert "mediation_document" in documents.offered(case)
    assert SAID[paper] in shown(case, "mediator")

    workflow.issue_document(case.no, by=agency.mediator, form="mediation_document")

    assert case.documents.filter(form="mediation_document").exists()


def test_the_page_asks_whether_a_document_is_made_and_presumes_nothing(agency, clock):
    case = agency.mediated_case()
    bare = form(case, "settle", agency.mediator, **AGREED)
    assert not bare.submit() and list(bare.errors) == ["paper"]
    asked = next(f for f in form(case, "settle", agency.mediator).fields if f.name == "paper")
    assert not asked.value and "" not in dict(asked.options)

    assert form(case, "settle", agency.mediator, **AGREED, paper="written").submit()

    assert "制作调解书（由双方签名或者盖章）" in shown(case, "mediator")


def test_the_document_that_both_sign_is_issued_before_the_end(agency, clock):
    case = agency.mediated_case()
    workflow.settle(case.no, by=agency.mediator, **AGREED, paper="written")
    workflow.confirm_performance(case.no, by=agency.mediator, amount="100", evidence_note="转账")
    case = workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    assert missing(case) == ["document"]
    assert "制发双方签名或者盖章的调解书" in shown(case, "mediator")
    with pytest.raises(RuleViolation, match="调解书"):
        workflow.close(case.no, by=agency.mediator, conclusion="已履行")

    case = workflow.issue_document(case.no, by=agency.mediator, form="mediation_document")

    assert missing(case) == []


def test_the_page_calls_recovered_what_was_paid_and_not_what_was_promised(agency, clock):
    case = agency.mediated_case()
    asked = {f.name: f.label for f in form(case, "settle", agency.mediator).fields}
    assert asked["recovered_amount"] == "协议金额（元）"

    case = workflow.settle(case.no, by=agency.mediator, **AGREED)
    promised = shown(case, "mediator")
    assert "协议金额 ¥100.00" in promised and "挽回损失" not in promised

    case = workflow.confirm_performance(
        case.no, by=agency.mediator, amount="100", evidence_note="转账"
    )
    assert "挽回损失 ¥100.00" in shown(case, "mediator")
    broken = workflow.settle(agency.mediated_case(external_no="B").no, by=agency.mediator, **AGREED)
    workflow.record_non_performance(broken.no, by=agency.mediator, explanation="拒绝退款")
    assert "达成协议 · 未履行 · 挽回损失 ¥0.00" in shown(broken, "mediator")


def test_what_is_performed_at_once_has_no_term(agency, clock):
    case = agency.mediated_case()

    with pytest.raises(Invalid) as refused:
        workflow.settle(
            case.no, by=agency.mediator, **AGREED, paper="at_once", due_on=date(2027, 1, 4)
        )

    assert list(refused.value.errors) == ["due_on"]


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 3, 6)])
def test_it_was_performed_on_a_day_since_the_agreement_and_not_to_come(agency, clock, day):
    case = agency.mediated_case()  # on 2 March
    workflow.settle(case.no, by=agency.mediator, **AGREED)
    clock.shift(days=3)

    with pytest.raises(Invalid) as refused:
        workflow.confirm_performance(
            case.no, by=agency.mediator, amount="100", evidence_note="转账", performed_on=day
        )

    assert list(refused.value.errors) == ["performed_on"]


def test_page_and_answer_say_on_which_day_it_was_performed(agency, clock):
    case = agency.mediated_case()
    workflow.settle(case.no, by=agency.mediator, **AGREED)
    clock.shift(days=3)
    said = {"amount": "100", "evidence_note": "转账截图", "performed_on": "2026-03-03"}

    assert form(case, "confirm_performance", agency.mediator, **said).submit()

    assert "2026-03-03 已履行 ¥100.00" in shown(case, "mediator")
    case.refresh_from_db()
    assert "2026-03-03已履行：100.00元" in drafts.reply(case)


# -- the rating of a petition -------------------------------------------------------------------


def test_a_petitioner_rates_the_unit_and_the_petition_department(agency, clock):
    case = answered(agency)
    asked = {f.name: dict(f.options) for f in form(case, "evaluate", agency.callback).fields}
    assert "unreached" not in asked["satisfaction"] | asked["office"]
    bare = form(case, "evaluate", agency.callback, satisfaction="satisfied")
    assert not bare.submit() and list(bare.errors) == ["office"]

    both = {"satisfaction": "satisfied", "office": "dissatisfied"}
    assert form(case, "evaluate", agency.callback, **both).submit()

    assert "对责任单位：满意 · 对信访部门：不满意" in shown(case, "leader")


def test_a_rating_that_comes_after_the_end_is_written_down_once(agency, clock):
    case = answered(agency)
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    workflow.close(case.no, by=agency.petition_officer, conclusion="办结", principle="educated")
    closed = workflow.approve(case.no, by=agency.leader)
    clock.shift(days=20)
    rated = {"satisfaction": "dissatisfied", "office": "satisfied"}
    assert "evaluate" in workflow.allowed(closed, agency.callback)

    after = workflow.evaluate(case.no, by=agency.callback, **rated)

    assert (after.state, after.closed_at) == ("closed", closed.closed_at)
    assert case.follow_ups.get(is_rating=True).satisfaction == "dissatisfied"
    assert "evaluate" not in workflow.allowed(after, agency.callback)
    with pytest.raises(RuleViolation):
        workflow.evaluate(case.no, by=agency.callback, **rated)


def test_a_rating_is_no_call_back(agency, clock):
    case = answered(agency)
    workflow.follow_up(case.no, by=agency.callback, satisfaction="dissatisfied", note="没解决")
    workflow.evaluate(case.no, by=agency.callback, satisfaction="satisfied", office="satisfied")
    workflow.close(case.no, by=agency.petition_officer, conclusion="办结", principle="educated")
    case.refresh_from_db()

    assert dict(words.proposed(case, case.pending))["回访"] == "不满意 · 没解决"
