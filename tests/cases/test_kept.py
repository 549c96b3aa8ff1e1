"""What the tables hold of people: whoever reads a dump of the database learns of nobody."""

import hashlib
import json

import pytest
from django.apps import apps
from django.db import connection, models
from rest_framework.serializers import ChoiceField, MultipleChoiceField

from agency.core import invariants
from agency.core.fields import Text
from agency.core.models import User
from cases import citizens, reveal, workflow
from cases.admin.linking import Coming
from cases.bodies import BODIES
from cases.bundle import told as bundle
from cases.lifecycle import MOVES
from cases.models import Case
from cases.models.texts import CaseLine, CaseText
from cases.workflow.approval import CODED
from tests.cases.lives import WAYS, Cast
from tests.cases.test_admin import desk
from tests.stories import payload

pytestmark = pytest.mark.django_db

WHO = {
    "name": "欧阳小满", "phone": "13912345678", "id_number": "11010519491231002X",
    "address": "海淀区银杏胡同7号",
}  # fmt: skip
TOLD = "我是欧阳小满，电话139 1234 5678，证件11010519491231002X，住海淀区银杏胡同7号"
SECRETS = ("欧阳小满", "1234 5678", "12345678", "11010519491231002X", "银杏胡同7号")
FREE = {"reason", "explanation", "note", "text", "conclusion", "basis", "minutes", "evidence_note"}
PROPOSED = [
    ("decided", "grant_reward", {"amount": "500.00"}),
    ("verifying", "transfer", {}),
    ("verifying", "file", {}),
    ("verifying", "decline_filing", {"ground": "N1"}),
    ("filed", "decide_case", {"decision": "penalty"}),
]
"""State of a report, what may be proposed then, and what of it is no text."""

CODES_AND_NUMBERS = {
    "Case.no", "Case.principle", "Case.merchant_address", "Case.merchant_phone",
    "CaseDeadline.cancel_reason", "CaseSearch.words",  # of shown texts
    "ContactAttempt.dialled", "PartyNotice.dialled",  # masked as they are written
    "Decision.ground", "Document.form", "Document.number", "Document.party", "Document.version",
    "Proposal.verb", "Referral.came_from", "Supplement.field",
    "Ticket.external_no", "Ticket.line", "Ticket.no",
}  # fmt: skip


class Talkative(Cast):
    """They write down who it was wherever they may write anything."""

    def case(self, kind: str) -> Case:
        channel = "petition" if kind == "petition" else "minyi"
        return self.agency.ticket(
            channel, kind=kind, title=TOLD, narrative=TOLD, demand=TOLD, consumer=WHO,
            consents={"publish": True, "entrust": True},
        )  # fmt: skip

    def act(self, case: Case, verb: str, role: str, **body) -> Case:
        if verb == "close" and case.kind == "report":  # who gave a name is told first
            super().act(case, "notify", "enforcer")
        return super().act(case, verb, role, **body)

    def body(self, case: Case, verb: str) -> dict:
        said = super().body(case, verb)
        if verb.startswith("pause"):  # its reason is a code
            return said
        return {k: f"{v[:20]} {TOLD}" if k in FREE else v for k, v in said.items()}


def dumped() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')  # noqa: S608 – names from the catalogue
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


@pytest.mark.parametrize("state", WAYS["report"])
def test_no_table_tells_who_reported(agency, clock, state):
    Talkative(agency).bring("report", state)

    told = dumped()
    assert [secret for secret in SECRETS if secret in told] == []


@pytest.mark.parametrize(("state", "verb", "said"), PROPOSED)
@pytest.mark.parametrize("is_decided", [False, True])
def test_no_proposal_tells_who_reported(agency, clock, state, verb, said, is_decided):
    cast = Talkative(agency)
    case = cast.bring("report", state)
    texts = {name for name, told in BODIES[verb]().fields.items() if isinstance(told, Text)}
    said = dict.fromkeys(texts - CODED, TOLD[:90]) | said

    workflow.VERBS[verb](case.no, by=cast["enforcer"], **said)
    if is_decided:
        workflow.approve(case.no, by=cast["leader"])

    told = dumped()
    assert [secret for secret in SECRETS if secret in told] == []


