"""Priority topics: put on by category or by hand, first in the queue, with limits of their own."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation

from agency.core import deadlines, invariants
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from cases import workflow
from cases.calendar import day_of
from cases.models import Case, CaseEvent, Topic
from tests.cases.test_admin import desk, numbers, page_of, verb_of
from tests.cases.test_queue import history, numbers_listed
from tests.stories import clock_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def topics(agency, clock):
    call_command("load_topics", stdout=StringIO())
    yield
    assert invariants.check()[1] == []


def rules_of(case) -> set[str]:
    return set(case.deadlines.open().values_list("rule__code", flat=True))


@pytest.mark.parametrize(
    ("told", "carried"),
    [
        ({"category": "S0501"}, "tourism"),
        ({"category": "S0101"}, ""),
        ({"category": "G0101"}, "food_safety"),
        ({"category": "S0101", "problem": "P0402"}, "food_safety"),
        ({"problem": "R01", "kind": "report"}, "food_safety"),
        ({"category": "G1702"}, "special_equipment"),
        ({"category": "G1701"}, ""),
        ({"category": "S0101", "problem": "P0803"}, "special_equipment"),
        ({"problem": "R14", "kind": "report"}, "special_equipment"),
    ],
)
def test_what_is_sold_what_went_wrong_and_what_is_reported_bring_their_topic(agency, told, carried):
    """A restaurant is no food safety by itself; a foreign body in its soup is."""
    case = agency.ticket(unit="east", **told)

    assert list(case.topics.values_list("code", flat=True)) == carried.split()
    limit = "priority.verify" if told.get("kind") else "priority.accept"
    assert (limit in rules_of(case)) == bool(carried)


def test_a_category_below_brings_the_topic_and_its_limit(agency):
    food = agency.ticket(unit="east", category="G0101")
    other = agency.ticket(unit="east", category="G0201")

    assert [t.code for t in food.topics.all()] == ["food_safety"] and food.is_priority
    assert not other.topics.exists() and not other.is_priority
    assert "priority.accept" in rules_of(food) and "priority.accept" not in rules_of(other)


def test_history_of_a_priority_topic_stands_with_its_years(agency):
    old = history(agency, category="G0101")
    fresh = agency.ticket(category="G0201")

    assert old.topics.get().comes_first and not old.is_first
    listing = desk("leader").get(reverse("admin:cases_case_changelist"))
    assert numbers_listed(listing) == [fresh.no, old.no]


def test_a_topic_of_other_days_is_not_put_on(agency):
    Topic.objects.filter(code="food_safety").update(to_on="2026-03-01")

    assert not agency.ticket(category="G0101").is_priority


def test_a_half_keeps_the_topics_and_their_limits(agency):
    case = agency.ticket(unit="east", kind="report", category="G0101")

    workflow.split(case.no, by=agency.dispatcher)

    half = case.offspring.get()
    assert [t.code for t in half.topics.all()] == ["food_safety"] and half.is_priority
    assert "priority.accept" in rules_of(half)


def test_a_further_round_keeps_the_topics(agency):
    case = agency.ticket(external_no="MY-1", category="G0101")
    again = agency.ticket(external_no="MY-1", round=2)

    assert again == case and again.is_priority
    assert again.case_topics.count() == 1


def test_a_priority_case_is_sent_on_within_hours_and_a_report_verified_sooner(agency, clock):
    waiting = agency.ticket(kind="report", category="G0101")
    placed = agency.ticket(kind="report", category="G0101", unit="east")
    trip = agency.ticket(category="S0501")
    quick = "priority.dispatch"
    assert all(quick in rules_of(case) for case in (waiting, trip))
    assert quick not in rules_of(placed), "it came with its unit named"
    verified = clock_of(placed, "priority.verify").due_at
    assert verified < clock_of(placed, "report.verify").due_at

    clock.shift(hours=2)
    workflow.dispatch(waiting.no, by=agency.dispatcher, unit="east")
    workflow.refer(trip.no, by=agency.dispatcher, outlet="outlet-a", consent=True)

    assert {clock_of(case, quick).met_at for case in (waiting, trip)} == {clock.now}
    assert clock_of(waiting, quick).due_at == clock.now


def test_a_platform_that_still_waits_at_the_end_is_replied_soon(agency, clock):
    waits, replied = (agency.handled_case(category="G0101") for _case in range(2))
    workflow.reply_ticket(replied.no, by=agency.mediator, text="已退款")
    for case in (waits, replied):
        workflow.close(case.no, by=agency.mediator, conclusion="已退款")
        workflow.approve(case.no, by=agency.chief)

    assert "priority.reply" in rules_of(waits)
    assert "priority.reply" not in rules_of(replied)
    workflow.reply_ticket(waits.no, by=agency.mediator, text="已退款")
    assert clock_of(waits, "priority.reply").met_at == clock.now


def test_the_quick_reply_is_owed_until_every_platform_has_its_own(agency, clock):
    case = agency.handled_case(category="G0101")
    other = agency.contacted_case().tickets.get().no
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other)
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    workflow.approve(case.no, by=agency.chief)
    first = case.tickets.exclude(no=other).get().no

    workflow.reply_ticket(case.no, by=agency.mediator, text="已退款", ticket=first)
    assert clock_of(case, "priority.reply").met_at is None
    workflow.reply_ticket(case.no, by=agency.mediator, text="已退款", ticket=other)
    assert clock_of(case, "priority.reply").met_at == clock.now


@pytest.mark.parametrize("leaves", ["unlinked", "linked elsewhere"])
def test_the_quick_reply_is_owed_no_more_once_the_ticket_that_waited_has_left(agency, leaves):
    """The clock is the case's own: with the ticket gone nobody could meet it."""
    case = agency.handled_case(category="G0101")
    other = agency.contacted_case().tickets.get().no
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other)
    first = case.tickets.exclude(no=other).get().no
    workflow.reply_ticket(case.no, by=agency.mediator, text="已退款", ticket=first)
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    workflow.approve(case.no, by=agency.chief)
    workflow.reopen(case.no, by=agency.supervisor, reason="上级发回")
    assert "priority.reply" in rules_of(case)

    if leaves == "unlinked":
        workflow.unlink_ticket(case.no, by=agency.dispatcher, ticket=other)
    else:
        workflow.link_ticket(agency.ticket().no, by=agency.dispatcher, ticket=other)

    assert "priority.reply" not in rules_of(case)
    case.refresh_from_db()
    assert case.next_due_at == min(case.deadlines.running().values_list("due_at", flat=True))


