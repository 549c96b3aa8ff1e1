"""Links that open once: invitations, and what somebody gets who forgot the password."""

import io
import re
import statistics
import time

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from agency.core import notifications
from agency.core.accounts import factor, links
from agency.core.models import Delivery, Factor, Notification, User
from tests.threads import in_threads

PASSWORD, OTHER = "blauer Fluss im Nebel", "roter Berg im Regen"
ADD = "/admin/core/user/add/"


@pytest.fixture
def by_mail(settings):
    settings.NOTIFY_BY_EMAIL, settings.PUBLIC_URL = True, "https://agency.example"


def desk(username: str) -> Client:
    http = Client()
    http.force_login(User.objects.get(username=username))
    return http


def new_person(agency, **changes):
    """The administrator adds somebody; the answer."""
    filled = {"username": "lin", "name": "林月", "role": "mediator", "email": "lin@example.org"}
    return desk("admin").post(ADD, filled | {"unit": agency.units["east"].pk} | changes)


def never_came(person: User) -> None:
    """Invited, and has chosen no password yet."""
    person.set_unusable_password()
    person.save()


def path_in(letter) -> str:
    [path] = re.findall(r"https://agency.example(/\S+)", letter.body)
    return path


def choose(path: str, password: str = PASSWORD, browser: Client | None = None):
    """Somebody opens the link and chooses a password; None where it opens no longer."""
    http = browser or Client()
    opened = http.get(path)
    if opened.status_code == 200:
        return None
    assert http.get(opened.url).status_code == 200
    return http.post(opened.url, {"new_password1": password, "new_password2": password})


def log_in(username: str, password: str) -> bool:
    answer = Client().post("/login/", {"username": username, "password": password})
    return answer.status_code == 302


# -- invitations ----------------------------------------------------------------------------------


def test_a_new_person_chooses_the_password_by_a_link_that_comes_by_mail(agency, by_mail, clock):
    assert new_person(agency).status_code == 302
    lin = User.objects.get(username="lin")
    assert not lin.has_usable_password()

    notifications.deliver_pending()
    [letter] = mail.outbox
    assert (
        letter.to == ["lin@example.org"] and "lin" in letter.body and "03-09 09:00" in letter.body
    )
    answer = choose(path_in(letter))

    assert answer.url == "/login/"
    assert log_in("lin", PASSWORD)
    assert choose(path_in(letter), OTHER) is None, "it opens once"


def test_nobody_is_named_in_the_link_and_it_lies_nowhere(agency, by_mail, clock):
    new_person(agency)
    notifications.deliver_pending()
    path = path_in(mail.outbox[0])

    assert not re.search("lin|林|example.org", path.removeprefix("/invitation/"))
    rows = str([*Notification.objects.values(), *Delivery.objects.values()])
    assert path.rsplit("/", 2)[1] not in rows
    assert {row.channel for row in Delivery.objects.all()} == {"email"}, "and not behind the bell"


def test_without_mail_the_administrator_hands_the_link_over(agency, clock, settings):
    settings.NOTIFY_BY_EMAIL = False

    page = new_person(agency).url
    lin = User.objects.get(username="lin")
    http = desk("admin")
    asked, shown = http.get(page).content.decode(), http.post(page, {"show": "1"}).content.decode()

    assert page == reverse("admin:core_user_act", args=[lin.pk, "link"])
    assert "/invitation/" not in asked and not Notification.objects.filter(handler=lin)
    [path] = re.findall(r"(/invitation/[^<\s]+)<", shown)
    assert choose(path).url == "/login/" and log_in("lin", PASSWORD)


@pytest.mark.parametrize(
    ("kind", "lasts"), [("invitation", {"days": 7}), ("forgotten", {"minutes": 60})]
)
def test_a_link_opens_until_the_last_second_of_its_time(agency, clock, kind, lasts):
    if kind == "invitation":
        never_came(agency.mediator)
    path = links.link_for(agency.mediator).path
    assert path.startswith(f"/{kind}/")

    clock.shift(**lasts)
    assert choose(path) is None
    clock.shift(seconds=-1)

    assert choose(path) is not None


@pytest.mark.parametrize(
    "change",
    [{"email": "other@example.org"}, {"is_active": False}, {"password": "another"},
     {"role": "channel"}],
)  # fmt: skip
def test_what_changes_the_account_ends_its_links(agency, clock, change):
    path = links.link_for(agency.mediator).path

    User.objects.filter(pk=agency.mediator.pk).update(**change)

    assert choose(path) is None


def test_a_link_is_one_account_s_and_of_one_kind(agency, clock):
    for person in (agency.chief, agency.mediator):
        never_came(person)
    theirs, mine = links.link_for(agency.chief).path, links.link_for(agency.mediator).path
    swapped = "/".join([*mine.split("/")[:3], *theirs.split("/")[3:]])

    assert choose(swapped) is None
    assert choose(mine.replace("/invitation/", "/forgotten/")) is None
    for broken in ("/invitation/x/y-z/", "/invitation/MQ/set-password/", "/forgotten/%00/a-b/"):
        assert Client().get(broken).status_code in {200, 404}


@pytest.mark.parametrize(
    "weak", ["short", "1234567890", "password123", "abcdefghijk", "mediator12A"]
)
def test_a_weak_password_is_refused_in_chinese_and_the_link_goes_on_opening(agency, clock, weak):
    http, path = Client(), links.link_for(agency.mediator).path

    page = choose(path, weak, http).content.decode()

    assert 'role="alert"' in page and re.search(
        "[\u4e00-\u9fff]", page.split('role="alert"')[1][:80]
    )
    assert choose(path) is not None


