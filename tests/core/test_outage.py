"""The database is away: every door says so, and when to come back; and the log says why."""

import pytest
from django.db import connection
from django.test import Client

from tests.mailserver import free_port


@pytest.fixture
def browser(agency):
    """Somebody who is logged in, and answered also where something goes wrong."""
    browser = Client(raise_request_exception=False)
    browser.force_login(agency.supervisor)
    return browser


@pytest.fixture
def database_away(transactional_db, browser, monkeypatch):
    connection.close()
    with monkeypatch.context() as moved:
        moved.setitem(connection.settings_dict, "PORT", str(free_port()))
        yield
        connection.close()


PAGES = ["/", "/admin/", "/dashboard/", "/dashboard/wall/", "/portal/", "/login/", "/bell/"]


@pytest.mark.usefixtures("database_away")
@pytest.mark.parametrize("path", [*PAGES, "/api/v1/cases/", "/api/v1/deadlines/board/"])
def test_who_is_logged_in_is_told_when_to_come_back(browser, path):
    answer = browser.get(path)

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("database_away")
def test_a_form_that_is_sent_is_answered_the_same(browser):
    assert browser.post("/login/", {"username": "a", "password": "b"}).status_code == 503


@pytest.mark.usefixtures("database_away")
@pytest.mark.parametrize("path", ["/healthz", "/healthz/deadlines"])
def test_who_asks_for_our_health_is_answered_in_json(client, path):
    answer = client.get(path)

    assert answer.status_code == 503
    assert answer.json()


def test_the_page_is_there_again_with_the_database(browser):
    assert browser.get("/dashboard/").status_code == 200


def too_slow(_user):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5ms'")
        cursor.execute("SELECT pg_sleep(1)")


@pytest.mark.parametrize(
    ("path", "asks", "answer"),
    [
        ("/", "agency.core.models.User.landing", property(too_slow)),
        ("/api/v1/notifications/", "agency.core.notifications.api.bell_of", too_slow),
    ],
)
def test_the_log_says_why_it_was_a_503(browser, monkeypatch, caplog, path, asks, answer):
    """A statement that is always too slow must not look like an outage for ever."""
    monkeypatch.setattr(asks, answer)

    assert browser.get(path).status_code == 503
    [said] = [record.getMessage() for record in caplog.records if "away" in record.getMessage()]
    assert said == (
        f"database away at {path!r}: QueryCanceled: canceling statement due to statement timeout"
    )
