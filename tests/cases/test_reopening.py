"""The platform sends a closed case back: in whose hands it is then."""

from datetime import datetime, timedelta

import pytest
from django.db.models import BooleanField, Value
from django.urls import reverse

from agency.core import deadlines, invariants, notifications
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Notification, User
from agency.core.roles import Role
from cases import completeness, intake, lifecycle, workflow
from cases.admin import drafts, page, timeline, words
from cases.admin.dressed import dressed
from cases.admin.row_verbs import fitting
from cases.clocks import TRIES
from cases.lifecycle import Milestone
from cases.models import Case
from cases.workflow.allowed import Sight
from tests.cases.lives import Cast, undone
from tests.cases.test_admin import desk
from tests.notices import told
from tests.stories import PASSWORD, RULES_1030, TEN, clock_of

pytestmark = pytest.mark.django_db


def closed(agency, clock, *, unit="east", handler="mediator"):
    case = agency.ticket(external_no="MY1")
    workflow.dispatch(case.no, by=agency.dispatcher, unit=unit, handler=handler)
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话")
    workflow.withdraw(case.no, by=agency.mediator, reason="商家已退款")
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    workflow.approve(case.no, by=agency.leader if unit == "agency" else agency.chief)
    clock.shift(days=1)
    return case


def sent_back(agency):
    return agency.ticket(external_no="MY1", round=2)


def hands(case) -> list[tuple]:
    """Unit and handler: of the current assignment, and of what the case owes."""
    current = case.assignments.filter(ended_at=None)
    return [*current.values_list("unit", "handler"), *_owed(case)]


def _owed(case) -> set[tuple]:
    return set(case.deadlines.open().values_list("unit", "handler"))


@pytest.mark.parametrize("unit", ["agency", "east"])
def test_who_had_it_has_it_again_and_may_answer(agency, clock, unit):
    closed(agency, clock, unit=unit)

    case = sent_back(agency)

    assert hands(case) == [(agency.units[unit].pk, agency.mediator.pk)] * 2
    assert agency.client("mediator").post(f"cases/{case.no}/respond/")[0] == 200
    assert invariants.check()[1] == []


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"role": Role.AUDITOR},
        {"unit": "west"},
    ],
)
def test_who_can_no_longer_go_on_with_it_does_not_get_it_back(agency, clock, change):
    closed(agency, clock)
    for name, value in change.items():
        setattr(agency.mediator, name, agency.units.get(value, value))
    agency.mediator.save()

    case = sent_back(agency)

    assert hands(case) == [(agency.units["east"].pk, None)] * 2
    workflow.respond(case.no, by=agency.enforcer)
    assert _owed(case) == {(agency.units["east"].pk, agency.enforcer.pk)}


def test_the_unit_is_told_of_the_new_round_where_its_handler_has_left(agency, clock):
    closed(agency, clock)
    agency.mediator.is_active = False
    agency.mediator.save()
    sent_back(agency)
    clock.shift(TEN / 2)

    deadlines.sweep()
    notifications.deliver_pending()

    assert told(Notification.objects.get(topic="deadline_warned")) == {"dispatcher", "enforcer"}


def test_two_tickets_of_one_case_open_it_once(agency, clock):
    case = agency.handled_case(external_no="MY1")
    other = agency.ticket(external_no="MY2")
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other.tickets.get().no)
    workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话")
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    workflow.approve(case.no, by=agency.chief)
    minyi = agency.channels["minyi"]

    rows = [agency.submission(external_no=number, round=2) for number in ("MY1", "MY2")]
    intake.register_many(rows, channel=minyi, by=minyi.client)

    assert case.assignments.filter(ended_at=None).count() == 1
    assert case.deadlines.open().filter(rule__code__in=RULES_1030).count() == 4


