"""The Celery app and the one list of what runs when.

The rows are the queue, Celery is the rhythm: every task here finds its work in
the database, so a lost, doubled or late message costs nothing.
"""

import os

from celery import Celery, Task
from celery.schedules import crontab

from agency.core.audit.acting import acting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agency.settings")


class ActingTask(Task):
    """What a task writes is written by the task."""

    def __call__(self, *args, **kwargs):
        with acting(self.name):
            return super().__call__(*args, **kwargs)


app = Celery("agency", task_cls=ActingTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# ``expires`` drops what no worker took for a minute, so that a stalled worker comes
# back to few sweeps, not to a thousand. Not shorter: a worker whose clock runs ahead
# would discard every run (measured: docs/decisions/0003-rows-are-the-queue.md).
app.conf.beat_schedule = {
    "sweep deadlines": {
        "task": "agency.core.tasks.sweep_deadlines",
        "schedule": 1.0,
        "options": {"queue": "deadlines", "expires": 60},
    },
    "deliver notifications": {
        "task": "agency.core.tasks.deliver_notifications",
        "schedule": 2.0,
        "options": {"queue": "default", "expires": 60},
    },
    "write the documents of interviews": {
        "task": "interviews.tasks.write_documents",
        "schedule": 2.0,
        "options": {"queue": "default", "expires": 60},
    },
    "keep the figures": {
        "task": "reports.tasks.keep_figures",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60},
    },
    "prove the figures": {
        "task": "reports.tasks.prove_figures",
        "schedule": crontab(hour="0-5"),
        "options": {"queue": "default", "expires": 60},
    },
    "watch what was pledged": {
        "task": "interviews.tasks.watch_pledges",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60},
    },
    "seal the trails": {
        "task": "agency.core.tasks.seal_trails",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60},
    },
    # at an hour of the day: an interval begins anew where beat has lost its file
    "clear away": {
        "task": "agency.core.tasks.clear_away",
        "schedule": crontab(hour=4, minute=0),
        "options": {"queue": "default", "expires": 3600},
    },
    "draw call backs": {
        "task": "cases.tasks.draw_callbacks",
        "schedule": crontab(hour=6, minute=0),
        "options": {"queue": "default", "expires": 3600},
    },
    "watch the calendar": {
        "task": "agency.core.tasks.watch_calendar",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 3600},
    },
}
