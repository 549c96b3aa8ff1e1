"""One person at one address, and whether what they found there is what docs/access.yml says."""

import zlib
from copy import deepcopy
from dataclasses import dataclass

from django.db import connection, transaction

from tests.access.addresses import METHODS, Address
from tests.access.canaries import OF_CITIZEN, told_by
from tests.access.place import ANONYMOUS, DEACTIVATED, OWN, PEOPLE, Place
from tests.turn import TURN

FOUND = {"get": {200}, "post": {200, 201, 204, 302, 400, 409, 415}}
NOBODY = {ANONYMOUS, DEACTIVATED}
A_WEEK = 7
HEADERS = {
    "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "frame-ancestors 'none'", "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}  # fmt: skip
OF_A_VISIT = {"core_session", "core_user", "core_logintry", "core_audit", "reports_snapshot"}
"""What a mere look leaves: that somebody was there, or came with a token that opens nothing;
and the figures of the dashboard, reckoned once for all who look."""
WRITTEN = """
SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables
WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
"""


@dataclass
class Walk:
    place: Place

    def __post_init__(self) -> None:
        self.requests, self.wrong, self.so_far = 0, [], written()

    def through(self, address: Address, *, thoroughly: bool = False) -> list[str]:
        """What is not as it should be, in words; of those it refuses only a few, or all."""
        for method in METHODS:
            for name in PEOPLE if thoroughly else self.some(address, method):
                for what in address.things:
                    if what == OWN or address.opens(method, self.role(name), what):
                        self._try(address, method, name, what)
        return self.wrong

    def some(self, address: Address, method: str, turn: int = TURN) -> list[str]:
        """A seventh of those it lets in and of the others, one at least: others each day, everybody
        within a week. All at once they come in tests/security.
        """
        turn += zlib.crc32(address.route.encode())  # these here, those there
        let_in = [n for n in PEOPLE if address.opens(method, self.role(n), OWN)]
        refused = [n for n in PEOPLE if n not in let_in]
        few = {
            name
            for some in (let_in, refused)
            for at, name in enumerate(some)
            if (at + turn) % min(len(some), A_WEEK) == 0
        }
        return [name for name in PEOPLE if name in few]

    def role(self, name: str) -> str:
        return name if name in NOBODY else self.place.people[name].role

    def _try(self, address: Address, method: str, name: str, what: str) -> None:
        path = address.path(self.place, name, what)
        if path is None:
            return
        answer = self.visit(address, method, name, path)
        said = f"{method} {path} by {name}, {what}: {told(answer)}"
        if not self._is_right(address, method, name, what, answer):
            self.wrong.append(said)
        if method == "get" and (left := self._left()) != self._recorded(address, answer):
            self.wrong.append(f"{said} wrote {sorted(left)}")
        self.wrong += [f"{said} tells {secret}" for secret in self._told(address, name, answer)]
        self.wrong += [
            f"{said} without {h}" for h, v in HEADERS.items() if v not in answer.get(h, "")
        ]

    def _left(self) -> set[str]:
        """The tables written to since it was asked last. Nobody looks again after a form was sent."""
        before, self.so_far = self.so_far, written()
        return {table for table, _number in self.so_far - before}

    def _recorded(self, address: Address, answer) -> set[str]:
        """Where it leaves something: who opens a file is on record, and nothing else is written."""
        opens = address.route.endswith(("/attachments/<pk>/", "/documents/<pk>/"))
        return {"core_access"} if opens and answer.status_code == 200 else set()

    def _told(self, address: Address, name: str, answer) -> list[str]:
        """What it should not tell. The papers of a complaint name the citizen, to who handles it."""
        papers = "/documents/<pk>/" in address.route and self.role(name) == "mediator"
        return sorted(set(told_by(answer)) - set(OF_CITIZEN if papers else ()))

    def visit(self, address: Address, method: str, name: str, path: str):
        """The answer; nothing of it stays."""
        self.requests += 1
        http = self.place.desks[ANONYMOUS if address.is_machines else name]
        cookies = deepcopy(http.cookies)
        ask = {"headers": self.place.token(name)} if address.is_machines else {}
        if address.is_machines and method == "post":
            ask |= {"data": "{}", "content_type": "application/json"}
        with transaction.atomic():
            answer = getattr(http, method)(path, **ask)
            transaction.set_rollback(True)
        http.cookies = cookies
        return answer

    def _is_right(self, address: Address, method: str, name: str, what: str, answer) -> bool:
        role = self.role(name)
        if not address.opens(method, role, what):
            return is_refused(address, role, answer)
        if what not in address.own_things:
            return answer.status_code in address.answers.get("gone", [404])
        found = set(address.answers.get(method, FOUND[method]))
        return answer.status_code in found and not leads_to_login(answer)


def is_refused(address: Address, role: str, answer) -> bool:
    if address.is_machines:
        return answer.status_code in ({401, 405} if role in NOBODY else {403, 404, 405})
    is_left_out = answer.status_code == 302 and answer["Location"] == "/admin/"
    return answer.status_code in {403, 404, 405} or leads_to_login(answer) or is_left_out


def leads_to_login(answer) -> bool:
    return answer.status_code == 302 and "login/" in answer["Location"].partition("?")[0]


def told(answer) -> str:
    return f"{answer.status_code} {answer.get('Location', '')}"


def written() -> set[tuple[str, int]]:
    """The tables written to in this transaction, and how often."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return {row for row in cursor.fetchall() if row[0] not in OF_A_VISIT}
