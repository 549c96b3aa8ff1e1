"""The log holds ids and reasons, never people."""

import logging
import sys

import pytest
from django.db import IntegrityError, ProgrammingError

from agency.core.logs import Discreet
from agency.core.views import server_error
from cases.models import Consumer

pytestmark = pytest.mark.django_db


def test_what_the_database_quotes_of_a_row_is_left_out(agency):
    person = Consumer.objects.create(name="王小明", phone="+8613912345678")
    try:
        Consumer.objects.create(pk=person.pk, name="王小明", phone="+8613912345678")
    except IntegrityError:
        text = Discreet("{message}", style="{").format(
            logging.LogRecord("x", logging.ERROR, "", 0, "refused", (), sys.exc_info())
        )

    assert "IntegrityError" in text
    assert "DETAIL: (left out)" in text
    assert f"({person.pk})" not in text


def test_what_the_database_quotes_of_a_statement_is_left_out():
    name = "王小明"
    try:
        Consumer.objects.extra(where=["name = %s AND"], params=[name]).exists()
    except ProgrammingError:
        text = Discreet("{message}", style="{").format(
            logging.LogRecord("x", logging.ERROR, "", 0, "refused", (), sys.exc_info())
        )

    assert "syntax error" in text
    assert name not in text


@pytest.mark.parametrize(("path", "kind"), [("/api/v1/x/", "problem+json"), ("/x/", "text/html")])
def test_a_fault_of_ours_is_told_in_words(rf, path, kind):
    response = server_error(rf.get(path))

    assert response.status_code == 500
    assert kind in response["Content-Type"]
