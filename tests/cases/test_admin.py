"""The staff's door: who may enter, what they see first, and that every write is a verb."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.admin import site
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agency.core import deadlines
from agency.core.backends import permissions_of
from agency.core.models import ApiToken, DeadlineRule, User, WorkDay
from agency.core.roles import OUTSIDERS, STAFF, WITHOUT_CASES, Role
from cases import intake, workflow
from cases.models import Case, Category
from tests.stories import PASSWORD, RULES_1030, TEN, clock_of, payload

pytestmark = pytest.mark.django_db

USERNAMES = {
    Role.OUTLET_LIAISON: "outlet_a", Role.ODR_CONTACT: "odr_a", Role.CHANNEL: "channel-minyi",
}  # fmt: skip


def desk(username) -> Client:
    """A browser in which this person is logged in."""
    http = Client()
    http.force_login(
        username if isinstance(username, User) else User.objects.get(username=username)
    )
    return http


def page_of(case) -> str:
    return reverse("admin:cases_case_change", args=[case.pk])


def verb_of(case, verb) -> str:
    return reverse("admin:cases_case_verb", args=[case.no, verb])


def numbers(response) -> list[str]:
    """Case numbers in the order of the page's rows, each once."""
    found = re.findall(r'class="no"[^>]*>([A-Z]{2}\d+)<', response.content.decode())
    return list(dict.fromkeys(found))


# -- who may open what --------------------------------------------------------------------

CASE_STAFF = STAFF - WITHOUT_CASES
DESK = {Role.REGISTRAR, Role.DISPATCHER}
ADMIN = {Role.ADMIN}

PAGES = {
    "admin:index": STAFF,
    "admin:cases_case_changelist": CASE_STAFF,
    "admin:cases_case_add": DESK,
    "admin:cases_case_queue": STAFF,
    "admin:core_delivery_changelist": STAFF,
    "admin:core_user_changelist": ADMIN,
    "admin:core_user_add": ADMIN,
    "admin:core_unit_changelist": ADMIN,
    "admin:core_unit_add": ADMIN,
    "admin:core_deadlinerule_changelist": ADMIN,
    "admin:core_workday_changelist": ADMIN,
    "admin:core_heartbeat_changelist": ADMIN,
    "admin:core_systemgap_changelist": ADMIN,
    "admin:cases_channel_changelist": ADMIN,
    "admin:cases_category_changelist": ADMIN,
}


@pytest.mark.parametrize("role", Role)
def test_each_role_opens_its_own_pages_and_no_other(agency, role):
    http = desk(USERNAMES.get(role, role.value))

    opened = {name for name in PAGES if http.get(reverse(name)).status_code in {200, 204}}

    assert opened == {name for name, roles in PAGES.items() if role in roles}


@pytest.mark.parametrize("name", PAGES)
def test_nobody_comes_in_without_logging_in(agency, name):
    response = Client().get(reverse(name))

    assert response.status_code == 302
    assert "/login/" in response.url


def test_the_admin_has_no_second_login(agency):
    assert Client().get("/admin/login/", follow=True).redirect_chain[-1][0].startswith("/login/")
    assert desk("outlet_a").get("/admin/login/").status_code == 403


def test_nobody_may_delete_anything():
    assert not [p for role in Role for p in permissions_of(role) if ".delete_" in p]


def test_the_calendar_comes_by_its_file_alone(agency):
    """A day added by hand would make its year look loaded, and no clock would be counted again."""
    WorkDay.objects.create(date="2026-10-01", is_workday=False, kind="holiday_off", name="国庆节")
    http = desk("admin")

    assert http.get(reverse("admin:core_workday_change", args=["2026-10-01"])).status_code == 200
    assert http.get(reverse("admin:core_workday_add")).status_code == 403
    changed = http.post(reverse("admin:core_workday_change", args=["2026-10-01"]), {"name": "x"})
    assert changed.status_code == 403


def test_nobody_can_be_made_a_superuser(agency):
    with pytest.raises(IntegrityError, match="user_is_no_superuser"):
        User.objects.filter(username="admin").update(is_superuser=True)


def test_a_stranger_finds_no_case(agency, clock):
    case = agency.ticket(unit="east")

    assert desk("mediator").get(page_of(case)).status_code == 200
    assert desk("mediator_b").get(page_of(case)).status_code == 404
    assert desk("mediator_b").get(verb_of(case, "respond")).status_code == 404
    assert desk("auditor").get(verb_of(case, "respond")).status_code == 403


