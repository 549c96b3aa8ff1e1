"""A case that comes back: who still sees it, and whose turn it is."""

import pytest
from django.test import Client

from agency.core import notifications
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Notification, User
from agency.core.notifications import words
from agency.core.notifications.bell import unread
from agency.core.roles import Role
from cases import workflow
from cases.admin.labels import VERBS
from cases.admin.verbs import VerbForm
from cases.models import Case
from tests.cases.test_admin import desk
from tests.notices import told
from tests.stories import PASSWORD

pytestmark = pytest.mark.django_db

WHY = {"reason": "不属本职", "explanation": "属交通部门，致电13912345678"}


def come_back(agency, case, times: int) -> None:
    for time in range(times):
        if time:
            workflow.dispatch(case.no, by=agency.dispatcher, unit="east")
        workflow.return_(case.no, by=agency.mediator, **WHY)


def rows_of(user) -> list[tuple[str, bool, set[str]]]:
    """The start page: number, whether a clock is shown, and the buttons, from the top."""
    client = Client()
    client.force_login(user)
    context = client.get("/admin/").context
    rows = [*context["rows"], *context["idle"]]
    return [(r.case.no, r.clock is not None, {v.name for v in r.buttons}) for r in rows]


# -- who gave it back ---------------------------------------------------------------------


def test_who_returns_a_colleague_s_case_gets_an_answer_and_still_sees_it_masked(agency):
    User.objects.create_user(
        "mediator_2", PASSWORD, name="方明", role=Role.MEDIATOR, unit=agency.units["east"]
    )
    case = agency.ticket(unit="east")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator_2")
    mediator = agency.client("mediator")

    status, shown = mediator.post(f"cases/{case.no}/return/", WHY)

    assert (status, shown["state"], shown["allowed"]) == (200, "returned", [])
    assert shown["consumer"]["phone"] == "138****8000"
    for username in ("mediator", "mediator_2"):
        assert agency.client(username).get(f"cases/{case.no}/")[0] == 200
    assert mediator.post(f"cases/{case.no}/respond/")[0] == 409
    ended = case.assignments.get(returned_by=agency.mediator)
    assert ended.handler.username == "mediator_2"


def test_why_a_case_came_back_stands_on_its_page_masked(agency):
    case = agency.ticket(unit="east")
    come_back(agency, case, 1)
    client = Client()
    client.force_login(agency.dispatcher)

    page = client.get(f"/admin/cases/case/{case.pk}/change/").content.decode()

    assert "不属本职" in page
    assert "属交通部门，致电139****5678" in page
    assert "13912345678" not in page


# -- returned twice -----------------------------------------------------------------------


@pytest.mark.parametrize(("times", "whose"), [(1, "dispatcher"), (2, "leader")])
@pytest.mark.parametrize("has_clock", [True, False])
def test_whose_turn_it_is_stands_on_their_start_page(
    agency, only_1030, clock, times, whose, has_clock
):
    agency.ticket(unit="east")
    case = agency.ticket(unit="east")
    if not has_clock:
        case = agency.contacted_case()
    come_back(agency, case, times)

    for user in (agency.dispatcher, agency.leader):
        found = {no: verbs for no, _clock, verbs in rows_of(user)}
        assert ("dispatch" in found.get(case.no, ())) == (user.username == whose)
        for no, verbs in found.items():
            if "dispatch" in verbs:
                body = {"unit": "east"}
                assert agency.client(user.username).post(f"cases/{no}/dispatch/", body)[0] == 200


def test_a_ruling_comes_before_every_clock_and_shows_its_own(agency, clock):
    for _ in range(3):
        agency.ticket(unit="west")
    case = agency.ticket(unit="east")
    come_back(agency, case, 2)

    assert rows_of(agency.leader)[0] == (case.no, True, {"dispatch"})
    assert [no for no, *_rest in rows_of(agency.leader)].count(case.no) == 1


def test_the_leader_is_told_with_each_return_from_the_second(agency, clock):
    case = agency.ticket(unit="east")
    come_back(agency, case, 1)
    assert not Notification.objects.filter(topic="ruling_needed").exists()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east")
    workflow.return_(case.no, by=agency.mediator, **WHY)

    notifications.deliver_pending()

    written = Notification.objects.get(topic="ruling_needed")
    assert told(written) == {"leader"}
    [said] = words.tell([written], to=agency.leader).values()
    assert case.no in said.headline and "2" in said.headline
    assert "交通" not in repr(said), "nothing that anybody wrote"
    assert not words.tell([written], to=agency.mediator_b)
    workflow.dispatch(case.no, by=agency.leader, unit="west")
    [said] = words.tell([written], to=agency.leader).values()
    assert agency.units["west"].name in said.details[0]


