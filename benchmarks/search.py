"""How fast a word is found among many cases, what that costs intake, and how fast lists turn.

Goals: a rare word of two characters, the newest 50: at least 50 times faster than reading every
case in the same run, and 50 ms at the 95th percentile; intake's processor time per case at most
1.25 times that without the index; any page of the list within 100 ms, with as many statements.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from agency.core.admin.base import MOST_ROWS
from agency.core.models import Unit, User
from agency.core.roles import Role
from benchmarks import texts
from benchmarks.scratch import found_agency, say, scratch_database
from cases import intake, search, submission
from cases.models import Case, Channel
from cases.search import index

PAGE = 50
LIST = "/admin/cases/case/"
PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
"""Pages are made without collected static files."""
BY_NAME = ("yjlf", "yongjialf", "hongxingdq")


def run(*, cases: int, times: int, intakes: int) -> dict:
    """All measurements in a scratch database: milliseconds, ratios, processor time."""
    with scratch_database():
        found_agency()
        leader = User.objects.create(
            username="leader", role=Role.LEADER, unit=Unit.objects.get(parent=None)
        )
        texts.fill(cases)
        say("measuring …")
        mediator = User.objects.filter(role=Role.MEDIATOR).select_related("unit").first()
        return {
            "cases": cases,
            "rare": _rare(leader, times),
            "rare_in_a_district": _searched(mediator, texts.RARE, times),
            "common": _searched(leader, texts.COMMON, times),
            "not_there": _searched(leader, texts.NOWHERE, times),
            "by_sound": _searched(leader, BY_NAME, times),
            "intake": _intake(intakes) if intakes else None,
            "lists": _lists(leader, times),
        }


def _timed(act: Callable, asked: Sequence, times: int) -> dict:
    """Each of ``asked`` in turn, ``times`` in all."""
    for one in asked:
        act(one)
    found, cpu = [], []
    for number in range(times):
        one, began = asked[number % len(asked)], time.perf_counter()
        cpu.append(_cpu(lambda one=one: act(one)))
        found.append((time.perf_counter() - began) * 1000)
    return {
        "median_ms": round(statistics.median(found), 2),
        "p95_ms": round(statistics.quantiles(found, n=20)[-1], 2),
        "cpu_ms": round(statistics.fmean(cpu), 2),
    }


# -- words ----------------------------------------------------------------------------------


def _newest(user: User, word: str) -> list[int]:
    """The search as it stands in the product, within the user's scope; the rows of a page."""
    found = search.among(Case.objects.visible_to(user), word).order_by("-arrived_at", "-pk")
    return list(found.values_list("pk", flat=True)[:PAGE])


def _searched(user: User, words: Sequence[str], times: int) -> dict:
    found = _timed(lambda word: _newest(user, word), words, times)
    say(f"{words[0]} …: {found}")
    return found | {"found": [len(_newest(user, word)) for word in words]}


SCAN = """
SELECT id FROM cases_case WHERE title LIKE %(word)s OR narrative LIKE %(word)s
ORDER BY arrived_at DESC, id DESC LIMIT 50
"""


ALONE = """
SET enable_indexscan = off; SET enable_bitmapscan = off; SET max_parallel_workers_per_gather = 0
"""


def _scan(word: str) -> list[int]:
    """The same rows by reading every case."""
    with connection.cursor() as cursor:
        cursor.execute(SCAN, {"word": f"%{word}%"})
        return [pk for [pk] in cursor.fetchall()]


