"""The auditor's page: who changed what, found by case, person, day and table; and the seals."""

import re
from datetime import timedelta

import pytest
from django.core.management import get_commands
from django.db import connection
from django.test import Client
from django.utils.html import strip_tags

from agency.celery import app as celery
from agency.core.audit import acting, seals, triggers
from agency.core.models import LoginTry, Seal, User
from agency.core.roles import STAFF, Role
from cases import workflow
from cases.admin import audited
from cases.models import Case
from cases.workflow import merging
from tests.access.addresses import table
from tests.sealed import minutes_pass

APPS = {"agency", "cases", "outlets", "interviews", "reports"}
ACCESSES, CHANGES, SEALS = (f"/admin/core/{name}/" for name in ("access", "audit", "seal"))


@pytest.fixture
def auditor(agency):
    page = Client()
    page.force_login(agency.auditor)
    return page


def rows(page: Client, **asked) -> list[tuple]:
    """What the page shows: (who, table, case, columns)."""
    shown = page.get(CHANGES, asked).context["cl"]
    told = shown.model_admin
    return [
        (told.who(entry), told.of_what(entry), _text(told.case_no(entry)), told.changed(entry))
        for entry in shown.result_list
    ]


def _text(told) -> str | None:
    return told and strip_tags(told)


def reasons(page: Client, **asked) -> list[tuple]:
    """What the page shows: (table, row, why, through)."""
    shown = page.get(CHANGES, asked).context["cl"]
    told = shown.model_admin
    return [
        (told.of_what(entry), told.row(entry), told.reason(entry), _text(told.through(entry)))
        for entry in shown.result_list
    ]


@pytest.mark.parametrize("page", [CHANGES, SEALS])
@pytest.mark.parametrize("role", sorted(STAFF))
@pytest.mark.django_db
def test_the_auditor_sees_it_and_nobody_else(agency, page, role):
    person = User.objects.filter(role=role).first()
    browser = Client()
    browser.force_login(person)

    assert (browser.get(page).status_code == 200) == (role == Role.AUDITOR)


@pytest.mark.parametrize(
    ("page", "title", "headings"),
    [
        (
            ACCESSES,
            "查看与导出记录",
            "时间 人员 操作 查看或导出的内容 所涉对象 理由 筛选条件 数量 文件校验值",
        ),
        (
            CHANGES,
            "改动记录",
            "时间 人员 操作 对象类型 对象 登记编号 改动字段 理由 操作入口",
        ),
        (SEALS, "封存记录", "编号 改动起始时间 改动截止时间 封存条数 核对结果 校验值"),
    ],
)
@pytest.mark.django_db
def test_each_list_says_what_it_is_and_what_its_columns_tell(auditor, page, title, headings):
    told = auditor.get(page)

    assert str(told.context["title"]) == title
    assert [strip_tags(head["text"]) for head in told.context["cl"].headers] == headings.split()


@pytest.mark.django_db
def test_what_became_of_a_case_is_told_in_the_words_of_the_house(agency, clock, auditor):
    case, other = agency.ticket(unit="east"), agency.ticket(unit="east")
    workflow.respond(case.no, by=agency.mediator)
    workflow.respond(other.no, by=agency.mediator)

    told = rows(auditor, q=case.no)

    assert {no for _who, _table, no, _columns in told} == {case.no}
    tables = {table for _who, table, _no, _columns in told}
    assert {"案件", "工单"} <= tables
    assert any(columns and "响应" in columns for *_others, columns in told)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["report", "complaint"])
def test_who_changed_the_person_of_a_case_is_found_by_the_case(agency, clock, auditor, kind):
    case = agency.ticket(unit="east", kind=kind)
    with acting.acting("somebody"):
        case.person.name = "别人"
        case.person.save()

    person = {"report": "举报人", "complaint": "消费者"}[kind]
    told = rows(auditor, q=case.no)
    assert [
        columns for *_, table, no, columns in told if (table, no) == (person, case.no) and columns
    ]


