"""The pages of the figures: those of a period, one of them over time, and the report as a file."""

from collections.abc import Callable
from functools import wraps
from io import BytesIO

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import Unit
from agency.core.roles import READS_FIGURES, WATCHERS
from agency.core.text import listed
from reports import behind_figures, figures, structure, workflow, yearbook
from reports.behind_figures import Asked
from reports.figures import Counting, Row
from reports.indicators import CATALOGUE
from reports.models import Publication
from reports.periods import Period
from reports.words import weekdays
from reports.yearbook.content import HEADINGS, Report, changed


def for_readers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever may read figures; others 403, who is logged out to the login."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        try:
            asked = request.GET
            unit = figures.unit_for(request.user, asked.get("unit", ""))
            period = Period.asked(asked.get("from", ""), asked.get("to", ""))
            return view(request, Counting(unit, period))
        except Forbidden as error:
            raise PermissionDenied from error
        except NotThere as error:
            raise Http404 from error
        except Invalid as error:
            raise BadRequest(str(error)) from error

    return require_safe(login_required(guarded))


@for_readers
def overview(request, counting: Counting):
    period = counting.period
    kept = Publication.objects.visible_to(request.user).select_related("drawn_up_by")
    rows = list(counting.rows(CATALOGUE))
    codes = {code for row in rows for code in row.dimensions.values()}
    channels, campaigns = (behind_figures.names_of(of, codes) for of in ("channel", "campaign"))
    names = {code: channels[code] if channels[code] != code else campaigns[code] for code in codes}
    context = _context(request, counting) | {
        "rows": [
            (_shown(row, counting), "".join(names[c] for c in row.dimensions.values()))
            for row in rows
        ],
        "endings": [ending[1:] for ending in yearbook.WRITERS],
        "kept": kept.filter(unit=counting.unit, from_on=period.from_on, to_on=period.to_on),
        "draws_up": request.user.role in workflow.DRAWS_UP,
    }
    return render(request, "reports/figures.html", context)


@for_readers
def one(request, counting: Counting):
    asked = Asked.of(request.GET.dict())
    groups = [
        (
            dimension,
            behind_figures.NAMES[dimension],
            [(name, _shown(row, counting)) for name, row in rows],
        )
        for dimension, rows in behind_figures.parts(counting, asked.indicator)
    ]
    found = behind_figures.lines(counting, asked, request.user)
    narrowed = behind_figures.names_of(asked.dimension, [asked.value]) if asked.dimension else {}
    context = _context(request, counting) | {
        "asked": asked, "row": _shown(counting.row(asked.indicator), counting), "groups": groups,
        "lines": found, "most": behind_figures.MOST, "narrowed": narrowed.get(asked.value, ""),
        "charts": [[name, _height(row["row"])] for d, _n, rows in groups if d == "month" for name, row in rows],
    }  # fmt: skip
    return render(request, "reports/figure.html", context)


@for_readers
def inside(request, counting: Counting):
    context = _context(request, counting) | {
        "heat": list(zip(weekdays(), structure.heat(counting), strict=True)),
        "funnel": structure.funnel(counting), "ages": structure.ages(counting),
        "merchants": structure.merchants(counting),
    }  # fmt: skip
    return render(request, "reports/structure.html", context)


@for_readers
def document(request, counting: Counting):
    """The report as a file, of the figures as they are now."""
    return _file(yearbook.of(counting.unit, counting.period), f".{request.GET.get('as', 'pdf')}")


