"""Whoever must know is told, once, in words that may leave the house."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings as house
from django.core.management import call_command
from django.db import connection, transaction

from agency.core import deadlines, invariants, notifications, watch
from agency.core.models import Delivery, Notification, Unit, User
from agency.core.notifications import post, words
from agency.core.roles import Role
from cases import workflow
from tests.mailserver import MailServer, SilentServer, free_port
from tests.stories import TEN, clock_of
from tests.threads import in_threads

MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
EMAIL, IN_APP = Delivery.Channel.EMAIL, Delivery.Channel.IN_APP


@pytest.fixture(autouse=True)
def out_of_the_house(settings):
    """E-mails go out for real; no mail server's trouble of an earlier test is remembered."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 2
    settings.NOTIFY_BY_EMAIL = True
    settings.PUBLIC_URL = "https://agency.example"
    post.outage.end()
    yield
    post.outage.end()


@pytest.fixture
def mail(settings):
    with MailServer() as server:
        settings.EMAIL_PORT = server.port
        yield server


def notice(agency, key: str = "n1", **changes) -> Notification:
    """A breach of a fresh case of ``east`` in the mediator's hands."""
    fields = {
        "topic": "deadline_breached", "target": "handler", "unit": agency.units["east"],
        "handler": agency.mediator, "subject": "cases.casedeadline",
    } | changes  # fmt: skip
    if "subject_id" not in fields:
        fields["subject_id"] = clock_of(agency.ticket(unit="east"), "ticket.respond_10").pk
    return Notification.objects.create(dedup_key=key, **fields)


def told(notification: Notification) -> set[str]:
    """Who has it in the house."""
    rows = notification.deliveries.filter(channel=IN_APP)
    return set(rows.values_list("recipient__username", flat=True))


# -- whom -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "unit", "has_handler", "expected"),
    [
        ("handler", "east", True, {"mediator"}),
        ("handler", "east", False, {"dispatcher"}),  # the nearest unit above that has one
        ("user", "east", True, {"mediator"}),
        ("user", "east", False, {"admin"}),
        ("chief", "east", True, {"chief"}),
        ("chief", "outlet-a", True, {"chief"}),
        ("chief", "west", True, {"admin"}),  # west has none, nor has the agency
        ("leader", "west", True, {"leader"}),
        ("supervisor", "east", True, {"supervisor"}),
        ("admin", "east", True, {"admin"}),
    ],
)
def test_the_nearest_who_holds_the_role_is_told(agency, mail, target, unit, has_handler, expected):
    handler = agency.mediator if has_handler else None
    written = notice(agency, target=target, unit=agency.units[unit], handler=handler)

    notifications.deliver_pending()

    assert told(written) == expected


def test_who_has_left_is_told_nothing(agency, mail):
    User.objects.filter(pk=agency.mediator.pk).update(is_active=False)
    written = notice(agency)

    notifications.deliver_pending()

    assert told(written) == {"dispatcher"}


def test_all_of_the_nearest_unit_are_told_and_nobody_above(agency, mail):
    User.objects.create_user("chief_2", name="科长小林", role=Role.CHIEF, unit=agency.units["east"])
    User.objects.create_user(
        "chief_3", name="科长老范", role=Role.CHIEF, unit=agency.units["agency"]
    )
    written = notice(agency, target="chief")

    notifications.deliver_pending()

    assert told(written) == {"chief", "chief_2"}
    assert len(mail.letters) == 1, "chief_2 has no address"


def test_where_nobody_is_told_the_administrator_hears_that_and_not_the_matter(agency, mail):
    written = notice(agency, target="chief", unit=agency.units["west"])

    notifications.deliver_pending()

    [letter] = mail.letters
    assert letter["To"] == "admin@example.org"
    assert agency.units["west"].name in mail.text_of()
    assert clock_of_notice(written).case.no not in mail.text_of()


def clock_of_notice(notification):
    from cases.models import CaseDeadline

    return CaseDeadline.objects.select_related("case", "rule").get(pk=notification.subject_id)


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


# -- in which words ---------------------------------------------------------------------


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
    assert "2026-03-02 09:10:00" in text, "Shanghai, not UTC"
    assert agency.units["east"].name in text
    assert "https://agency.example/" in text
    for private in ("健身房", "动力健身", "陈小满", "陈*", "13800138000", "138****", "13900139000"):
        assert private not in mail.letters[0].as_string()
        assert private not in text


def test_a_letter_says_how_it_stands_when_it_is_sent(agency, mail, clock):
    case = agency.ticket(unit="east")
    clock.shift(TEN + SECOND)
    deadlines.sweep()
    workflow.respond(case.no, by=agency.mediator)

    notifications.deliver_pending()

    text = mail.text_of()
    assert text.count(words.moment(clock.now)) == 1


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
    from django.utils import translation

    written = notice(agency, topic=topic, step=2)

    with translation.override(language):
        [said] = words.tell([written], to=agency.mediator).values()

    assert clock_of_notice(written).case.no == said.about
    assert said.about in said.headline


