"""The pages beside the list: signals, the calendar of sessions, and a merchant's record."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import clock
from cases.calendar import day_of
from interviews import diary, record, triggers
from interviews.letters.forms import Form
from interviews.lifecycle import PROPOSERS

DAYS = (
    gettext_lazy("Mon"), gettext_lazy("Tue"), gettext_lazy("Wed"), gettext_lazy("Thu"),
    gettext_lazy("Fri"), gettext_lazy("Sat"), gettext_lazy("Sun"),
)  # fmt: skip


def calendar_view(request, site):
    """GET the month that ``month`` names, or the week of the day that ``week`` names; else this month."""
    _check(request)
    today = day_of(clock.now())
    week = _day(request.GET.get("week", ""))
    month = _day(f"{request.GET.get('month', '')}-01") or today
    weeks = [diary.week_of(week)] if week else diary.weeks_of(month)
    found = diary.between(request.user, weeks[0][0], weeks[-1][-1])
    shown = [[(day, found.get(day, [])) for day in days] for days in weeks]
    first = week and weeks[0][0]
    page = {
        **site.each_context(request), "title": _("Interview calendar"), "weeks": shown, "names": DAYS,
        "today": today, "month": month, "week": first, "total": sum(map(len, found.values())),
        "before": first - diary.WEEK if first else month.replace(day=1) - timedelta(days=1),
        "after": first + diary.WEEK if first else month.replace(day=28) + timedelta(days=4),
    }  # fmt: skip
    return render(request, "interviews/calendar.html", page)


def signals_view(request, site):
    """GET what calls for an interview, with the cases behind it; each leads to its proposal."""
    _check(request)
    rows = triggers.suggestions(request.user)
    page = {
        **site.each_context(request), "title": _("Signals"), "may_propose": request.user.role in PROPOSERS,
        "rows": [(row, _proposal_of(row)) for row in rows],
    }  # fmt: skip
    return render(request, "interviews/signals.html", page)


def _proposal_of(row: triggers.Suggestion) -> str:
    """What the form of a proposal begins with, as the address of its page says it."""
    told = {
        "kind": triggers.KIND[row.trade is not None], "trigger": row.trigger.code,
        "merchants": "\n".join(f"{m.name},{m.uscc}" if m.uscc else m.name for m in row.merchants),
        "cases": " ".join(row.cases[:MOST_CASES]),
    }  # fmt: skip
    return urlencode(told)


MOST_CASES = 30
"""So many fit into an address; the others are counted."""


def merchant_view(request, site, merchant: int):
    """GET all there is of one merchant, to look at and to print."""
    _check(request)
    found = record.of(merchant, user=request.user) if merchant < 2**63 else None
    if found is None:
        raise Http404
    courses = [(course, told, _letters(course)) for course, told in found.courses]
    page = {
        **site.each_context(request), "title": found.merchant.name, "record": found,
        "courses": courses, "at": clock.now(),
    }  # fmt: skip
    return render(request, "interviews/merchant.html", page)


def _letters(course) -> list[tuple[str, str, object]]:
    """What was issued to it: label, number and when; the oldest first."""
    issued = [d for d in course.documents.all() if d.issued_at]
    issued.sort(key=lambda d: d.issued_at)
    return [(Form(d.form).label, d.number, d.issued_at) for d in issued]


def _check(request) -> None:
    if request.method not in ("GET", "HEAD"):
        raise PermissionDenied
    if not request.user.has_perm("interviews.view_interview"):
        raise PermissionDenied


def _day(told: str) -> date | None:
    """None for what cannot be read, and for years that no calendar shows."""
    try:
        day = date.fromisoformat(told)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None
