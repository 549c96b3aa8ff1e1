"""The ledger of earlier years: what comes in, what is sent back, and that nobody is alarmed."""

import csv
import io
import json
from datetime import datetime

import pytest
from django.core.management import call_command

from agency.core import deadlines
from agency.core.models import Notification
from cases.imports.ledger import COLUMNS
from cases.models import Case, CaseDeadline, LedgerEntry, Merchant, Ticket, Topic

GOOD = {
    "external_no": "MY-1", "channel": "minyi", "kind": "complaint", "unit": "east",
    "arrived_at": "2022-03-01T09:00:00+08:00", "responded_at": "2022-03-01T09:10:00+08:00",
    "contacted_at": "2022-03-01T09:30:00.000001+08:00", "accepted_at": "2022-03-03T10:00:00+08:00",
    "ended_at": "2022-04-01T10:00:00+08:00", "result": "settled", "recovered_amount": "1280.00",
    "satisfaction": "satisfied", "category": "S0401", "problem": "P0101",
    "merchant_name": "清泉电器商行", "outlet": "outlet-a", "topic": "tourism", "campaign": "疫情退款",
}  # fmt: skip


def ledger(*rows: dict) -> str:
    text = io.StringIO()
    out = csv.DictWriter(text, COLUMNS)
    out.writeheader()
    out.writerows(rows)
    return text.getvalue()


def take(path, text: str, *options: str) -> dict:
    """Import the text; the answer without its seconds."""
    path.write_text(text, encoding="utf-8")
    out = io.StringIO()
    told = [str(path), "--format", "json", *options]
    call_command("import_ledger", *told, stdout=out, stderr=io.StringIO())
    answer = json.loads(out.getvalue())
    assert answer.pop("seconds") >= 0
    return answer


@pytest.fixture
def run(agency, clock, tmp_path):
    def run(*rows: dict, options: tuple = ()):
        return take(tmp_path / "ledger.csv", ledger(*rows), *options)

    return run


def counted(read, created=0, duplicates=0, rejected=0):
    return {"read": read, "created": created, "duplicates": duplicates, "rejected": rejected}


def test_a_row_is_a_ticket_with_its_case_and_outcome_and_alarms_nobody(run):
    assert run(GOOD) == counted(1, created=1)

    case = Case.objects.get()
    ticket, past = case.tickets.get(), case.ledger
    assert (case.state, case.result, str(case.recovered_amount)) == (
        "archived",
        "settled",
        "1280.00",
    )
    assert case.ended_at == case.closed_at == datetime.fromisoformat("2022-04-01T10:00:00+08:00")
    assert (case.title, case.merchant.name) == ("清泉电器商行", "清泉电器商行")
    assert (case.category.code, case.problem.code, case.unit.code) == ("S0401", "P0101", "east")
    assert ticket.responded_at == past.respond_due_at  # at the very moment: in time
    assert ticket.contacted_at > past.contact_due_at  # late, and nobody hears of it
    assert past.accept_due_at is None  # no calendar of 2022 is loaded
    assert (past.satisfaction, past.outlet.code) == ("satisfied", "outlet-a")
    assert {t.code: t.is_active for t in case.topics.all()} == {"tourism": False, "疫情退款": False}
    deadlines.sweep()
    assert not CaseDeadline.objects.exists() and not Notification.objects.exists()


def test_the_same_file_again_brings_nothing_new_and_a_longer_one_goes_on(run):
    assert run(GOOD, GOOD, GOOD | {"channel": "hotline"}) == counted(3, created=2, duplicates=1)
    longer = [GOOD, GOOD | {"external_no": "MY-2"}, GOOD | {"external_no": ""}]
    assert run(*longer) == counted(3, created=2, duplicates=1)
    assert run(*longer) == counted(3, duplicates=3)
    assert (Ticket.objects.count(), Case.objects.count()) == (4, 4)
    assert Merchant.objects.count() == 1


def test_a_working_day_limit_stands_where_the_year_has_a_calendar(run):
    call_command("load_calendar", "agency/core/data/cn_calendar.csv", stdout=io.StringIO())
    arrived = {"arrived_at": "2024-02-04T10:00:00+08:00", "responded_at": "", "contacted_at": ""}
    later = {"accepted_at": "2024-02-19T23:59:59+08:00", "ended_at": "2024-03-01 10:00"}
    run(GOOD | arrived | later)

    # Seven working days from a make-up Sunday before Spring Festival.
    due = LedgerEntry.objects.get().accept_due_at
    assert due == datetime.fromisoformat("2024-02-19T23:59:59.999999+08:00")


def test_what_nobody_told_stays_unknown(run):
    bare = {"external_no": "A", "channel": "web", "kind": "consultation", "unit": "agency",
            "arrived_at": "2021-12-31T23:59:59+08:00"}  # fmt: skip
    when_alone = bare | {"external_no": "B", "ended_at": "2022-01-02T00:00:00+08:00"}
    how_alone = bare | {"external_no": "C", "result": "answered", "unit": "west"}
    assert run(bare, when_alone, how_alone) == counted(3, created=3)

    told = {t.external_no: t.case for t in Ticket.objects.select_related("case__ledger")}
    assert [told[no].state for no in "ABC"] == ["registered", "archived", "dispatched"]
    assert [told[no].result for no in "ABC"] == ["", "", ""]
    assert told["C"].ledger.result == "answered" and told["B"].ledger.ended_at
    # The ten minutes bind from 2022 on.
    assert told["A"].ledger.respond_due_at is None


FAULTS = {
    "channel": "fax", "kind": "gossip", "unit": "north", "arrived_at": "", "responded_at": "soon",
    "contacted_at": "2022-03-01T09:05:00+08:00", "ended_at": "2022-02-01T00:00:00+08:00",
    "accepted_at": "2199-01-01T00:00:00+08:00", "result": "won", "recovered_amount": "-1",
    "satisfaction": "happy", "category": "P0101", "problem": "X", "merchant_uscc": "*",
    "outlet": "east", "national_satisfaction": "perhaps", "campaign": "x" * 21,
}  # fmt: skip


def test_each_wrong_cell_costs_its_row_alone_and_is_named(run, tmp_path):
    rejects = tmp_path / "rejects.csv"
    rows = [GOOD | {"external_no": c, c: value} for c, value in FAULTS.items()]
    answer = run(*rows, GOOD, options=("--rejects", str(rejects)))

    assert answer == counted(len(FAULTS) + 1, created=1, rejected=len(FAULTS))
    told = list(csv.DictReader(io.StringIO(rejects.read_bytes().decode("utf-8-sig"))))
    unnamed = [c for c, row in zip(FAULTS, told, strict=True) if c not in list(row.values())[-1]]
    assert unnamed == []

    mended = rejects.read_text("utf-8-sig").replace("soon", "2022-03-01T09:01:00+08:00")
    assert take(tmp_path / "again.csv", mended)["created"] == 1


def test_the_register_stays_sound(run):
    run(GOOD, GOOD | {"external_no": "young", "arrived_at": "2026-03-01T09:00:00+08:00",
                      "responded_at": "", "contacted_at": "", "accepted_at": "", "ended_at": "",
                      "result": ""})  # fmt: skip
    call_command("check_invariants", stdout=io.StringIO())
    assert Topic.objects.filter(is_active=True).count() == 0
