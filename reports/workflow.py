"""A report is drawn up, signed and frozen; counted anew, it shows what has changed since.

Every act locks the report, then reads the clock.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from fractions import Fraction

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.errors import Forbidden, NotThere, RuleViolation
from agency.core.models import DeadlineRule, Unit, User
from agency.core.roles import Role
from cases.calendar import day_of
from reports import figures, yearbook
from reports.figures import Number, Row
from reports.indicators import BY_CODE
from reports.models import Publication
from reports.periods import Period
from reports.yearbook.content import Chart, Report, Section

State = Publication.State

DRAWS_UP = {Role.SUPERVISOR, Role.ANALYST, Role.LEADER}
SIGNS = {Role.LEADER}
FREEZES = {Role.LEADER, Role.SUPERVISOR}


def draw_up(unit: Unit, period: Period, *, by: User) -> Publication:
    """A draft of the figures as they are now. Raises Forbidden, NotThere, RuleViolation."""
    if by.role not in DRAWS_UP:
        raise Forbidden
    figures.unit_for(by, unit.code)
    if period.to_on >= day_of(clock.now()):
        raise RuleViolation(_("The period is not over yet: its figures still change."))
    content = kept(yearbook.of(unit, period))
    return Publication.objects.create(
        unit=unit, from_on=period.from_on, to_on=period.to_on, content=content,
        digest=digest_of(content), drawn_up_by=by,
    )  # fmt: skip


@transaction.atomic
def sign(pk: int, *, by: User) -> Publication:
    """By a leader who did not draw it up. Raises Forbidden, NotThere, RuleViolation."""
    report = _locked(pk, by, SIGNS, State.DRAFT)
    if report.drawn_up_by_id == by.pk:
        raise RuleViolation(_("Somebody else signs what you have drawn up."))
    report.state, report.signed_by, report.signed_at = State.SIGNED, by, clock.now()
    report.save(update_fields=["state", "signed_by", "signed_at"])
    return report


@transaction.atomic
def freeze(pk: int, *, by: User) -> Publication:
    """For good: of a unit's period one report is. Raises Forbidden, NotThere, RuleViolation."""
    report = _locked(pk, by, FREEZES, State.SIGNED)
    same = {"unit": report.unit, "from_on": report.from_on, "to_on": report.to_on}
    if Publication.objects.filter(state=State.FROZEN, **same).exists():
        raise RuleViolation(_("A report of this period is frozen already."))
    report.state, report.frozen_by, report.frozen_at = State.FROZEN, by, clock.now()
    report.save(update_fields=["state", "frozen_by", "frozen_at"])
    return report


ACTS = {"sign": sign, "freeze": freeze}


def _locked(pk: int, by: User, roles: set[Role], state: str) -> Publication:
    if by.role not in roles:
        raise Forbidden
    rows = Publication.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    report = rows.select_related("unit").filter(pk=pk).first()
    if report is None:
        raise NotThere
    if report.state != state:
        raise RuleViolation(
            _("The report is %(state)s: this is not its turn.")
            % {"state": report.get_state_display()}
        )
    return report


# -- what is kept ---------------------------------------------------------------------------


def kept(report: Report) -> dict:
    """All that the report says, its figures exactly, and the rules they were counted by."""
    return {
        "title": report.title, "version": report.version,
        "sections": [asdict(section) for section in report.sections],
        "charts": [asdict(chart) for chart in report.charts],
        "rows": [_exact(row) for row in report.rows],
        "rules": {
            "mediation_rate_of": settings.MEDIATION_RATE_OF,
            "deadlines": [
                [rule.code, str(rule.in_force_from), rule.amount, rule.unit]
                for rule in DeadlineRule.objects.order_by("code", "in_force_from")
            ],
        },
    }  # fmt: skip


def digest_of(content: dict) -> str:
    """SHA-256 over the content as canonical JSON: sorted keys, no blanks, UTF-8."""
    told = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


NUMBERS = ("value", "previous", "numerator", "denominator")


def _exact(row: Row) -> dict:
    numbers = {name: getattr(row, name) for name in NUMBERS}
    told = {name: None if n is None else str(Fraction(n)) for name, n in numbers.items()}
    return {"code": row.indicator.code, "dimensions": row.dimensions, **told}


def _row(kept: dict) -> Row:
    numbers = {name: None if kept[name] is None else Fraction(kept[name]) for name in NUMBERS}
    return Row(BY_CODE[kept["code"]], kept["dimensions"], **numbers)


def thawed(publication: Publication) -> Report:
    """The report as it was drawn up, to be written as a document once more."""
    kept = publication.content
    return Report(
        title=kept["title"], unit=publication.unit,
        period=Period(publication.from_on, publication.to_on),
        sections=[Section(**section) for section in kept["sections"]],
        charts=[Chart(**chart) for chart in kept["charts"]],
        rows=[_row(row) for row in kept["rows"] if row["code"] in BY_CODE], version=kept["version"],
    )  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """A figure that is another one today."""

    row: Row
    now: Number | None


def recount(publication: Publication) -> list[Difference]:
    """Which published figures come out differently now, and what they would be."""
    period = Period(publication.from_on, publication.to_on)
    today = {_key(row): row for row in figures.report(publication.unit, period)}
    published = {_key(row): row for row in thawed(publication).rows}
    changed = []
    for key in published.keys() | today.keys():
        was, is_ = published.get(key), today.get(key)
        values = [row.value if row else 0 for row in (was, is_)]
        if values[0] != values[1]:
            changed.append(Difference(was or _nothing(is_), values[1]))
    return sorted(changed, key=lambda one: _key(one.row))


def _nothing(row: Row) -> Row:
    return Row(row.indicator, row.dimensions, 0, row.previous, 0, row.denominator)


def _key(row: Row) -> tuple[str, str]:
    return row.indicator.code, next(iter(row.dimensions.values()), "")
