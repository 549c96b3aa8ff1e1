"""What may go wrong, in words for people. Doors turn these into a message or a problem."""

from django.utils.translation import gettext as _

from agency.core.text import in_one


def file_fault(path, error: OSError) -> str:
    """Why the file cannot be used, in a sentence; the system's own words are English."""
    match error:
        case FileNotFoundError():
            sentence = _("%(path)s is not there.")
        case IsADirectoryError():
            sentence = _("%(path)s is a folder, not a file.")
        case PermissionError():
            sentence = _("%(path)s may not be used by this account of the system.")
        case _other:
            sentence = _("%(path)s cannot be used: %(why)s.")
    return sentence % {"path": path, "why": error.strerror or error}


class RuleViolation(Exception):
    """A rule forbids it now: the sentence says which. A message in the admin, a 409 in the API."""


class Forbidden(Exception):
    """The role may never do this: a 403."""


class NotThere(Exception):
    """Not there, or not within one's scope: a stranger's row is a 404."""


class Invalid(Exception):
    """What was sent cannot be used: a 400. ``errors`` maps a field to its sentences."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(in_one(f"{field}: {' '.join(map(str, e))}" for field, e in errors.items()))
        self.errors = errors
