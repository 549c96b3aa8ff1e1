"""What an administrator may do with accounts, and what not even an administrator may."""

from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from agency.core import notifications
from agency.core.accounts import brake, factor
from agency.core.models import Factor, Session, User
from agency.core.notifications import words
from agency.core.notifications.bell import bell_of

PASSWORD = "blauer Fluss im Nebel"


def desk(username: str) -> Client:
    http = Client()
    http.force_login(User.objects.get(username=username))
    return http


def act(user: User, code: str) -> str:
    return reverse("admin:core_user_act", args=[user.pk, code])


def form_of(user: User, **changes) -> dict:
    kept = {"username": user.username, "name": user.name, "role": user.role, "unit": user.unit_id,
            "email": user.email, "is_active": "on"}  # fmt: skip
    return kept | changes


def save(agency, user: User, **changes):
    page = reverse("admin:core_user_change", args=[user.pk])
    answer = desk("admin").post(page, form_of(user, **changes))
    user.refresh_from_db()
    return answer


# -- no more rights than the role has -----------------------------------------------------------


def test_what_django_would_make_a_superuser_of_makes_nothing_here(agency):
    save(agency, agency.mediator, is_superuser="on", is_staff="on", groups="1",
         user_permissions="1", password="md5$x$y")  # fmt: skip

    assert not agency.mediator.is_superuser
    assert not agency.mediator.groups.exists() and not agency.mediator.user_permissions.exists()
    assert agency.mediator.password != "md5$x$y"


@pytest.mark.parametrize("role", ["leader", "mediator", "auditor"])
def test_an_administrator_gives_themself_no_role_and_no_other_unit(agency, role):
    save(agency, agency.admin, role=role, unit=agency.units["east"].pk, is_active="")

    assert (agency.admin.role, agency.admin.unit.code) == ("admin", "agency")
    assert agency.admin.is_active


def test_an_administrator_sees_no_case(agency):
    case = agency.ticket(unit="east")

    assert agency.client("admin").get(f"cases/{case.no}/")[0] in {403, 404}
    assert desk("admin").get("/admin/cases/case/").status_code == 403
    assert desk("admin").get("/dashboard/").status_code == 403


@pytest.mark.parametrize("username", ["leader", "auditor", "chief", "outlet_a"])
def test_nobody_else_manages_accounts(agency, username):
    pages = [
        "/admin/core/user/", "/admin/core/user/add/",
        reverse("admin:core_user_change", args=[agency.mediator.pk]),
        *(act(agency.mediator, code) for code in ("link", "lift", "factor", "tokens", "sessions")),
    ]  # fmt: skip

    for page in pages:
        assert desk(username).get(page).status_code in {302, 403}
        assert desk(username).post(page, {"show": "1"}).status_code in {302, 403}


def test_who_is_moved_and_promoted_in_the_admin_is_so_at_the_next_request(agency):
    case = agency.ticket(unit="west")
    token = agency.client("mediator")
    assert token.get(f"cases/{case.no}/")[0] == 404

    save(agency, agency.mediator, unit=agency.units["west"].pk, role="chief")

    assert token.get(f"cases/{case.no}/")[0] == 200


# -- acts ---------------------------------------------------------------------------------------


def test_somebody_s_phone_is_lost_and_the_next_login_sets_up_another(agency, clock):
    factor.prepare(agency.mediator)
    Factor.objects.update(confirmed_at=clock.now)
    mediator, admin = desk("mediator"), desk("admin")
    assert admin.get(act(agency.mediator, "factor")).status_code == 200
    assert factor.has_factor(agency.mediator), "asking resets nothing"

    admin.post(act(agency.mediator, "factor"))

    assert not factor.has_factor(agency.mediator)
    assert mediator.get("/admin/").status_code == 302, "no session outlives it"
    assert LogEntry.objects.get().change_message == "factor"
    notifications.deliver_pending()
    told = words.tell([bell_of(agency.mediator).get().notification], to=agency.mediator)
    assert "二次验证" in str(*[notice.headline for notice in told.values()])


@pytest.mark.parametrize("code", ["factor", "link"])
def test_nobody_does_so_to_themself(agency, clock, code):
    factor.prepare(agency.admin)
    Factor.objects.update(confirmed_at=clock.now)

    assert desk("admin").post(act(agency.admin, code), {"show": "1"}).status_code == 404
    assert factor.has_factor(agency.admin)


