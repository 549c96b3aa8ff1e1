"""A complaint and a report that came together: nobody learns from one whose the other is."""

import pytest

from agency.core.errors import Forbidden, NotThere, RuleViolation
from agency.core.models import User
from cases import reveal, workflow
from cases.models import Case

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
