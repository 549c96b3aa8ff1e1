"""Celery's door to what is done in the background (agency/celery.py says when)."""

from celery import shared_task

from interviews.workflow import papers, watching


@shared_task
def write_documents() -> None:
    papers.write_pending()


@shared_task
def watch_pledges() -> None:
    watching.watch_pledges()
