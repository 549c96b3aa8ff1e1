"""The start page: what one owes next, soonest first.

Two questions, a constant number of queries: what is owed (cases/admin/watchlist.py), and how
the first of it looks (cases/admin/rows.py).
"""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from agency.core import clock, watch
from agency.core.roles import WITHOUT_CASES, Role
from cases import search
from cases.admin import clocks
from cases.admin.rows import idle, rows
from cases.admin.watchlist import Watchlist, unheld
from cases.lifecycle import Kind

EMPTY = {
    Role.DISPATCHER: _("Nothing waits for dispatch, and every ticket has been answered."),
    Role.REGISTRAR: _("Nothing has come in yet. Press n to register a ticket."),
    Role.CALLBACK: _("Nobody waits to be called back. Every morning some ended cases are drawn."),
    Role.CHIEF: _("Nothing waits for your approval, and no clock runs in your unit."),
    Role.LEADER: _("Nothing waits for your approval, and no clock runs."),
}
EMPTY_FOR_OTHERS = _("No clock runs. New tickets appear here by themselves, soonest first.")

IDLE_TITLES = {
    Role.REGISTRAR: _("Latest arrivals"),
    Role.CALLBACK: _("To be called back"),
    Role.DISPATCHER: _("Waiting for dispatch, without a clock"),
}
IDLE_LISTS = {Role.REGISTRAR: "", Role.CALLBACK: "", Role.DISPATCHER: "?state=waiting"}
"""Where the rows stand that are cut off; for others "?state=open"."""


def start_page(request, context: dict) -> dict:
    """The context of /admin/, as unfold asks for it."""
    return {**context, **queue(request)}


def queue(request) -> dict:
    """Everything the queue shows; ``kind`` and ``q`` come from the address."""
    user, at = request.user, clock.now()
    if user.role in WITHOUT_CASES:
        return {"has_queue": False}
    watchlist = narrowed(request, at)
    shown, without_clock = rows(watchlist), idle(watchlist)
    return {
        "has_queue": True, "watchlist": watchlist, "rows": shown,
        "is_priority_ahead": any(row.is_ahead for row in shown),
        "idle": without_clock[:watchlist.MOST_IDLE], "is_idle_more": len(without_clock) > watchlist.MOST_IDLE,
        "unheld": unheld(watchlist), "idle_list": IDLE_LISTS.get(user.role, "?state=open"),
        "idle_title": IDLE_TITLES.get(user.role, _("In hand, without a running clock")),
        "empty": EMPTY.get(user.role, EMPTY_FOR_OTHERS), "counts": watchlist.tallies(),
        "is_more": len(watchlist.marks) > watchlist.MOST_ROWS,
        "kinds": Kind.choices, "swept": swept(at),
        "said": watchlist.complaint or search.hint(watchlist.text),
    }  # fmt: skip


def narrowed(request, at: datetime) -> Watchlist:
    kind = request.GET.get("kind", "")
    text = request.GET.get("q", "").strip()[: search.LENGTH]
    return Watchlist(request.user, at, kind if kind in Kind.values else "", text)


def swept(at: datetime) -> dict:
    """When the watch was last whole, for the sign in the corner."""
    last = watch.last_ok_at()
    return {
        "at": clocks.milliseconds(last) if last else None,
        "now": clocks.milliseconds(at),
        "seconds": int((at - last).total_seconds()) if last else None,
        "amber": watch.AMBER.seconds, "red": watch.RED.seconds,
    }  # fmt: skip


def poll(request) -> HttpResponse:
    """The queue, where it changed since ``v``; else 204, and how the watch fares.

    With ``watch`` only the latter: a search runs through many texts, and is not asked that often.
    """
    at = clock.now()
    if request.user.role in WITHOUT_CASES:
        return HttpResponse(status=204)
    if "watch" in request.GET or request.GET.get("v") == narrowed(request, at).fingerprint:
        sign = swept(at)
        trigger = f'{{"swept": {{"at": {sign["at"] or 0}, "now": {sign["now"]}}}}}'
        return HttpResponse(status=204, headers={"HX-Trigger": trigger})
    return render(request, "cases/_queue.html", queue(request))
