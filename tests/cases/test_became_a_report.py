"""A question becomes a report: what stays behind tells nobody who reported, by no way round."""

import json
import re

import pytest
from django.urls import reverse

from agency.core import invariants
from agency.core.errors import Forbidden, NotThere, RuleViolation
from agency.core.models import Access
from cases import bundle, earlier, evidence, search, workflow
from cases.models import Case, Consumer
from cases.workflow import papers
from tests.access.canaries import secrets_in, text_of
from tests.cases.test_admin import desk, verb_of
from tests.cases.test_kept import dumped
from tests.papers import pdf, upload

pytestmark = pytest.mark.django_db

WHO = {
    "name": "欧阳小满", "phone": "13912345678", "id_number": "11010519491231002X",
    "address": "海淀区银杏胡同7号",
}  # fmt: skip
WRONG = WHO | {"name": "欧阳大满", "phone": "13600007777", "address": "海淀区银杏胡同9号"}
MATTER = {"kind": "consultation", "title": "黑作坊怎么查", "merchant": {"name": "某作坊"}}
TELLS = re.compile(r"欧阳|小满|大满|银杏|海淀|139\*{4}|136\*{4}|5678|7777")


def question(agency, channel: str = "hotline", **said) -> Case:
    told = {"unit": "east", "consumer": WHO, "narrative": "欧阳小满称每晚八点后开工做豆腐"}
    return agency.ticket(channel, **MATTER | told | said)


@pytest.fixture(params=["at once", "by way of a petition"])
def became(agency, clock, request):
    """Written down wrongly, mended, brought by two platforms, called, noted, with an ID card."""
    case = question(agency, external_no="H1", consumer=WRONG)
    workflow.supplement(
        case.no, by=agency.registrar, reason="欧阳女士来电更正", **WHO | {"phone": "+8613912345678"}
    )
    second = question(agency, "web", narrative="欧阳小满称每晚九点后送货")
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=second.tickets.get().no)
    workflow.contact(
        case.no, by=agency.mediator, outcome="reached", no_meeting_reason="欧阳女士来电",
        note="小满家住银杏胡同7号",
    )  # fmt: skip
    workflow.note(case.no, by=agency.mediator, text="欧阳女士怕报复，尾号5678")
    papers.attach(case.no, by=agency.registrar, upload=upload("欧阳小满身份证.pdf", pdf()))
    asked = {"field": "consumer.phone", "reason": "回电欧阳小满，尾号5678"}
    assert agency.client("mediator").post(f"cases/{case.no}/reveal/", asked)[0] == 200
    if request.param == "at once":
        workflow.convert(case.no, by=agency.registrar, kind="report")
        report = case.offspring.get()
    else:
        report = by_way_of_a_petition(agency, case)
    case.refresh_from_db()
    second.refresh_from_db()
    return case, second, report


def by_way_of_a_petition(agency, case: Case) -> Case:
    """In between they are written down anew, with another telephone."""
    workflow.convert(case.no, by=agency.registrar, kind="petition")
    petition = case.offspring.get()
    workflow.supplement(petition.no, by=agency.registrar, reason="换号", phone="+8613711112222")
    workflow.dispatch(petition.no, by=agency.dispatcher, unit="east", handler="petition_officer")
    workflow.route(petition.no, by=agency.petition_officer, to="report", text="转举报办理")
    petition.refresh_from_db()
    assert petition.became and not TELLS.findall(told_of(agency, petition, "chief"))
    return petition.became


def told_of(agency, case: Case, who: str) -> str:
    """All that somebody reads of it: on its page and in the API, and what the audit says."""
    api, told = agency.client(who), []
    for path in ("", "story/", "attachments/", "documents/"):
        told.append(str(api.get(f"cases/{case.no}/{path}")[1]))
    told.append(desk(who).get(reverse("admin:cases_case_change", args=[case.pk])).text)
    return "\n".join(told)


def test_no_page_of_what_it_was_tells_who_it_is(agency, became):
    """Neither in what was merged into it: surname, street, last digits and old spellings, too."""
    case, second, _report = became
    assert second.merged_into == case

    for who in ("mediator", "chief", "registrar", "auditor", "custodian"):
        for one in (case, second):
            assert TELLS.findall(told_of(agency, one, who)) == [], (who, one)


def test_neither_audit_nor_bundle_nor_search_tells_it(agency, became):
    case, second, _report = became
    audit = desk("auditor").get(f"/admin/core/audit/?q={case.no}&since=all").text
    assert "****来电更正" in audit and not TELLS.findall(audit)
    read = desk("auditor").get("/admin/core/access/").text
    assert "回电****" in read and not TELLS.findall(read)

    for one in (case, second):
        for plain in (False, True):
            made = bundle.make(one.no, by=agency.chief, reason="复议", plain=plain)
            assert not TELLS.findall(text_of(made.file.read()))
    for word in ("欧阳小满", "欧阳", "小满"):
        assert not search.among(Case.objects.all(), word)
    assert not Consumer.objects.exclude(
        phone_index=b"", id_number_index=b"", door_index=b""
    ).exists()
    assert not {"5678", "X"} & {secret[-4:] for secret in secrets_in(dumped())}