def test_the_ruling_goes_with_the_case_in_words(agency, clock):
    case = agency.ticket(unit="east")
    come_back(agency, case, 2)

    workflow.dispatch(case.no, by=agency.leader, unit="west", ruling="经营地在西区，由西区办理")

    assert case.assignments.get(ended_at=None).ruling == "经营地在西区，由西区办理"
    page = page_of(case, "mediator_b")
    assert "经营地在西区，由西区办理" in page
    _status, shown = agency.client("mediator_b").get(f"cases/{case.no}/")
    assert shown["assignments"][-1]["ruling"] == "经营地在西区，由西区办理"


@pytest.mark.parametrize(("times", "asked"), [(1, False), (2, True)])
def test_a_ruling_is_asked_for_where_one_is_due_and_nowhere_else(agency, clock, times, asked):
    case = agency.ticket(unit="east")
    come_back(agency, case, times)
    by = agency.leader if asked else agency.dispatcher

    form = VerbForm(VERBS["dispatch"], Case.objects.get(pk=case.pk), by)

    assert ("ruling" in {field.name for field in form.fields}) == asked
    if not asked:
        with pytest.raises(Invalid):
            workflow.dispatch(case.no, by=by, unit="west", ruling="由西区办理")


def test_nobody_decides_what_a_leader_is_to_rule_on(agency, clock):
    case = agency.ticket("petition", kind="petition", unit="east")
    officer = User.objects.create_user(
        "petition_east",
        PASSWORD,
        name="何平",
        role=Role.PETITION_OFFICER,
        unit=agency.units["east"],
    )
    workflow.return_(case.no, by=officer, **WHY)
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east")
    workflow.return_(case.no, by=officer, **WHY)

    assert not {"accept", "refuse", "route", "object"} & set(workflow.allowed(case, officer))
    with pytest.raises(RuleViolation):
        workflow.accept(case.no, by=officer, notified_by="letter")
    workflow.dispatch(case.no, by=agency.leader, unit="east", ruling="由东区办理")
    assert workflow.accept(case.no, by=officer, notified_by="letter").state == "accepted"


def test_opened_again_it_is_the_dispatchers_again(agency, clock):
    case = agency.ticket(unit="east")
    come_back(agency, case, 2)
    workflow.dispatch(case.no, by=agency.leader, unit="east")
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话解决")
    workflow.withdraw(case.no, by=agency.mediator, reason="已解决")
    workflow.close(case.no, by=agency.mediator, conclusion="已解决")
    if case.proposals.filter(decided_at=None).exists():
        workflow.approve(case.no, by=agency.chief)

    workflow.reopen(case.no, by=agency.supervisor, reason="未解决")

    case.refresh_from_db()
    assert case.state == "reopened"
    assert "dispatch" in workflow.allowed(case, agency.dispatcher)
    assert "dispatch" not in workflow.allowed(case, agency.leader)
    assert workflow.dispatch(case.no, by=agency.dispatcher, unit="east").unit.code == "east"
    clock.shift(minutes=5)
    for time in range(2):
        if time:
            workflow.dispatch(case.no, by=agency.dispatcher, unit="east")
        workflow.return_(case.no, by=agency.mediator, **WHY)
    assert Notification.objects.filter(topic="ruling_needed").count() == 2
    assert workflow.allowed(case, agency.leader).count("dispatch") == 1


@pytest.mark.parametrize(("times", "state"), [(1, "merged"), (2, "returned")])
def test_what_a_leader_rules_on_is_not_merged_away(agency, clock, times, state):
    other, case = agency.ticket(unit="east"), agency.ticket(unit="east")
    come_back(agency, case, times)

    status, _answer = agency.client("dispatcher").post(
        f"cases/{other.no}/link_ticket/", {"ticket": case.tickets.get().no}
    )

    case.refresh_from_db()
    assert (status, case.state) == (200 if state == "merged" else 409, state)


