"""Whoever must know is told, once, in words that may leave the house."""

import base64
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.utils import translation

from agency.core import deadlines, notifications, watch
from agency.core.models import Delivery, Notification, Unit, User
from agency.core.notifications import post, receivers, words
from agency.core.roles import Role
from cases import workflow
from cases.models import CaseDeadline
from tests.notices import EMAIL, IN_APP, clock_behind, notice, told
from tests.stories import PASSWORD, TEN, Api, clock_of

SECOND = timedelta(seconds=1)


# -- whom --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "unit", "has_handler", "expected"),
    [
        ("handler", "east", True, {"mediator"}),
        # in nobody's hands: the nearest dispatcher, and the unit that owes it with its chief
        ("handler", "east", False, {"dispatcher", "mediator", "enforcer", "chief"}),
        ("handler", "west", False, {"dispatcher", "mediator_b"}),
        ("handler", "agency", False, {"dispatcher"}),
        ("user", "east", True, {"mediator"}),
        ("user", "east", False, set()),
        ("chief", "east", True, {"chief"}),
        ("chief", "outlet-a", True, {"chief"}),
        ("chief", "west", True, {"leader"}),  # west has none, nor has the agency
        ("leader", "west", True, {"leader"}),
        ("supervisor", "east", True, {"supervisor"}),
        ("admin", "east", True, {"admin"}),
    ],
)
def test_the_nearest_who_holds_the_role_is_told(agency, mail, target, unit, has_handler, expected):
    handler = agency.mediator if has_handler else None
    case = agency.ticket(unit=unit) if unit in {"east", "west"} else agency.ticket()
    written = notice(
        agency, target=target, unit=agency.units[unit], handler=handler,
        subject_id=clock_of(case, "ticket.respond_10").pk,
    )  # fmt: skip

    notifications.deliver_pending()

    assert told(written) == expected


def test_who_has_left_is_told_nothing(agency, mail):
    User.objects.filter(pk=agency.mediator.pk).update(is_active=False)
    written = notice(agency)

    notifications.deliver_pending()

    assert told(written) == {"dispatcher", "enforcer", "chief"}


def test_of_a_warning_in_nobodys_hands_the_unit_is_told_but_not_its_chief(agency, mail):
    written = notice(agency, topic="deadline_warned", handler=None)

    notifications.deliver_pending()

    assert told(written) == {"dispatcher", "mediator", "enforcer"}


@pytest.mark.parametrize(
    ("kind", "unit", "expected"),
    [
        ("complaint", "east", {"mediator", "enforcer"}),
        ("consultation", "east", {"mediator"}),
        ("report", "east", {"enforcer"}),
        # the unit has none who may take it: the nearest above that has
        ("petition", "east", {"petition_officer"}),
        ("petition", None, {"petition_officer"}),
        ("report", "west", set()),
    ],
)
def test_of_a_clock_in_nobodys_hands_those_are_told_who_may_take_its_kind(
    agency, clock, kind, unit, expected
):
    agency.ticket(kind=kind, unit=unit)
    clock.shift(TEN / 2)
    deadlines.sweep()

    notifications.deliver_pending()

    assert told(Notification.objects.get()) == expected | {"dispatcher"}


def test_what_nobody_said_who_may_take_is_told_to_the_dispatchers(agency):
    written = notice(agency, handler=None, subject="elsewhere.matter")

    notifications.deliver_pending()

    assert told(written) == {"dispatcher", "chief"}


def test_the_unit_that_owes_it_is_told_in_the_house_and_the_dispatcher_by_letter(agency, mail):
    notice(agency, handler=None)

    notifications.deliver_pending()

    assert [letter["To"] for letter in mail.letters] == ["dispatcher@example.org"]


def test_nobody_hears_of_what_is_hidden_from_them(agency, mail):
    report = agency.ticket(unit="east", kind="report")
    missed = clock_of(report, "ticket.respond_10")
    written = notice(agency, handler=None, subject_id=missed.pk)

    notifications.deliver_pending()

    for person in written.deliveries.filter(channel=IN_APP).exclude(recipient__role="dispatcher"):
        assert words.tell([written], to=person.recipient)


