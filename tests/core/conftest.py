"""What the tests of the kernel share: a mail server, and a house that writes to it."""

import pytest

from agency.core.models import DeadlineRule
from agency.core.notifications import post
from tests.mailserver import MailServer
from tests.stories import RULES_1030


@pytest.fixture
def by_smtp(settings):
    """E-mails go out for real; no mail server's trouble of an earlier test is remembered."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 2
    settings.NOTIFY_BY_EMAIL = True
    settings.PUBLIC_URL = "https://agency.example"
    post.outage.end()
    yield
    post.outage.end()


@pytest.fixture
def mail(by_smtp, settings):
    """A mail server that takes in what the house sends: ``mail.letters``."""
    with MailServer() as server:
        settings.EMAIL_PORT = server.port
        yield server


@pytest.fixture
def agency(agency):
    """The agency under the two 1030 rules alone: a ticket has these two clocks, and no other."""
    DeadlineRule.objects.exclude(code__in=RULES_1030).delete()
    return agency
