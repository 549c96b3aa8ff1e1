"""Many cases, one verb: each for itself."""

from io import StringIO

import pytest
from django.core.management import call_command

from cases import workflow
from cases.models import Case
from tests.cases.test_admin import desk
from tests.cases.test_petitions import answered

pytestmark = pytest.mark.django_db


def order(agency, who, verb, cases, **body):
    numbers = [getattr(case, "no", case) for case in cases]
    return agency.client(who).post(f"cases/bulk/{verb}/", {"cases": numbers, "body": body})


def test_each_case_has_its_own_answer_and_nothing_is_lost(agency, clock):
    fresh, done, foreign = agency.ticket(unit="east"), agency.ticket(unit="east"), agency.ticket()
    workflow.respond(done.no, by=agency.mediator)

    status, told = order(agency, "mediator", "respond", [done, fresh, foreign, "TS1", fresh])

    assert (status, told["done"], told["refused"]) == (200, 1, 3)
    assert [(row["no"], row["status"]) for row in told["results"]] == [
        (done.no, 409), (fresh.no, 200), (foreign.no, 404), ("TS1", 404),
    ]  # fmt: skip
    assert told["results"][0]["detail"]
    assert fresh.tickets.get().responded_at == clock.now
    assert foreign.tickets.get().responded_at is None


def test_what_one_case_refuses_costs_no_other(agency, clock):
    cases = [agency.ticket() for _case in range(2)]
    workflow.dispatch(cases[0].no, by=agency.dispatcher, unit="west")

    status, told = order(agency, "dispatcher", "dispatch", cases, unit="east", handler="mediator")

    assert (status, told["done"]) == (200, 2)
    assert {c.unit.code for c in Case.objects.all()} == {"east"}
    assert {c.handler for c in Case.objects.all()} == {agency.mediator}


def test_one_reply_goes_to_every_ticket_without_one(agency, clock):
    case, other = agency.contacted_case(), agency.contacted_case(external_no="MY-1")
    workflow.reply_ticket(case.no, by=agency.mediator, ticket=case.tickets.get().no, text="一")

    status, told = order(agency, "mediator", "reply_ticket", [case, other], text="统一答复")

    assert [row["status"] for row in told["results"]] == [409, 200]
    assert case.tickets.get().reply_text == "一" and other.tickets.get().reply_text == "统一答复"


@pytest.mark.parametrize(
    ("who", "verb", "sent", "status"),
    [
        ("auditor", "respond", {"cases": ["TS1"]}, 403),
        ("mediator", "contact", {"cases": ["TS1"]}, 404),
        ("mediator", "respond", {"cases": []}, 400),
        ("mediator", "respond", {"cases": ["TS1"] * 201}, 400),
        ("mediator", "respond", {"cases": "TS1"}, 400),
        ("mediator", "respond", {"cases": ["TS1"], "body": {"x": 1}}, 400),
        ("mediator", "respond", {"cases": ["TS1"], "more": 1}, 400),
        ("mediator", "close", {"cases": ["TS1"], "body": {}}, 400),
    ],
)
def test_an_order_that_cannot_be_carried_out(agency, clock, who, verb, sent, status):
    told, problem = agency.client(who).post(f"cases/bulk/{verb}/", sent)

    assert told == status
    assert problem["status"] == status


# -- at the desk --------------------------------------------------------------------------

LIST = "/admin/cases/case/"


def tick(http, verb, cases):
    ticked = {"action": f"bulk_{verb}", "_selected_action": [case.pk for case in cases]}
    return http.post(LIST, ticked)


def test_ticked_cases_get_one_form_and_each_its_answer(agency, clock):
    cases, http = [agency.ticket() for _case in range(3)], desk("dispatcher")

    form = tick(http, "dispatch", cases[:2]).content.decode()
    assert all(f'name="case" value="{case.no}"' in form for case in cases[:2])
    assert cases[2].no not in form

    sent = {"case": [case.no for case in cases[:2]], "unit": "east"}
    answers = http.post(f"{LIST}bulk/dispatch/", sent)
    assert [answer.status for answer in answers.context["answers"]] == [200, 200]
    assert list(Case.objects.order_by("pk").values_list("unit__code", flat=True)) == [
        "east", "east", "agency",
    ]  # fmt: skip


def test_a_form_that_is_wrong_does_nothing(agency, clock):
    case = agency.ticket()

    answer = desk("dispatcher").post(f"{LIST}bulk/dispatch/", {"case": [case.no]})

    assert answer.status_code == 400 and case.no in answer.content.decode()
    assert Case.objects.get().state == "registered"


