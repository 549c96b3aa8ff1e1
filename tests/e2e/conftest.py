"""A real browser on a real server: Chromium, in Chinese, at Shanghai's hour.

Without a Chromium these tests are skipped and say so; in CI that is a failure.
"""

import os
import re
import shutil
import threading
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.db import connection
from django.test import Client
from django.test.utils import override_settings

from agency.core.models import DeadlineRule, User
from tests.processes import wait_until
from tests.stories import RULES_1030, Agency

# Playwright's synchronous API keeps an event loop in this thread; the ORM is used beside it,
# never inside.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
PASSWORD = "a quiet long password"
DESK = {"width": 1366, "height": 768}
SCREENS = Path(django_settings.BASE_DIR) / "docs" / "screens"
PLAIN = dict.fromkeys(("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"), False)


@pytest.fixture(scope="session")
def browser():
    """One Chromium for the whole run."""
    if CHROMIUM is None:
        reason = "there is no Chromium on this machine (apt-get install chromium)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # a busy machine is no fault of the page
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )


class UnderWay:
    """The requests that the live server has taken and not answered to their end."""

    def __init__(self) -> None:
        self.number, self._lock = 0, threading.Lock()

    def begins(self, **_signal) -> None:
        with self._lock:
            self.number += 1

    def ends(self, **_signal) -> None:
        with self._lock:
            self.number -= 1


@pytest.fixture
def under_way():
    requests = UnderWay()
    request_started.connect(requests.begins)
    request_finished.connect(requests.ends)
    yield requests
    request_started.disconnect(requests.begins)
    request_finished.disconnect(requests.ends)


@pytest.fixture
def site(live_server, under_way):
    """The live server's address, over plain HTTP."""
    with override_settings(**PLAIN):
        yield live_server.url


@pytest.fixture
def agency(transactional_db):
    """The agency of the stories, committed: the server's threads see it."""
    house = Agency()
    # The two 1030 rules alone: a page has these two clocks, and no other.
    DeadlineRule.objects.exclude(code__in=RULES_1030).delete()
    return house


@pytest.fixture
def browser_page(browser, site, under_way):
    """``browser_page("supervisor")``: an empty page of that person, logged in.

    An error in a page's script fails the test. None gives somebody who is not logged in.
    """
    contexts, failures = [], []

    def open_page(username: str | None = None, *, viewport=DESK, **options):
        settled = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"} | options
        context = browser.new_context(base_url=site, viewport=viewport, **settled)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        if username:
            context.add_cookies([{"url": site} | session_of(username)])
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:  # an answer held back may still be under way
            page.unroute_all(behavior="ignoreErrors")
        context.close()
    # The last poll of a page may still be answered: the tables are emptied after it.
    # Between two statements of a request the database is as quiet as after the last one.
    wait_until(
        lambda: under_way.number <= 0 and _is_quiet(),
        seconds=20, what="the server has answered its last request",
    )  # fmt: skip
    assert not failures, failures


def _is_quiet() -> bool:
    """Whether nobody else asks this database anything."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE state <> 'idle'
               AND datname = current_database() AND pid <> pg_backend_pid())"""
        )
        return cursor.fetchone()[0]


def session_of(username: str) -> dict[str, str]:
    """The cookie that logs a person in: the form at the door has tests of its own."""
    client = Client()
    client.force_login(User.objects.get(username=username))
    name = django_settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value}


def log_in(page, username: str) -> None:
    user = User.objects.get(username=username)
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    page.goto("/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url, wait_until="commit")


@pytest.fixture
def screenshot():
    """``screenshot(page, "dashboard")`` keeps docs/screens/dashboard.png when SCREENSHOTS=1."""

    def keep(page, name: str) -> None:
        if os.environ.get("SCREENSHOTS") == "1":
            SCREENS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SCREENS / f"{name}.png")

    return keep


@pytest.fixture
def desk(browser_page):
    """``desk("mediator")``: that person's start page; what the browser complains of fails the test."""
    complaints = re.compile("Content Security|returned no matches")
    refused = []

    def open_desk(username, **options):
        page = browser_page(username, **options)
        page.on(
            "console",
            lambda said: refused.append(said.text) if complaints.search(said.text) else None,
        )
        page.goto("/admin/")
        return page

    yield open_desk
    assert not refused, refused


def choose(page, name: str, value: str) -> None:
    """Go down the list that has the focus until ``value`` is chosen."""
    for _option in range(20):
        if page.locator(f"select[name={name}]").input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    pytest.fail(f"no key leads to {value}")
