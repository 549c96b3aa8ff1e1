"""Each kind's life, by the book, through the API from the phone call to the archive."""

import pytest

from agency.core import invariants
from tests.stories import clock_of

pytestmark = pytest.mark.django_db


class Life:
    """A case and who acts on it: ``life("accept", "mediator", notified_by="phone")``."""

    def __init__(self, agency, case):
        self.agency, self.case = agency, case

    def __call__(self, verb: str, who: str, *, expect: int = 200, **body) -> dict:
        status, answer = self.agency.client(who).post(f"cases/{self.case.no}/{verb}/", body)
        assert status == expect, (verb, status, answer)
        return answer

    @property
    def state(self) -> str:
        self.case.refresh_from_db()
        return self.case.state

    @property
    def missing(self) -> list[str]:
        return self.agency.client("auditor").get(f"cases/{self.case.no}/")[1]["missing"]


@pytest.fixture
def begin(agency, clock):
    def begin(**changes) -> Life:
        return Life(agency, agency.ticket(unit="east", **changes))

    yield begin
    assert invariants.check()[1] == []


def test_a_complaint_that_ends_in_a_performed_agreement(begin, clock):
    life = begin()
    assert set(life.missing) == {"responded", "contacted", "decided", "told"}
    life("respond", "mediator")
    life("contact", "mediator", outcome="reached", no_meeting_reason="电话沟通")
    life("accept", "mediator", notified_by="phone")
    assert clock_of(life.case, "complaint.accept").met_at == clock.now
    life("start_mediation", "mediator")
    life("pause", "mediator", reason="appraisal", institution="质检院")
    due = clock_of(life.case, "complaint.mediate").due_at
    clock.shift(days=21)
    life("resume", "mediator")
    assert (clock_of(life.case, "complaint.mediate").due_at - due).days in range(19, 25)
    life("settle", "mediator", agreement="退货退款", recovered_amount="1280.00")
    life("confirm_performance", "mediator", amount="1280.00", evidence_note="转账截图")
    assert life.missing == ["follow_up"]
    life("follow_up", "callback", satisfaction="satisfied")
    answer = life("close", "mediator", conclusion="已履行")
    assert answer["pending"]["verb"] == "close"
    life("approve", "chief")
    assert (life.state, life.case.result, str(life.case.recovered_amount)) == (
        "closed", "performed", "1280.00",
    )  # fmt: skip


def test_a_refused_complaint_needs_the_complainant_told(begin, clock):
    life = begin()
    life("contact", "mediator", outcome="reached", no_meeting_reason="电话沟通")
    life("refuse", "mediator", ground="R3", explanation="非生活消费", expect=400)
    life("refuse", "mediator", ground="R3", explanation="非生活消费", factors=["volume"])
    life("approve", "mediator", expect=403)
    life("approve", "chief")
    assert (life.state, life.missing) == ("rejected", ["told"])
    life("close", "mediator", conclusion="不予受理", expect=409)
    life("notify", "mediator", party="complainant", how="phone", text="可依法诉讼")
    assert clock_of(life.case, "complaint.accept").met_at == clock.now
    life("close", "mediator", conclusion="不予受理")
    life("approve", "chief")
    assert life.state == "closed"


def test_a_terminated_complaint_needs_both_parties_told(begin):
    life = begin()
    life("contact", "mediator", outcome="reached", no_meeting_reason="电话沟通")
    life("accept", "mediator", notified_by="phone")
    life("start_mediation", "mediator")
    life("terminate", "mediator", ground="T5", explanation="x", expect=409)
    life("terminate", "mediator", ground="T3", explanation="分歧过大")
    life("approve", "chief")
    assert life.missing == ["told_both"]
    life("notify", "mediator", party="complainant", how="phone", text="可诉讼")
    assert life.missing == ["told_both"]
    life("notify", "mediator", party="respondent", how="letter", text="可诉讼")
    assert life.missing == []


def test_a_report_that_is_filed_and_decided(begin, clock):
    life = begin(kind="report")
    life("respond", "enforcer")
    life("contact", "enforcer", outcome="reached", no_meeting_reason="电话核实")
    life("verify", "enforcer")
    life("verify", "enforcer", colleague="chief")
    life("extend", "enforcer", rule="report.verify", reason="案情复杂")
    life("approve", "leader")
    assert life.state == "extended"
    life("pause", "enforcer", reason="testing", institution="检测院")
    clock.shift(days=30)
    life("resume", "enforcer")
    life("file", "enforcer", reason="四项条件齐备", form_no="立审〔2026〕1号")
    life("approve", "chief", expect=409)
    life("approve", "leader")
    life("notify", "enforcer", party="complainant", how="phone", text="已立案")
    life("decide_case", "enforcer", decision="penalty", expect=400)
    life("decide_case", "enforcer", decision="penalty", document_no="市监罚〔2026〕1号")
    life("approve", "leader")
    life("close", "enforcer", conclusion="结案")
    life("approve", "chief", expect=409)  # the second of its two officers
    life("approve", "leader")
    assert (life.state, life.case.result) == ("closed", "filed")
    life("archive", "registrar")
    assert life.missing == []


def test_a_consultation_that_is_answered(begin):
    life = begin(kind="consultation")
    life("respond", "mediator")
    life("contact", "mediator", outcome="reached", no_meeting_reason="电话答复")
    assert life.missing == ["answer"]
    life("answer", "mediator", text="七日无理由退货的规定是……")
    life("close", "mediator", conclusion="已答复")
    assert (life.state, life.case.result) == ("closed", "answered")
    life("archive", "registrar")
    assert life.missing == [], "nothing is to be closed any more"


def test_a_petition_from_acceptance_to_its_four_principles(agency, begin):
    life = Life(agency, agency.ticket("petition", kind="petition"))
    assert set(life.missing) == {"told", "reply", "principle"}, "no minutes bind a petition"
    life("accept", "petition_officer", notified_by="letter")
    people = {"leader": "leader", "core_handler": "petition_officer", "callback": "callback"}
    same = people | {"callback": "petition_officer"}
    life("assign_triple", "petition_officer", expect=400, **same)
    life("assign_triple", "petition_officer", **people)
    life("reply", "petition_officer", opinion="supported", text="支持", expect=409)
    life("record_visit", "petition_officer", note="已面谈")
    life("record_inspection", "petition_officer", note="已查看现场")
    life("reply", "petition_officer", opinion="supported", text="支持")
    assert life.missing == ["principle"]
    life("close", "petition_officer", conclusion="办结", expect=400)
    life("close", "petition_officer", conclusion="办结", principle="resolved")
    life("approve", "leader")
    assert (life.state, life.case.result) == ("closed", "replied")