def test_a_crowd_is_not_told(agency, mail):
    for i in range(25):
        User.objects.create_user(
            f"m{i}", PASSWORD, name=f"调解员{i}", role=Role.MEDIATOR, unit=agency.units["east"]
        )
    written = notice(agency, handler=None)

    notifications.deliver_pending()

    assert len(told(written)) == receivers.MOST
    assert {"dispatcher", "chief"} <= told(written)


@pytest.mark.parametrize(
    ("target", "gone", "expected"),
    [
        ("chief", {"chief"}, {"leader"}),
        ("chief", {"chief", "leader"}, set()),
        ("leader", {"leader"}, set()),  # nobody stands above a leader
        ("handler", {"chief"}, {"dispatcher", "mediator", "enforcer"}),
        ("handler", {"mediator", "enforcer"}, {"dispatcher", "chief"}),
        ("handler", {"dispatcher"}, {"mediator", "enforcer", "chief"}),
        ("handler", {"dispatcher", "mediator", "enforcer", "chief"}, set()),
    ],
)
def test_an_empty_post_climbs_at_once(agency, mail, target, gone, expected):
    User.objects.filter(role__in=gone).update(is_active=False)
    written = notice(agency, target=target, handler=None)

    notifications.deliver_pending()

    assert told(written) == expected


def test_who_stands_in_for_an_empty_post_reads_so(agency, mail):
    written = notice(agency, target="chief")

    [leader] = words.tell([written], to=agency.leader).values()
    [chief] = words.tell([written], to=agency.chief).values()

    assert len(leader.details) == len(chief.details) + 1


def test_all_of_the_nearest_unit_are_told_and_nobody_above(agency, mail):
    User.objects.create_user(
        "chief_2", PASSWORD, name="林国栋", role=Role.CHIEF, unit=agency.units["east"]
    )
    User.objects.create_user(
        "chief_3", PASSWORD, name="范志宏", role=Role.CHIEF, unit=agency.units["agency"]
    )
    written = notice(agency, target="chief")

    notifications.deliver_pending()

    assert told(written) == {"chief", "chief_2"}
    assert len(mail.letters) == 1, "chief_2 has no address"


def test_an_empty_position_is_told_to_the_administrators_once_an_hour(agency, mail, clock):
    User.objects.filter(role=Role.LEADER).update(is_active=False)
    written = notice(agency, "first", target="chief", unit=agency.units["west"])
    notice(agency, "second", target="chief", unit=agency.units["west"])

    notifications.deliver_pending()

    [letter] = mail.letters
    assert letter["To"] == "admin@example.org"
    assert agency.units["west"].name in mail.text_of()
    assert clock_behind(written).case.no not in mail.text_of(), "not the matter itself"
    clock.shift(hours=1)
    notice(agency, "third", target="chief", unit=agency.units["west"])
    assert notifications.deliver_pending().mailed == 1


# -- one that cannot be told -----------------------------------------------------------------


@pytest.fixture
def unspeakable(monkeypatch):
    """No notice about one of these can be put into words."""
    monkeypatch.setitem(words._speakers, "odd.matter", lambda notices, to: {}[notices[0].pk])
    return "odd.matter"


@pytest.mark.parametrize("among", [1, 2, 7])
def test_one_that_cannot_be_addressed_silences_no_other(agency, clock, unspeakable, caplog, among):
    odd = notice(agency, "odd", handler=None, subject=unspeakable)
    others = [notice(agency, f"n{i}") for i in range(among)]

    assert notifications.deliver_pending().addressed >= among

    assert all(told(other) == {"mediator"} for other in others)
    assert f"notification {odd.pk} cannot be addressed" in caplog.text
    notifications.deliver_pending()
    [alarm] = Notification.objects.filter(topic="notice_poisoned")
    assert told(alarm) == {"admin"}
    [said] = words.tell([alarm], to=agency.admin).values()
    assert str(odd.pk) in said.headline