def test_a_case_number_is_an_address(agency, clock):
    case = agency.ticket(unit="east")

    assert desk("mediator").get(f"/admin/cases/case/{case.no}/", follow=True).status_code == 200
    assert desk("mediator_b").get(f"/admin/cases/case/{case.no}/", follow=True).status_code == 404


def test_no_page_stands_below_its_own_name(agency):
    doubled = [
        admin.model._meta.label
        for admin in site._registry.values()
        if admin.model._meta.app_config.verbose_name == admin.model._meta.verbose_name_plural
    ]
    assert doubled == []


# -- no write but through a verb ------------------------------------------------------------


@pytest.mark.parametrize("username", ["mediator", "chief", "leader", "dispatcher", "admin"])
def test_posting_the_change_form_changes_nothing(agency, clock, username):
    case = agency.ticket(unit="east")
    before = Case.objects.filter(pk=case.pk).values().get()

    response = desk(username).post(page_of(case), {"state": "closed", "title": "x", "_save": "1"})

    assert response.status_code in {403, 404}
    assert Case.objects.filter(pk=case.pk).values().get() == before


def test_a_case_cannot_be_deleted_in_the_admin(agency, clock):
    case = agency.ticket(unit="east")
    address = f"/admin/cases/case/{case.pk}/delete/"

    assert desk("mediator").post(address, {"post": "yes"}).status_code == 403
    assert Case.objects.filter(pk=case.pk).exists()


def test_no_action_in_bulk(agency, clock):
    case = agency.ticket(unit="east")
    asked = {"action": "delete_selected", "_selected_action": case.pk, "select_across": "1"}

    desk("mediator").post(reverse("admin:cases_case_changelist"), asked)

    assert Case.objects.filter(pk=case.pk).exists()


def test_a_verb_done_in_place_meets_its_clock(agency, clock):
    case = agency.ticket(unit="east")
    http = desk("mediator")

    assert "<form" in http.get(verb_of(case, "respond")).content.decode()
    response = http.post(verb_of(case, "respond"))

    assert response.status_code == 204
    assert list(json.loads(response.headers["HX-Trigger"])) == ["case-changed"]
    assert clock_of(case, "ticket.respond_10").met_at == clock.now


def test_what_was_done_is_said_at_once_the_decision_before_the_telling_of_it(agency, clock):
    said = {"narrative": "商家拒绝退款", "demand": "退款"}
    case, http = agency.contacted_case(**said), desk("mediator")
    clock.shift(seconds=1)

    def toast(verb: str, **said) -> str:
        answer = http.post(verb_of(case, verb), said)
        assert answer.status_code == 204, answer.content.decode()
        return json.loads(answer.headers["HX-Trigger"])["case-changed"]["told"]

    contacted = toast("contact", outcome="reached", no_meeting_reason="消费者希望电话沟通")
    accepted = toast("accept", notified_by="phone")

    assert contacted == f"{case.no} 已联系 不约见理由：消费者希望电话沟通"
    assert accepted == f"{case.no} 已受理 · 已告知投诉人（电话）"


def test_one_reply_to_two_tickets_names_both(agency, clock):
    case, other = agency.contacted_case(), agency.ticket(unit="east")
    [first], [second] = case.tickets.all(), other.tickets.all()
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=second.no)

    answer = desk("mediator").post(verb_of(case, "reply_ticket"), {"text": "已答复"})

    told = json.loads(answer.headers["HX-Trigger"])["case-changed"]["told"]
    assert told == f"{case.no} 已回复平台 {first.no}、{second.no}"


def test_a_broken_rule_is_told_in_place(agency, clock):
    case = agency.ticket(unit="east")
    workflow.respond(case.no, by=agency.chief)
    clock.shift(minutes=3)

    response = desk("mediator").post(verb_of(case, "respond"))

    assert response.status_code == 409
    page = response.content.decode()
    assert f"{agency.chief.name} " in page and "03-02 09:00" in page, "who was faster, and when"
    assert response.headers["HX-Trigger"] == "case-stale"