def test_what_nobody_had_waits_for_dispatch(agency, clock):
    case = agency.ticket("walkin", kind="consultation", external_no="MY1")
    workflow.answer(case.no, by=agency.registrar, text="可以退货")
    workflow.close(case.no, by=agency.registrar, conclusion="已答复")

    again = agency.ticket("walkin", kind="consultation", external_no="MY1", round=2)

    assert again.state == "reopened"
    assert not again.assignments.exists()


def test_a_round_that_came_long_ago_reopens_nothing(agency, clock):
    case = closed(agency, clock)
    clock.shift(days=60)
    owed = _owed(case)
    row = agency.submission(
        external_no="MY1", round=2, arrived_at=(clock.now - timedelta(days=40)).isoformat()
    )
    channel = agency.channels["minyi"]

    [outcome] = intake.register_many([row], channel=channel, by=channel.client, history=True)

    case.refresh_from_db()
    assert outcome.status == 201 and case.state == "closed"
    assert case.tickets.count() == 2 and _owed(case) == owed


# -- what the law counts from the receipt -----------------------------------------------------


@pytest.fixture
def cast(agency, clock):
    clock.set(datetime.fromisoformat("2026-05-11T09:00:00+08:00"))
    return Cast(agency)


def convert(cast, kind):
    case = cast.agency.ticket(external_no="MY9")
    cast.act(case, "contact", "dispatcher")
    return cast.act(case, "convert", "registrar", kind="consultation")


def withdraw(cast, kind):
    case = cast.agency.ticket(external_no="MY9", unit="east")
    for verb in ("contact", "withdraw", "close"):
        case = cast.act(case, verb, "mediator")
    return case


def settle_out_there(cast, kind, satisfaction="unreached"):
    case = cast.agency.ticket(external_no="MY9", unit="east")
    for verb in ("contact", "refer"):
        case = cast.act(case, verb, "mediator")
    case = cast.act(case, "settle", "outlet_liaison")
    for _try in range(TRIES):
        case = cast.act(case, "follow_up", "callback", satisfaction=satisfaction)
    return cast.act(case, "close", "mediator")


def settle_as_the_citizen_confirms(cast, kind):
    return settle_out_there(cast, kind, satisfaction="satisfied")


def mark_duplicate(cast, kind):
    case = cast.agency.ticket(kind=kind, external_no="MY9")
    cast.act(case, "contact", "dispatcher")
    return cast.act(case, "mark_duplicate", "dispatcher")


def take_back(cast, kind):
    """The platform agrees that the petition is not ours."""
    case = cast.agency.ticket("petition", kind=kind, external_no="MY9")
    for verb in ("respond", "object", "settle_objection"):
        case = cast.act(case, verb, "petition_officer")
    return case


UNDECIDED = [
    # what ended it without a decision, its channel and kind; the rule; from when it counts again
    (convert, "minyi", "complaint", "complaint.accept", "first round"),
    (withdraw, "minyi", "complaint", "complaint.accept", "second round"),
    (settle_out_there, "minyi", "complaint", "complaint.accept", "first round"),
    (settle_as_the_citizen_confirms, "minyi", "complaint", "complaint.accept", "second round"),
    (mark_duplicate, "minyi", "report", "report.verify", "first round"),
    (take_back, "petition", "petition", "petition.notice", "second round"),
]


@pytest.mark.parametrize(("end", "channel", "kind", "rule", "from_when"), UNDECIDED)
def test_what_was_never_decided_is_owed_again_when_it_comes_back(
    cast, clock, end, channel, kind, rule, from_when
):
    first = clock.now
    case = end(cast, kind)
    assert not case.deadlines.open().filter(rule__code=rule).exists()
    clock.shift(days=3)

    case = cast.agency.ticket(channel, kind=kind, external_no="MY9", round=2)

    owed = case.deadlines.open().get(rule__code=rule)
    assert owed.starts_at == {"first round": first, "second round": clock.now}[from_when]
    assert owed.attention_at and case.next_due_at <= owed.due_at
    assert invariants.check()[1] == []


