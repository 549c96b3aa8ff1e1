"""The figures: against a count by hand on any ledger, on what lived here, and at every edge."""

import io
import json
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import workflow
from cases.models import Commendation, Merchant
from interviews.models import Attendance, Interview, Notice, Pledge, Rectification, Session
from reports import indicators
from reports.indicators import BY_CODE, rounded, yoy_written
from reports.models import Staffing
from reports.periods import Period
from tests.cases.test_ledger import GOOD, ledger, take
from tests.reports import ledgers

KEYS = {"code", "dimensions", "value", "previous", "yoy", "unit", "numerator", "denominator"}


def year_report(*arguments: str) -> dict:
    out = io.StringIO()
    call_command("year_report", *arguments, "--format", "json", stdout=out)
    return json.loads(out.getvalue())


def values(answer: dict, which: str = "value") -> dict[tuple, object]:
    return {(row["code"], *row["dimensions"].values()): row[which] for row in answer["indicators"]}


@settings(
    max_examples=5, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(rows=st.lists(ledgers.lines(), max_size=40))
def test_every_figure_is_what_one_counts_by_hand(agency, clock, tmp_path, rows):
    with transaction.atomic():
        take(tmp_path / "ledger.csv", ledger(*rows))
        for year, unit in ((2024, "agency"), (2025, "east"), (2023, "west")):
            answer = year_report(str(year), "--unit", unit)
            found, before = values(answer), values(answer, "previous")
            assert _as_told(rows, year, unit) == _known(found, rows, year, unit)
            assert _as_told(rows, year - 1, unit) == _known(before, rows, year - 1, unit)
        transaction.set_rollback(True)


def _as_told(rows, year, unit) -> dict[tuple, object]:
    said = ledgers.said(rows, year, unit)
    return {
        tuple(filter(None, key)): pytest.approx(float(v)) if v is not None else None
        for key, v in said.items()
    }


def _known(found: dict, rows, year, unit) -> dict[tuple, object]:
    """The same figures of the answer; what it knows of either year alone is 0 there."""
    wanted = _as_told(rows, year, unit)
    return {k: found[k] if found.get(k) is None else float(found[k]) for k in wanted}


def test_every_code_has_its_row_also_of_a_year_without_anything(agency, clock):
    answer = year_report("2019")

    assert (answer["year"], answer["unit"]) == (2019, "agency")
    assert [row["code"] for row in answer["indicators"]] == list(BY_CODE)
    assert all(set(row) == KEYS and row["yoy"] is None for row in answer["indicators"])
    rates = [row for row in answer["indicators"] if row["unit"] in {"ratio", "ticket_per_person"}]
    assert {row["value"] for row in rates} == {None}


def test_the_change_is_a_ratio_and_nothing_without_a_year_before(agency, clock, tmp_path):
    def arrived(year, number):
        return GOOD | {"external_no": f"{year}-{number}", "arrived_at": f"{year}-05-05 09:00",
                       "responded_at": "", "contacted_at": "", "accepted_at": "", "ended_at": ""}  # fmt: skip

    take(
        tmp_path / "l.csv",
        ledger(*(arrived(y, n) for y, k in ((2023, 3), (2024, 7)) for n in range(k))),
    )

    now = values(year_report("2024"), "yoy")
    assert now["tickets_received",] == now["tickets_received", "minyi"] == pytest.approx(4 / 3)
    assert values(year_report("2023"), "yoy")["tickets_received",] is None
    status, answer = agency.client("supervisor").get(
        "reports/indicators/", group_by="month", **{"from": "2024-01-01", "to": "2024-12-31"}
    )
    months = [row for row in answer["indicators"] if row["dimensions"].get("month")]
    assert {row["dimensions"]["month"] for row in months} == {"2024-05"}  # beside May 2023
    assert [(r["value"], r["previous"]) for r in months if r["code"] == "tickets_received"] == [
        (7, 3)
    ]


def test_a_person_in_post_is_an_average_over_the_months_that_are_given(agency, clock, tmp_path):
    take(tmp_path / "l.csv", ledger(GOOD, GOOD | {"external_no": "2", "unit": "west"}))
    path = tmp_path / "staffing.csv"
    path.write_text("unit,month,persons,law_trained\neast,2022-01,2,1\neast,2022-02,1.5,1\n")
    for _twice in range(2):
        call_command("import_staffing", str(path), stdout=io.StringIO())
    Staffing.objects.create(unit=agency.units["west"], month=date(2022, 2, 1), persons=2)

    east = values(year_report("2022", "--unit", "east"))
    assert east["tickets_per_capita",] == pytest.approx(1 / 1.75)
    assert east["law_trained_mediator_share",] == pytest.approx(1 / 1.5)
    # 2 in January, 3.5 in February.
    whole = values(year_report("2022"), "denominator")
    assert whole["tickets_per_capita",] == pytest.approx(2.75)
    assert values(year_report("2022"))["tickets_per_capita", "minyi"] == pytest.approx(2 / 2.75)


def test_what_lived_here_counts_like_the_past(agency, clock):
    late = agency.ticket(unit="east", channel="minyi")
    case = agency.mediated_case(channel="minyi")
    clock.shift(minutes=11)
    workflow.respond(late.no, by=agency.mediator)
    workflow.settle(
        case.no, by=agency.mediator, agreement="退款", recovered_amount=Decimal("88.80")
    )
    Commendation.objects.create(
        received_on=clock.now.date(), type="banner", unit=agency.units["east"]
    )

    found = values(year_report("2026", "--unit", "east"))
    assert found["tickets_received",] == 2
    assert found["cases_accepted",] == found["mediation_ended",] == found["banners",] == 1
    assert found["mediation_success_rate",] == 1
    assert found["recovered_amount",] == "88.80"
    assert found["on_time_response_rate",] == 0.5
    # The thirty minutes of the late one are not over.
    assert found["on_time_contact_rate",] == 1
    assert values(year_report("2026", "--unit", "west"))["tickets_received",] == 0


@pytest.mark.parametrize(
    ("to", "before"),
    [
        ((2025, 2, 28), (2024, 2, 29)), ((2024, 2, 29), (2023, 2, 28)),
        ((2024, 2, 28), (2023, 2, 28)), ((2024, 12, 31), (2023, 12, 31)),
    ],
)  # fmt: skip
def test_a_month_s_end_is_compared_with_the_month_s_end(to, before):
    assert Period(date(to[0], 1, 1), date(*to)).year_before == Period(
        date(before[0], 1, 1), date(*before)
    )


def test_rounding_is_said_of_each_figure():
    rate = BY_CODE["mediation_success_rate"]
    assert rate.written(Fraction(11995, 14610)) == "82.1%"
    assert rate.written(None) == "—"
    # 246 → 469 is 90.65 %: a change is cut off, a rate is rounded half up.
    assert yoy_written(Fraction(469 - 246, 246)) == "+90.6%"
    assert rounded(Fraction(2675, 1000), 2, indicators.HALF_UP) == Decimal("2.68")
    assert yoy_written(Fraction(-1, 3)) == "-33.3%" and yoy_written(None) == "—"


def test_the_door_tells_the_same_within_one_s_scope(agency, clock, tmp_path):
    take(tmp_path / "l.csv", ledger(GOOD, GOOD | {"external_no": "2", "unit": "west"}))
    period = {"from": "2022-01-01", "to": "2022-12-31"}

    def ask(who, **more):
        return agency.client(who).get("reports/indicators/", **{**period, **more})

    status, answer = ask("supervisor", group_by="unit,category")
    assert status == 200
    found = values(answer)
    assert found["tickets_received",] == 2 and found["tickets_received", "west"] == 1
    assert found["mediation_settled", "S0401"] == 2
    assert values(ask("chief")[1])["tickets_received",] == 1  # of east
    assert ask("chief", unit="west")[0] == ask("supervisor", unit="nowhere")[0] == 404
    assert ask("mediator")[0] == ask("outlet_a")[0] == 403
    for wrong in ({"from": "yesterday"}, {"to": "2021-01-01"}, {"group_by": "colour"}):
        assert ask("supervisor", **wrong)[0] == 400


def test_interviews_count_sessions_attendances_and_merchants_apart(agency, clock):
    """One merchant came twice, one that counts as it once, one did not come."""
    first, same, other = (
        Merchant.objects.create(name=name) for name in ("清泉", "清泉分店", "讯捷")
    )
    Merchant.objects.filter(pk=same.pk).update(head=first)
    came = []
    for number, merchants in ((1, [first, same]), (2, [first, other])):
        held = clock.now.replace(day=number)
        interview = Interview.objects.create(
            no=str(number), external_no=f"file-{number}", unit=agency.units["east"], subject="退卡"
        )
        session = Session.objects.create(interview=interview, held_at=held)
        for merchant in merchants:
            row = Attendance.objects.create(
                interview=interview,
                merchant=merchant,
                session=None if merchant == other else session,
            )
            Notice.objects.create(attendance=row, issued_at=held)
            came.append(row)
    Pledge.objects.create(attendance=came[0], signed_at=clock.now)
    Rectification.objects.create(
        attendance=came[0], raised_at=clock.now, verified_at=clock.now, state="passed"
    )
    Rectification.objects.create(attendance=came[0], raised_at=clock.now)

    found = values(year_report("2026", "--unit", "east"))
    told = [
        "interview_sessions", "interview_attendances", "interviewed_merchants",
        "notices_served_merchants", "pledges_signed", "rectifications_raised", "rectifications_verified",
    ]  # fmt: skip
    assert [found[code,] for code in told] == [2, 3, 1, 2, 1, 2, 1]
    assert values(year_report("2026", "--unit", "west"))["interview_sessions",] == 0


def test_outlets_are_counted_on_the_last_day_and_new_ones_by_their_filing(agency, clock, tmp_path):
    call_command("load_standards", stdout=io.StringIO())
    path = tmp_path / "outlets.csv"
    path.write_text(
        "code,name,type,unit,filed_on,withdrawn_on\n"
        "o1,甲站,auto,east,2020-05-01,\no2,乙站,mall,east,2021-12-31,2022-12-31\n"
        "o3,丙站,mall,west,2021-01-01,2021-12-31\n"
    )
    call_command("import_outlets", str(path), stdout=io.StringIO(), stderr=io.StringIO())

    of_2021, of_2022 = (values(year_report(year)) for year in ("2021", "2022"))
    assert (of_2021["outlets_active",], of_2021["outlets_new",]) == (2, 2)
    assert (of_2022["outlets_active",], of_2022["outlets_new",]) == (1, 0)
    assert values(year_report("2021", "--unit", "east"))["outlets_new",] == 1
    assert values(year_report("2021", "--unit", "east"), "previous")["outlets_active",] == 1
