"""One verb with one body for many cases: each its own transaction and its own answer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import User
from cases import workflow

VERBS = (
    "dispatch", "assign", "respond", "reply_ticket", "tag", "untag", "notify", "close",
)  # fmt: skip
"""Those that say the same of every case. Whether a citizen was reached is no such thing."""

MOST = 200
"""As many cases at once: about as long as somebody waits for an answer."""


@dataclass(frozen=True)
class Answer:
    """What became of one case: the HTTP status a single request would have got, and why."""

    no: str
    status: int
    detail: str = ""
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        return self.status == 200

    @property
    def told(self) -> list[str]:
        """Why it was refused, for people: what is wrong with a field, each once, else the refusal."""
        said = [str(text) for texts in self.errors.values() for text in texts]
        return list(dict.fromkeys(said)) or [self.detail]


def run(verb: str, numbers: Iterable[str], *, by: User, body: dict) -> Iterator[Answer]:
    """Do ``verb`` on each case, each once, in the order given; ``body`` has been checked.

    What is done stays done: somebody who stops half way sees what is left from the answers,
    and a second time the cases that are done refuse by themselves.
    """
    for no in dict.fromkeys(numbers):
        yield _one(verb, no, by, body)


def _one(verb: str, no: str, by: User, body: dict) -> Answer:
    try:
        workflow.VERBS[verb](no, by=by, **body)
    except Forbidden:
        return Answer(no, 403, _("Your role may not do this."))
    except NotThere:
        return Answer(no, 404, _("This is not there."))
    except Invalid as error:
        return Answer(no, 400, str(error), error.errors)
    except RuleViolation as error:
        return Answer(no, 409, str(error))
    except (OperationalError, InterfaceError):
        return Answer(no, 503, _("The service is away for a moment; send the same request again."))
    return Answer(no, 200)
