"""Issued documents: which decision offers which, what they say, who reads them."""

import hashlib
import io
import re
import tomllib
from urllib.parse import unquote

import pikepdf
import pytest
from django.conf import settings as conf
from django.core.management import call_command
from django.urls import reverse
from docx import Document as Word

from agency.core import invariants
from agency.core import letters as layouts
from agency.core.models import NumberSeries, StoredFile, Unit
from cases import letters, workflow
from cases.admin import drafts, page, timeline
from cases.admin.labels import VERBS
from cases.admin.verbs import VerbForm
from cases.admin.words import proposed
from cases.letters import facts
from cases.letters.forms import OFFERS, Form
from cases.models import Agreement, Case, Document, Mediation
from cases.workflow.allowed import Sight
from cases.workflow.documents import offered, undocumented, unissued
from tests.cases.test_admin import desk
from tests.stories import clock_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

EVIL = "#panic() $x$ {{7*7}} {% raise %} </w:t> A & B <店> {reporter}"
REPORTER = {"name": "欧阳知秋", "phone": "13912345678"}
TEMPLATES = sorted(letters.HERE.glob("*/*.toml"))
MEETING = {"meeting_at": "2026-03-09T09:30:00+08:00", "place": "三楼调解室"}


def issue(agency, who: str, case, form: str, *, expect: int = 200, **body):
    status, answer = agency.client(who).post(
        f"cases/{case.no}/issue_document/", {"form": form, **body}
    )
    assert status == expect, (status, answer)
    return answer


def latest(case) -> Document:
    return case.documents.order_by("issued_at").last()


def opened(agency, who: str, case, document, shape: str = "docx"):
    path = f"/api/v1/cases/{case.no}/documents/{document.pk}/?as={shape}"
    return agency.client(who).http.get(path)


def words(agency, who: str, case, document) -> str:
    """All that the Word file says."""
    answer = opened(agency, who, case, document)
    assert answer.status_code == 200
    word = Word(io.BytesIO(b"".join(answer.streaming_content)))
    cells = [c.text for t in word.tables for row in t.rows for c in row.cells]
    return "\n".join([p.text for p in word.paragraphs] + cells)


def test_what_is_to_be_signed_comes_next_and_the_form_begins_with_it(agency, clock):
    case = agency.mediated_case()

    def begins() -> str:
        form = VerbForm(VERBS["issue_document"], case, agency.mediator)
        return next(f.value for f in form.fields if f.name == "form")

    def is_next(verb: str) -> bool:
        step = page.verb_buttons(Sight(case, agency.mediator))["next"]
        return step is not None and step.name == verb

    def in_queue() -> str:
        page = desk("mediator").get("/admin/").content.decode()
        return "".join(re.findall(rf"{case.no}/verb/(\w+)/", page))

    def poll(seen: str) -> int:
        return desk("mediator").get(reverse("admin:cases_case_queue"), {"v": seen}).status_code

    assert begins() == "mediation_notice"
    issue(agency, "mediator", case, "mediation_notice", **MEETING)
    assert begins() == "acceptance", "what was issued is not offered first again"
    said = {"agreement": "退款", "recovered_amount": "10.00", "paper": "written"}
    case = workflow.settle(case.no, by=agency.mediator, **said)
    assert begins() == "mediation_document"
    assert is_next("issue_document")
    performed = {"amount": "10.00", "evidence_note": "转账"}
    case = workflow.confirm_performance(case.no, by=agency.mediator, **performed)
    assert is_next("issue_document") and in_queue() == "issue_document"
    seen = desk("mediator").get("/admin/").context["watchlist"].fingerprint
    assert poll(seen) == 204
    issue(agency, "mediator", case, "mediation_document")
    assert poll(seen) == 200, "the row offers another step now"
    assert not is_next("issue_document")
    assert in_queue() == "reply_ticket"
    workflow.reply_ticket(case.no, by=agency.dispatcher, text="已达成协议并履行")
    assert in_queue() == "", "first it is called back"
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    assert is_next("close") and in_queue() == "close"

    def closing() -> str:
        return VerbForm(VERBS["close"], case, agency.mediator).hint

    assert begins() == "acceptance"
    assert f"尚未制发文书：{Form.ACCEPTANCE.label}。" in closing(), "said, and hinders nothing"
    case = workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    lacking = ("尚未制发", str(Form.ACCEPTANCE.label))
    assert lacking in proposed(case, case.pending), "who decides sees it, too"
    workflow.disapprove(case.no, by=agency.chief, reason="先制发决定书")
    issue(agency, "mediator", case, "acceptance")
    assert begins() == "registration" and "尚未制发" not in closing()


