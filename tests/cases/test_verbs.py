"""The verbs of a case: who may, what it does, and how a refusal is told."""

from collections import defaultdict
from copy import copy
from datetime import timedelta

import pytest

from agency.core.errors import Forbidden, NotThere
from agency.core.models import User
from agency.core.roles import Role
from cases import acts, lifecycle, workflow
from cases.models import Case, CaseEvent, Ticket
from tests.cases.test_petitions import answered
from tests.stories import TEN, clock_of

pytestmark = pytest.mark.django_db

BODIES = {
    "dispatch": {"unit": "east"},
    "return": {"reason": "不属本职", "explanation": "属交通部门"},
    "respond": {},
    "contact": {"outcome": "reached", "no_meeting_reason": "电话中已解决"},
    "reply_ticket": {"ticket": "GD1", "text": "已办结"},
    "link_ticket": {"ticket": "GD1"},
    "close": {"conclusion": "已退款"},
    "approve": {},
    "disapprove": {"reason": "缺凭证"},
}


def expected(verb: str, user: User, case: Case) -> frozenset[int]:
    """What the API may answer to them: the roles of the verb's table, and the scope rule."""
    allowed = {role for move in lifecycle.moves_of("complaint", verb) for role in move.roles}
    if user.role not in lifecycle.roles_of(verb):
        return frozenset({403})
    if not case.unit.path.startswith(user.unit.path) or user.role == Role.EXPERT:
        return frozenset({404})
    if user.role not in allowed:
        # this verb is theirs on another kind only, or no step of a complaint at all
        return frozenset({403} if allowed else {400, 409})
    return frozenset({200, 400, 409})


def admitted(case: Case, verb: str, user: User) -> set[int]:
    """What the one gate of every door says to them, as the API would tell it."""
    try:
        acts.admit(case.no, verb, user)
    except Forbidden:
        return {403}
    except NotThere:
        return {404}
    return {200, 400, 409}


def test_a_role_that_may_never_gets_403_a_stranger_404_and_nobody_without_a_token(agency):
    """Everybody comes to the gate of every verb; over HTTP one of each who are answered alike."""
    case = agency.ticket(unit="west")
    people = list(User.objects.select_related("unit").exclude(role=Role.CHANNEL))
    clients = {user: agency.client(user.username) for user in people}
    channel = agency.channel_client("minyi")
    for turn, verb in enumerate(lifecycle.verbs()):
        alike = defaultdict(list)
        for user in people:
            alike[expected(verb, user, case)].append(user)
            assert expected(verb, user, case) <= admitted(case, verb, user), (verb, user.username)
        for answers, users in alike.items():
            user = users[turn % len(users)]
            status, problem = clients[user].post(f"cases/{case.no}/{verb}/", BODIES.get(verb, {}))
            assert status in answers, (verb, user.username, status, problem)
            if status == 200:
                case = agency.ticket(unit="west")

        assert channel.post(f"cases/{case.no}/{verb}/")[0] == 403
        assert clients[agency.mediator].post(f"cases/TS404/{verb}/")[0] in {403, 404}


HERE = ("mediator", "dispatcher", "chief", "enforcer", "leader", "supervisor", "callback",
        "petition_officer", "registrar")  # fmt: skip


def test_what_a_body_may_not_hold_is_named(agency):
    case, referred = agency.ticket(unit="east"), agency.ticket(unit="east")
    workflow.refer(referred.no, by=agency.dispatcher, outlet="outlet-a", consent=True)
    clients = {role: agency.client(role) for role in (*HERE, "outlet_a")}
    for verb in set(lifecycle.verbs()) - {"give_opinion"}:
        rows = lifecycle.moves_of("complaint", verb)
        able = {r for m in rows for r in m.roles} or lifecycle.roles_of(verb)
        role = next((role for role in HERE if role in able), "outlet_a")
        no = referred.no if role == "outlet_a" else case.no

        status, problem = clients[role].post(
            f"cases/{no}/{verb}/", BODIES.get(verb, {}) | {"state": "closed"}
        )

        assert status == 400, (verb, role, problem)
        assert "state" in problem["errors"], verb


