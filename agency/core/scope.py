"""The one scope rule: what exists for somebody.

Everybody sees the subtree of their unit. A model may widen that (``also_visible_to``:
a current assignment) or narrow it (``hidden_from``: no report for an outlet). Every door
reads through ``visible_to``; the workflow locks through it.
"""

from django.db import models
from django.db.models import Q

from agency.core.roles import WITHOUT_CASES


class ScopedQuerySet(models.QuerySet):
    """Rows with a ``unit``; ``visible_to(user)`` is the scope."""

    def visible_to(self, user):
        """The rows that exist for ``user``; none for who is logged out or has no cases."""
        if not user.is_authenticated or not user.is_active or user.role in WITHOUT_CASES:
            return self.none()
        inside = Q(unit__path__startswith=user.unit.path)
        return self.filter(inside | self.also_visible_to(user)).exclude(self.hidden_from(user))

    @staticmethod
    def also_visible_to(user) -> Q:
        return Q(pk__in=[])

    @staticmethod
    def hidden_from(user) -> Q:
        return Q(pk__in=[])
