"""Celery's door to what is written in the background (agency/celery.py says when)."""

from celery import shared_task

from reports import keeping, proof


@shared_task
def keep_figures() -> None:
    keeping.keep()


@shared_task
def prove_figures() -> None:
    proof.prove_all()