def test_it_is_let_be_for_a_while_and_told_once_it_can_be(agency, clock, unspeakable, monkeypatch):
    odd = notice(agency, "odd", handler=None, subject=unspeakable)
    notifications.deliver_pending()
    monkeypatch.setitem(words._speakers, unspeakable, lambda notices, to: {})
    clock.shift(receivers.POISON_PAUSE - SECOND)
    notifications.deliver_pending()
    assert told(odd) == set()

    clock.shift(SECOND)
    notifications.deliver_pending()

    assert "dispatcher" in told(odd)


@pytest.mark.parametrize("topic", ["breaches_found_late", "nobody_to_tell", "delivery_dead"])
def test_of_what_is_gone_nothing_is_said(agency, topic):
    written = notice(agency, topic=topic, target="supervisor", handler=None, subject_id=0)

    notifications.deliver_pending()

    assert words.tell([written], to=agency.supervisor) == {}
    assert Notification.objects.get(pk=written.pk).addressed_at


def test_without_any_administrator_the_empty_position_is_not_told_for_ever(agency, mail):
    User.objects.filter(role__in=[Role.ADMIN, Role.LEADER]).update(is_active=False)
    notice(agency, target="chief", unit=agency.units["west"])

    assert notifications.deliver_pending().addressed == 2, "the notice, and that nobody had it"
    assert not Notification.objects.filter(addressed_at=None).exists()


def test_a_warning_stays_in_the_house(agency, mail):
    notice(agency, topic="deadline_warned", step=50)

    notifications.deliver_pending()

    assert Delivery.objects.get().channel == IN_APP
    assert mail.letters == []


def test_without_the_setting_nobody_gets_an_email(agency, mail, settings):
    settings.NOTIFY_BY_EMAIL = False
    notice(agency)

    notifications.deliver_pending()

    assert Delivery.objects.get().sent_at, "in the house it has arrived"
    assert mail.letters == []


def test_a_second_run_finds_nothing(agency, mail):
    notice(agency)

    first, second = notifications.deliver_pending(), notifications.deliver_pending()

    assert (first.addressed, first.mailed) == (1, 1)
    assert (second.addressed, second.mailed) == (0, 0)
    assert len(mail.letters) == 1


# -- in which words ----------------------------------------------------------------------


def test_a_letter_says_number_rule_moment_and_unit_and_nothing_personal(agency, mail, clock):
    case = agency.ticket(
        unit="east", title="健身房闭店", merchant={"name": "动力健身中心", "phone": "13900139000"}
    )
    missed = clock_of(case, "ticket.respond_10")
    notice(agency, subject_id=missed.pk)

    notifications.deliver_pending()

    text = mail.text_of()
    assert case.no in text
    assert missed.rule.name_zh in text
    assert "03-02 09:10" in text and "2026-03" not in text, "Shanghai, not UTC"
    assert agency.units["east"].name in text
    assert "https://agency.example/" in text
    for private in ("健身房", "动力健身", "陈小满", "陈*", "13800138000", "138****", "13900139000"):
        assert private not in mail.letters[0].as_string()
        assert private not in text


def test_a_letter_says_how_it_stands_when_it_is_sent(agency, mail, clock):
    case = agency.ticket(unit="east")
    clock.shift(TEN + SECOND)
    deadlines.sweep()
    clock.shift(minutes=1)
    workflow.respond(case.no, by=agency.mediator)

    notifications.deliver_pending()

    assert mail.text_of().count(words.moment(clock.now, clock.now)) == 1


def test_a_moment_of_another_year_says_so(clock):
    assert words.moment(clock.now, clock.now) == "03-02 09:00"
    assert words.moment(clock.now, clock.now + timedelta(days=365)) == "2026-03-02 09:00"


def test_each_is_asked_for_what_is_theirs_and_counts_only_their_own_reminders(agency, clock):
    agency.ticket(unit="east")
    clock.shift(TEN + SECOND)
    for wait in (0, 5, 10, 60, 60):
        clock.shift(minutes=wait)
        deadlines.sweep()
        notifications.deliver_pending()

    with translation.override("en"):
        chief, leader = (_escalations(person) for person in (agency.chief, agency.leader))

    assert [("Reminder" in said, "press for it" in said) for said in chief] == [(False, True)]
    assert "5 minutes late" in chief[0]
    assert ["Reminder" in said for said in leader] == [False, True, True]
    assert "15 minutes late" in leader[0]
    assert "1 hour late" in leader[1] and "Reminder 2." in leader[1]
    assert "2 hours late" in leader[2] and "Reminder 3." in leader[2]


