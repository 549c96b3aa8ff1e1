"""The interviews' list and pages; each verb goes through the workflow, as from everywhere."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import clock
from agency.core.accounts.links import Link
from agency.core.admin.base import GuardedAdmin, ReadOnly
from agency.core.text import mask_name
from cases.admin.filters import KnownValues
from cases.models import Case
from interviews import effect, workflow
from interviews.admin import forms, pages
from interviews.api import COURSE
from interviews.bodies import BODIES, Proposal
from interviews.letters.forms import Form
from interviews.lifecycle import MOVES, PROPOSERS, Course, State
from interviews.models import Interview, InterviewDeadline, Repeat, ReportLink
from interviews.workflow import papers


class StateFilter(KnownValues):
    title, parameter_name = gettext_lazy("state"), "state"

    def lookups(self, request, model_admin):
        return [("late", _("something is late")), *State.choices]

    def narrow(self, interviews, value):
        if value == "late":
            late = InterviewDeadline.objects.overdue(clock.now())
            return interviews.filter(pk__in=late.values("interview"))
        return interviews.filter(state=value)


class KindFilter(KnownValues):
    title, parameter_name = gettext_lazy("kind"), "kind"

    def lookups(self, request, model_admin):
        return Interview.Kind.choices

    def narrow(self, interviews, value):
        return interviews.filter(kind=value)


@admin.register(Interview)
class InterviewAdmin(ReadOnly, GuardedAdmin):
    """What exists in one's own units; nothing is typed into a row, everything is a verb."""

    list_display = ["no", "kind", "state", "subject", "unit", "hold_at", "held_at", "whom"]
    list_filter = [StateFilter, KindFilter]
    list_select_related = ["unit"]
    search_fields = ["no", "subject", "merchants__merchant__name"]
    ordering = ["-proposed_at", "-pk"]

    @admin.display(description=gettext_lazy("merchants"))
    def whom(self, interview):
        names = [attendance.merchant.name for attendance in interview.merchants.all()]
        more = _(" and %(n)d more") % {"n": len(names) - 1} if len(names) > 1 else ""
        return names[0] + more if names else "—"

    def get_queryset(self, request):
        return Interview.objects.visible_to(request.user).prefetch_related("merchants__merchant")

    def get_urls(self):
        view, site = self.admin_site.admin_view, self.admin_site
        return [
            path("signals/", view(lambda request: pages.signals_view(request, site)), name="interviews_interview_signals"),
            path("calendar/", view(lambda request: pages.calendar_view(request, site)), name="interviews_interview_calendar"),
            path(
                "merchant/<int:merchant>/",
                view(lambda request, merchant: pages.merchant_view(request, site, merchant)),
                name="interviews_interview_merchant",
            ),
            *super().get_urls(),
        ]  # fmt: skip

    def has_add_permission(self, request):
        return request.user.role in PROPOSERS

    def add_view(self, request, form_url="", extra_context=None):
        """GET the proposal; POST makes it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = forms.proposal(request.user)
        if request.method == "POST":
            made = forms.done(form, Proposal, request, workflow.propose)
            if made:
                return HttpResponseRedirect(_page(made))
        else:
            forms.begin_with(form, request.GET)
        page = {**self.admin_site.each_context(request), "title": form.label, "form": form}
        status = 400 if form.is_wrong else 200
        return render(request, "interviews/proposal.html", page, status=status)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """GET the page; POST does the verb that ``verb`` names."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        mine = Interview.objects.visible_to(request.user).prefetch_related(*COURSE)
        found = mine.select_related("unit", "handler", "proposed_by", "decided_by")
        interview = found.filter(pk=object_id[:18]).first() if object_id.isdecimal() else None
        if interview is None:
            raise Http404
        verbs = [
            forms.verb_form(verb, interview, request.user)
            for verb in workflow.allowed(interview, request.user)
        ]
        status, done = (
            _asked(request, interview, verbs) if request.method == "POST" else (200, None)
        )
        if isinstance(done, Interview):
            return HttpResponseRedirect(_page(interview))
        page = {**self.admin_site.each_context(request), **_context(interview, request.user)}
        page |= {"forms": verbs, "link": done}  # a link is told in this answer, and never again
        return render(request, "interviews/interview.html", page, status=status)


def _page(interview: Interview) -> str:
    return reverse("admin:interviews_interview_change", args=[interview.pk])


def _asked(request, interview: Interview, verbs: list) -> tuple[int, Interview | Link | None]:
    """Does what was asked for: the status, and what came of it; 400 where the form says what is wrong."""
    if not any(request.user.role in move.roles for move in MOVES):
        raise PermissionDenied
    form = next((form for form in verbs if form.name == request.POST.get("verb", "")), None)
    if form is None:
        return 409, None

    def act(**said):
        return workflow.VERBS[form.name](interview.no, **said)

    done = forms.done(form, BODIES[form.name], request, act)
    return (200 if done else 400), done


def _context(interview: Interview, user) -> dict:
    at = clock.now()
    owed = interview.deadlines.open().select_related(
        "rule", "attendance__merchant", "rectification", "pledge_item"
    )  # fmt: skip
    issued = interview.documents.exclude(issued_at=None).select_related("attendance__merchant")
    return {
        "title": interview.no, "interview": interview, "progress": papers.progress(interview),
        "clocks": [(c, c.state_at(at)) for c in owed.order_by("due_at")],
        "documents": [(d, Form(d.form).label) for d in issued.order_by("-issued_at", "-number")],
        "opens_files": user.role in papers.READERS_OF_FILES,
        "repeats": _repeats(interview, user),
        "courses": [_course(a, user) for a in interview.merchants.all()],
        "cases": interview.cases.visible_to(user).order_by("no"),
        "events": interview.events.select_related("actor", "attendance__merchant").order_by("-pk")[:60],
    }  # fmt: skip


def _course(attendance, user) -> dict:
    """One merchant's course as the page shows it: people masked."""
    items = [item for pledge in attendance.pledges.all() for item in pledge.items.all()]
    return {
        "row": attendance, "notices": attendance.notices.all(),
        "services": [(s, mask_name(s.recipient)) for s in attendance.services.all()],
        "items": [(item, mask_name(item.person)) for item in items],
        "repairs": attendance.rectifications.all(), "link": _open_link(attendance),
        "effect": effect.of(attendance, user=user) if attendance.session else None,
    }  # fmt: skip


def _open_link(attendance) -> ReportLink | None:
    """The link that opens a report of this merchant now."""
    if attendance.state != Course.RECTIFYING:
        return None
    return attendance.links.filter(used_at=None, ended_at=None, until__gt=clock.now()).first()


def _repeats(interview: Interview, user) -> list[Repeat]:
    """What was complained of again, as far as ``user`` sees it, the newest first."""
    rows = Repeat.objects.filter(attendance__interview=interview)
    seen = Case.objects.visible_to(user).filter(pk__in=rows.values("case")).values("pk")
    return list(
        rows.filter(case__in=seen).select_related("case", "attendance__merchant").order_by("-pk")
    )