def test_the_administrator_sees_who_is_refused_and_lets_them_in(agency, clock):
    agency.mediator.set_password(PASSWORD)
    agency.mediator.save()
    for _ in range(10):
        Client().post("/login/", {"username": "mediator", "password": "wrong"})
    page = reverse("admin:core_user_change", args=[agency.mediator.pk])
    assert "09:10" in desk("admin").get(page).content.decode()

    desk("admin").post(act(agency.mediator, "lift"))

    answer = Client().post("/login/", {"username": "mediator", "password": PASSWORD})
    assert answer.status_code == 302
    assert brake.rests_until(agency.mediator) is None
    assert "09:10" not in desk("admin").get(page).content.decode()


def test_the_administrator_logs_somebody_out(agency):
    mediator, chief = desk("mediator"), desk("chief")

    desk("admin").post(act(agency.mediator, "sessions"))

    assert mediator.get("/admin/").status_code == 302
    assert chief.get("/admin/").status_code == 200


def test_a_channel_s_account_gets_no_link_to_a_password(agency):
    client = agency.channels["web"].client

    assert desk("admin").post(act(client, "link"), {"show": "1"}).status_code == 404


# -- one's own page -----------------------------------------------------------------------------


def test_one_sees_where_one_is_logged_in_and_ends_all_but_here(agency):
    office, home = desk("mediator"), desk("mediator")
    stranger = desk("chief")
    page = office.get("/account/").content.decode()
    assert page.count("<li>") == 2

    office.post("/account/sessions/end/")

    assert office.get("/admin/").status_code == 200
    assert home.get("/admin/").status_code == 302
    assert stranger.get("/admin/").status_code == 200


@pytest.mark.parametrize("username", ["mediator", "supervisor", "outlet_a", "admin", "expert"])
def test_everybody_has_an_account_page_and_only_the_own(agency, username):
    page = desk(username).get("/account/").content.decode()

    assert username in page
    assert Client().get("/account/").url == "/login/?next=/account/"


def test_a_new_password_of_one_s_own_ends_every_other_session_and_token(agency):
    agency.mediator.set_password(PASSWORD)
    agency.mediator.save()
    here, elsewhere = desk("mediator"), desk("mediator")
    token = agency.client("mediator")

    sent = {"old_password": PASSWORD, "new_password1": "roter Berg im Regen",
            "new_password2": "roter Berg im Regen"}  # fmt: skip
    assert here.post("/account/password/", sent).url == "/account/"

    assert here.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").status_code == 302
    assert token.get("cases/")[0] == 401
    assert Session.objects.filter(user=agency.mediator).count() == 1


def test_who_finds_a_desk_open_does_not_guess_the_password_there(agency, clock):
    agency.mediator.set_password(PASSWORD)
    agency.mediator.save()
    http = desk("mediator")
    new = {"new_password1": "roter Berg im Regen", "new_password2": "roter Berg im Regen"}
    for _ in range(10):
        http.post("/account/password/", {"old_password": "wrong"} | new)

    http.post("/account/password/", {"old_password": PASSWORD} | new)

    agency.mediator.refresh_from_db()
    assert agency.mediator.check_password(PASSWORD)


def test_django_s_own_page_for_it_leads_there(agency):
    assert desk("mediator").get("/admin/password_change/").url == "/account/password/"


def test_an_administrator_sets_nobody_s_password(agency):
    page = f"/admin/core/user/{agency.mediator.pk}/password/"
    chosen = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}

    desk("admin").post(page, chosen, follow=True)

    agency.mediator.refresh_from_db()
    assert not agency.mediator.check_password(PASSWORD)


# -- a phone of one's own -------------------------------------------------------------------------


def test_new_recovery_codes_and_another_phone_want_a_code_of_the_old_one(agency, clock, settings):
    settings.SECOND_FACTOR = True
    factor.prepare(agency.mediator)
    Factor.objects.update(confirmed_at=clock.now)
    codes = factor.new_recovery_codes(agency.mediator)
    http = desk("mediator")

    assert http.post("/account/phone/", {"code": "000000"}).status_code == 200
    assert factor.has_factor(agency.mediator)
    http.post("/account/recovery-codes/", {"code": codes[0]})
    assert factor.codes_left(agency.mediator) == 10
    assert http.post("/account/phone/", {"code": codes[1]}).status_code == 200, "an old one"

    fresh = factor.new_recovery_codes(agency.mediator)
    assert http.post("/account/phone/", {"code": fresh[0]}).url == "/login/phone/"
    assert http.get("/login/phone/").status_code == 200
    assert http.get("/admin/").status_code == 302, "logged in again when the new one is set up"