def test_what_is_proposed_by_choice_is_known_by_name():
    """Every other text of what waits for its decision is kept like the case's own."""
    waits = {move.verb for moves in MOVES.values() for move in moves if move.decided_by} | {"reply"}
    chosen = {
        name
        for verb in waits
        for name, told in BODIES[verb]().fields.items()
        if isinstance(told, ChoiceField) and not isinstance(told, MultipleChoiceField)
    }
    assert chosen <= CODED


@pytest.mark.parametrize("kind", ["complaint", "consultation", "petition"])
def test_no_table_tells_a_citizens_number_or_door(agency, clock, kind):
    *_states, last = WAYS[kind]
    Talkative(agency).bring(kind, last)

    told = dumped()
    assert [secret for secret in SECRETS[1:] if secret in told] == []


def test_no_number_can_be_tried_on_what_is_kept_of_a_submission(agency, clock):
    """All of it but the telephone stands in the tables: a plain digest would tell each guess."""
    body = payload(kind="report", consumer=WHO)
    agency.channel_client("minyi").post("tickets/", body, key="the-key-of-a-report")
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    told = dumped()
    assert "the-key-of-a-report" in told
    for algorithm in hashlib.algorithms_guaranteed - {"shake_128", "shake_256"}:
        assert hashlib.new(algorithm, canonical.encode()).hexdigest() not in told


def test_who_says_who_he_is_in_an_anonymous_report_is_kept_with_them(agency, clock):
    told = "我叫欧阳小满，住海淀区银杏胡同7号，微信xiaoman_88，订单号TB20260302881"
    case = agency.ticket(kind="report", consumer=None, narrative=told)

    assert case.narrative == "我叫****，住****，微信****，订单号****"
    assert case.reporter.told.endswith(told)
    assert [
        secret for secret in ("欧阳小满", "银杏胡同", "xiaoman_88", "TB2026") if secret in dumped()
    ] == []


def test_what_staff_call_a_reporter_is_kept_of_nobody(agency, clock):
    case = agency.ticket(unit="east", kind="report", consumer=WHO)
    workflow.contact(
        case.no, by=agency.enforcer, outcome="reached", no_meeting_reason="欧阳女士称小满餐馆无证",
        note="回电139/1234/5678或一三九一二三四五六七八",
    )  # fmt: skip

    attempt = case.contacts.get()
    assert (attempt.no_meeting_reason, attempt.note) == ("****称****餐馆无证", "回电****或****")


def test_no_table_tells_which_reports_are_one_persons(agency, clock):
    for _report in range(2):
        agency.ticket(kind="report", consumer=WHO)

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(r) - 'id' FROM cases_reporter r ORDER BY id")
        [one], [other] = cursor.fetchall()
    one, other = json.loads(one), json.loads(other)
    assert {name for name in one if one[name] and one[name] == other[name] != "\\x"} == set()


def test_what_they_said_is_read_by_whom_the_case_needs_it_from(agency, clock):
    case = Talkative(agency).case("report")

    status, found = agency.client("custodian").post(
        f"cases/{case.no}/reveal/", {"field": "reporter.told", "reason": "核实线索"}
    )
    assert (status, found["value"]) == (200, "\n".join([TOLD] * 3))


def test_who_names_himself_in_his_words_alone_is_kept_with_them(agency, clock):
    case = agency.ticket(kind="report", consumer=None, narrative="请打13912345678找我")

    assert case.narrative == "请打****找我"
    assert case.reporter.told.endswith("请打13912345678找我")
    assert not case.is_contactable


