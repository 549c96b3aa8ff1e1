"""A secret field in plain: for whom, with which reason, and what is left of it."""

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.urls import reverse

from agency.core.errors import RuleViolation
from agency.core.models import Access, User
from agency.core.roles import STAFF, Role
from cases import bundle, lookup, reveal, workflow
from cases.admin.page import buttons
from cases.lifecycle import HANDLERS
from cases.workflow.allowed import Sight
from tests.cases.lives import Cast
from tests.cases.test_admin import desk, page_of, verb_of
from tests.threads import in_threads

pytestmark = pytest.mark.django_db

WHO = {"name": "欧阳小满", "phone": "13912345678", "id_number": "11010519491231002X"}
PHONE = "+8613912345678"
ASK = {"field": "consumer.phone", "reason": "联系投诉人"}


@pytest.fixture
def case(agency, clock):
    return agency.ticket(unit="east", consumer=WHO)


@pytest.fixture
def report(agency, clock):
    return agency.ticket(unit="east", kind="report", consumer=WHO)


def ask(agency, who, case, **body) -> tuple[int, dict]:
    return agency.client(who).post(f"cases/{case.no}/reveal/", {**ASK, **body})


@pytest.mark.parametrize("who", ["mediator", *sorted(reveal.STAND_INS)])
def test_who_may_call_reads_the_number_of_a_case_nobody_has_in_hand(agency, case, who):
    assert ask(agency, str(who), case) == (200, {"value": PHONE})


def test_once_somebody_has_it_in_hand_nobody_else_reads(agency, case):
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")

    assert ask(agency, "mediator", case) == (200, {"value": PHONE})
    for stand_in in reveal.STAND_INS:
        assert ask(agency, str(stand_in), case)[0] == 403
    agency.mediator.__class__.objects.filter(username="enforcer").update(role=Role.MEDIATOR)
    status, problem = ask(agency, "enforcer", case)
    assert (status, problem["detail"]) == (409, "只有案件当前承办人可以查看。")


def offers(case, who) -> list[bool]:
    """Whether their page of the case, and their queue, have the button to call."""
    pages = (desk(who).get(page).content.decode() for page in (page_of(case), "/admin/"))
    return [f'"{verb_of(case, "contact")}"' in page for page in pages]


def test_the_button_to_call_is_there_for_who_reads_the_number(agency, case):
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    workflow.respond(case.no, by=agency.mediator)

    assert offers(case, "mediator") == [True, True]
    assert offers(case, "enforcer") == [False, False] and ask(agency, "enforcer", case)[0] == 409
    workflow.assign(case.no, by=agency.chief, contact="enforcer")
    assert offers(case, "enforcer") == [True, True] and ask(agency, "enforcer", case)[0] == 200


def test_who_could_call_for_one_who_has_left_reads_the_number(agency, case):
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    workflow.respond(case.no, by=agency.mediator)
    User.objects.filter(username="mediator").update(is_active=False)

    assert offers(case, "enforcer") == [True, True] and ask(agency, "enforcer", case)[0] == 200


def test_of_several_citizens_each_is_read_by_their_ticket(agency, case):
    other = agency.ticket("web", unit="east", consumer={"name": "林一一", "phone": "13700137000"})
    ticket = other.tickets.get().no
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=ticket)

    assert ask(agency, "mediator", case, ticket=ticket) == (200, {"value": "+8613700137000"})
    assert ask(agency, "mediator", case) == (200, {"value": PHONE})
    assert ask(agency, "mediator", case, ticket="GD1")[0] == 400
    assert f"{eye(case)}?ticket={ticket}" in desk("mediator").get(page_of(case)).content.decode()
    assert ticket in desk("auditor").get("/admin/core/access/").content.decode()


def test_a_registrar_who_is_named_to_call_back_reads_the_number(agency, case):
    assert ask(agency, "registrar", case)[0] == 403
    workflow.dispatch(
        case.no, by=agency.dispatcher, unit="east", handler="mediator", follow_up="registrar"
    )

    assert ask(agency, "registrar", case) == (200, {"value": PHONE})


def test_who_is_named_to_call_the_petitioner_back_reads_the_telephone_alone(agency, clock):
    cast = Cast(agency)
    case = cast.bring("petition", "accepted")
    cast.act(case, "assign_triple", "leader", callback="registrar")
    for verb in ("record_visit", "record_inspection", "reply"):
        case = cast.act(case, verb, "petition_officer")

    assert ask(agency, "registrar", case)[0] == 200
    assert reveal.may_reveal(Sight(case, agency.registrar)) == ["consumer.phone"]
    assert ask(agency, "registrar", case, field="consumer.address")[0] == 403
    assert ask(agency, "callback", case)[0] == 409, "somebody else is named"


