"""The registration form reads what people write as the imports read it."""

import re

import pytest
from django.urls import reverse

from cases.models import Case, Consumer
from tests.cases.test_admin import desk, form

pytestmark = pytest.mark.django_db

REGISTER = reverse("admin:cases_case_add")


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1280", "1280.00"),
        ("1,280元", "1280.00"),
        ("¥1280.5", "1280.50"),
        ("1.28万", "12800.00"),
        ("１２８０圆整", "1280.00"),
        (" ", None),
    ],
)
def test_an_amount_is_read_as_in_a_file(agency, clock, typed, amount):
    desk("registrar").post(REGISTER, form(amount=typed))

    found = Case.objects.get().amount
    assert (found and str(found)) == amount


@pytest.mark.parametrize("typed", ["一千元", "1e3", "1,28", "-5", "1.001"])
def test_what_is_no_amount_is_told_in_words_for_people(agency, clock, typed):
    response = desk("registrar").post(REGISTER, form(amount=typed))

    [said] = response.context["form"].errors["amount"]
    assert "接口" not in said and "string" not in said
    assert f'value="{typed}"' in response.content.decode()


@pytest.mark.parametrize(
    ("kind", "demand", "amount", "publish"),
    [
        ("complaint", "退款", "1280.00", True),
        ("report", "", "None", False),
        ("consultation", "退款", "1280.00", False),
        ("petition", "退款", "1280.00", False),
    ],
)
def test_a_kind_keeps_only_what_it_is_asked_for(agency, clock, kind, demand, amount, publish):
    told = form(kind=kind, demand="退款", **{"consents.publish": "on"})
    desk("registrar").post(REGISTER, told)

    case = Case.objects.get()
    assert (case.demand, str(case.amount), case.consents_to_publish) == (demand, amount, publish)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("complaint", {"投诉人", "被投诉人", "投诉内容"}),
        ("report", {"举报人（保密，匿名的留空）", "被举报人", "举报内容"}),
        ("consultation", {"咨询人", "所咨询的经营者", "咨询问题"}),
        ("petition", {"信访人", "所涉经营者", "信访事项"}),
    ],
)
def test_the_form_speaks_of_the_chosen_kind(agency, clock, kind, words):
    page = desk("registrar").post(REGISTER, form(kind=kind, title="")).text

    shown = set(re.findall(r'<span data-kinds="\w+" >([^<]+)</span>', page))
    assert shown == words


def test_a_wide_telephone_number_is_a_telephone_number(agency, clock):
    desk("registrar").post(REGISTER, form(**{"consumer.phone": "１３８００１３８０００"}))

    assert Consumer.objects.get().phone == "+8613800138000"