def test_words_that_lose_nothing_are_kept_once(agency, clock):
    assert agency.ticket(consumer=WHO, narrative="净水器漏水").consumer.told == ""


def test_a_complaint_that_becomes_a_report_keeps_the_words_with_the_reporter(agency, clock):
    case = agency.ticket(unit="east", kind="consultation", consumer=WHO, narrative=TOLD)
    workflow.convert(case.no, by=agency.registrar, kind="report")

    [report] = Case.objects.filter(kind="report")
    assert "欧阳小满" not in report.narrative
    assert TOLD in report.reporter.told


def test_nobody_elses_number_is_kept_in_clear_either(agency, clock):
    """However it is typed; what the citizen told stands with them, word for word."""
    other = "店长138 0013 8000、１３８－００１３－８０００，证件110101 19900307 1233，订单1380013800012345"
    shown = "店长138****8000、138****8000，证件110*************33，订单1380013800012345"
    case = agency.ticket(unit="east", consumer=WHO, title=other, narrative=other, demand=other)
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    workflow.contact(case.no, by=agency.mediator, outcome="no_answer", note=other)
    workflow.note(case.no, by=agency.mediator, text=other)

    assert {case.title, case.narrative, case.demand} == {shown}
    assert {case.contacts.get().note, case.notes.get().text} == {shown}
    assert case.consumer.told == "\n".join([other] * 3)
    assert [number for number in ("0013 8000", "１３８－", "1233，") if number in dumped()] == []


def seen(case: Case):
    return desk("mediator").get(f"/admin/cases/case/{case.pk}/change/")


def revealed(no: str, ticket: str = "") -> str:
    return reveal.reveal(
        no, by=User.objects.get(username="mediator"), field="consumer.told", reason="回电核实",
        ticket=ticket,
    )  # fmt: skip


def test_what_nobody_known_told_is_kept_word_for_word_and_read_by_who_has_it_in_hand(agency, clock):
    def asked(**said):
        anonymous = {"kind": "consultation", "unit": "east", "consumer": None, "external_no": "R1"}
        return agency.ticket("minyi", **anonymous | said)

    case = asked(title="问三包", narrative="没有号码")
    asked(round=2, title="请打139-0013-9000", narrative="再问，打139-0013-8000")
    asked(round=3, title="快", narrative="打139-0013-7000")

    second, third = case.tickets.order_by("round")[1:]
    assert (second.title, second.narrative) == ("请打139****9000", "再问，打139****8000")
    said = "请打139-0013-9000\n再问，打139-0013-8000"
    assert revealed(case.no, second.no) == said
    assert revealed(case.no, third.no) == "快\n打139-0013-7000"
    assert agency.client("registrar").get(f"cases/{case.no}/")[1]["consumer"] is None
    page = desk("mediator").get(f"/admin/cases/case/{case.pk}/change/").content.decode()
    assert f"/reveal/?ticket={second.no}" in page and f"/reveal/?ticket={third.no}" in page
    assert citizens.others(case) == [] and not case.is_contactable

    workflow.convert(case.no, by=agency.registrar, kind="report")
    told = Case.objects.get(kind="report").reporter.told
    assert told.startswith(said) and "****" not in told, "whole, and once"


def test_what_any_round_told_goes_along_when_a_question_becomes_a_report(agency, clock):
    def asked(**said):
        return agency.ticket("minyi", kind="consultation", unit="east", external_no="R1", **said)

    case = asked(consumer=None, title="问三包", narrative="没有号码")
    asked(round=2, consumer=WHO, narrative="微信xiaoman_88，订单号TB20260302881")
    asked(round=3, consumer=WHO | {"phone": "13600136000"}, narrative="还在等")

    workflow.convert(case.no, by=agency.registrar, kind="report")

    reporter = Case.objects.get(kind="report").reporter
    assert (reporter.name, reporter.phone) == (WHO["name"], f"+86{WHO['phone']}")
    assert "微信xiaoman_88，订单号TB20260302881" in reporter.told
    assert "+8613600136000" in reporter.own_words
    assert [said for said in ("xiaoman_88", "TB2026", "13600136000") if said in dumped()] == []