def test_their_words_and_evidence_are_the_report_s(agency, became):
    case, second, report = became
    workflow.dispatch(report.no, by=agency.dispatcher, unit="east", handler="enforcer")
    [kept] = case.attachments.all()

    for one in (case, second):
        assert agency.client("chief").get(f"cases/{one.no}/attachments/")[1] == []
        for who in (agency.mediator, agency.chief, agency.custodian):
            with pytest.raises(NotThere):
                papers.open_attachment(one.no, kept.pk, by=who)
    with pytest.raises(Forbidden):
        papers.open_attachment(report.no, kept.pk, by=agency.dispatcher)
    for who in (agency.enforcer, agency.chief, agency.custodian):
        assert papers.open_attachment(report.no, kept.pk, by=who) == kept
    opened = Access.objects.filter(kind=Access.Kind.OPENED)
    assert set(opened.values_list("what", "subject_id")) == {("reporter.file", report.pk)}
    [listed] = agency.client("enforcer").get(f"cases/{report.no}/attachments/")[1]
    assert listed["name"] == "****身份证.pdf"
    for told in ("欧阳小满称每晚八点后开工做豆腐", "欧阳小满称每晚九点后送货"):
        assert told in report.reporter.told


def test_what_comes_later_goes_to_the_report(agency, became):
    case, _second, report = became

    again = question(agency, external_no="H1", round=2)
    assert again == report and not again.tickets.exclude(consumer=None).exists()
    with pytest.raises(RuleViolation):
        workflow.supplement(case.no, by=agency.registrar, reason="来电", name="欧阳小满")
    with pytest.raises(RuleViolation):
        papers.attach(case.no, by=agency.registrar, upload=upload("身份证.pdf", pdf()))


def test_what_comes_later_goes_to_what_the_report_was_merged_into(agency, clock):
    asked = question(agency, external_no="H1")
    workflow.contact(asked.no, by=agency.mediator, outcome="reached", no_meeting_reason="来电")
    waiting = question(agency, "web", external_no="W1").tickets.get()
    workflow.link_ticket(asked.no, by=agency.dispatcher, ticket=waiting.no)
    workflow.convert(asked.no, by=agency.registrar, kind="report")
    goal = agency.ticket("hotline", kind="report", unit="east", consumer=None)
    workflow.link_ticket(goal.no, by=agency.dispatcher, ticket=waiting.no)
    assert Case.objects.get(was=asked).merged_into == goal

    assert question(agency, external_no="H1", round=2) == goal
    assert question(agency, "web", external_no="W1", round=2) == goal


OTHER = {"name": "林一", "phone": "13700137000"}


def reach_each(agency, case: Case) -> None:
    for ticket in case.tickets.all():
        said = {"outcome": "reached", "no_meeting_reason": "来电", "ticket": ticket.no}
        workflow.contact(case.no, by=agency.mediator, **said)


@pytest.fixture
def anothers(agency, clock):
    """Another citizen's question, with a file, that was merged into one that became a report."""
    asked = question(agency, external_no="H1")
    own = question(agency, "web", external_no="W1", consumer=OTHER, narrative="我也想问")
    papers.attach(own.no, by=agency.registrar, upload=upload("收据.pdf", pdf()))
    workflow.link_ticket(asked.no, by=agency.dispatcher, ticket=own.tickets.get().no)
    reach_each(agency, asked)
    workflow.convert(asked.no, by=agency.registrar, kind="report")
    return asked, own


def test_what_another_citizen_says_again_goes_to_nobodys_report(agency, anothers):
    asked, own = anothers
    report = Case.objects.get(kind="report")

    for number, who in ((2, None), (3, OTHER), (4, None)):
        assert question(agency, "web", external_no="W1", round=number, consumer=who) == asked

    assert "林一" not in dict(report.reporter.aliases).values()
    assert question(agency, external_no="H1", round=2) == report
    ticket = asked.tickets.get(external_no="W1", round=1)
    workflow.unlink_ticket(asked.no, by=agency.dispatcher, ticket=ticket.no)
    own.refresh_from_db()
    assert (own.merged_into, own.became) == (None, None)
    [kept] = own.attachments.all()
    assert papers.open_attachment(own.no, kept.pk, by=agency.mediator) == kept


def test_nobody_is_known_of_what_was_merged_by_way_of_anothers(agency, clock):
    asked, theirs = question(agency, external_no="H1"), question(agency, "web", external_no="W1")
    others = question(agency, "web", external_no="W2", consumer=OTHER)
    papers.attach(theirs.no, by=agency.registrar, upload=upload("欧阳小满身份证.pdf", pdf()))
    workflow.link_ticket(others.no, by=agency.dispatcher, ticket=theirs.tickets.get().no)
    for ticket in others.tickets.order_by("-pk"):
        workflow.link_ticket(asked.no, by=agency.dispatcher, ticket=ticket.no)
    reach_each(agency, asked)

    workflow.convert(asked.no, by=agency.registrar, kind="report")

    theirs.refresh_from_db()
    assert theirs.merged_into == others and theirs.consumer is None
    assert not TELLS.findall(told_of(agency, theirs, "chief"))
    assert Case.objects.get(pk=others.pk).consumer.name == "林一"
    assert (
        not evidence.of(others).exists() and evidence.of(Case.objects.get(kind="report")).exists()
    )