def test_who_was_called_back_is_left_alone(agency, clock):
    cast = Cast(agency)
    case = cast.act(cast.bring("complaint", "agreed"), "confirm_performance", "mediator")
    assert reveal.may_reveal(Sight(case, agency.callback)) == ["consumer.phone"]

    case = workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")

    assert reveal.may_reveal(Sight(case, agency.callback)) == []
    assert ask(agency, "callback", case)[0] == 409


@pytest.mark.parametrize("state", ["closed", "archived"])
def test_who_may_call_back_after_the_end_reads_the_number_until_somebody_was_reached(
    agency, clock, state
):
    cast = Cast(agency)
    case = cast.act(cast.bring("complaint", "terminated"), "close", "mediator")
    if state == "archived":
        cast.act(case, "decide_publicity", "mediator")
        case = cast.act(case, "archive", "registrar")

    for _time in range(2):
        assert "follow_up" in {verb.name for verb in buttons(Sight(case, agency.callback), [])}
        assert ask(agency, "callback", case)[0] == 200
        case = workflow.follow_up(case.no, by=agency.callback, satisfaction="unreached")
    case = workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")

    assert ask(agency, "callback", case)[0] == 409
    assert "follow_up" not in {verb.name for verb in buttons(Sight(case, agency.callback), [])}


@pytest.mark.parametrize("role", sorted(STAFF - reveal.ASKERS))
def test_no_other_role_ever_reads_a_consumer(agency, case, role):
    assert ask(agency, str(role), case)[0] == 403


def test_a_stranger_s_case_is_not_there(agency, case):
    assert ask(agency, "mediator_b", case)[0] == 404
    assert ask(agency, "mediator_b", case, field="nonsense")[0] == 404


@pytest.mark.parametrize("role", sorted(STAFF - {Role.CUSTODIAN}))
def test_of_a_reporter_only_the_custodian_reads(agency, report, role):
    for field in ("reporter.name", "reporter.phone"):
        assert ask(agency, str(role), report, field=field)[0] == 403
    if role in HANDLERS:
        assert ask(agency, str(role), report)[0] in {404, 409}
    assert not Access.objects.exists()


def test_the_custodian_reads_the_reporter_and_no_consumer(agency, case, report):
    assert ask(agency, "custodian", report, field="reporter.name") == (200, {"value": WHO["name"]})
    assert ask(agency, "custodian", case)[0] == 403