def test_a_dispatch_hands_over_the_case_and_what_it_owes(agency, clock):
    case = agency.ticket()

    status, shown = agency.client("dispatcher").post(
        f"cases/{case.no}/dispatch/", {"unit": "east", "handler": "mediator"}
    )

    assert status == 200
    assert (shown["state"], shown["unit"], shown["handler"]) == ("dispatched", "east", "mediator")
    assert {(d.unit.code, d.handler.username) for d in case.deadlines.all()} == {
        ("east", "mediator")
    }
    assert [a["handler"] for a in shown["assignments"]] == ["mediator"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"unit": "nowhere"}, "unit"),
        ({"unit": "outlet-a"}, "unit"),
        ({"unit": "east", "handler": "nobody"}, "handler"),
        ({"unit": "east", "handler": "mediator_b"}, "handler"),
        ({"unit": "east", "contact": "auditor"}, "contact"),
        ({"unit": "east", "handler": "petition_officer"}, "handler"),
        ({"unit": "east", "handler": "dispatcher"}, "handler"),
        ({}, "unit"),
    ],
)
def test_a_dispatch_to_nowhere_or_nobody_names_the_field(agency, body, field):
    case = agency.ticket()

    status, problem = agency.client("dispatcher").post(f"cases/{case.no}/dispatch/", body)

    assert (status, list(problem["errors"])) == (400, [field])


def test_a_return_stops_no_clock_and_the_third_way_is_the_leader_s(agency, clock):
    case = agency.ticket(unit="east")
    due = clock_of(case, "ticket.respond_10").due_at

    agency.client("mediator").post(f"cases/{case.no}/return/", BODIES["return"])
    case.refresh_from_db()
    assert (case.state, case.unit.code, case.next_due_at) == ("returned", "agency", due)

    workflow.dispatch(case.no, by=agency.dispatcher, unit="east")
    agency.client("mediator").post(f"cases/{case.no}/return/", BODIES["return"])
    status, problem = agency.client("dispatcher").post(
        f"cases/{case.no}/dispatch/", {"unit": "east"}
    )
    assert status == 409
    assert problem["detail"]

    assert agency.client("leader").post(f"cases/{case.no}/dispatch/", {"unit": "east"})[0] == 200


def test_who_gave_a_case_back_still_sees_it_masked_and_may_do_nothing(agency):
    case = agency.ticket(unit="east")
    mediator = agency.client("mediator")
    mediator.post(f"cases/{case.no}/return/", BODIES["return"])

    status, shown = mediator.get(f"cases/{case.no}/")

    assert status == 200
    assert shown["allowed"] == []
    assert shown["consumer"]["phone"] == "138****8000"
    assert mediator.post(f"cases/{case.no}/respond/")[0] == 409


def test_the_first_to_answer_has_the_case(agency):
    case = agency.ticket(unit="east")

    workflow.respond(case.no, by=agency.mediator)

    case.refresh_from_db()
    assert case.handler == agency.mediator
    assert clock_of(case, "ticket.contact_30").handler == agency.mediator


def test_who_may_not_handle_a_kind_does_not_come_to_have_it_by_answering(agency):
    case = agency.ticket(unit="east")

    workflow.respond(case.no, by=agency.petition_officer)

    case.refresh_from_db()
    assert case.handler is None


def test_a_dispatcher_may_respond_before_dispatch(agency):
    case = agency.ticket()

    status, shown = agency.client("dispatcher").post(f"cases/{case.no}/respond/", {})

    assert status == 200
    states = {d["rule"]: d["state"] for d in shown["deadlines"]}
    assert (states["ticket.respond_10"], states["ticket.contact_30"]) == ("met", "running")
    assert shown["handler"] is None


def test_responding_twice_is_told_and_recorded_once(agency):
    case = agency.ticket(unit="east")
    mediator = agency.client("mediator")

    assert mediator.post(f"cases/{case.no}/respond/")[0] == 200
    assert mediator.post(f"cases/{case.no}/respond/")[0] == 409
    assert case.events.filter(kind=CaseEvent.Kind.RESPONDED).count() == 1


@pytest.mark.parametrize("outcome", ["no_answer", "refused"])
def test_a_try_is_logged_and_stops_no_clock(agency, outcome):
    case = agency.ticket(unit="east")

    status, shown = agency.client("mediator").post(
        f"cases/{case.no}/contact/", {"outcome": outcome}
    )

    assert status == 200
    assert {d["state"] for d in shown["deadlines"]} == {"running"}
    assert case.contacts.get().outcome == outcome


