"""An ODR enterprise from the application to its exit: who may, what it needs, how it does."""

from datetime import timedelta

import pytest
from django.test import Client

from agency.core import invariants
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import Access, Unit
from cases import workflow as cases
from cases.firms import respondents
from cases.models import Case
from cases.workflow import referrals
from outlets import odr_figures
from outlets.models import OdrEnterprise, OdrPaper
from outlets.workflow import firms
from tests.outlets.test_portal import Phone
from tests.papers import pdf, upload
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

NEW = {
    "code": "odr-new", "name": "净泉电器", "origin": "self", "unit": "east", "uscc": "91440300MA5EXAMPL1",
    "contact": "林一一", "phone": "13700137000",
}  # fmt: skip
ALL_MET = dict.fromkeys(["has_place", "has_staff", "has_computer", "has_phone", "has_system"], True)


@pytest.fixture(autouse=True)
def nothing_untrue(db):
    yield
    assert invariants.check()[1] == []


@pytest.fixture
def applied(agency, clock):
    return firms.apply_odr(by=agency.chief, **NEW)


def hand_in_all(by, code="odr-new"):
    for kind in OdrPaper.Kind:
        firms.add_paper(code, by=by, kind=kind, upload=upload(f"{kind}.pdf", pdf()))


def test_the_whole_life_of_a_firm(agency, clock, applied):
    unit = Unit.objects.get(code="odr-new")
    assert (unit.kind, unit.parent.code, unit.takes_referrals) == ("odr_enterprise", "east", False)
    with pytest.raises(RuleViolation, match="营业执照"):
        firms.admit("odr-new", by=agency.leader)
    hand_in_all(agency.registrar)
    firms.review("odr-new", by=agency.chief, **ALL_MET | {"has_phone": False})
    with pytest.raises(RuleViolation, match="条件"):
        firms.admit("odr-new", by=agency.leader)
    firms.review("odr-new", by=agency.leader, **ALL_MET)
    with pytest.raises(RuleViolation, match="评审"):
        firms.admit("odr-new", by=agency.leader)

    firms.review("odr-new", by=agency.mediator, **ALL_MET)
    firm = firms.admit("odr-new", by=agency.leader, account="ODR-0001")
    assert (firm.state, firm.admitted_on, firm.account) == ("active", clock.now.date(), "ODR-0001")
    unit.refresh_from_db()
    assert unit.takes_referrals

    firms.guide("odr-new", by=agency.mediator, kind="training", topic="平台操作", attended=4)
    assert firms.warn("odr-new", by=agency.chief, reason="两件超时").state == "warned"
    assert Unit.objects.get(code="odr-new").takes_referrals, "warned, it goes on"
    assert firms.suspend("odr-new", by=agency.leader, reason="不予处理").state == "suspended"
    assert not Unit.objects.get(code="odr-new").takes_referrals
    assert firms.restore("odr-new", by=agency.leader).state == "active"
    firm = firms.leave("odr-new", by=agency.leader, reason="企业申请")
    assert (firm.state, firm.exited_on) == ("exited", clock.now.date())
    assert not Unit.objects.get(code="odr-new").takes_referrals
    assert firm.events.order_by("pk").last().remark.text == "企业申请"
    with pytest.raises(RuleViolation):
        firms.restore("odr-new", by=agency.leader)


def test_who_may_not_and_who_sees_it_not(agency, applied):
    with pytest.raises(Forbidden):
        firms.apply_odr(by=agency.auditor, **NEW)
    with pytest.raises(Invalid, match="uscc"):
        firms.apply_odr(by=agency.chief, **NEW | {"code": "odr-other"})
    with pytest.raises(NotThere):
        firms.review("odr-new", by=agency.mediator_b, **ALL_MET)
    with pytest.raises(Forbidden):
        firms.warn("odr-new", by=agency.mediator, reason="超时")
    with pytest.raises(Invalid):
        firms.add_paper("odr-new", by=agency.chief, kind="licence", upload=upload("a.pdf", b"MZ"))
    assert not OdrPaper.objects.exists()


def test_a_firm_is_known_by_its_credit_code_whatever_it_is_called(agency, clock, standing):
    named = {"name": "华南旗舰店", "uscc": "91350200MA31T44U0P"}
    case = agency.ticket(merchant=named)
    units = list(Unit.objects.filter(kind="odr_enterprise"))
    assert respondents(case, units) == set()

    OdrEnterprise.objects.filter(unit__code="odr-a").update(uscc=named["uscc"])

    assert respondents(case, units) == {Unit.objects.get(code="odr-a").pk}


def test_the_negotiation_has_its_clock_beside_the_one_of_the_receipt(agency, clock, standing):
    case = agency.ticket(unit="east")
    cases.refer(case.no, by=agency.mediator, outlet="odr-a", consent=True)
    assert clock_of(case, "odr.negotiate").due_at.date() == (clock.now + timedelta(14)).date()
    with pytest.raises(RuleViolation):
        firms.leave("odr-a", by=agency.leader, reason="注销")

    clock.shift(days=3)
    cases.hand_up(case.no, by=agency.odr_a, reason="消费者不同意")

    assert clock_of(case, "complaint.accept").starts_at == case.arrived_at, "it ran all the time"


