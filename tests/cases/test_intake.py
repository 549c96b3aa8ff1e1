"""A ticket comes in: once, with its clocks, whatever the network does."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection

from agency.core import invariants
from cases import intake, workflow
from cases.models import Case, CaseDeadline, CaseEvent, Consumer, Merchant, Reporter, Ticket
from tests import stories
from tests.stories import RULES_1030, TEN, THIRTY, payload

pytestmark = pytest.mark.django_db

KEY = "a-key-of-this-test"


def test_a_ticket_becomes_a_case_with_two_running_clocks(agency, clock):
    minyi = agency.channel_client("minyi")

    status, answer = minyi.post("tickets/", payload(unit="east", amount="1280.00"), key=KEY)

    assert status == 201
    assert answer["ticket"]["arrived_at"] == "2026-03-02T09:00:00+08:00"
    assert answer["case"]["state"] == "dispatched"
    assert {d["rule"]: d["due_at"] for d in answer["deadlines"]} == {
        "ticket.respond_10": "2026-03-02T09:10:00+08:00",
        "ticket.contact_30": "2026-03-02T09:30:00+08:00",
        "ticket.contact_24h": "2026-03-03T09:00:00+08:00",
        "ticket.reply": "2026-03-09T23:59:59.999999+08:00",
        "complaint.accept": "2026-03-11T23:59:59.999999+08:00",
    }
    assert {d["state"] for d in answer["deadlines"]} == {"running"}


def test_a_ticket_without_a_unit_waits_at_the_root(agency):
    assert agency.ticket().state == "registered"
    assert agency.ticket().unit.code == "agency"


def test_the_same_key_and_body_get_the_same_answer_and_one_ticket(agency):
    minyi, body = agency.channel_client("minyi"), payload()

    first = minyi.post("tickets/", body, key=KEY)
    again = minyi.post("tickets/", dict(reversed(body.items())), key=KEY)

    assert again == (200, first[1])
    assert minyi.response.headers["Idempotent-Replay"] == "true"
    assert Ticket.objects.count() == Case.objects.count() == 1


def test_the_same_key_with_another_body_is_a_conflict(agency):
    minyi = agency.channel_client("minyi")
    minyi.post("tickets/", payload(), key=KEY)

    status, problem = minyi.post("tickets/", payload(title="另一件事"), key=KEY)

    assert status == 409
    assert problem["status"] == 409
    assert Ticket.objects.count() == 1


def test_the_same_number_and_round_under_another_key_is_the_ticket_that_stands(agency):
    minyi, body = agency.channel_client("minyi"), payload()
    first = minyi.post("tickets/", body, key=KEY)[1]

    status, answer = minyi.post("tickets/", body, key="another-key")

    assert status == 200
    assert answer["ticket"] == first["ticket"]
    assert answer["case"] == first["case"]


def test_keys_and_numbers_belong_to_their_channel(agency):
    body = payload()
    agency.channel_client("minyi").post("tickets/", body, key=KEY)

    status, _ = agency.channel_client("315xft").post("tickets/", body, key=KEY)

    assert status == 201


def test_a_higher_round_is_a_new_ticket_with_new_clocks_on_the_same_case(agency, clock):
    case = agency.contacted_case(external_no="MY1")
    clock.shift(hours=2)

    again = agency.ticket(external_no="MY1", round=2, unit="east")

    assert again == case
    assert case.tickets.count() == 2
    assert case.deadlines.open().filter(rule__code__in=RULES_1030).count() == 2
    assert again.next_due_at == clock.now + TEN


def test_a_closed_case_that_comes_back_is_open_again(agency, clock):
    case = agency.handled_case(external_no="MY1")
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    workflow.approve(case.no, by=agency.chief)
    clock.shift(days=1)

    again = agency.ticket(external_no="MY1", round=2)

    assert (again.state, again.closed_at, again.conclusion) == ("reopened", None, "已退款")


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("minyi", {"ticket.respond_10": "running", "ticket.contact_30": "running"}),
        ("315xft", {"ticket.respond_10": "running", "ticket.contact_30": "running"}),
        ("hotline", {"ticket.respond_10": "running", "ticket.contact_30": "running"}),
        ("national", {"ticket.respond_10": "running", "ticket.contact_30": "running"}),
        ("web", {"ticket.respond_10": "running", "ticket.contact_30": "running"}),
        ("walkin", {"ticket.respond_10": "met", "ticket.contact_30": "met"}),
        ("outlet", {"ticket.respond_10": "met", "ticket.contact_30": "met"}),
        ("petition", {}),
    ],
)
def test_the_1030_rule_binds_each_channel_as_it_says(agency, clock, channel, expected):
    case = agency.ticket(channel)

    clocks = case.deadlines.filter(rule__code__in=RULES_1030).select_related("rule")
    assert {d.rule.code: d.state_at(clock.now) for d in clocks} == expected


def test_nobody_need_be_contacted_who_left_no_way_to(agency):
    case = agency.ticket(kind="report", consumer=None)

    bound = set(case.deadlines.values_list("rule__code", flat=True))
    assert bound & set(RULES_1030) == {"ticket.respond_10"}


@pytest.mark.parametrize(
    ("ahead", "status", "arrived"),
    [
        (timedelta(seconds=60), 201, timedelta(0)),  # counts as now
        (timedelta(seconds=61), 400, None),
        (-timedelta(days=30), 201, -timedelta(days=30)),
        (-timedelta(days=30, seconds=1), 400, None),
        (-timedelta(minutes=3), 201, -timedelta(minutes=3)),
    ],
)
def test_a_trusted_channel_states_the_arrival_within_bounds(agency, clock, ahead, status, arrived):
    body = payload(arrived_at=(clock.now + ahead).isoformat())

    got, answer = agency.channel_client("minyi").post("tickets/", body, key=KEY)

    assert got == status, answer
    if status == 201:
        assert Ticket.objects.get().arrived_at == clock.now + arrived
    else:
        assert list(answer["errors"]) == ["arrived_at"]


def test_a_trusted_channel_that_states_nothing_means_now(agency, clock):
    agency.ticket("minyi", arrived_at=None)

    assert Ticket.objects.get().arrived_at == clock.now


def test_what_an_untrusted_channel_says_of_the_arrival_is_only_a_claim(agency, clock):
    claimed = clock.now - timedelta(hours=5)

    agency.ticket("hotline", arrived_at=claimed.isoformat())

    ticket = Ticket.objects.get()
    assert (ticket.arrived_at, ticket.claimed_arrived_at) == (clock.now, claimed)


def test_a_reporter_is_kept_apart_from_consumers(agency):
    case = agency.ticket(kind="report")

    assert case.consumer is None
    assert Consumer.objects.count() == 0
    assert Reporter.objects.get().name == "陈小满"


def test_one_merchant_is_one_row_by_credit_code_or_by_name(agency):
    code = "91110000600037341L"
    for merchant in [
        {"name": "清泉"}, {"name": "清泉", "phone": "0592-1234567"}, {"name": "清泉公司", "uscc": code},
        {"name": "清泉有限公司", "uscc": code.lower()},
    ]:  # fmt: skip
        agency.ticket(merchant=merchant)

    assert sorted(Merchant.objects.values_list("name", "uscc")) == [
        ("清泉", ""),
        ("清泉公司", code),
    ]


def test_an_import_of_history_starts_no_clocks(agency, clock):
    row = agency.submission("minyi", arrived_at="2022-05-05T09:00:00+08:00")

    [outcome] = intake.register_many(
        [row], channel=agency.channels["minyi"], by=agency.registrar, history=True
    )

    assert outcome.status == 201
    assert outcome.answer["deadlines"] == []
    assert CaseDeadline.objects.count() == 0


def test_two_tickets_that_come_back_to_one_merged_case_leave_its_next_due_moment_true(
    agency, clock
):
    case, source = agency.ticket(external_no="A", unit="east"), agency.ticket(external_no="B")
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=source.tickets.get().no)
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话")
    early, late = clock.now, clock.now + timedelta(minutes=4)
    clock.set(late)
    rows = [
        agency.submission(external_no="A", round=2, arrived_at=early.isoformat()),
        agency.submission(external_no="B", round=2, arrived_at=late.isoformat()),
    ]

    intake.register_many(rows, channel=agency.channels["minyi"], by=agency.registrar)

    case.refresh_from_db()
    assert case.next_due_at == early + TEN
    assert invariants.check()[1] == []


# -- bulk -------------------------------------------------------------------------------


def test_one_bad_line_never_costs_the_others(agency):
    lines = [
        json.dumps(payload(external_no="B1")),
        json.dumps(payload(external_no="B2", amount="-1")),
        "{not json",
        json.dumps(payload(external_no="B1")),
        json.dumps(payload(external_no=None)),
        json.dumps(payload(external_no="B3", unit="nowhere")),
        json.dumps(payload(external_no="B4", unit="east")),
    ]

    status, body = agency.channel_client("minyi").post(
        "tickets/bulk/", "\n".join(lines), content_type="application/x-ndjson", key=KEY
    )

    answers = [json.loads(line) for line in body.splitlines()]
    assert status == 200
    assert [a["line"] for a in answers] == [1, 2, 3, 4, 5, 6, 7]
    assert [a["status"] for a in answers] == [201, 400, 400, 200, 400, 400, 201]
    assert answers[3]["ticket"] == answers[0]["ticket"]
    assert list(answers[1]["errors"]) == ["amount"]
    assert list(answers[5]["errors"]) == ["unit"]
    assert Ticket.objects.count() == 2


def test_a_bulk_sent_again_creates_nothing(agency, monkeypatch):
    monkeypatch.setattr(intake, "CHUNK", 50)
    minyi = agency.channel_client("minyi")
    body = "\n".join(json.dumps(payload()) for _ in range(120))

    first = minyi.post("tickets/bulk/", body, content_type="application/x-ndjson", key=KEY)[1]
    again = minyi.post("tickets/bulk/", body, content_type="application/x-ndjson", key=KEY)[1]

    assert {json.loads(line)["status"] for line in first.splitlines()} == {201}
    assert {json.loads(line)["status"] for line in again.splitlines()} == {200}
    assert Ticket.objects.count() == 120
    assert CaseDeadline.objects.filter(rule__code__in=RULES_1030).count() == 240
    assert invariants.check()[1] == []


def test_an_earlier_round_that_comes_late_reopens_nothing(agency, clock):
    case = agency.ticket(unit="east", external_no="MY-7", round=2)
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话")
    workflow.withdraw(case.no, by=agency.mediator, reason="已自行协商")
    workflow.close(case.no, by=agency.mediator, conclusion="撤回")
    workflow.approve(case.no, by=agency.chief)
    began = (clock.now - timedelta(days=3)).isoformat()

    late = agency.ticket(unit="east", external_no="MY-7", round=1, arrived_at=began)

    assert (late.pk, late.state, late.tickets.count()) == (case.pk, "closed", 2)
    assert not late.deadlines.open().filter(ticket__round=1).exists()
    assert invariants.check()[1] == []


def test_both_rounds_of_a_ticket_may_come_in_one_bulk(agency):
    rows = [agency.submission(external_no="MY1", round=round) for round in (1, 2)]

    outcomes = intake.register_many(
        rows, channel=agency.channels["minyi"], by=agency.channels["minyi"].client
    )

    assert [o.status for o in outcomes] == [201, 201]
    assert Case.objects.count() == 1


def test_intake_takes_the_same_few_statements_for_any_number(agency):
    def statements(number):
        rows = [agency.submission() for _ in range(number)]
        with connection.execute_wrapper(counter := Counter()):
            intake.register_many(
                rows, channel=agency.channels["minyi"], by=agency.channels["minyi"].client
            )
        return counter.count

    statements(1)  # the merchant is known from here on
    assert statements(200) == statements(2) <= 17


class Counter:
    def __init__(self):
        self.count = 0

    def __call__(self, execute, *args):
        self.count += 1
        return execute(*args)


# -- races ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("keys", ["one key", "a key each"])
def test_twenty_clients_sending_the_same_ticket_at_once_make_one_case(keys):
    agency = stories.Agency()
    body, statuses = payload(external_no="RACE"), []
    clients = [agency.channel_client("minyi") for _ in range(20)]

    def send(number):
        key = KEY if keys == "one key" else f"{KEY}-{number}"
        statuses.append(clients[number].post("tickets/", body, key=key)[0])
        connection.close()

    threads = [threading.Thread(target=send, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200] * 19 + [201]
    assert Case.objects.count() == Ticket.objects.count() == 1
    assert CaseEvent.objects.filter(kind="registered").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_rounds_sent_at_once_share_their_case():
    agency = stories.Agency()

    def send(round):
        agency.channel_client("minyi").post(
            "tickets/", payload(external_no="RACE", round=round), key=f"{KEY}-{round}"
        )
        connection.close()

    threads = [threading.Thread(target=send, args=[round]) for round in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Ticket.objects.count() == 3
    assert Case.objects.count() == 1


def test_thirty_minutes_run_from_the_arrival_and_not_from_the_response(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(minutes=9)
    workflow.respond(case.no, by=agency.mediator)

    assert stories.clock_of(case, "ticket.contact_30").due_at == case.arrived_at + THIRTY


# -- what a reader found ----------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_round_follows_a_ticket_that_is_linked_elsewhere_meanwhile(monkeypatch):
    agency = stories.Agency()
    case, source = agency.ticket(unit="east"), agency.ticket(external_no="MOVES")
    look_up, times = intake._look_up, []

    def linked_after_the_first_look(numbers, channel):
        found = look_up(numbers, channel)
        if not times:
            times.append(1)
            mover = threading.Thread(target=link)
            mover.start()
            mover.join()
        return found

    def link():
        workflow.link_ticket(case.no, by=agency.dispatcher, ticket=source.tickets.get().no)
        connection.close()

    monkeypatch.setattr(intake, "_look_up", linked_after_the_first_look)
    again = agency.ticket(external_no="MOVES", round=2)

    assert again == case
    assert invariants.check()[1] == []


def test_further_rounds_take_the_same_few_statements_for_any_number(agency):
    def statements(prefix, number):
        for index in range(number):
            agency.ticket(external_no=f"{prefix}{index}")
        rows = [agency.submission(external_no=f"{prefix}{i}", round=2) for i in range(number)]
        with connection.execute_wrapper(counter := Counter()):
            intake.register_many(
                rows, channel=agency.channels["minyi"], by=agency.channels["minyi"].client
            )
        return counter.count

    assert statements("A", 2) == statements("B", 20)


def test_a_further_round_does_not_change_what_a_case_is(agency):
    agency.ticket(external_no="JB1", kind="report")

    status, problem = agency.channel_client("minyi").post(
        "tickets/", payload(external_no="JB1", round=2, kind="complaint"), key=KEY
    )

    assert (status, list(problem["errors"])) == (400, ["kind"])
    assert Consumer.objects.count() == 0


def test_a_further_round_of_a_report_adds_no_second_reporter(agency):
    agency.ticket(external_no="JB1", kind="report")
    agency.ticket(external_no="JB1", kind="report", round=2, consumer=None)
    agency.ticket(external_no="JB1", kind="report", round=3)

    assert Reporter.objects.count() == 1
    assert invariants.check()[1] == []


def test_a_key_that_met_a_standing_ticket_is_remembered(agency):
    minyi, body = agency.channel_client("minyi"), payload()
    minyi.post("tickets/", body, key=KEY)
    assert minyi.post("tickets/", body, key="second-key")[0] == 200

    assert minyi.post("tickets/", payload(), key="second-key")[0] == 409
    assert minyi.post("tickets/", body, key="second-key")[0] == 200


def test_a_row_that_the_database_refuses_is_one_400_and_reaches_no_log(agency, caplog):
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE cases_case ADD CONSTRAINT planted CHECK (title <> '不收') NOT VALID"
        )
    rows = [agency.submission(title="不收" if i == 3 else "收") for i in range(8)]

    outcomes = intake.register_many(
        rows, channel=agency.channels["minyi"], by=agency.channels["minyi"].client
    )

    assert [o.status for o in outcomes] == [201] * 3 + [400] + [201] * 4
    assert "planted" in caplog.text
    assert "陈小满" not in caplog.text
    assert "13800138000" not in caplog.text


@pytest.mark.parametrize("path", ["tickets/", "tickets/bulk/"])
def test_a_channel_that_was_switched_off_takes_no_tickets(agency, path):
    agency.channels["web"].is_active = False
    agency.channels["web"].save()
    kind = "application/json" if path == "tickets/" else "application/x-ndjson"

    status, _ = agency.channel_client("web").post(
        path, json.dumps(payload("web")), key=KEY, content_type=kind
    )

    assert status == 403


def test_lines_of_a_bulk_keep_their_numbers(agency):
    body = "\n\n" + json.dumps(payload("web")) + "\n \n{bad\n"

    _, answer = agency.channel_client("web").post(
        "tickets/bulk/", body, content_type="application/x-ndjson"
    )

    told = [json.loads(line) for line in answer.splitlines()]
    assert [(line["line"], line["status"]) for line in told] == [(3, 201), (5, 400)]


def test_each_caller_is_answered_in_their_own_language(agency):
    sentences = []
    for language in ("en", "zh-hans", "en"):
        client = agency.channel_client("web")
        client.http.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        problem = client.post("tickets/", payload("web", title="长" * 201), key=KEY)[1]
        sentences.append(problem["errors"]["title"][0])

    assert sentences[0] == sentences[2]
    assert sentences[0].isascii()
    assert not sentences[1].isascii()
