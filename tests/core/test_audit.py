"""Every change of every row is written down by the database: who, which columns, never what."""

import re

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test import Client

from agency.core.audit import acting, triggers
from agency.core.models import Access, ApiToken, Audit, Event, Trail, Unit, User, WorkDay
from agency.core.models.deadline import DeadlineChange
from agency.core.sealing import reseal
from cases import workflow
from cases.models import Case, Category, Consumer, Merchant, Profile, Topic

pytestmark = pytest.mark.django_db


def of(row) -> list[tuple]:
    """What is known of a row: (what, columns) in the order it happened."""
    found = Audit.objects.filter(table_name=row._meta.db_table, row_id=row.pk).order_by("pk")
    return [(entry.operation, entry.columns) for entry in found]


def raw(sql: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


# -- whatever the way ---------------------------------------------------------------------


def test_a_row_is_followed_from_its_first_day_to_its_last():
    topic = Topic.objects.create(code="flood", name_zh="水灾")
    topic.name_zh, topic.is_active = "洪水", False
    topic.save()
    key = topic.pk
    topic.delete()
    topic.pk = key

    assert of(topic) == [("I", None), ("U", ["name_zh", "is_active"]), ("D", None)]


def test_what_passes_by_the_model_does_not_pass_by_the_database():
    one, two = Topic.objects.bulk_create(
        [Topic(code="one", name_zh="一"), Topic(code="two", name_zh="二")]
    )
    Topic.objects.filter(code="one").update(name_zh="壹")
    two.name_zh = "贰"
    Topic.objects.bulk_update([one, two], ["name_zh"])
    raw("UPDATE cases_topic SET code = 'deux' WHERE code = 'two'")
    raw("DELETE FROM cases_topic WHERE id = %s", one.pk)

    assert of(one) == [("I", None), ("U", ["name_zh"]), ("U", ["name_zh"]), ("D", None)]
    assert of(two) == [("I", None), ("U", ["name_zh"]), ("U", ["code"])]


def test_a_key_that_is_changed_is_changed_by_somebody(agency):
    row = Consumer.objects.create(name="陈", phone="+8613912345678")
    with acting.acting("rotate_keys"):
        reseal([row])

    entry = Audit.objects.filter(table_name="cases_consumer", row_id=row.pk, operation="U").get()
    assert entry.process == "rotate_keys"


def test_what_is_written_as_it_was_is_no_change(agency):
    Unit.objects.update(name=agency.units["east"].name)
    before = Audit.objects.count()

    Unit.objects.update(name=agency.units["east"].name)

    assert Audit.objects.count() == before


def test_signs_of_life_are_no_trail_of_where_somebody_was(agency):
    before = Audit.objects.count()

    User.objects.update(last_seen_at="2026-03-02T09:00:00Z")

    assert Audit.objects.count() == before


def test_what_ties_two_rows_together_is_a_row_too(agency):
    profile = Profile.objects.create(person=agency.mediator)
    profile.fields.set(Category.objects.all()[:2])

    assert Audit.objects.filter(table_name="cases_profile_fields", operation="I").count() == 2


def test_one_statement_that_writes_two_tables_tells_of_both(agency, clock):
    """As the sweep does: it moves a clock and tells of it, and the trail tells of itself."""
    case = agency.ticket(unit="east")
    clock.shift(minutes=11)
    before = Audit.objects.order_by("pk").last().pk

    from agency.core import deadlines

    deadlines.sweep()

    written = Audit.objects.filter(pk__gt=before)
    tables = set(written.values_list("table_name", "operation"))
    assert {("cases_casedeadline", "U"), ("core_notification", "I")} <= tables
    assert not any(table.endswith(("event", "change")) for table, _what in tables)
    [late] = case.deadlines.exclude(noticed_at=None)
    assert "noticed_at" in written.get(table_name="cases_casedeadline", row_id=late.pk).columns


def test_a_key_that_is_no_number_is_told_as_it_is(agency):
    WorkDay.objects.create(date="2031-01-01", is_workday=False, kind="holiday_off", name="元旦")
    WorkDay.objects.filter(date="2031-01-01").update(name="新年")
    day = WorkDay(date="2031-01-01")
    raw("DELETE FROM core_workday WHERE date = '2031-01-01'")

    assert of(day) == [("I", None), ("U", ["name"]), ("D", None)]


def test_nothing_of_what_is_in_a_row_stands_in_its_trail(agency):
    case = agency.ticket(
        unit="east", title="金丝雀标题",
        consumer={"name": "金丝雀", "phone": "13912345678", "address": "金丝雀路5号"},
    )  # fmt: skip
    Merchant.objects.update(name="金丝雀商行")
    workflow.respond(case.no, by=agency.mediator)

    with connection.cursor() as cursor:
        cursor.execute("SELECT a::text FROM core_audit a")
        told = "\n".join(row for (row,) in cursor.fetchall())
    assert "cases_consumer" in told and "{name}" in told
    assert "金丝雀" not in told and "13912345678" not in told and case.no not in told


# -- who it was ---------------------------------------------------------------------------


def test_who_asks_on_a_page_or_by_the_api_is_named_with_what_they_asked_for(agency, clock):
    case = agency.ticket(unit="east")
    status, _answer = agency.client("mediator").post(f"cases/{case.no}/respond/")
    assert status == 200

    moved = Audit.objects.filter(table_name="cases_ticket", operation="U").latest("pk")
    assert moved.actor == agency.mediator
    assert moved.act == "api/v1/cases/<no>/respond/"
    assert moved.at == clock.now and moved.database_role

    east = agency.units["east"]
    typed = {"name": "东区新名", "org_profile": east.org_profile, "parent": east.parent_id}
    page = Client()
    page.force_login(agency.admin)
    page.post(f"/admin/core/unit/{east.pk}/change/", typed | {"kind": east.kind})
    renamed = Audit.objects.filter(table_name="core_unit", operation="U").latest("pk")
    assert (renamed.actor, renamed.columns) == (agency.admin, ["name"])
    assert renamed.act == "admin/core/unit/<object_id>/change/"


def test_a_login_is_seen_by_its_moment(agency):
    agency.leader.set_password("correct horse")
    agency.leader.save()
    Client().post("/login/", {"username": "leader", "password": "correct horse"})

    entry = Audit.objects.filter(table_name="core_user").latest("pk")
    assert (entry.actor, entry.columns, entry.act) == (agency.leader, ["last_login"], "login/")


def test_a_program_that_works_by_itself_is_named(agency):
    with acting.acting("agency.core.tasks.clear_away"):
        Unit.objects.filter(code="east").update(name="东")
    entry = Audit.objects.filter(table_name="core_unit").latest("pk")

    assert (entry.actor, entry.process) == (None, "agency.core.tasks.clear_away")


def test_one_person_s_act_is_never_another_s(agency, rf):
    """Also where a part of it is rolled back and the connection goes from hand to hand."""
    for user in (agency.mediator, agency.leader):
        request = rf.post("/")
        request.user, request.resolver_match = user, None
        with acting.acting(request=request), transaction.atomic():
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                Unit.objects.filter(code="east").update(name="半")
                raise ZeroDivisionError
            Unit.objects.filter(code="east").update(name=f"由{user.pk}")
    Unit.objects.filter(code="east").update(name="无人")

    who = Audit.objects.filter(table_name="core_unit", operation="U").order_by("pk")
    assert [entry.actor for entry in who] == [agency.mediator, agency.leader, None]


def test_what_a_request_is_called_cannot_speak_to_the_database(agency):
    with acting.acting("x'; DROP TABLE core_audit; --|7|%s"):
        Unit.objects.filter(code="east").update(name="东")

    entry = Audit.objects.filter(table_name="core_unit").latest("pk")
    assert entry.actor is None and "'" not in entry.process


def test_what_a_statement_answers_stays_its_answer(agency):
    assert Unit.objects.filter(code="east").update(name="东") == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_unit SET name = name || '%%' WHERE code = %s RETURNING code", ["east"]
        )
        assert cursor.fetchall() == [("east",)]
        cursor.execute("WITH a AS (SELECT 1 AS n) SELECT n FROM a")
        assert cursor.fetchone() == (1,)