# -- the forms ------------------------------------------------------------------------------


def terminated(agency):
    case = agency.mediated_case()
    workflow.terminate(case.no, by=agency.mediator, ground="T3", explanation="双方分歧较大")
    return workflow.approve(case.no, by=agency.chief)


def refused(agency):
    case = agency.contacted_case()
    workflow.refuse(case.no, by=agency.mediator, ground="R4", explanation="已逾三年")
    return workflow.approve(case.no, by=agency.chief)


def settled(agency):
    case = agency.mediated_case()
    return workflow.settle(
        case.no, by=agency.mediator, agreement="退货退款", recovered_amount="1280.00"
    )


def asked_for_identity(agency):
    return workflow.request_identity(agency.contacted_case().no, by=agency.mediator)


def proved_identity(agency):
    return workflow.record_identity(asked_for_identity(agency).no, by=agency.mediator)


def accepted(agency):
    return workflow.accept(agency.contacted_case().no, by=agency.mediator)


def settled_at_an_outlet(agency):
    case = agency.contacted_case()
    workflow.refer(case.no, by=agency.mediator, outlet="outlet-a", consent=True)
    return workflow.settle(case.no, by=agency.outlet_a, agreement="换新", recovered_amount="300")


def reopened(agency, case, clock):
    workflow.close(case.no, by=agency.mediator, conclusion="已退款")
    workflow.approve(case.no, by=agency.chief)
    workflow.reopen(case.no, by=agency.leader, reason="不满意重办")
    clock.shift(seconds=1)
    return workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")


def test_after_a_reopening_the_form_begins_with_what_comes_now(agency, clock):
    case = settled(agency)
    workflow.notify(case.no, by=agency.mediator, party="complainant", how="letter", text="已受理")
    workflow.confirm_performance(
        case.no, by=agency.mediator, amount="1280.00", evidence_note="转账截图"
    )
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")
    clock.shift(days=1)
    case = reopened(agency, case, clock)
    clock.shift(minutes=1)
    assert ticked(case, agency.mediator) == "", "sent anew to whom had it"
    workflow.respond(case.no, by=agency.mediator)
    assert ticked(case, agency.mediator) == "", "nothing is due yet"

    case = workflow.start_mediation(case.no, by=agency.mediator)

    assert unissued(case)[0] == Form.MEDIATION_NOTICE, "and not with the old agreement"
    assert ticked(case, agency.mediator) == Form.MEDIATION_NOTICE
    issue(agency, "mediator", case, "mediation_notice", **MEETING)
    assert ticked(case, agency.mediator) == ""


def ticked(case, user) -> str:
    """The form that stands chosen when the page begins to issue one."""
    form = VerbForm(VERBS["issue_document"], Case.objects.get(pk=case.pk), user)
    return next(f.value for f in form.fields if f.name == "form")


def test_no_form_is_ticked_that_the_case_does_not_wait_for(agency, clock):
    case, who = agency.ticket(), agency.mediator
    clock.shift(minutes=1)
    case = workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    assert ticked(case, who) == Form.TRANSFER, "it came from elsewhere"
    workflow.contact(case.no, by=who, outcome="reached", no_meeting_reason="电话")
    workflow.accept(case.no, by=who, notified_by="phone")
    issue(agency, "mediator", case, "transfer")
    issue(agency, "mediator", case, "acceptance")

    Case.objects.filter(pk=case.pk).update(consents_to_entrust=True)
    workflow.entrust(case.no, by=who, to="街道人民调解委员会", until=clock.now.date())
    assert ticked(case, who) == Form.REGISTRATION, "who is entrusted calls them together"
    workflow.start_mediation(case.no, by=who, method="on_site", back=True)
    assert ticked(case, who) == Form.MEDIATION_NOTICE
    Mediation.objects.update(method="phone")
    assert ticked(case, who) == Form.REGISTRATION, "by telephone nobody is asked to come"
    said = {"agreement": "退款", "recovered_amount": "10.00"}
    workflow.settle(case.no, by=who, paper="at_once", **said)
    assert ticked(case, who) == Form.REGISTRATION, "what is done at once is not written down"
    Agreement.objects.update(paper="waived")
    assert ticked(case, who) == Form.REGISTRATION
    Agreement.objects.update(paper="written")
    assert ticked(case, who) == Form.MEDIATION_DOCUMENT


