"""补充登记: what was not said at first, or wrongly, is told later; what stood there is kept."""

import json
from decimal import Decimal

import pytest
from django.http import QueryDict

from agency.core import invariants, notifications
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Delivery
from cases import intake, workflow
from cases.admin import page
from cases.admin.labels import VERBS
from cases.admin.verbs import VerbForm
from cases.models import Case, Consumer, Topic
from cases.workflow.allowed import Sight
from tests.cases.test_admin import desk, page_of, verb_of
from tests.notices import IN_APP
from tests.stories import clock_of

pytestmark = pytest.mark.django_db

HEARD = "与投诉人通话获知"
PHONE, WRONG = "13900139000", "13800138000"


def form(case: Case, verb: str, user, **typed) -> VerbForm:
    asked = QueryDict(mutable=True)
    asked.update(typed)
    return VerbForm(VERBS[verb], Case.objects.get(pk=case.pk), user, typed=asked)


def story(case: Case, who: str) -> str:
    return desk(who).get(page_of(case)).content.decode()


def comes_first(case: Case, user, one: str, other: str) -> bool:
    buttons = page.verb_buttons(Sight(Case.objects.get(pk=case.pk), user))
    names = [verb.name for verb in (*buttons["buttons"], *buttons["more"])]
    return names.index(one) < names.index(other)


def test_what_the_law_asks_for_is_added_and_then_the_page_accepts(agency, clock):
    case = agency.contacted_case(merchant=None)
    mediator = agency.mediator
    assert comes_first(case, mediator, "supplement", "accept")

    added = form(
        case, "supplement", mediator, merchant_name="清泉电器商行", narrative="漏水三次",
        demand="退款", reason=HEARD,
    )  # fmt: skip

    assert added.submit(), (added.errors, added.refusal)
    case.refresh_from_db()
    assert (case.merchant.name, case.narrative, case.demand) == ("清泉电器商行", "漏水三次", "退款")
    assert comes_first(case, mediator, "accept", "supplement")
    assert form(case, "accept", mediator, notified_by="phone").submit()


def test_old_and_new_stand_in_the_story_and_no_value_in_the_event(agency, clock):
    case = agency.ticket(unit="east", demand="退款", amount="100.00")

    workflow.supplement(
        case.no, by=agency.registrar, demand="退一赔三", amount="400.00", reason=HEARD
    )

    shown = story(case, "registrar")
    assert "退款 → 退一赔三" in shown and "100.00 → 400.00" in shown and HEARD in shown
    event = case.events.get(kind="supplemented")
    assert (list(event.data), set(event.data["fields"])) == (["fields"], {"demand", "amount"})
    status, told = agency.client("registrar").get(f"cases/{case.no}/story/")
    assert status == 200 and {"退一赔三", "400.00"} <= {s["now"] for s in told["supplements"]}


def test_a_wrong_number_is_mended_and_the_old_one_stays_sealed(agency, clock):
    case = agency.ticket(unit="east", consumer={"name": "陈小满", "phone": WRONG})
    old = case.consumer

    case = workflow.supplement(case.no, by=agency.dispatcher, phone="+86" + PHONE, reason=HEARD)

    assert case.consumer.phone.endswith(PHONE) and case.consumer.name == "陈小满"
    assert case.tickets.get().consumer == case.consumer != old
    assert Consumer.objects.get(pk=old.pk).phone.endswith(WRONG)
    shown = story(case, "mediator")
    assert PHONE not in shown and WRONG not in shown
    row = case.supplements.get()
    assert (row.was, row.now) == ("", "") and PHONE not in json.dumps(
        list(case.events.values_list("data", flat=True))
    )
    found = agency.client("registrar").post("cases/lookup/", {"phone": PHONE})[1]
    assert case.no in json.dumps(found)


