"""What protects an account: tokens that can be ended, and passwords that are guessed slowly."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from agency.core import brake
from agency.core.models import LoginTry, User
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
    filled |= {"password1": PASSWORD, "password2": PASSWORD}

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
    page = reverse("admin:auth_user_password_change", args=[agency.mediator.pk])

    sent = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert desk("admin").post(page, sent).status_code == 302

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
    address = reverse("admin:core_user_tokens", args=[agency.mediator.pk])

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
    address = reverse("admin:core_user_tokens", args=[agency.chief.pk])

    assert desk(username).post(address).status_code in {302, 403}

    assert client.get("cases/")[0] == 200


# -- passwords --------------------------------------------------------------------------------


@pytest.fixture
def mediator(agency, clock, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick
    agency.mediator.set_password(PASSWORD)
    agency.mediator.save()
    return agency.mediator


def knock(username: str = "mediator", password: str = WRONG):
    """Somebody sends the login form; the refusal in words, or None once they are in."""
    answer = Client().post("/login/", {"username": username, "password": password})
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

    assert LoginTry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_tries_that_come_at_once_none_is_free(mediator):
    rests = in_threads(*[lambda: brake.count_try("mediator")] * 14)

    assert rests.count(None) == 10
