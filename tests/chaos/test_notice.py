"""The promise in figures: for a machine that has nothing else to do."""

import pytest

from tests import breaches
from tests.processes import Fleet

pytestmark = pytest.mark.django_db(transaction=True)


def test_99_of_100_breaches_are_seen_over_http_within_a_second_and_a_half(
    agency, live_server, settings, tmp_path, record_property
):
    settings.SECURE_SSL_REDIRECT = False
    breaches.shorten_rules()
    fleet = Fleet(tmp_path)
    try:
        figures = breaches.measure(agency, live_server.url, fleet)
    finally:
        fleet.end()
    record_property("breach_seen_after_seconds", figures)
    assert figures["p99"] <= 1.5
