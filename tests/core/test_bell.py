"""The sign beside one's notices, on every page."""

import re

import pytest
from django.test import Client

from agency.core import notifications
from agency.core.models import Delivery, Notification
from agency.core.notifications.bell import mark_read
from tests.notices import IN_APP, notice


def browser_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sign_on(page: str) -> str:
    return re.search(r'class="bell"[^>]*>([^<]*)<', page)[1]


@pytest.mark.parametrize("address", ["/admin/", "/dashboard/", "/dashboard/cases/"])
def test_a_chief_sees_on_every_page_how_many_notices_are_unread(agency, clock, address):
    chief = browser_of(agency.chief)
    assert sign_on(chief.get(address).content.decode()) == ""

    notice(agency, "n1", target="chief")
    notice(agency, "n2", target="chief")
    notifications.deliver_pending()

    assert sign_on(chief.get(address).content.decode()) == "2"
    mark_read(agency.chief)
    assert sign_on(chief.get(address).content.decode()) == ""


def test_the_sign_asks_again_and_costs_the_same_however_many_wait(
    agency, clock, django_assert_num_queries
):
    mediator = browser_of(agency.mediator)
    subject = notice(agency)
    written = Notification.objects.bulk_create(
        Notification(
            dedup_key=f"more{number}", topic=subject.topic, target="handler", unit=subject.unit,
            subject=subject.subject, subject_id=subject.subject_id,
        )
        for number in range(150)
    )  # fmt: skip

    for waiting, said in ((1, "1"), (99, "99"), (150, "99+")):
        Delivery.objects.bulk_create(
            [Delivery(notification=n, recipient=agency.mediator, channel=IN_APP) for n in written[:waiting]],
            ignore_conflicts=True,
        )  # fmt: skip
        with django_assert_num_queries(4):  # the session, the account, the count, the clock
            answer = mediator.get("/bell/", headers={"HX-Request": "true"})
            assert answer.content.decode() == said


def test_who_has_been_logged_out_is_not_led_to_the_login_by_a_sign(agency):
    assert Client().get("/bell/").status_code == 403
