"""What may go wrong, in words for people. Doors turn these into a message or a problem."""

from django.utils.translation import gettext as _


class RuleViolation(Exception):
    """A rule forbids it now: the sentence says which. A message in the admin, a 409 in the API."""


class Forbidden(Exception):
    """The role may never do this: a 403."""


class NotThere(Exception):
    """Not there, or not within one's scope: a stranger's row is a 404."""


class Invalid(Exception):
    """What was sent cannot be used: a 400. ``errors`` maps a field to its sentences."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(
            _("; ").join(f"{field}: {' '.join(map(str, e))}" for field, e in errors.items())
        )
        self.errors = errors
