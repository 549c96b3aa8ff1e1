"""Computed once for all viewers, however many and in however many processes.

The picture lies in PostgreSQL, so it needs neither worker nor broker: the first viewer of
a new period computes it, under a lock nobody waits for, and the others read the one before.
"""

import json
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from agency.core import clock
from agency.core.clock import AgencyNow
from reports.models import Snapshot

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PATIENCE = timedelta(seconds=5)
"""An older picture is not shown while somebody else computes the next one: one waits for it."""


@dataclass(frozen=True)
class Picture:
    """What was computed, when, and the name of that computation; ``now`` is the reader's."""

    version: uuid.UUID
    as_of: datetime
    now: datetime
    content: dict


class Shared:
    """``compute(at)`` once in each ``period`` of the database's clock."""

    def __init__(self, name: str, compute: Callable[[datetime], dict], period: timedelta) -> None:
        self.name, self.compute, self.period = name, compute, period
        self._seen: Picture | None = None

    def current(self) -> Picture:
        """This period's picture, or the one before while somebody computes it."""
        stored = self._stored()
        if stored is None or not self._same_period(stored.as_of, stored.now):
            too_old = stored is None or abs(stored.now - stored.as_of) > self.period + PATIENCE
            if renewed := self._renew(wait=too_old):
                self._seen = renewed
                return renewed
            stored = self._stored()  # afresh: we may have waited for somebody's to be done
        return self._read(stored)

    def _same_period(self, one: datetime, other: datetime) -> bool:
        return (one - EPOCH) // self.period == (other - EPOCH) // self.period

    def _stored(self):
        stored = Snapshot.objects.filter(name=self.name).annotate(now=AgencyNow())
        return stored.defer("payload").first()

    @transaction.atomic
    def _renew(self, *, wait: bool) -> Picture | None:
        """Compute and store the picture; None where somebody else does or did it meanwhile."""
        if not self._lock(wait):
            return None
        stored, at = self._stored(), clock.now()
        if stored and self._same_period(stored.as_of, at):
            return None
        picture = Picture(uuid.uuid4(), at, at, self.compute(at))
        payload = json.dumps(picture.content, cls=DjangoJSONEncoder, separators=(",", ":"))
        row = Snapshot(name=self.name, version=picture.version, as_of=at, payload=payload)
        columns = ["version", "as_of", "payload"]
        Snapshot.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["name"], update_fields=columns
        )
        return replace(picture, content=json.loads(payload))

    def _lock(self, wait: bool) -> bool:
        key = zlib.crc32(f"reports.{self.name}".encode())
        with connection.cursor() as cursor:
            if wait:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
                return True
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key])
            return cursor.fetchone()[0]

    def _read(self, stored) -> Picture:
        """The stored picture; its payload is fetched only if this process has not seen it."""
        seen = self._seen
        if stored is None or seen is None or seen.version != stored.version:
            row = Snapshot.objects.annotate(now=AgencyNow()).get(name=self.name)
            seen = Picture(row.version, row.as_of, row.now, json.loads(row.payload))
            self._seen = seen
            return seen
        return replace(seen, now=stored.now)
