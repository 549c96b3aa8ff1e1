"""The platform's number is masked nowhere: none is taken that names somebody."""

import json

import pytest

from cases.models import Ticket
from tests.cases.test_bad_input import KEY, changed

pytestmark = pytest.mark.django_db

WHO = {"name": "上官碧琳", "phone": "13812349876", "id_number": "11010519491231002X"}
NAME = "平台编号中含有当事人姓名，会在各处列表显示，请改用不含姓名的编号。"
NUMBER = "平台编号中含有电话号码或身份证号，会在各处列表显示，请改用不含号码的编号。"


def sent(agency, number: str, **who):
    body = changed(kind="report", external_no=number, consumer=WHO | who)
    return agency.channel_client("web").post("tickets/", body, key=KEY)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("JB-上官碧琳-01", NAME),
        ("JB-碧琳", NAME),
        ("JB-上官女士", NAME),
        ("JB-13812349876", NUMBER),
        ("JB13812349876", NUMBER),
        ("ab13812349876cd", NUMBER),
        ("2026030213812349876", NUMBER),
        ("JB-138-1234-9876", NUMBER),
        ("JB-１３８１２３４９８７６", NUMBER),
        ("JB-11010519491231002x", NUMBER),
    ],
)
def test_a_number_that_names_its_citizen_is_refused_in_words(agency, number, said):
    status, problem = sent(agency, number)

    assert (status, problem["errors"]) == (400, {"external_no": [said]})
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "number",
    [
        "4401012026030200000000123",
        "13700137000",  # eleven digits of a count
        "案13700137000号",
        "MY1772413200",
        "GD-16-20261124-1",
        "深市监投〔2026〕137号",
        "6f1d2c3b-0000-4000-8000-a13700137000",
    ],
)
def test_the_numbers_of_platforms_are_taken(agency, number):
    assert sent(agency, number)[0] == 201


def test_such_a_number_costs_its_own_line_of_a_bulk_alone(agency):
    numbers = ["B1", "B2-13800138000", "B3"]
    lines = [json.dumps(changed(external_no=number)) for number in numbers]

    _status, body = agency.channel_client("web").post(
        "tickets/bulk/", "\n".join(lines), content_type="application/x-ndjson", key=KEY
    )

    assert [json.loads(line)["status"] for line in body.splitlines()] == [201, 400, 201]
