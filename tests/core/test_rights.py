"""Nobody takes a trail back, the programs' own account included: each way is tried as that account."""

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg.errors import InsufficientPrivilege

from agency.core.audit import rights, seals
from agency.core.models import Access, Audit
from agency.services.servers import Postgres
from cases import workflow
from cases.models import CaseDeadlineChange

pytestmark = pytest.mark.django_db

TRAILS = "core_audit core_seal core_access cases_caseevent cases_casedeadlinechange".split()


@pytest.fixture
def as_the_programs(agency):
    """From here on the test works with the account that web and workers connect as."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [rights.ROLE])
        if not cursor.rowcount:
            cursor.execute(f"CREATE ROLE {rights.ROLE}")
        rights.install()
        cursor.execute(f"SET LOCAL SESSION AUTHORIZATION {rights.ROLE}")
    yield agency
    with connection.cursor() as cursor:
        cursor.execute("RESET SESSION AUTHORIZATION")


ATTACKS = [
    "UPDATE core_seal SET digest = ''",
    *map("UPDATE {} SET batch = 0".format, sorted({*TRAILS} - {"core_seal"})),
    *map("DELETE FROM {}".format, TRAILS),
    *(f"TRUNCATE {table} CASCADE" for table in [*TRAILS, "cases_case"]),
    *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in [*TRAILS, "cases_case"]),
    *(f"DROP TABLE {table} CASCADE" for table in TRAILS),
    "ALTER TABLE cases_case DISABLE TRIGGER audit_update",
    "DROP TRIGGER audit_update ON cases_case",
    "ALTER TRIGGER audit_update ON cases_case RENAME TO other",
    "CREATE TRIGGER z BEFORE INSERT ON core_audit FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE none AS ON INSERT TO core_audit DO INSTEAD NOTHING",
    "ALTER TABLE core_audit ENABLE ROW LEVEL SECURITY",
    "DROP FUNCTION audit_rows() CASCADE",
    "ALTER FUNCTION audit_rows() OWNER TO CURRENT_USER",
    "CREATE OR REPLACE FUNCTION audit_rows() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE OR REPLACE FUNCTION seal_trails(fresh interval) RETURNS SETOF core_seal LANGUAGE sql AS 'SELECT * FROM core_seal'",
    "CREATE FUNCTION public.agency_now(x int) RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    "INSERT INTO core_audit DEFAULT VALUES",
    "INSERT INTO core_seal SELECT * FROM core_seal",
    "SELECT nextval('core_trail_batch')",
    "SELECT setval('core_trail_batch', 1)",
    "SET session_replication_role = replica",
    "SET LOCAL ROLE agency",
    "ALTER TABLE core_audit OWNER TO CURRENT_USER",
    f"ALTER ROLE {rights.ROLE} SUPERUSER",
    "ALTER DATABASE postgres SET session_replication_role = replica",
    "DELETE FROM django_migrations",
    "COPY core_audit FROM PROGRAM 'true'",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_the_programs_account_may_not(as_the_programs, attack):
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(attack)

    assert isinstance(refused.value.__cause__, InsufficientPrivilege)


@pytest.mark.parametrize("batch", [0, 999_999_999_999])
@pytest.mark.parametrize("trail", ["core_access", "cases_caseevent", "cases_casedeadlinechange"])
def test_no_row_chooses_the_seal_it_lies_under(as_the_programs, trail, batch):
    """A sealed minute would seem tampered with, or the row stay outside of all seals."""
    clock = as_the_programs.ticket(unit="east").deadlines.first()
    moved = {"old_due_at": clock.due_at, "new_due_at": clock.due_at, "cause": "calendar"}
    CaseDeadlineChange.objects.create(deadline=clock, **moved)
    Access.objects.create(kind="revealed", by=as_the_programs.mediator, what="x", reason="x")
    copied = f"jsonb_populate_record(t, jsonb_build_object('id', id + 1000, 'batch', {batch}))"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP SEQUENCE core_trail_batch START 7")
        cursor.execute("SELECT nextval('pg_temp.core_trail_batch')")
        cursor.execute(f"INSERT INTO {trail} SELECT ({copied}).* FROM {trail} t")  # noqa: S608 – tables of the list above
        assert cursor.rowcount
        cursor.execute(
            f"""SELECT count(*) FROM {trail}
                WHERE batch IS DISTINCT FROM pg_sequence_last_value('public.core_trail_batch')"""  # noqa: S608 – as above
        )
        assert cursor.fetchone() == (0,)


def test_the_switch_of_our_other_triggers_opens_no_door(as_the_programs):
    """What the model forbids by a trigger, the account may not in the first place."""
    as_the_programs.ticket(unit="east")
    for table in ("cases_caseevent", "cases_casedeadline"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    """SELECT set_config('pgtrigger.ignore', '{' || string_agg(tgname, ',') || '}', true)
                       FROM pg_trigger WHERE tgrelid = to_regclass(%s)""",
                    [table],
                )
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 – tables of the list above


def test_the_work_goes_on_and_is_recorded(as_the_programs, clock):
    case = as_the_programs.contacted_case()
    workflow.accept(case.no, by=as_the_programs.mediator, notified_by="phone")
    seals.seal()

    entry = Audit.objects.filter(table_name="cases_case", row_id=case.pk).latest("pk")
    assert entry.database_role == rights.ROLE and "state" in entry.columns


def test_each_embedded_server_has_two_addresses(tmp_path):
    postgres = Postgres(tmp_path)

    assert f"//{rights.ROLE}:" in postgres.program_url and f"//{rights.ROLE}:" not in postgres.url
    assert postgres.password not in postgres.program_url
