"""A seal a minute over all trails: whoever rewrites one is found out, to the minute."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, connections, transaction

from agency.core import alarms
from agency.core.audit import seals
from agency.core.models import Access, Audit, Seal, Unit
from agency.core.tasks import seal_trails
from cases.models import CaseEvent
from tests.sealed import MINUTE, minutes_pass
from tests.stories import Agency
from tests.threads import in_threads

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def agency(transactional_db, clock):
    """The agency of the stories in a database whose chain begins now."""
    by_force("TRUNCATE core_seal")
    assert seals.seal().no == 1
    return Agency()


def by_force(sql: str, *values) -> None:
    """As who owns the tables, and switches off what stands in the way."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)


def broken() -> list[int]:
    return [found["no"] for found in seals.check(1, seals.newest().no)]


def verify(**options) -> dict:
    out = StringIO()
    call_command("verify_seals", format="json", stdout=out, **options)
    return json.loads(out.getvalue())


def test_every_minute_is_sealed_with_all_that_was_written_in_it(agency, clock):
    agency.ticket(unit="east")
    written = Audit.objects.count() + CaseEvent.objects.count() + Access.objects.count()
    first, second = minutes_pass(clock)

    assert (first.rows, second.rows) == (0, written)
    assert (second.from_at, second.until_at) == (clock.now - 2 * MINUTE, clock.now - MINUTE)
    assert first.digest != second.digest and broken() == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE core_audit SET actor_id = 1 WHERE id = (SELECT max(id) FROM core_audit)",
        "UPDATE core_audit SET columns = '{name}' WHERE id = (SELECT max(id) FROM core_audit)",
        "UPDATE core_audit SET at = at + interval '1 microsecond' WHERE id = (SELECT max(id) FROM core_audit)",
        "DELETE FROM core_audit WHERE id = (SELECT max(id) FROM core_audit)",
        "DELETE FROM cases_caseevent",
        "UPDATE cases_caseevent SET actor_id = NULL",
        "UPDATE cases_caseevent SET data = '{}'",
        """INSERT INTO core_access (kind, by_id, what, reason, subject, batch)
           SELECT 'revealed', min(id), 'x', '', '', (SELECT max(batch) FROM core_audit) FROM core_user""",
        "UPDATE core_seal SET digest = repeat('0', 64) WHERE no = (SELECT max(no) FROM core_seal)",
        "UPDATE core_seal SET until_at = until_at + interval '1 s' WHERE no = (SELECT max(no) FROM core_seal)",
    ],
)  # fmt: skip
def test_who_tampers_with_a_minute_is_found_out_and_the_minute_named(agency, clock, sql):
    agency.ticket(unit="east")
    *_earlier, sealed = minutes_pass(clock)
    assert broken() == []

    by_force(sql)

    assert broken() == [sealed.no]


def test_a_minute_taken_out_of_the_chain_leaves_a_gap(agency, clock):
    minutes_pass(clock, 3)
    by_force("DELETE FROM core_seal WHERE no = 2")

    assert broken() == [3]


def test_a_rewritten_seal_breaks_the_next_one(agency, clock):
    """Who rewrites the row and counts its seal anew must rewrite all that came after."""
    agency.ticket(unit="east")
    *_earlier, sealed, _later = minutes_pass(clock, 3)
    by_force("DELETE FROM core_audit")
    by_force(
        """UPDATE core_seal SET rows = 0, digest = encode(sha256(digest::bytea), 'hex')
           WHERE no = %s""", sealed.no,
    )  # fmt: skip

    assert broken() == [sealed.no, sealed.no + 1]


def test_what_is_written_late_slips_through_no_seal(agency, clock):
    """A transaction that began before the minute ended, and ends after the next has."""
    slow = connections.create_connection("default")
    slow.set_autocommit(False)
    with slow.cursor() as cursor:
        cursor.execute("UPDATE core_unit SET name = '慢' WHERE code = 'west'")
        cursor.execute("SELECT max(batch) FROM core_audit")
        [batch] = cursor.fetchone()
    for _minute in range(3):
        clock.shift(MINUTE)
        seals.seal()
    assert seals.newest().until_batch < batch

    slow.commit()
    slow.close()
    sealed = minutes_pass(clock)[-1]

    assert sealed.until_batch >= batch and broken() == []


def test_a_minute_is_sealed_once_however_many_ask(agency, clock):
    clock.shift(MINUTE)

    made = in_threads(*[seals.seal] * 4)

    assert sum(seal is not None for seal in made) == 1
    assert seals.seal() is None
    seal_trails()
    assert Seal.objects.count() == 2


def test_after_a_standstill_one_seal_covers_all_of_it(agency, clock):
    clock.shift(days=2)
    Unit.objects.filter(code="east").update(name="东")

    assert [alarm.kind for alarm in alarms.look() if "seal" in alarm.kind] == ["seals_stand_still"]
    minutes_pass(clock)
    assert [alarm.kind for alarm in alarms.look() if "seal" in alarm.kind] == []
    assert broken() == []


def test_a_column_that_a_trail_gets_later_breaks_no_seal(agency, clock):
    agency.ticket(unit="east")
    minutes_pass(clock)
    try:
        by_force("ALTER TABLE core_access ADD COLUMN extra text")
        by_force("ALTER TABLE cases_caseevent ADD COLUMN extra text")
        assert broken() == []
    finally:
        by_force("ALTER TABLE core_access DROP COLUMN extra")
        by_force("ALTER TABLE cases_caseevent DROP COLUMN extra")


def test_a_seal_is_written_once(agency):
    with pytest.raises(DatabaseError, match="Cannot update or delete"):
        Seal.objects.update(digest="")


def test_the_newest_seal_stands_in_the_log_too(agency, clock, caplog):
    caplog.set_level("INFO", logger="agency.core.audit.seals")
    made = minutes_pass(clock, 1)[0]

    assert made.digest in caplog.text


def test_the_command_tells_which_minute_it_was(agency, clock):
    agency.ticket(unit="east")
    sealed = minutes_pass(clock)[-1]
    known = f"{sealed.no}:{sealed.digest}"
    answer = verify(known=known)
    assert (answer["last"], answer["broken"]) == (sealed.no, [])
    assert answer["newest"]["hash"] == sealed.digest and answer["rows"] == sealed.rows

    by_force("DELETE FROM cases_caseevent")
    with pytest.raises(CommandError, match=r"2026-03-02 09:00:00.*2026-03-02 09:01:00") as told:
        verify()
    [found] = told.value.answer["broken"]
    assert found["no"] == sealed.no and found["found"] < found["rows"] == sealed.rows


def test_a_chain_cut_off_at_its_end_is_missed_by_what_the_log_knows(agency, clock):
    sealed = minutes_pass(clock)[-1]
    by_force("DELETE FROM core_seal WHERE no = %s", sealed.no)

    assert verify()["broken"] == []
    with pytest.raises(CommandError, match="封存链中没有"):
        verify(known=f"{sealed.no}:{sealed.digest}")


def test_a_day_that_is_none_is_told_so(agency):
    with pytest.raises(CommandError, match="--since"):
        verify(since="yesterday")