def test_nobody_is_asked_any_more_for_what_has_been_done(agency, clock):
    case = agency.ticket(unit="east")
    for wait in (TEN + SECOND, timedelta(minutes=5)):
        clock.shift(wait)
        deadlines.sweep()
    notifications.deliver_pending()

    workflow.respond(case.no, by=agency.mediator)

    with translation.override("en"):
        [notice] = words.tell(_escalated_to(agency.chief), to=agency.chief).values()
    assert "5 minutes late then, and still waited" in notice.headline
    assert notice.details[0] == "Done since, at 03-02 09:15."


def _escalated_to(person: User):
    """The reminders of the response's clock to ``person``, oldest first."""
    return Notification.objects.filter(
        topic="deadline_escalated", deliveries__recipient=person, deliveries__channel=IN_APP,
        subject_id=CaseDeadline.objects.get(rule__code="ticket.respond_10").pk,
    ).order_by("pk")  # fmt: skip


def _escalations(person: User) -> list[str]:
    """Their headlines."""
    rows = _escalated_to(person)
    said = words.tell(rows, to=person)
    return [said[row.pk].headline for row in rows]


def test_what_went_out_of_sight_is_given_up_without_alarm(agency, mail):
    written = notice(agency, handler=agency.mediator_b)  # of another district

    notifications.deliver_pending()

    letter = written.deliveries.get(channel=EMAIL)
    assert mail.letters == []
    assert letter.dead_at
    assert letter.attempts < post.MOST_ATTEMPTS
    assert not Notification.objects.filter(topic="delivery_dead").exists()


def test_at_rest_there_are_ids_only(agency, mail, clock):
    agency.ticket(unit="east", title="健身房闭店")
    clock.shift(TEN + SECOND)
    deadlines.sweep()
    notifications.deliver_pending()

    rest = json.dumps(
        [*Notification.objects.values(), *Delivery.objects.values()], default=str,
        ensure_ascii=False,
    )  # fmt: skip
    for private in ("健身房", "陈小满", "13800138000", "清泉"):
        assert private not in rest


