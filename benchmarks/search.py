"""How fast a word is found among many cases, and what that costs intake.

Goals: a rare word of two characters, the newest 50: at least 50 times faster than reading every
case in the same run, and 50 ms at the 95th percentile; intake's processor time per case at most
1.25 times that without the index.
"""

import statistics
from collections.abc import Sequence

from django.db import connection

from agency.core.models import Unit, User
from agency.core.roles import Role
from benchmarks import texts
from benchmarks.scratch import (
    at_least,
    at_most,
    cpu_ms,
    found_agency,
    say,
    scratch_database,
    timed,
)
from cases import intake, search, submission
from cases.models import Case, Channel
from cases.search import index

PAGE = 50
BY_NAME = ("yjlf", "yongjialf", "hongxingdq")


def run(*, cases: int, times: int, intakes: int) -> dict:
    """All measurements in a scratch database: milliseconds, ratios, processor time."""
    with scratch_database():
        found_agency()
        texts.fill(cases)
        say("measuring …")
        return measured(times=times, intakes=intakes)


def measured(*, times: int, intakes: int) -> dict:
    """The same in the database at hand, which ``texts.fill`` has filled."""
    leader = User.objects.create(
        username="leader", role=Role.LEADER, unit=Unit.objects.get(parent=None)
    )
    mediator = User.objects.filter(role=Role.MEDIATOR).select_related("unit").first()
    found = {
        "cases": Case.objects.count(),
        "rare": _rare(leader, times),
        "rare_in_a_district": _searched(mediator, texts.RARE, times),
        "common": _searched(leader, texts.COMMON, times),
        "not_there": _searched(leader, texts.NOWHERE, times),
        "by_sound": _searched(leader, BY_NAME, times),
        "intake": _intake(intakes) if intakes else None,
    }
    return found | {"goals": _goals(found)}


def _goals(found: dict) -> dict:
    """Each figure of a goal beside its limit."""
    rare, intake = found["rare"], found["intake"]
    goals = {
        "rare word, scan ÷ search": at_least(50, rare["ratio"]),
        "rare word, scan ÷ search, processor time": at_least(50, rare["cpu_ratio"]),
        "rare word, 95 %, ms": at_most(50, rare["p95_ms"]),
    }
    if intake:
        goals["intake, with ÷ without the index"] = at_most(1.25, intake["ratio"])
    return goals


# -- words ----------------------------------------------------------------------------------


def _newest(user: User, word: str) -> list[int]:
    """The search as it stands in the product, within the user's scope; the rows of a page."""
    found = search.among(Case.objects.visible_to(user), word).order_by("-arrived_at", "-pk")
    return list(found.values_list("pk", flat=True)[:PAGE])


def _searched(user: User, words: Sequence[str], times: int) -> dict:
    found = timed(lambda word: _newest(user, word), words, times)
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
        scanned = timed(_scan, texts.RARE, max(times // 10, 5))
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
            spent[is_on].append(cpu_ms(lambda n=f"{turn}{is_on}": _registered(number, n)) / number)
        index_ms.append(cpu_ms(_index_all) / number)
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
