"""Evidence: what comes in, where it lies, and who gets it back."""

import hashlib
import os
from pathlib import Path

import pytest
from django.test import Client

from agency.core import files
from agency.core.models import Access, StoredFile, User
from agency.core.roles import OUTSIDERS
from cases import workflow
from cases.models import Attachment
from cases.workflow import papers as papers_of_cases
from tests import papers
from tests.cases.lives import Cast
from tests.cases.test_admin import desk, page_of
from tests.stories import PASSWORD

pytestmark = pytest.mark.django_db

PNG = papers.picture()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def kept(media) -> list:
    return [path for path in media.rglob("*") if path.is_file()]


def send(agency, who: str, case, name: str = "小票.png", content: bytes = PNG, **more):
    api = agency.client(who)
    body = {"file": papers.upload(name, content), **more}
    return api._read(api.http.post(f"/api/v1/cases/{case.no}/attachments/", body))


def fetch(agency, who: str, case, pk):
    return agency.client(who).http.get(f"/api/v1/cases/{case.no}/attachments/{pk}/")


def test_evidence_comes_in_and_is_served_as_it_came(agency, media):
    case = agency.contacted_case()

    status, told = send(agency, "mediator", case)

    assert status == 201
    assert told["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert (told["name"], told["type"], told["size"]) == ("小票.png", "image/png", len(PNG))
    [path] = kept(media)
    assert path.name == Attachment.objects.get().file_id.hex
    assert PNG[:8] not in path.read_bytes(), "a stray backup shows no evidence"
    answer = fetch(agency, "mediator", case, told["id"])
    assert b"".join(answer.streaming_content) == PNG
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "小票" not in answer.headers["Content-Disposition"]
    assert int(answer.headers["Content-Length"]) == len(PNG)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    event = case.events.get(kind="attached")
    assert event.data == {"attachment": told["id"]}
    assert agency.client("chief").get(f"cases/{case.no}/attachments/")[1] == [told]


def test_a_name_in_a_file_s_name_is_masked(agency):
    case = agency.contacted_case()

    _status, told = send(agency, "mediator", case, "陈小满 13800138000.png")

    assert told["name"] == "陈** 138****8000.png"


@pytest.mark.parametrize(
    ("who", "posts", "gets"),
    [
        ("mediator", 201, 200), ("registrar", 201, 200), ("chief", 201, 200),
        ("supervisor", 403, 200), ("custodian", 403, 200),
        ("auditor", 403, 403), ("analyst", 403, 403), ("admin", 403, 403),
        ("mediator_b", 404, 404), ("outlet_a", 404, 404),
    ],
)  # fmt: skip
def test_who_adds_evidence_and_who_opens_it(agency, who, posts, gets):
    case = agency.contacted_case()
    _status, told = send(agency, "mediator", case)

    assert send(agency, who, case)[0] == posts
    assert fetch(agency, who, case, told["id"]).status_code == gets


def test_a_case_that_went_elsewhere_takes_its_files_along(agency):
    case = agency.contacted_case()
    _status, told = send(agency, "mediator", case)
    workflow.dispatch(case.no, by=agency.dispatcher, unit="west")

    assert agency.client("mediator").get(f"cases/{case.no}/")[0] == 200
    assert fetch(agency, "mediator", case, told["id"]).status_code == 404
    assert send(agency, "mediator", case)[0] == 409
    assert fetch(agency, "mediator_b", case, told["id"]).status_code == 200


def test_the_evidence_of_a_report_never_leaves_the_agency(agency):
    case = agency.ticket(kind="report", unit="east")
    _status, told = send(agency, "registrar", case)
    agency.outlet_a.unit = agency.units["east"]
    agency.outlet_a.save()

    assert fetch(agency, "outlet_a", case, told["id"]).status_code == 404
    assert agency.client("outlet_a").get(f"cases/{case.no}/attachments/")[0] == 404


def opened() -> list[tuple]:
    found = Access.objects.filter(kind="opened").order_by("pk")
    return list(found.values_list("by__username", "what", "subject_id", "sha256"))


def test_who_opens_a_file_is_on_record_with_the_file(agency):
    case = agency.contacted_case()
    _status, told = send(agency, "mediator", case)

    assert fetch(agency, "callback", case, told["id"]).status_code == 200
    assert fetch(agency, "auditor", case, told["id"]).status_code == 403

    assert opened() == [("callback", "file", case.pk, told["sha256"])]
    page = desk("auditor").get("/admin/core/access/").text
    assert case.no in page and told["sha256"] in page


@pytest.fixture
def report(agency, clock):
    """A report that the enforcer verifies, with evidence that shows who sent it."""
    case = agency.ticket(kind="report", unit="east")
    send(agency, "registrar", case, "身份证.png")
    workflow.verify(case.no, by=agency.enforcer)
    return case


READS_A_REPORTERS_FILE = {"enforcer", "chief", "custodian"}


@pytest.mark.parametrize("who", sorted(papers_of_cases.READERS_OF_FILES - OUTSIDERS))
def test_a_reports_evidence_is_for_its_officers_the_chief_and_the_custodian(agency, report, who):
    pk = report.attachments.get().pk
    page = f"/admin/cases/case/{report.no}/attachments/{pk}/"

    statuses = (fetch(agency, who, report, pk).status_code, desk(who).get(page).status_code)

    is_theirs = who in READS_A_REPORTERS_FILE
    assert statuses == ((200, 200) if is_theirs else (403, 404))
    assert (page in desk(who).get(page_of(report)).text) is is_theirs
    assert [row[:2] for row in opened()] == [(who, "reporter.file")] * (2 if is_theirs else 0)


def test_a_reports_second_officer_and_who_has_to_decide_open_its_evidence(agency, report):
    pk = report.attachments.get().pk
    second = User.objects.create_user(
        "second", PASSWORD, role="enforcer", unit=agency.units["east"]
    )
    assert {fetch(agency, who, report, pk).status_code for who in ("second", "leader")} == {403}

    workflow.verify(report.no, by=agency.enforcer, colleague=second.username)
    workflow.decline_filing(report.no, by=agency.enforcer, ground="N1", explanation="不成立")

    assert {fetch(agency, who, report, pk).status_code for who in ("second", "leader")} == {200}


def test_so_many_secret_files_in_an_hour_and_no_more(agency, report, clock, settings):
    settings.REVEALS_AN_HOUR = 2
    pk = report.attachments.get().pk
    assert [fetch(agency, "chief", report, pk).status_code for _time in range(3)] == [200, 200, 409]
    page = desk("chief").get(f"/admin/cases/case/{report.no}/attachments/{pk}/")
    assert page.status_code == 409

    clock.shift(hours=1)

    assert fetch(agency, "chief", report, pk).status_code == 200


def test_the_letter_to_the_reporter_is_opened_on_record(agency, report):
    workflow.decline_filing(report.no, by=agency.enforcer, ground="N1", explanation="不成立")
    workflow.approve(report.no, by=agency.leader)
    workflow.issue_document(report.no, by=agency.enforcer, form="report_result")
    letter = report.documents.get()

    for shape, file in (("pdf", letter.pdf), ("docx", letter.docx)):
        link = f"/api/v1/cases/{report.no}/documents/{letter.pk}/?as={shape}"
        assert agency.client("custodian").http.get(link).status_code == 200
        assert agency.client("chief").http.get(link).status_code == 403
        assert opened()[-1] == ("custodian", "reporter.file", report.pk, file.sha256)
    assert len(opened()) == 2


def test_a_file_that_is_no_longer_what_was_kept_is_told_so_in_a_sentence(agency, media):
    case = agency.contacted_case()
    one, other = (
        send(agency, "mediator", case, content=papers.picture(size=(n, n)))[1]["id"] for n in (2, 3)
    )
    here, there = (files.path_of(Attachment.objects.get(pk=pk).file_id) for pk in (one, other))
    sealed = here.read_bytes()

    for content in (there.read_bytes(), sealed[:-1], sealed[:5], b"", papers.picture(size=(3, 3))):
        here.write_bytes(content)
        answer = fetch(agency, "mediator", case, one)
        assert answer.status_code == 409 and "管理员" in answer.json()["detail"], content[:20]
        page = desk("mediator").get(f"/admin/cases/case/{case.no}/attachments/{one}/")
        assert page.status_code == 409 and "管理员" in page.text
    here.write_bytes(papers.picture(size=(2, 2)))
    assert fetch(agency, "mediator", case, one).status_code == 200, "kept before files were sealed"


def test_what_a_killed_program_left_on_its_way_goes_a_day_later(media):
    left, new = files.incoming() / "left", files.incoming() / "new"
    for path in (left, new, files.incoming() / "folder" / "inner"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(PNG)
    for path in (left, files.incoming() / "folder"):
        os.utime(path, (0, 0))

    files.clear_incoming()

    assert kept(media) == [new]


def test_evidence_is_found_under_its_own_case_alone(agency):
    one, other = agency.contacted_case(), agency.contacted_case()
    _status, told = send(agency, "mediator", one)

    assert fetch(agency, "mediator", other, told["id"]).status_code == 404
    assert Client().get(f"/api/v1/cases/{one.no}/attachments/{told['id']}/").status_code == 401


@pytest.mark.parametrize(
    ("name", "content", "more"),
    [
        ("页面.png", b"<script>alert(1)</script>", {}),
        ("宏.docx", papers.zipped(papers.docx(), **{"word__vbaProject.bin": b"x"}), {}),
        ("小票.png", PNG, {"kind": "x"}),
        ("小票.png", PNG, {"second": papers.upload("b.png", PNG)}),
    ],
    ids=["no picture", "a macro", "an unknown field", "two files"],
)
def test_a_file_that_is_not_taken_leaves_nothing_behind(agency, media, name, content, more):
    case = agency.contacted_case()

    status, problem = send(agency, "mediator", case, name, content, **more)

    assert status == 400
    assert problem["errors"]
    assert kept(media) == []
    assert not StoredFile.objects.exists()
    assert not case.events.filter(kind="attached").exists()


def test_a_file_that_is_too_large_is_told_so(agency, media, settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    case = agency.contacted_case()

    for size in (1024 * 1024 + 1, 3 * 1024 * 1024):
        status, problem = send(agency, "mediator", case, content=PNG + bytes(size))
        assert (status, "1" in problem["detail"]) == (413, True)

    assert kept(media) == []


def test_what_is_archived_takes_no_more_papers(agency, media):
    case = Cast(agency).bring("complaint", "archived")

    assert send(agency, "mediator", case)[0] == 409
    assert not papers_of_cases.may_attach(case, agency.mediator) and kept(media) == []


def test_a_file_is_on_the_disk_before_its_row_is_written(media, monkeypatch):
    settled = []
    monkeypatch.setattr(
        "os.fsync", lambda fd: settled.append(Path(f"/proc/self/fd/{fd}").resolve())
    )

    with files.keeping(papers.upload("a.png", PNG)) as file:
        path = files.path_of(file.pk)
        assert settled == [path, path.parent, media], "the text, its name, and its folder's"


def test_a_refused_row_takes_the_file_away_again(agency, media):
    with pytest.raises(ZeroDivisionError), files.keeping(papers.upload("a.png", PNG)):
        raise ZeroDivisionError

    assert kept(media) == []


@pytest.mark.parametrize("body", [b"", b"--x\r\nnonsense", b"--x--\r\n"])
def test_a_form_that_cannot_be_read_is_a_400(agency, body):
    case = agency.contacted_case()
    api = agency.client("mediator")

    answer = api.http.post(
        f"/api/v1/cases/{case.no}/attachments/",
        body,
        content_type="multipart/form-data; boundary=x",
    )

    assert answer.status_code == 400


def test_a_form_with_a_thousand_files_is_a_400(agency):
    case = agency.contacted_case()

    many = {f"f{n}": papers.upload("a.png", b"x") for n in range(150)}

    assert send(agency, "mediator", case, **many)[0] == 400


# -- the case page --------------------------------------------------------------------------


@pytest.fixture
def browser(agency, client):
    client.force_login(agency.mediator)
    return client


def test_evidence_is_added_and_opened_on_the_case_page(agency, browser):
    case = agency.contacted_case()

    answer = browser.post(
        f"/admin/cases/case/{case.no}/attachments/", {"file": papers.upload("小票.png", PNG)}
    )

    assert (answer.status_code, answer.headers["HX-Trigger"]) == (204, "case-changed")
    page = browser.get(f"/admin/cases/case/{case.pk}/change/").content.decode()
    pk = case.attachments.get().pk
    assert f"/admin/cases/case/{case.no}/attachments/{pk}/" in page
    opened = browser.get(f"/admin/cases/case/{case.no}/attachments/{pk}/")
    assert b"".join(opened.streaming_content) == PNG


def test_a_file_that_is_not_taken_is_told_on_the_page(agency, browser):
    case = agency.contacted_case()

    answer = browser.post(
        f"/admin/cases/case/{case.no}/attachments/", {"file": papers.upload("a.png", b"x")}
    )

    assert answer.status_code == 400
    assert "PNG" in answer.content.decode()


def test_the_page_s_files_are_a_stranger_s_404(agency, browser):
    case = agency.ticket(unit="west")

    answer = browser.post(
        f"/admin/cases/case/{case.no}/attachments/", {"file": papers.upload("a.png", PNG)}
    )

    assert answer.status_code == 404
