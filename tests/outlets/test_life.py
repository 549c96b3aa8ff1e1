"""An outlet from the application to the plaque handed back: who may, what it needs, what it leaves."""

from datetime import date, timedelta

import pytest

from agency.core import deadlines, invariants
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Unit
from cases import workflow as cases
from outlets import standards, workflow
from outlets.models import Outlet, OutletDeadline, Standard, StandardItem
from tests.outlets.conftest import ALL_MET, NEW

pytestmark = pytest.mark.django_db

YEAR = {"timeliness": 90, "success": 80, "satisfaction": 100, "ledger": 50, "publicity": 0}


@pytest.fixture(autouse=True)
def nothing_untrue(db):
    yield
    assert invariants.check()[1] == []


def kinds(outlet) -> list[str]:
    return list(outlet.events.order_by("pk").values_list("kind", flat=True))


def test_the_whole_life_of_an_outlet(agency, clock, applied):
    unit = Unit.objects.get(code="hall-1")
    assert (unit.kind, unit.parent.code, unit.takes_referrals) == ("outlet", "east", False)

    workflow.inspect("hall-1", by=agency.chief, inspectors=["mediator", "chief"], checklist=ALL_MET)
    outlet = workflow.file("hall-1", by=agency.leader)
    assert (outlet.state, outlet.number) == ("filed", "消维站〔2026〕1号")
    assert (outlet.filed_on, outlet.valid_until) == (date(2026, 3, 2), date(2029, 3, 2))
    assert Unit.objects.get(code="hall-1").takes_referrals

    outlet = workflow.assess("hall-1", by=agency.chief, year=2026, scores=YEAR)
    assert (outlet.state, outlet.grade) == ("rated", "C")
    assert str(outlet.assessments.get().score) == "74.5", "27 + 20 + 20 + 7.5 + 0"

    workflow.suspend("hall-1", by=agency.leader, reason="投诉不处理")
    assert not Unit.objects.get(code="hall-1").takes_referrals
    repair = OutletDeadline.objects.get(rule__code="outlet.repair")
    assert repair.due_at.date() == date(2026, 4, 1), "30 days, the first not counted"

    workflow.resume("hall-1", by=agency.leader)
    repair.refresh_from_db()
    assert repair.met_at == clock.now

    outlet = workflow.withdraw("hall-1", by=agency.leader, reason="迁址")
    assert (outlet.state, outlet.withdrawn_on, outlet.next_report_on) == (
        "withdrawn",
        date(2026, 3, 2),
        None,
    )
    assert kinds(outlet) == [
        "applied", "inspected", "filed", "rated", "suspended", "resumed", "withdrawn",
    ]  # fmt: skip
    assert not Unit.objects.get(code="hall-1").takes_referrals


def test_two_different_people_visit_and_a_third_files(agency, applied):
    visit = {"by": agency.chief, "checklist": ALL_MET}
    with pytest.raises(RuleViolation):
        workflow.inspect("hall-1", inspectors=["chief", "chief"], **visit)
    with pytest.raises(Invalid):
        workflow.inspect("hall-1", inspectors=["chief", "mediator_b"], **visit)
    workflow.inspect("hall-1", inspectors=["chief", "leader"], **visit)
    with pytest.raises(RuleViolation, match="核验人员"):
        workflow.file("hall-1", by=agency.leader)


def test_what_was_not_in_order_is_not_filed(agency, applied):
    visit = {"by": agency.chief, "inspectors": ["mediator", "chief"]}
    with pytest.raises(Invalid) as refused:
        workflow.inspect("hall-1", checklist={"rules": True, "roof": True}, **visit)
    assert {"checklist.roof", "checklist.place"} <= set(refused.value.errors)

    workflow.inspect("hall-1", checklist=ALL_MET | {"signs": False}, **visit)
    with pytest.raises(RuleViolation):
        workflow.file("hall-1", by=agency.leader)
    assert workflow.reject("hall-1", by=agency.leader, reason="无场地").state == "rejected"


def test_a_term_is_renewed_after_another_visit_and_keeps_its_number(agency, clock, filed):
    clock.shift(timedelta(days=3 * 365))
    with pytest.raises(RuleViolation):
        workflow.file("hall-1", by=agency.leader)
    workflow.inspect("hall-1", by=agency.chief, inspectors=["mediator", "chief"], checklist=ALL_MET)

    outlet = workflow.file("hall-1", by=agency.leader)

    assert (outlet.number, outlet.filed_on) == (filed.number, filed.filed_on)
    assert outlet.valid_until == date(2032, 3, 1)


def test_nothing_is_withdrawn_while_a_case_is_out_with_it(agency, standing):
    case = agency.ticket(unit="east")
    cases.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)
    with pytest.raises(RuleViolation):
        workflow.withdraw("outlet-a", by=agency.leader, reason="迁址")

    cases.recall(case.no, by=agency.mediator, reason="消费者要求")
    workflow.withdraw("outlet-a", by=agency.leader, reason="迁址")
    with pytest.raises(RuleViolation):
        cases.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)