def test_a_topic_put_on_later_counts_from_the_arrival(agency, clock):
    case, arrived = agency.ticket(unit="east"), clock.now
    clock.shift(hours=5)

    tagged = workflow.tag(case.no, by=agency.dispatcher, topic="special_equipment")

    limit = clock_of(case, "priority.accept")
    assert (
        limit.starts_at == arrived
        and tagged.next_due_at == clock_of(case, "ticket.respond_10").due_at
    )
    assert tagged.is_priority
    event = case.events.get(kind=CaseEvent.Kind.TOPIC_CHANGED)
    assert event.data == {"topic": "special_equipment", "on": True}


def test_after_acceptance_the_limit_of_handling_counts_from_it(agency, clock):
    case = agency.contacted_case()
    clock.shift(hours=1)
    workflow.accept(case.no, by=agency.mediator, notified_by="phone")
    accepted = clock.now
    clock.shift(days=2)

    workflow.tag(case.no, by=agency.dispatcher, topic="tourism")

    assert clock_of(case, "priority.mediate").starts_at == accepted
    assert not case.deadlines.filter(rule__code="priority.accept").exists(), "it was accepted"


def test_a_limit_put_on_during_an_appraisal_stands_still_beside_the_other(agency, clock):
    """Sent out for five days and again: neither is counted, whichever limit came when."""
    case = agency.contacted_case()
    workflow.accept(case.no, by=agency.mediator, notified_by="phone")
    workflow.start_mediation(case.no, by=agency.mediator)
    for days in (5, 20):
        workflow.pause(case.no, by=agency.mediator, reason="appraisal", institution="质检院")
        clock.shift(days=days)
        if days == 5:
            workflow.resume(case.no, by=agency.mediator)

    workflow.tag(case.no, by=agency.dispatcher, topic="food_safety")
    deadlines.sweep()
    quick, ordinary = clock_of(case, "priority.mediate"), clock_of(case, "complaint.mediate")
    assert quick.paused_at == ordinary.paused_at and quick.noticed_at is None

    workflow.resume(case.no, by=agency.mediator)
    # Accepted on 03-02, a day that is not counted anyway: fifteen days without twenty-four.
    assert day_of(clock_of(case, "priority.mediate").due_at) == date(2026, 4, 10)
    assert invariants.check()[1] == []


def test_a_topic_taken_off_ends_only_what_it_alone_asked_for(agency):
    case = agency.ticket(unit="east", category="G0101")
    workflow.tag(case.no, by=agency.dispatcher, topic="tourism")

    workflow.untag(case.no, by=agency.dispatcher, topic="food_safety")
    assert "priority.accept" in rules_of(case)

    case = workflow.untag(case.no, by=agency.chief, topic="tourism")
    assert "priority.accept" not in rules_of(case)
    assert clock_of(case, "priority.accept").cancel_reason == "untagged"
    assert not case.is_priority