def test_the_summary_of_a_gap_counts_the_receivers_own_subtree(agency, mail, clock):
    User.objects.create_user(
        "supervisor_west", name="督办员小谢", role=Role.SUPERVISOR, unit=agency.units["west"],
        email="supervisor_west@example.org",
    )  # fmt: skip
    User.objects.create_user(
        "supervisor_a", name="督办员小邹", role=Role.SUPERVISOR, unit=agency.units["outlet-a"]
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


# -- one letter or many -----------------------------------------------------------------


@pytest.mark.parametrize(("due", "letters"), [(5, 5), (6, 1)])
def test_more_than_five_at_once_are_one_letter(agency, mail, due, letters):
    written = [notice(agency, f"n{i}") for i in range(due)]

    assert notifications.deliver_pending().mailed == due

    assert len(mail.letters) == letters
    assert not Delivery.objects.filter(sent_at=None).exists()
    if letters == 1:
        text = mail.text_of()
        assert str(due) in mail.letters[0]["Subject"]
        assert all(clock_of_notice(n).case.no in text for n in written)


def test_a_digest_names_the_first_and_counts_the_rest(agency, mail):
    [first, *_others, last] = [notice(agency, f"n{i:02d}") for i in range(12)]

    notifications.deliver_pending()

    text = mail.text_of()
    assert clock_of_notice(first).case.no in text
    assert clock_of_notice(last).case.no not in text


# -- the mail server's moods ------------------------------------------------------------


def test_a_refused_address_is_tried_again_later_and_costs_nobody_else(agency, mail, clock):
    mail.refuse.add("mediator@example.org")
    refused = notice(agency, "refused")
    notice(agency, "fine", target="leader")

    run = notifications.deliver_pending()

    assert (run.mailed, run.failed, run.dead) == (1, 1, 0)
    assert mail.keys == [("leader@example.org", "fine")]
    letter = refused.deliveries.get(channel=EMAIL)
    assert (letter.attempts, letter.next_try_at) == (1, clock.now + post.FIRST_PAUSE)


@pytest.mark.parametrize(
    ("waited", "tries"),
    [(post.FIRST_PAUSE - MICROSECOND, 1), (post.FIRST_PAUSE, 2), (post.FIRST_PAUSE + SECOND, 2)],
)
def test_the_next_try_comes_when_its_pause_is_over(agency, mail, clock, waited, tries):
    mail.refuse.add("mediator@example.org")
    refused = notice(agency)
    notifications.deliver_pending()
    clock.shift(waited)

    notifications.deliver_pending()

    assert refused.deliveries.get(channel=EMAIL).attempts == tries


def test_pauses_double_up_to_an_hour_and_then_it_is_given_up(agency, mail, clock):
    mail.refuse.add("mediator@example.org")
    letters = notice(agency).deliveries.filter(channel=EMAIL)
    pauses = []
    for _attempt in range(post.MOST_ATTEMPTS):
        notifications.deliver_pending()
        pauses.append(letters.get().next_try_at - clock.now)
        clock.shift(pauses[-1])

    assert pauses[:3] == [post.FIRST_PAUSE, post.FIRST_PAUSE * 2, post.FIRST_PAUSE * 4]
    assert max(pauses) <= post.LONGEST_PAUSE
    dead = letters.get()
    assert dead.dead_at
    assert not dead.sent_at
    notifications.deliver_pending()
    [alarm] = Notification.objects.filter(topic="delivery_dead")
    assert told(alarm) == {"admin"}
    assert not alarm.deliveries.filter(channel=EMAIL).exists(), "e-mail is what is broken"
    [said] = words.tell([alarm], to=agency.admin).values()
    assert "mediator" in said.headline


def test_many_dead_letters_are_one_alarm_an_hour(agency, mail, clock):
    mail.refuse |= {"mediator@example.org", "leader@example.org"}
    notice(agency, "a")
    notice(agency, "b", target="leader")
    notifications.deliver_pending()
    Delivery.objects.filter(channel=EMAIL).update(attempts=post.MOST_ATTEMPTS - 1)
    clock.shift(post.LONGEST_PAUSE)

    assert notifications.deliver_pending().dead == 2

    assert Notification.objects.filter(topic="delivery_dead").count() == 1


def test_a_server_that_refuses_the_connection_costs_no_attempt(agency, settings):
    settings.EMAIL_PORT = free_port()
    waiting = notice(agency)

    run = notifications.deliver_pending()

    assert (run.mailed, run.failed, run.dead) == (0, 0, 0)
    letter = waiting.deliveries.get(channel=EMAIL)
    assert (letter.attempts, letter.claimed_until) == (0, None)
    with MailServer() as server:
        settings.EMAIL_PORT = server.port
        assert notifications.deliver_pending().mailed == 0, "left alone for a moment"
        post.outage.until = 0.0
        assert notifications.deliver_pending().mailed == 1


def test_a_line_that_drops_after_the_letter_sends_the_same_letter_again(agency, mail, clock):
    notice(agency)
    mail.on_data = lambda letter: MailServer.HANG_UP
    assert notifications.deliver_pending().failed == 1
    mail.on_data = lambda letter: "250 taken"
    post.outage.end()
    clock.shift(post.FIRST_PAUSE)

    assert notifications.deliver_pending().mailed == 1

    first, second = mail.letters
    assert first["X-Dedup-Key"] == second["X-Dedup-Key"] == "n1"
    assert first["Message-ID"] == second["Message-ID"]


def test_a_digest_that_failed_is_sent_again_as_the_same_digest(agency, mail, clock):
    for i in range(6):
        notice(agency, f"n{i}")
    mail.on_data = lambda letter: "451 later"
    notifications.deliver_pending()
    mail.on_data = lambda letter: "250 taken"
    clock.shift(post.FIRST_PAUSE)
    for i in range(6, 13):
        notice(agency, f"n{i}")

    assert notifications.deliver_pending().mailed == 13

    failed, again, later = mail.letters
    assert failed["X-Dedup-Key"] == again["X-Dedup-Key"] != later["X-Dedup-Key"]
    assert failed["Message-ID"] == again["Message-ID"]


def test_words_that_cannot_be_made_cost_nobody_else_a_letter(agency, mail, monkeypatch):
    broken, fine = notice(agency, "broken"), notice(agency, "fine")
    from cases import notices

    say = notices._notice

    def stumbling(notification, *how):
        if notification.pk == broken.pk:
            raise KeyError("no word for it")
        return say(notification, *how)

    monkeypatch.setattr(notices, "_notice", stumbling)

    run = notifications.deliver_pending()

    assert (run.mailed, run.failed) == (1, 1)
    assert fine.deliveries.get(channel=EMAIL).sent_at


@pytest.mark.django_db(transaction=True)
def test_a_hanging_server_piles_up_nothing_and_stops_no_sweep(agency, settings):
    with SilentServer() as server:
        settings.EMAIL_PORT = server.port
        for i in range(20):
            notice(agency, f"n{i}", target=("leader", "supervisor")[i % 2])
        threads = threading.active_count()
        slow = threading.Thread(target=in_threads, args=[notifications.deliver_pending])
        began = time.monotonic()
        slow.start()
        swept = []
        while slow.is_alive():
            at = time.monotonic()
            watch.keep_watch("loop")
            swept.append(time.monotonic() - at)
            time.sleep(0.1)
        slow.join()

        assert time.monotonic() - began < house.EMAIL_TIMEOUT + 3, "one wait, not twenty"
        assert max(swept) < 1
        at = time.monotonic()
        for _run in range(5):
            notifications.deliver_pending()
        assert time.monotonic() - at < 2, "the server is left alone for a while"
        assert server.accepted == 1
        assert threading.active_count() <= threads + 1
    waiting = Delivery.objects.filter(channel=EMAIL)
    assert waiting.filter(attempts=0, claimed_until=None, sent_at=None).count() == 20


def test_a_run_ends_in_time_and_leaves_the_rest_to_the_next(agency, mail, monkeypatch):
    monkeypatch.setattr(notifications, "LONGEST_RUN", 0.5)
    mail.on_data = lambda letter: time.sleep(0.2) or "250 taken"
    for i in range(5):
        notice(agency, f"n{i}")

    first = notifications.deliver_pending()

    assert 1 <= first.mailed < 5
    assert not Delivery.objects.filter(sent_at=None, claimed_until__isnull=False).exists()
    runs = iter(notifications.deliver_pending, None)
    while sum(letter.sent_at is None for letter in Delivery.objects.all()):
        next(runs)
    assert len({letter["X-Dedup-Key"] for letter in mail.letters}) == len(mail.letters) == 5


def test_one_connection_serves_a_run(agency, mail):
    for i in range(4):
        notice(agency, f"n{i}")

    notifications.deliver_pending()

    assert (len(mail.letters), mail.connections) == (4, 1)


# -- death and races --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waited", "letters"),
    [(post.LEASE - MICROSECOND, 0), (post.LEASE, 1), (post.LEASE + MICROSECOND, 1)],
)
def test_a_lease_holds_until_its_last_moment(agency, mail, clock, waited, letters):
    notice(agency)
    assert notifications.receivers.address_pending(time.monotonic() + 5) == 1
    assert len(post._claim()) == 1, "claimed, and then the sender died"
    clock.shift(waited)

    notifications.deliver_pending()

    assert len(mail.letters) == letters