# -- forgotten ------------------------------------------------------------------------------------


def ask(username: str, **sent):
    return Client().post("/forgotten/", {"username": username}, **sent)


@pytest.fixture
def mediator(agency, clock, by_mail):
    agency.mediator.set_password(OTHER)
    agency.mediator.save()
    return agency.mediator


def test_who_forgot_the_password_gets_a_link_and_everybody_else_is_logged_out(mediator, clock):
    thief = desk("mediator")
    assert ask("mediator").status_code == 200
    notifications.deliver_pending()

    choose(path_in(mail.outbox[0]))

    assert log_in("mediator", PASSWORD) and not log_in("mediator", OTHER)
    assert thief.get("/admin/").status_code == 302


def test_a_link_dies_when_the_password_is_remembered_after_all(mediator, clock):
    path = links.link_for(mediator).path

    assert log_in("mediator", OTHER)

    assert choose(path) is None


def test_the_answer_is_the_same_whoever_is_asked_for(mediator, agency, clock):
    User.objects.filter(username="chief").update(is_active=False)
    User.objects.filter(username="leader").update(email="")
    names = ["mediator", "chief", "leader", "nobody", "channel-web"]

    pages = {re.sub("csrf[^>]+>", "", ask(name).content.decode()) for name in names}
    notifications.deliver_pending()

    assert len(pages) == 1
    assert [letter.to for letter in mail.outbox] == [["mediator@example.org"]]


def test_the_answer_takes_as_long_whoever_is_asked_for(mediator, settings):
    settings.LOGIN_TRIES_OF_A_PLACE = 0

    def median(name: str) -> float:
        taken = []
        for _ in range(30):
            before = time.perf_counter()
            ask(name)
            taken.append(time.perf_counter() - before)
        return statistics.median(taken)

    assert abs(median("mediator") - median("nobody")) < 0.02


def test_asking_again_and_again_sends_one_letter_a_minute_and_then_is_refused(
    mediator, clock, settings
):
    settings.LOGIN_TRIES_OF_A_PLACE = 5

    answers = [ask("mediator") for _ in range(6)]
    notifications.deliver_pending()

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1]["Retry-After"] == "601" and "09:10" in answers[-1].content.decode()
    assert len(mail.outbox) == 1


def test_a_stranger_with_many_addresses_fills_nobody_s_letterbox(mediator, clock):
    for number in range(10):
        asked = {"username": "mediator"}
        Client().post("/forgotten/", asked, REMOTE_ADDR=f"10.0.0.{number}")
        clock.shift(seconds=61)
    notifications.deliver_pending()
    assert len(mail.outbox) == 3

    clock.shift(hours=1)
    ask("mediator")
    notifications.deliver_pending()
    assert len(mail.outbox) == 4


@pytest.mark.django_db(transaction=True)
def test_of_two_browsers_that_open_a_link_at_once_one_chooses(agency, clock):
    path, browsers = links.link_for(agency.mediator).path, [Client(), Client()]
    forms = [browser.get(path).url for browser in browsers]
    for browser, form in zip(browsers, forms, strict=True):
        assert browser.get(form).status_code == 200
    sent = [{"new_password1": new, "new_password2": new} for new in (PASSWORD, OTHER)]

    answers = in_threads(
        *[lambda n=n: browsers[n].post(forms[n], sent[n], follow=True) for n in (0, 1)]
    )

    [chosen] = [n for n in (0, 1) if log_in("mediator", sent[n]["new_password1"])]
    assert "login" in answers[chosen].request["PATH_INFO"]
    assert "login" not in answers[1 - chosen].request["PATH_INFO"]


def test_a_link_does_not_drown_among_many_notices(mediator, agency, clock):
    from tests.notices import notice

    for number in range(8):
        notice(agency, key=f"n{number}")
    ask("mediator")

    notifications.deliver_pending()

    mine = [letter for letter in mail.outbox if "mediator@example.org" in letter.to]
    assert len(mine) == 2 and [letter for letter in mine if "/forgotten/" in letter.body]


def test_a_letter_to_who_left_meanwhile_is_not_written(mediator, clock):
    ask("mediator")
    User.objects.filter(pk=mediator.pk).update(is_active=False)

    notifications.deliver_pending()

    assert not [letter for letter in mail.outbox if "mediator@example.org" in letter.to]


# -- the first of all -----------------------------------------------------------------------------


def test_the_founder_s_invitation_is_told_by_the_command(db, clock, settings):
    out = io.StringIO()
    call_command("found_agency", name="消费者权益保护中心", code="agency", profile="amr", admin="shen",
                 format="json", stdout=out)  # fmt: skip

    [path] = re.findall(settings.PUBLIC_URL + r"(/invitation/[^\"]+)", out.getvalue())
    choose(path)

    assert log_in("shen", PASSWORD)


def test_the_only_administrator_who_lost_everything_is_let_in_from_the_machine(agency, clock):
    factor.prepare(agency.admin)
    Factor.objects.update(confirmed_at=clock.now)
    out = io.StringIO()

    call_command("let_in", "admin", reset_factor=True, format="json", stdout=out)

    [path] = re.findall(r"(/forgotten/[^\"]+)", out.getvalue())
    assert choose(path).url == "/login/" and not factor.has_factor(agency.admin)


@pytest.mark.parametrize("name", ["nobody", "channel-web"])
def test_who_is_no_person_is_not_let_in_so(agency, name):
    with pytest.raises(CommandError):
        call_command("let_in", name, stdout=io.StringIO())