def test_who_gives_a_name_with_a_later_round_of_a_report_is_known_to_the_custodian(agency, clock):
    agency.ticket(kind="report", consumer=None, external_no="R1")
    report = agency.ticket(kind="report", consumer=WHO, external_no="R1", round=2, narrative="还有")

    reporter = report.reporter
    assert (reporter.name, reporter.phone) == (WHO["name"], f"+86{WHO['phone']}")
    assert [secret for secret in SECRETS if secret in dumped()] == []
    [owed] = report.deadlines.running().filter(rule__code="ticket.contact_30")
    assert owed.ticket.round == 2, "the call is owed since there is a number"
    agency.ticket(kind="report", consumer=None, external_no="R1", round=3, narrative="我欧阳小满")
    assert "小满" not in seen(report).content.decode()
    assert invariants.check()[1] == []


def test_another_number_of_a_reporter_is_kept_beside_the_first(agency, clock):
    report = agency.ticket(kind="report", consumer=WHO, external_no="R1")
    other = {"name": "阿满", "phone": "13600136000"}
    agency.ticket(kind="report", consumer=other, external_no="R1", round=2, narrative="还有")

    report.reporter.refresh_from_db()
    assert (report.reporter.name, report.reporter.own_words) == (
        WHO["name"], "姓名：阿满\n电话：+8613600136000",
    )  # fmt: skip


def test_no_round_of_a_report_tells_a_name_that_another_gave(agency, clock):
    first = {"name": "陈先生", "phone": "13912345678"}
    report = agency.ticket(
        kind="report", consumer=first, external_no="R1", title="陈小满举报过期食品"
    )
    second = {"consumer": first | {"name": "陈小满"}, "narrative": "陈小满补充"}
    agency.ticket(kind="report", external_no="R1", round=2, **second)
    agency.ticket(kind="report", external_no="R1", round=3, consumer=None, narrative="陈小满再催")

    assert "小满" not in dumped() and "小满" not in seen(report).content.decode()
    report.reporter.refresh_from_db()
    assert "陈小满举报过期食品" in report.reporter.told and "陈小满再催" in report.reporter.told


def test_what_a_round_told_before_its_name_was_known_is_kept_with_the_reporter(agency, clock):
    report = agency.ticket(kind="report", consumer=None, external_no="R1")
    nobody = {"kind": "report", "consumer": None, "external_no": "R1"}
    agency.ticket(**nobody, round=2, narrative="店主陈老板态度恶劣，陈小满再催")
    named = {"name": "陈小满", "phone": "13912345678"}
    agency.ticket(kind="report", external_no="R1", round=3, consumer=named, narrative="还在等")

    assert "小满" not in dumped()
    report = Case.objects.get(no=report.no)
    assert "店主陈老板态度恶劣，陈小满再催" in report.reporter.told


def test_what_a_later_round_of_a_report_tells_is_gone_from_the_question_it_was(agency, clock):
    first = {"name": "陈先生", "phone": "13912345678"}
    asked = {"kind": "consultation", "unit": "east", "external_no": "R1"}
    case = agency.ticket("minyi", **asked, consumer=first, title="陈小满问三包")
    reached = {"outcome": "reached", "no_meeting_reason": "电话说清"}
    workflow.contact(case.no, by=agency.mediator, **reached)
    workflow.convert(case.no, by=agency.registrar, kind="report")
    agency.ticket("minyi", **asked, round=2, consumer=first | {"name": "陈小满"})

    assert "小满" not in dumped()
    assert "陈小满问三包" in Case.objects.get(kind="report").reporter.told


