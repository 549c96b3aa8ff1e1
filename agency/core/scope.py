"""The one scope rule: what exists for somebody.

Everybody sees the subtree of their unit, and what was given to them elsewhere
(``given_to``: an assignment; to an expert nothing else exists); some kinds never leave the agency (``hidden_from``). Every
door reads through ``visible_to`` and acts through ``in_hands_of``.

The rule is told in keys, not in joins: a subtree "or" a subquery sends the planner through
the whole table for somebody who sees little of it.
"""

from django.db import models
from django.db.models import Q

from agency.core.roles import GIVEN_ONLY, WITHOUT_CASES


class ScopedQuerySet(models.QuerySet):
    """Rows with a ``unit``. ``given_key`` is the field that ``given_to`` speaks of."""

    given_key = "pk"

    def visible_to(self, user):
        """The rows that exist for ``user``; none for who is logged out or has no cases."""
        return self._within(user, now=False)

    def in_hands_of(self, user):
        """What ``user`` may act on: without what was theirs elsewhere and is no longer."""
        return self._within(user, now=True)

    def _within(self, user, *, now: bool):
        if not user.is_authenticated or not user.is_active or user.role in WITHOUT_CASES:
            return self.none()
        rows = self.exclude(hidden) if (hidden := self.hidden_from(user)) else self
        if user.role in GIVEN_ONLY:
            return rows.filter(**{f"{self.given_key}__in": self.given_to(user, now=now)})
        if user.unit.parent_id is None:
            return rows.all()
        inside = Q(unit__in=user.unit.keys_below)
        given = self.given_to(user, now=now)
        return rows.filter(inside | Q(**{f"{self.given_key}__in": given}) if given else inside)

    @staticmethod
    def given_to(user, *, now: bool) -> list[int]:
        """Keys of what was given to ``user`` outside their subtree; ``now``: and still is."""
        return []

    @staticmethod
    def hidden_from(user) -> Q | None:
        """What ``user`` never sees, wherever it lies; None for nothing."""
        return None