@pytest.mark.django_db
def test_what_a_person_did_is_found_by_name_and_by_day(agency, clock, auditor):
    case = agency.ticket(unit="east")
    clock.shift(timedelta(days=1))
    agency.client("mediator").post(f"cases/{case.no}/respond/")
    name = agency.mediator.name

    assert {who for who, *_others in rows(auditor, q="mediator")} == {
        f"{name} · {agency.mediator.unit.name}"
    }
    assert rows(auditor, q=f"{name} 2026-03-03") == rows(auditor, q="mediator")
    assert rows(auditor, q=f"{name} 2026-03-02") == []
    assert rows(auditor, q="nobody-of-this-name") == [] == rows(auditor, q="2026-02-30")


@pytest.mark.django_db
def test_one_looks_a_week_back_and_further_for_who_says_what_for(agency, clock, auditor):
    case = agency.ticket(unit="east")
    clock.shift(timedelta(days=20))

    assert rows(auditor, table="cases_case") == []
    assert rows(auditor, table="cases_case", since="all") == []
    assert len(rows(auditor, table="cases_case", since="31d")) == 1
    assert rows(auditor, table="cases_case", since="all", q=case.no)


@pytest.mark.django_db
def test_a_row_of_any_table_is_followed_by_its_number(agency, clock, auditor):
    east = agency.units["east"]
    told = rows(auditor, q=f"#{east.pk}", table="core_unit")

    assert [table for _who, table, *_others in told] == ["单位"]


@pytest.mark.django_db
def test_who_audits_a_district_sees_what_its_people_did(agency, clock, auditor):
    case = agency.ticket(unit="east")
    agency.client("mediator").post(f"cases/{case.no}/respond/")
    User.objects.filter(pk=agency.auditor.pk).update(unit=agency.units["west"])
    assert rows(auditor, q=case.no) == []

    User.objects.filter(pk=agency.auditor.pk).update(unit=agency.units["east"])
    assert {who.split(" ")[0] for who, *_others in rows(auditor, q="mediator")} == {
        agency.mediator.name
    }


@pytest.mark.django_db
def test_the_page_asks_the_same_however_much_there_is(
    agency, clock, auditor, django_assert_max_num_queries
):
    for _case in range(30):
        agency.ticket(unit="east")
    with django_assert_max_num_queries(30):
        auditor.get(CHANGES)


@pytest.mark.django_db(transaction=True)
def test_a_minute_that_was_tampered_with_is_marked(clock):
    from tests.stories import Agency

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE core_seal")
    seals.seal()
    agency = Agency()
    minutes_pass(clock)
    page = Client()
    page.force_login(agency.auditor)
    assert "被篡改" not in page.get(SEALS).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_audit DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM core_audit WHERE table_name = 'core_user'")
        cursor.execute("ALTER TABLE core_audit ENABLE TRIGGER USER")

    html = page.get(SEALS).content.decode()

    newest = Seal.objects.latest("no")
    assert newest.digest in html and html.count("被篡改") == 1
    assert page.get(SEALS, {"q": "2026-03-02"}).content.decode().count("被篡改") == 1
    assert newest.digest not in page.get(SEALS, {"q": "2026-03-03"}).content.decode()


def test_no_table_is_called_by_an_english_name():
    assert [
        name for model in triggers.audited() if (name := audited.name_of(model)).isascii()
    ] == []


def test_no_column_is_called_by_an_english_name():
    named = {
        f"{model._meta.label}.{column}": name
        for model in triggers.audited()
        for column, name in audited.names_of_columns(model).items()
    }
    assert [column for column, name in named.items() if name.isascii()] == []


def test_no_two_kinds_of_objects_have_one_name_and_none_an_english_one():
    names = [audited.name_of(model) for model in triggers.audited()]

    assert len(set(names)) == len(names)
    assert [name for name in names if re.search("[a-z]", name)] == []