def test_a_citizens_other_name_is_masked_in_lists_too(agency, clock):
    first = {"name": "陈先生", "phone": "13912345678"}
    agency.ticket(unit="east", consumer=first, external_no="R1", title="我陈小满买的")
    agency.ticket(unit="east", consumer=first | {"name": "陈小满"}, external_no="R1", round=2)

    assert "小满" not in desk("mediator").get("/admin/cases/case/").content.decode()
    assert "小满" not in str(agency.client("mediator").get("cases/")[1])


def test_a_report_does_not_tell_who_the_question_was_first_said_to_be_from(agency, clock):
    wrong = {"name": "陈晓满", "phone": "13912345678"}
    asked = {"kind": "consultation", "unit": "east", "consumer": wrong}
    case = agency.ticket("hotline", **asked, title="问", narrative="陈晓满反映过期食品")
    workflow.supplement(case.no, by=agency.mediator, name="陈小满", reason="听错了")

    workflow.convert(case.no, by=agency.registrar, kind="report")

    report = Case.objects.get(kind="report")
    assert "晓满" not in report.narrative and "晓满" not in seen(report).content.decode()


def test_a_corrected_citizen_is_masked_wherever_the_ticket_goes(agency, clock):
    wrong = {"name": "陈晓满", "phone": "13912345678"}
    case = agency.ticket(unit="east", consumer=wrong, title="陈晓满要退货")
    workflow.supplement(case.no, by=agency.mediator, name="陈小满", reason="听错了")
    goal = agency.ticket(unit="east", consumer=WHO, title="另一件")

    workflow.link_ticket(goal.no, by=agency.dispatcher, ticket=case.tickets.get().no)

    assert "晓满" not in seen(goal).content.decode()


def test_a_correction_is_told_of_what_was_corrected_alone(agency, clock):
    first = {"name": "陈先生", "phone": "13912345678"}
    case = agency.ticket(unit="east", consumer=first, external_no="R1")
    agency.ticket(unit="east", consumer=first | {"name": "陈小满"}, external_no="R1", round=2)

    workflow.supplement(case.no, by=agency.mediator, phone="+8613600136000", reason="打错了")

    assert [row.field for row in case.supplements.all()] == ["phone"]


def test_a_number_that_looks_alike_under_its_mask_is_shown_with_its_ticket(agency, clock):
    case = agency.ticket(unit="east", consumer=WHO, external_no="R1")
    other = WHO | {"phone": "13998765678"}
    agency.ticket(unit="east", consumer=other, external_no="R1", round=2)
    second = case.tickets.get(round=2)

    assert f"/reveal/?ticket={second.no}" in seen(case).content.decode()


def test_what_a_linked_ticket_told_is_read_where_it_went(agency, clock):
    fresh = agency.ticket(
        unit=None, consumer={"name": "林一", "phone": "13700137000"}, narrative="要退押金"
    )
    case = agency.ticket(unit="east", consumer=WHO)

    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=fresh.tickets.get().no)

    assert "要退押金" in seen(case).content.decode()


def test_what_a_question_told_goes_along_from_the_complaint_it_became(agency, clock):
    asked = {"kind": "consultation", "unit": "east", "consumer": WHO}
    question = agency.ticket("minyi", **asked, narrative="要退押金")
    workflow.convert(question.no, by=agency.registrar, kind="complaint")
    complaint, case = Case.objects.get(kind="complaint"), agency.ticket(unit="east", consumer=WHO)

    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=complaint.tickets.get().no)

    assert case.tickets.get(narrative="要退押金").external_no


def test_a_ticket_that_came_back_takes_nobody_elses_words_along(agency, clock):
    home, away, goal = (agency.ticket(unit="east", narrative=said) for said in ("要退押金", "", ""))
    bare = agency.ticket("web", unit="east", narrative="", demand="").tickets.get()
    clock.shift(minutes=1)
    for case in (home, away):
        workflow.link_ticket(case.no, by=agency.dispatcher, ticket=bare.no)
    workflow.unlink_ticket(away.no, by=agency.dispatcher, ticket=bare.no)
    assert Case.objects.get(tickets=bare) == home

    workflow.link_ticket(goal.no, by=agency.dispatcher, ticket=bare.no)

    assert goal.tickets.get(pk=bare.pk).narrative == ""