def test_who_could_not_be_called_is_to_be_called_from_now_on(agency, clock):
    case = agency.ticket("national", kind="consultation", consumer=None)
    assert not case.deadlines.filter(rule__code="ticket.contact_30").exists()
    clock.shift(hours=2)

    workflow.supplement(case.no, by=agency.registrar, phone="+86" + PHONE, reason=HEARD)

    assert clock_of(case, "ticket.contact_30").starts_at == clock.now
    assert invariants.check()[1] == []


def of_nobody(agency) -> Case:
    return agency.ticket("national", kind="consultation", consumer=None)


def answered(agency) -> Case:
    return workflow.answer(of_nobody(agency).no, by=agency.registrar, text="七日内可退")


def closed(agency) -> Case:
    return workflow.close(answered(agency).no, by=agency.registrar, conclusion="已答复")


def imported(agency) -> Case:
    channel, long_ago = agency.channels["national"], "2024-05-11T09:00:00+08:00"
    row = agency.submission("national", kind="consultation", consumer=None, arrived_at=long_ago)
    [kept] = intake.register_many([row], channel=channel, by=channel.client, history=True)
    return Case.objects.get(no=kept.answer["case"]["no"])


def at_the_counter(agency) -> Case:
    return agency.ticket("walkin", kind="consultation", consumer=None)


def replied_to(agency) -> Case:
    case = of_nobody(agency)
    workflow.respond(case.no, by=agency.dispatcher)
    return workflow.reply_ticket(case.no, by=agency.dispatcher, text="已转办")


@pytest.mark.parametrize("bring", [answered, closed, imported, at_the_counter, replied_to])
def test_nobody_owes_a_call_any_more_for_a_number_told_later(agency, clock, bring):
    """Reached, answered, closed or long over: it starts no clock that nobody could meet."""
    case = bring(agency)
    before = set(case.deadlines.values_list("rule__code", flat=True))
    clock.shift(hours=2)

    case = workflow.supplement(case.no, by=agency.registrar, phone="+86" + PHONE, reason=HEARD)

    assert set(case.deadlines.values_list("rule__code", flat=True)) == before
    assert case.consumer.phone.endswith(PHONE)
    assert invariants.check()[1] == []


def test_a_class_that_is_known_later_brings_its_topic(agency, clock):
    topic = Topic.objects.create(code="water", name_zh="饮用水专项", categories=["G0101"])
    case = agency.ticket(unit="east")

    case = workflow.supplement(case.no, by=agency.mediator, category="G0101", reason=HEARD)

    assert case.category.code == "G0101" and list(case.topics.all()) == [topic]


def test_a_consent_given_later_opens_the_door_it_kept_shut(agency, clock):
    case = agency.contacted_case()
    workflow.accept(case.no, by=agency.mediator)
    assert "entrust" not in workflow.allowed(Case.objects.get(pk=case.pk), agency.mediator)

    case = workflow.supplement(case.no, by=agency.mediator, entrust=True, reason=HEARD)

    assert "entrust" in workflow.allowed(case, agency.mediator)


def test_the_same_merchant_is_the_same_row(agency, clock):
    first = agency.ticket(unit="east", merchant={"name": "甲店"})
    case = agency.ticket(unit="east", merchant=None)

    case = workflow.supplement(case.no, by=agency.mediator, merchant_name="甲店", reason=HEARD)

    assert case.merchant == first.merchant


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [("report", "phone", "+86" + PHONE), ("petition", "publish", True), ("report", "demand", "赔")],
)
def test_a_kind_is_asked_for_its_own_alone(agency, clock, kind, field, value):
    channel = "petition" if kind == "petition" else "minyi"
    case = agency.ticket(channel, kind=kind)

    with pytest.raises(Invalid) as refused:
        workflow.supplement(case.no, by=agency.dispatcher, **{field: value}, reason=HEARD)

    assert list(refused.value.errors) == [field]
    assert field not in {f.name for f in form(case, "supplement", agency.dispatcher).fields}


def test_what_is_masked_is_not_laid_open_by_the_form(agency, clock):
    case = agency.ticket(unit="east", narrative=f"请打我电话{WRONG}", demand="退款")

    begins = {f.name: f.value for f in form(case, "supplement", agency.mediator).fields}

    assert WRONG not in begins["narrative"] and begins["demand"] == "退款"
    assert begins["phone"] == begins["name"] == ""


