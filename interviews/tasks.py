"""Celery's door to what is written in the background (agency/celery.py says when)."""

from celery import shared_task

from interviews.workflow import papers


@shared_task
def write_documents() -> None:
    papers.write_pending()
