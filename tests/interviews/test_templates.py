"""What letters say: changed by two people, in a sandbox; what was issued stays as it was issued."""

import io
import zipfile

import pypdf
import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from docx import Document as Word

from agency.core import files, letters
from agency.core.clock import now
from agency.core.errors import Forbidden, Invalid, RuleViolation
from interviews.letters import facts
from interviews.letters.forms import Form
from interviews.letters.versions import in_force
from interviews.models import Document, Guidance, LetterTemplate
from interviews.workflow import templates
from interviews.workflow.advising import issue_guidance
from tests.interviews.stories import NAMES, called_in

pytestmark = pytest.mark.django_db


def version(agency, by="chief", **changes) -> LetterTemplate:
    told = {
        "profile": "amr", "form": "reminder", "title": "消费提示函", "addressee": "{merchant}",
        "text": "请注意：\n{body}", "reason": "换用新名称",
    }  # fmt: skip
    return templates.propose_template(by=getattr(agency, by), **told | changes)


def remind(agency) -> Guidance:
    told = {"kind": "reminder", "merchant": {"name": NAMES[0]}, "subject": "明码标价"}
    return issue_guidance(by=agency.mediator, text="请公示#{}价目", **told)


def said(document: Document) -> str:
    return pypdf.PdfReader(io.BytesIO(files.content_of(document.pdf))).pages[0].extract_text()


def test_a_letter_is_changed_by_two_people_and_what_was_issued_stays(agency, clock):
    before = remind(agency).document
    row = version(agency)
    with pytest.raises(RuleViolation):
        version(agency, "leader")  # one at a time
    assert remind(agency).document.version == before.version, "proposed is not in force"
    for who, refused in (("chief", RuleViolation), ("mediator", Forbidden)):
        with pytest.raises(refused):
            templates.decide_template(row.pk, by=getattr(agency, who), approved=True)
    templates.decide_template(row.pk, by=agency.leader, approved=True)

    after = remind(agency).document
    assert (after.version, "消费提示函" in said(after)) == (row.version, True)
    assert "提醒函" in said(Document.objects.get(pk=before.pk)), "as issued"
    with pytest.raises(RuleViolation):
        templates.decide_template(row.pk, by=agency.leader, approved=False)
    with pytest.raises(DatabaseError), transaction.atomic():
        LetterTemplate.objects.filter(pk=row.pk).update(text="另一句")
    assert in_force("council", "reminder").title == "消费提示函", "where it has none of its own"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "{merchant} {body} {password}"}, "text"),
        ({"text": "{merchant}"}, "text"),
        ({"text": "{merchant} {body} {merchant.__class__}"}, "text"),
        ({"text": "{merchant} {body} {{ 7*7 }}"}, "text"),
        ({"title": "{body}"}, "title"),
        ({"rows": [("电话", "{phone}")]}, "rows"),
    ],
)
def test_a_template_asks_for_facts_of_its_letter_and_nothing_else(agency, changes, field):
    with pytest.raises(Invalid) as refused:
        version(agency, **changes)
    assert list(refused.value.errors) == [field]


def test_the_facts_that_are_offered_are_those_a_letter_is_given(agency, clock):
    desk = called_in(agency)
    body = {
        "merchant": desk.id(0), "address": "民族大道8号", "recipient": "林店长", "phone": "13800138000",
        "electronic": False,
    }  # fmt: skip
    desk.do("mediator", "confirm_address", body)
    for document in Document.objects.all():
        assert set(facts.gather(document, at=now())) == facts.known(Form(document.form))
    letter = remind(agency).document
    assert set(facts.gather(letter, at=now())) == facts.known(Form.REMINDER)
    confirmed = Document.objects.get(form="address_confirmation")
    assert "民族大道8号" in said(confirmed) and "13800138000" in said(confirmed)
    told = str(desk.agency.client("chief").get(f"interviews/{desk.no}/"))
    assert "13800138000" not in told and "address_confirmed" in told
    desk.serve(0, method="electronic", consent=True)
    assert "electronic" in str(desk.told)
    body = {"merchant": desk.id(0), "method": "electronic", "at": now().isoformat(), "recipient": "林"}  # fmt: skip
    desk.do("mediator", "record_service", body, expect=409)


def test_a_version_is_proposed_seen_beside_the_old_and_approved_on_its_pages(agency, client):
    add = reverse("admin:interviews_lettertemplate_add")
    client.force_login(agency.chief)
    shown = client.get(add, {"profile": "amr", "form": "reminder"}).content.decode()
    assert "提醒函" in shown and "{body}" in shown
    typed = {
        "profile": "amr", "form": "reminder", "title": "消费提示函", "text": "{merchant}{body}",
        "rows": "联系人 | {contact}", "signatures": "经办人", "reason": "换名",
    }  # fmt: skip
    assert client.post(add, typed | {"text": "{no}"}).status_code == 400
    assert client.post(add, typed).status_code == 302
    row = LetterTemplate.objects.get()
    assert (row.rows, row.signatures) == ([["联系人", "{contact}"]], ["经办人"])
    page = reverse("admin:interviews_lettertemplate_change", args=[row.pk])
    assert client.post(page, {"approved": "true"}).status_code == 400, "their own"
    specimen = client.get(reverse("admin:interviews_lettertemplate_preview", args=[row.pk]))
    assert "样稿" in pypdf.PdfReader(io.BytesIO(specimen.content)).pages[0].extract_text()
    client.force_login(agency.leader)
    assert "换名" in client.get(page).content.decode()
    assert client.post(page, {"approved": "true"}).status_code == 302
    assert LetterTemplate.objects.get().state == "approved"
    client.force_login(agency.mediator)
    assert client.get(page).status_code == 403


def test_pages_are_numbered_right_on_odd_and_left_on_even_ones_in_word_too():
    word = Word(letters.HERE / "letter.docx")
    section = word.sections[0]
    assert word.settings.odd_and_even_pages_header_footer
    sides = [f.paragraphs[0].alignment for f in (section.footer, section.even_page_footer)]
    assert [str(side) for side in sides] == ["RIGHT (2)", "LEFT (0)"]
    with zipfile.ZipFile(letters.HERE / "letter.docx") as parts:
        fonts = parts.read("word/fontTable.xml").decode()
    assert "仿宋_GB2312" in fonts and "FangSong" in fonts