def test_a_form_that_fails_keeps_what_was_typed(agency, clock):
    case = agency.ticket(unit="east")

    response = desk("mediator").post(
        verb_of(case, "contact"), {"outcome": "reached", "note": "线路不清楚"}
    )

    page = response.content.decode()
    assert response.status_code == 400
    assert "线路不清楚" in page
    assert page.count('class="why"') == 1, "said once, where it is mended first"


def test_a_page_from_before_a_login_elsewhere_is_told_calmly(agency):
    http = Client(enforce_csrf_checks=True)
    page = http.post("/login/", {"username": "mediator", "password": "x"})
    assert page.status_code == 403
    assert 'href="/login/"' in page.content.decode()

    http.force_login(agency.mediator)
    assert http.post("/login/", {"username": "mediator"}).headers["Location"] == "/admin/"
    assert http.get("/login/").headers["Location"] == "/admin/"


def test_a_meeting_is_typed_in_shanghai_time(agency, clock):
    case = agency.ticket(unit="east")

    desk("mediator").post(
        verb_of(case, "contact"), {"outcome": "reached", "appointment_at": "2026-03-03T10:00"}
    )

    attempt = case.contacts.get()
    assert attempt.appointment_at.isoformat() == "2026-03-03T02:00:00+00:00"


def test_personal_data_is_masked_and_a_reporter_is_nobody(agency, clock):
    told = {"consumer": {"name": "陈小满", "phone": "13800138000"}, "unit": "east"}
    complaint = agency.ticket(title="电话13912345678没人接", **told)
    report = agency.ticket(kind="report", **told)
    http = desk("mediator")

    page = http.get(page_of(complaint)).content.decode()
    assert "138****8000" in page and "139****5678" in page
    assert "13800138000" not in page and "陈小满" not in page and "13912345678" not in page
    page = http.get(page_of(report)).content.decode()
    assert "138****" not in page and "陈" not in page


# -- the queue ------------------------------------------------------------------------------


def test_the_queue_is_sorted_by_the_next_clock(agency, clock):
    late = agency.ticket(unit="east")
    clock.shift(minutes=4)
    contacted_next = agency.ticket(unit="east")
    workflow.respond(contacted_next.no, by=agency.mediator)
    clock.shift(minutes=4)
    fresh = agency.ticket(unit="east")
    clock.shift(minutes=3)

    page = desk("mediator").get("/admin/")

    assert numbers(page) == [late.no, fresh.no, contacted_next.no]
    assert page.context["counts"] == {"overdue": "1", "at_risk": "0", "on_time": "2"}
    assert [row.met_by for row in page.context["rows"]] == [str(x) for x in _labels("rrc")]


@pytest.fixture
def paused(agency, clock):
    """A complaint whose sixty days stand still for an appraisal; nothing else runs for it."""
    DeadlineRule.objects.exclude(code__in=[*RULES_1030, "complaint.mediate"]).delete()
    case = agency.mediated_case(external_no="MY1")
    return workflow.pause(case.no, by=agency.mediator, reason="appraisal", institution="质检院")


def test_a_clock_that_stands_still_is_neither_near_nor_late_in_the_queue(agency, paused, clock):
    clock.shift(days=120)

    page = desk("mediator").get("/admin/")

    assert page.context["counts"] == {"overdue": "0", "at_risk": "0", "on_time": "0"}
    assert re.findall(r'id="row-(\d+)"', page.content.decode()) == [str(paused.pk)]
    assert page.context["idle"][0].clock is None


def test_a_clock_that_stands_still_lends_no_colour_to_one_that_runs(agency, paused, clock):
    mediate = clock_of(paused, "complaint.mediate")
    clock.set(mediate.due_at - TEN / 2)
    agency.ticket(external_no="MY1", round=2)
    assert mediate.warn_at < clock.now < mediate.due_at < paused.deadlines.running()[0].due_at

    page = desk("mediator").get("/admin/cases/case/").content.decode()

    assert 'class="clock state on_time"' in page


def _labels(keys):
    from cases.admin.verbs import VERBS

    by_key = {verb.key: verb.label for verb in VERBS.values()}
    return [by_key[key] for key in keys]


