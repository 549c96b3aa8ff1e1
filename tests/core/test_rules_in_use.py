"""What a clock was counted by stays: a rule in use is ended, and another one takes its place."""

import csv
import json
from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils.translation import override

from agency.core import invariants
from agency.core.models import DeadlineRule
from agency.core.models.rule import PINNED
from cases.models import CaseDeadline
from tests.core.test_rules import rules_file, shown
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

MOMENT = timedelta(microseconds=1)
MARGIN = timedelta(seconds=10)

OTHERWISE = {
    "code": "ticket.other", "kinds": ["complaint"], "channels": ["minyi"], "requires_contact": True,
    "starts_on": "full_moon", "met_by": "reply_ticket", "amount": 15, "unit": "hour",
    "roll": "off_day", "window_from": time(9), "window_to": time(18),
    "in_force_from": date(2023, 1, 1), "profile": "amr", "topics": ["tourism"], "extension": 5,
    "pauses": ["appraisal"],
}  # fmt: skip

ANY_TIME = {
    "name_zh": "十分钟内响应", "basis": "1030要求（更正）", "note": "更正", "warn_percents": [90],
    "ladder_targets": ["leader"], "ladder_after": [timedelta(0)], "repeat_after": None,
    "in_force_to": date(2030, 12, 31),
}  # fmt: skip


@pytest.fixture
def rule(agency, clock) -> DeadlineRule:
    return DeadlineRule.objects.get(code="ticket.respond_10")


@pytest.fixture
def applied(agency, rule) -> DeadlineRule:
    """Under which a clock was opened, met long since."""
    agency.handled_case()
    return rule


def change(rule, **changes) -> None:
    for name, value in changes.items():
        setattr(rule, name, value)
    rule.full_clean()
    rule.save()


def alarms() -> list[str]:
    return [found["invariant"] for found in invariants.check()[1]]


# -- what is pinned ------------------------------------------------------------------------


def test_the_table_below_names_all_that_is_pinned():
    assert set(OTHERWISE) == set(PINNED)


@pytest.mark.parametrize("name", PINNED)
def test_what_clocks_were_counted_by_is_refused_with_a_sentence(applied, name):
    with pytest.raises(ValidationError) as told:
        change(applied, **{name: OTHERWISE[name]})

    assert list(told.value.message_dict) == [name]


@pytest.mark.parametrize("name", PINNED)
def test_and_by_the_database(applied, name):
    # one end of a window alone is refused by the rules' own constraint
    changes = {n: OTHERWISE[n] for n in ("window_from", "window_to")} if "window" in name else {}

    with pytest.raises(IntegrityError, match="pinned by its clocks"), transaction.atomic():
        DeadlineRule.objects.filter(pk=applied.pk).update(**changes | {name: OTHERWISE[name]})


@pytest.mark.parametrize("name", ANY_TIME)
def test_names_source_warnings_and_end_may_change(applied, name):
    also = {"ladder_targets", "ladder_after"} if "ladder" in name else {name}

    change(applied, **{n: ANY_TIME[n] for n in also})

    applied.refresh_from_db()
    assert getattr(applied, name) == ANY_TIME[name]


def test_every_field_is_either_pinned_or_free():
    fields = {field.name for field in DeadlineRule._meta.fields}

    assert fields - set(PINNED) - set(ANY_TIME) == {"id", "name_en", "changed_at"}


def test_until_the_first_clock_it_may_change_and_from_then_on_not(agency, clock, rule):
    change(rule, amount=15)

    opened = clock_of(agency.ticket(), rule.code)

    assert opened.due_at - clock.now == timedelta(minutes=15)
    with pytest.raises(ValidationError):
        change(rule, amount=20)


# -- how people meet it --------------------------------------------------------------------


@pytest.fixture
def page(agency, rule):
    client = Client()
    client.force_login(agency.admin)
    return client, f"/admin/core/deadlinerule/{rule.pk}/change/"


def test_the_form_shows_it_and_lets_the_rest_be_changed(agency, rule, page):
    client, address = page
    open_to_change = {"kinds", "amount", "warn_percents", "in_force_to"}
    assert enabled(client, address) >= open_to_change

    agency.ticket()

    assert enabled(client, address) & open_to_change == {"warn_percents", "in_force_to"}
    sent = {n: v for n, v in shown(client, address).items() if n in enabled(client, address)}
    answer = client.post(address, sent | {"warn_percents": "90", "in_force_to": "2026-12-31"})
    assert answer.status_code == 302
    rule.refresh_from_db()
    assert (rule.warn_percents, rule.in_force_to) == ([90], date(2026, 12, 31))
    assert (rule.amount, rule.kinds[0]) == (10, "complaint")


