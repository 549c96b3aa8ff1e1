"""A year of an outlet: what is assessed, weighed, and the grade that comes of it.

Source: docs/rules.md, section "Outlets".
"""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from outlets import acts, standards
from outlets.models import Assessment, Outlet, OutletEvent, Score, StandardItem
from outlets.workflow import proposing

TENTH = Decimal("0.1")


def assess(
    code: str, *, by: User, scores: dict[str, int], year: int | None = None, note: str = ""
) -> Outlet:
    """Weigh a year by the standard in force; ``scores``: for each item 0 to 100 points.

    ``year``: the one before this, where nothing is said. A year is assessed once. Raises
    Invalid, RuleViolation.
    """
    with acts.begin(code, "assess", by) as act:
        outlet = act.outlet
        standard = standards.of(outlet.standard, act.today)
        items = list(standard.assessed)
        year = _year(year, act)
        score = weighed(items, scores)
        assessment = Assessment.objects.create(
            outlet=outlet, standard=standard, year=year, score=score,
            grade=standard.grade_of(score), note=note, by=by, at=act.at,
        )  # fmt: skip
        Score.objects.bulk_create(
            Score(assessment=assessment, item=item, points=scores[item.code]) for item in items
        )
        outlet.grade, outlet.rated_on = assessment.grade, act.today
        act.record(
            OutletEvent.Kind.RATED, assessment=assessment.pk, year=year, grade=assessment.grade
        )
        if assessment.grade == Outlet.Grade.D:
            proposing.propose(act, proposing.Ground.GRADE)
    return outlet


def _year(year: int | None, act: acts.Act) -> int:
    year = year or act.today.year - 1
    if year > act.today.year:
        raise Invalid({"year": [_("This year is still to come.")]})
    filed = act.outlet.filed_on
    if filed and year < filed.year:
        raise Invalid({"year": [_("It was not on file yet.")]})
    if act.outlet.assessments.filter(year=year).exists():
        raise RuleViolation(_("The year %(year)s is assessed by now.") % {"year": year})
    return year


def weighed(items: list[StandardItem], scores: dict[str, int]) -> Decimal:
    """Of 100, to one decimal, halves up. Raises Invalid where an item lacks or is unknown."""
    wanted = {item.code for item in items}
    faults = {
        f"scores.{code}": [_("Give this item 0 to 100 points.")]
        for code in sorted(wanted)
        if not 0 <= scores.get(code, -1) <= 100
    } | {
        f"scores.{code}": [_("The standard knows no such item.")]
        for code in sorted(set(scores) - wanted)
    }
    if faults:
        raise Invalid(faults)
    total = sum(item.weight * scores[item.code] for item in items)
    return (Decimal(total) / 100).quantize(TENTH, ROUND_HALF_UP)
