"""What stands behind a figure: its course over the months, its parts, and the rows it counts."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid
from agency.core.models import Unit, User
from cases.models import Case, Category, Channel, Topic
from reports.dashboard import case_url
from reports.figures import DIMENSIONS, LEVELS, Counting, Row
from reports.indicators import BY_CODE, Indicator
from reports.measures import Measure, Source
from reports.periods import Period

MOST = 200

NAMES = {
    "channel": gettext_lazy("channel"), "kind": gettext_lazy("kind"), "unit": gettext_lazy("unit"),
    "category": gettext_lazy("category"), "handler": gettext_lazy("handler"),
    "outlet": gettext_lazy("outlet"), "campaign": gettext_lazy("campaign"),
    "month": gettext_lazy("month"),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A figure, narrowed to one ``value`` of a ``dimension``, and which of its two parts is listed."""

    indicator: Indicator
    dimension: str = ""
    value: str = ""
    part: str = "top"

    @classmethod
    def of(cls, told: dict[str, str]) -> "Asked":
        """From a query string. Raises Invalid."""
        indicator = BY_CODE.get(told.get("code", ""))
        dimension, part = told.get("dimension", ""), told.get("part", "top")
        known = indicator and dimension in {"", *DIMENSIONS} and part in {"top", "bottom"}
        if not known or "\0" in told.get("value", ""):
            raise Invalid({"code": [_("There is no such figure.")]})
        if part == "bottom" and (indicator.bottom is None or indicator.bottom in LEVELS):
            part = "top"
        return cls(indicator, dimension, told.get("value", ""), part)

    @property
    def measure(self) -> Measure:
        """What is listed: of a campaign what counts for each."""
        if self.part == "bottom":
            return self.indicator.bottom
        of_each = self.dimension in self.indicator.by and self.indicator.of_each
        return of_each or self.indicator.top


def parts(counting: Counting, indicator: Indicator) -> Iterator[tuple[str, list[tuple[str, Row]]]]:
    """Dimension by dimension the rows of the figure, the greatest first; none that tell nothing."""
    for dimension in DIMENSIONS:
        if rows := list(counting.each(indicator, dimension)):
            if dimension != "month":
                rows.sort(key=lambda row: -(row.value or 0))
            named = names_of(dimension, [row.dimensions[dimension] for row in rows])
            yield dimension, [(named[row.dimensions[dimension]], row) for row in rows[:MOST]]


def names_of(dimension: str, codes: Collection[str]) -> dict[str, str]:
    """What people call each value of a dimension; the code where it has no name."""
    model = {
        "channel": Channel,
        "category": Category,
        "campaign": Topic,
        "unit": Unit,
        "outlet": Unit,
    }
    found = dict.fromkeys(codes, "")
    if dimension in model:
        found |= {row.code: row.name for row in model[dimension].objects.filter(code__in=codes)}
    elif dimension == "handler":
        users = User.objects.filter(username__in=codes)
        found |= {user.username: user.name for user in users}
    elif dimension == "kind":
        found |= {kind: str(label) for kind, label in Case._meta.get_field("kind").choices}
    return {code: found[code] or code for code in codes}


# -- the rows -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A row behind a figure: the case where there is one that the viewer sees, else its number alone."""

    on: date
    no: str
    title: str
    url: str
    unit: str
    amount: object


def lines(counting: Counting, asked: Asked, user: User) -> list[Line]:
    """At most MOST of each source, the newest first, texts masked."""
    if asked.measure in LEVELS:
        return []
    found = [
        line
        for source in asked.measure(counting.at)
        if source.knows(asked.dimension)
        for line in _of(source, _rows(counting, source, asked), user)
    ]
    return sorted(found, key=lambda line: line.on, reverse=True)[:MOST]


def _rows(counting: Counting, source: Source, asked: Asked) -> QuerySet:
    rows = counting.behind(source, counting.period)
    if asked.dimension == "month":
        year, _dash, month = asked.value.partition("-")
        if not (
            year.isdecimal()
            and month.isdecimal()
            and 1 <= int(month) <= 12
            and 1992 < int(year) < 2200
        ):
            raise Invalid({"value": [_("There is no such figure.")]})
        inside = Period.of_month(int(year), int(month))
        return rows.filter(inside.holds(source.moment, is_day=source.is_day))
    if not asked.dimension:
        return rows
    path, value = source.keys[asked.dimension], asked.value
    return rows.filter(**({f"{path}__isnull": True} if value == "-" else {path: value}))


def _of(source: Source, rows: QuerySet, user: User) -> Iterator[Line]:
    told = rows.order_by(F(source.moment).desc(), "-pk")
    if not source.case:
        for moment, no, *words in told.values_list(source.moment, *source.told)[:MOST]:
            yield Line(_day(moment), str(no), " ".join(filter(None, words)), "", "", None)
        return
    listed = list(told.values_list(source.case, source.moment, *filter(None, [source.adds]))[:MOST])
    cases = Case.objects.visible_to(user).select_related("consumer", "reporter", "unit")
    seen = cases.in_bulk([row[0] for row in listed if row[0]])
    hidden = [row[0] for row in listed if row[0] and row[0] not in seen]
    numbers = dict(Case.objects.filter(pk__in=hidden).values_list("pk", "no"))
    for pk, moment, *amount in listed:
        yield _line(seen.get(pk), numbers.get(pk, "—"), _day(moment), *amount)


def _line(case: Case | None, no: str, on: date, amount=None) -> Line:
    if case is None:
        return Line(on, no, "", "", "", amount)
    return Line(on, case.no, case.shown(case.title), case_url(case.pk), case.unit.name, amount)


def _day(moment: date | datetime) -> date:
    return moment.astimezone(SHANGHAI).date() if isinstance(moment, datetime) else moment
