"""Celery's door to what is written in the background (agency/celery.py says when).

A month of many cases is one piece, and may take longer than other tasks are given. One process
at a time counts; the other of the worker's two is free for the notices meanwhile.
"""

from celery import shared_task

from reports import keeping, proof

LIMITS = {"soft_time_limit": 90, "time_limit": 100}
"""Seconds, and less than the broker waits before it hands the task out again."""


@shared_task(**LIMITS)
def keep_figures() -> None:
    keeping.keep()


@shared_task(**LIMITS)
def prove_figures() -> None:
    proof.prove_some()