@pytest.mark.parametrize("outcome", ["no_answer", "refused", "reached"])
def test_a_try_names_a_ticket_of_the_case(agency, outcome):
    case = agency.ticket(unit="east")
    api, body = agency.client("mediator"), {"outcome": outcome, "no_meeting_reason": "电话解决"}
    ticket = case.tickets.get()

    status, problem = api.post(f"cases/{case.no}/contact/", {**body, "ticket": "GD0"})
    assert (status, list(problem["errors"])) == (400, ["ticket"])

    assert api.post(f"cases/{case.no}/contact/", {**body, "ticket": ticket.no})[0] == 200
    assert case.events.filter(kind__startswith="contact").get().ticket == ticket


def test_an_appointment_lies_ahead(agency, clock):
    case = agency.ticket(unit="east")
    gone = (clock.now - timedelta(minutes=1)).isoformat()

    status, problem = agency.client("mediator").post(
        f"cases/{case.no}/contact/", {"outcome": "reached", "appointment_at": gone}
    )

    assert (status, list(problem["errors"])) == (400, ["appointment_at"])
    assert case.contacts.count() == 0


def test_a_contact_meets_all_clocks_of_that_citizen_on_the_case(agency, clock):
    case = agency.ticket(unit="east")
    same, other = (
        agency.ticket("315xft"),
        agency.ticket("national", consumer={"name": "林一", "phone": "13700137000"}),
    )
    for joined in (same, other):
        workflow.link_ticket(case.no, by=agency.registrar, ticket=joined.tickets.get().no)

    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话")

    waiting = Ticket.objects.filter(contacted_at=None)
    assert [ticket.channel.code for ticket in waiting] == ["national"]


def test_a_linked_ticket_takes_its_clocks_along_and_leaves_a_merged_case(agency, clock):
    case, source = agency.ticket(unit="east"), agency.ticket("315xft", unit="west")
    ticket = source.tickets.get()
    due = clock_of(source, "ticket.respond_10").due_at

    status, shown = agency.client("dispatcher").post(
        f"cases/{case.no}/link_ticket/", {"ticket": ticket.no}
    )

    assert status == 200
    assert [t["channel"] for t in shown["tickets"]] == ["minyi", "315xft"]
    moved = ticket.deadlines.get(rule__code="ticket.respond_10")
    assert (moved.case, moved.unit.code, moved.due_at, moved.cancelled_at) == (
        case,
        "east",
        due,
        None,
    )
    source.refresh_from_db()
    assert (source.state, source.merged_into, source.next_due_at) == ("merged", case, None)


def test_tickets_of_different_kinds_do_not_belong_on_one_case(agency):
    case, report = agency.ticket(), agency.ticket(kind="report")

    status, _ = agency.client("dispatcher").post(
        f"cases/{case.no}/link_ticket/", {"ticket": report.tickets.get().no}
    )

    assert status == 409


def test_a_reply_is_given_once_for_each_ticket(agency):
    case = agency.ticket(unit="east")
    body = {"ticket": case.tickets.get().no, "text": "经调解已退款。"}
    mediator = agency.client("mediator")

    assert mediator.post(f"cases/{case.no}/reply_ticket/", body)[0] == 200
    assert mediator.post(f"cases/{case.no}/reply_ticket/", body)[0] == 409
    assert mediator.post(f"cases/{case.no}/reply_ticket/", body | {"ticket": "GD404"})[0] == 400
    assert Ticket.objects.get().reply_text == "经调解已退款。"


# -- the end, with four eyes --------------------------------------------------------------


def test_closing_waits_for_another_and_takes_effect_with_the_approval(agency, clock):
    case = agency.handled_case()
    clock.shift(hours=1)
    status, shown = agency.client("mediator").post(
        f"cases/{case.no}/close/", {"conclusion": "已退款"}
    )
    assert (status, shown["state"]) == (200, "terminated")
    assert shown["pending"]["verb"] == "close"
    assert shown["pending"]["by"] == "mediator"

    clock.shift(hours=1)
    status, shown = agency.client("chief").post(f"cases/{case.no}/approve/")

    assert (status, shown["state"], shown["pending"]) == (200, "closed", None)
    case.refresh_from_db()
    assert case.closed_at == clock.now


