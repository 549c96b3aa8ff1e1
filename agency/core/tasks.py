"""Celery's door: tasks find their work in the database (agency/celery.py says when)."""

from celery import shared_task
from django.core.management import call_command

from agency.core import alarms, deadlines, duties, files, notifications, watch, workdays
from agency.core.audit import seals
from agency.core.notifications import pruning


@shared_task
def sweep_deadlines() -> None:
    watch.keep_watch("celery")
    duties.do_all()


@shared_task
def deliver_notifications() -> None:
    notifications.deliver_pending()


@shared_task
def clear_away() -> None:
    """What proves nothing: warnings long past, sessions that have ended, uploads cut off."""
    pruning.prune_delivered()
    call_command("clearsessions")
    files.clear_incoming()


@shared_task
def watch_calendar() -> None:
    """From 1 November, ask for next year's calendar until it is loaded.

    And count again, while it comes in: who counts may have read the calendar before.
    """
    alarms.ask_for_calendar()
    if until := workdays.loaded_until():
        deadlines.count_again(until=until)


@shared_task
def seal_trails() -> None:
    """So that whoever rewrites a trail is found out to the minute."""
    seals.seal()
