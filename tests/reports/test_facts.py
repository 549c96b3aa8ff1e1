"""Figures kept by day and month: right whether or not anybody recounted, and proved by a recount."""

import io
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.core.management import CommandError, call_command

from agency.core.models import Notification
from cases import workflow
from cases.models import (
    Case,
    CaseTopic,
    FollowUp,
    LedgerEntry,
    PetitionSheet,
    Referral,
    Topic,
)
from reports import keeping, proof
from reports.facts import KEPT, Span
from reports.figures import DIMENSIONS, Counting
from reports.indicators import BY_CODE
from reports.models import CountedSpan, DailyFact, MonthlyFact, StaleDay
from reports.periods import Period
from reports.tasks import keep_figures, prove_figures
from tests.cases.test_ledger import GOOD, ledger, take
from tests.reports import ledgers

JANUARY = datetime(2025, 1, 1, tzinfo=ledgers.SHANGHAI)
YEAR = Period.of_year(2025)
EDGES = [JANUARY, JANUARY.replace(year=2026) - timedelta(microseconds=1)]


def is_right(unit, period=YEAR, dimensions=("", "month")) -> bool:
    """Whether every kept quantity is what the rows say, by these dimensions."""
    kept, direct = (Counting(unit, period, reads_facts=reads) for reads in (True, False))
    asked = [(measure, dimension) for measure in KEPT for dimension in dimensions]
    return all(kept.counted(m, period, d) == direct.counted(m, period, d) for m, d in asked)


def differences(year: int | None = None) -> list:
    return [one for _number, found in proof.prove(year) for one in found]


def keep() -> None:
    keeping.keep(budget=600)
    assert not StaleDay.objects.exists()


def row(by: Random) -> dict:
    """One of a ledger, as chance has it, with the edges of the years among them."""
    arrived = by.choice([*EDGES, *(JANUARY + timedelta(days=by.random() * 364) for _ in range(8))])
    moments = {
        name: (arrived + timedelta(minutes=by.random() * most)).isoformat() if by.random() < 0.8 else ""
        for name, most in (("accepted_at", 20_000), ("ended_at", 90_000), ("responded_at", 20))
    }  # fmt: skip
    return {
        "external_no": str(by.random()), "arrived_at": arrived.isoformat(), "contacted_at": "",
        "channel": by.choice(["minyi", "315xft", "walkin", "petition"]),
        "kind": by.choice(["complaint", "report", "consultation", "petition"]),
        "unit": by.choice(["agency", "east", "west"]), "category": by.choice(["", "S0401", "G0101"]),
        "result": by.choice(["", "settled", "performed", "failed", "withdrawn"]),
        "recovered_amount": by.choice(["", "0.01", "1280.50"]),
        "satisfaction": by.choice(["", "satisfied", "dissatisfied", "unreached"]),
        "outlet": by.choice(["", "outlet-a"]), "national_satisfaction": by.choice(["", "1"]),
        "topic": by.choice(["", "tourism"]), "campaign": by.choice(["", "covid", "gyms"]), **moments,
    }  # fmt: skip


@pytest.fixture
def past(agency, clock, tmp_path):
    """A ledger of 2025 with whatever a ledger may say, read in and recounted."""
    take(tmp_path / "past.csv", ledger(*(row(Random(number)) for number in range(80))))
    keep()
    return agency


def test_what_is_kept_is_what_the_rows_say(past, django_assert_max_num_queries):
    root, east, outlet = (past.units[code] for code in ("agency", "east", "outlet-a"))
    middle = Period(date(2025, 2, 28), date(2025, 11, 3))

    assert is_right(root, YEAR, DIMENSIONS)
    assert is_right(east, middle, ("", "category")) and is_right(outlet)
    assert MonthlyFact.objects.filter(dimension="campaign").exists()
    assert differences(2025) == []
    with django_assert_max_num_queries(8) as asked:
        Counting(root, YEAR).row(BY_CODE["tickets_received"])
    assert not [query for query in asked if '"cases_' in query["sql"]], "a past year reads no case"


