"""The pages of supervisors: the dashboard, the wall, and the cases behind each figure."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from agency.core import watch
from agency.core.accounts import sessions
from agency.core.errors import Invalid, NotThere
from agency.core.models import DeadlineRule, Unit
from agency.core.roles import WATCHERS
from cases.models import Case, Channel
from cases.submission import today
from reports import behind, outlets_owed, suggested, words
from reports.dashboard import Seen, Wanted, seen_by

ROTATE_SECONDS = range(5, 601)
DUE_ROWS = 10
"""Rows of what is due next on the wall: fewer where more is late, for it does not scroll."""
TABLE_ROWS = 10
"""Rows of both tables in the wall's right half."""


def watchers_only(view):
    """Supervisors, leaders and section chiefs; others 403, who is logged out to the login."""

    @wraps(view)
    def guarded(request):
        if request.user.role not in WATCHERS:
            raise PermissionDenied
        try:
            return view(request)
        except NotThere as error:
            raise Http404 from error
        except Invalid as error:
            raise BadRequest(str(error)) from error

    return require_safe(login_required(guarded))


@watchers_only
def dashboard(request):
    # Behind a figure stand the cases with their titles, on the board too.
    asked = {
        name: value for name, value in request.GET.items() if (name, value) != ("titles", "no")
    }
    wanted = Wanted.of(asked)
    seen = seen_by(request.user, wanted)
    context = {
        **painted(seen, wanted),
        "choices": choices(request.user, seen, wanted),
        "query": urlencode(wanted.query),
        "unheld": unheld(request.user, wanted),
        "heat": list(zip(words.weekdays(), seen.heat, strict=True)),
        "charts": {"heat": seen.heat, "days": words.weekdays()},
        "suggested": suggested.rates(request.user),
        "suggested_days": suggested.DAYS.values(),
    }
    return render(request, "reports/dashboard.html", context)


def unheld(user, wanted: Wanted) -> str:
    """How many cases stand beside what runs: nobody has them, and no clock tells of them."""
    if wanted.rule:
        return ""
    cases = Case.objects.visible_to(user).unheld()
    if wanted.unit:
        cases = cases.filter(unit__in=Unit.objects.subtree(Unit.objects.get(code=wanted.unit)))
    if wanted.channel:
        cases = cases.filter(channel__code=wanted.channel)
    return cases.tally()


@watchers_only
def wall(request):
    parameters = request.GET.dict()
    seconds = rotation(parameters.pop("rotate", None))
    wanted = Wanted.of(parameters | {"titles": "no"})
    sessions.hang_on_wall(request.session)
    seen = seen_by(request.user, wanted)
    context = painted(seen, wanted)
    late = context["board"]["late"]
    context["late"] = [words.breach(row, seen.now) for row in late]
    context["due_rows"] = f":{DUE_ROWS}"
    context["worst"] = worst(context["board"])
    unnamed = context["board"]["totals"]["overdue"] - len(late)
    context["unnamed"] = words.words()["unnamed"].format(count=unnamed) if unnamed > 0 else ""
    context["whose"] = Unit.objects.get(code=wanted.unit or request.user.unit.code).name
    context["config"] |= {
        "rotate": seconds,
        "rounds": rounds(request.user) if seconds else [],
        "dueRows": DUE_ROWS,
        "tableRows": TABLE_ROWS,
    }
    return render(request, "reports/wall.html", context)


def worst(board: dict) -> dict[str, list[dict]]:
    """The right half: units, and in the room that they leave the deadlines."""
    units = board["by_unit"][:TABLE_ROWS]
    return {"units": units, "rules": board["by_rule"][: max(0, TABLE_ROWS - 1 - len(units))]}


def rotation(asked: str | None) -> int:
    """Seconds for each district; 0 for none."""
    if asked is None:
        return 0
    if not asked.isdecimal() or int(asked) not in ROTATE_SECONDS:
        raise Invalid({"rotate": [f"{ROTATE_SECONDS.start}–{ROTATE_SECONDS.stop - 1}"]})
    return int(asked)


