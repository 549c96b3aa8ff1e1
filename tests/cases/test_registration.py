"""The registration form reads what people write as the imports read it."""

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


def test_a_wide_telephone_number_is_a_telephone_number(agency, clock):
    desk("registrar").post(REGISTER, form(**{"consumer.phone": "１３８００１３８０００"}))

    assert Consumer.objects.get().phone == "+8613800138000"
