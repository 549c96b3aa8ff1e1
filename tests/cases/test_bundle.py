"""The evidence bundle of a case: what is in it, for whom, and what never is."""

import hashlib
import io
import json
import zipfile

import pikepdf
import pytest
from django.urls import reverse

from agency.core.errors import Invalid
from agency.core.files import content_of, path_of
from agency.core.models import Access
from agency.core.roles import STAFF, Role
from cases import bundle, workflow
from cases.bundle import told
from cases.workflow import papers
from tests.cases.test_admin import desk, page_of
from tests.papers import pdf, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

WHO = {"name": "欧阳小满", "phone": "13912345678", "id_number": "11010519491231002X", "address": "湖滨南路90号601室"}  # fmt: skip
ASK = {"reason": "行政复议"}
PLAIN = {**ASK, "plain": True}


@pytest.fixture
def case(agency, clock):
    """A complaint that was settled in mediation, with a document and a piece of evidence."""
    case = agency.ticket(unit="east", consumer=WHO, narrative="欧阳小满，13912345678，退卡")
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east", handler="mediator")
    clock.shift(minutes=5)
    workflow.contact(case.no, by=agency.mediator, outcome="no_answer", note="无人接听")
    clock.shift(minutes=6)
    workflow.contact(
        case.no, by=agency.mediator, outcome="reached", no_meeting_reason="电话中已说明"
    )
    workflow.accept(case.no, by=agency.mediator, notified_by="phone")
    workflow.issue_document(case.no, by=agency.mediator, form="acceptance", party="complainant")
    papers.attach(case.no, by=agency.mediator, upload=upload("欧阳小满的发票.pdf", pdf()))
    workflow.start_mediation(case.no, by=agency.mediator)
    case.refresh_from_db()
    return case


def opened(made: bundle.Bundle) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(made.file.read()))


