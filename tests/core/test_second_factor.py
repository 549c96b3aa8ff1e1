"""The second factor: asked of every person, of no machine, and by no way left out."""

import base64
import re
from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django_otp.oath import TOTP

from agency.core.accounts import brake, factor
from agency.core.models import Factor, Notification, RecoveryCode, User
from agency.core.notifications import words
from tests.conftest import START
from tests.threads import in_threads

PASSWORD = "blauer Fluss im Nebel"
PAGES = [
    "/",
    "/admin/",
    "/dashboard/",
    "/portal/",
    "/admin/core/user/",
    "/account/",
    "/api/v1/cases/",
]


@pytest.fixture(autouse=True)
def as_in_production(settings):
    settings.SECOND_FACTOR = True


@pytest.fixture
def mediator(agency, clock):
    agency.mediator.set_password(PASSWORD)
    agency.mediator.save()
    return agency.mediator


class Phone:
    """An app that has read somebody's secret."""

    def __init__(self, user: User, clock) -> None:
        secret = Factor.objects.get(user=user).secret
        self.key, self.clock = base64.b32decode(secret), clock

    def shows(self, *, steps: int = 0) -> str:
        """The code of this moment, or of so many steps of thirty seconds later."""
        totp = TOTP(self.key)
        totp.time = self.clock.now.timestamp() + 30 * steps
        return f"{totp.token():06d}"


def password(username: str = "mediator", **asked) -> Client:
    """A browser that has given the password."""
    http = Client()
    answer = http.post("/login/", {"username": username, "password": PASSWORD, **asked})
    assert answer.status_code == 302 and answer.url.startswith("/login/")
    return http


def enrol(user: User, clock) -> tuple[Phone, list[str]]:
    """Somebody sets up the phone; what it is, and the recovery codes."""
    phone = prepared(user, clock)
    codes = factor.confirm(user, phone.shows(), anywhere())
    clock.shift(seconds=30)
    return phone, codes


def prepared(user, clock) -> Phone:
    factor.prepare(user)
    return Phone(user, clock)


def anywhere():
    """A request of a browser that nobody knows."""
    return RequestFactory().get("/")


def is_in(http: Client) -> bool:
    return http.get("/admin/").status_code == 200


def say(http: Client, code: str):
    """Types a code; the refusal in words, or None once they are in."""
    answer = http.post("/login/code/", {"code": code})
    return None if answer.status_code == 302 else answer.context["form"].errors["code"][0]


# -- the first time -----------------------------------------------------------------------------


def test_who_has_no_phone_yet_sets_it_up_on_the_way_in(mediator, clock):
    http = password()
    page = http.get("/login/phone/").content.decode()
    phone = Phone(mediator, clock)
    assert "data:image/svg+xml" in page and not is_in(http)

    wrong = http.post("/login/phone/", {"code": "000000"})
    right = http.post("/login/phone/", {"code": phone.shows()})

    assert "data:image/svg+xml" in wrong.content.decode(), "it is shown again, the same"
    codes = re.findall(r"<code>([A-Z2-9-]{14})</code>", right.content.decode())
    assert len(set(codes)) == 10 and 'href="/admin/"' in right.content.decode()
    assert is_in(http)


def test_what_the_phone_reads_is_what_apps_expect(mediator, clock):
    shown = factor.prepare(mediator)
    address = factor.address_of(shown)

    assert address.startswith("otpauth://totp/") and f"secret={shown.secret}&issuer=" in address
    assert "/mediator?" in address and len(shown.secret) == 32
    assert mediator.name not in address


def test_a_secret_that_an_earlier_thief_was_shown_is_not_set_up(mediator, clock):
    password().get("/login/phone/")
    thief = Phone(mediator, clock)

    http = password()
    http.get("/login/phone/")
    http.post("/login/phone/", {"code": thief.shows()})

    assert not is_in(http) and not factor.has_factor(mediator)


def test_who_has_a_phone_cannot_set_up_another_with_the_password_alone(mediator, clock):
    enrol(mediator, clock)
    http = password()

    assert http.get("/login/phone/").url == "/login/code/"
    assert http.post("/login/phone/", {"code": "123456"}).url == "/login/code/"


# -- every time -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_no_page_opens_before_the_second_step(mediator, clock, page):
    enrol(mediator, clock)

    for http in (password(), Client()):
        assert http.get(page).status_code in {302, 401, 403, 404}
        assert not is_in(http)


