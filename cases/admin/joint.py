"""The topics, and of each the joint list and the daily brief; the hotlines apart."""

from datetime import date

from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from agency.core import clock
from agency.core.fields import Day
from agency.core.models import User
from cases import joint, lines
from cases.admin import clocks
from cases.calendar import day_of
from cases.models import Topic


def index(request) -> HttpResponse:
    """Where the lists and the briefs are found."""
    _check_right(request.user)
    return _page(request, "topics", _("Topic lists"), topics=Topic.objects.all())


def listing(request, code: str) -> HttpResponse:
    """The cases of the topic; as a file they are had like any list (cases/admin/export.py)."""
    topic = _topic(request.user, code)
    lines = joint.lines(topic, request.user)
    title = f"{topic.name} · {_('Joint list')}"
    return _page(request, "joint", title, topic=topic, lines=lines, headings=joint.HEADINGS)


def _page(request, name: str, title: str, **context) -> HttpResponse:
    site = admin.site.each_context(request)
    return render(request, f"cases/{name}.html", {**site, "title": title, **context})


def _check_right(user: User) -> None:
    if not user.has_perm("cases.view_case"):
        raise PermissionDenied


def _topic(user: User, code: str) -> Topic:
    _check_right(user)
    topic = Topic.objects.filter(code=code).first()
    if topic is None:
        raise Http404
    return topic


def brief(request, code: str) -> HttpResponse:
    """How the topic stands, for one day (``day``, today without) and in all; made to be printed."""
    topic, at = _topic(request.user, code), clock.now()
    told = joint.brief(topic, request.user, at, _day(request, day_of(at)))
    soon = [(row, clocks.countdown(row.due_at, at)) for row in told.due_soon]
    title = f"{topic.name} · {_('Daily brief')} {told.day}"
    return _page(request, "brief", title, topic=topic, brief=told, soon=soon, at=at)


def by_line(request) -> HttpResponse:
    """The merged hotlines side by side, between two days (``from``, ``to``; this year without)."""
    _check_right(request.user)
    today = day_of(clock.now())
    begin = _day(request, today.replace(month=1, day=1), "from")
    end = _day(request, today, "to")
    rows, total = lines.table(request.user, begin, end)
    return _page(
        request, "lines", _("Hotlines"), rows=rows, total=total, begin=begin, end=end
    )  # fmt: skip


def _day(request, default: date, name: str = "day") -> date:
    try:
        return Day().run_validation(request.GET.get(name) or default.isoformat())
    except ValidationError as error:
        raise BadRequest(*error.detail) from None