def test_what_a_text_names_is_sealed_with_the_person(agency, clock):
    case = agency.ticket(unit="east")

    case = workflow.supplement(
        case.no, by=agency.mediator, narrative=f"我是陈小满，电话{WRONG}", reason=HEARD
    )

    assert WRONG not in case.narrative
    assert WRONG in Consumer.objects.get(pk=case.consumer.pk).told


def test_nothing_new_is_no_supplement(agency, clock):
    case = agency.ticket(unit="east", demand="退款")

    with pytest.raises(RuleViolation):
        workflow.supplement(case.no, by=agency.mediator, demand="退款", reason=HEARD)
    untouched = form(case, "supplement", agency.mediator, demand="退款", reason=HEARD)
    assert not untouched.submit() and untouched.refusal


def test_a_code_of_another_business_is_told_apart(agency, clock):
    code = "91440300708461136T"
    agency.ticket(unit="east", merchant={"name": "甲店", "uscc": code})
    case = agency.ticket(unit="east", merchant=None)

    with pytest.raises(Invalid, match="甲店"):
        workflow.supplement(
            case.no, by=agency.mediator, merchant_name="乙店", uscc=code, reason=HEARD
        )


# -- after a decision that somebody was told of -------------------------------------------------


def refused(agency, **told) -> Case:
    case = agency.contacted_case(**told)
    workflow.refuse(case.no, by=agency.mediator, ground="R4", explanation="已逾三年")
    workflow.approve(case.no, by=agency.chief)
    said = {"party": "complainant", "how": "phone", "text": "可依法诉讼"}
    return workflow.notify(case.no, by=agency.mediator, **said)


def test_what_was_decided_on_changes_with_a_second_person_alone(agency, clock):
    case = refused(agency, demand="退款", narrative="漏水", amount="100.00")

    workflow.supplement(
        case.no, by=agency.mediator, merchant_name="另一家公司", demand="退一赔三",
        narrative=f"漏水，电话{WRONG}", amount=Decimal("1.00"), address="湖滨路8号", reason=HEARD,
    )  # fmt: skip

    case.refresh_from_db()
    assert (case.merchant.name, case.demand, case.amount) == (
        "清泉电器商行", "退款", Decimal("100.00"),
    )  # fmt: skip
    assert case.consumer.address == "湖滨路8号", "what was not decided on waits for nobody"
    waiting = case.proposals.get(decided_at=None)
    assert WRONG not in json.dumps(waiting.data) and WRONG in case.consumer.told
    decides = desk("chief").get(verb_of(case, "approve")).content.decode()
    assert "清泉电器商行 → 另一家公司" in decides and "退款 → 退一赔三" in decides

    case = workflow.approve(case.no, by=agency.chief)
    assert (case.merchant.name, case.demand, case.amount) == (
        "另一家公司", "退一赔三", Decimal("1.00"),
    )  # fmt: skip
    assert "退款 → 退一赔三" in story(case, "chief")


def test_a_change_that_is_not_approved_leaves_all_as_it_was(agency, clock):
    case = refused(agency, demand="退款")

    workflow.supplement(case.no, by=agency.mediator, demand="退一赔三", reason=HEARD)
    case = workflow.disapprove(case.no, by=agency.chief, reason="与决定书不符")

    assert case.demand == "退款" and not case.supplements.exists()


def test_what_is_the_same_is_proposed_to_nobody(agency, clock):
    case = refused(agency, demand="退款")

    with pytest.raises(RuleViolation):
        workflow.supplement(case.no, by=agency.mediator, demand="退款", reason=HEARD)
    assert workflow.supplement(
        case.no, by=agency.mediator, demand="退款", publish=True, reason=HEARD
    ).consents_to_publish

    assert case.proposals.filter(decided_at=None).count() == 0