@pytest.mark.parametrize("topic", ["deadline_warned", "deadline_breached", "deadline_escalated"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_step_of_a_clock_has_words(agency, topic, language):
    written = notice(agency, topic=topic, step=2)

    with translation.override(language):
        [said] = words.tell([written], to=agency.mediator).values()

    assert clock_behind(written).case.no == said.about
    assert said.about in said.headline


def test_the_summary_of_a_gap_counts_the_receivers_own_subtree(agency, mail, clock):
    User.objects.create_user(
        "supervisor_west", PASSWORD, name="谢春生", role=Role.SUPERVISOR, unit=agency.units["west"],
        email="supervisor_west@example.org",
    )  # fmt: skip
    User.objects.create_user(
        "supervisor_a", PASSWORD, name="邹海燕", role=Role.SUPERVISOR, unit=agency.units["outlet-a"]
    )
    watch.keep_watch("loop")
    fell_silent = clock.now
    for unit in ("east", "east", "west"):
        agency.ticket(unit=unit)
    clock.shift(hours=1)
    watch.keep_watch("loop")

    notifications.deliver_pending()

    span = words.span(fell_silent, clock.now)
    texts = {letter["To"]: mail.text_of(i) for i, letter in enumerate(mail.letters)}
    assert set(texts) == {"supervisor@example.org", "supervisor_west@example.org"}
    for address, count in (("supervisor@example.org", 6), ("supervisor_west@example.org", 2)):
        assert f" {count} " in texts[address].replace("件", " ").replace(span, " ")
        assert span in texts[address]
    assert agency.units["east"].name not in texts["supervisor_west@example.org"]
    assert told(Notification.objects.get(topic="breaches_found_late")) == {
        "supervisor", "supervisor_west",
    }, "the one who has none of it is not told"  # fmt: skip


# -- the bell ----------------------------------------------------------------------------


def test_the_bell_shows_what_one_was_told_newest_first(agency, mail):
    older, newer = notice(agency, "older"), notice(agency, "newer")
    notice(agency, "of somebody else", target="leader")
    notifications.deliver_pending()

    status, body = agency.client("mediator").get("notifications/")

    assert status == 200
    assert [entry["dedup_key"] for entry in body["results"]] == ["newer", "older"]
    [entry, _other] = body["results"]
    assert entry["about"] == clock_behind(newer).case.no
    assert entry["read_at"] is None
    assert clock_behind(older).case.no != entry["about"]


def test_the_bell_turns_its_pages(agency, mail):
    for i in range(5):
        notice(agency, f"n{i}")
    notifications.deliver_pending()
    client = agency.client("mediator")

    _status, page = client.get("notifications/", page_size=3)
    following = page["next"].split("/api/v1/")[1]
    _status, last = client.get(following)

    keys = [entry["dedup_key"] for entry in page["results"] + last["results"]]
    assert keys == ["n4", "n3", "n2", "n1", "n0"]
    assert last["next"] is None


def test_reading_is_told_once_and_to_do_so_again_changes_nothing(agency, mail, clock):
    for i in range(3):
        notice(agency, f"n{i}")
    notifications.deliver_pending()
    client = agency.client("mediator")
    first = client.get("notifications/")[1]["results"][0]["id"]

    assert client.post("notifications/read/", {"ids": [first]}) == (200, {"read": 1})
    assert client.post("notifications/read/", {"ids": [first]}) == (200, {"read": 0})
    assert len(client.get("notifications/", read="false")[1]["results"]) == 2
    assert client.post("notifications/read/", {"all": True}) == (200, {"read": 2})
    assert len(client.get("notifications/", read="true")[1]["results"]) == 3


def test_a_strangers_notice_is_not_there(agency, mail):
    written = notice(agency)
    notifications.deliver_pending()
    [row] = written.deliveries.filter(channel=IN_APP)

    status, _body = agency.client("mediator_b").post("notifications/read/", {"ids": [row.pk]})

    assert status == 404
    assert Delivery.objects.get(pk=row.pk).read_at is None


@pytest.mark.parametrize("body", [{}, {"ids": []}, {"ids": ["x"]}, {"all": False}, {"who": 1}])
def test_a_malformed_reading_is_told_well(agency, body):
    status, answer = agency.client("mediator").post("notifications/read/", body)

    assert status == 400
    assert answer["errors"]


def test_who_is_nobody_hears_no_bell(agency):
    assert Api(None).get("notifications/")[0] == 401
    assert agency.channel_client("minyi").get("notifications/")[0] == 403


def test_a_notice_whose_matter_is_out_of_sight_says_only_that(agency, mail):
    written = notice(agency, handler=agency.mediator_b)
    notifications.deliver_pending()

    _status, body = agency.client("mediator_b").get("notifications/")

    [entry] = body["results"]
    assert entry["about"] == ""
    assert clock_behind(written).case.no not in json.dumps(body)


# -- the command -------------------------------------------------------------------------


def test_the_command_says_what_it_did(agency, mail, capsys):
    notice(agency)

    call_command("deliver_notifications", format="json")

    answer = json.loads(capsys.readouterr().out)
    assert answer == {"addressed": 1, "mailed": 1, "failed": 0, "dead": 0}


def test_a_unit_above_all_is_not_needed_for_nothing(db):
    assert not Unit.objects.exists()

    assert notifications.deliver_pending().addressed == 0


@pytest.mark.parametrize("position", ["abc", "-1", "1.5", "１", "9" * 20, "1\0", "1,1"])
def test_a_cursor_somebody_made_up_is_not_there(agency, position):
    cursor = base64.b64encode(urlencode({"p": position}).encode()).decode()

    assert agency.client("mediator").get("notifications/", cursor=cursor)[0] == 404