def test_what_is_missing_blocks_closing_and_nothing_before(agency):
    case = agency.ticket(unit="east")
    mediator = agency.client("mediator")

    assert mediator.get(f"cases/{case.no}/")[1]["missing"] == [
        "responded",
        "contacted",
        "decided",
        "told",
    ]
    assert mediator.post(f"cases/{case.no}/close/", {"conclusion": "x"})[0] == 409
    workflow.respond(case.no, by=agency.mediator)
    assert mediator.get(f"cases/{case.no}/")[1]["missing"] == ["contacted", "decided", "told"]


def test_nobody_decides_what_they_proposed_or_handle(agency):
    case = agency.handled_case()
    workflow.assign(case.no, by=agency.dispatcher, handler="chief")
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")

    assert agency.client("chief").post(f"cases/{case.no}/approve/")[0] == 409
    assert agency.client("leader").post(f"cases/{case.no}/approve/")[0] == 200


def test_a_leader_decides_only_where_the_unit_has_no_chief(agency):
    case = agency.handled_case()
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    assert agency.client("leader").post(f"cases/{case.no}/approve/")[0] == 409

    agency.chief.is_active = False
    agency.chief.save()
    assert agency.client("leader").post(f"cases/{case.no}/approve/")[0] == 200


def test_a_refused_closing_goes_on_and_may_be_proposed_again(agency):
    case = agency.handled_case()
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")

    status, shown = agency.client("chief").post(
        f"cases/{case.no}/disapprove/", {"reason": "缺凭证"}
    )

    assert (status, shown["state"], shown["pending"]) == (200, "terminated", None)
    assert agency.client("mediator").post(f"cases/{case.no}/close/", BODIES["close"])[0] == 200


def test_a_consultation_is_closed_at_once(agency):
    case = agency.ticket("walkin", kind="consultation")
    workflow.answer(case.no, by=agency.registrar, text="七日内可退")

    status, shown = agency.client("registrar").post(
        f"cases/{case.no}/close/", {"conclusion": "已答复"}
    )

    assert (status, shown["state"]) == (200, "closed")


def test_a_petition_that_was_answered_closes_with_one_of_four_principles(agency):
    case = answered(agency)
    officer = agency.client("petition_officer")
    body = {"conclusion": "已答复", "why_early": "信访人书面表示不再申请复查"}

    assert officer.post(f"cases/{case.no}/close/", body)[0] == 400
    assert officer.post(f"cases/{case.no}/close/", body | {"principle": "resolved"})[0] == 200


# -- what one sees ------------------------------------------------------------------------


def test_allowed_names_exactly_the_verbs_that_would_be_let_in(agency):
    case = agency.ticket(unit="east")
    assert agency.client("mediator").get(f"cases/{case.no}/")[1]["allowed"] == [
        "return", "respond", "contact", "refer", "request_identity", "accept", "refuse", "withdraw",
        "issue_document", "reply_ticket", "agree_answer", "supplement",
        "record_dispute", "notify", "ask_expert", "note",
    ]  # fmt: skip
    assert agency.client("supervisor").get(f"cases/{case.no}/")[1]["allowed"] == ["note"]
    assert agency.client("auditor").get(f"cases/{case.no}/")[1]["allowed"] == []


def test_admin_and_outlets_see_no_case_of_the_agency(agency):
    case = agency.ticket(unit="east")

    assert agency.client("admin").get(f"cases/{case.no}/")[0] == 403
    for outsider in ("outlet_a", "odr_a", "mediator_b"):
        assert agency.client(outsider).get(f"cases/{case.no}/")[0] == 404
        assert agency.client(outsider).get("cases/")[1]["results"] == []


