"""Nobody is learned of by walking through the cases: not on imported data, nor after random lives.

What is chosen by chance is chosen by the number of the day, or by TURN: the same once more.
"""

import csv
import random
import re
from collections.abc import Iterator

import pytest

from agency.core.roles import Role
from cases import imports, workflow
from cases.imports import maps
from cases.models import Case
from tests.access.addresses import Address, table
from tests.access.canaries import REPORTER, said_by, secrets_in, told_by
from tests.access.place import GONE_ID, OWN, PEOPLE
from tests.access.test_canary import kept_on_the_disk
from tests.cases.lives import WAYS
from tests.cases.test_kept import Talkative
from tests.turn import TURN

pytestmark = pytest.mark.django_db

HEADINGS = "登记编号 类型 登记时间 举报人 联系电话 证件号码 住址 标题 内容 诉求".split()


def imported(place, folder) -> None:
    """Of every kind one: what arrived long ago, and what came yesterday."""
    days = ["2024-05-11 09:00", "2026-03-01 09:00"] * 2
    kinds, said = ["投诉", "举报", "咨询", "信访"], said_by(REPORTER)
    rows = [
        [f"B{kind}", kind, day, *REPORTER.values(), f"{kind}{said}", said, said]
        for kind, day in zip(random.Random(TURN).sample(kinds, 4), days, strict=True)
    ]
    file = folder / "tickets.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([HEADINGS, *rows])
    tally = imports.import_tickets(file, maps.load("generic"), channel="national", unit="east")
    assert tally.created == len(rows), tally


def lived(place, _folder) -> None:
    """They tell it wherever they may; a report's end is written to whoever reported, and what was
    asked or petitioned becomes a report after all.
    """
    cast, chance = Talkative(place.agency), random.Random(TURN)
    for kind, ways in WAYS.items():
        cast.bring(kind, chance.choice(list(ways)))
    decided = cast.bring("report", "decided")
    workflow.issue_document(decided.no, by=cast["enforcer"], form="report_result")
    asked = cast.bring("consultation", chance.choice(["registered", "returned", "answered"]))
    workflow.convert(asked.no, by=cast["registrar"], kind="report")
    petition = cast.act(cast.case("petition"), "respond", "petition_officer")
    cast.act(petition, "route", "petition_officer", to="report")


def paths(address: Address, cases: list[Case]) -> Iterator[tuple[str, Case | None]]:
    """Where ``address`` leads of these; a list leads to all of them at once."""
    for case in cases if address.leads_to_rows else [None]:
        values = dict(address.given)
        if case:
            papers = case.documents if "documents/" in address.route else case.attachments
            paper = papers.values_list("pk", flat=True).first() or GONE_ID
            key = paper if "no" in address.names else case.pk
            values |= {"no": case.no, "object_id": case.pk, "pk": key}
        yield "/" + re.sub(r"<(\w+)>", lambda m, v=values: str(v[m[1]]), address.route), case


def visitors(walk, address: Address, case: Case | None, chance: random.Random) -> list[str]:
    """Everybody whom it lets in, but who alone opens the letter to a reporter; and one it does not."""
    let_in = [name for name in PEOPLE if address.opens("get", walk.role(name), OWN)]
    refused = [name for name in PEOPLE if name not in let_in]
    is_letter = "/documents/<pk>/" in address.route and case and case.kind == "report"
    readers = {Role.CUSTODIAN} if is_letter else set()
    return [n for n in [*let_in, *chance.sample(refused, 1)] if walk.role(n) not in readers]


@pytest.mark.parametrize("brought", [imported, lived])
def test_nobody_is_told_of_anybody(place, walk, tmp_path, brought):
    before = set(Case.objects.values_list("pk", flat=True))
    brought(place, tmp_path)
    cases = list(Case.objects.exclude(pk__in=before).order_by("pk"))
    chance, told = random.Random(TURN), []
    for address in table().values():
        if address.leads_to_cases and "get" in address.let_in:
            for path, case in paths(address, cases):
                for name in visitors(walk, address, case, chance):
                    answer = walk.visit(address, "get", name, path)
                    told += [f"{name} {path} {secret}" for secret in told_by(answer)]

    assert walk.requests > 100 * len(cases)
    assert told == [], f"TURN={TURN}"
    assert secrets_in(kept_on_the_disk()) == []