@pytest.mark.parametrize("end", [withdraw, settle_as_the_citizen_confirms])
def test_a_word_on_how_it_ended_once_is_no_decision_on_what_came_back(cast, clock, end):
    case = end(cast, "complaint")
    case = cast.agency.ticket(external_no="MY9", round=2)
    for user in (cast["mediator"], cast["chief"]):
        steps = page.verb_buttons(Sight(case, user))
        assert not steps["next"] or steps["next"].name != "notify"
        [row] = dressed(Case.objects.filter(pk=case.pk))
        assert "notify" not in [v.name for v in fitting(row, user, "decision_told")]
    about = "withdrawn" if end is withdraw else "nothing"

    cast.act(case, "notify", "mediator", about=about)

    assert case.deadlines.open().filter(rule__code="complaint.accept").exists()
    cast.act(case, "dispatch", "dispatcher")
    cast.act(case, "accept", "mediator")
    assert case.deadlines.filter(rule__code="complaint.accept", met_at=clock.now).exists()


@pytest.mark.parametrize("end", [convert, withdraw])
def test_who_decides_too_late_after_it_came_back_is_late(cast, clock, end):
    case = end(cast, "complaint")
    case = cast.agency.ticket(external_no="MY9", round=2)
    cast.act(case, "dispatch", "dispatcher")
    clock.shift(days=40)

    case = cast.act(case, "accept", "mediator")

    decided = case.deadlines.get(rule__code="complaint.accept", met_at=clock.now)
    assert decided.state_at(clock.now) == "met_late" and decided.noticed_at
    assert clock_of(case, "complaint.mediate").starts_at == clock.now


@pytest.mark.parametrize(
    ("kind", "state", "role", "rule"),
    [
        ("complaint", "rejected", "mediator", "complaint.mediate"),
        ("petition", "not_accepted", "petition_officer", "petition.handle"),
        ("report", "not_filed", "enforcer", "case.penalty"),
    ],
)
def test_what_is_accepted_or_filed_for_the_first_time_is_handled_within_the_laws_time(
    cast, clock, kind, state, role, rule
):
    case = cast.bring(kind, state)
    first = case.result
    for verb, who in (("close", role), ("reopen", "leader"), ("dispatch", "dispatcher")):
        case = cast.act(case, verb, who)
    told = set(case.deadlines.open().values_list("rule__starts_on", flat=True))
    assert "case_registered" not in told, "it was decided and told"

    for verb in ("verify", "file") if kind == "report" else ("accept",):
        case = cast.act(case, verb, role)

    assert clock_of(case, rule).starts_at == clock.now
    assert case.result == first, "what came of it first stays"


def accepted_and_reopened(cast):
    case = cast.bring("complaint", "reopened")
    return cast.act(case, "dispatch", "dispatcher")


@pytest.mark.parametrize("verb", ["accept", "refuse", "request_identity"])
@pytest.mark.parametrize("is_taken_up", [False, True])
def test_an_acceptance_stands_when_the_case_is_reopened(cast, verb, is_taken_up):
    case = accepted_and_reopened(cast)
    if is_taken_up:
        case = cast.act(case, "contact", "mediator")

    for role in ("mediator", "chief", "enforcer"):
        assert verb not in workflow.allowed(case, cast[role])
    if not is_taken_up:
        with pytest.raises(RuleViolation, match="T6"):
            cast.act(case, verb, "mediator")
    assert case.decisions.filter(kind="accepted").count() == 1


@pytest.mark.parametrize("verb", ["start_mediation", "terminate"])
def test_what_was_accepted_before_is_reworked_and_not_mediated_anew(cast, verb):
    case = cast.act(accepted_and_reopened(cast), "contact", "mediator")
    own = case.deadlines.open().filter(ticket=None).values_list("rule__code", flat=True)
    assert (case.state, set(own)) == ("accepted", {"case.rework"})
    assert verb in workflow.allowed(case, cast["mediator"])

    case = cast.act(case, verb, "mediator")

    if verb == "terminate":
        assert "told_both" in completeness.missing(case)
    assert invariants.check()[1] == []