def test_what_waits_to_be_mended_is_given_to_somebody_all_the_same(agency, clock):
    case = workflow.reopen(closed(agency, amount="100.00").no, by=agency.supervisor, reason="有误")
    workflow.supplement(case.no, by=agency.dispatcher, amount=Decimal("120.00"), reason=HEARD)
    button = verb_of(case, "dispatch")
    assert button in desk("dispatcher").get("/admin/").text and button in story(case, "dispatcher")

    case = workflow.dispatch(case.no, by=agency.dispatcher, unit="west", handler="mediator_b")

    assert (case.unit.code, case.amount) == ("west", Decimal("100.00"))
    barred = {"return", "refuse", "supplement", "withdraw"}
    assert barred.isdisjoint(workflow.allowed(case, agency.mediator_b))
    with pytest.raises(RuleViolation):
        workflow.return_(case.no, by=agency.mediator_b, reason="不属本区", explanation="在东城")
    assert "approve" in workflow.allowed(case, agency.leader), "west has no chief"
    assert workflow.approve(case.no, by=agency.leader).amount == Decimal("120.00")
    assert "return" in workflow.allowed(case, agency.mediator_b)


def test_with_the_case_its_approval_is_asked_for_where_it_goes(agency, clock):
    """And of nobody any more who was asked before: they could not decide it."""
    case = workflow.reopen(closed(agency, amount="100.00").no, by=agency.supervisor, reason="有误")
    case = workflow.supplement(
        case.no, by=agency.dispatcher, amount=Decimal("120.00"), reason=HEARD
    )
    proposal = case.pending
    assert asked_to_approve(proposal) == {"chief"}

    for unit, asked in {"west": {"leader"}, "east": {"chief"}}.items():
        workflow.dispatch(case.no, by=agency.dispatcher, unit=unit)
        assert asked_to_approve(proposal) == asked

    workflow.approve(case.no, by=agency.chief)
    assert asked_to_approve(proposal) == set()


def asked_to_approve(proposal) -> set[str]:
    """Who has a notice to approve it that still waits to be read."""
    notifications.deliver_pending()
    asked = Delivery.objects.filter(channel=IN_APP, read_at=None)
    asked = asked.filter(notification__dedup_key__startswith=f"proposal:{proposal.pk}")
    return set(asked.values_list("recipient__username", flat=True))


# -- publicity ----------------------------------------------------------------------------------


@pytest.fixture
def by_a_person(settings):
    """The lawyer wants a decision on each."""
    settings.PUBLISH_REFUSED = True


def closed(agency, **told) -> Case:
    case = refused(agency, **told)
    workflow.close(case.no, by=agency.mediator, conclusion="不予受理")
    return workflow.approve(case.no, by=agency.chief)


@pytest.mark.usefixtures("by_a_person")
def test_who_wrote_down_the_consent_does_not_publish_on_it(agency, clock):
    case = closed(agency)
    workflow.supplement(case.no, by=agency.mediator, publish=True, reason=HEARD)

    with pytest.raises(RuleViolation):
        workflow.decide_publicity(case.no, by=agency.mediator, publish=True)

    workflow.decide_publicity(case.no, by=agency.chief, publish=True)


@pytest.mark.usefixtures("by_a_person")
def test_what_was_published_is_taken_back_by_two(agency, clock):
    case = closed(agency, consents={"publish": True})
    workflow.decide_publicity(case.no, by=agency.mediator, publish=True)

    workflow.decide_publicity(case.no, by=agency.mediator, publish=False, reason="姓名未隐去")
    decided = case.decisions.filter(kind="publicity")
    assert [d.ground for d in decided] == ["published"], "it waits for another"
    workflow.approve(case.no, by=agency.chief)

    assert [d.ground for d in decided.order_by("pk")] == ["published", "withheld"]
    assert decided.last().approved_by == agency.chief