def test_how_a_firm_does(agency, clock, standing):
    """Settled after one day and complained of again, handed up after three, one nobody answered."""
    told = {"unit": "east", "merchant": {"name": "安心家电"}}
    sold, up, silent = (agency.ticket(**told) for _n in range(3))
    for case in (sold, up, silent):
        cases.refer(case.no, by=agency.mediator, outlet="odr-a", consent=True)
    clock.shift(days=1)
    cases.settle(sold.no, by=agency.odr_a, agreement="退货", recovered_amount="100.00")
    cases.follow_up(sold.no, by=agency.callback, satisfaction="satisfied")
    clock.shift(days=2)
    cases.hand_up(up.no, by=agency.odr_a, reason="不同意")
    clock.shift(days=12)
    sum(referrals.silent_to_bring_home())
    agency.ticket(**told)

    today = clock.now.date()
    told = odr_figures.of_a_year(agency.units["odr-a"].pk, today)
    assert (told.received, told.ended, told.answered) == (3, 3, 2)
    assert (told.settled, told.handed_up, told.silent, told.again) == (1, 1, 1, 1)
    assert [round(float(r), 2) for r in (told.response_rate, told.settlement_rate)] == [0.67, 0.33]
    assert str(told.mean_days) == "6.3", "1, 3 and 15 days"
    assert float(told.again_rate) == 1 and str(told.recovered_amount) == "100.00"
    empty = odr_figures.of_a_year(agency.units["outlet-a"].pk, today)
    assert empty.response_rate is None and empty.mean_days is None


def test_many_complaints_most_of_them_settled_are_worth_an_invitation(agency, settings, applied):
    settings.ODR_INVITE_COMPLAINTS = 2
    for name, results in {
        "甲": ["settled", "failed"],
        "乙": ["failed"],
        "丙": ["settled"] * 2,
    }.items():
        made = [agency.ticket(unit="west", merchant={"name": f"{name}商行"}) for _r in results]
        for case, result in zip(made, results, strict=True):
            Case.objects.filter(pk=case.pk).update(result=result, ended_at=case.arrived_at)
    settings.ODR_INVITE_SETTLED = 51

    [one] = odr_figures.worth_inviting(agency.supervisor)
    assert (one.merchant.name, one.complaints, one.settled) == ("丙商行", 2, 2)
    assert odr_figures.worth_inviting(agency.chief) == [], "among the complaints one sees"
    settings.ODR_INVITE_SETTLED = 50
    assert len(odr_figures.worth_inviting(agency.supervisor)) == 2
    firms.apply_odr(by=agency.leader, **NEW | {"code": "odr-3", "uscc": "", "name": "丙商行"})
    assert [i.merchant.name for i in odr_figures.worth_inviting(agency.supervisor)] == ["甲商行"]


def test_the_api_tells_and_does_the_same(agency, clock, standing):
    leader, firm, outlet = (agency.client(n) for n in ("leader", "odr_a", "outlet_a"))
    status, made = leader.post("odr-enterprises/", NEW)
    assert (
        status == 201 and made["state"] == "applied" and made["contact"]["phone"] == "13700137000"
    )
    assert leader.post("odr-enterprises/", NEW | {"origin": "x"})[0] == 400
    assert leader.post("odr-enterprises/odr-new/admit/")[0] == 409
    assert leader.get("odr-enterprises/", state="active")[1]["results"][0]["code"] == "odr-a"

    status, own = firm.get("odr-enterprises/odr-a/")
    assert status == 200 and own["allowed"] == ["add_paper"] and own["events"][0]["actor"] is None
    assert [row["code"] for row in firm.get("odr-enterprises/")[1]["results"]] == ["odr-a"]
    assert firm.get("odr-enterprises/odr-new/") == firm.get("odr-enterprises/nowhere/")
    assert firm.response.status_code == 404 and outlet.get("odr-enterprises/odr-a/")[0] == 403
    assert leader.get("odr-suggestions/") == (200, [])


def test_a_firm_hands_in_its_papers_on_the_portal_and_reads_how_it_does(agency, standing):
    phone = Phone(agency.odr_a)
    assert phone.get("firm/") == 200 and "营业执照" in phone.text and "安心家电" in phone.text
    assert phone.post("firm/", kind="licence", file=upload("a.pdf", b"x")) == 400
    assert phone.post("firm/", kind="licence", file=upload("a.pdf", pdf())) == 302
    paper = OdrPaper.objects.get()
    assert paper.by == agency.odr_a
    address = f"/api/v1/odr-enterprises/odr-a/attachments/{paper.pk}/"
    assert phone.http.get(address, secure=True).status_code == 200
    assert Access.objects.get(by=agency.odr_a).what == "paper"
    assert Phone(agency.outlet_a).get("firm/") == 403


def test_the_life_of_a_firm_in_forms(agency, clock, applied):
    desk, chief = Client(headers={"accept-language": "zh-hans"}), Client()
    desk.force_login(agency.leader)
    chief.force_login(agency.chief)
    page = f"/admin/outlets/odrenterprise/{applied.pk}/change/"
    text = desk.get(page, secure=True).content.decode()
    assert "净泉电器" in text and "13700137000" in text
    said = {"verb": "review"} | dict.fromkeys(ALL_MET, "true")
    assert chief.post(page, {"verb": "review"}, secure=True).status_code == 400
    assert chief.post(page, said, secure=True).status_code == 302
    paper = {"verb": "add_paper", "kind": "licence", "file": upload("a.pdf", pdf())}
    assert chief.post(page, paper, secure=True).status_code == 302
    assert desk.post(page, {"verb": "admit"}, secure=True).status_code == 400, "papers are missing"
    assert chief.post(page, {"verb": "admit"}, secure=True).status_code == 409, "no form of theirs"
    assert desk.get("/admin/outlets/odrenterprise/?state=working", secure=True).status_code == 200
    assert desk.get("/admin/outlets/odrenterprise/invite/", secure=True).status_code == 200
    made = desk.post("/admin/outlets/odrenterprise/add/", NEW | {"code": "o-2", "uscc": ""}, secure=True)  # fmt: skip
    assert made.status_code == 302 and OdrEnterprise.objects.filter(unit__code="o-2").exists()