def test_what_a_colleague_has_in_hand_comes_after_ones_own(agency, clock):
    other = User.objects.create_user(
        "mediator_2", PASSWORD, name="许文静", role="mediator", unit=agency.units["east"]
    )
    theirs = agency.ticket(unit="east")
    workflow.respond(theirs.no, by=other)
    clock.shift(minutes=1)
    nobodys = agency.ticket(unit="east")
    mine = agency.ticket(unit="east")
    workflow.respond(mine.no, by=agency.mediator)

    assert numbers(desk("mediator").get("/admin/")) == [nobodys.no, mine.no, theirs.no]


def test_what_is_given_to_somebody_from_above_is_in_their_queue_and_list(agency, clock):
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="agency", handler="mediator")

    assert numbers(desk("mediator").get("/admin/")) == [case.no]
    assert case.no in desk("mediator").get("/admin/cases/case/").content.decode()
    assert numbers(desk("mediator_b").get("/admin/")) == []


def test_the_dispatcher_sees_what_waits_and_what_is_unanswered(agency, clock):
    waiting = agency.ticket()
    unanswered = agency.ticket(unit="east")
    answered = agency.ticket(unit="east")
    workflow.respond(answered.no, by=agency.mediator)

    assert numbers(desk("dispatcher").get("/admin/")) == [waiting.no, unanswered.no]


def test_the_registrar_sees_the_latest_and_hears_of_new_ones(agency, clock):
    first = agency.ticket(unit="east")
    clock.shift(minutes=1)
    second = agency.ticket("walkin", unit="west")
    http = desk("registrar")
    page = http.get("/admin/")
    ask, seen = reverse("admin:cases_case_queue"), page.context["watchlist"].fingerprint

    assert numbers(page) == [second.no, first.no]
    assert http.get(ask, {"v": seen}).status_code == 204
    agency.ticket("walkin")
    assert http.get(ask, {"v": seen}).status_code == 200


def test_what_lies_beyond_the_clocks_read_is_not_guessed(agency, clock, monkeypatch):
    monkeypatch.setattr("cases.admin.watchlist.MOST_CLOCKS", 3)
    for _ticket in range(3):
        agency.ticket(unit="east")
    clock.shift(minutes=11)

    counts = desk("mediator").get("/admin/").context["counts"]

    assert counts == {"overdue": "3+", "at_risk": "…", "on_time": "…"}


def test_a_colleague_s_clocks_do_not_hide_one_s_own(agency, clock, monkeypatch):
    monkeypatch.setattr("cases.admin.watchlist.MOST_CLOCKS", 4)
    other = User.objects.create_user(
        "mediator_2", PASSWORD, name="许文静", role="mediator", unit=agency.units["east"]
    )
    theirs = [agency.ticket(unit="east") for _ticket in range(5)]
    for case in theirs:
        workflow.respond(case.no, by=other)
    clock.shift(minutes=25)
    fresh, mine = agency.ticket(unit="east"), agency.ticket(unit="east")
    workflow.respond(mine.no, by=agency.mediator)

    page = desk("mediator").get("/admin/")

    assert numbers(page) == [fresh.no, mine.no, *(case.no for case in theirs[:4])]
    assert page.context["counts"] == {"overdue": "0", "at_risk": "4+", "on_time": "…"}


def test_the_chief_decides_first(agency, clock):
    late = agency.ticket(unit="east")
    clock.shift(hours=1)
    done = agency.handled_case()
    workflow.close(done.no, by=agency.mediator, conclusion="已退款")

    page = desk("chief").get("/admin/")

    assert numbers(page) == [done.no, late.no]
    assert "已退款" in desk("chief").get(verb_of(done, "approve")).content.decode()


def test_while_a_closing_waits_the_case_stays_where_it_is(agency, only_1030, clock):
    case = agency.handled_case()
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    case.refresh_from_db()

    assert "return" not in workflow.allowed(case, agency.mediator)
    assert "dispatch" not in workflow.allowed(case, agency.chief)
    row = desk("chief").get("/admin/").content.decode()
    assert 'data-since="' in row and 'data-key="b"' in row


def test_history_is_no_arrival(agency, clock):
    client = agency.channels["minyi"].client
    row = agency.submission(arrived_at="2024-03-01T10:00:00+08:00")
    intake.register_many([row], channel=agency.channels["minyi"], by=client, history=True)
    fresh = agency.ticket()

    assert numbers(desk("registrar").get("/admin/")) == [fresh.no]


def test_a_missed_deadline_is_marked_in_the_story(agency, clock):
    case = agency.ticket(unit="east")
    clock.shift(minutes=11)
    deadlines.sweep()

    assert 'class="deadline_breached"' in desk("mediator").get(page_of(case)).content.decode()