STANDS = {
    # who goes on with it; where; and what is not decided on it a second time
    "petition": ("petition_officer", "handling", ["accept", "refuse", "object", "route"]),
    "report": ("enforcer", "filed", ["verify", "refuse_jurisdiction", "mark_duplicate"]),
}


@pytest.mark.parametrize("kind", STANDS)
def test_what_was_accepted_or_filed_stands_and_is_gone_on_with_when_it_is_reopened(cast, kind):
    role, where, verbs = STANDS[kind]
    case = cast.bring(kind, "reopened")
    decided = list(case.decisions.values_list("kind", "reference").order_by("pk"))[:-1]
    for step in (None, "dispatch"):
        case = cast.act(case, step, "dispatcher") if step else case
        for verb in verbs:
            everybody = [cast[who] for who in (role, "chief", "dispatcher")]
            assert not any(verb in workflow.allowed(case, user) for user in everybody), verb
            who = "dispatcher" if verb == "mark_duplicate" else role
            with pytest.raises(RuleViolation, match="不因重办而改变"):
                cast.act(case, verb, who)
        assert "异议" not in str([line.name for line in page.clock_lines(case, case.arrived_at)])

    assert next_step(case, cast[role]) == in_queue(case, cast[role]) == "继续办理"
    case = cast.act(case, "respond", role)

    owed = case.deadlines.open().filter(ticket=None).values_list("rule__code", flat=True)
    assert (case.state, list(owed)) == (where, ["case.rework"])
    made = case.decisions.exclude(kind="reopened").order_by("pk")
    assert list(made.values_list("kind", "reference")) == decided
    assert invariants.check()[1] == []


@pytest.mark.parametrize(
    ("kind", "verb", "before"),
    [("petition", "reply", "受理"), ("report", "decide_case", "立审〔2026〕1号")],
)
def test_who_decides_on_what_was_opened_again_is_shown_what_was_decided_before(
    cast, kind, verb, before
):
    role, _where, _verbs = STANDS[kind]
    case = cast.bring(kind, "reopened")
    for step, who in (("dispatch", "dispatcher"), ("respond", role)):
        case = cast.act(case, step, who)
    why = page.waits(Sight(case, cast[role]))[0]
    assert why.startswith("重办要求（leader ") and why.endswith("：上级发回")
    more = {"for_signature": True} if verb == "reply" else {}

    workflow.VERBS[verb](case.no, by=cast[role], **cast.body(case, verb) | more)

    case = Case.objects.get(pk=case.pk)
    told = dict(words.proposed(case, case.pending, decides=True))["此前已作出的决定"]
    assert (
        before in told and len(told.split("；")) == case.decisions.exclude(kind="reopened").count()
    )


def test_a_reopened_petition_stays_with_its_three_until_one_of_them_has_left(cast):
    case = cast.bring("petition", "reopened")
    three = case.responsibilities.get()
    another = User.objects.create_user(
        "another", PASSWORD, name="另一人", role="petition_officer", unit=case.unit
    )
    case = cast.act(case, "dispatch", "dispatcher", handler="another")
    with undone():
        case = cast.act(case, "respond", "petition_officer")
        now = case.responsibilities.last()
        assert (case.state, now.core_handler, now.leader) == ("handling", another, three.leader)
    User.objects.filter(pk=three.callback_id).update(is_active=False)

    case = cast.act(case, "respond", "petition_officer")

    assert case.state == "accepted" and next_step(case, another) == "确定三级负责"


def sent_again(cast, clock, kind, channel, end, days: int):
    """Taken back by the citizen or the sender, and here again after ``days``."""
    end(cast, kind)
    clock.shift(days=days)
    return cast.agency.ticket(channel, kind=kind, external_no="MY9", round=2)