def enabled(client, address) -> set[str]:
    form = client.get(address).context["adminform"].form
    return {name for name, field in form.fields.items() if not field.disabled}


def test_a_page_from_before_the_first_clock_is_told(agency, rule, page):
    client, address = page
    sent = shown(client, address) | {"amount": "15"}

    agency.ticket()
    answer = client.post(address, sent)

    assert list(answer.context["adminform"].form.errors) == ["amount"]
    rule.refresh_from_db()
    assert rule.amount == 10


def a_new_law(tmp_path, *, end="2026-12-31", begin="2027-01-01", **changes):
    """A file in which the contact's rule ends, and another one of its code follows."""
    path = rules_file(tmp_path, in_force_to=end, **changes)
    with path.open(newline="") as file:
        [respond, old] = csv.DictReader(file)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, old)
        writer.writeheader()  # the successor first: the order of the lines does not matter
        follows = old | {"in_force_from": begin, "in_force_to": "", "amount": "20"}
        writer.writerows([follows, respond, old])
    return path


def loaded(path, capsys) -> dict:
    call_command("load_rules", path, format="json")
    return json.loads(capsys.readouterr().out)


def in_force(code: str) -> list[tuple]:
    rules = DeadlineRule.objects.filter(code=code)
    return list(rules.values_list("amount", "in_force_from", "in_force_to"))


def test_a_deploy_ends_a_rule_in_use_and_begins_the_next(agency, tmp_path, capsys):
    agency.handled_case()
    old = DeadlineRule.objects.get(code="ticket.contact_30")
    change(old, warn_percents=[90])

    told = loaded(a_new_law(tmp_path), capsys)

    assert (told["added"], told["updated"]) == (1, 1)
    assert told["differ"] == ["ticket.contact_30 2022-01-01: warn_percents"]
    assert in_force(old.code) == [
        (30, date(2022, 1, 1), date(2026, 12, 31)),
        (20, date(2027, 1, 1), None),
    ]
    old.refresh_from_db()
    assert old.warn_percents == [90], "what the administrators changed stays"
    assert loaded(a_new_law(tmp_path), capsys)["updated"] == 0


@pytest.mark.parametrize(
    ("code", "name", "was", "will_be"),
    [
        ("outlet.reply", "starts_on", "referred_to_outlet", "usual_matter_referred"),
        ("entrust.report", "profile", "", "amr"),
    ],
)
def test_what_the_file_once_said_otherwise_of_a_rule_is_ended_with_the_deploy(
    db, capsys, code, name, was, will_be
):
    """Where it was loaded as it stood: a row that was mended in the file would be left as it is."""
    call_command("load_rules")
    capsys.readouterr()
    old, new = DeadlineRule.objects.filter(code=code).order_by("in_force_from")
    new.delete()
    change(old, in_force_to=None)
    assert getattr(old, name) == was

    call_command("load_rules", format="json")

    assert json.loads(capsys.readouterr().out)["differ"] == []
    old.refresh_from_db()
    new = DeadlineRule.objects.exclude(pk=old.pk).get(code=code)
    assert new.in_force_from - old.in_force_to == timedelta(days=1)
    assert (getattr(old, name), getattr(new, name)) == (was, will_be)


def test_what_the_house_did_before_the_deploy_stays(agency, tmp_path, capsys):
    old = DeadlineRule.objects.get(code="ticket.contact_30")
    change(old, in_force_to=date(2026, 11, 30))
    old.pk, old._state.adding = None, True
    change(old, in_force_from=date(2026, 12, 1), in_force_to=None, amount=25)
    before = in_force(old.code)

    told = loaded(a_new_law(tmp_path), capsys)

    assert in_force(old.code) == before
    assert told["differ"] == [
        "ticket.contact_30 2022-01-01: in_force_to",
        "ticket.contact_30 2027-01-01: in_force_from",
    ]


def test_a_file_that_contradicts_itself_is_refused(agency, tmp_path):
    path = a_new_law(tmp_path, begin="2026-12-31")

    with override("en"), pytest.raises(CommandError, match=r"^rules\.csv, line 2: "):
        call_command("load_rules", path)

    assert in_force("ticket.contact_30") == [(30, date(2022, 1, 1), None)]


