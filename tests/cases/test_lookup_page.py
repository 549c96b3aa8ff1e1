"""The page that looks a citizen up: by number alone, on record, and never by an address."""

import pytest
from django.test import Client
from django.urls import reverse

from agency.core.models import Access
from agency.core.roles import STAFF
from cases import workflow
from tests.cases.test_lookup import ID_NUMBER, OTHER, PHONE, WHO

PAGE = reverse("admin:cases_case_lookup")
AUDITED = "/admin/core/access/"
MAY = set("registrar dispatcher mediator enforcer petition_officer chief leader".split())


def http(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def asked(user, number: str):
    return http(user).post(PAGE, {"number": number})


@pytest.mark.parametrize("number", [PHONE, "139 1234 5678", "＋86 13912345678", ID_NUMBER.lower()])
def test_a_citizen_s_cases_are_shown_masked(agency, clock, number):
    case = agency.ticket(unit="east", title=f"欧阳小满：{PHONE}无人接", consumer=WHO)
    agency.ticket(unit="east", consumer=OTHER)
    agency.ticket(unit="west", consumer=WHO)

    page = asked(agency.mediator, number).content.decode()

    assert case.no in page and "欧阳**：139****5678无人接" in page and "共 1 件" in page
    assert not [told for told in (PHONE, ID_NUMBER, "小满") if told in page]
    row = Access.objects.get()
    assert (row.kind, row.by, row.found) == ("looked_up", agency.mediator, 1)


def test_nobody_s_number_is_answered_like_a_reporter_s(agency, clock):
    agency.ticket(unit="east", kind="report", consumer=WHO)

    pages = [asked(agency.mediator, number) for number in (PHONE, "13700000000")]

    assert "没有这位群众的案件" in pages[0].content.decode()
    said = [page.content.decode().split("<main")[-1].split('class="sheet"')[1] for page in pages]
    assert _without_token(said[0]) == _without_token(said[1])


def _without_token(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]


@pytest.mark.parametrize("number", ["", "139", "110101", "11010519491231002", "欧阳小满"])
def test_what_is_no_number_is_said_and_leaves_no_row(agency, number):
    answer = asked(agency.mediator, number)

    assert answer.status_code == 400 and 'role="alert"' in answer.content.decode()
    assert not Access.objects.exists()


def test_an_address_is_never_asked(agency, clock):
    agency.ticket(unit="east", consumer=WHO)

    page = http(agency.mediator).get(PAGE, {"number": PHONE}).content.decode()

    assert PHONE not in page and not Access.objects.exists()


@pytest.mark.parametrize("role", sorted(STAFF))
def test_whose_work_it_is_has_the_page(agency, role):
    from agency.core.models import User

    user = User.objects.get(username=role)
    link = f'href="{PAGE}"'

    assert http(user).get(PAGE).status_code == (200 if role in MAY else 403)
    assert asked(user, PHONE).status_code == (200 if role in MAY else 403)
    assert (link in http(user).get("/admin/").content.decode()) == (role in MAY)


def test_trying_numbers_is_braked(agency, clock, settings):
    settings.LOOKUPS_AN_HOUR = 2
    for _try in range(2):
        assert asked(agency.mediator, PHONE).status_code == 200

    page = asked(agency.mediator, PHONE)

    assert page.status_code == 400 and "2 个号码" in page.content.decode()
    assert agency.client("mediator").post("cases/lookup/", {"phone": PHONE})[0] == 409
    assert agency.client("chief").post("cases/lookup/", {"phone": PHONE})[0] == 200
    assert Access.objects.filter(by=agency.mediator).count() == 2
    clock.shift(minutes=61)
    assert asked(agency.mediator, PHONE).status_code == 200


def looked_up(agency, case) -> list[Access]:
    """What the auditor finds by the number of the case."""
    page = http(agency.auditor).get(AUDITED, {"q": case.no})
    return list(page.context["cl"].result_list)


def test_the_auditor_finds_by_a_case_who_looked_its_citizen_up(agency, clock):
    first = agency.ticket(unit="east", consumer=WHO)
    second = agency.ticket(unit="east", consumer=WHO)
    foreign = agency.ticket(unit="west", consumer=WHO)
    other = agency.ticket(unit="east", consumer=OTHER)

    asked(agency.mediator, PHONE)

    row = Access.objects.get()
    assert looked_up(agency, first) == looked_up(agency, second) == [row]
    assert looked_up(agency, foreign) == looked_up(agency, other) == []
    page = http(agency.auditor).get(AUDITED).content.decode()
    assert not [case.no for case in (first, second) if case.no in page], "they are one citizen's"


def test_no_look_up_leads_from_what_became_a_report_to_their_other_cases(agency, clock):
    question = agency.ticket(unit="east", kind="consultation", consumer=WHO)
    beside = agency.ticket(unit="east", consumer=WHO)
    asked(agency.mediator, PHONE)

    workflow.convert(question.no, by=agency.registrar, kind="report")

    assert looked_up(agency, question) == [] != looked_up(agency, beside)


@pytest.mark.parametrize("number", [PHONE, "139 1234 5678", ID_NUMBER, f"2026-03-01 {PHONE}"])
@pytest.mark.parametrize("page", [AUDITED, "/admin/core/audit/"])
def test_a_number_typed_on_the_auditor_s_pages_leaves_the_address_and_is_answered(
    agency, clock, page, number
):
    asked(agency.mediator, PHONE)

    answer = http(agency.auditor).get(page, {"q": number}, follow=True)

    assert answer.redirect_chain == [(page, 302)]
    told = answer.content.decode()
    assert "此处不按电话或身份证号查询" in told and agency.mediator.name in told
    assert 'id="lookup"' in told and "data-anyway" not in told


@pytest.mark.parametrize("words", ["#135 2026-03-02", "2026-03-02 mediator"])
def test_a_row_or_person_of_a_day_is_no_citizen_s_number(agency, clock, words):
    assert http(agency.auditor).get("/admin/core/audit/", {"q": words}).status_code == 200