@pytest.mark.parametrize("days", [3, 20])
def test_what_the_sender_took_back_may_be_objected_to_anew(cast, clock, days):
    case = sent_again(cast, clock, "petition", "petition", take_back, days)
    received = clock.now
    assert "object" in workflow.allowed(case, cast["petition_officer"])
    cast.act(case, "object", "petition_officer")
    clock.shift(days=1)

    cast.act(case, "settle_objection", "petition_officer", agreed=False)

    assert case.deadlines.open().get(rule__code="petition.notice").starts_at == received
    assert invariants.check()[1] == []


def test_the_other_half_of_what_came_again_counts_from_then_too(cast, clock):
    case = sent_again(cast, clock, "complaint", "minyi", withdraw, 40)
    received = clock.now
    clock.shift(days=1)

    workflow.split(case.no, by=cast["dispatcher"])

    assert clock_of(case.offspring.get(), "report.verify").starts_at == received


def test_what_was_opened_again_is_answered_anew_and_each_end_is_told_as_it_was(agency, clock):
    case, mediator = closed(agency, clock), agency.mediator
    assert drafts.reply(Case.objects.get(pk=case.pk)) == "已退款"
    case = workflow.agree_answer(case.no, by=mediator, text="已全额退款")

    case = workflow.reopen(case.no, by=agency.supervisor, reason="没有退款")
    assert drafts.reply(case) == "", "that was what the citizen did not accept"
    with pytest.raises(Invalid):
        workflow.reply_ticket(case.no, by=mediator)
    assert (
        'data-copy="agreed-answer"'
        not in desk("mediator").get(reverse("admin:cases_case_change", args=[case.pk])).text
    )
    assert agency.client("mediator").get(f"cases/{case.no}/")[1]["agreed_answer"] == ""
    for text in ("正在重办", "已重办"):
        case = workflow.agree_answer(case.no, by=mediator, text=text)
        clock.shift(minutes=1)
    workflow.withdraw(case.no, by=mediator, reason="已收到")
    workflow.close(case.no, by=mediator, conclusion="补退余款")
    case = workflow.approve(case.no, by=agency.chief)

    told_of = {"closed": [], "answer_agreed": []}
    for line in timeline.lines(case, mediator, clock.now):
        told_of.get(line.kind, []).append(line.text)
    assert told_of == {"closed": ["补退余款", "已退款"], "answer_agreed": ["已重办", "", ""]}


def test_who_opens_it_again_dispatched_nothing(agency, clock):
    case = closed(agency, clock)

    workflow.reopen(case.no, by=agency.supervisor, reason="不满意重办")

    assert case.assignments.get(ended_at=None).by == agency.dispatcher


@pytest.mark.parametrize(
    ("kind", "role", "first"),
    [("report", "enforcer", "verify"), ("complaint", "mediator", "contact")],
)
def test_who_gets_a_case_that_was_answered_takes_it_up_with_the_first_button(kind, role, first):
    ways = lifecycle.ways_to(kind, "taken_up", "dispatched")

    assert next(v for v in ways if lifecycle.move_of(kind, v, "dispatched", role)) == first


def proposed(case: Case, user) -> list:
    """The step that the page proposes, and the first that the queue does; None for none."""
    step = page.verb_buttons(Sight(Case.objects.get(pk=case.pk), user))["next"]
    [row] = dressed(Case.objects.filter(pk=case.pk)).annotate(
        is_named=Value(True, output_field=BooleanField())
    )
    running = case.deadlines.running().order_by("due_at").values_list("rule__met_by", flat=True)
    soonest = next(iter(running), Milestone.CLOSED)
    return [step, next(iter(fitting(row, user, soonest)), None)]


def next_step(case: Case, user) -> str:
    """The button that the page proposes; "" for none."""
    step, _in_queue = proposed(case, user)
    return str(step.label) if step else ""


def in_queue(case: Case, user) -> str:
    return str(proposed(case, user)[1].label)