def test_what_was_settled_or_withdrawn_before_calls_for_nothing_later(agency, clock):
    denied, withdrawn = settled_at_an_outlet(agency), agency.handled_case(external_no="W")
    workflow.follow_up(denied.no, by=agency.callback, satisfaction="dissatisfied", kept=False)
    clock.shift(minutes=1)
    workflow.recall(denied.no, by=agency.mediator, reason="没有换新")
    reopened(agency, withdrawn, clock)

    for case in (denied, withdrawn):
        workflow.accept(case.no, by=agency.mediator)
        case = workflow.start_mediation(case.no, by=agency.mediator)
        assert offered(case)[-2:] == [Form.ACCEPTANCE, Form.MEDIATION_NOTICE]


def report(agency, **told):
    about = {"consumer": REPORTER, "narrative": f"我叫{REPORTER['name']}"} | told
    case = agency.ticket(kind="report", unit="east", **about)
    return workflow.verify(case.no, by=agency.enforcer)


def not_filed(agency, **told):
    case = report(agency, **told)
    workflow.decline_filing(case.no, by=agency.enforcer, ground="N1", explanation="轻微")
    return workflow.approve(case.no, by=agency.leader)


def test_of_a_report_that_nobody_is_known_to_have_sent_no_letter_is_missed(agency, clock):
    assert undocumented(not_filed(agency)) == [Form.REPORT_RESULT]
    assert undocumented(not_filed(agency, consumer=None)) == []


START, OF_REPORT = ["registration"], ["report_registration"]


@pytest.mark.parametrize(
    ("life", "forms"),
    [
        (lambda agency: agency.contacted_case(), START),
        (asked_for_identity, [*START, "identity_request"]),
        (proved_identity, START),
        (accepted, [*START, "acceptance"]),
        (lambda agency: agency.mediated_case(), [*START, "acceptance", "mediation_notice"]),
        (refused, [*START, "refusal"]),
        (lambda agency: agency.handled_case(), START),
        (terminated, [*START, "acceptance", "mediation_notice", "termination"]),
        (settled, [*START, "acceptance", "mediation_notice", "mediation_document"]),
        (settled_at_an_outlet, START),
        (report, OF_REPORT),
        (not_filed, [*OF_REPORT, "report_result"]),
        (lambda agency: agency.ticket(kind="consultation", unit="east"), []),
    ],
    ids=["contacted", "identity", "identity proved", "accepted", "mediating", "refused", "withdrawn before",
         "terminated", "settled", "settled out there", "report", "not filed", "consultation"],
)  # fmt: skip
def test_what_happened_says_which_forms_are_offered(agency, clock, life, forms):
    case = Case.objects.get(pk=life(agency).pk)

    assert [form for form in offered(case) if form != "transfer"] == forms


@pytest.mark.parametrize(("unit", "is_offered"), [("east", True), ("agency", False)])
def test_nobody_sends_a_transfer_notice_to_themselves(agency, clock, unit, is_offered):
    case = workflow.dispatch(agency.ticket().no, by=agency.dispatcher, unit=unit)

    assert ("transfer" in offered(case)) == is_offered


def test_a_council_has_forms_and_headings_of_its_own(agency, clock):
    agency.units["east"].org_profile = "council"
    agency.units["east"].save()
    case = accepted(agency)

    issue(agency, "mediator", case, "acceptance")

    document = latest(case)
    assert document.number == "消受〔2026〕1号"
    said = words(agency, "mediator", case, document)
    assert "投诉受理告知函" in said
    assert "第三十七条" in said
    assert "市场监督管理" not in said
    assert letters.template("council", Form.REPORT_RESULT) is None


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_template_asks_for_facts_that_there_are(agency, path):
    case = agency.contacted_case()
    known = facts.gather(
        case, form=Form.REGISTRATION, party="complainant", at=case.arrived_at, said={}
    )
    made = letters.Template(**tomllib.loads(path.read_text()))

    assert path.stem in Form.values
    assert made.places <= set(known)
    assert not letters.PLACE.search(str(letters.fill(made, known, number="")))


