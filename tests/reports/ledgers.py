"""Ledgers for the tests of the figures, and what they say, counted by hand: no code of ours."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

SHANGHAI = ZoneInfo("Asia/Shanghai")
GOOD = {"settled", "performed"}
EDGES = [
    datetime(2023, 1, 1, tzinfo=SHANGHAI), datetime(2024, 1, 1, tzinfo=SHANGHAI),
    datetime(2024, 2, 29, 12, tzinfo=SHANGHAI), datetime(2025, 1, 1, tzinfo=SHANGHAI),
]  # fmt: skip
BELOW = {"agency": {"agency", "east", "west"}, "east": {"east"}, "west": {"west"}}

moments = st.one_of(
    st.sampled_from(EDGES).flatmap(
        lambda edge: st.sampled_from([-1, 0, 1]).map(lambda n: edge + timedelta(microseconds=n))
    ),
    st.integers(0, 3 * 365 * 86400).map(lambda n: EDGES[0] + timedelta(seconds=n)),
)
maybe = st.one_of(st.none(), st.integers(0, 50 * 86400).map(lambda n: timedelta(seconds=n)))
minutes = st.one_of(
    st.none(), st.sampled_from([600_000_000, 600_000_001, 1, 1_800_000_000]).map(
        lambda n: timedelta(microseconds=n)
    )
)  # fmt: skip


@st.composite
def lines(draw) -> dict:
    """One row of a ledger, as its file has it."""
    arrived, answer, ended = draw(moments), draw(minutes), draw(maybe)
    accepted = draw(maybe)
    told = {
        "external_no": draw(st.integers(0, 30).map(str)),
        "channel": draw(st.sampled_from(["minyi", "315xft", "walkin", "petition"])),
        "kind": draw(st.sampled_from(["complaint", "report", "consultation", "petition"])),
        "unit": draw(st.sampled_from(["agency", "east", "west"])),
        "arrived_at": arrived,
        "responded_at": answer and arrived + answer,
        "contacted_at": answer and arrived + answer * 2,
        "accepted_at": accepted and arrived + accepted,
        "ended_at": ended and arrived + ended,
        "result": draw(st.sampled_from(["", "settled", "performed", "failed", "withdrawn", "self_settled"])),
        "recovered_amount": draw(st.sampled_from(["", "0", "0.01", "1280.50"])),
        "satisfaction": draw(st.sampled_from(["", "very_satisfied", "basically_satisfied", "dissatisfied", "unreached"])),
        "outlet": draw(st.sampled_from(["", "outlet-a"])),
        "national_satisfaction": draw(st.sampled_from(["", "1"])),
        "topic": draw(st.sampled_from(["", "tourism"])),
        "campaign": draw(st.sampled_from(["", "covid", "gyms"])),
    }  # fmt: skip
    return {k: v.isoformat() if isinstance(v, datetime) else v or "" for k, v in told.items()}


def said(rows: list[dict], year: int, unit: str) -> dict[tuple, object]:
    """(code, dimension's value) → the figure, of a ledger's rows, in plain Python."""
    first: dict[tuple, dict] = {}
    for row in rows:
        first.setdefault((row["channel"], row["external_no"]), row)
    rows = [row for row in first.values() if row["unit"] in BELOW[unit]]

    def of(moment):
        return [r for r in rows if r[moment] and at(r[moment]).year == year]

    def total(found):
        return sum((Decimal(r["recovered_amount"] or 0) for r in found), Decimal())

    arrived, ended = of("arrived_at"), of("ended_at")
    mediated = [r for r in ended if r["result"] in GOOD | {"failed"}]
    settled = [r for r in mediated if r["result"] in GOOD]
    rated = [r for r in ended if r["satisfaction"] not in {"", "unreached"}]
    figures = {
        "tickets_received": len(arrived),
        "consultations": sum(r["kind"] == "consultation" for r in arrived),
        "cases_accepted": len(of("accepted_at")),
        "mediation_ended": len(mediated),
        "mediation_settled": len(settled),
        "mediation_success_rate": share(len(settled), len(mediated)),
        "satisfaction_rate": share(
            sum(r["satisfaction"] != "dissatisfied" for r in rated), len(rated)
        ),
        "recovered_amount": total(ended),
        "petitions": sum(r["kind"] == "petition" for r in arrived),
        "petitions_national_satisfaction": sum(
            r["kind"] == "petition" and r["national_satisfaction"] == "1" for r in arrived
        ),
        "walk_ins": sum(r["channel"] == "walkin" for r in arrived),
        "on_time_response_rate": in_time(rows, "responded_at", 10, year),
        "on_time_contact_rate": in_time(rows, "contacted_at", 30, year),
        "outlet_disputes_settled": sum(bool(r["outlet"]) for r in settled),
        "outlet_recovered_amount": total(r for r in ended if r["outlet"]),
        "priority_topic_cases": sum(bool(r["topic"]) for r in arrived),
        "campaign_cases": sum(bool(r["campaign"]) for r in arrived),
        "campaign_recovered_amount": total(r for r in ended if r["campaign"]),
    }
    by = {("tickets_received", c): n for c, n in Counter(r["channel"] for r in arrived).items()}
    by |= {
        ("campaign_cases", c): n for c, n in Counter(r["campaign"] for r in arrived).items() if c
    }
    return {(code, ""): value for code, value in figures.items()} | by


def at(told: str) -> datetime:
    return datetime.fromisoformat(told).astimezone(SHANGHAI)


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def in_time(rows: list[dict], met: str, limit: int, year: int) -> float | None:
    """Only from 2022 on, and no petition nor consultation of the petition channel is bound."""
    due = [
        (at(r[met]), at(r["arrived_at"]) + timedelta(minutes=limit))
        for r in rows
        if r[met] and r["channel"] != "petition"
    ]
    due = [(done, until) for done, until in due if until.year == year]
    return share(sum(done <= until for done, until in due), len(due))
