"""Two years that agencies have published, row by row through the ordinary imports: every figure
comes out as it stood in the paper. The rows are made up; their numbers are not.
"""

import csv
import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice

import pytest
from django.core.management import call_command

from cases.imports.ledger import COLUMNS
from reports import yearbook
from reports.indicators import yoy_written
from reports.periods import SHANGHAI, Period


def rows(number: int, year: int, prefix: str, **told) -> list[dict]:
    """So many of a ledger, spread over the year; ``told`` may hold a list, dealt out in turn."""
    begin = datetime(year, 1, 1, 9, tzinfo=SHANGHAI)
    dealt = {k: list(islice(cycle(v), number)) for k, v in told.items() if isinstance(v, list)}
    found = []
    for n in range(number):
        arrived = begin + timedelta(minutes=n * 400_000 // number)
        row = dict.fromkeys(COLUMNS, "") | {"kind": "complaint", "unit": "east"} | told
        row |= {k: v[n] for k, v in dealt.items()}
        row |= {"external_no": f"{prefix}{n}", "arrived_at": arrived.isoformat()}
        if row["result"]:
            row["accepted_at"] = row["ended_at"] = (arrived + timedelta(days=40)).isoformat()
        found.append(row)
    return found


def take(tmp_path, command: str, table: list[dict]) -> None:
    path = tmp_path / f"{command}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, table[0])
        out.writeheader()
        out.writerows(table)
    call_command(command, str(path), stdout=io.StringIO(), stderr=io.StringIO())


def interviewed(year: int, sessions: int, merchants: int, **totals: int) -> list[dict]:
    """``merchants`` dealt out over so many interviews; ``totals`` over the merchants."""
    return [
        {
            "interview_no": f"{year}-{n % sessions}", "kind": "collective", "merchant_name": f"商户{n}",
            "held_on": date(year, 1 + n % sessions % 12, 5), "noticed_on": date(year, 1 + n % 12, 1),
            "notice_no": f"{year}-{n}", "attended": 1, "pledge": int(n < totals.get("pledges", 0)),
            "rectifications_raised": int(n < totals.get("raised", 0)),
            "rectifications_verified": int(n < totals.get("raised", 0)),
        }
        for n in range(merchants)
    ]  # fmt: skip


def written(report) -> dict[tuple, str]:
    return {
        (row.indicator.code, *row.dimensions.values()): row.indicator.written(row.value)
        for row in report.rows
    }


@pytest.mark.django_db
def test_a_council_s_2022(agency, clock, tmp_path):
    settled, failed = 11_995, 14_610 - 11_995
    rating = ["satisfied"] * 829 + ["dissatisfied"] * 171
    yuan = f"{Decimal(122_000_000) / settled:.2f}"
    ledger = [
        *rows(settled, 2022, "S", channel="315xft", result="settled", recovered_amount=yuan),
        *rows(failed, 2022, "F", channel="315xft", result="failed"),
        *rows(16_858, 2022, "M", channel="minyi"), *rows(7_216, 2021, "m", channel="minyi"),
        *rows(329, 2022, "P", channel="petition", kind="petition", national_satisfaction="1"),
        *rows(488 - 329, 2022, "p", channel="petition", kind="petition"),
        *rows(108, 2022, "W", channel="walkin"),
    ]  # fmt: skip
    # Accepted 40 days after the arrival, what came late in the year is accepted in it all the same.
    for row, told in zip(ledger[:10_000], cycle(rating), strict=False):
        row["satisfaction"] = told
    take(tmp_path, "import_ledger", ledger)
    staffing = [
        {"unit": "east", "month": f"2022-{m:02d}", "persons": "7.566", "law_trained": "6.431"}
        for m in range(1, 13)
    ]
    take(tmp_path, "import_staffing", staffing)
    interviews = interviewed(2022, 12, 469) + interviewed(2021, 12, 246)
    take(tmp_path, "import_interviews", interviews)
    thanks = [("banner", 24), ("letter", 8)]
    take(
        tmp_path, "import_commendations",
        [
            {"received_on": date(2022, 1 + n, 1), "type": type_, "unit": "east", "case_no": ""}
            for type_, number in thanks
            for n in list(range(12)) * (number // 12) + list(range(number % 12))
        ],
    )  # fmt: skip

    report = yearbook.of(agency.units["agency"], Period.of_year(2022))

    found = written(report)
    assert found["cases_accepted", "315xft"] == "14,610"
    assert found["mediation_success_rate",] == "82.1%"
    assert found["satisfaction_rate",] == "82.9%"
    assert found["tickets_received", "minyi"] == "16,858"
    assert found["tickets_per_capita", "minyi"] == "2,228"
    assert (found["petitions",], found["petitions_national_satisfaction",]) == ("488", "329")
    assert found["notices_served_merchants",] == "469"
    assert (found["banners",], found["thank_you_letters",]) == ("24", "8")
    assert found["law_trained_mediator_share",] == "85%"
    changes = {(r.indicator.code, *r.dimensions.values()): yoy_written(r.yoy) for r in report.rows}
    assert changes["tickets_received", "minyi"] == "+133.6%"
    assert changes["notices_served_merchants",] == "+90.6%"
    said = "".join(section.text for section in report.sections)
    assert "为消费者挽回经济损失1.22亿元" in said and "处理信访件488件（含国满件329件）" in said


@pytest.mark.django_db
def test_a_bureau_s_2021(agency, clock, tmp_path):
    call_command("load_standards", stdout=io.StringIO())
    take(
        tmp_path, "import_outlets",
        [
            {"code": f"o{n}", "name": f"网点{n}", "type": "auto" if n % 2 else "rural", "unit": "east",
             "filed_on": date(2021 if n < 41 else 2019, 3, 1), "withdrawn_on": ""}
            for n in range(526)
        ],
    )  # fmt: skip
    yuan = f"{Decimal(986_000) / 6_120:.2f}"
    each = f"{Decimal(3_395_800) / 1_724:.2f}"
    take(
        tmp_path, "import_ledger",
        [
            *rows(6_120, 2021, "O", channel="outlet", outlet="o1", result="settled", recovered_amount=yuan),
            *rows(3_342, 2021, "K", channel="hotline", topic="tourism"),
            *rows(1_724, 2020, "E", channel="hotline", campaign="covid", result="settled", recovered_amount=each),
        ],
    )  # fmt: skip
    take(tmp_path, "import_interviews", interviewed(2021, 80, 412, pledges=115, raised=318))

    found = written(yearbook.of(agency.units["agency"], Period.of_year(2021)))
    assert (found["outlets_new",], found["outlets_active",]) == ("41", "526")
    assert found["outlet_disputes_settled",] == "6,120"
    assert (found["interview_sessions",], found["interview_attendances",]) == ("80", "412")
    assert (found["pledges_signed",], found["rectifications_verified",]) == ("115", "318")
    assert found["priority_topic_cases",] == "3,342"
    epidemic = yearbook.of(agency.units["agency"], Period.of_year(2020))
    assert written(epidemic)["campaign_cases", "covid"] == "1,724"
    assert "挽回经济损失339.58万元" in "".join(section.text for section in epidemic.sections)