@pytest.mark.parametrize("profile", ["amr", "council"])
def test_where_no_respondent_is_known_none_is_named(agency, clock, profile):
    case = agency.contacted_case()
    Case.objects.filter(pk=case.pk).update(merchant=None)
    case = Case.objects.get(pk=case.pk)
    known = facts.gather(case, form=Form.REFUSAL, party="", at=clock.now, said={})

    for form in (Form.REFUSAL, Form.ACCEPTANCE, Form.IDENTITY_REQUEST):
        letter = letters.fill(letters.template(profile, form), known, number="")
        assert f"你关于“{case.title}”的投诉" in str(letter)


def test_every_form_of_the_order_has_its_template_and_its_offer():
    assert [form for form in Form if letters.template("amr", form) is None] == []
    assert set(OFFERS) == set(Form)
    assert len(Form) == 10


# -- issuing --------------------------------------------------------------------------------


def test_a_document_is_numbered_kept_and_never_rendered_again(agency, clock, media):
    case = accepted(agency)

    issue(agency, "mediator", case, "acceptance")

    document = latest(case)
    assert document.number == "市监投受〔2026〕第1号"
    before = opened(agency, "mediator", case, document, "pdf")
    content = b"".join(before.streaming_content)
    assert hashlib.sha256(content).hexdigest() == document.pdf.sha256
    Case.objects.filter(pk=case.pk).update(title="改了标题")
    after = opened(agency, "mediator", case, document, "pdf")
    assert b"".join(after.streaming_content) == content
    [told] = agency.client("mediator").get(f"cases/{case.no}/documents/")[1]
    assert (told["type"], told["number"], told["sha256"], told["party"]) == (
        "acceptance", document.number, document.pdf.sha256, "complainant",
    )  # fmt: skip
    event = case.events.get(kind="document_issued")
    assert event.data == {"document": str(document.pk), "form": "acceptance"}
    assert invariants.check()[1] == []


@pytest.mark.parametrize(
    ("form", "body", "status"),
    [
        ("refusal", {}, 409), ("report_result", {}, 409), ("nonsense", {}, 400), ("", {}, 400),
        ("acceptance", {"party": "respondent"}, 400), ("registration", {"party": "complainant"}, 400),
        ("mediation_notice", {}, 400), ("mediation_notice", {"meeting_at": MEETING["meeting_at"]}, 400),
        ("mediation_notice", {**MEETING, "meeting_at": "2026-03-01T09:00:00+08:00"}, 400),
        ("acceptance", {"extra": 1}, 400),
    ],
)  # fmt: skip
def test_a_refused_document_takes_no_number_and_leaves_no_file(
    agency, clock, media, form, body, status
):
    case = agency.mediated_case()

    answer = issue(agency, "mediator", case, form, expect=status, **body)

    assert answer["detail"]
    assert [path for path in media.rglob("*") if path.is_file()] == []
    assert not NumberSeries.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_failure_after_the_number_gives_it_back(agency, clock, media, monkeypatch):
    case = accepted(agency)

    def fails(_letter):
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(letters, "docx", fails)
        with pytest.raises(OSError):
            workflow.VERBS["issue_document"](case.no, by=agency.mediator, form="acceptance")

    assert [path for path in media.rglob("*") if path.is_file()] == []
    issue(agency, "mediator", case, "acceptance")
    assert latest(case).number.endswith("第1号")


def test_what_people_wrote_is_text_and_nothing_else(agency, clock):
    case = agency.contacted_case(title=EVIL, merchant={"name": EVIL})
    workflow.accept(case.no, by=agency.mediator)

    issue(agency, "mediator", case, "acceptance")

    assert EVIL in words(agency, "mediator", case, latest(case))
    pdf = b"".join(opened(agency, "mediator", case, latest(case), "pdf").streaming_content)
    assert len(pikepdf.open(io.BytesIO(pdf)).pages) == 1


def test_the_transfer_names_the_limit_of_the_law_and_none_of_ours(agency, clock):
    call_command("load_topics", stdout=io.StringIO())
    case = agency.ticket()
    workflow.tag(case.no, by=agency.dispatcher, topic="food_safety")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")

    issue(agency, "mediator", case, "transfer")

    said = words(agency, "mediator", case, latest(case))
    due = {code: clock_of(case, code).due_at for code in ("priority.accept", "complaint.accept")}
    assert due["priority.accept"] < due["complaint.accept"]
    assert f"法定期限：{facts.day(due['complaint.accept'])}。" in said