# -- none is left out, none can be taken back -------------------------------------------------


def test_every_model_is_audited_or_a_trail_or_left_out_for_a_reason():
    everything = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    audited = {model._meta.label for model in triggers.audited()}
    trails = {m._meta.label for m in apps.get_models() if issubclass(m, Trail)}

    assert everything == audited | trails | set(triggers.LEFT_OUT)
    assert {"core.User_groups", "cases.Case", "core.Delivery"} <= audited
    assert triggers.missing() == []


def test_every_trail_lies_in_batches_and_is_written_once():
    trails = [m for m in apps.get_models() if issubclass(m, Trail)]

    assert {Audit, Access} <= set(trails)
    assert all(
        issubclass(m, Trail) for m in apps.get_models() if issubclass(m, (Event, DeadlineChange))
    )
    for model in trails:
        assert "append_only" in {trigger.name for trigger in model._meta.triggers}
        assert ["batch"] in [index.fields for index in model._meta.indexes]


@pytest.mark.parametrize("sql", ["UPDATE core_audit SET actor_id = 1", "DELETE FROM core_audit"])
def test_nobody_rewrites_it(agency, sql):
    with pytest.raises(DatabaseError, match="Cannot update or delete"):
        with transaction.atomic():
            raw(sql)


def test_the_switch_of_our_other_triggers_does_not_switch_it_off(agency):
    name = re.sub(r"\W", "", "audit_update")
    raw(f"SET LOCAL pgtrigger.ignore = '{{core_unit:{name},{name},audit_rows}}'")
    raw("UPDATE core_unit SET name = 'x' WHERE code = 'east'")

    assert of(agency.units["east"])[-1] == ("U", ["name"])


def test_a_switched_off_trigger_is_missed(agency):
    raw("ALTER TABLE cases_case DISABLE TRIGGER audit_update")

    assert triggers.missing() == [(Case, "UPDATE")]


def test_a_new_token_leaves_its_number_alone(agency):
    token = ApiToken.issue(agency.mediator)
    with connection.cursor() as cursor:
        cursor.execute("SELECT a::text FROM core_audit a WHERE table_name = 'core_apitoken'")
        told = str(cursor.fetchall())

    assert token not in told and ApiToken.digest_of(token) not in told