def test_a_correction_of_long_ago_recounts_its_days(agency, clock, tmp_path):
    """Each of a case of its own, months apart: whatever leaves no day on the list is not recounted."""
    months = [f"2025-{number:02d}" for number in range(1, 10)]
    rows = [dict.fromkeys(GOOD, "") | {"external_no": month, "channel": "minyi", "kind": "complaint",
            "unit": "east", "arrived_at": f"{month}-05 09:00", "ended_at": f"{month}-25 09:00",
            "result": "settled", "recovered_amount": "5", "satisfaction": "satisfied"} for month in months]  # fmt: skip
    take(tmp_path / "l.csv", ledger(*rows))
    keep()
    cases = [Case.objects.get(tickets__external_no=month) for month in months]

    Case.objects.filter(pk=cases[0].pk).update(recovered_amount=Decimal("7.07"))
    Case.objects.filter(pk=cases[1].pk).update(unit=agency.units["west"])
    Case.objects.filter(pk=cases[2].pk).update(kind="petition")
    Case.objects.filter(pk=cases[3].pk).update(ended_at=cases[3].ended_at - timedelta(days=9))
    cases[4].tickets.update(arrived_at=cases[4].arrived_at - timedelta(days=3))
    LedgerEntry.objects.filter(case=cases[5]).update(satisfaction="dissatisfied")
    FollowUp.objects.create(case=cases[6], by=agency.callback, satisfaction="dissatisfied")
    CaseTopic.objects.create(
        case=cases[7], topic=Topic.objects.create(code="tour", kind="priority", name_zh="旅游")
    )
    PetitionSheet.objects.create(case=cases[2], national_satisfaction=True)
    Referral.objects.create(
        case=cases[8], unit=agency.units["outlet-a"], by=agency.dispatcher, came_from="accepted",
        outcome="settled", ended_at=clock.now,
    )  # fmt: skip

    assert {f"{day:%Y-%m}" for day in StaleDay.objects.values_list("day", flat=True)} == set(months)
    assert is_right(agency.units["east"], YEAR, [""])
    keep()
    assert is_right(agency.units["east"])
    assert differences(2025) == []

    Topic.objects.filter(code="tour").update(code="tourists")
    assert StaleDay.objects.count() == CountedSpan.objects.filter(span=Span.DAY).count()


def test_what_lives_here_is_counted_from_the_rows_until_its_day_is_over(agency, clock):
    case = agency.mediated_case(channel="minyi")
    missed = agency.ticket(unit="east", channel="minyi")
    clock.shift(minutes=11)
    workflow.respond(missed.no, by=agency.mediator)
    workflow.settle(case.no, by=agency.mediator, agreement="退款", recovered_amount=Decimal("88"))
    assert not StaleDay.objects.exists()  # nothing but today
    period, east = Period.of_year(clock.now.year), agency.units["east"]

    keep()
    assert is_right(east, period, [""])
    clock.shift(days=3)
    keep()
    assert is_right(east, period)
    assert DailyFact.objects.filter(measure="responded_in_time", number=1).exists()

    workflow.dispatch(missed.no, by=agency.dispatcher, unit="west", handler="mediator_b")
    assert StaleDay.objects.exists()
    keep()
    assert is_right(east, period, [""]) and differences(period.from_on.year) == []


def test_a_day_is_kept_from_the_day_after_the_next_on(agency, clock):
    agency.ticket(unit="east")
    today = Case.objects.get().arrived_at.astimezone(clock.now.tzinfo).date()
    for waited, is_kept in ((0, False), (1, False), (2, True)):
        keep()
        spans = CountedSpan.objects.filter(span=Span.DAY, starts_on=today)
        assert spans.exists() is is_kept, waited
        clock.shift(days=1)


def test_the_proof_names_what_differs_and_tells_the_administrators(agency, clock, tmp_path):
    take(
        tmp_path / "l.csv",
        ledger(
            GOOD
            | dict.fromkeys(["responded_at", "contacted_at", "accepted_at", "ended_at"], "")
            | {"arrived_at": "2025-03-01 09:00"}
        ),
    )
    keep()
    assert check() == {"checked": 365 + 12, "differences": []}
    DailyFact.objects.filter(measure="tickets_received", dimension="").update(number=2)
    MonthlyFact.objects.filter(measure="tickets_received", dimension="kind").delete()

    with pytest.raises(CommandError):
        check()
    found = [(d.span, d.measure, d.unit, d.value, d.kept is None) for d in differences(2025)]
    assert found == [
        ("day", "tickets_received", "east", "", False), ("month", "tickets_received", "east", "complaint", True),
    ]  # fmt: skip
    told = Notification.objects.filter(topic="alarm_figures_differ")
    assert told.exists()
    told.delete()

    assert proof.prove_some() == 4, "days and months of the other two years, not of this"
    assert not told.exists()
    clock.shift(hours=24)
    assert proof.prove_some(budget=0) == 1, "a stretch, and on with the next another time"
    assert proof.prove_some() > 1
    assert proof.prove_some() == 0
    assert told.exists()


@pytest.mark.parametrize("task", [keep_figures, prove_figures])
def test_a_run_ends_by_itself_long_before_it_is_ended(task, settings):
    handed_out_again = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]

    assert 2 * keeping.BUDGET < task.soft_time_limit < task.time_limit < handed_out_again


def check() -> dict:
    out = io.StringIO()
    call_command("check_facts", "--year", "2025", "--format", "json", stdout=out)
    return json.loads(out.getvalue())
