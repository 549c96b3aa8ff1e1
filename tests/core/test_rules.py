"""A rule that could not be counted, or would never fall silent, is never saved."""

import csv
import json
from datetime import time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.translation import override

from agency.core.admin.rules import TICKED
from agency.core.management.commands.load_rules import RULES
from agency.core.models import DeadlineRule
from cases.models import Channel
from tests.stories import RULES_1030

MINUTE = timedelta(minutes=1)

REFUSED = [
    # what is wrong, and the field that is told
    ({"window_from": time(18), "window_to": time(9)}, "window_to"),
    ({"window_from": time(9), "window_to": time(9)}, "window_to"),
    ({"window_from": time(9)}, "window_to"),
    ({"amount": 99_999_999}, "amount"),
    ({"amount": 99_999, "unit": "day"}, "amount"),
    ({"amount": 0}, "amount"),
    ({"warn_percents": [50, 150]}, "warn_percents"),
    ({"warn_percents": [0]}, "warn_percents"),
    ({"warn_percents": [100]}, "warn_percents"),
    ({"repeat_after": timedelta()}, "repeat_after"),
    ({"repeat_after": -MINUTE}, "repeat_after"),
    ({"repeat_after": MINUTE / 2}, "repeat_after"),
    ({"ladder_after": [MINUTE * 0, MINUTE * 9, MINUTE * 5]}, "ladder_after"),
    ({"ladder_after": [-MINUTE, MINUTE, MINUTE * 5]}, "ladder_after"),
    ({"ladder_after": [MINUTE]}, "ladder_after"),
    ({"kinds": ["complaint", "complain"]}, "kinds"),
    ({"channels": ["fax"]}, "channels"),
    ({"met_by": "telephone"}, "met_by"),
    ({"starts_on": "full_moon"}, "starts_on"),
]

CONSTRAINED = [
    {"window_from": time(18), "window_to": time(9)},
    {"window_from": time(9)},
    {"window_to": time(9)},
    {"warn_percents": [50, 150]},
    {"warn_percents": [0]},
    {"repeat_after": timedelta()},
    {"repeat_after": -MINUTE},
    {"ladder_after": [-MINUTE, MINUTE, MINUTE * 5]},
]


@pytest.fixture
def rule(agency) -> DeadlineRule:
    return DeadlineRule.objects.get(code="ticket.respond_10")


def changed(rule, changes) -> DeadlineRule:
    for name, value in changes.items():
        setattr(rule, name, value)
    return rule


def test_the_rules_we_come_with_are_sound(agency):
    for rule in DeadlineRule.objects.all():
        rule.full_clean()


@pytest.mark.parametrize(("changes", "field"), REFUSED)
def test_refused_is(rule, changes, field):
    with pytest.raises(ValidationError) as told:
        changed(rule, changes).full_clean()

    assert set(told.value.message_dict) == {field}


@pytest.mark.parametrize(
    "changes",
    [
        {"window_from": time(9), "window_to": time(18)},
        {"amount": 1, "unit": "second"},
        {"amount": 60, "unit": "workday"},
        {"warn_percents": []},
        {"warn_percents": [1, 99]},
        {"repeat_after": None},
        {"repeat_after": MINUTE},
        {"ladder_after": [], "ladder_targets": []},
        {"ladder_after": [MINUTE, MINUTE, MINUTE]},
        {"channels": []},
        {"met_by": "reply_ticket"},
    ],
)
def test_allowed_is(rule, changes):
    changed(rule, changes).full_clean()
    rule.save()


