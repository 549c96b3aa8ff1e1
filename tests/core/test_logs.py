"""The log holds ids and reasons, never people."""

import logging
import sys

import pytest
from celery.app.trace import build_tracer
from django.db import IntegrityError, ProgrammingError

from agency.celery import app
from agency.core.logs import Discreet
from agency.core.views import server_error
from cases.models import Consumer, Merchant

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


def test_nor_does_a_task_that_failed_tell_of_people(agency, caplog):
    shop = Merchant.objects.create(name="王小明")

    @app.task(name="failing", shared=False)
    def failing():
        Merchant.objects.filter(pk=shop.pk).update(uscc=None)

    try:
        build_tracer("failing", failing, app=app)("some-id", (), {})
    finally:
        app.tasks.pop("failing")

    [record] = [record for record in caplog.records if record.name == "celery.app.trace"]
    text = Discreet("{message}", style="{").format(record)
    assert "王小明" in record.getMessage(), "Celery says it in the message itself"
    assert "IntegrityError" in text.splitlines()[0]
    assert "王小明" not in text


@pytest.mark.parametrize(("path", "kind"), [("/api/v1/x/", "problem+json"), ("/x/", "text/html")])
def test_a_fault_of_ours_is_told_in_words(rf, path, kind):
    response = server_error(rf.get(path))

    assert response.status_code == 500
    assert kind in response["Content-Type"]
