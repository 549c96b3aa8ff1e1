"""What protects an account: tokens that can be ended, and passwords that are guessed slowly."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from agency.core.accounts import brake
from agency.core.models import LoginTry, User
from tests.stories import Api
from tests.threads import in_threads

PASSWORD, WRONG = "blauer Fluss im Nebel", "grauer Fluss im Nebel"


def desk(username: str) -> Client:
    """A browser in which this person is logged in."""
    http = Client()
    http.force_login(User.objects.get(username=username))
    return http


# -- the form -----------------------------------------------------------------------------------

ADD = "/admin/core/user/add/"


def test_a_new_account_has_no_role_until_somebody_chooses_one(agency):
    http = desk("admin")
    filled = {"username": "new", "name": "林月", "unit": agency.units["east"].pk}

    for role in ({}, {"role": "channel"}):
        form = http.post(ADD, filled | role).context["adminform"].form
        assert list(form.errors) == ["role"]
    assert form.fields["role"].choices[0][0] == "", "none is chosen beforehand"
    assert http.post(ADD, filled | {"role": "mediator"}).status_code == 302
    assert User.objects.get(username="new").role == "mediator"


def test_an_account_is_called_what_the_login_calls_it(agency):
    login = Client().get("/login/").content.decode()
    pages = [desk("admin").get(page).content.decode() for page in (ADD, "/admin/core/user/")]

    assert "账号" in login and "用户名" not in login
    assert not [page for page in pages if "用户名" in page or "姓名" not in page]


@pytest.mark.parametrize("name", ["mediator", "Mediator"])
def test_a_name_that_is_taken_is_told_in_a_sentence_about_accounts(agency, name):
    form = desk("admin").post(ADD, {"username": name}).context["adminform"].form

    with translation.override("en"):
        assert [str(text) for text in form.errors["username"]] == ["This account is there already."]


# -- tokens -----------------------------------------------------------------------------------


def test_a_new_password_ends_the_tokens_of_the_account_and_of_no_other(agency):
    thief, other = agency.client("mediator"), agency.client("chief")
    assert thief.get("cases/")[0] == 200

    agency.mediator.set_password(PASSWORD)
    agency.mediator.save()

    assert thief.get("cases/")[0] == 401
    assert other.get("cases/")[0] == 200
    assert agency.client("mediator").get("cases/")[0] == 200, "one issued afterwards"


def test_the_same_password_kept_in_a_better_way_ends_nothing(agency, settings):
    agency.mediator.set_password(PASSWORD)
    agency.mediator.save()
    client = agency.client("mediator")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher",
                                 *settings.PASSWORD_HASHERS]  # fmt: skip

    assert Client().login(username="mediator", password=PASSWORD)

    assert User.objects.get(username="mediator").password.startswith("scrypt")
    assert client.get("cases/")[0] == 200


def test_the_administrator_ends_the_tokens_of_an_account(agency):
    lost, other = agency.client("mediator"), agency.client("chief")
    http, account = desk("admin"), reverse("admin:core_user_change", args=[agency.mediator.pk])
    address = reverse("admin:core_user_act", args=[agency.mediator.pk, "tokens"])

    assert address in http.get(account).content.decode()
    assert http.get(address).status_code == 200
    assert lost.get("cases/")[0] == 200, "asking ends nothing"
    assert http.post(address).url == account

    assert lost.get("cases/")[0] == 401
    assert other.get("cases/")[0] == 200
    assert address not in http.get(account).content.decode(), "there is none left to end"


@pytest.mark.parametrize("username", ["mediator", "leader", "outlet_a"])
def test_nobody_else_ends_tokens(agency, username):
    client = agency.client("chief")
    address = reverse("admin:core_user_act", args=[agency.chief.pk, "tokens"])

    assert desk(username).post(address).status_code in {302, 403}

    assert client.get("cases/")[0] == 200


# -- passwords --------------------------------------------------------------------------------


@pytest.fixture
def mediator(agency, clock):
    agency.mediator.set_password(PASSWORD)
    agency.mediator.save()
    return agency.mediator


def knock(username: str = "mediator", password: str = WRONG, *, browser=None, **sent):
    """Somebody sends the login form; the refusal in words, or None once they are in."""
    form = {"username": username, "password": password}
    answer = (browser or Client()).post("/login/", form, **sent)
    return None if answer.status_code == 302 else answer.context["form"].non_field_errors()[0]


def test_after_ten_wrong_passwords_the_account_rests_for_ten_minutes(mediator, clock):
    wrong = {knock() for _ in range(10)}
    assert len(wrong) == 1, "each is told the same"

    told = knock(password=PASSWORD)

    assert "09:10" in told and told not in wrong
    clock.shift(minutes=10, microseconds=-1)
    assert knock(password=PASSWORD) == told
    clock.shift(microseconds=1)
    assert knock(password=PASSWORD) is None


@pytest.mark.parametrize(
    ("pause", "rests"),
    [
        (timedelta(), True),
        (timedelta(minutes=1), True),  # the tenth comes nine minutes after the first
        (timedelta(seconds=66), True),
        (timedelta(seconds=67), False),  # ten minutes and three seconds
    ],
)
def test_only_wrong_passwords_close_together_make_it_rest(mediator, clock, pause, rests):
    for _ in range(9):
        knock()
        clock.shift(pause)
    knock()

    assert (knock(password=PASSWORD) is not None) == rests


def test_who_knocks_while_it_rests_does_not_prolong_it(mediator, clock):
    for _ in range(20):
        knock()
        clock.shift(seconds=30)

    assert knock(password=PASSWORD) is not None
    clock.shift(minutes=4, seconds=30)
    assert knock(password=PASSWORD) is None, "ten minutes after the tenth"


def test_the_right_password_begins_anew(mediator, clock):
    for _ in range(3):
        for _ in range(9):
            knock()
        assert knock(password=PASSWORD) is None


def test_a_form_without_a_password_is_no_try(mediator, clock):
    for _ in range(12):
        Client().post("/login/", {"username": "mediator", "password": ""})

    assert knock(password=PASSWORD) is None


def test_others_come_in_while_one_rests(mediator, agency, clock):
    for _ in range(11):
        knock("chief")

    assert knock(password=PASSWORD) is None


def test_nobody_learns_which_names_are_accounts(mediator, agency, clock):
    agency.chief.is_active = False
    agency.chief.save()

    heard = {name: [knock(name) for _ in range(12)] for name in ("mediator", "chief", "nobody")}

    assert heard["mediator"] == heard["chief"] == heard["nobody"]


def test_a_new_password_ends_the_rest(mediator, clock):
    for _ in range(11):
        knock()

    mediator.set_password("roter Berg im Regen")
    mediator.save()

    assert knock(password="roter Berg im Regen") is None


def test_what_was_typed_as_a_name_is_kept_nowhere(mediator, clock, caplog):
    """People type their password into the wrong field."""
    for _ in range(11):
        knock(PASSWORD)

    assert PASSWORD not in str(list(LoginTry.objects.values())) + caplog.text
    assert "refused" in caplog.text


def test_old_tries_are_forgotten(mediator, clock):
    for name in ("a", "b", "c"):
        knock(name)
    clock.shift(hours=1)

    knock()

    assert {row.at for row in LoginTry.objects.all()} == {clock.now}


# -- from where -------------------------------------------------------------------------------

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}


def test_a_stranger_who_guesses_elsewhere_locks_nobody_out_here(mediator, clock):
    for _ in range(11):
        knock(**ELSEWHERE)

    assert "09:10" in knock(password=PASSWORD, **ELSEWHERE)
    assert knock(password=PASSWORD) is None


def test_many_places_that_guess_at_one_name_are_stopped_but_its_owner_s_browser_is_not(
    mediator, clock, settings
):
    own = Client()
    assert knock(password=PASSWORD, browser=own) is None
    own.post("/logout/")

    heard = [knock(REMOTE_ADDR=f"198.51.100.{number}") for number in range(60)]

    assert len([told for told in heard if "09:10" in told]) == 60 - settings.LOGIN_TRIES_ANYWHERE
    assert knock(password=PASSWORD, browser=own) is None
    assert "09:10" in knock(password=PASSWORD), "a browser that nobody knows"
    clock.shift(minutes=10)
    assert knock(password=PASSWORD) is None


def test_a_known_browser_may_not_guess_for_ever_either(mediator, clock):
    own = Client()
    knock(password=PASSWORD, browser=own)
    own.post("/logout/")

    for _ in range(10):
        knock(browser=own)

    assert "09:10" in knock(password=PASSWORD, browser=own)


def test_a_browser_known_to_one_is_a_stranger_s_to_another(mediator, agency, clock):
    colleague = Client()
    knock(password=PASSWORD, browser=colleague)
    colleague.post("/logout/")

    for _ in range(10):
        knock("chief", browser=colleague)

    assert "09:10" in knock("chief"), "counted like anybody's in this house"


def test_one_place_does_not_go_through_all_names(mediator, clock, settings):
    settings.LOGIN_TRIES_OF_A_PLACE = 20
    for number in range(20):
        knock(f"name{number}", **ELSEWHERE)

    assert "09:10" in knock(password=PASSWORD, **ELSEWHERE)
    assert knock(password=PASSWORD) is None


def test_a_shift_that_logs_in_from_one_office_is_no_attack(mediator, clock, settings):
    settings.LOGIN_TRIES_OF_A_PLACE = 5

    assert [knock(password=PASSWORD) for _ in range(12)] == [None] * 12


FORGED = [f"192.0.2.{number}" for number in range(10)]


@pytest.mark.parametrize(
    ("proxies", "header", "rests"),
    [
        (0, "{forged}", True),  # nobody of ours has written it
        (1, "{forged}, 203.0.113.7", True),  # what the proxy saw is the same each time
        (1, "203.0.113.7, {forged}", False),  # the proxy saw ten places
        (2, "{forged}, 203.0.113.7, 10.0.0.1", True),
        (2, "{forged}", True),  # fewer than there are proxies: it came past them
        (1, "{forged}, nonsense", True),
    ],
)
def test_a_forged_address_is_not_believed(mediator, clock, settings, proxies, header, rests):
    settings.PROXIES = proxies
    for forged in FORGED:
        knock(headers={"X-Forwarded-For": header.format(forged=forged)})

    last = header.format(forged="192.0.2.99")
    told = knock(password=PASSWORD, headers={"X-Forwarded-For": last})

    assert (told is not None) == rests


def test_of_ipv6_a_whole_network_is_one_place(mediator, clock):
    for number in range(10):
        knock(REMOTE_ADDR=f"2001:db8:1:2::{number}")

    assert knock(password=PASSWORD, REMOTE_ADDR="2001:db8:1:2::ff") is not None
    assert knock(password=PASSWORD, REMOTE_ADDR="2001:db8:1:3::1") is None


def test_a_program_is_told_too_when_to_come_again(mediator, clock):
    for _ in range(10):
        knock()
    clock.shift(minutes=4)

    answer = Client().post("/login/", {"username": "mediator", "password": WRONG})

    assert (answer.status_code, answer["Retry-After"]) == (429, "361")


def test_wrong_tokens_are_counted_and_right_ones_never_refused(agency, clock, settings):
    settings.LOGIN_TRIES_OF_A_PLACE = 3
    right, wrong = agency.client("mediator"), Api("no-token-of-ours")

    assert [wrong.get("cases/")[0] for _ in range(4)] == [401, 401, 401, 429]
    assert wrong.response["Retry-After"] == "601"
    assert right.get("cases/")[0] == 200


@pytest.mark.django_db(transaction=True)
def test_of_tries_that_come_at_once_none_is_free(mediator):
    rests = in_threads(*[lambda: brake.count({"mediator": 10, "here": 100})] * 14)

    assert rests.count(None) == 10


class Counted(MD5PasswordHasher):
    """Counts how often a password is hashed."""

    times = 0

    def encode(self, password, salt, *args):
        Counted.times += 1
        return super().encode(password, salt, *args)


def test_the_login_does_the_same_work_whatever_the_name(mediator, agency, clock, settings):
    """So it takes as long: for an account, one that is off, one without a password, and none."""
    agency.chief.set_password(PASSWORD)
    agency.chief.is_active = False
    agency.chief.save()
    settings.PASSWORD_HASHERS = [f"{__name__}.Counted"]
    User.objects.filter(pk__in=[mediator.pk, agency.chief.pk]).update(
        password=make_password(PASSWORD)
    )

    work = set()
    for name in ("mediator", "chief", "expert", "nobody"):
        Counted.times = 0
        with CaptureQueriesContext(connection) as asked:
            knock(name)
        work.add((Counted.times, len(asked)))

    assert len(work) == 1 and work.pop()[0] == 1


def test_what_a_password_must_be_like_is_said_in_one_voice():
    rules = " ".join(password_validators_help_texts())
    assert rules and "你" not in rules and "用户名" not in rules
    with pytest.raises(ValidationError) as refused:
        validate_password("Mediator-1x", User(username="mediator"))
    assert "不能与账号、姓名或邮箱相近。" in refused.value.messages