def test_a_reporter_appears_nowhere(agency):
    case = agency.ticket(
        kind="report", unit="east", consumer={"name": "吹哨人甲", "phone": "13912345678"}
    )
    for name in ("enforcer", "chief", "leader", "supervisor", "auditor"):
        client = agency.client(name)
        client.get(f"cases/{case.no}/")
        text = client.response.content.decode()
        assert "吹哨" not in text
        assert "5678" not in text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "complaint"}, {"A", "B"}),
        ({"state": "registered"}, {"A"}),
        ({"channel": "hotline"}, {"C"}),
        ({"unit": "east"}, {"B"}),
        ({"unit": "agency"}, {"A", "B", "C"}),
        ({"handler": "mediator"}, {"B"}),
        ({"overdue": "true"}, {"A"}),
        ({"overdue": "false"}, {"B", "C"}),
        ({"rule": "ticket.contact_30"}, {"A", "C"}),
        ({"search": "健身"}, {"B"}),
        ({"search": "EXT-C"}, {"C"}),
        ({"search": "清泉"}, {"A", "B", "C"}),
        ({"category": "G06"}, {"A"}),
    ],
)
def test_a_list_shows_what_was_asked_for(agency, clock, query, expected):
    a = agency.ticket(title="甲", category="G0601", external_no="EXT-A")
    clock.shift(minutes=5)
    b = agency.handled_case(title="健身房不退费", external_no="EXT-B")
    c = agency.ticket("hotline", kind="consultation", unit="west", external_no="EXT-C")
    clock.shift(minutes=6)
    names = {a.no: "A", b.no: "B", c.no: "C"}

    status, page = agency.client("leader").get("cases/", **query)

    assert status == 200, page
    assert {names[row["no"]] for row in page["results"]} == expected


@pytest.mark.parametrize("ordering", ["arrived_at", "-arrived_at", "next_due_at", "-next_due_at"])
def test_pages_lead_to_every_case_once_however_many_share_a_moment(agency, ordering):
    """Of a file that knows days only, many cases arrived in one moment, most long closed."""
    due, owes_nothing = agency.ticket(), agency.ticket()
    owes_nothing.next_due_at = None
    owes_nothing.save(update_fields=["next_due_at"])
    twins(owes_nothing, 230)
    twins(due, 30)
    client = agency.client("leader")

    page = client.get("cases/", ordering=ordering, page_size=50)[1]
    forth = [numbers_of(page)]
    while page["next"] and len(forth) < 9:
        page = client.follow(page["next"])[1]
        forth.append(numbers_of(page))
    back = [forth[-1]]
    while page["previous"] and len(back) < 9:
        page = client.follow(page["previous"])[1]
        back.append(numbers_of(page))

    assert [len(numbers) for numbers in forth] == [50] * 5 + [12]
    assert back == forth[::-1]
    assert {no for numbers in forth for no in numbers} == set(
        Case.objects.values_list("no", flat=True)
    )
    first, last = (Case.objects.get(no=no).next_due_at for no in (forth[0][0], forth[-1][-1]))
    match ordering:
        case "next_due_at":
            assert first and last is None
        case "-next_due_at":
            assert first is None and last


def twins(case: Case, times: int) -> None:
    """As many cases more like this one."""
    rows = [copy(case) for _time in range(times)]
    for at, row in enumerate(rows):
        row.pk, row.no = None, f"{case.no}X{at}"
    Case.objects.bulk_create(rows)


def numbers_of(page: dict) -> list[str]:
    return [row["no"] for row in page["results"]]


def test_a_page_that_has_gone_leads_back_to_those_that_are_left(agency):
    cases = [agency.ticket() for _time in range(4)]
    client = agency.client("leader")
    page = client.get("cases/", ordering="arrived_at", page_size=3)[1]
    earlier = cases[0].arrived_at - timedelta(days=1)
    Case.objects.filter(pk=cases[-1].pk).update(arrived_at=earlier)

    gone = client.follow(page["next"])[1]
    left = client.follow(gone["previous"])[1]

    assert (gone["results"], gone["next"], left["next"]) == ([], None, None)
    assert numbers_of(left) == [case.no for case in cases[:3]]
    assert numbers_of(client.follow(left["previous"])[1]) == [cases[-1].no]


def test_a_list_takes_the_same_number_of_queries_for_any_length(agency, django_assert_num_queries):
    client = agency.client("leader")
    for _ in range(3):
        agency.ticket()
    with django_assert_num_queries(3):  # the token, the page with its people, its topics
        client.get("cases/")
    for _ in range(20):
        agency.ticket()
    with django_assert_num_queries(3):
        client.get("cases/")


def test_the_next_due_moment_follows_what_is_still_owed(agency, clock):
    case = agency.ticket(unit="east")
    assert case.next_due_at == clock.now + TEN

    workflow.respond(case.no, by=agency.mediator)
    case.refresh_from_db()
    assert case.next_due_at == clock_of(case, "ticket.contact_30").due_at