def sender_process(port: int) -> subprocess.Popen:
    """manage.py deliver_notifications against the test database."""
    database = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    environment = {
        **os.environ, "DATABASE_URL": url, "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "NOTIFY_BY_EMAIL": "1", "SECRET_KEY": "of-the-test", "PUBLIC_URL": house.PUBLIC_URL,
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "manage.py", "deliver_notifications", "--format", "json"],
        cwd=house.BASE_DIR, env=environment, stdout=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("due", [3, 8])
def test_who_is_killed_between_sending_and_marking_is_made_good(agency, mail, clock, due):
    for i in range(due):
        notice(agency, f"n{i}")
    processes = []

    def kill(letter):
        if processes:
            os.kill(processes.pop().pid, signal.SIGKILL)
        return "250 taken"

    mail.on_data = kill
    processes.append(killed := sender_process(mail.port))
    assert killed.wait(timeout=60) == -signal.SIGKILL
    killed.stdout.close()
    assert Delivery.objects.filter(channel=EMAIL, sent_at=None).count() == due

    assert notifications.deliver_pending().mailed == 0, "the lease still runs"
    clock.shift(post.LEASE)
    with transaction.atomic():
        notice(agency, "later")
    assert notifications.deliver_pending().mailed == due + 1

    keys = mail.keys
    doubled = [key for key in set(keys) if keys.count(key) > 1]
    assert len(doubled) == 1, "the one letter under way when the sender died"
    again = [one for one in mail.letters if one["X-Dedup-Key"] == doubled[0][1]]
    assert again[0]["Message-ID"] == again[1]["Message-ID"]
    assert len(set(keys)) == (due if due < 6 else 1) + 1
    assert not invariants.check()[1]