@pytest.mark.usefixtures("by_a_person")
def test_the_form_presumes_that_nothing_refused_is_published(agency, clock):
    told = {f.name: f for f in form(closed(agency), "decide_publicity", agency.mediator).fields}
    assert [code for code, _name in told["publish"].options] == ["false"], "no consent"

    case = closed(agency, consents={"publish": True})
    told = {f.name: f for f in form(case, "decide_publicity", agency.mediator).fields}
    assert told["publish"].value == "false" and "不予受理" in told["reason"].value


# -- what only a kind is registered with ------------------------------------------------------

SHEET = {"form": "visit", "is_first": True, "people": 7, "representatives": 3, "wish": "redress",
         "national_satisfaction": False}  # fmt: skip


def test_what_the_platform_did_not_say_of_a_petition_is_added(agency, clock):
    petition = agency.ticket("petition", kind="petition")
    client = agency.client("petition_officer")

    status, answer = client.post(f"cases/{petition.no}/supplement/", SHEET | {"reason": HEARD})

    assert status == 200, answer
    sheet = Case.objects.get(pk=petition.pk).sheet
    assert {name: getattr(sheet, name) for name in SHEET} == SHEET
    shown = story(petition, "petition_officer")
    assert "信访形式：— → 走访" in shown and "信访人数：— → 7" in shown
    fields = {f.name: f for f in form(petition, "supplement", agency.dispatcher).fields}
    assert ("visit", "走访") in fields["form"].options
    begins = {name: field.value for name, field in fields.items()}
    assert (begins["form"], begins["is_first"], begins["people"]) == ("visit", "true", "7")


def test_not_more_speak_for_petitioners_than_they_are(agency, clock):
    petition = agency.ticket("petition", kind="petition", petition={"people": 2})

    with pytest.raises(Invalid) as refused:
        workflow.supplement(petition.no, by=agency.dispatcher, representatives=3, reason=HEARD)

    assert list(refused.value.errors) == ["representatives"]
    assert Case.objects.get(pk=petition.pk).sheet.representatives is None


def test_where_it_was_done_and_what_is_to_be_feared_is_added_to_a_report(agency, clock):
    report = agency.ticket(kind="report", unit="east")

    added = form(report, "supplement", agency.enforcer, place="湖滨路市场", secrecy="special",
                 reason=HEARD)  # fmt: skip

    assert added.submit(), (added.errors, added.refusal)
    sheet = Case.objects.get(pk=report.pk).sheet
    assert (sheet.place, sheet.secrecy) == ("湖滨路市场", "special")


@pytest.mark.parametrize(("kind", "field", "value"), [
    ("complaint", "wish", "redress"), ("petition", "place", "湖滨路"), ("report", "people", 3),
])  # fmt: skip
def test_of_another_kinds_sheet_nothing_is_asked(agency, clock, kind, field, value):
    case = agency.ticket("petition" if kind == "petition" else "minyi", kind=kind)

    with pytest.raises(Invalid) as refused:
        workflow.supplement(case.no, by=agency.dispatcher, **{field: value}, reason=HEARD)

    assert list(refused.value.errors) == [field]
    assert field not in {f.name for f in form(case, "supplement", agency.dispatcher).fields}


def test_what_nobody_known_reported_is_sealed_in_their_own_words(agency, clock):
    report = agency.ticket("web", kind="report", consumer=None, unit="east")
    told = f"我叫陈小满，电话{WRONG}，见假货"

    report = workflow.supplement(report.no, by=agency.enforcer, narrative=told, reason=HEARD)

    report = Case.objects.get(pk=report.pk)
    assert WRONG not in report.narrative
    assert report.reporter.told == told and report.reporter.phone == ""
    assert invariants.check()[1] == []


def test_so_is_what_a_further_round_tells(agency, clock):
    agency.ticket(kind="report", consumer=None, external_no="MY-3")
    told = f"我叫陈小满，电话{WRONG}"

    report = agency.ticket(
        kind="report", consumer=None, external_no="MY-3", round=2, narrative=told
    )

    assert (
        report.reporter.told.endswith(told) and WRONG not in report.tickets.get(round=2).narrative
    )