def test_a_ticket_without_words_does_not_take_anothers_along(agency, clock):
    first, goal = (agency.ticket(unit="east", narrative=said) for said in ("要退押金", "要换货"))
    bare = agency.ticket(
        unit="east", narrative="", consumer={"name": "林一", "phone": "13700137000"}
    )
    clock.shift(minutes=1)
    workflow.link_ticket(first.no, by=agency.dispatcher, ticket=bare.tickets.get().no)
    moved = first.tickets.order_by("-pk").first()
    workflow.link_ticket(goal.no, by=agency.dispatcher, ticket=moved.no)

    assert not goal.tickets.filter(narrative="要退押金").exists()


def test_a_name_that_a_linked_ticket_tells_is_masked_in_lists_too(agency, clock):
    first = {"name": "陈先生", "phone": "13912345678"}
    case = agency.ticket(unit="east", consumer=first, title="我陈小满买的")
    same = agency.ticket(unit="east", consumer=first | {"name": "陈小满"})

    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=same.tickets.get().no)

    assert "小满" not in desk("mediator").get("/admin/cases/case/").content.decode()


def test_a_merged_case_learns_what_the_other_calls_its_citizen(agency, clock):
    goal = agency.ticket(unit="east", consumer={"name": "陈小满", "phone": "13912345678"})
    first = {"name": "陈先生", "phone": "13912345678"}
    case = agency.ticket(unit="east", consumer=first, title="我陈小满买的")

    workflow.link_ticket(goal.no, by=agency.dispatcher, ticket=case.tickets.get().no)

    case.refresh_from_db()
    assert case.merged_into == goal and set(case.consumer.names) == {"陈小满", "陈先生"}


def test_a_round_without_a_telephone_is_whoevers_the_ticket_was(agency, clock):
    asked = {"kind": "consultation", "unit": "east"}
    first = {"name": "陈先生", "phone": "13912345678"}
    case = agency.ticket(**asked, consumer=first, external_no="R1")
    other = agency.ticket(
        **asked, consumer={"name": "林一", "phone": "13700137000"}, external_no="R2"
    )
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other.tickets.get().no)

    agency.ticket(**asked, consumer={"name": "林小满"}, external_no="R2", round=2)
    agency.ticket(**asked, consumer={"name": "陈 小  满"}, external_no="R1", round=2)
    agency.ticket(**asked, consumer={"name": "陈 小 满"}, external_no="R1", round=3)

    case.refresh_from_db()
    assert set(case.consumer.names) == {"陈先生", "陈 小 满"}


def test_a_known_citizens_further_round_keeps_its_words_with_its_ticket(agency, clock):
    case = agency.ticket(unit="east", consumer=WHO, external_no="R1")
    told = "快，打139-0013-8000"
    agency.ticket(unit="east", consumer=WHO, external_no="R1", round=2, narrative=told)
    second = case.tickets.get(round=2)

    page = desk("mediator").get(f"/admin/cases/case/{case.pk}/change/").content.decode()
    assert f"/reveal/?ticket={second.no}" in page
    assert told in revealed(case.no, second.no)
    workflow.supplement(case.no, by=agency.mediator, address="银杏胡同8号", reason="补正")
    assert told in revealed(case.no, second.no), "who is corrected keeps all that was told"


