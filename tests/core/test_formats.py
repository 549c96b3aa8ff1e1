"""How dates look on the pages for settings and upkeep."""

import pytest
from django.test import Client

from agency.core import watch
from agency.core.models import DeadlineRule


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("/admin/core/heartbeat/", "2026-03-02 09:00:07"),
        ("/admin/core/user/", "2026-03-02 09:00:07"),
        ("/admin/core/deadlinerule/", "2022-01-01"),
        ("/admin/core/deadlinerule/{rule}/change/", 'value="2026-12-31"'),
    ],
)
def test_a_moment_is_told_to_the_second_and_a_day_as_people_type_it(
    agency, clock, language, page, shown
):
    clock.shift(seconds=7)
    watch.keep_watch("loop")
    agency.mediator.last_login = clock.now
    agency.mediator.save()
    rule = DeadlineRule.objects.first()
    DeadlineRule.objects.update(in_force_to="2026-12-31")
    http = Client()
    http.cookies["django_language"] = language
    http.force_login(agency.admin)

    assert shown in http.get(page.format(rule=rule.pk)).content.decode()


def test_a_page_is_chinese_until_somebody_switches(db):
    english = Client(headers={"Accept-Language": "en-US,en"})

    assert '<html lang="zh-hans"' in english.get("/login/").text
    english.post("/i18n/setlang/", {"language": "en", "next": "/login/"})
    assert '<html lang="en"' in english.get("/login/").text