def test_after_the_acceptance_a_transfer_names_no_limit(agency, clock):
    case = agency.ticket()
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    workflow.accept(case.no, by=agency.mediator)
    workflow.notify(case.no, by=agency.mediator, party="complainant", how="phone", text="已受理")

    issue(agency, "mediator", case, "transfer")

    assert "法定期限：" not in words(agency, "mediator", case, latest(case))


def test_each_form_gives_the_ground_of_its_own_decision(agency, clock):
    case = refused(agency)
    said = {"party": "complainant", "how": "phone", "text": "可依法诉讼"}
    workflow.notify(case.no, by=agency.mediator, **said)
    workflow.close(case.no, by=agency.mediator, conclusion="不予受理")
    workflow.approve(case.no, by=agency.chief)
    workflow.reopen(case.no, by=agency.leader, reason="上级发回")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    workflow.accept(case.no, by=agency.mediator)
    workflow.terminate(case.no, by=agency.mediator, ground="T2", explanation="商家拒绝")
    workflow.approve(case.no, by=agency.chief)

    for form, ground in (("refusal", "R4"), ("termination", "T2")):
        clock.shift(minutes=1)
        issue(agency, "mediator", case, form)
        assert letters.grounds()[ground] in words(agency, "mediator", case, latest(case)), form


@pytest.mark.parametrize(("profile", "number"), [("amr", 5), ("council", 4)])
@pytest.mark.parametrize("form", ["refusal", "termination"])
def test_letter_and_notice_name_the_same_ways_out(agency, profile, number, form):
    """消费者权益保护法 §39: all five, of a council all but its own mediation."""
    Unit.objects.update(org_profile=profile)
    case = {"refusal": refused, "termination": terminated}[form](agency)
    issue(agency, "mediator", case, form)

    said = words(agency, "mediator", case, latest(case)), drafts.notice(case)

    *ways, last = facts.WAYS[profile].split("；")
    assert len(ways) == number - 1 and last == "向人民法院提起诉讼"
    assert [way for text in said for way in (*ways, last) if way not in text] == []


@pytest.mark.parametrize("form", ["mediation_document", "termination"])
def test_each_party_gets_a_copy_of_the_one_decision(agency, clock, form):
    case = {"mediation_document": settled, "termination": terminated}[form](agency)
    made = clock.now
    issue(agency, "mediator", case, form, party="complainant")
    clock.shift(days=2)
    issue(agency, "mediator", case, form, party="respondent")

    copies = case.documents.filter(form=form)
    assert [d.party for d in copies.order_by("issued_at")] == ["complainant", "respondent"]
    assert len({d.number for d in copies}) == 1
    for copy in copies:
        assert facts.day(made) in words(agency, "mediator", case, copy), "it was made that day"

    other = {"mediation_document": settled, "termination": terminated}[form](agency)
    issue(agency, "mediator", other, form)
    [number] = set(other.documents.values_list("number", flat=True))
    assert other.documents.count() == 2 and "第2号" in number
    first, second = (line.what for line in timeline.lines(other, agency.mediator, clock.now)[:2])
    assert (first[-6:], second[-5:]) == ("· 被投诉人", "· 投诉人"), "the story says for whom"
    clock.shift(minutes=1)
    issue(agency, "mediator", other, form, party="respondent")
    assert "第3号" in latest(other).number, "it was written anew"
    assert invariants.check()[1] == []


def test_a_decision_bears_the_day_it_was_made(agency, clock):
    case = accepted(agency)
    made = clock.now
    clock.shift(days=1)

    issue(agency, "mediator", case, "acceptance")

    said = words(agency, "mediator", case, latest(case))
    assert facts.day(made) in said and facts.day(clock.now) not in said


def test_the_hash_of_a_letter_confirms_no_guess_at_what_it_says():
    """Made twice within a second, with the right name, neither of its files is the same."""
    letter = {
        "title": "答复", "number": "1", "issuer": "局", "date": "今天", "addressee": "欧阳小满", "rows": [],
        "paragraphs": {"before": [], "after": []}, "signatures": [], "note": "",
    }  # fmt: skip

    assert len({letters.pdf(letter) for _time in range(3)}) == 3
    salts = {Word(io.BytesIO(letters.docx(letter))).core_properties.keywords for _time in range(3)}
    assert len(salts) == 3 and min(map(len, salts)) == 32


