"""The staff's pages: the list narrowed, an outlet applied for, and each verb as a form."""

import pytest
from django.test import Client

from outlets.models import Outlet
from tests.outlets.conftest import ALL_MET, NEW

pytestmark = pytest.mark.django_db

LIST = "/admin/outlets/outlet/"


@pytest.fixture
def desk(agency):
    def sit(username):
        http = Client(headers={"accept-language": "zh-hans"})
        http.force_login(getattr(agency, username))
        return http

    return sit


def test_the_life_of_an_outlet_in_forms(agency, clock, standard, desk):
    chief, leader = desk("chief"), desk("leader")
    wrong = chief.post(f"{LIST}add/", NEW | {"longitude": "114.06"}, secure=True)
    assert wrong.status_code == 400 and not Outlet.objects.exists()
    page = chief.post(f"{LIST}add/", NEW, secure=True).url

    typed = {"verb": "inspect", "inspectors": ["mediator", "chief"]}
    said = {f"checklist.{code}": "true" for code in ALL_MET}
    assert chief.post(page, typed, secure=True).status_code == 400
    assert chief.post(page, typed | said, secure=True).status_code == 302
    assert chief.post(page, {"verb": "file"}, secure=True).status_code == 409, "no form of theirs"
    assert leader.post(page, {"verb": "file"}, secure=True).status_code == 302

    outlet = Outlet.objects.get()
    assert (outlet.state, outlet.number) == ("filed", "消维站〔2026〕1号")
    text = leader.get(page, secure=True).content.decode()
    assert outlet.number in text and "核验人员" not in text.split("</h2>")[0]
    assert desk("auditor").post(page, {"verb": "file"}, secure=True).status_code == 403
    assert "137****7000" in desk("auditor").get(page, secure=True).content.decode()
    assert desk("mediator_b").get(page, secure=True).status_code == 404


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [("", 2), ("?state=active", 2), ("?state=late", 0), ("?state=suspended", 0), ("?type=mall", 1),
     ("?grade=A", 0), ("?unit=west", 1), ("?q=西门", 1), ("?state=expired", 0), ("?state=unmanned", 0)],
)  # fmt: skip
def test_the_list_is_narrowed(agency, standing, desk, narrowed, found):
    text = desk("supervisor").get(f"{LIST}{narrowed}", secure=True).content.decode()
    assert ("卓悦中心服务站" in text) + ("西门市场服务站" in text) == found