def _file(report: Report, ending: str) -> HttpResponse:
    """Its name says whose and when, and nobody's name. Raises Invalid."""
    if ending not in yearbook.WRITERS:
        raise Invalid({"as": [listed(yearbook.WRITERS)]})
    file = BytesIO()
    yearbook.WRITERS[ending](report, file)
    name = f"report-{report.unit.code}-{report.period.from_on}-{report.period.to_on}{ending}"
    return HttpResponse(
        file.getvalue(), content_type=yearbook.TYPES[ending],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def publication(request: HttpRequest) -> HttpResponse:
    """A report that is kept: what it says and what has changed since; with ``as`` as a file.

    POST draws one up (``from``, ``to``, ``unit``), or signs or freezes one (``act``, ``id``).
    """
    if request.user.role not in READS_FIGURES:
        raise PermissionDenied
    try:
        if request.method == "POST":
            return _act(request)
        report = _kept(request, request.GET.get("id", ""))
        if ending := request.GET.get("as"):
            return _file(workflow.thawed(report), f".{ending}")
        return _shown_publication(request, report)
    except Forbidden as error:
        raise PermissionDenied from error
    except NotThere as error:
        raise Http404 from error
    except Invalid as error:
        raise BadRequest(str(error)) from error


def _kept(request: HttpRequest, told: str) -> Publication:
    if not (told.isascii() and told.isdecimal() and len(told) < 19):
        raise Invalid({"id": [_("There is no such report.")]})
    found = Publication.objects.visible_to(request.user).select_related("unit").filter(pk=told)
    if (report := found.first()) is None:
        raise NotThere
    return report


def _act(request: HttpRequest) -> HttpResponse:
    told = request.POST
    try:
        if act := workflow.ACTS.get(told.get("act", "")):
            report = act(_kept(request, told.get("id", "")).pk, by=request.user)
        else:
            unit = figures.unit_for(request.user, told.get("unit", ""))
            period = Period.read(told.get("from", ""), told.get("to", ""))
            report = workflow.draw_up(unit, period, by=request.user)
    except RuleViolation as error:
        messages.error(request, str(error))
        return redirect(request.headers.get("Referer") or "figures")
    return redirect(f"{reverse('publication')}?id={report.pk}")


def _shown_publication(request: HttpRequest, report: Publication) -> HttpResponse:
    counting = Counting(report.unit, Period(report.from_on, report.to_on))
    role, states = request.user.role, Publication.State
    context = _context(request, counting) | {
        "report": report, "told": workflow.thawed(report), "is_whole": workflow.digest_of(report.content) == report.digest,
        "changed": [
            (_shown(one.row, counting), one.row.indicator.written(one.now))
            for one in workflow.recount(report)
        ],
        "may_sign": report.state == states.DRAFT and role in workflow.SIGNS,
        "may_freeze": report.state == states.SIGNED and role in workflow.FREEZES,
        "endings": [e[1:] for e in yearbook.WRITERS], "headings": HEADINGS,
    }  # fmt: skip
    return render(request, "reports/publication.html", context)


def _height(row: Row) -> float:
    return float(row.value or 0) * (100 if row.indicator.is_ratio else 1)


def _shown(row: Row, counting: Counting) -> dict:
    """A figure in words, with the address of what stands behind it."""
    of = row.indicator
    dimension, value = next(iter(row.dimensions.items()), ("", ""))
    told = {"code": of.code, "dimension": dimension, "value": value} | _own(counting)
    return {
        "row": row, "name": of.name, "measure": "" if of.is_ratio else of.measure,
        "value": of.written(row.value), "previous": of.written(row.previous), "change": changed(row),
        "query": urlencode({k: v for k, v in told.items() if v}),
    }  # fmt: skip


def _own(counting: Counting) -> dict[str, str]:
    period = counting.period
    return {"from": str(period.from_on), "to": str(period.to_on), "unit": counting.unit.code}


def _context(request, counting: Counting) -> dict:
    units = Unit.objects.subtree(request.user.unit)
    return {
        "period": counting.period, "unit": counting.unit, "own": urlencode(_own(counting)),
        "units": [(unit.code, unit.name) for unit in units],
        "is_watcher": request.user.role in WATCHERS,
    }  # fmt: skip


urls = [
    path("", overview, name="figures"),
    path("figure/", one, name="figure"),
    path("structure/", inside, name="structure"),
    path("document/", document, name="figures-document"),
    path("publication/", publication, name="publication"),
]
