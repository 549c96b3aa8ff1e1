"""The agency the tests tell of. Rows are made through the workflow, with boring defaults."""

import json
import pickle
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from agency.core.models import ApiToken, DeadlineRule, Unit, User
from cases import channels, demo, intake, submission, workflow
from cases.models import Case, CaseDeadline, Category, Channel

TEN, THIRTY = timedelta(minutes=10), timedelta(minutes=30)
RULES_1030 = ("ticket.respond_10", "ticket.contact_30")

running = count(1)


class Agency:
    """The demo agency without its history; people by username, ``agency.channels`` by code."""

    def __init__(self) -> None:
        if not house.stands:
            _found()
        vars(self).update(pickle.loads(_of_the_first()))  # noqa: S301 – written by ourselves, just now

    def ticket(self, channel: str = "minyi", **changes) -> Case:
        """A ticket that has just come in; returns its case. ``changes`` go into the payload."""
        row = self.submission(channel, **changes)
        client = self.channels[channel].client
        [outcome] = intake.register_many([row], channel=self.channels[channel], by=client)
        assert outcome.status == 201, outcome.answer
        return Case.objects.get(no=outcome.answer["case"]["no"])

    def submission(self, channel: str = "minyi", *, key: str = "", **changes):
        return submission.parse(
            payload(channel, **changes),
            channel=self.channels[channel], on=submission.today(), key=key,
        )  # fmt: skip

    def contacted_case(self, **changes) -> Case:
        """A case of ``east``, responded to and contacted in time by the mediator."""
        case = self.ticket(unit="east", **changes)
        return workflow.contact(
            case.no, by=self.mediator, outcome="reached", no_meeting_reason="电话中已解决"
        )

    def handled_case(self, **changes) -> Case:
        """A complaint that the mediator has contacted and that was withdrawn: ready to close."""
        case = self.contacted_case(**changes)
        return workflow.withdraw(case.no, by=self.mediator, reason="电话中已解决")

    def mediated_case(self, **changes) -> Case:
        """A complaint accepted in time and in mediation."""
        case = self.contacted_case(**changes)
        workflow.accept(case.no, by=self.mediator, notified_by="phone")
        return workflow.start_mediation(case.no, by=self.mediator)

    def client(self, username: str) -> "Api":
        """An API client with a fresh token of the account."""
        return Api(ApiToken.issue(User.objects.get(username=username)))

    def channel_client(self, code: str) -> "Api":
        return Api(ApiToken.issue(self.channels[code].client))


def payload(channel: str = "minyi", **changes) -> dict:
    """The body of a complaint as a channel sends it; None removes a field."""
    from agency.core import clock

    body = {
        "external_no": f"T{next(running):06d}",
        "kind": "complaint",
        "title": "净水器漏水拒绝退货",
        "consumer": {"name": "陈小满", "phone": "13800138000"},
        "merchant": {"name": "清泉电器商行"},
    }
    if channel in {"minyi", "315xft", "national", "petition"}:
        body["arrived_at"] = clock.now().isoformat()
    body |= changes
    return {name: value for name, value in body.items() if value is not None}


def clock_of(case: Case, rule: str) -> CaseDeadline:
    """The case's only clock under ``rule`` (``ticket.respond_10``), read afresh."""
    return CaseDeadline.objects.select_related("rule").get(case=case, rule__code=rule)


class Api:
    """An HTTP client of the API: bodies are dicts, answers are (status, parsed body)."""

    def __init__(self, token: str | None) -> None:
        self.http = Client(headers={"Authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, **params):
        return self._read(self.http.get(f"/api/v1/{path}", params))

    def follow(self, link: str):
        """Where an answer leads: ``next`` and ``previous`` of a page."""
        return self._read(self.http.get(link))

    def post(
        self, path: str, body=None, *, key: str | None = None, content_type="application/json"
    ):
        data = body if isinstance(body, bytes | str) else json.dumps(body or {})
        headers = {"Idempotency-Key": key} if key else {}
        return self._read(
            self.http.post(f"/api/v1/{path}", data, content_type=content_type, headers=headers)
        )

    def _read(self, response):
        self.response = response
        body = b"".join(response) if response.streaming else response.content
        try:
            return response.status_code, json.loads(body)
        except ValueError:
            return response.status_code, body.decode()


_founded: dict[str, str] = {}
"""The rows of each table as JSON, once a test has founded the agency in earnest."""

PASSWORD = "a quiet long password"
"""Of everybody in the stories: who never chose one is given no work."""
LONG_AGO = datetime(2022, 1, 1, tzinfo=UTC)
"""Before the start of any test, also of one whose clock stands still before today."""


def _found() -> None:
    """The agency's rows; written in a statement a table once they were made in earnest.

    The keys stay: no sequence gives one out a second time.
    """
    with connection.cursor() as cursor:
        for table, rows in _founded.items():
            cursor.execute(
                f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, %s)",  # noqa: S608 – a table of ours
                [rows],
            )
        if not _founded:
            _found_in_earnest()
            for model in (Unit, User, DeadlineRule, Category, Channel):
                table = model._meta.db_table
                cursor.execute(f"SELECT json_agg(row)::text FROM {table} row")  # noqa: S608 – a table of ours
                _founded[table] = cursor.fetchone()[0]


@cache
def _of_the_first() -> bytes:
    """Units, channels and people as the first agency read them: of every other they are the same."""
    names = [name for name, *_ in demo.ACCOUNTS]
    people = User.objects.filter(username__in=names).select_related("unit__parent")
    return pickle.dumps({
        "units": {unit.code: unit for unit in Unit.objects.select_related("parent")},
        "channels": {c.code: c for c in Channel.objects.select_related("client")},
        **{user.username: user for user in people},
    })  # fmt: skip


def _found_in_earnest() -> None:
    call_command("load_rules", verbosity=0, stdout=_Nowhere())
    call_command("load_categories", verbosity=0, stdout=_Nowhere())
    DeadlineRule.objects.update(changed_at=LONG_AGO)
    units: dict = {None: None}
    for code, name, kind, parent in demo.UNITS:
        units[code] = Unit.objects.create(
            code=code, name=name, kind=kind, parent=units[parent],
            takes_referrals=kind in Unit.EXTERNAL,
        )  # fmt: skip
    for username, name, role, unit in demo.ACCOUNTS:
        User.objects.create_user(
            username,
            PASSWORD,
            name=name,
            role=role,
            unit=units[unit],
            email=f"{username}@example.org",
        )
    for row in channels.read():
        channels.make(row)
    User.objects.update(created_at=LONG_AGO, password_since=LONG_AGO)


class House:
    """The agency's rows for many tests: within one transaction, of which each test's is a part."""

    def __init__(self) -> None:
        self._transaction: transaction.Atomic | None = None

    @property
    def stands(self) -> bool:
        return self._transaction is not None

    def enter(self) -> None:
        """Found it, unless it stands; afterwards nothing is left to be checked at a test's end."""
        if self.stands and not connection.closed_in_transaction:
            return
        self.leave()
        outer = transaction.atomic()
        outer.__enter__()
        _found()
        connection.check_constraints()
        self._transaction = outer

    def leave(self) -> None:
        """The database is empty again."""
        if self.stands:
            transaction.set_rollback(True)
            self._transaction.__exit__(None, None, None)
            self._transaction = None


house = House()


class _Nowhere:
    def write(self, *_args) -> None:
        pass