def test_a_file_is_told_by_line_and_changes_nothing(agency, applied, tmp_path):
    path = rules_file(tmp_path, amount="45", note="x")

    with override("en"), pytest.raises(CommandError, match=r"^rules\.csv, line 3: .*amount"):
        call_command("load_rules", path, reset=True)

    assert not DeadlineRule.objects.filter(amount=45).exists()
    call_command("load_rules", rules_file(tmp_path, note="x"), reset=True)
    assert DeadlineRule.objects.filter(note="x").exists()


# -- one after the other -------------------------------------------------------------------


def successor(rule, begins: date, **changes) -> DeadlineRule:
    """The same under another number, from ``begins`` on; not saved yet."""
    fields = {f.name: getattr(rule, f.name) for f in rule._meta.fields}
    for kept in ("id", "changed_at", "in_force_to"):
        del fields[kept]
    return DeadlineRule(**fields | {"in_force_from": begins} | changes)


@pytest.mark.parametrize(
    ("arrival", "minutes"),
    [("2026-03-03T23:59:59.999999+08:00", 10), ("2026-03-04T00:00:00+08:00", 15)],
)
def test_at_midnight_one_rule_hands_over_to_the_next(agency, clock, applied, arrival, minutes):
    change(applied, in_force_to=date(2026, 3, 3))
    change(successor(applied, date(2026, 3, 4), amount=15))

    clock.set(datetime.fromisoformat(arrival))
    opened = clock_of(agency.ticket(), applied.code)

    assert opened.due_at - clock.now == timedelta(minutes=minutes)
    assert alarms() == []


@pytest.mark.parametrize(
    ("ends", "begins", "fits"),
    [
        (None, date(2026, 3, 4), False),
        (date(2026, 3, 4), date(2026, 3, 4), False),
        (date(2026, 3, 3), date(2026, 3, 4), True),
        (date(2026, 3, 3), date(2021, 3, 4), False),
    ],
)
def test_two_of_one_code_are_never_in_force_on_one_day(applied, ends, begins, fits):
    change(applied, in_force_to=ends)
    other = successor(applied, begins)

    if fits:
        change(other)
        with pytest.raises(ValidationError) as told:
            change(applied, in_force_to=begins)
        assert list(told.value.message_dict) == ["in_force_to"]
    else:
        with pytest.raises(ValidationError) as told:
            change(other)
        assert list(told.value.message_dict) == ["in_force_from"]


# -- no false alarm, and no silence --------------------------------------------------------


def unused_rule(**changes) -> DeadlineRule:
    """A clock for petitions, which nobody has sent yet."""
    fields = {
        "code": "ticket.other", "name_zh": "其他", "name_en": "other", "kinds": ["petition"],
        "starts_on": "ticket_arrived", "met_by": "reply_ticket", "amount": 1, "unit": "hour",
        "basis": "test", "in_force_from": date(2022, 1, 1),
    } | changes  # fmt: skip
    return DeadlineRule.objects.create(**fields)


def test_tickets_from_before_a_rule_owe_it_nothing(agency, clock):
    agency.ticket()
    clock.shift(minutes=1)

    unused_rule(kinds=["complaint"])

    assert alarms() == []


def test_nor_those_from_before_it_came_to_bind_them(agency, clock):
    rule = unused_rule()
    clock.shift(hours=1)
    agency.ticket()
    clock.shift(minutes=1)

    change(rule, kinds=["complaint"])

    assert alarms() == []


def test_nor_those_that_came_while_it_had_ended(agency, clock):
    rule = unused_rule(kinds=["complaint"], in_force_to=date(2026, 3, 2))
    clock.shift(days=1)
    agency.ticket()
    clock.shift(minutes=1)

    change(rule, in_force_to=None)

    assert alarms() == []


def test_giving_a_rule_its_last_day_forgives_nothing(agency, applied):
    lose_clock(agency.ticket(), applied)

    change(applied, in_force_to=date(2026, 12, 31))

    assert I1 in alarms()


@pytest.mark.parametrize(
    ("after", "is_owed"), [(-MOMENT, False), (MOMENT * 0, False), (MOMENT, True)]
)
def test_what_comes_in_once_it_stands_owes_it(agency, clock, after, is_owed):
    rule = unused_rule(kinds=["complaint"])
    clock.shift(MARGIN + after)

    lose_clock(agency.ticket(), rule)

    assert (I1 in alarms()) == is_owed


I1 = "I1 every ticket has each clock that binds it, once"


def lose_clock(case, rule) -> None:
    """No program can do that: a clock is never deleted."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        CaseDeadline.objects.filter(case=case, rule=rule).delete()
        cursor.execute("SET LOCAL session_replication_role = origin")