def test_the_queue_is_narrowed_by_kind_and_words(agency, clock):
    complaint = agency.ticket(unit="east", title="洗衣机漏水")
    report = agency.ticket(unit="east", kind="report")
    http = desk("mediator")

    assert numbers(http.get("/admin/?kind=report")) == [report.no]
    assert numbers(http.get("/admin/?q=洗衣机")) == [complaint.no]
    assert numbers(http.get("/admin/", {"kind": "x"})) == [complaint.no, report.no]


def test_a_text_that_cannot_be_stored_is_refused_at_every_door_of_the_admin(agency, clock):
    case = agency.ticket()
    form, dispatch = (
        reverse("admin:cases_case_add"),
        reverse("admin:cases_case_verb", args=[case.no, "dispatch"]),
    )
    registrar, dispatcher = desk("registrar"), desk("dispatcher")

    answers = [
        dispatcher.get("/admin/", {"q": "\0"}),
        desk("admin").get("/admin/core/heartbeat/%00/change/"),
        dispatcher.get(reverse("admin:cases_case_changelist"), {"state": "\0"}),
        *(registrar.post(form, {at: "a\0"}) for at in ("channel", "category", "problem")),
        *(dispatcher.post(dispatch, {at: "a\0"}) for at in ("unit", "handler")),
        *(dispatcher.post(f"{dispatch}?refit=1", {at: "a\0"}) for at in ("unit", "handler")),
    ]

    assert [answer.status_code for answer in answers] == [400] * len(answers)
    assert all("文本中含有无法保存的字符" in answer.text for answer in answers)


def test_a_poll_answers_only_when_something_changed(agency, clock):
    agency.ticket(unit="east")
    http = desk("mediator")
    seen = http.get("/admin/").context["watchlist"].fingerprint
    ask = reverse("admin:cases_case_queue")

    assert http.get(ask, {"v": seen}).status_code == 204
    agency.ticket(unit="east")
    assert http.get(ask, {"v": seen}).status_code == 200


def test_a_clock_that_got_more_time_is_told_to_the_poll(agency, clock):
    case = agency.ticket(unit="east")
    http, ask = desk("mediator"), reverse("admin:cases_case_queue")
    watched = http.get("/admin/").context["watchlist"]
    [mark] = watched.marks
    assert http.get(ask, {"v": watched.fingerprint}).status_code == 204

    shown, due_at = case.deadlines.filter(pk=mark.deadline_id), mark.due_at + timedelta(minutes=1)
    deadlines.set_due(shown, due_at, cause="extended", at=clock.now, by=agency.leader)

    assert http.get(ask, {"v": watched.fingerprint}).status_code == 200


def test_a_search_is_not_repeated_every_two_seconds(agency, clock):
    agency.ticket(unit="east", title="净水器漏水")
    http, ask = desk("mediator"), reverse("admin:cases_case_queue")
    often = re.compile(r'hx-get="([^"]+)"[^>]*hx-trigger="every 2s')

    [queue] = often.findall(http.get("/admin/").content.decode())
    [sign] = often.findall(http.get("/admin/", {"q": "漏水"}).content.decode())

    assert "v=" in queue and sign == f"{ask}?watch=1"
    with CaptureQueriesContext(connection) as asked:
        assert "swept" in http.get(sign).headers["HX-Trigger"]
    assert "cases_case" not in str(asked.captured_queries)


def test_a_clock_that_turned_is_told_to_the_poll(agency, clock):
    agency.ticket(unit="east")
    http = desk("mediator")
    seen = http.get("/admin/").context["watchlist"].fingerprint

    clock.shift(TEN + timedelta(seconds=1))

    assert http.get(reverse("admin:cases_case_queue"), {"v": seen}).status_code == 200


# -- as many queries for twenty rows as for ten ---------------------------------------------


