"""Sessions: how long one lasts, how many there are, and that a right which is gone is gone at once."""

from datetime import timedelta

import pytest
from django.conf import settings as project
from django.contrib.auth import SESSION_KEY
from django.core.management import call_command
from django.test import Client

from agency.core.accounts import sessions
from agency.core.models import Session, User
from tests.threads import in_threads

PASSWORD = "blauer Fluss im Nebel"
POLL = {"HX-Request": "true"}
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def as_in_production(settings, clock):
    settings.SESSION_IDLE, settings.SESSION_LENGTH = timedelta(minutes=30), timedelta(hours=12)
    settings.SESSIONS_AT_ONCE = 1


def come_in(user: User, **browser) -> Client:
    """A browser in which somebody has logged in by the form."""
    if not user.check_password(PASSWORD):
        user.set_password(PASSWORD)
        user.save()
    http = Client(**browser)
    answer = http.post("/login/", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.context["form"].errors
    return http


def is_in(http: Client, page: str = "/admin/") -> bool:
    """Whether the page opens; asked as an open page asks, so that nothing changes by asking."""
    return http.get(page, headers=POLL).status_code == 200


# -- how long ---------------------------------------------------------------------------------


def test_half_an_hour_without_a_person_ends_a_session(agency, clock):
    http = come_in(agency.mediator)

    clock.shift(timedelta(minutes=30) - MICROSECOND)
    assert is_in(http)
    clock.shift(MICROSECOND)

    assert not is_in(http)
    assert http.get("/dashboard/").url == "/login/?next=/dashboard/"


def test_who_is_at_it_stays_and_who_only_leaves_the_page_open_does_not(agency, clock):
    busy, away = come_in(agency.mediator), come_in(agency.supervisor)

    for _ in range(3):
        clock.shift(minutes=14)
        assert busy.get("/admin/").status_code == 200
        away.get("/bell/", headers=POLL)
        away.get("/api/v1/deadlines/board/")

    assert is_in(busy)
    assert not is_in(away, "/dashboard/")


def test_after_twelve_hours_one_logs_in_again_however_busy(agency, clock):
    http = come_in(agency.mediator)

    for _ in range(36):
        clock.shift(minutes=20)
        is_last = clock.now - timedelta(hours=12) >= Session.objects.get().started_at
        assert (http.get("/admin/").status_code == 200) is not is_last

    assert not is_in(http)


def test_an_idle_session_is_not_woken_by_the_next_click(agency, clock):
    http = come_in(agency.mediator)
    clock.shift(minutes=31)

    http.get("/admin/")

    assert not is_in(http)


# -- the wall -----------------------------------------------------------------------------------

WALL, BOARD = "/dashboard/wall/", "/api/v1/deadlines/board/"


def test_the_wall_hangs_for_days_and_whoever_finds_it_opens_nothing_else(agency, clock):
    http = come_in(agency.supervisor)
    assert http.get(WALL).status_code == 200

    clock.shift(days=3)

    for page in (WALL, BOARD, WALL):
        assert http.get(page).status_code == 200
    for page in ("/dashboard/", "/admin/", "/portal/", "/api/v1/cases/"):
        assert http.get(page).status_code in {302, 401, 403}
    assert http.get(WALL).status_code == 200, "it hangs on"
    clock.shift(days=27)
    assert http.get(WALL).status_code == 302


@pytest.mark.parametrize("asked", ["", "?titles=", "?unit=east"])
def test_no_title_is_read_by_whoever_finds_the_wall(agency, clock, asked):
    agency.ticket(unit="east", title="某健身房跑路")
    http = come_in(agency.supervisor)
    http.get(WALL)
    assert "健身房" in http.get(BOARD + asked).content.decode()

    clock.shift(hours=2)

    board = http.get(BOARD + asked).content.decode()
    assert "TS2026" in board and "健身房" not in board


def test_who_logs_in_at_the_wall_s_own_desk_is_in(agency, clock):
    http = come_in(agency.supervisor)
    http.get(WALL)
    clock.shift(hours=1)

    http.post("/login/", {"username": "supervisor", "password": PASSWORD})

    assert is_in(http, "/dashboard/")


# -- how many -----------------------------------------------------------------------------------


def test_a_second_login_ends_the_first(agency):
    office, home = come_in(agency.mediator), come_in(agency.mediator)

    assert not is_in(office)
    assert is_in(home)


def test_of_three_logins_where_two_may_be_the_oldest_ends(agency, settings, clock):
    settings.SESSIONS_AT_ONCE = 2
    desks = []
    for _ in range(3):
        desks.append(come_in(agency.mediator))
        clock.shift(minutes=1)

    assert [is_in(desk) for desk in desks] == [False, True, True]


def test_a_login_elsewhere_leaves_the_wall_its_wall_and_no_more(agency):
    wall = come_in(agency.supervisor)
    wall.get(WALL)

    desk = come_in(agency.supervisor)

    assert is_in(desk, "/dashboard/") and is_in(wall, WALL)
    assert not is_in(wall, "/dashboard/")


def test_others_are_not_logged_out(agency):
    mediator = come_in(agency.mediator)

    come_in(agency.chief)

    assert is_in(mediator)


# -- what is gone is gone -------------------------------------------------------------------------


def test_a_session_key_from_before_the_login_is_nobody_s(agency):
    http = Client()
    http.get("/login/")
    planted = http.session
    planted["seen"] = True
    planted.save()
    http.cookies["sessionid"] = planted.session_key

    http.post("/login/", {"username": "mediator", "password": "wrong"})
    agency.mediator.set_password(PASSWORD)
    agency.mediator.save()
    http.post("/login/", {"username": "mediator", "password": PASSWORD})

    assert http.cookies["sessionid"].value != planted.session_key
    thief = Client()
    thief.cookies["sessionid"] = planted.session_key
    assert not is_in(thief)


def test_who_reads_the_table_of_sessions_has_nobody_s_cookie(agency):
    mediator = come_in(agency.mediator)
    assert is_in(mediator)

    for row in Session.objects.all():
        thief = Client()
        thief.cookies["sessionid"] = row.pk
        assert not is_in(thief)
        assert mediator.cookies["sessionid"].value not in str(Session.objects.values())


def test_what_was_logged_out_is_not_logged_in_again(agency):
    http = come_in(agency.mediator)
    kept = http.cookies["sessionid"].value
    http.post("/logout/")

    thief = Client()
    thief.cookies["sessionid"] = kept

    assert not is_in(thief)


@pytest.mark.parametrize(
    ("change", "page", "answer"),
    [
        ({"is_active": False}, "/admin/", 302),
        ({"is_active": False}, "/bell/", 403),
        ({"is_active": False}, "/api/v1/cases/", 401),
        ({"role": "analyst"}, "/admin/cases/case/add/", 403),
        ({"role": "outlet_liaison"}, "/admin/", 302),
    ],
)
def test_who_is_switched_off_or_demoted_finds_the_door_shut_at_the_next_request(
    agency, change, page, answer
):
    http = come_in(agency.registrar)
    token = agency.client("registrar")
    assert http.get(page).status_code == 200 and token.get("cases/")[0] == 200

    User.objects.filter(pk=agency.registrar.pk).update(**change)

    assert http.get(page).status_code == answer
    if "is_active" in change:
        assert token.get("cases/")[0] == 401


def test_who_is_moved_sees_the_cases_of_the_new_unit_alone(agency):
    case = agency.ticket(unit="east")
    http, token = come_in(agency.chief), agency.client("chief")
    assert token.get(f"cases/{case.no}/")[0] == 200

    User.objects.filter(pk=agency.chief.pk).update(unit=agency.units["west"])

    assert token.get(f"cases/{case.no}/")[0] == 404
    assert http.get(f"/api/v1/cases/{case.no}/").status_code == 404


# -- the rest ---------------------------------------------------------------------------------


def test_the_cookie_is_for_our_pages_alone(agency, settings):
    settings.SESSION_COOKIE_SECURE = True
    cookie = come_in(agency.mediator).cookies["sessionid"]

    assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax"
    assert int(cookie["max-age"]) == project.SESSION_COOKIE_AGE


def test_sessions_that_are_over_are_cleared_away_and_no_others(agency, clock):
    come_in(agency.mediator)
    clock.shift(minutes=29)
    http = come_in(agency.chief)
    clock.shift(minutes=1)

    call_command("clearsessions")

    assert Session.objects.get().user == agency.chief
    assert is_in(http)


@pytest.mark.django_db(transaction=True)
def test_of_logins_that_come_at_once_one_session_is_left(agency):
    def come() -> None:
        store = sessions.SessionStore()
        store[SESSION_KEY] = str(agency.mediator.pk)
        sessions.begin(store, agency.mediator)

    in_threads(*[come] * 4)

    assert Session.objects.filter(user=agency.mediator).count() == 1