@pytest.mark.django_db
def test_why_merchants_count_as_one_is_told_with_their_names(agency, clock, auditor):
    into, merged = (
        agency.ticket(unit="east", merchant={"name": name}).merchant
        for name in ("万家福超市有限公司", "万家福超市")
    )
    by = {"by": agency.chief}
    merging.merge_merchants(into.pk, merged.pk, **by, relation="same", reason="同一营业执照")
    merchants = [(row, why) for _table, row, why, _by in reasons(auditor, table="cases_merchant")]
    assert (f"万家福超市 · #{merged.pk}", "同一营业执照") in merchants
    merge = merged.merges.get()
    merging.part_merchants(merge.pk, **by, reason="登记有误")

    told = {
        table: (row, why)
        for asked in ("cases_merchantmerge", "cases_merchantparting")
        for table, row, why, _through in reasons(auditor, table=asked)
    }
    assert told["经营者合并"] == (f"万家福超市 → 万家福超市有限公司 · #{merge.pk}", "同一营业执照")
    assert told["经营者合并的撤销"][1] == "登记有误"


@pytest.mark.django_db
def test_each_row_of_a_verb_tells_its_reason_and_the_verb(agency, clock, auditor):
    case = agency.ticket(unit="east")
    why = {"reason": "属地不符", "explanation": "店在西城，电话13800138000"}
    agency.client("mediator").post(f"cases/{case.no}/return/", why)

    told = [row for row in reasons(auditor, q=case.no, who="people") if row[3] == "退单"]
    assert told and {reason for *_others, reason, _through in told} == {
        "属地不符；店在西城，电话138****8000"
    }


@pytest.mark.django_db
def test_an_account_is_named(agency, clock, auditor):
    with acting.acting("somebody"):
        User.objects.filter(pk=agency.mediator.pk).update(email="m@example.com")

    told = reasons(auditor, table="core_user", operation="U")
    assert told[0][1] == f"{agency.mediator.name} · #{agency.mediator.pk}"


@pytest.mark.django_db
def test_programs_are_called_as_an_auditor_reads_them(agency, clock, auditor):
    case = agency.ticket(unit="east")
    for process in ("agency.core.tasks.deliver_notifications", "psql"):
        with acting.acting(process):
            Case.objects.filter(pk=case.pk).update(title=process)

    told = [who for who, table, *_others in rows(auditor) if table == "案件"]
    assert told[:2] == ["<code>psql</code>", "系统（发送通知）"]


READ_ONLY = {"due_date", "check_invariants", "verify_seals", "year_report"}


def test_no_program_of_ours_is_read_as_a_stranger():
    """Another one went past us: so each that writes has a name."""
    celery.loader.import_default_modules()
    ours = {name for name, app in get_commands().items() if app.partition(".")[0] in APPS}
    ours |= {name.rpartition(".")[2] for name in celery.tasks if name.partition(".")[0] in APPS}

    assert ours - set(audited.PROGRAMS) == READ_ONLY


WRITE_NOTHING = {
    "", "i18n/setlang/", "admin/", "admin/<app_label>/", "admin/password_change/",
    "admin/password_change/done/",
}  # fmt: skip


def test_no_door_that_writes_is_shown_as_its_address():
    """Each address that takes a POST is told in words, and a verb by the name of its button."""
    taking = [address.route for address in table().values() if "post" in address.let_in]
    assert {route for route in taking if not audited.door(route)} == WRITE_NOTHING

    assert audited.door("api/v1/interviews/<no>/issue_notice/") == "约谈 · 制发通知"
    assert audited.door("api/v1/cases/<no>/close/") == "办结"


@pytest.mark.django_db
def test_attempts_to_log_in_are_left_out_until_they_are_asked_for(agency, clock, auditor):
    Client().post("/login/", {"username": "mediator", "password": "wrong"})
    with acting.acting("gunicorn"):
        LoginTry.objects.create(digest="0", at=clock.now)
    agency.client("mediator").post(f"cases/{agency.ticket(unit='east').no}/respond/")

    def shown(**asked) -> set[str]:
        return {table for _who, table, *_others in rows(auditor, **asked)}

    assert "登录尝试" not in shown() and "案件" in shown()
    assert shown(table="core_logintry") == {"登录尝试"}
    assert "登录尝试" in shown(who="all")
    assert not {who for who, *_others in rows(auditor, who="people") if "系统" in who}
