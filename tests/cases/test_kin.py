"""A complaint and a report that came together: nobody learns from one whose the other is."""

import pytest
from django.test import Client
from django.urls import reverse

from agency.core import invariants
from agency.core.errors import Forbidden, NotThere, RuleViolation
from agency.core.models import User
from cases import kin, reveal, workflow
from cases.models import Case, Category
from tests.cases.test_kept import SECRETS, dumped
from tests.stories import Agency

pytestmark = pytest.mark.django_db

WHO = {
    "name": "欧阳小满", "phone": "13912345678", "id_number": "11010519491231002X",
    "address": "海淀区银杏胡同7号",
}  # fmt: skip
TOLD = f"我是{WHO['name']}，电话{WHO['phone']}，该店无照经营"


def person_is_known(agency, case: Case) -> list[str]:
    """Who reads the citizen's name of the case in plain."""
    found = []
    for user in User.objects.filter(is_active=True):
        try:
            reveal.reveal(case.no, by=user, field="consumer.name", reason="联系")
        except (Forbidden, NotThere, RuleViolation):
            continue
        found.append(user.username)
    return found


@pytest.mark.parametrize("who", ["dispatcher", "registrar"])
def test_no_desk_makes_a_complainant_of_a_reporter(agency, clock, who):
    report = agency.ticket(unit="east", kind="report", consumer=WHO, narrative=TOLD)
    desk = agency.client(who)

    status, _answer = desk.post(f"cases/{report.no}/split/")

    complaint = report.offspring.get()
    assert (status, complaint.kind, complaint.consumer) == (200, "complaint", None)
    assert person_is_known(agency, complaint) == []
    assert desk.post("cases/lookup/", {"phone": WHO["phone"]})[1]["results"] == []
    desk.get(f"cases/{complaint.no}/")
    told = desk.response.content.decode()
    assert [word for word in ("欧阳", "5678", "0002X", "银杏") if word in told] == []


def test_who_complains_is_asked_and_added(agency, clock):
    report = agency.ticket(unit="east", kind="report", consumer=WHO)
    workflow.split(report.no, by=agency.dispatcher)
    complaint = report.offspring.get()

    asked = {"name": "林一一", "phone": "+8613700137000", "reason": "电话询问本人"}
    workflow.supplement(complaint.no, by=agency.mediator, **asked)

    complaint.refresh_from_db()
    assert complaint.consumer.name == "林一一"
    assert complaint.deadlines.filter(rule__code="complaint.accept").exists()


@pytest.mark.parametrize(("kind", "other"), [("complaint", "举报"), ("report", "投诉")])
def test_in_a_list_no_half_is_known_by_the_other_s_title(agency, clock, kind, other):
    """Whoever knows who complains would know from it who reported."""
    titles, category = [], Category.objects.first()
    for said in ({"merchant": {"name": "动力健身中心"}}, {"merchant": None}):
        case = agency.ticket(unit="east", kind=kind, consumer=WHO, title="夜里做豆腐", **said)
        Case.objects.filter(pk=case.pk).update(category=category if said["merchant"] else None)
        workflow.split(case.no, by=agency.dispatcher)
        titles.append(case.offspring.get().title)

    case.refresh_from_db()
    assert case.title == "夜里做豆腐"
    assert titles == [f"{category.name_zh} · 动力健身中心", other]


# -- nobody is led from one to the other --------------------------------------------------------


def split(agency) -> tuple[Case, Case]:
    case = agency.ticket(unit="east", consumer=WHO, narrative=TOLD)
    workflow.split(case.no, by=agency.dispatcher)
    return case, case.offspring.get()


def converted(agency) -> tuple[Case, Case]:
    case = agency.ticket("hotline", unit="east", kind="consultation", consumer=WHO, narrative=TOLD)
    workflow.contact(
        case.no, by=agency.dispatcher, outcome="reached", no_meeting_reason="x", note=TOLD
    )
    workflow.convert(case.no, by=agency.dispatcher, kind="report", text=f"请{TOLD}")
    return case, case.offspring.get()


def routed(agency) -> tuple[Case, Case]:
    case = agency.ticket("petition", unit="east", kind="petition", consumer=WHO, narrative=TOLD)
    workflow.route(case.no, by=agency.petition_officer, to="report", text=f"告知{TOLD}")
    return case, case.offspring.get()


BRANCHES = [split, converted, routed]
BRANCHINGS = pytest.mark.parametrize("branch", BRANCHES)


def told_to(username: str, case: Case) -> str:
    """All that the case's page and the API tell them of it."""
    return page_to(username, case) + api_to(username, case)


def page_to(username: str, case: Case) -> str:
    http = Client()
    http.force_login(User.objects.get(username=username))
    return http.get(reverse("admin:cases_case_change", args=[case.pk])).text


def api_to(username: str, case: Case) -> str:
    api = Agency.client(None, username)
    api.get(f"cases/{case.no}/")
    return api.response.content.decode()


@BRANCHINGS
def test_nobody_is_led_from_a_report_to_who_sent_it_nor_back(agency, clock, branch):
    """Each opens the page of one of the branchings, and asks the API of the others."""
    case, report = branch(agency)

    for turn, who in enumerate(
        ("registrar", "leader", "supervisor", "callback", "auditor", "analyst", "mediator",
         "chief", "enforcer"), start=BRANCHES.index(branch),
    ):  # fmt: skip
        door = api_to if turn % len(BRANCHES) else page_to
        assert report.no not in door(who, case), who
        assert case.no not in door(who, report), who
        assert kin.of(case, getattr(agency, who)) == kin.of(report, getattr(agency, who)) == []


@BRANCHINGS
def test_the_custodian_and_who_made_one_of_the_other_know(agency, clock, branch):
    case, report = branch(agency)
    maker = "petition_officer" if branch is routed else "dispatcher"

    for who in ("custodian", maker):
        assert report.no in told_to(who, case), who
        assert case.no in told_to(who, report), who


def test_an_outlet_hears_of_no_report_from_a_complaint(agency, clock):
    case, report = split(agency)
    Case.objects.filter(pk=case.pk).update(unit=agency.units["outlet-a"])

    outlet = agency.client("outlet_a")

    assert outlet.get(f"cases/{case.no}/")[0] == 200
    assert report.no not in outlet.response.content.decode()


def test_a_complaint_without_a_report_looks_like_one_with(agency, clock):
    """Not even that it was split is told."""
    case, _report = split(agency)

    events = agency.client("chief").get(f"cases/{case.no}/")[1]["events"]

    assert [event["kind"] for event in events if event["kind"] == "split"] == []


@pytest.mark.parametrize("branch", [converted, routed])
def test_who_asked_first_and_reports_then_is_known_in_the_report_alone(agency, clock, branch):
    case, report = branch(agency)

    case.refresh_from_db()
    assert (case.consumer, report.reporter.name) == (None, WHO["name"])
    assert TOLD in report.reporter.told
    assert [word for word in SECRETS if word in dumped()] == []
    for number in ({"phone": WHO["phone"]}, {"id_number": WHO["id_number"]}):
        assert agency.client("registrar").post("cases/lookup/", number)[1]["results"] == []
    for who in ("mediator", "chief", "dispatcher", "auditor"):
        page = told_to(who, case)
        assert [word for word in ("欧阳", "5678", "0002X", "银杏") if word in page] == []
    assert invariants.check()[1] == []