def test_what_cannot_be_put_on_is_said(agency):
    case = agency.ticket(unit="east", category="G0101")
    Topic.objects.filter(code="tourism").update(is_active=False)

    with pytest.raises(Invalid, match="topic"):
        workflow.tag(case.no, by=agency.dispatcher, topic="nothing")
    with pytest.raises(Invalid, match="topic"):
        workflow.tag(case.no, by=agency.dispatcher, topic="tourism")
    with pytest.raises(RuleViolation):
        workflow.tag(case.no, by=agency.dispatcher, topic="food_safety")
    with pytest.raises(Invalid):
        workflow.untag(case.no, by=agency.dispatcher, topic="special_equipment")
    assert case.events.count() == 1


@pytest.mark.parametrize(
    ("who", "status"), [("registrar", 200), ("dispatcher", 200), ("chief", 200), ("mediator", 403)]
)
def test_whose_verb_it_is(agency, who, status):
    case = agency.ticket(unit="east")

    told, answer = agency.client(who).post(f"cases/{case.no}/tag/", {"topic": "tourism"})

    assert told == status
    if status == 200:
        assert answer["is_priority"] and answer["topics"] == ["tourism"]


def test_first_in_the_queue_and_in_the_list(agency, clock):
    priority = agency.ticket(unit="east", category="G0101")
    clock.shift(seconds=1)
    sooner = agency.ticket("walkin", unit="east")
    campaign = Topic.objects.create(code="c315", kind="campaign", name_zh="专项", name_en="Drive")
    workflow.tag(sooner.no, by=agency.dispatcher, topic=campaign.code)
    workflow.contact(
        priority.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话沟通"
    )
    User.objects.filter(username="chief").update(unit=agency.units["agency"])
    urgent = agency.ticket(unit="east")

    for who in ("mediator", "chief"):
        found = numbers(desk(who).get("/admin/"))
        assert found[0] == urgent.no, "ten minutes stand before any topic"
        assert found[1] == priority.no and set(found) == {priority.no, sooner.no, urgent.no}
    listing = desk("chief").get("/admin/cases/case/")
    assert numbers_listed(listing)[0] == priority.no
    assert "badge" in desk("mediator").get("/admin/").content.decode()


def test_priority_cases_do_not_push_out_the_others(agency, clock, monkeypatch):
    monkeypatch.setattr("cases.admin.watchlist.MOST_FIRST", 1)
    sooner = agency.contacted_case()
    clock.shift(days=6)
    priority = [agency.contacted_case(category="G0101") for _case in range(2)]

    assert numbers(desk("mediator").get("/admin/")) == [
        priority[0].no, sooner.no, priority[1].no
    ]  # fmt: skip
    assert "优先件在前" in desk("mediator").get("/admin/").text


def test_what_falls_due_first_stands_first_though_the_other_is_near(agency, clock):
    near = agency.ticket(unit="east")
    workflow.respond(near.no, by=agency.mediator)
    clock.shift(minutes=16)
    fresh = agency.ticket(unit="east")

    assert clock_of(near, "ticket.contact_30").warn_at < clock.now
    assert numbers(desk("mediator").get("/admin/")) == [fresh.no, near.no]


def test_the_list_is_narrowed_by_topic(agency):
    food, other = agency.ticket(category="G0101"), agency.ticket()

    _status, found = agency.client("auditor").get("cases/", topic="food_safety")
    assert [(row["no"], row["topics"]) for row in found["results"]] == [(food.no, ["food_safety"])]
    listing = desk("leader").get("/admin/cases/case/?topic=food_safety")
    assert numbers_listed(listing) == [food.no]
    assert Case.objects.filter(pk=other.pk, is_first=False).exists()


def test_the_form_offers_what_may_be_put_on_and_what_is_on(agency):
    case = agency.ticket(unit="east", category="G0101")
    http = desk("dispatcher")

    put_on = http.get(verb_of(case, "tag")).content.decode()
    taken_off = http.get(verb_of(case, "untag")).content.decode()

    assert 'value="tourism"' in put_on and 'value="food_safety"' not in put_on
    assert 'value="food_safety"' in taken_off and 'value="tourism"' not in taken_off
    assert "食品安全" in http.get(page_of(case)).content.decode()


def test_a_topic_needs_no_english_name(agency):
    typed = {"code": "winter", "kind": "campaign", "name_zh": "冬季取暖专项", "is_active": "on"}

    answer = desk("admin").post(reverse("admin:cases_topic_add"), typed)

    assert answer.status_code == 302
    with translation.override("en"):
        assert Topic.objects.get(code="winter").name == "冬季取暖专项"