def test_who_may_not_handle_a_report_is_refused_with_the_reason_once(agency, clock):
    cases = [agency.ticket(unit="east", kind=kind) for kind in ("complaint", "report")]

    sent = {"case": [case.no for case in cases], "handler": "mediator"}
    answers = desk("chief").post(f"{LIST}bulk/assign/", sent)

    done, refused = answers.context["answers"]
    assert done.is_done and [refused.told] == [[
        f"举报须由科室负责人、执法人员办理；{agency.mediator.name}是{agency.mediator.get_role_display()}。"
    ]]  # fmt: skip
    html = answers.content.decode()
    assert html.count(refused.told[0]) == 1 and "handler:" not in html


def test_what_was_refused_is_said_beside_its_case(agency, clock):
    done, fresh = agency.ticket(unit="east"), agency.ticket(unit="east")
    workflow.respond(done.no, by=agency.mediator)

    page = desk("mediator").post(f"{LIST}bulk/respond/", {"case": [done.no, fresh.no]})

    assert [answer.status for answer in page.context["answers"]] == [409, 200]
    assert page.context["answers"][0].detail in page.content.decode()


def test_those_that_refused_are_asked_for_again_and_no_other(agency, clock):
    done, fresh = agency.ticket(unit="east"), agency.ticket(unit="east")
    workflow.respond(done.no, by=agency.mediator)
    http = desk("mediator")
    page = http.post(f"{LIST}bulk/respond/", {"case": [done.no, fresh.no]})
    assert page.context["refused"] == [done.no] and 'name="again"' in page.content.decode()

    again = http.post(f"{LIST}bulk/respond/", {"case": page.context["refused"], "again": "1"})

    assert again.status_code == 200 and again.context["answers"] is None
    assert done.no in again.content.decode() and fresh.no not in again.content.decode()
    assert done.events.filter(kind="responded").count() == 1


@pytest.mark.parametrize(
    ("who", "verb", "status"),
    [("auditor", "respond", 404), ("mediator", "contact", 404), ("mediator", "respond", 302)],
)
def test_who_may_not_or_brings_nothing(agency, who, verb, status):
    assert desk(who).post(f"{LIST}bulk/{verb}/", {}).status_code == status


def test_the_list_offers_what_the_role_may_do(agency, clock):
    agency.ticket(unit="east")

    assert "bulk_dispatch" in desk("chief").get(LIST).content.decode()
    assert "bulk_dispatch" not in desk("mediator").get(LIST).content.decode()
    assert "bulk_" not in desk("auditor").get(LIST).content.decode()


def test_what_is_ticked_is_exported_and_nothing_else(agency, clock):
    ticked, other = agency.ticket(unit="east"), agency.ticket(unit="east")
    http = desk("chief")

    page = http.post(LIST, {"action": "export", "_selected_action": [ticked.pk]})
    assert page.status_code == 302 and page["Location"].endswith(f"export/?only={ticked.no}")
    assert http.get(page["Location"]).context["count"] == 1
    assert other.no not in http.get(f"{LIST}?only={ticked.no}").content.decode()
    assert 'value="export"' not in desk("mediator").get(LIST).content.decode()


@pytest.mark.parametrize("typed", ["%00", "'--", "TS1,,TS2", "x" * 10, ""])
def test_what_nobody_ticked_narrows_nothing_or_finds_nothing(agency, clock, typed):
    agency.ticket(unit="east")
    assert desk("chief").get(f"{LIST}?only={typed}").status_code in {200, 400}


def test_a_topic_one_of_them_has_may_be_meant_for_the_others(agency, clock):
    call_command("load_topics", stdout=StringIO())
    cases = [agency.ticket(category="G0101"), agency.ticket()]

    def offered(verb):
        return 'value="food_safety"' in tick(desk("dispatcher"), verb, cases).content.decode()

    assert offered("tag") and offered("untag")


def test_more_than_can_be_done_at_once_is_said(agency, clock, monkeypatch):
    monkeypatch.setattr("cases.bulk.MOST", 1)
    cases = [agency.ticket() for _case in range(2)]

    response = tick(desk("dispatcher"), "dispatch", cases)

    assert response.status_code == 302


def test_what_the_end_of_one_of_them_asks_for_is_asked_and_kept_with_that_one(agency, clock):
    called, uncalled = answered(agency), answered(agency)
    workflow.follow_up(called.no, by=agency.callback, satisfaction="satisfied")
    workflow.evaluate(called.no, by=agency.callback, satisfaction="satisfied", office="satisfied")
    http, page = desk("petition_officer"), "/admin/cases/case/bulk/close/"
    sent = {"case": [called.no, uncalled.no], "conclusion": "办结", "principle": "educated"}
    asked = http.post(page, sent)
    assert asked.status_code == 400 and 'name="why_early"' in asked.text

    http.post(page, sent | {"why_early": "来信人不愿再等"})

    said = [Case.objects.get(pk=case.pk).pending.data for case in (called, uncalled)]
    assert [told["why_early"] for told in said] == ["", "来信人不愿再等"]
    assert {told["principle"] for told in said} == {"educated"}
