"""What protects an account: tokens that can be ended, and passwords that are guessed slowly."""

import pytest
from django.test import Client
from django.urls import reverse

from agency.core.models import User

PASSWORD = "blauer Fluss im Nebel"


def desk(username: str) -> Client:
    """A browser in which this person is logged in."""
    http = Client()
    http.force_login(User.objects.get(username=username))
    return http


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
