"""Two shops of one name: each case tells of its own."""

import pytest
from django.test import Client

from cases import intake, workflow
from cases.letters import facts
from cases.models import Case, Merchant

pytestmark = pytest.mark.django_db

SIMING = {"name": "沙县小吃", "address": "思明区湖滨南路1号", "phone": "0592-2222222"}
XIANGAN = {"name": "沙县小吃", "address": "翔安区新店镇88号", "phone": "0592-7777777"}


def printed(case) -> tuple[str, str]:
    """What the forms say of the merchant."""
    told = facts._of_people(Case.objects.get(pk=case.pk))
    return told["merchant_address"], told["merchant_phone"]


def test_a_letter_gives_the_address_that_was_said_in_its_own_case(agency):
    first, second = (agency.ticket(unit="east", merchant=shop) for shop in (SIMING, XIANGAN))

    assert printed(first) == ("思明区湖滨南路1号", "0592-2222222")
    assert printed(second) == ("翔安区新店镇88号", "0592-7777777")


def test_the_page_shows_it_and_still_counts_both_as_one(agency):
    agency.ticket(unit="east", merchant=SIMING)
    case = agency.ticket(unit="east", merchant=XIANGAN)

    http = Client()
    http.force_login(agency.mediator)
    page = http.get(f"/admin/cases/case/{case.pk}/change/").content.decode()

    assert ("翔安" in page, "湖滨" in page) == (True, False)
    assert Merchant.objects.count() == 1


def test_in_one_batch_each_row_keeps_its_own(agency):
    minyi = agency.channels["minyi"]
    rows = [agency.submission(merchant=shop) for shop in (SIMING, XIANGAN, {"name": "沙县小吃"})]

    intake.register_many(rows, channel=minyi, by=minyi.client)

    told = Case.objects.order_by("pk").values_list("merchant_address", flat=True)
    assert list(told) == [SIMING["address"], XIANGAN["address"], ""]


def test_the_other_half_of_a_submission_takes_it_along(agency):
    agency.ticket(unit="east", merchant=SIMING)
    case = agency.contacted_case(merchant=XIANGAN)

    workflow.split(case.no, by=agency.registrar)

    assert printed(case.offspring.get())[0] == XIANGAN["address"]