def rounds(user) -> list[dict]:
    """The viewer's whole, then each district."""
    districts = Unit.objects.subtree(user.unit).filter(kind=Unit.Kind.DISTRICT)
    found = [{"unit": unit.code, "name": unit.name} for unit in districts.exclude(pk=user.unit_id)]
    return [{"unit": "", "name": user.unit.name}, *found]


@watchers_only
def cases(request):
    asked = behind.Asked.of(request.GET.dict())
    return render(request, "reports/cases.html", behind.listing(request.user, asked))


@watchers_only
def outlets(request):
    asked = behind.Asked.of(request.GET.dict())
    return render(request, "reports/outlets.html", outlets_owed.listing(request.user, asked))


@watchers_only
def suggestions(request):
    asked = suggested.Asked.of(request.GET.dict())
    return render(request, "reports/suggestions.html", suggested.listing(request.user, asked))


def painted(seen: Seen, wanted: Wanted) -> dict:
    """The board in the words of the first paint, and what the scripts need to go on."""
    board = seen.shown
    groups = {kind: board[kind] for kind in ("by_unit", "by_channel", "by_rule", "by_handler")}
    return {
        "board": board,
        "wanted": wanted,
        "upcoming": [words.upcoming(row, seen.now) for row in board["next_due"]],
        "breaches": [words.breach(row, seen.now) for row in board["breaches"]],
        "rates": rates(board),
        "groups": groups,
        "config": config(wanted, seen),
    }


def rates(board: dict) -> list[dict]:
    """The two figures on top: the rule's minutes, today, yesterday, last year."""
    return [
        {
            "rule": rule,
            "minutes": minutes,
            **board["on_time_rates"][rule],
            "today": words.percent(board["on_time_rates"][rule]["rate"]),
            "yesterday": words.percent(board["usual_rates"]["yesterday"][rule]["rate"]),
            "last_year": words.percent(board["usual_rates"]["last_year"][rule]["rate"]),
        }
        for rule, minutes in (("ticket.respond_10", "10′"), ("ticket.contact_30", "30′"))
        if rule in board["on_time_rates"]
    ]


def config(wanted: Wanted, seen: Seen) -> dict:
    return {
        "url": reverse("board"),
        "cases": reverse("dashboard-cases"),
        "login": reverse("login"),
        "query": wanted.query,
        "now": seen.now.isoformat(),
        "board": seen.shown,
        "amber": watch.AMBER.total_seconds(),
        "red": watch.RED.total_seconds(),
        "words": words.words(),
        "targets": words.targets(),
        "english": (get_language() or "zh").startswith("en"),
    }


LENGTHS = list(DeadlineRule.Length)


def choices(user, seen: Seen, wanted: Wanted) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer: of rules out of force too what is asked for or still owed."""
    units = Unit.objects.subtree(user.unit).exclude(kind__in=Unit.EXTERNAL)
    owed = [row["key"] for row in seen.shown["by_rule"]]
    rules = DeadlineRule.objects.filter(code__in=[*owed, wanted.rule])
    rules = (rules | DeadlineRule.objects.in_force(today())).order_by("in_force_from")
    of_each_code = {rule.code: rule for rule in rules}.values()
    shortest_first = sorted(of_each_code, key=lambda rule: (LENGTHS.index(rule.unit), rule.amount))
    return {
        "unit": [(unit.code, unit.name) for unit in units],
        "channel": [(channel.code, channel.name) for channel in Channel.objects.all()],
        "rule": [(rule.code, rule.name) for rule in shortest_first],
    }


urls = [
    path("", dashboard, name="dashboard"),
    path("wall/", wall, name="wall"),
    path("cases/", cases, name="dashboard-cases"),
    path("outlets/", outlets, name="dashboard-outlets"),
    path("suggestions/", suggestions, name="dashboard-suggestions"),
]
