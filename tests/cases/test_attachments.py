"""Evidence: what comes in, where it lies, and who gets it back."""

import hashlib
from pathlib import Path

import pytest
from django.test import Client

from agency.core import files
from agency.core.models import StoredFile
from cases import workflow
from cases.models import Attachment
from tests import papers

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
    answer = fetch(agency, "mediator", case, told["id"])
    assert b"".join(answer.streaming_content) == PNG
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "小票" not in answer.headers["Content-Disposition"]
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