def test_a_year_is_assessed_once_and_item_by_item(agency, filed):
    with pytest.raises(Invalid):
        workflow.assess("hall-1", by=agency.chief, year=2026, scores=YEAR | {"ledger": 101})
    workflow.assess("hall-1", by=agency.chief, year=2026, scores=YEAR)
    with pytest.raises(RuleViolation):
        workflow.assess("hall-1", by=agency.chief, year=2026, scores=YEAR)


@pytest.mark.parametrize(
    ("points", "grade"), [(100, "A"), (90, "A"), (89, "B"), (75, "B"), (74, "C"), (60, "C"), (59, "D"), (0, "D")],
)  # fmt: skip
def test_the_grade_is_the_best_whose_threshold_is_reached(standard, points, grade):
    assert Standard.objects.get().grade_of(points) == grade


def test_the_standard_has_three_unified_five_dedicated_and_one_system(standard, tmp_path):
    parts = list(StandardItem.objects.values_list("part", flat=True))
    assert [parts.count(p) for p in ("unified", "dedicated", "system")] == [3, 5, 1]
    assert standards.load() == (0, 1), "what stands stays"

    text = standards.STANDARDS.read_text(encoding="utf-8").replace("db4403-321", "local-1")
    ours = tmp_path / "ours.csv"
    ours.write_text(text, encoding="utf-8")
    assert standards.load(ours) == (1, 2), "a local one stands beside it"
    ours.write_text(text.replace(",30,", ",31,").replace("2023,", "2024,"), encoding="utf-8")
    with pytest.raises(standards.Faulty):
        standards.load(ours)


def test_active_on_a_day_is_what_was_on_file_and_not_withdrawn_by_then(agency, clock, filed):
    day = date(2026, 3, 2)
    assert Outlet.objects.active_on(day).count() == 1
    assert not Outlet.objects.active_on(day - timedelta(days=1)).exists()
    clock.shift(days=10)
    workflow.withdraw("hall-1", by=agency.leader, reason="注销")
    assert Outlet.objects.active_on(day + timedelta(days=9)).exists()
    assert not Outlet.objects.active_on(day + timedelta(days=10)).exists()


def test_whoever_serves_there_is_sealed_and_trained(agency, filed):
    workflow.add_staff("hall-1", by=agency.chief, name="欧阳小满", phone="13912345678")
    person = filed.staff.order_by("pk").last()
    workflow.train("hall-1", by=agency.chief, staff=person.pk, topic="三包规定", passed=True)
    assert person.masked() == {"name": "欧阳**", "phone": "139****5678"}
    assert person.trainings.get().passed


# -- the API ----------------------------------------------------------------------------


def test_the_life_through_the_api(agency, clock, standard):
    chief, leader = agency.client("chief"), agency.client("leader")
    status, told = chief.post("outlets/", NEW)
    assert (status, told["state"], told["unit"]) == (201, "applied", "east")
    assert told["allowed"] == ["inspect", "add_staff", "end_staff", "train"]

    checklist = {item["code"]: True for item in told["standard"]["checklist"]}
    body = {"inspectors": ["mediator", "chief"], "checklist": checklist}
    assert chief.post("outlets/hall-1/inspect/", body)[1]["state"] == "inspected"
    assert chief.post("outlets/hall-1/file/")[0] == 403
    status, told = leader.post("outlets/hall-1/file/", {})
    assert (status, told["state"], told["liaison"]["phone"]) == (200, "filed", "13700137000")
    assert leader.post("outlets/hall-1/reject/", {"reason": "x"})[0] == 409
    scores = {item["code"]: 90 for item in told["standard"]["assessed"]}
    told = chief.post("outlets/hall-1/assess/", {"year": 2026, "scores": scores})[1]
    assert (told["state"], told["grade"]) == ("rated", "A")
    assert leader.post("outlets/hall-1/suspend/", {"reason": "整改"})[1]["state"] == "suspended"
    assert leader.post("outlets/hall-1/resume/", {})[1]["state"] == "filed"
    assert leader.post("outlets/hall-1/withdraw/", {"reason": "注销"})[1]["state"] == "withdrawn"

    assert chief.post("outlets/", NEW)[1]["errors"] == {"code": ["这个编码已被使用。"]}
    assert chief.post("outlets/", NEW | {"unit": "west", "code": "x"})[0] == 400
    assert agency.client("analyst").get("outlets/hall-1/")[1]["liaison"]["phone"] == "137****7000"


def test_an_outlet_sees_itself_and_nobody_else(agency, standing):
    mine = agency.client("outlet_a")
    assert [row["code"] for row in mine.get("outlets/")[1]["results"]] == ["outlet-a"]
    assert mine.get("outlets/outlet-a/")[0] == 200
    gone, foreign = mine.get("outlets/nowhere/"), mine.get("outlets/outlet-b/")
    assert gone == foreign and gone[0] == 404
    assert agency.client("odr_a").get("outlets/")[0] == 403
    both = agency.client("supervisor").get("outlets/", active_on="2026-03-02")[1]["results"]
    assert {row["code"] for row in both} == {"outlet-a", "outlet-b"}
    assert deadlines.sweep().swept == 0