def text_of(archive: zipfile.ZipFile) -> str:
    """All a reader could find in it, names of files too."""
    parts = [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    return "\n".join([*archive.namelist(), *parts])


def status(agency, who: str, case, body: dict) -> int:
    """What the API answers to an order."""
    api = agency.client(who).http
    return api.post(f"/api/v1/cases/{case.no}/bundle/", body, content_type="application/json").status_code  # fmt: skip


def test_the_index_tells_the_story_with_its_clocks_and_their_law(legible, agency, case):
    archive = opened(bundle.make(case.no, by=agency.chief, reason="诉讼"))

    said = text_of(archive)

    for expected in (
        case.no, "无人接听", "电话中已说明", agency.mediator.name, "2026-03-02 09:05:00", "2026-03-02 09:11:00",
        "欧阳**", "139****5678", "已联系", "受理决定书", "超时", "1030", "计时中",
    ):  # fmt: skip
        assert expected in said, expected


def test_a_call_is_proved_by_the_number_dialled_and_its_recording(legible, agency, clock):
    case = agency.ticket(unit="east")
    workflow.contact(case.no, by=agency.mediator, outcome="no_answer", recording="LY-17")
    agency.client("mediator").post(
        f"cases/{case.no}/contact/", {"outcome": "reached", "no_meeting_reason": "电话中已说明"}
    )
    workflow.accept(case.no, by=agency.mediator)
    workflow.notify(
        case.no,
        by=agency.mediator,
        party="complainant",
        how="phone",
        text="已受理",
        recording="LY-18",
    )

    said = text_of(opened(bundle.make(case.no, by=agency.chief, reason="诉讼")))

    for expected in ("138****8000 · LY-17", "138****8000 · LY-18"):
        assert expected in said, expected
    secret = agency.ticket(kind="report", unit="east")
    workflow.contact(secret.no, by=agency.enforcer, outcome="no_answer", recording="LY-19")
    assert secret.contacts.get().proof == "LY-19"


def test_who_is_told_with_the_decision_itself_is_proved_to_be(agency, clock):
    case = agency.contacted_case()
    told_by_letter = {"notified_by": "letter", "recording": "LY-20"}
    with pytest.raises(Invalid):
        workflow.accept(case.no, by=agency.mediator, **told_by_letter)
    workflow.accept(case.no, by=agency.mediator, notified_by="phone", recording="LY-21")
    workflow.start_mediation(case.no, by=agency.mediator)
    workflow.settle(case.no, by=agency.mediator, agreement="退款", recovered_amount="10.00")
    workflow.record_non_performance(
        case.no, by=agency.mediator, explanation="拒不退款", notified_by="phone", recording="LY-22"
    )

    notices = case.party_notices.order_by("pk")
    assert [n.proof for n in notices] == ["138****8000 · LY-21", "138****8000 · LY-22"]


def test_programs_read_the_same(agency, case):
    data = json.loads(
        opened(bundle.make(case.no, by=agency.chief, reason="诉讼")).read("数据.json")
    )

    assert [e["kind"] for e in data["events"]][:2] == ["registered", "assigned"]
    [response] = [c for c in data["clocks"] if c["rule"] == "ticket.respond_10"]
    assert response["state"] == "met_late" and response["due_at"] == "2026-03-02T09:10:00+08:00"
    assert response["basis"] and data["decisions"][0]["kind"] == "accepted"


def test_every_file_answers_for_itself_and_the_record_for_the_bundle(agency, clock, case):
    made = bundle.make(case.no, by=agency.chief, reason="诉讼，欧阳小满", plain=True)
    whole = made.file.read()
    archive = zipfile.ZipFile(io.BytesIO(whole))

    sums = archive.read(bundle.SUMS).decode()
    for line in sums.splitlines():
        digest, _two, path = line.partition("  ")
        assert hashlib.sha256(archive.read(path)).hexdigest() == digest
    assert len(sums.splitlines()) == len(archive.namelist()) - 2, "but itself and who took it"
    taken = json.loads(archive.read("领取记录.json"))
    assert taken["by"] == "chief" and taken["reason"] == "诉讼，欧阳**"
    assert taken["content_sha256"] == hashlib.sha256(sums.encode()).hexdigest()
    row = Access.objects.get()
    assert (row.kind, row.by, row.what, row.reason, row.at) == (
        "bundled", agency.chief, "bundle.plain", "诉讼，欧阳**", clock.now,
    )  # fmt: skip
    assert row.sha256 == hashlib.sha256(whole).hexdigest() and row.subject_id == case.pk
    told_auditor = desk("auditor").get("/admin/core/access/").content.decode()
    assert row.sha256 in told_auditor and case.no in told_auditor


def test_in_plain_it_has_the_papers_as_they_are_and_the_citizen_s_data(legible, agency, case):
    archive = opened(bundle.make(case.no, by=agency.leader, reason="诉讼", plain=True))

    document, attachment = case.documents.get(), case.attachments.get()
    assert archive.read("文书/01.pdf") == content_of(document.pdf)
    assert archive.read("附件/01.pdf") == content_of(attachment.file)
    said = text_of(archive)
    for plain in ("欧阳小满", "13912345678", WHO["id_number"], "601室", document.pdf.sha256):
        assert plain in said


def test_masked_it_names_the_papers_and_encloses_none(legible, agency, case):
    archive = opened(bundle.make(case.no, by=agency.auditor, reason="巡察"))

    assert not [name for name in archive.namelist() if "/" in name]
    said = text_of(archive)
    assert case.documents.get().pdf.sha256 in said and "未附" in said
    for plain in ("小满", "13912345678", WHO["id_number"], "601室"):
        assert plain not in said


def test_of_an_unchanged_case_it_is_the_same_again_whoever_asks_and_when(agency, clock, case):
    first = bundle.make(case.no, by=agency.chief, reason="诉讼")
    clock.shift(days=400)
    second = bundle.make(case.no, by=agency.auditor, reason="巡察")
    assert first.content_sha256 == second.content_sha256

    workflow.contact(case.no, by=agency.mediator, outcome="no_answer")

    assert (
        bundle.make(case.no, by=agency.chief, reason="诉讼").content_sha256 != first.content_sha256
    )


@pytest.mark.parametrize("plain", [False, True])
def test_no_bundle_of_a_report_tells_who_sent_it(legible, agency, clock, plain):
    report = agency.ticket(
        unit="east", kind="report", title="无证经营，钱多多举报", narrative="我是员工钱多多，后厨有鼠",
        consumer={"name": "钱多多", "phone": "13657913579", "address": "湖滨南路90号601室"},
    )  # fmt: skip
    workflow.verify(report.no, by=agency.enforcer)
    papers.attach(report.no, by=agency.enforcer, upload=upload("钱多多.pdf", pdf(Author=pikepdf.String("钱多多"))))  # fmt: skip
    workflow.issue_document(report.no, by=agency.enforcer, form="report_registration")

    archive = opened(bundle.make(report.no, by=agency.leader, reason="钱多多诉讼", plain=plain))

    assert bool([n for n in archive.namelist() if n.startswith("文书")]) is plain
    assert not [n for n in archive.namelist() if n.startswith("附件")]
    said = text_of(archive)
    for canary in ("钱多多", "多多", "13657913579", "*3579", "后厨", "601室"):
        assert canary not in said, canary


def test_a_complaint_does_not_lead_to_the_report_that_came_with_it(legible, agency, clock):
    case = agency.ticket(unit="east", consumer=WHO)
    workflow.split(case.no, by=agency.dispatcher)
    report = case.offspring.get()

    for one, other in ((case, report), (report, case)):
        said = text_of(opened(bundle.make(one.no, by=agency.leader, reason="诉讼", plain=True)))
        assert one.no in said and other.no not in said


def test_chief_leader_and_auditor_take_it_and_nobody_else(legible, agency, case):
    link = reverse("admin:cases_case_bundle", args=[case.no])
    for role in sorted(STAFF):
        recorded = Access.objects.count()
        got, plain = (status(agency, str(role), case, body) for body in (ASK, PLAIN))

        assert (got == 200, plain == 200) == (
            role in {Role.CHIEF, Role.LEADER, Role.AUDITOR}, role in {Role.CHIEF, Role.LEADER},
        ), role  # fmt: skip
        assert Access.objects.count() - recorded == (got == 200) + (plain == 200)
        http = desk(str(role))
        page = http.get(page_of(case))
        assert (page.status_code == 200 and link in page.text) is (got == 200), role
        assert (http.post(link, ASK).status_code == 200) is (got == 200), role


def test_a_stranger_s_case_is_not_there(agency, clock):
    west = agency.ticket(unit="west")

    assert agency.client("chief").post(f"cases/{west.no}/bundle/", ASK)[0] == 404
    assert agency.client("chief").post(f"cases/{west.no}/bundle/", {"reason": ""})[0] == 404
    assert desk("chief").get(reverse("admin:cases_case_bundle", args=[west.no])).status_code == 404


@pytest.mark.parametrize("body", [{}, {"reason": " "}, {"reason": "x", "plain": "true"}, {**ASK, "who": 1}])  # fmt: skip
def test_what_cannot_be_asked_is_named(agency, case, body):
    assert agency.client("chief").post(f"cases/{case.no}/bundle/", body)[0] == 400
    assert not Access.objects.exists()


def test_so_many_in_an_hour_and_no_more(legible, agency, clock, case, settings):
    settings.EXPORTS_AN_HOUR = 2
    assert [status(agency, "chief", case, ASK) for _time in range(3)] == [200, 200, 409]

    clock.shift(hours=1)

    assert status(agency, "chief", case, ASK) == 200


def test_without_one_of_its_files_there_is_none(agency, case):
    path_of(case.attachments.get().file_id).unlink()

    status, problem = agency.client("chief").post(f"cases/{case.no}/bundle/", PLAIN)

    assert status == 409 and "缺失" in problem["detail"]
    assert not Access.objects.exists()


def test_what_people_write_is_never_read_as_code(agency, clock):
    case = agency.ticket(unit="east", title='#panic() $x$ [*] "<店>" \\u{41} @a')

    with_words = told.gather(case.know_others(), plain=False)

    assert told.pdf(with_words.index).startswith(b"%PDF")
