"""What an outlet settles on the spot, or hands up: one case, counted once."""

import pytest

from agency.core import invariants
from agency.core.models import Notification
from cases.models import Case, Referral, Ticket
from cases.search import index

pytestmark = pytest.mark.django_db

TOLD = {
    "kind": "complaint", "title": "现场换货", "demand": "换新",
    "consumer": {"name": "林一一", "phone": "13700137000"}, "merchant": {"name": "卓越商场"},
}  # fmt: skip
SETTLED = TOLD | {"result": "settled", "agreement": "当场换新", "recovered_amount": "88.80"}
HANDED_UP = TOLD | {"result": "handed_up", "reason": "商家不同意"}


@pytest.fixture(autouse=True)
def nothing_untrue(db):
    yield
    assert invariants.check()[1] == []


@pytest.fixture
def at_outlet(agency, clock):
    """``at_outlet(SETTLED)``: the liaison of outlet-a registers it; status and answer."""

    def send(body, *, who="outlet_a", outlet="outlet-a", key=None):
        return agency.client(who).post(f"outlets/{outlet}/disputes/", body, key=key)

    return send


def test_what_was_settled_on_the_spot_is_over(agency, clock, at_outlet):
    status, told = at_outlet(SETTLED)

    case = Case.objects.get(no=told["no"])
    assert (status, case.state, told["result"]) == (201, "closed", "settled")
    assert (case.channel.code, case.unit.code, str(case.recovered_amount)) == (
        "outlet",
        "east",
        "88.80",
    )
    assert case.closed_at == clock.now and not case.deadlines.open().exists()
    assert case.tickets.get().responded_at == clock.now, "the citizen stood there"
    assert not Notification.objects.filter(topic="settle").exists(), "nobody calls back"
    referral = case.referrals.get()
    assert (referral.unit.code, referral.by, referral.outcome) == (
        "outlet-a",
        agency.outlet_a,
        "settled",
    )


def test_what_is_handed_up_waits_in_the_district_as_it_arrived(agency, clock, at_outlet):
    status, told = at_outlet(HANDED_UP)

    case = Case.objects.get(no=told["no"])
    assert (status, case.state, case.unit.code) == (201, "dispatched", "east")
    assert case.arrived_at == clock.now
    assert case.deadlines.open().filter(rule__code="complaint.accept").exists()
    assert case.referrals.get().outcome == "handed_up"


def test_sent_twice_it_is_one_case(agency, at_outlet):
    first = at_outlet(SETTLED, key="phone-0001")
    again = at_outlet(SETTLED, key="phone-0001")

    assert (first[0], again[0]) == (201, 200)
    assert first[1]["no"] == again[1]["no"]
    assert (Case.objects.count(), Ticket.objects.count(), Referral.objects.count()) == (1, 1, 1)


def test_two_outlets_may_use_one_key(agency, at_outlet):
    at_outlet(SETTLED, key="phone-0001")

    status, told = at_outlet(SETTLED, who="outlet_b", outlet="outlet-b", key="phone-0001")

    assert status == 201 and Case.objects.get(no=told["no"]).unit.code == "west"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({name: said for name, said in SETTLED.items() if name != "recovered_amount"}, "recovered_amount"),
        ({name: said for name, said in HANDED_UP.items() if name != "reason"}, "reason"),
        (SETTLED | {"consumer": {"name": "林一一", "phone": "12"}}, "consumer.phone"),
        (SETTLED | {"kind": "report"}, "kind"),
        (SETTLED | {"unit": "west"}, "unit"),
        (SETTLED | {"result": "maybe"}, "result"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_half_written(at_outlet, body, field):
    status, problem = at_outlet(body)

    assert (status, list(problem["errors"])) == (400, [field])
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("who", "outlet", "status"),
    [("outlet_b", "outlet-a", 404), ("outlet_a", "nowhere", 404), ("mediator", "outlet-a", 403), ("odr_a", "odr-a", 403)],
)  # fmt: skip
def test_nobody_registers_at_another_s_counter(at_outlet, who, outlet, status):
    assert at_outlet(SETTLED, who=who, outlet=outlet)[0] == status


def test_the_other_outlet_finds_nothing_of_it(agency, at_outlet):
    no = at_outlet(SETTLED)[1]["no"]
    index.index_pending()

    other = agency.client("outlet_b")
    assert other.get(f"cases/{no}/")[0] == 404
    assert other.get("cases/")[1]["results"] == []
    assert agency.client("outlet_a").get(f"cases/{no}/")[0] == 200


def test_what_is_handled_by_the_agency_is_not_settled_at_a_counter(at_outlet, settings):
    settings.NEVER_REFERRED = ["G01"]
    status, problem = at_outlet(SETTLED | {"category": "G0101"})
    assert status == 409 and "上交" in problem["detail"] and not Case.objects.exists()

    status, told = at_outlet(HANDED_UP | {"category": "G0101"})
    assert status == 201 and Case.objects.get(no=told["no"]).state == "dispatched"