@pytest.mark.django_db(transaction=True)
def test_senders_at_once_send_each_letter_once(agency, mail):
    subject = clock_of(agency.ticket(unit="east"), "ticket.respond_10").pk
    people = ("handler", "chief", "leader", "supervisor", "dispatcher")
    with transaction.atomic():
        for i in range(25):
            notice(agency, f"n{i}", subject_id=subject, target=people[i % 5])

    runs = in_threads(*[notifications.deliver_pending] * 4)
    while (last := notifications.deliver_pending()).mailed:
        runs.append(last)

    assert sum(run.addressed for run in runs) == 25
    assert sum(run.mailed for run in runs) == 25
    assert len(mail.keys) == len(set(mail.keys))
    assert not Delivery.objects.filter(sent_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_processes_at_once_send_each_letter_once(agency, mail):
    subject = clock_of(agency.ticket(unit="east"), "ticket.respond_10").pk
    people = ("handler", "chief", "leader", "supervisor", "dispatcher")
    for i in range(20):
        notice(agency, f"n{i}", subject_id=subject, target=people[i % 5])

    senders = [sender_process(mail.port) for _ in range(2)]
    answers = [json.loads(sender.communicate(timeout=60)[0]) for sender in senders]

    assert sum(answer["mailed"] for answer in answers) == 20
    assert len(mail.keys) == len(set(mail.keys)) == 20


# -- the bell ---------------------------------------------------------------------------


def test_the_bell_shows_what_one_was_told_newest_first(agency, mail):
    older, newer = notice(agency, "older"), notice(agency, "newer")
    notice(agency, "of somebody else", target="leader")
    notifications.deliver_pending()

    status, body = agency.client("mediator").get("notifications/")

    assert status == 200
    assert [entry["dedup_key"] for entry in body["results"]] == ["newer", "older"]
    [entry, _other] = body["results"]
    assert entry["about"] == clock_of_notice(newer).case.no
    assert entry["read_at"] is None
    assert clock_of_notice(older).case.no != entry["about"]


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
    from tests.stories import Api

    assert Api(None).get("notifications/")[0] == 401
    assert agency.channel_client("minyi").get("notifications/")[0] == 403


def test_a_notice_whose_matter_is_out_of_sight_says_only_that(agency, mail):
    written = notice(agency, handler=agency.mediator_b)
    notifications.deliver_pending()

    _status, body = agency.client("mediator_b").get("notifications/")

    [entry] = body["results"]
    assert entry["about"] == ""
    assert clock_of_notice(written).case.no not in json.dumps(body)


# -- the command ------------------------------------------------------------------------


def test_the_command_says_what_it_did(agency, mail, capsys):
    notice(agency)

    call_command("deliver_notifications", format="json")

    answer = json.loads(capsys.readouterr().out)
    assert answer == {"addressed": 1, "mailed": 1, "failed": 0, "dead": 0}


def test_a_unit_above_all_is_not_needed_for_nothing(db):
    assert not Unit.objects.exists()

    assert notifications.deliver_pending().addressed == 0
