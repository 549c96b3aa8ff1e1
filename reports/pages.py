"""The pages of the figures: those of a period, one of them over time, and the report as a file."""

from collections.abc import Callable
from functools import wraps
from io import BytesIO

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from agency.core.errors import Forbidden, Invalid, NotThere
from agency.core.models import Unit
from agency.core.roles import WATCHERS
from agency.core.text import listed
from reports import behind_figures, figures, yearbook
from reports.behind_figures import Asked
from reports.figures import Counting, Row
from reports.indicators import CATALOGUE
from reports.periods import Period
from reports.yearbook.content import changed


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
    rows = [_shown(row, counting) for row in counting.rows(CATALOGUE)]
    context = _context(request, counting) | {
        "rows": rows,
        "endings": [e[1:] for e in yearbook.WRITERS],
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
def document(request, counting: Counting):
    """The report as a file; its name says whose and when, and nobody's name."""
    ending = f".{request.GET.get('as', 'pdf')}"
    if ending not in yearbook.WRITERS:
        raise Invalid({"as": [listed(yearbook.WRITERS)]})
    file = BytesIO()
    yearbook.WRITERS[ending](yearbook.of(counting.unit, counting.period), file)
    name = f"report-{counting.unit.code}-{counting.period.from_on}-{counting.period.to_on}{ending}"
    return HttpResponse(
        file.getvalue(), content_type=yearbook.TYPES[ending],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


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
    path("document/", document, name="figures-document"),
]
