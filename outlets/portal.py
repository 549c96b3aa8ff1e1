"""The door of outlet operators and ODR firms: their own cases, on a phone, nothing else.

Every page is whole without a script; outlets/static/outlets/portal.js keeps what is typed while
the line is cut, and sends it once.
"""

import uuid
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from agency.core import clock, files
from agency.core.api import flatten
from agency.core.deadlines import work_calendar_of
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import User
from agency.core.notifications.api import entries
from agency.core.notifications.bell import bell_of, mark_read, unread
from agency.core.roles import OUTSIDERS, Role
from agency.core.site import words
from agency.core.text import dialled
from cases import counted, operators, reveal
from cases import workflow as case_workflow
from cases.admin.fields import read
from cases.bodies import BODIES
from cases.calendar import day_of
from cases.models import Case
from outlets import figures, odr_figures, workflow
from outlets.api import OF_THE_RESULT, Dispute
from outlets.models import OdrEnterprise, OdrPaper, Outlet
from outlets.odr_lifecycle import OPEN
from outlets.serializers import Report
from outlets.workflow import disputes, firms
from outlets.workflow.filing import month_after

PAGE = 50
VERBS = ("accept_referral", "answer_referral", "settle", "hand_up")
"""What an operator does with a referral, in the order of its life."""
CONSUMER, MERCHANT = ("name", "phone"), ("name",)


def for_operators(*roles: Role) -> Callable:
    """Let in these operators, all of them where none is named; others are refused."""

    def around(view):
        @login_required
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if request.user.role not in (roles or OUTSIDERS):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return around


def _show(request, template: str, status: int = 200, **told) -> HttpResponse:
    told |= {"now": clock.now(), "unread": unread(request.user), "words": words()}
    return render(request, f"outlets/{template}.html", told, status=status)


@for_operators()
@require_safe
def home(request):
    """What is in one's hands, soonest due first; at most PAGE of them."""
    mine = Case.objects.in_hands_of(request.user).open().select_related("consumer")
    rows = [_row(case, request.user) for case in mine.order_by("arrived_at")[:PAGE]]
    rows.sort(key=lambda row: (row["due_at"] is None, row["due_at"]))
    month = _month(request.user)
    return _show(request, "portal", rows=rows, month=month, outlet=_outlet(request.user))


def _row(case: Case, user: User) -> dict:
    """Due is what they owe themselves: the agency's own limits are none of theirs."""
    person = case.consumer.masked() if case.consumer else {}
    referral = operators.referral_of(case, user)
    return {
        "case": case, "title": case.shown(case.title), "person": person,
        "due_at": operators.next_due_at(case, user),
        "is_taken": bool(referral and referral.accepted_at),
    }  # fmt: skip


def _outlet(user: User) -> Outlet | None:
    return Outlet.objects.visible_to(user).select_related("unit").first()


def _month(user: User) -> dict:
    first = day_of(clock.now()).replace(day=1)
    return figures.of(user.unit_id, first, month_after(first))


# -- one case ---------------------------------------------------------------------------


@for_operators()
@require_http_methods(["GET", "HEAD", "POST"])
def case_page(request, no):
    """GET the case with what may be done; POST does it: ``verb``, or ``reveal``."""
    case = Case.objects.visible_to(request.user).select_related("consumer").filter(no=no).first()
    if case is None:
        raise Http404
    if request.method != "POST":
        return _case(request, case)
    try:
        return _done(request, case)
    except Invalid as error:
        return _case(request, case, 400, faults=error.errors)
    except RuleViolation as error:
        return _case(request, case, 409, faults={"": [str(error)]})
    except Forbidden:
        raise PermissionDenied from None
    except NotThere:
        raise Http404 from None


def _done(request, case: Case) -> HttpResponse:
    verb = request.POST.get("verb", "")
    if verb == "reveal":
        why = _("To reach the consumer about what was referred.")
        phone = reveal.reveal(case.no, by=request.user, field="consumer.phone", reason=why)
        return _case(request, case, phone=phone)
    if verb not in VERBS:
        raise RuleViolation(_("There is nothing to do."))
    body = BODIES[verb](data=_typed(BODIES[verb], request.POST))
    if not body.is_valid():
        raise Invalid(flatten(body.errors))
    case_workflow.VERBS[verb](case.no, by=request.user, **body.validated_data)
    if verb in ("settle", "hand_up"):
        return redirect("portal")
    return redirect("portal_case", case.no)


def _typed(body: type, typed) -> dict:
    """What was typed, as the API would send it; what was left empty is not sent."""
    said = {name: read(name, told, typed) for name, told in body().fields.items() if name in typed}
    return {name: value for name, value in said.items() if value is not None}


def _case(request, case: Case, status: int = 200, *, phone: str = "", faults=None) -> HttpResponse:
    case.know_others()
    referral = operators.referral_of(case, request.user)
    at = clock.now()
    clocks = list(operators.clocks(case, request.user).select_related("rule").order_by("due_at"))
    calendar = work_calendar_of(one.rule for one in clocks)
    return _show(
        request, "portal_case", status, referral=referral, phone=dialled(phone), case=case,
        is_mine=referral is not None and referral.ended_at is None,
        texts={name: case.shown(getattr(case, name)) for name in ("title", "narrative", "demand")},
        person=case.consumer.masked() if case.consumer else {},
        clocks=[(one, one.state_at(at), counted.explain(one, calendar)) for one in clocks],
        typed=request.POST,
        faults=faults or {}, answer=case.shown(referral.answer) if referral else "",
    )  # fmt: skip