def test_reading_leaves_a_row_that_nobody_changes_and_that_tells_nothing(agency, clock, case):
    ask(agency, "mediator", case, reason="欧阳小满要求回电13912345678")

    row = Access.objects.get()
    assert (row.kind, row.by, row.at, row.what) == (
        "revealed", agency.mediator, clock.now, "consumer.phone",
    )  # fmt: skip
    assert (row.subject, row.subject_id) == ("cases.case", case.pk)
    assert row.reason == "欧阳**要求回电139****5678"
    for statement in ("UPDATE core_access SET reason = ''", "DELETE FROM core_access"):
        with (
            pytest.raises(ProgrammingError, match="append_only|Cannot update"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [({"reason": ""}, "reason"), ({"field": "consumer.amount"}, "field"), ({"why": "x"}, "why")],
)
def test_what_cannot_be_asked_is_named(agency, case, body, wrong):
    status, problem = ask(agency, "mediator", case, **body)

    assert status == 400 and set(problem["errors"]) == {wrong}
    assert not Access.objects.exists()


def test_who_reads_more_than_work_needs_is_stopped_for_an_hour(agency, clock, case, settings):
    settings.REVEALS_AN_HOUR = 2
    assert [ask(agency, "mediator", case)[0] for _time in range(3)] == [200, 200, 409]

    clock.shift(hours=1)

    assert ask(agency, "mediator", case)[0] == 200


def test_the_answer_is_kept_by_no_cache_and_no_log(agency, case, caplog):
    api = agency.client("mediator")
    api.post(f"cases/{case.no}/reveal/", ASK)

    assert "no-store" in api.response["Cache-Control"]
    assert "5678" not in caplog.text + json.dumps([*Access.objects.values()], default=str)


def eye(case) -> str:
    return reverse("admin:cases_case_reveal", args=[case.no])


def test_the_page_offers_it_to_who_may_and_shows_it_for_a_minute(agency, case):
    http = desk("mediator")
    assert f'hx-get="{eye(case)}"' in http.get(page_of(case)).content.decode()
    form = http.get(eye(case)).content.decode()
    assert 'value="consumer.phone"' in form and "记录在案" in form and "5678" not in form

    shown = http.post(eye(case), ASK).content.decode()

    assert "<b>139 1234 5678</b>" in shown and 'data-forget="60"' in shown
    assert PHONE not in http.get(page_of(case)).content.decode()


def test_the_page_offers_it_to_nobody_else(agency, case, report):
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    for who, what in (("supervisor", case), ("dispatcher", case), ("mediator", report)):
        http = desk(who)
        assert eye(what) not in http.get(page_of(what)).content.decode()
        assert http.post(eye(what), ASK).status_code in {403, 404, 409}
    assert not Access.objects.exists()


def test_the_custodian_s_page_offers_the_reporter(agency, report):
    http = desk("custodian")
    assert eye(report) in http.get(page_of(report)).content.decode()
    shown = http.post(eye(report), {"field": "reporter.name", "reason": "核实身份"})
    assert "欧阳小满" in shown.content.decode()


def test_who_calls_finds_the_masked_number_and_the_eye_in_the_form(agency, case):
    form = desk("mediator").get(verb_of(case, "contact")).content.decode()
    assert "139****5678" in form and eye(case) in form and PHONE not in form


def test_a_form_without_a_reason_asks_again(agency, case):
    again = desk("mediator").post(eye(case), {"field": "consumer.phone", "reason": ""})
    assert again.status_code == 400 and "5678" not in again.content.decode()


def test_the_form_chooses_no_reason_for_anybody(agency, case):
    http = desk("mediator")
    form = http.get(eye(case)).content.decode()
    assert (
        'type="radio" name="reason" value="联系当事人">' in form
        and '联系当事人" checked' not in form
    )

    http.post(eye(case), {"field": "consumer.phone", "reason": "联系当事人"})
    http.post(eye(case), {"field": "consumer.phone", "reason": "联系当事人", "other": "核对地址"})
    told = Access.objects.order_by("pk").values_list("reason", flat=True)
    assert list(told) == ["联系当事人", "核对地址"]


def test_the_auditor_sees_who_read_what_and_why(agency, case, report):
    ask(agency, "mediator", case)
    ask(agency, "custodian", report, field="reporter.phone", reason="核实身份")
    page = desk("auditor").get("/admin/core/access/").content.decode()

    for said in (case.no, report.no, "举报人 联系电话", "联系投诉人", agency.mediator.name):
        assert said in page
    assert "5678" not in page
    assert desk("chief").get("/admin/core/access/").status_code == 403


def test_the_auditor_asks_who_read_a_case_and_what_somebody_read_and_when(
    agency, case, report, clock
):
    ask(agency, "mediator", case)
    ask(agency, "custodian", report, field="reporter.phone", reason="核实身份")
    today, page = clock.now.date(), desk("auditor")

    def found(asked: str) -> list[str]:
        shown = page.get("/admin/core/access/", {"q": asked}).context["cl"]
        return [row.by.username for row in shown.result_list]

    assert found(case.no) == found(agency.mediator.name) == ["mediator"]
    assert found(f"{report.no} custodian") == ["custodian"]
    assert found(f"{case.no} custodian") == []
    assert sorted(found(f"{today}")) == ["custodian", "mediator"]
    assert found(f"{today - timedelta(days=1)}") == []


def test_a_reason_names_no_other_reporter_who_came_to_the_case(agency, report):
    other = agency.ticket(
        unit="east", kind="report", consumer={"name": "司马若兰", "phone": "13787654321"}
    )
    ticket = other.tickets.get().no
    workflow.link_ticket(report.no, by=agency.dispatcher, ticket=ticket)
    told = {"field": "reporter.phone", "reason": "与司马若兰核对"}

    assert ask(agency, "custodian", report, **told)[0] == 200

    assert Access.objects.get().reason == "与****核对"


@pytest.mark.django_db(transaction=True)
def test_of_many_who_read_at_once_none_is_beyond_the_hour_s_brake(agency, case, settings):
    settings.REVEALS_AN_HOUR = settings.LOOKUPS_AN_HOUR = 1

    def read() -> bool:
        try:
            reveal.reveal(case.no, by=agency.mediator, field="consumer.phone", reason="回电")
        except RuleViolation:
            return False
        return True

    def look_up() -> bool:
        try:
            lookup.cases_of(by=agency.mediator, phone="+8613912345678")
        except RuleViolation:
            return False
        return True

    assert in_threads(*[read] * 6).count(True) == 1
    assert in_threads(*[look_up] * 6).count(True) == 1


def test_a_reason_that_is_full_ends_where_its_mask_is_longer_than_the_name(agency, clock):
    case = agency.ticket(unit="east", kind="report", consumer=WHO | {"name": "陈满"})
    full = "陈满" * 250

    status, _found = ask(agency, "custodian", case, field="reporter.phone", reason=full)
    bundle.make(case.no, by=agency.chief, reason=full)

    assert status == 200
    assert {row.reason for row in Access.objects.all()} == {"*" * 500}