def _rare(user: User, times: int) -> dict:
    for word in texts.RARE:
        if _newest(user, word) != _scan(word):
            raise RuntimeError(f"{word}: the index and the scan do not find the same cases")
    found = _searched(user, texts.RARE, times)
    with connection.cursor() as cursor:
        cursor.execute(ALONE)
        scanned = _timed(_scan, texts.RARE, max(times // 10, 5))
        cursor.execute("RESET ALL")
    say(f"scan: {scanned}")
    return found | {
        "scan_median_ms": scanned["median_ms"],
        "scan_p95_ms": scanned["p95_ms"],
        "scan_cpu_ms": scanned["cpu_ms"],
        "ratio": round(scanned["median_ms"] / found["median_ms"], 1),
        "cpu_ratio": round(scanned["cpu_ms"] / found["cpu_ms"], 1),
    }


# -- intake ---------------------------------------------------------------------------------


def _intake(number: int, rounds: int = 4) -> dict:
    """Single tickets in turn with and without what leaves a row for the index; then indexing."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    _registered(number // 4, "warm")
    index_ms = []
    for turn in range(rounds):
        for is_on in (True, False) if turn % 2 else (False, True):
            _switch(is_on)
            spent[is_on].append(_cpu(lambda n=f"{turn}{is_on}": _registered(number, n)) / number)
        index_ms.append(_cpu(_index_all) / number)
    _switch(True)
    middle = {is_on: statistics.median(found) for is_on, found in spent.items()}
    found = {
        "with_ms": round(middle[True], 3),
        "without_ms": round(middle[False], 3),
        "ratio": round(middle[True] / middle[False], 3),
        "indexing_ms": round(statistics.median(index_ms), 3),
    }
    say(f"processor time of a case's intake: {found}")
    return found


def _cpu(act: Callable) -> float:
    """Milliseconds of processor time, this process's and its database server's."""
    began, here = _server_seconds(), time.process_time()
    act()
    return (time.process_time() - here + _server_seconds() - began) * 1000


def _server_seconds() -> float:
    """Processor time of our connection's server process to the nanosecond, 0 where it is elsewhere."""
    connection.ensure_connection()
    spent = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(spent.read_text().split()[0]) / 1e9 if spent.exists() else 0.0


def _registered(number: int, name: str) -> None:
    channel = Channel.objects.select_related("client__unit").get()
    on = submission.today()
    for n, (title, narrative) in enumerate(texts.told(number, seed=name)):
        data = {
            "kind": "complaint", "title": title, "narrative": narrative, "unit": f"d{n % 40}",
            "external_no": f"{name}-{n}", "consumer": {"name": "陈小满", "phone": "13800138000"},
            "merchant": {"name": texts.MERCHANT},
        }  # fmt: skip
        row = submission.parse(data, channel=channel, on=on, key=f"bench-{name}-{n}")
        [outcome] = intake.register_many([row], channel=channel, by=channel.client)
        if outcome.is_refused:
            raise RuntimeError(outcome.answer)


def _index_all() -> None:
    while index.index_some():
        pass


TRIGGERS = """
SELECT format('ALTER TABLE %%s %%s TRIGGER %%I', tgrelid::regclass, %s::text, tgname)
FROM pg_trigger WHERE tgname LIKE 'pgtrigger_to_be_indexed%%'
"""


def _switch(is_on: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS, ["ENABLE" if is_on else "DISABLE"])
        for [statement] in cursor.fetchall():
            cursor.execute(statement)


# -- lists ----------------------------------------------------------------------------------


def _lists(user: User, times: int) -> dict:
    """The staff's list, any page within reach; and narrowed, as staff do."""
    http = Client(SERVER_NAME="localhost")
    http.force_login(user)
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": {"BACKEND": PLAIN}}):
        return _turned(http, times)


def _turned(http: Client, times: int) -> dict:
    last = min(Case.objects.count(), MOST_ROWS) // PAGE
    deep = [f"?p={1 + (last - 1) * n // 19}" for n in range(20)]
    narrowed = [
        "?kind=complaint",
        "?state=open",
        "?unit=d3",
        "?overdue=true",
        "?o=7",
        "?since=1m",
        "?q=骆驼",
    ]
    found = {}
    for name, addresses in {"any_page": deep, "narrowed": narrowed}.items():
        found[name] = _timed(lambda address: _page(http, address), addresses, times)
        found[name] |= _asked(http, addresses)
        say(f"{name}: {found[name]}")
    return found


def _page(http: Client, address: str) -> None:
    if http.get(LIST + address, secure=True).status_code != 200:
        raise RuntimeError(f"{LIST}{address} did not answer")


def _asked(http: Client, addresses: Sequence[str]) -> dict:
    """How many statements a page takes, and the database's part of the time."""
    numbers, spent = set(), []
    for address in addresses:
        with CaptureQueriesContext(connection) as asked:
            _page(http, address)
        numbers.add(len(asked.captured_queries))
        spent.append(sum(float(query["time"]) for query in asked.captured_queries) * 1000)
    return {"statements": sorted(numbers), "database_p95_ms": round(sorted(spent)[-2], 1)}