@pytest.mark.parametrize(
    ("username", "path"),
    [("mediator", "/admin/"), ("dispatcher", "/admin/"), ("chief", "/admin/"),
     ("registrar", "/admin/"), ("mediator", "/admin/cases/case/")],
)  # fmt: skip
def test_more_rows_cost_no_more_queries(
    agency, clock, django_assert_max_num_queries, username, path
):
    http = desk(username)
    for _row in range(10):
        agency.ticket(unit="east")
    http.get(path)
    with django_assert_max_num_queries(30) as ten:
        http.get(path)
    for _row in range(10):
        agency.ticket(unit="east")
    with django_assert_max_num_queries(len(ten.captured_queries)) as twenty:
        assert http.get(path).status_code == 200
    assert len(twenty.captured_queries) == len(ten.captured_queries) <= 24


def test_a_poll_without_news_costs_few_queries(agency, clock, django_assert_max_num_queries):
    agency.ticket(unit="east")
    http = desk("mediator")
    seen = http.get("/admin/").context["watchlist"].fingerprint

    with django_assert_max_num_queries(16):
        http.get(reverse("admin:cases_case_queue"), {"v": seen}, headers={"HX-Request": "true"})


# -- the list -------------------------------------------------------------------------------


def test_the_list_is_scoped_and_searched(agency, clock):
    mine = agency.ticket(unit="east", title="洗衣机漏水")
    theirs = agency.ticket(unit="west", title="洗衣机漏水")
    address = reverse("admin:cases_case_changelist")

    page = desk("mediator").get(address, {"q": "洗衣机"}).content.decode()
    assert mine.no in page and theirs.no not in page
    assert mine.no in desk("mediator").get(address, {"q": mine.no}).content.decode()


def test_a_search_says_what_it_left_out(agency, clock):
    """The queue holds one's own, and no free text of a report is searched."""
    agency.ticket(unit="east", title="洗衣机漏水")
    address = reverse("admin:cases_case_changelist")

    assert f"{address}?q=%E6%B4%97" in desk("mediator").get("/admin/", {"q": "洗衣机"}).text
    assert "举报只按编号和经营者查找" in desk("mediator").get(address, {"q": "洗衣机"}).text
    assert "举报只按编号和经营者查找" not in desk("mediator").get(address).text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("state__exact=%00", 400), ("q=%00", 400), ("title__iregex=(", 400), ("state=%FF", 200),
        ("consumer__phone__startswith=138", 400), ("handler__password__startswith=a", 400),
        ("reporter__phone__startswith=138", 400), ("state=nowhere", 200), ("unit=nowhere", 200),
        ("merchant=x", 200), ("merchant=99999999999999999999", 200), ("o=99.-99.x", 200),
        ("p=999999", 200), ("p=x", 200), ("_to_field=no", 400), ("_facets=1", 200), ("all=1", 200),
        ("kind=report&overdue=true&channel=minyi&state=open", 200),
    ],
)  # fmt: skip
def test_an_address_typed_by_hand_is_never_an_error_of_ours(agency, clock, query, status):
    agency.ticket(unit="east")

    response = desk("mediator").get(f"/admin/cases/case/?{query}")

    assert response.status_code == status


def test_other_complaints_of_the_merchant_are_one_click_away(agency, clock):
    case, _other = agency.ticket(unit="east"), agency.ticket(unit="east")
    agency.ticket(unit="west")

    page = desk("mediator").get(page_of(case))

    assert page.context["others"] == "1 件投诉", "only those in one's scope are counted"
    listed = desk("mediator").get(f"/admin/cases/case/?merchant={case.merchant_id}")
    assert listed.context["cl"].result_count == 2


def test_an_empty_list_offers_nothing_that_is_not_to_be_had(agency):
    page = desk("admin").get(reverse("admin:core_systemgap_changelist")).content.decode()

    assert "可以新增" not in page
    assert "empty" in page and ">zh-hans</span>" not in page.lower()


def test_columns_have_heads_of_this_language(agency):
    rules = desk("admin").get(reverse("admin:core_deadlinerule_changelist")).content.decode()
    classes = desk("admin").get(reverse("admin:cases_category_changelist")).content.decode()

    assert "名称" in rules and "cca_nature</td>" not in classes


def test_an_open_page_hears_of_what_others_did(agency, clock):
    case = agency.ticket(unit="east")
    http = desk("mediator")
    seen = http.get(page_of(case)).context["newest"]
    news = reverse("admin:cases_case_news", args=[case.pk])
    assert http.get(news, {"v": seen}).status_code == 204

    workflow.respond(case.no, by=agency.chief)

    assert "data-news" in http.get(news, {"v": seen}).content.decode()
    assert desk("mediator_b").get(news).status_code == 404


