"""Celery's door: tasks find their work in the database (agency/celery.py says when)."""

from celery import shared_task

from agency.core import alarms, duties, notifications, watch
from agency.core.notifications import pruning


@shared_task
def sweep_deadlines() -> None:
    watch.keep_watch("celery")
    duties.do_all()


@shared_task
def deliver_notifications() -> None:
    notifications.deliver_pending()


@shared_task
def prune_notifications() -> None:
    pruning.prune_delivered()


@shared_task
def watch_calendar() -> None:
    """From 1 November, ask for next year's calendar until it is loaded."""
    alarms.ask_for_calendar()