# -- on the spot ------------------------------------------------------------------------


@for_operators(Role.OUTLET_LIAISON)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """GET the form of a dispute; POST registers it, once for its ``key``, and leads on."""
    outlet = _outlet(request.user)
    if request.method != "POST":
        return _new(request, outlet)
    key = request.POST.get("key", "")[:64]
    try:
        photo = files.uploaded(request, "photo") if "photo" in request.FILES else None
        told, result = _dispute(request.POST)
        case, _is_new = disputes.register(
            request.user.unit.code, by=request.user, told=told, key=key, photo=photo, **result
        )
    except Invalid as error:
        return _new(request, outlet, 400, error.errors)
    except RuleViolation as error:
        return _new(request, outlet, 409, {"": [str(error)]})
    return redirect("portal_case", case.no)


def _new(request, outlet, status: int = 200, faults=None) -> HttpResponse:
    key = request.POST.get("key") or uuid.uuid4().hex
    return _show(
        request, "portal_new", status, outlet=outlet, key=key, typed=request.POST,
        faults=faults or {},
    )  # fmt: skip


def _dispute(typed) -> tuple[dict, dict]:
    """What the consumer told, and what came of it, as the API takes them. Raises Invalid."""
    said = _typed(Dispute, typed)
    for whom, parts in (("consumer", CONSUMER), ("merchant", MERCHANT)):
        told = {part: typed.get(f"{whom}.{part}", "").strip() for part in parts}
        if any(told.values()):
            said[whom] = told
    said.setdefault("consumer", {})
    body = Dispute(data=said)
    if not body.is_valid():
        raise Invalid(flatten(body.errors))
    result = {name: v for name, v in body.validated_data.items() if name in OF_THE_RESULT}
    return {name: v for name, v in said.items() if name not in OF_THE_RESULT}, result


# -- my month ---------------------------------------------------------------------------


@for_operators()
@require_http_methods(["GET", "HEAD", "POST"])
def month(request):
    """GET one's months and score; POST reports one, also where nothing was."""
    outlet, faults, status = _outlet(request.user), {}, 200
    if request.method == "POST":
        if request.user.role != Role.OUTLET_LIAISON:
            raise PermissionDenied
        faults, status = _reported(request)
        if status == 302:
            return redirect("portal_month")
    return _show(
        request, "portal_month", status, outlet=outlet, month=_month(request.user), faults=faults,
        typed=request.POST, **_of_outlet(outlet),
    )  # fmt: skip


def _reported(request) -> tuple[dict, int]:
    body = Report(data=_typed(Report, request.POST))
    if not body.is_valid():
        return flatten(body.errors), 400
    try:
        workflow.report(request.user.unit.code, by=request.user, **body.validated_data)
    except RuleViolation as error:
        return {"": [str(error)]}, 409
    except NotThere:
        raise Http404 from None
    return {}, 302


def _of_outlet(outlet: Outlet | None) -> dict:
    """What is owed of the months, what was reported, and the latest year item by item: where
    the most is to be gained comes first."""
    if outlet is None:
        return {}
    owed = outlet.deadlines.open().exclude(report=None).select_related("report")
    year = outlet.assessments.order_by("pk").last()
    scores = list(year.scores.select_related("item")) if year else []
    scores.sort(key=lambda s: (s.points - 100) * s.item.weight)
    return {
        "owed": owed.order_by("report__month"), "year": year, "scores": scores,
        "reports": outlet.reports.exclude(reported_at=None)[:12],
    }  # fmt: skip


# -- my firm ----------------------------------------------------------------------------


@for_operators(Role.ODR_CONTACT)
@require_http_methods(["GET", "HEAD", "POST"])
def firm(request):
    """GET what one's firm is and does; POST hands in a paper."""
    mine = OdrEnterprise.objects.visible_to(request.user).select_related("unit").first()
    if mine is None:
        if request.method == "POST":
            raise Http404
        return _show(request, "portal_firm", firm=None)
    faults, status = {}, 200
    if request.method == "POST":
        faults, status = _handed_in(request, mine)
        if status == 302:
            return redirect("portal_firm")
    return _show(
        request, "portal_firm", status, firm=mine, faults=faults, kinds=OdrPaper.Kind.choices,
        lacking=firms.missing_papers(mine), is_open=mine.state in OPEN,
        papers=mine.papers.order_by("at"), guidances=mine.guidances.all()[:12],
        review=mine.reviews.order_by("pk").last(),
        figures=odr_figures.of_a_year(mine.unit_id, day_of(clock.now())),
    )  # fmt: skip


def _handed_in(request, mine: OdrEnterprise) -> tuple[dict, int]:
    kind = request.POST.get("kind", "")
    try:
        firms.add_paper(mine.code, by=request.user, kind=kind, upload=files.uploaded(request))
    except Invalid as error:
        return error.errors, 400
    except RuleViolation as error:
        return {"": [str(error)]}, 409
    return {}, 302


@for_operators()
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request):
    """What one was told; POST: all of it is read."""
    if request.method == "POST":
        mark_read(request.user)
        return redirect("portal_notices")
    latest = list(bell_of(request.user).order_by("-pk")[:PAGE])
    return _show(request, "portal_notices", notices=entries(latest, to=request.user))


urls = [
    path("", home, name="portal"),
    path("cases/<slug:no>/", case_page, name="portal_case"),
    path("new/", new, name="portal_new"),
    path("month/", month, name="portal_month"),
    path("firm/", firm, name="portal_firm"),
    path("notices/", notices, name="portal_notices"),
]