def test_a_case_that_waits_for_the_ruling_says_so_and_what_was_ruled_stays(agency, clock):
    case = agency.ticket(unit="east")
    come_back(agency, case, 1)
    said = "待领导裁定"
    assert said not in page_of(case, "dispatcher")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east")
    workflow.return_(case.no, by=agency.mediator, **WHY)
    assert said in page_of(case, "dispatcher")

    workflow.dispatch(case.no, by=agency.leader, unit="east")

    assert said not in page_of(case, "dispatcher")
    assert "return" not in workflow.allowed(case, agency.mediator)
    status, problem = agency.client("mediator").post(f"cases/{case.no}/return/", WHY)
    assert (status, problem["detail"]) == (409, "领导已裁定承办单位，不得再退单。")


def page_of(case, who: str) -> str:
    return desk(who).get(f"/admin/cases/case/{case.pk}/change/").content.decode()


def test_what_the_leader_has_ruled_on_counts_as_read(agency, clock):
    case = agency.ticket(unit="east")
    come_back(agency, case, 2)
    notifications.deliver_pending()
    assert unread(agency.leader) == "1"

    workflow.dispatch(case.no, by=agency.leader, unit="west")

    assert unread(agency.leader) == ""


def test_a_leader_rules_on_many_cases_in_words_too(agency, clock):
    cases = [agency.ticket(unit="east") for _case in range(2)]
    for case in cases:
        come_back(agency, case, 2)
    bulk = "/admin/cases/case/bulk/dispatch/"
    sent = {"case": [case.no for case in cases], "unit": "west"}

    silent = desk("leader").post(bulk, sent)
    assert silent.status_code == 400 and "ruling" in {f.name for f in silent.context["form"].fields}
    desk("leader").post(bulk, sent | {"ruling": "由西区办理"})

    for case in cases:
        assert case.assignments.get(ended_at=None).ruling == "由西区办理"


# -- where it already is --------------------------------------------------------------------


def day_to_return(case) -> tuple:
    """Its moments, of the one clock there may be."""
    (found,) = case.deadlines.filter(rule__code="dispatch.return").values_list(
        "starts_at", "due_at", "met_at", "cancelled_at"
    )
    return found


@pytest.mark.parametrize("by", ["dispatcher", "chief"])
def test_a_case_is_not_dispatched_to_where_it_is(agency, clock, by):
    clock.shift(days=70)  # the order is in force
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east")
    had, events = day_to_return(case), case.events.count()
    clock.shift(minutes=3)

    status, told = agency.client(by).post(f"cases/{case.no}/dispatch/", {"unit": "east"})

    assert status == 409
    assert "东城分中心" in told["detail"]
    assert (day_to_return(case), case.events.count()) == (had, events)
    assert case.assignments.count() == 1


def test_with_somebody_named_it_changes_hands_and_the_day_goes_on(agency, clock):
    clock.shift(days=70)  # the order is in force
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east")
    had = day_to_return(case)
    clock.shift(minutes=3)

    workflow.dispatch(case.no, by=agency.chief, unit="east", handler="mediator")
    with pytest.raises(RuleViolation):
        workflow.dispatch(case.no, by=agency.chief, unit="east", handler="mediator")

    case.refresh_from_db()
    assert (case.handler, day_to_return(case)) == (agency.mediator, had)
    assert case.assignments.get(ended_at=None).by == agency.dispatcher
    assert case.events.order_by("-pk").first().kind == "assigned"
    assert Notification.objects.filter(topic="assign", handler=agency.mediator).count() == 1


def test_the_form_says_that_it_is_there_already(agency):
    case = agency.ticket()
    hints = []
    for _time in range(2):
        case.refresh_from_db()
        hints.append(VerbForm(VERBS["dispatch"], case, agency.dispatcher).hint)
        if not case.assignments.exists():
            workflow.dispatch(case.no, by=agency.dispatcher, unit="east")

    assert ["东城分中心" in hint for hint in hints] == [False, True]


def test_what_came_back_is_dispatched_to_the_same_unit_with_a_new_day(agency, clock):
    clock.shift(days=70)  # the order is in force
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east")
    come_back(agency, case, 1)

    workflow.dispatch(case.no, by=agency.dispatcher, unit="east")

    assert case.deadlines.running().filter(rule__code="dispatch.return").count() == 1