def test_what_was_accepted_and_opened_again_is_gone_on_with_by_the_first_button(cast):
    """Nobody need be called for it, and it is sent out once."""
    case, mediator = accepted_and_reopened(cast), cast["mediator"]
    cast.act(case, "reply_ticket", "mediator")
    assert next_step(case, mediator) == "继续办理" and in_queue(case, mediator) == "继续办理"
    assert next_step(case, cast["dispatcher"]) != "派单"
    assert completeness.missing(case) == ["outcome"]

    case = cast.act(case, "respond", "mediator")

    assert case.state == "accepted" and "respond" not in workflow.allowed(case, mediator)
    newest = timeline.lines(case, mediator, case.arrived_at)[0]
    assert newest.what == "继续办理"
    for verb, label in (("start_mediation", "登记调解会"), ("hold_session", "达成协议")):
        case = cast.act(case, verb, "mediator")
        assert next_step(case, mediator) == label
    assert invariants.check()[1] == []


@pytest.mark.parametrize("end", ["rejected", "withdrawn"])
def test_what_was_never_accepted_is_decided_first_when_it_is_opened_again(cast, end):
    case = cast.bring("complaint", "rejected" if end == "rejected" else "reviewing")
    if end == "withdrawn":
        case = cast.act(case, "withdraw", "mediator")
    for verb, who in (("close", "mediator"), ("reopen", "leader")):
        case = cast.act(case, verb, who)
    assert next_step(case, cast["dispatcher"]) == "派单"
    case = cast.act(case, "dispatch", "dispatcher")

    assert completeness.missing(case)[0] == "decided"
    told = {"merchant_name": "清泉电器商行", "narrative": "漏水", "demand": "退货"}
    assert next_step(case, cast["mediator"]) == "补充登记", "it says too little to be accepted"
    case = cast.act(case, "supplement", "mediator", **told)
    assert next_step(case, cast["mediator"]) == in_queue(case, cast["mediator"]) == "受理"


WAYS_ON = {
    # what is done once it is opened again, by whom, and what page and queue propose then
    "complaint": ("mediator", [
        ("dispatch", "dispatcher", "respond"), ("respond", "mediator", "start_mediation"),
        ("entrust", "mediator", "hold_session"), ("hold_session", "mediator", "settle"),
    ]),
    "report": ("enforcer", [
        ("dispatch", "dispatcher", "respond"), ("respond", "enforcer", "decide_case"),
        ("pause", "enforcer", "resume"), ("resume", "enforcer", "decide_case"),
        ("decide_case", "enforcer", "close"),
    ]),
    "report not filed": ("enforcer", [
        ("dispatch", "dispatcher", "verify"),
        ("verify", "enforcer", "verify", {"colleague": None}), ("verify", "enforcer", "file"),
        ("pause", "enforcer", "resume"), ("resume", "enforcer", "file"),
        ("file", "enforcer", "decide_case"),
    ]),
    "petition": ("petition_officer", [
        ("dispatch", "petition_officer", "respond"), ("respond", "petition_officer", "reply"),
        ("reply", "leader", "reply_ticket"),
        ("follow_up", "callback", "reply_ticket"),
    ]),
}  # fmt: skip


@pytest.mark.parametrize("what", WAYS_ON)
def test_page_and_queue_propose_the_same_at_each_step_of_what_was_opened_again(cast, what):
    (kind, *end), (officer, steps) = what.split(" ", 1), WAYS_ON[what]
    case = cast.bring(kind, "not_filed" if end else "reopened")
    for verb, role in (("close", officer), ("reopen", "leader")) if end else ():
        case = cast.act(case, verb, role)
    for ticket in case.tickets.filter(replied_at=None):
        workflow.reply_ticket(case.no, by=cast["dispatcher"], ticket=ticket.no, text="正在重办")
    for verb, role, then, *body in steps:
        case = cast.act(case, verb, role, **(body[0] if body else {}))
        on_page, in_row = proposed(case, cast[officer])
        assert on_page == in_row, f"after {verb}"
        assert then == (on_page and on_page.name), f"after {verb}"