def test_without_a_phone_these_pages_are_not_there(agency):
    for page in ("/account/phone/", "/account/recovery-codes/"):
        assert desk("mediator").get(page).status_code == 404
        assert Client().get(page).status_code == 302


# -- who reads what nobody else does ----------------------------------------------------------------


def told_of(user: User, to: User) -> list[str]:
    """What ``to`` hears of ``user``, in the headlines behind the bell."""
    notifications.deliver_pending()
    heard = [row.notification for row in bell_of(to) if row.notification.subject_id == user.pk]
    return [notice.headline for notice in words.tell(heard, to=to).values()]


GUARDED = ["custodian", "auditor", "admin", "chief", "leader"]


@pytest.mark.parametrize("role", GUARDED)
def test_who_is_made_one_of_the_few_is_not_made_so_in_silence(agency, clock, role):
    save(agency, agency.mediator, role=role)

    for hearer in (agency.auditor, agency.leader, agency.mediator):
        [headline] = told_of(agency.mediator, hearer)
        assert "mediator" in headline and agency.mediator.get_role_display() in headline


def test_a_new_auditor_below_does_not_keep_the_news_from_the_one_there_is(agency, clock):
    page = reverse("admin:core_user_add")
    new = {"username": "ghost", "name": "影", "role": "auditor", "unit": agency.units["east"].pk}
    desk("admin").post(page, new)

    ghost = User.objects.get(username="ghost")
    assert told_of(ghost, agency.auditor) and told_of(ghost, agency.leader)


@pytest.mark.parametrize(
    "change", [{"email": "other@example.org"}, {"role": "mediator"}, {"is_active": ""}]
)
def test_what_is_done_to_the_custodian_s_account_is_heard_of(agency, clock, change):
    save(agency, agency.custodian, **change)

    assert told_of(agency.custodian, agency.auditor) and told_of(agency.custodian, agency.leader)


def test_what_is_done_to_any_other_account_alarms_nobody(agency, clock):
    save(agency, agency.mediator, role="enforcer", email="other@example.org")

    assert told_of(agency.mediator, agency.auditor) == []


@pytest.mark.parametrize(("name", "is_heard_of"), [("chief", True), ("mediator", False)])
def test_who_runs_the_machine_makes_no_token_of_the_few_in_silence(
    agency, clock, name, is_heard_of
):
    call_command("issue_token", name, stdout=StringIO())

    assert bool(told_of(getattr(agency, name), agency.auditor)) == is_heard_of


def test_the_custodian_s_second_factor_and_password_are_not_opened_in_silence(
    agency, clock, settings
):
    settings.NOTIFY_BY_EMAIL = True
    factor.prepare(agency.custodian)
    Factor.objects.update(confirmed_at=clock.now)
    for code in ("factor", "link"):
        clock.shift(seconds=1)
        assert desk("admin").post(act(agency.custodian, code)).status_code == 302

    assert len(told_of(agency.custodian, agency.auditor)) == 2


@pytest.mark.parametrize("role", [*GUARDED, "mediator"])
def test_a_link_that_opens_another_s_account_is_shown_to_no_administrator(agency, clock, role):
    """To a first password of one of the few, and to a new one in place of anybody's."""
    user = agency.mediator
    user.role, user.email = role, ""
    if role == "mediator":
        user.set_password(PASSWORD)
    user.save()

    asked = desk("admin").get(act(user, "link")).content.decode()
    assert desk("admin").post(act(user, "link"), {"show": "1"}).status_code == 404
    assert 'name="show"' not in asked and "let_in" in asked


def test_who_changes_the_password_or_the_phone_is_not_alone_in_knowing(agency, clock, settings):
    agency.mediator.set_password(PASSWORD)
    agency.mediator.save()
    new = {"new_password1": "roter Berg im Regen", "new_password2": "roter Berg im Regen"}
    desk("mediator").post("/account/password/", {"old_password": PASSWORD} | new)
    factor.prepare(agency.mediator)
    Factor.objects.update(confirmed_at=clock.now)
    [code, *_others] = factor.new_recovery_codes(agency.mediator)
    desk("mediator").post("/account/phone/", {"code": code})

    told = " ".join(told_of(agency.mediator, agency.mediator))
    assert "密码已更改" in told and "新手机" in told
