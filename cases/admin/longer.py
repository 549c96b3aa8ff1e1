"""What the form of an extension offers: which clock, by how much, in which unit."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from agency.core import clock
from cases.admin.asked import Asked
from cases.admin.clocks import day_name
from cases.admin.fields import Option
from cases.calendar import length
from cases.models import CaseDeadline
from cases.workflow.time import may_be_extended


def extendable(on: Asked) -> list[CaseDeadline]:
    """Clocks of the case that may be given more time now."""
    owed, at = on.case.deadlines.running().select_related("rule").order_by("due_at"), clock.now()
    return [row for row in owed if may_be_extended(row, at)]


def is_extended_again(on: Asked) -> bool:
    """Whether a clock had its extension: more is discussed jointly."""
    return any(row.extension for row in extendable(on))


def options(on: Asked) -> list[Option]:
    first = _("%(clock)s, due %(day)s, at most %(length)s more")
    again = _("%(clock)s, due %(day)s, extended before: as the leaders discussed together")
    return [
        (row.rule.code, (again if row.extension else first) % {
            "clock": row.rule.name, "day": day_name(row.due_at, clock.now()),
            "length": length(row.rule.extension, row.rule.unit),
        })
        for row in extendable(on)
    ]  # fmt: skip


def most(on: Asked) -> str:
    """As much as the rule allows, where only one clock is meant."""
    rows = extendable(on)
    is_plain = len(rows) == 1 and not rows[0].extension
    return str(rows[0].rule.extension) if is_plain else ""


UNITS = {
    "minute": pgettext_lazy("unit", "minutes"), "hour": pgettext_lazy("unit", "hours"),
    "day": pgettext_lazy("unit", "calendar days"), "workday": pgettext_lazy("unit", "working days"),
}  # fmt: skip


def in_units(on: Asked, label: str) -> str:
    """``label`` with the unit and how much the law leaves; bare where the clocks differ in these:
    then each says it beside its name.
    """
    rows = extendable(on)
    found = {(row.rule.unit, row.rule.extension) for row in rows}
    if len(found) != 1:
        return label
    unit, most = found.pop()
    told = {"label": label, "unit": UNITS[unit], "most": most}
    if any(row.extension for row in rows):
        return _("%(label)s (%(unit)s)") % told
    return _("%(label)s (%(unit)s, by law at most %(most)s)") % told