def test_a_layout_somebody_tampered_with_calls_nothing(agency, tmp_path, monkeypatch):
    evil = Word()
    evil.add_paragraph("{{ ''.__class__.__mro__[1].__subclasses__() }}")
    evil.save(tmp_path / "letter.docx")
    monkeypatch.setattr(layouts, "HERE", tmp_path)

    with pytest.raises(Exception, match="unsafe"):
        letters.docx({})


# -- whose eyes -----------------------------------------------------------------------------


def test_the_respondent_learns_the_complainant_s_name_and_no_more(agency, clock):
    consumer = {"name": "陈小满", "phone": "13800138000", "address": "湖滨路88号602室"}
    case = agency.mediated_case(consumer=consumer, narrative="我的电话13800138000")

    issue(agency, "mediator", case, "mediation_notice", party="respondent", **MEETING)

    said = words(agency, "mediator", case, latest(case))
    assert "清泉电器商行：" in said
    assert "陈小满" in said
    assert "2026年3月9日9时30分" in said
    assert "13800138000" not in said
    assert "602室" not in said


def test_the_registration_holds_the_citizen_s_data_for_its_handler_alone(agency, clock):
    case = agency.mediated_case()

    issue(agency, "chief", case, "registration")

    document = latest(case)
    assert "13800138000" in words(agency, "mediator", case, document)
    assert document.number == ""
    assert opened(agency, "chief", case, document).status_code == 403
    assert opened(agency, "dispatcher", case, document).status_code == 403


@pytest.mark.parametrize("form", ["report_registration", "transfer", "report_result"])
def test_a_reporter_stands_in_the_letter_to_the_reporter_alone(agency, clock, form):
    case = agency.ticket(kind="report", consumer=REPORTER, title=f"{REPORTER['name']}举报无证经营")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="enforcer")
    workflow.verify(case.no, by=agency.enforcer)
    workflow.decline_filing(case.no, by=agency.enforcer, ground="N1", explanation="轻微")
    workflow.approve(case.no, by=agency.leader)

    issue(agency, "enforcer", case, form)

    document = latest(case)
    if form == "report_result":
        assert opened(agency, "enforcer", case, document).status_code == 403
        assert REPORTER["name"] in words(agency, "custodian", case, document)
    else:
        said = words(agency, "enforcer", case, document)
        assert REPORTER["name"] not in said
        assert REPORTER["phone"] not in said


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_template_to_a_respondent_could_name_a_reporter(agency, path):
    case = report(agency)
    made = letters.Template(**tomllib.loads(path.read_text()))

    found = facts.gather(
        case, form=Form(path.stem), party="respondent", at=case.arrived_at, said={}
    )
    letter = str(letters.fill(made, found, number=""))

    assert REPORTER["name"] not in letter
    assert REPORTER["phone"][-4:] not in letter


@pytest.mark.parametrize(
    ("who", "status"),
    [("mediator", 200), ("chief", 200), ("supervisor", 200), ("auditor", 403), ("analyst", 403),
     ("mediator_b", 404), ("outlet_a", 404), ("admin", 403)],
)  # fmt: skip
def test_who_opens_a_document(agency, clock, who, status):
    case = accepted(agency)
    issue(agency, "mediator", case, "acceptance")

    answer = opened(agency, who, case, latest(case))

    assert answer.status_code == status
    if status == 200:
        name = unquote(answer.headers["Content-Disposition"])
        assert name.endswith(f"{case.no}-受理决定书-{latest(case).number}.docx")
    assert opened(agency, "mediator", case, latest(case), "exe").status_code == 400


# -- the case page --------------------------------------------------------------------------


def test_a_document_is_issued_and_opened_on_the_case_page(agency, clock, client):
    case = accepted(agency)
    client.force_login(agency.mediator)
    form = client.get(f"/admin/cases/case/{case.no}/verb/issue_document/").content.decode()
    assert 'value="acceptance"' in form
    assert 'value="refusal"' not in form

    done = client.post(f"/admin/cases/case/{case.no}/verb/issue_document/", {"form": "acceptance"})

    assert done.status_code == 204
    page = client.get(f"/admin/cases/case/{case.pk}/change/").content.decode()
    assert latest(case).number in page
    link = f"/admin/cases/case/{case.no}/documents/{latest(case).pk}/?as=pdf"
    assert link in page
    assert b"".join(client.get(link).streaming_content).startswith(b"%PDF-")
    assert conf.AGENCY_PHONE in words(agency, "mediator", case, latest(case))