# -- registration ---------------------------------------------------------------------------


def form(**changes) -> dict:
    told = {
        "channel": "hotline", "kind": "complaint", "line": "12315", "title": "洗衣机漏水",
        "consumer.name": "陈小满", "consumer.phone": "13800138000", "merchant.name": "清泉电器",
        "category": "G0601 手机", "amount": "1280", "form": "f-1",
    }  # fmt: skip
    return told | OF_KIND.get(changes.get("kind"), {}) | changes


OF_KIND = {
    "petition": {
        "petition.form": "letter", "petition.is_first": "true", "petition.people": "1",
        "petition.wish": "redress", "petition.national_satisfaction": "false",
    },
    "report": {"report.place": "北城区解放路1号", "report.secrecy": "ordinary"},
}  # fmt: skip


def test_a_registrar_registers_a_ticket(agency, clock):
    response = desk("registrar").post(reverse("admin:cases_case_add"), form())

    case = Case.objects.get()
    assert response.status_code == 302
    assert (case.title, case.channel.code, str(case.amount)) == ("洗衣机漏水", "hotline", "1280.00")
    assert case.events.get().actor == agency.registrar
    assert case.deadlines.filter(rule__code__in=RULES_1030).count() == 2


def test_a_second_enter_makes_no_second_ticket(agency, clock):
    http = desk("registrar")
    for _press in range(2):
        http.post(reverse("admin:cases_case_add"), form())

    assert Case.objects.count() == 1


def test_a_registration_that_fails_says_where_and_keeps_the_rest(agency, clock):
    response = desk("registrar").post(
        reverse("admin:cases_case_add"), form(**{"consumer.phone": "123", "amount": "zwölf"})
    )

    page = response.content.decode()
    assert response.status_code == 400
    assert page.count('class="why"') == 2
    assert "洗衣机漏水" in page and "zwölf" in page
    assert not Case.objects.exists()


def test_an_empty_registration_names_everything_at_once(agency, clock):
    response = desk("registrar").post(
        reverse("admin:cases_case_add"),
        {"channel": "hotline", "kind": "complaint", "category": "nonsense",
         "merchant.uscc": "91350100M000100Y43", "amount": "一千"},
    )  # fmt: skip

    assert set(response.context["form"].errors) >= {
        "title", "consumer.name", "consumer.phone", "category", "merchant.name", "amount",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [({"unit": "west"}, "unit"), ({"unit": "agency"}, "unit"), ({"channel": "outlet"}, "channel")],
)
def test_a_registrar_registers_only_what_the_form_offers(agency, clock, changes, wrong):
    agency.registrar.unit = agency.units["east"]
    agency.registrar.save()

    response = desk("registrar").post(reverse("admin:cases_case_add"), form(**changes))

    assert response.status_code == 400
    assert list(response.context["form"].errors) == [wrong]
    assert not Case.objects.exists()


@pytest.mark.parametrize(("unit", "state"), [("east", "dispatched"), ("", "registered")])
def test_a_registrar_of_a_section_registers_for_it_or_for_dispatch(agency, clock, unit, state):
    agency.registrar.unit = agency.units["east"]
    agency.registrar.save()

    desk("registrar").post(reverse("admin:cases_case_add"), form(unit=unit, line=""))

    assert (Case.objects.get().state, Case.objects.get().unit.code) == (state, unit or "agency")


@pytest.mark.parametrize(("section", "is_named"), [("agency", True), ("west", False)])
def test_a_number_that_stands_is_told_and_what_was_typed_is_kept(agency, clock, section, is_named):
    standing = agency.ticket("hotline", external_no="HL1", unit="east")
    agency.registrar.unit = agency.units[section]
    agency.registrar.save()
    http, told = desk("registrar"), form(external_no="HL1")

    for _press in range(2):
        response = http.post(reverse("admin:cases_case_add"), told)
        [said] = response.context["form"].errors["external_no"]
        assert response.status_code == 400
        assert (standing.no in said) == is_named
        assert "洗衣机漏水" in response.content.decode()
    assert Case.objects.get() == standing

    told["external_no"] = "HL2"
    assert http.post(reverse("admin:cases_case_add"), told).status_code == 302
    assert Case.objects.count() == 2


