"""The Django project on top, the shared kernel (agency.core) below."""

from agency.celery import app as celery_app

__all__ = ["celery_app"]
