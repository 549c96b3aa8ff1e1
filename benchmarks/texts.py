"""Complaints of some hundred Chinese characters, the same in every run, and a table full of them."""

# ruff: noqa: S311 – dice that fall the same in every run, no secrets

import random
from collections.abc import Iterator
from itertools import accumulate

from django.db import connection

from benchmarks.scratch import say, tried
from cases.models import CaseSearch, Consumer
from cases.search import index
from cases.search.words import BREAK

RARE = ("骆驼", "琥珀", "蜻蜓", "牡蛎", "麒麟")
"""Each in one case of a thousand."""
COMMON = ("退款", "预付卡", "食品安全", "七天无理由")
"""In one of five, of ten, of ten and of twenty."""
NOWHERE = ("饕餮", "貔貅鸳鸯")
MERCHANT = "厦门永嘉来福超市有限公司"
SHARES = dict(zip(COMMON, (0.2, 0.1, 0.1, 0.05), strict=True)) | dict.fromkeys(RARE, 0.001)

SIGNS = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家"
    "电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明"
    "看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边"
    "流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处理世车城店货票旅馆房租修换坏假冒欺诈涨价费用押金会员健身课程"
)
NAMES = "永嘉来福红星新华万家金源天成大润百佳鹭岛海沧集美湖里思明同安翔安中山禾祥"
ENDS = ("超市", "电器", "健身中心", "汽车销售有限公司", "教育咨询有限公司", "美容店", "酒店")


def told(number: int, *, seed: object) -> Iterator[tuple[str, str]]:
    """Title and narrative, of words that come as often as words do: few of them make most of a text."""
    dice = random.Random(f"texts-{seed}")
    known = random.Random("words")
    words = ["".join(known.choices(SIGNS, k=known.choice((1, 2, 2, 2, 3)))) for _ in range(8000)]
    often = list(accumulate(1 / (place + 20) for place in range(len(words))))
    for _one in range(number):
        text = dice.choices(words, cum_weights=often, k=50)
        for word, share in SHARES.items():
            if dice.random() < share:
                text[dice.randrange(5, 50)] = word
        yield "".join(text[:5]), "，".join("".join(text[n : n + 9]) for n in range(5, 50, 9))


STAGE = """
CREATE TEMPORARY TABLE told (n int, title text, narrative text);
CREATE TEMPORARY TABLE brought (n int, id bigint);
INSERT INTO brought SELECT row_number() OVER (ORDER BY id), id FROM cases_consumer;
INSERT INTO cases_merchant (name, uscc, address, phone)
SELECT DISTINCT ON (name) name, '', '', '' FROM unnest(%s::text[]) name
"""

CASES = """
WITH fresh AS (
    INSERT INTO cases_case (no, kind, state, title, narrative, demand, urgent, is_priority, result,
        channel_id, consents_to_publish, consents_to_entrust, unit_id, handler_id, consumer_id,
        merchant_id, merchant_address, merchant_phone, agreed_answer, conclusion, principle,
        arrived_at, registered_at, closed_at, next_due_at)
    SELECT 'B' || told.n, 'complaint', CASE WHEN told.n %% 20 = 0 THEN 'dispatched' ELSE 'closed' END, title,
        narrative, '', false, false, '', (SELECT min(id) FROM cases_channel), false, false,
        person.unit_id, person.id, citizen.id,
        (SELECT min(id) FROM cases_merchant) + told.n %% (SELECT count(*) FROM cases_merchant),
        '', '', '', '', '', moment.at, moment.at,
        CASE WHEN told.n %% 20 > 0 THEN moment.at + interval '1 minute' END,
        CASE WHEN told.n %% 20 = 0 THEN moment.at + interval '30 days' END
    FROM told JOIN (SELECT id, unit_id, row_number() OVER () AS place, count(*) OVER () AS people
                    FROM core_user WHERE role = 'mediator') person ON person.place = 1 + told.n %% people
        JOIN brought citizen ON citizen.n = 1 + told.n %% (SELECT count(*) FROM brought),
        LATERAL (SELECT agency_now() - told.n * interval '360 days' / %(cases)s AS at) moment
    RETURNING id, no, title, narrative, merchant_id, channel_id, arrived_at, closed_at
), ticket AS (
    INSERT INTO cases_ticket (no, channel_id, external_no, round, line, case_id, title, narrative,
        demand, urgent, arrived_at, registered_at, replied_at, reply_text, return_reason, return_basis)
    SELECT 'T' || no, channel_id, no, 1, '', id, title, '', '', false, arrived_at, arrived_at,
        CASE WHEN id %% 500 > 0 THEN closed_at END, '', '', ''
    FROM fresh
)
INSERT INTO cases_casesearch (case_id, is_stale, words)
SELECT fresh.id, false, concat_ws(%(between)s, title, replace(narrative, '，', ','), merchant.name)
FROM fresh JOIN cases_merchant merchant ON merchant.id = merchant_id
"""
"""Some hundred characters a case, spread over a year; what is searched of it beside it. Of five hundred
that ended the platform still waits for one.
"""


def fill(cases: int, at_once: int = 50_000) -> None:
    """So many cases with their ticket, all that is searched, and the indexes over it."""
    people = [Consumer(name=f"林{n:03}", phone=f"+86138{n:08}") for n in range(1000)]
    for person in people:
        person.save()
    [big] = [i for i in CaseSearch._meta.indexes if i.name == "case_search_words"]
    with connection.cursor() as cursor:
        tried(cursor, "SET session_replication_role = replica")
        tried(cursor, "SET maintenance_work_mem = '512MB'")
        cursor.execute(f"DROP INDEX {big.name}")
        cursor.execute(STAGE, [list(_merchants(max(cases // 50, 20)))])
        for start in range(0, cases, at_once):
            _stage(cursor, start, min(at_once, cases - start))
            cursor.execute(CASES, {"cases": cases, "between": BREAK})
            say(f"{min(start + at_once, cases)} of {cases}")
        tried(cursor, "SET session_replication_role = origin")
        cursor.execute(
            "INSERT INTO cases_merchantsearch (merchant_id, is_stale) SELECT id, true FROM cases_merchant"
        )
    with connection.schema_editor() as editor:
        editor.add_index(CaseSearch, big)
    say("indexing merchants …")
    while index.index_some(500):
        pass
    _settle()
    _check()


def _stage(cursor, start: int, number: int) -> None:
    cursor.execute("TRUNCATE told")
    with cursor.copy("COPY told FROM STDIN") as rows:
        for n, (title, narrative) in enumerate(told(number, seed=start), start + 1):
            rows.write_row((n, title, narrative))


def _merchants(number: int) -> Iterator[str]:
    dice = random.Random("merchants")
    yield MERCHANT
    for n in range(number - 1):
        yield f"{''.join(dice.choices(NAMES, k=4))}{SIGNS[n % len(SIGNS)]}{dice.choice(ENDS)}"


def _settle() -> None:
    with connection.cursor() as cursor:
        for name in (
            "cases_case",
            "cases_casesearch",
            "cases_merchantsearch",
            "cases_ticket",
            "cases_merchant",
        ):
            cursor.execute(f"VACUUM (ANALYZE) {name}")
        tried(cursor, "CHECKPOINT")


def _check(sample: int = 200) -> None:
    """What was filled in here is what the product would have written."""
    rows = {row.pk: row.words for row in CaseSearch.objects.order_by("?")[:sample]}
    if index.told_of(list(rows)) != rows:
        raise RuntimeError("the index was not filled as the product fills it")