def test_after_both_steps_one_is_on_the_page_one_asked_for(mediator, clock):
    phone, _codes = enrol(mediator, clock)
    http = password(next="/admin/cases/case/")

    assert http.post("/login/code/", {"code": phone.shows()}).url == "/admin/cases/case/"
    assert is_in(http)


@pytest.mark.parametrize("to", ["//evil.example", "\\\\evil.example", "javascript:alert(1)",
                                "https://evil.example/", "/\r\nSet-Cookie: a=b"])  # fmt: skip
def test_nobody_is_sent_away_from_the_house(mediator, clock, to):
    phone, _codes = enrol(mediator, clock)

    answer = password(next=to).post("/login/code/", {"code": phone.shows()})

    assert answer.url in {"/admin/", "/%0D%0ASet-Cookie:%20a=b"}


@pytest.mark.parametrize(
    ("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_the_phone_s_clock_may_be_half_a_minute_off(mediator, clock, steps, opens):
    phone, _codes = enrol(mediator, clock)
    clock.shift(minutes=5)

    assert (say(password(), phone.shows(steps=steps)) is None) == opens


def test_a_code_opens_once(mediator, clock):
    phone, _codes = enrol(mediator, clock)
    code = phone.shows()
    assert say(password(), code) is None

    assert say(password(), code) is not None
    assert say(password(), phone.shows(steps=-1)) is not None, "nor one from before"
    assert say(password(), phone.shows(steps=1)) is None


def test_the_code_that_set_up_the_phone_opens_nothing(mediator, clock):
    phone = prepared(mediator, clock)
    code = phone.shows()
    factor.confirm(mediator, code, anywhere())

    assert say(password(), code) is not None


def test_after_five_wrong_codes_even_the_right_one_waits(mediator, clock):
    phone, codes = enrol(mediator, clock)
    clock.set(clock.now.replace(minute=30, second=0))
    for _ in range(5):
        assert "10:" not in say(password(), "000000")

    assert "09:40" in say(password(), phone.shows())
    assert "09:40" in say(password(), codes[0])
    assert password().post("/login/code/", {"code": "000000"}).status_code == 429
    clock.shift(minutes=10)
    assert say(password(), phone.shows()) is None


def test_who_knows_the_password_alone_does_not_keep_the_owner_out(agency, mediator, clock):
    phone, codes = enrol(mediator, clock)
    office = password()
    say(office, phone.shows())
    office.post("/logout/")
    thief = password()
    for _ in range(6):
        say(thief, "000000")

    answer = office.post("/login/", {"username": "mediator", "password": PASSWORD})
    assert answer.url == "/login/code/" and say(office, codes[0]) is None
    [heard] = Notification.objects.filter(topic="codes_guessed", handler=mediator)
    [notice] = words.tell([heard], to=mediator).values()
    assert "验证码" in notice.headline


def test_wrong_passwords_of_others_are_no_wrong_codes(agency, mediator, clock):
    phone, _codes = enrol(mediator, clock)
    thief = Client(REMOTE_ADDR="10.9.9.9")
    for _ in range(12):
        thief.post("/login/", {"username": "mediator", "password": "grauer Fluss"})
    assert brake.rests_until(mediator)

    say(password(), "000000")

    assert not Notification.objects.filter(topic="codes_guessed").exists()


def test_a_thief_with_many_addresses_is_braked_too(mediator, clock):
    phone, _codes = enrol(mediator, clock)
    refused = []
    for place in range(5):
        thief = password()
        thief.defaults["REMOTE_ADDR"] = f"10.0.0.{place}"
        refused += [thief.post("/login/code/", {"code": "000000"}).status_code for _ in range(4)]

    assert refused.count(200) == 10 and refused[-1] == 429


@pytest.mark.django_db(transaction=True)
def test_the_page_that_shows_the_phone_opens_twice_at_once(mediator, clock):
    desks = [password() for _ in range(6)]

    pages = in_threads(*[lambda http=http: http.get("/login/phone/").status_code for http in desks])

    assert pages == [200] * 6


def test_full_width_digits_and_blanks_are_digits(mediator, clock):
    phone, _codes = enrol(mediator, clock)
    typed = "".join(chr(ord(digit) + 0xFEE0) for digit in phone.shows())

    assert say(password(), f" {typed[:3]} {typed[3:]} ") is None


def test_the_step_between_ends_after_a_quarter_of_an_hour(mediator, clock):
    phone, _codes = enrol(mediator, clock)
    http, late = password(), password()

    clock.shift(minutes=15, microseconds=-1)
    assert http.post("/login/code/", {"code": "000000"}).status_code == 200
    clock.shift(microseconds=1)

    assert late.post("/login/code/", {"code": phone.shows()}).url == "/login/"
    assert not is_in(late)


def test_who_is_switched_off_between_the_steps_does_not_come_in(mediator, clock):
    phone, _codes = enrol(mediator, clock)
    http = password()

    User.objects.filter(pk=mediator.pk).update(is_active=False)

    assert http.post("/login/code/", {"code": phone.shows()}).url == "/login/"


# -- without the phone ------------------------------------------------------------------------------


def test_a_recovery_code_opens_once(mediator, clock):
    _phone, codes = enrol(mediator, clock)

    assert say(password(), codes[3].lower().replace("-", " ")) is None
    assert say(password(), codes[3]) is not None
    assert say(password(), codes[4]) is None
    assert factor.codes_left(mediator) == 8


def test_somebody_else_s_recovery_code_opens_nothing(mediator, agency, clock):
    _phone, codes = enrol(agency.chief, clock)
    enrol(mediator, clock)

    assert say(password(), codes[0]) is not None


def test_in_the_database_neither_secret_nor_codes_can_be_read(mediator, clock):
    _phone, codes = enrol(mediator, clock)
    secret = Factor.objects.get().secret

    rows = str([*Factor.objects.values(), *RecoveryCode.objects.values()])

    assert secret not in rows and not any(code in rows for code in codes)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_send_one_code_at_once_one_comes_in(mediator, clock):
    phone, _codes = enrol(mediator, clock)
    code = phone.shows()

    def come() -> bool:
        try:
            factor.verify(mediator, code, anywhere())
        except factor.Refused:
            return False
        return True

    assert in_threads(*[come] * 4).count(True) == 1


# -- who is not asked ---------------------------------------------------------------------------------


def test_a_machine_is_not_asked(agency, mediator, clock):
    assert agency.client("mediator").get("cases/")[0] == 200


def test_where_it_is_switched_off_nobody_is_asked(mediator, clock, settings):
    settings.SECOND_FACTOR = False
    http = Client()

    http.post("/login/", {"username": "mediator", "password": PASSWORD})

    assert is_in(http)


# -- an old password ------------------------------------------------------------------------------


def renew(http: Client, chosen: str):
    return http.post("/login/password/", {"new_password1": chosen, "new_password2": chosen})


@pytest.mark.parametrize(("micros", "asks"), [(-1, False), (0, True), (1, True)])
def test_after_ninety_days_another_password_is_chosen_on_the_way_in(
    mediator, clock, settings, micros, asks
):
    settings.PASSWORD_LASTS = timedelta(days=90)
    phone, _codes = enrol(mediator, clock)
    clock.set(START + timedelta(days=90, microseconds=micros))

    answer = password().post("/login/code/", {"code": phone.shows()})

    assert answer.url == ("/login/password/" if asks else "/admin/")


def test_an_old_password_opens_nothing_until_another_is_chosen(mediator, clock, settings):
    settings.PASSWORD_LASTS = timedelta(days=90)
    phone, _codes = enrol(mediator, clock)
    clock.shift(days=90)
    http = password(next="/admin/cases/case/")
    http.post("/login/code/", {"code": phone.shows()})

    assert renew(http, PASSWORD).status_code == 200, "not the same again"
    assert renew(http, "short").status_code == 200
    assert http.get("/login/code/").url == "/login/password/" and not is_in(http)
    assert renew(http, "roter Berg im Regen").url == "/admin/cases/case/"

    assert is_in(http)
    assert User.objects.get(pk=mediator.pk).check_password("roter Berg im Regen")
    told = Notification.objects.get(topic="password_changed")
    assert told.handler == mediator, "whoever changes a password is told, here too"


@pytest.mark.parametrize("days", [1, 90])
def test_who_has_the_password_and_not_the_phone_chooses_no_other(mediator, clock, settings, days):
    settings.PASSWORD_LASTS = timedelta(days=90)
    enrol(mediator, clock)
    clock.shift(days=days)

    for http, leads in ((password(), "/login/code/"), (Client(), "/login/")):
        assert http.get("/login/password/").url == leads
        assert renew(http, "roter Berg im Regen").url == leads

    assert User.objects.get(pk=mediator.pk).check_password(PASSWORD)
