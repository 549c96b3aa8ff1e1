"""Whose number is taken as an identity number: by its date and its check digit, not by its district."""

import json

import pytest

from cases.models import Consumer
from tests.cases.test_bad_input import KEY, consumer
from tests.cases.test_lookup import found

pytestmark = pytest.mark.django_db

GOOD = [
    "440524188001010014",  # born before the district was
    "350203197006151232",
    "810000199408230021",  # residence permits of Hong Kong and of Taiwan
    "830000199201300022",
    "350299199006151234",  # districts that no table names
    "440399199006151231",
    "110105202603020018",  # born today
]
WRONG = [
    "350203197006151233",  # check digit
    "11010519900230001X",
    "110105202603030013",  # tomorrow
    "110105900101001",  # of 15, out of use since 2013
    "11010519900101 001",
    "٣50203197006151232",
]


@pytest.mark.parametrize("number", GOOD)
def test_a_number_is_good_whatever_district_it_was_given_in(agency, clock, number):
    case = agency.ticket(
        unit="east", consumer={"name": "林一一", "phone": "13700137000", "id_number": number}
    )

    assert Consumer.objects.get().id_number == number
    assert found(agency, id_number=number) == [case.no]


@pytest.mark.parametrize("number", WRONG)
def test_a_wrong_number_is_refused_in_words(agency, clock, number):
    for answer in (
        agency.channel_client("web").post("tickets/", consumer(id_number=number), key=KEY),
        agency.client("mediator").post("cases/lookup/", {"id_number": number}),
    ):
        status, problem = answer
        [said] = problem["errors"].values()
        assert (status, said) == (400, ["号码有误，请重新核对。"])


def test_a_wrong_number_costs_its_own_line_of_a_bulk_alone(agency, clock):
    told = [GOOD[0], WRONG[0], GOOD[4]]
    lines = [
        json.dumps(consumer(id_number=number) | {"external_no": f"B{at}"})
        for at, number in enumerate(told)
    ]

    _status, body = agency.channel_client("web").post(
        "tickets/bulk/", "\n".join(lines), content_type="application/x-ndjson", key=KEY
    )

    assert [json.loads(line)["status"] for line in body.splitlines()] == [201, 400, 201]
