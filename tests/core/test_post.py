"""Mail servers fail in many ways and senders die; every letter arrives, and is known again."""

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
from django.db import connection, transaction

from agency.core import invariants, notifications, watch
from agency.core.models import Delivery, Notification
from agency.core.notifications import post, words
from cases import notices
from tests.mailserver import MailServer, SilentServer, free_port
from tests.notices import EMAIL, clock_behind, notice, told
from tests.processes import wait_until
from tests.stories import clock_of
from tests.threads import in_threads

pytestmark = pytest.mark.usefixtures("by_smtp")

MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)


# -- one letter or many ------------------------------------------------------------------


@pytest.mark.parametrize(("due", "letters"), [(5, 5), (6, 1)])
def test_more_than_five_at_once_are_one_letter(agency, mail, due, letters):
    written = [notice(agency, f"n{i}") for i in range(due)]

    assert notifications.deliver_pending().mailed == due

    assert len(mail.letters) == letters
    assert not Delivery.objects.filter(sent_at=None).exists()
    if letters == 1:
        text = mail.text_of()
        assert str(due) in mail.letters[0]["Subject"]
        assert all(clock_behind(n).case.no in text for n in written)


def test_a_digest_names_the_first_and_counts_the_rest(agency, mail):
    [first, *_others, last] = [notice(agency, f"n{i:02d}") for i in range(12)]

    notifications.deliver_pending()

    text = mail.text_of()
    assert clock_behind(first).case.no in text
    assert clock_behind(last).case.no not in text


# -- the mail server's moods -------------------------------------------------------------


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


def test_two_digests_that_failed_stay_two(agency, mail, clock):
    mail.on_data = lambda letter: "451 later"
    for batch in ("a", "b"):
        for i in range(6):
            notice(agency, f"{batch}{i}")
        notifications.deliver_pending()
        clock.shift(SECOND)
    mail.on_data = lambda letter: "250 taken"
    clock.shift(post.FIRST_PAUSE)

    assert notifications.deliver_pending().mailed == 12

    keys = [letter["X-Dedup-Key"] for letter in mail.letters]
    assert len(keys) == 4
    assert sorted(keys[:2]) == sorted(keys[2:])


def test_words_that_cannot_be_made_cost_nobody_else_a_letter(agency, mail, monkeypatch):
    broken, fine = notice(agency, "broken"), notice(agency, "fine")
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
def test_a_hanging_server_piles_up_nothing_and_stops_no_sweep(agency, settings, monkeypatch):
    monkeypatch.setattr(post.Outage, "FIRST", 600.0)  # nothing here depends on its length
    with SilentServer() as server:
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = server.port, 300
        for i in range(20):
            notice(agency, f"n{i}", target=("leader", "supervisor")[i % 2])
        threads = threading.active_count()
        slow = threading.Thread(target=in_threads, args=[notifications.deliver_pending])
        slow.start()
        wait_until(lambda: server.accepted, seconds=60, what="the sender waits for an answer")
        watch.keep_watch("loop")
        assert slow.is_alive(), "a sweep ended while the sender waited"
        server.hang_up()
        slow.join()
        assert server.accepted == 1, "one wait, not twenty"

        for _run in range(5):
            notifications.deliver_pending()

        assert server.accepted == 1, "the server is left alone for a while"
        assert threading.active_count() <= threads + 1
        post.outage.end()
        settings.EMAIL_TIMEOUT = 1
        notifications.deliver_pending()
        assert server.accepted == 2, "and no wait is for ever"
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


# -- death and races ---------------------------------------------------------------------


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


def test_what_somebody_has_claimed_nobody_else_claims(agency, clock):
    for i in range(3):
        notice(agency, f"n{i}")
        notifications.receivers.address_pending(time.monotonic() + 5)
        claimed = [delivery for letter in post._claim() for delivery in letter.deliveries]
        assert [delivery.notification.dedup_key for delivery in claimed] == [f"n{i}"]


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
    assert killed.wait(timeout=120) == -signal.SIGKILL
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
    answers = [json.loads(sender.communicate(timeout=120)[0]) for sender in senders]

    assert sum(answer["mailed"] for answer in answers) == 20
    assert len(mail.keys) == len(set(mail.keys)) == 20