def test_a_petition_of_whom_nobody_is_to_be_reached_keeps_its_ticket(agency, clock):
    petition = agency.ticket("petition", kind="petition", unit="east", consumer=WHO)

    workflow.route(petition.no, by=agency.petition_officer, to="report", text="转举报办理")

    assert petition.tickets.count() == 1
    assert invariants.check()[1] == []


def test_a_round_that_went_back_to_its_platform_is_nobody_elses(agency, clock):
    asked = question(agency, "minyi", external_no="W1", unit=None)
    said = {"reason": "非本单位职责", "basis": "属地管辖"}
    workflow.return_to_platform(asked.no, by=agency.dispatcher, **said)
    assert question(agency, "minyi", external_no="W1", round=2) == asked

    workflow.convert(asked.no, by=agency.registrar, kind="report")

    assert not TELLS.findall(told_of(agency, asked, "chief"))


def test_nothing_becomes_a_report_whose_question_was_opened_again(agency, clock):
    asked, goods = (question(agency, external_no=no) for no in ("H1", "H2"))
    for case, kind in ((asked, "petition"), (goods, "complaint")):
        workflow.contact(case.no, by=agency.mediator, outcome="reached", no_meeting_reason="来电")
        workflow.convert(case.no, by=agency.registrar, kind=kind)
        assert question(agency, external_no=case.tickets.get().external_no, round=2) == case
    petition = asked.offspring.get()
    workflow.dispatch(petition.no, by=agency.dispatcher, unit="east", handler="petition_officer")

    with pytest.raises(RuleViolation, match=asked.no):
        workflow.route(petition.no, by=agency.petition_officer, to="report", text="转举报办理")
    for case in (asked, goods):
        with pytest.raises(RuleViolation, match=case.offspring.get().no):
            workflow.convert(case.no, by=agency.registrar, kind="report")


def told_at_once(agency, case: Case, who: str, verb: str, **said) -> str:
    answer = desk(who).post(verb_of(case, verb), said)
    assert answer.status_code == 204, answer.content.decode()
    return json.loads(answer.headers["HX-Trigger"])["case-changed"]["told"]


def test_the_page_says_what_it_became_though_nobody_is_known_there_any_more(agency, clock):
    asked = question(agency)
    said = told_at_once(
        agency, asked, "registrar", "convert", kind="report", text="转举报，欧阳女士"
    )
    assert said == f"{asked.no} 已转类 → {Case.objects.get(was=asked).no}"


@pytest.mark.parametrize("channel", ["web", "minyi"])
def test_whoever_reports_in_a_petition_is_to_be_reached_as_who_reports(agency, clock, channel):
    petition = agency.ticket(channel, kind="petition", unit="east", consumer=WHO)
    said = {"to": "report", "text": "转举报办理", "how": "letter"}

    assert petition.no in told_at_once(agency, petition, "petition_officer", "route", **said)

    report = Case.objects.get(was=petition)
    assert report.deadlines.open().filter(rule__code="ticket.contact_30").exists()
    petition.refresh_from_db()
    page = desk("supervisor").get(reverse("admin:cases_case_change", args=[report.pk])).text
    assert "并单 GD" in page and not re.search(r"[←→]\s*<", page), "an arrow to what is not shown"
    page = desk("petition_officer").get(reverse("admin:cases_case_change", args=[petition.pk])).text
    assert "已答复（信访）" not in page and "导入法定途径" in page
    assert not petition.deadlines.open().filter(rule__met_by="contact").exists()
    assert "contact" not in workflow.allowed(petition, agency.petition_officer)
    assert invariants.check()[1] == []


def test_the_same_words_lead_from_nobody_to_it(agency, became):
    case, _second, _report = became
    twin = question(agency, "web")

    assert twin.consumer.name == "欧阳小满"
    assert earlier.of_case(case, agency.chief) == []
    assert earlier.of_case(twin, agency.chief) == []


def test_a_petition_that_is_a_report_takes_no_other_ticket_and_no_name(agency, clock):
    petition = agency.ticket("petition", kind="petition", unit="east", consumer=WHO)
    workflow.respond(petition.no, by=agency.petition_officer)
    workflow.route(petition.no, by=agency.petition_officer, to="report", text="转举报办理")
    other = agency.ticket("petition", kind="petition", unit="east", consumer=WHO)

    with pytest.raises(RuleViolation, match="another case|另"):
        ticket = other.tickets.get().no
        workflow.link_ticket(petition.no, by=agency.dispatcher, ticket=ticket)
    with pytest.raises(RuleViolation):
        workflow.supplement(petition.no, by=agency.registrar, reason="来电", name="欧阳小满")
    assert not TELLS.findall(told_of(agency, petition, "petition_officer"))
