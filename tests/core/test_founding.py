"""The first start in production: from an empty database to a channel's first ticket."""

import io
import json

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils.translation import override

from agency.core.models import ApiToken, Unit, User
from agency.core.roles import Role
from cases import channels
from cases.models import Channel
from tests.stories import RULES_1030, Api, payload
from tests.threads import in_threads

PASSWORD = "blauer Fluss im Nebel"
AGENCY = {"name": "消费者权益保护中心", "code": "agency", "profile": "council", "admin": "shen"}


def ask(command: str, *args, **options) -> dict:
    out = io.StringIO()
    call_command(command, *args, format="json", stdout=out, **options)
    return json.loads(out.getvalue())


def test_an_empty_agency_is_founded_and_takes_its_first_ticket(db):
    call_command("load_rules", stdout=io.StringIO())

    told = ask("found_agency", **AGENCY)
    assert ask("load_channels") == {"added": 8, "channels": 8}
    token = ask("issue_token", "channel-web")["token"]
    status, answer = Api(token).post("tickets/", payload("web"), key="first-ticket")

    assert status == 201
    owed = {clock["rule"] for clock in answer["deadlines"]}
    assert owed == {*RULES_1030, "council.accept"}
    root = Unit.objects.get()
    assert (root.org_profile, root.kind, root.path) == ("council", "agency", "agency/")
    admin = User.objects.get(username="shen")
    assert (admin.role, admin.unit) == (Role.ADMIN, root)
    page = Client()
    form = page.get(told["invitation"].removeprefix(settings.PUBLIC_URL)).url
    chosen = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    assert page.post(form, chosen).url == "/login/"
    assert Client().login(username="shen", password=PASSWORD)
    assert {channel.client.unit for channel in Channel.objects.all()} == {root}


def test_a_password_of_ones_own_is_not_told(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))

    told = ask("found_agency", **AGENCY, password_from_stdin=True)

    assert told == {"unit": "agency", "username": "shen"}
    assert Client().login(username="shen", password=PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "1234567890", "password123"])
def test_a_weak_password_founds_nothing(db, monkeypatch, password):
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))

    with pytest.raises(CommandError):
        ask("found_agency", **AGENCY, password_from_stdin=True)

    assert not Unit.objects.exists() and not User.objects.exists()


@pytest.mark.parametrize("wrong", [{"code": "two words"}, {"name": ""}, {"admin": "a b"}])
def test_what_cannot_be_a_name_founds_nothing(db, wrong):
    with pytest.raises(CommandError):
        ask("found_agency", **AGENCY | wrong)

    assert not Unit.objects.exists()


def test_an_agency_is_founded_once(agency):
    with pytest.raises(CommandError) as told:
        ask("found_agency", **AGENCY)

    assert "\n" not in str(told.value)
    assert Unit.objects.filter(parent=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_founds_it_at_once_founds_one():
    def found(name):
        try:
            return ask("found_agency", **AGENCY | {"code": name, "admin": name})
        except CommandError:
            return None

    answers = in_threads(lambda: found("east"), lambda: found("west"))

    assert len([answer for answer in answers if answer]) == 1
    assert Unit.objects.count() == User.objects.count() == 1


def test_channels_belong_to_an_agency(db):
    with pytest.raises(CommandError, match="found_agency"):
        ask("load_channels")


def test_channels_that_are_there_stay_as_they_are(agency):
    Channel.objects.filter(code="web").update(name_zh="官网")

    assert ask("load_channels") == {"added": 0, "channels": 8}
    assert Channel.objects.get(code="web").name_zh == "官网"


@pytest.mark.parametrize(
    "row", ["two words,窗口,Desk,0,0,0", "desk,,Desk,0,0,0", "desk,窗口,Desk", ",窗口,Desk,0,0,0"]
)
def test_a_line_that_is_no_channel_is_told_and_nothing_is_made(agency, tmp_path, row):
    file = tmp_path / "channels.csv"
    head = channels.CHANNELS.read_text().splitlines()[0]
    file.write_text(f"{head}\nfax,传真,Fax,0,0,0\n{row}\n")

    with override("en"), pytest.raises(CommandError, match="line 3"):
        ask("load_channels", file)

    assert not Channel.objects.filter(code="fax").exists()


def test_a_channel_from_the_start_has_no_token_until_one_is_issued(agency):
    assert not ApiToken.objects.exists()
