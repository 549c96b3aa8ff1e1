"""Who is at work: the person of a request, or a program; told to the database with each write.

With the write itself and not once a transaction: what is rolled back, to a savepoint or as a
whole, takes with it only what it told itself; and a page that only reads asks nothing more.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest

WRITES = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|MERGE|WITH\b.*\b(INSERT INTO|UPDATE|DELETE FROM))\b",
    re.IGNORECASE | re.DOTALL,
)
UNTOLD = re.compile(r"[^\w.:@/<> -]")
"""Signs that do not belong into the database's setting: it is written into the statement."""


def _program() -> str:
    """What this process is, by its command line: ``sweep_deadlines``, ``gunicorn``."""
    program, *arguments = sys.argv or [""]
    path = Path(program)
    if path.name == "manage.py" and arguments:
        return arguments[0]
    return path.parent.name if path.name == "__main__.py" else path.name


@dataclass(frozen=True)
class Acting:
    """A program at work, maybe for somebody's request."""

    process: str
    request: HttpRequest | None = None

    def __str__(self) -> str:
        """As agency_acting() in agency/core/audit/triggers.py reads it."""
        return "|".join(UNTOLD.sub("", part) for part in self._parts())

    def _parts(self) -> tuple[str, str, str]:
        if self.request is None:
            return "", self.process, ""
        user = getattr(self.request, "user", None)
        return str(user.pk if user and user.pk else ""), self.process, _act(self.request)


def _act(request: HttpRequest) -> str:
    """The page or verb that was asked for, without the row's own key: ``admin/core/user/<object_id>/change/``."""
    match = request.resolver_match
    if match is None:
        return ""
    verb = match.kwargs.get("verb", "<verb>")
    return re.sub(r"<\w+:", "<", match.route).replace("<verb>", verb)[:120]


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(process: str = "", request: HttpRequest | None = None) -> Iterator[None]:
    """Within it, what is written is written by this process, for this request."""
    token = _acting.set(Acting(process or _program(), request))
    try:
        yield
    finally:
        _acting.reset(token)


class WhoActs:
    """Middleware: what a request writes is its user's. Who that is, only a write asks."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with acting(request=request):
            return self.get_response(request)


def tell(execute, sql, params, many, context):
    """An execute wrapper of Django's: says who acts in front of the statement that writes."""
    told = sql if isinstance(sql, str) else sql.as_string(None)
    if not WRITES.match(told):
        return execute(sql, params, many, context)
    said = f"SELECT set_config('agency.acting', '{_acting.get() or Acting(_program())}', true)"
    if many:
        context["cursor"].cursor.execute(said)
        return execute(sql, params, many, context)
    result = execute(f"{said}; {told}", params, many, context)
    while context["cursor"].cursor.nextset():
        pass
    return result


def tell_through(connection, **_kwargs) -> None:
    """For ``connection_created``: each connection of this program tells who acts."""
    if tell not in connection.execute_wrappers:
        connection.execute_wrappers.append(tell)