@pytest.mark.parametrize("changes", CONSTRAINED)
def test_the_database_refuses(rule, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        DeadlineRule.objects.filter(pk=rule.pk).update(**changes)


@pytest.fixture
def settings_page(agency, rule):
    """``(client, address)`` of the rule's page, as the administrator opens it."""
    client = Client()
    client.force_login(agency.admin)
    return client, f"/admin/core/deadlinerule/{rule.pk}/change/"


def shown(client, address) -> dict:
    """What the form would send as it stands."""
    form = client.get(address).context["adminform"].form
    told = {name: form[name].value() for name in form.fields}
    told = {name: "" if value is None else value for name, value in told.items()}
    texts = {name for name in told if isinstance(told[name], list)} - TICKED
    return told | {name: ",".join(map(str, told[name])) for name in texts}


def test_the_admin_tells_what_is_wrong_and_saves_nothing(settings_page, rule):
    client, address = settings_page
    sent = shown(client, address) | {"warn_percents": "50,150", "kinds": ["complain"]}

    answer = client.post(address, sent)

    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {"warn_percents", "kinds"}
    rule.refresh_from_db()
    assert rule.warn_percents == [50, 80]


def test_the_admin_ticks_kinds_and_channels_by_their_names(agency, settings_page, rule):
    client, address = settings_page
    agency.channels["web"].delete()
    Channel.objects.filter(code="minyi").update(name_zh="民意速办改名")
    form = client.get(address).context["adminform"].form
    offered = {str(option.choice_label) for name in ("kinds", "channels") for option in form[name]}

    sent = shown(client, address) | {"kinds": ["complaint", "report"], "channels": []}
    answer = client.post(address, sent)

    assert {"投诉", "信访", "12315热线", "民意速办改名", "网站"} <= offered
    assert answer.status_code == 302
    rule.refresh_from_db()
    assert (rule.kinds, rule.channels) == (["complaint", "report"], [])


def rules_file(tmp_path, **changes):
    """The two 1030 rules; ``changes`` go into the second, which stands on line 3."""
    with RULES.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["code"] in RULES_1030]
    rows[1] |= changes
    path = tmp_path / "rules.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"warn_percents": "150"}, "warn_percents"),
        ({"window": "18:00-09:00"}, "window_to"),
        ({"in_force_to": "new year"}, "in_force_to: “new year” cannot be read"),
        ({"window": "tea-time"}, "window: “tea-time” cannot be read"),
        ({"amount": "soon"}, "amount: “soon” cannot be read"),
        ({"kinds": "complain"}, "complain"),
        ({"repeat_minutes": "inf"}, "repeat_minutes: “inf” cannot be read"),
        ({"ladder": "chief"}, "ladder: “chief” cannot be read"),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_a_file_is_held_to_the_same_and_told_by_line(rule, tmp_path, changes, told, is_new):
    new = {"code": "ticket.new"} if is_new else {}

    with (
        override("en"),
        pytest.raises(CommandError, match=rf"^rules\.csv, line 3: .*{told}") as error,
    ):
        call_command("load_rules", rules_file(tmp_path, **changes, **new), reset=True)

    assert "\n" not in str(error.value)
    assert DeadlineRule.objects.count() == 2


@pytest.mark.parametrize(
    ("was", "instead", "told"),
    [
        (",roll,", ",rolls,", "line 2: There is no column roll"),
        (",\n", "\n", "line 3: There is no column note"),
        (",\n", ",a,note\n", "line 3: There are more fields"),
    ],
)
def test_a_file_with_other_columns_is_told_which(rule, tmp_path, was, instead, told):
    path = rules_file(tmp_path, note="")
    path.write_text(path.read_text().replace(was, instead))

    with override("en"), pytest.raises(CommandError, match=told):
        call_command("load_rules", path, reset=True)


def test_a_file_changes_a_rule_only_when_asked(rule, tmp_path, capsys):
    path = rules_file(tmp_path, amount="45")
    contact = DeadlineRule.objects.filter(code="ticket.contact_30")

    call_command("load_rules", path, format="json")
    assert contact.get().amount == 30
    call_command("load_rules", path, reset=True, format="json")
    assert contact.get().amount == 45

    told = [json.loads(line)["updated"] for line in capsys.readouterr().out.splitlines()]
    assert told == [0, 2]


@pytest.mark.parametrize(
    "command", ["load_rules", "load_calendar", "load_channels", "load_categories", "import_tickets"]
)
def test_a_missing_file_is_told_in_a_sentence(agency, tmp_path, command):
    path, options = str(tmp_path / "none.csv"), {}
    if command == "import_tickets":
        options = {"map": "generic", "channel": "minyi"}

    with override("en"):
        with pytest.raises(CommandError, match="none.csv is not there.$"):
            call_command(command, path, **options)
        with pytest.raises(CommandError, match="is a folder, not a file.$"):
            call_command(command, str(tmp_path), **options)
