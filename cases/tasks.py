"""Celery's door to what is done once a day (agency/celery.py says when)."""

from celery import shared_task

from cases import callbacks


@shared_task
def draw_callbacks() -> None:
    callbacks.draw()
