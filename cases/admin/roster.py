"""The duty roster: a week of a unit and a post on one page, and who stands in for whom."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.admin.base import GuardedAdmin, ReadOnly
from agency.core.calendar import weekday_name
from agency.core.errors import Forbidden, Invalid, RuleViolation
from agency.core.models import Unit, User
from cases.calendar import day_of
from cases.models import Post, Shift, Substitute
from cases.workflow import duty

WEEK = timedelta(days=7)
NEAR_YEARS = range(2020, 2100)


@dataclass(frozen=True)
class Slot:
    """A cell as the page shows it; ``chosen`` is a username, ``name`` what is shown of them."""

    key: str
    hours: str
    chosen: str
    name: str
    is_over: bool
    is_now: bool
    errors: list[str]


@dataclass
class Week:
    """The roster of ``unit`` and ``post`` in the week of ``monday``, and what was typed into it."""

    unit: Unit
    post: str
    monday: date

    @property
    def address(self) -> str:
        return "?" + urlencode(self.key)

    @property
    def key(self) -> dict:
        return {"unit": self.unit.code, "post": self.post, "monday": self.monday.isoformat()}

    def moved(self, by: timedelta) -> str:
        return Week(self.unit, self.post, self.monday + by).address

    @property
    def before(self) -> str:
        return self.moved(-WEEK)

    @property
    def after(self) -> str:
        return self.moved(WEEK)

    def days(self, typed: dict, errors: dict, names: dict) -> list[tuple[str, list[Slot]]]:
        """Per day its name and its shifts. ``names``: of whom the roster may name, by username."""
        cells, at = duty.week(self.monday), clock.now()
        shifts = Shift.objects.filter(unit=self.unit, post=self.post).select_related("person")
        known = {s.starts_at: s.person.username for s in shifts.between(
            cells[0].starts_at, cells[-1].ends_at
        )}  # fmt: skip
        days: dict[date, list[Slot]] = {}
        for cell in cells:
            chosen = typed.get(cell.key, known.get(cell.starts_at, ""))
            slot = Slot(
                cell.key, f"{cell.starts_at:%H:%M}–{cell.ends_at:%H:%M}",
                chosen, names.get(chosen, ""), cell.ends_at <= at,
                cell.starts_at <= at < cell.ends_at, errors.get(cell.key, []),
            )  # fmt: skip
            days.setdefault(cell.starts_at.date(), []).append(slot)
        return [(f"{day:%m-%d} {weekday_name(day)}", slots) for day, slots in days.items()]


@admin.register(Shift)
class RosterAdmin(ReadOnly, GuardedAdmin):
    """Everybody sees the roster; dispatchers, chiefs and leaders fill it in for their units."""

    def has_view_permission(self, request, obj=None):
        """The week's page alone; a single shift has none."""
        return obj is None and super().has_view_permission(request, obj)

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        week = _asked(request)
        if request.method != "POST":
            return self.page(request, week)
        try:
            self.keep(request, week)
        except Forbidden:
            raise PermissionDenied from None
        except Invalid as error:
            return self.page(request, week, errors=error.errors, status=400)
        except RuleViolation as error:
            return self.page(request, week, refusal=str(error), status=409)
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(week.address)

    @staticmethod
    def keep(request, week: Week) -> None:
        typed = request.POST.dict()
        if "substitutes" in typed:
            named = {n[3:]: value for n, value in typed.items() if n.startswith("of-")}
            duty.name_substitutes(by=request.user, stand_ins=named)
        else:
            duty.plan_week(
                by=request.user, unit=week.unit.code, post=week.post, monday=week.monday,
                people=typed,
            )  # fmt: skip

    def page(self, request, week: Week, *, errors=None, refusal="", status=200):
        typed = request.POST.dict() if request.method == "POST" else {}
        names = _named(duty.candidates(week.unit, week.post))
        context = {
            **self.admin_site.each_context(request), "title": _("Duty roster"), "week": week,
            "days": week.days(typed, errors or {}, names), "people": _options(names),
            "units": _own_units(request.user), "posts": Post.choices, "refusal": refusal,
            "others": [text for name, texts in (errors or {}).items() if "T" not in name for text in texts],
            "may_plan": request.user.role in duty.PLANNERS, **_substitutes(request.user, week.unit),
        }  # fmt: skip
        return render(request, "cases/roster.html", context, status=status)


def _asked(request) -> Week:
    """The week the address asks for; this one, the own unit and the contact by default."""
    units = _own_units(request.user)
    code = request.GET.get("unit", request.user.unit.code)
    unit = units.filter(code=code).first()
    post = request.GET.get("post", Post.CONTACT)
    try:
        day = date.fromisoformat(request.GET.get("monday", day_of(clock.now()).isoformat()))
    except ValueError:
        raise Http404 from None
    if unit is None or post not in Post.values or day.year not in NEAR_YEARS:
        raise Http404
    return Week(unit, post, day - timedelta(days=day.weekday()))


def _own_units(user: User):
    return Unit.objects.subtree(user.unit).exclude(kind__in=Unit.EXTERNAL)


def _named(people) -> dict[str, str]:
    """Their names as the page shows them, by username."""
    rows = people.select_related("unit").order_by("unit__path", "name")
    return {u.username: f"{u.name}（{u.unit.name}）" for u in rows}


def _options(names: dict[str, str]) -> str:
    """Written once for all choices of the page: hundreds of people in each would cost seconds."""
    return format_html_join("", '<option value="{}">{}</option>', names.items())


def _substitutes(user: User, unit: Unit) -> dict:
    """Who of ``unit`` may be on duty, with who stands in for them now, and who could."""
    able = {role for post in Post for role in duty.may_be_at(post)}
    below = User.objects.at_work().filter(unit__path__startswith=user.unit.path, role__in=able)
    names, own = _named(below), _named(below.filter(unit=unit))
    chosen = dict(
        Substitute.objects.filter(person__username__in=own).values_list(
            "person__username", "stand_in__username"
        )
    )
    rows = [
        {"username": username, "label": label, "chosen": chosen.get(username, ""),
         "name": names.get(chosen.get(username, ""), "")}
        for username, label in own.items()
    ]  # fmt: skip
    return {"substitutes": rows, "stand_ins": _options(names)}