@pytest.mark.parametrize("typed", ["食品", "G01", "G01 食品"])
def test_a_class_may_be_typed_by_name_or_by_code(agency, clock, typed):
    desk("registrar").post(reverse("admin:cases_case_add"), form(category=typed))

    assert Case.objects.get().category.code == "G01"


# -- settings -------------------------------------------------------------------------------


def test_no_form_makes_anybody_more_than_their_role(agency):
    http, user = desk("admin"), agency.mediator
    address = reverse("admin:core_user_change", args=[user.pk])
    sent = {
        "username": "mediator", "name": "韩雪", "role": "mediator", "unit": user.unit_id,
        "is_active": "on", "is_superuser": "1", "is_staff": "1", "groups": "1",
        "user_permissions": "1",
    }  # fmt: skip

    assert "is_superuser" not in http.get(address).content.decode()
    assert http.post(address, sent).status_code == 302

    user.refresh_from_db()
    assert (user.name, user.is_superuser) == ("韩雪", False)
    assert not user.groups.exists() and not user.user_permissions.exists()


def test_an_administrator_cannot_change_its_own_role(agency):
    address = reverse("admin:core_user_change", args=[agency.admin.pk])
    sent = {"username": "admin", "name": "沈", "role": "leader", "unit": agency.admin.unit_id}

    desk("admin").post(address, sent)

    agency.admin.refresh_from_db()
    assert agency.admin.role == "admin"


def test_an_outsider_sits_at_an_outlet(agency):
    told = {
        "username": "new_one", "name": "小新", "role": "outlet_liaison", "email": "",
        "unit": agency.units["east"].pk,
    }  # fmt: skip
    http = desk("admin")

    assert http.post(reverse("admin:core_user_add"), told).status_code == 200
    told["unit"] = agency.units["outlet-a"].pk
    assert http.post(reverse("admin:core_user_add"), told).status_code == 302
    assert User.objects.get(username="new_one").unit == agency.units["outlet-a"]


def test_a_new_token_is_shown_once_and_ends_the_old_ones(agency):
    channel = agency.channels["minyi"]
    old = ApiToken.issue(channel.client)
    address = reverse("admin:cases_channel_token", args=[channel.pk])
    http = desk("admin")

    assert http.get(address).context["token"] is None, "asking changes nothing"
    token = http.post(address).context["token"]

    api = agency.channel_client("minyi")
    api.http.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    assert api.post("tickets/", payload(), key="a-new-key")[0] == 201
    assert ApiToken.objects.get(digest=ApiToken.digest_of(old)).revoked_at
    assert desk("chief").post(address).status_code == 403


@pytest.mark.parametrize(
    ("query", "status"),
    [("role__exact=mediator", 200), ("unit__id__exact=x", 302), ("is_active__exact=1", 200),
     ("role__exact=%00", 400), ("password__startswith=a", 400), ("unit__path__regex=(", 400)],
)  # fmt: skip
def test_settings_are_filtered_by_what_the_page_offers(agency, query, status):
    assert desk("admin").get(f"/admin/core/user/?{query}").status_code == status


def test_classes_are_told_and_filtered_by_the_name_of_their_scheme(agency):
    http, food = desk("admin"), Category.objects.get(code="G01")

    lists = http.get(reverse("admin:cases_category_changelist"), {"scheme__exact": "goods"})
    page = http.get(reverse("admin:cases_category_change", args=[food.pk]))

    [schemes, _active] = lists.context["cl"].filter_specs
    offered = [choice["display"] for choice in schemes.choices(lists.context["cl"])]
    assert offered[1:3] == ["商品", "服务"]
    assert {category.scheme for category in lists.context["cl"].result_list} == {"goods"}
    assert "商品" in page.content.decode() and "goods" not in page.content.decode()


def test_units_are_one_tree(agency):
    east = agency.units["east"]
    outlet = agency.units["outlet-a"]
    address = reverse("admin:core_unit_change", args=[east.pk])
    sent = {"name": east.name, "kind": east.kind, "org_profile": "amr", "parent": outlet.pk}

    assert desk("admin").post(address, sent).status_code == 200, "not below itself"
    assert desk("admin").post(address, {**sent, "parent": ""}).status_code == 200, "one root"


def test_outsiders_land_on_their_own_page(agency):
    for role in OUTSIDERS:
        assert desk(USERNAMES[role]).get("/").url == "/portal/"