def test_what_only_a_further_round_knew_stays_known_after_a_correction(agency, clock):
    first = {"name": "陈先生", "phone": "13912345678"}
    case = agency.ticket(unit="east", consumer=first, external_no="R1", title="我陈小满买的")
    second = first | {"name": "陈小满", "address": "海淀区银杏胡同7号"}
    agency.ticket(unit="east", consumer=second, external_no="R1", round=2, narrative="陈小满要退")
    assert "小满" not in seen(case).content.decode()

    workflow.supplement(case.no, by=agency.mediator, phone="+8613600136000", reason="打错了")

    person = Case.objects.get(no=case.no).consumer
    assert (person.name, person.phone) == ("陈先生", "+8613600136000")
    assert person.address == second["address"]
    assert person.own_words == "姓名：陈小满", "a number that was wrong is no word of theirs"
    assert set(case.tickets.values_list("consumer", flat=True)) == {person.pk}
    assert "小满" not in seen(case).content.decode()


def test_a_number_told_later_is_owed_a_call_for_each_round(agency, clock):
    question = {"kind": "consultation", "unit": "east", "consumer": {"name": "陈小满"}}
    case = agency.ticket("hotline", **question, external_no="R1")
    agency.ticket("hotline", **question, external_no="R1", round=2)

    workflow.supplement(case.no, by=agency.mediator, phone="+8613600136000", reason="补正")

    owed = case.deadlines.running().filter(rule__code="ticket.contact_30")
    assert sorted(owed.values_list("ticket__round", flat=True)) == [1, 2]
    assert invariants.check()[1] == []


def test_what_a_question_of_nobody_is_corrected_to_is_kept_too(agency, clock):
    case = agency.ticket("walkin", kind="consultation", unit="east", consumer=None)
    workflow.supplement(case.no, by=agency.mediator, narrative="打138-0013-8000", reason="补正")

    assert Case.objects.get().narrative == "打138****8000"
    assert revealed(case.no) == "打138-0013-8000"


def test_two_of_whom_nothing_is_known_are_the_same_nobody(agency, clock):
    anonymous = {"kind": "consultation", "unit": "east", "consumer": None}
    one = agency.ticket("hotline", **anonymous)
    other = agency.ticket("hotline", **anonymous, narrative="打138-0013-8000")
    [ticket] = other.tickets.all()
    assert Coming(ticket, one).citizen is None and Coming(ticket, one).differences == []

    workflow.link_ticket(one.no, by=agency.dispatcher, ticket=ticket.no)
    workflow.answer(one.no, by=agency.mediator, text="七日内可退")

    assert not one.deadlines.running().filter(rule__code="ticket.respond_10").exists()


def test_a_bundle_tells_each_round_of_the_citizen_and_nothing_of_another(agency, clock):
    case = agency.ticket(unit="east", consumer=WHO, external_no="R1")
    agency.ticket(unit="east", consumer=WHO, external_no="R1", round=2, narrative="打136-0013-6000")
    other = {"name": "林一", "phone": "13700137000"}
    beside = agency.ticket(unit="east", consumer=other, narrative="打135-0013-5000")
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=beside.tickets.get().no)

    index = str(bundle.gather(Case.objects.get(no=case.no).know_others(), plain=True).index)

    assert "136-0013-6000" in index and "135-0013-5000" not in index


def test_a_mask_longer_than_the_name_still_fits():
    field = Case._meta.get_field("title")
    assert isinstance(field, CaseLine) and isinstance(Case._meta.get_field("demand"), CaseText)

    class Keeper:
        def kept(self, text, *, ours):
            return text.replace("陈满", "****")

    row = Case(title="陈满" * 100)
    row.kept = Keeper().kept
    assert field.pre_save(row, add=True) == "****" * 50


def test_every_free_text_of_a_case_is_kept_so():
    """Also of one line; but codes, numbers and what was said of the merchant."""
    plain = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("cases").get_models()
        if model is Case or any(field.name == "case" for field in model._meta.fields)
        for field in model._meta.fields
        if isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, CaseLine | CaseText)
        and not field.choices
    }
    assert plain == CODES_AND_NUMBERS
