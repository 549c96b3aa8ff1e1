"""Nobody is learned of by asking around: searching, missing, failing, and what stays behind."""

import json
import logging
import re
from urllib.parse import quote, quote_plus

import pytest
import redis
from django.conf import settings

from cases import search
from cases.models import Case
from tests.access.addresses import table
from tests.access.canaries import CITIZEN, REPORTER, secrets_in, text_of
from tests.access.place import ANONYMOUS
from tests.cases.test_kept import dumped

pytestmark = pytest.mark.django_db

STRANGER = {
    "name": "诸葛长风", "phone": "13600001111", "id_number": "110101198504151237",
    "address": "罗湖区翠竹苑2栋",
}  # fmt: skip
SEARCHES = [
    "admin/cases/case/?q={}",
    "admin/?q={}",
    "api/v1/cases/?search={}",
    "dashboard/cases/?q={}",
]
WHO = ["mediator", "chief", "supervisor", "custodian", "auditor", "dispatcher"]
PARTS = ["name", "phone", "id_number", "address"]
PASSING = re.compile(
    r'&v=\w+|csrf\w*["\' :=]+(name=\S+ )?(value=)?["\']?\w{20,}|nonce-\S+|nonce="[^"]*"'
)


def plain(answer, asked: str) -> str:
    """The answer without what was asked for and what differs from one request to the next."""
    said = answer.content.decode()
    for form in (asked, quote(asked), quote(quote(asked)), quote_plus(asked)):
        said = said.replace(form, "…")
    return f"{answer.status_code} {PASSING.sub('', said)}"


@pytest.mark.parametrize("door", SEARCHES)
def test_a_search_for_a_reporter_is_answered_like_one_for_a_stranger(walk, door):
    """Everybody searches everywhere, and everything is searched for everywhere."""
    for turn, who in enumerate(WHO, start=SEARCHES.index(door)):
        answers, part = [], PARTS[turn % len(PARTS)]
        for person in (REPORTER, STRANGER):
            address = table()["api/v1/cases/"] if door.startswith("api/") else table()["admin/"]
            said = person[part]
            answer = walk.visit(address, "get", who, "/" + door.format(quote(said)))
            answers.append(plain(answer, said))
        assert answers[0] == answers[1], (who, part)


@pytest.mark.parametrize("who", WHO)
def test_no_part_of_a_reporter_or_a_citizen_finds_a_case(place, who):
    seen = Case.objects.visible_to(place.people[who])

    for part in PARTS:
        for person in (REPORTER, CITIZEN, STRANGER):
            assert not search.among(seen, person[part]), (part, person)
    assert search.among(seen, seen.first().no)


@pytest.mark.parametrize(
    "who", ["mediator", "chief", "dispatcher", "registrar", "leader", "enforcer"]
)
def test_a_look_up_of_a_reporter_finds_what_one_of_a_stranger_finds(walk, place, who):
    for field in ("phone", "id_number"):
        answers = [
            place.desks[ANONYMOUS].post(
                "/api/v1/cases/lookup/", json.dumps({field: person[field]}),
                content_type="application/json", headers=place.token(who),
            )
            for person in (REPORTER, STRANGER)
        ]  # fmt: skip
        assert answers[0].content == answers[1].content
        assert answers[0].json()["results"] == []


def test_nothing_of_them_stays_behind(place, caplog):
    """In no table, file or log, and nothing of the broker: after looking up, searching, failing."""
    caplog.set_level(logging.DEBUG)
    http, headers = place.desks[ANONYMOUS], place.token("mediator")
    for person in (REPORTER, CITIZEN):
        told = json.dumps({"phone": person["phone"]})
        for path in ("cases/lookup/", "cases/no-such/", "tickets/"):
            http.post(f"/api/v1/{path}", told, content_type="application/json", headers=headers)
        place.desks["mediator"].post("/admin/cases/case/lookup/", {"number": person["phone"]})

    assert secrets_in(caplog.text) == []
    # A complaint's text may name who complains (docs/decisions/0012-sealed-people.md).
    assert set(secrets_in(dumped())) <= {CITIZEN["name"]}
    assert secrets_in(kept_by_the_broker()) == []
    assert secrets_in(kept_on_the_disk()) == []


def kept_on_the_disk() -> str:
    """Every file's name, and all that can be read in it."""
    files = [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    return "\n".join(f"{path.name} {text_of(path.read_bytes())}" for path in files)


def kept_by_the_broker() -> str:
    """Every key and value, of whatever kind."""
    broker = redis.Redis.from_url(settings.REDIS_URL)
    keys = list(broker.scan_iter())
    return "\n".join(f"{key!r} {broker.dump(key)!r}" for key in keys)
