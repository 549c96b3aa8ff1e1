"""What colleagues say to each other on a case, and whom they call."""

import pytest
from django.db import DatabaseError, transaction

from agency.core.errors import Forbidden, Invalid
from agency.core.models import Notification, User
from agency.core.notifications import deliver_pending
from agency.core.notifications.bell import bell_of
from agency.core.notifications.words import tell
from cases import workflow
from cases.admin import timeline
from cases.admin.page import find
from cases.bundle import rows
from cases.models import Note
from tests.cases.test_admin import desk
from tests.stories import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(agency):
    return agency.ticket(unit="east")


def bell(user) -> list[str]:
    deliver_pending()
    notices = [delivery.notification for delivery in bell_of(user)]
    return [notice.headline for notice in tell(notices, to=user).values()]


def test_a_note_stands_in_the_story_with_its_author(agency, case):
    workflow.note(case.no, by=agency.mediator, text="商家已来电，明天再约。")

    found = find(agency.chief, pk=case.pk)
    [line] = [one for one in timeline.lines(found, agency.chief, case.arrived_at) if one.text]
    assert (line.group, line.who) == ("notes", agency.mediator.name)
    assert line.text == "商家已来电，明天再约。"


@pytest.mark.parametrize("called", ["name", "username"])
def test_who_is_called_hears_of_it_and_nobody_else(agency, case, called):
    text = f"@{getattr(agency.chief, called)} 请过目"
    workflow.note(case.no, by=agency.mediator, text=text)

    [said] = [line for line in bell(agency.chief) if "备注" in line]
    assert case.no in said and agency.mediator.name in said
    assert not [line for line in bell(agency.dispatcher) if "备注" in line]


def test_chinese_leaves_no_blank_behind_a_name(agency, case):
    workflow.note(case.no, by=agency.mediator, text=f"请@{agency.chief.name}看一下")
    assert Notification.objects.filter(topic="mentioned", handler=agency.chief).exists()


@pytest.mark.parametrize("called", ["阿卜杜拉·买买提", "Li Na", "zhang.san"])
def test_a_name_of_several_words_and_an_account_with_a_dot_are_called(agency, case, called):
    User.objects.filter(username="chief2").update(username="zhang", name="张三")
    for username, name in (("zhang.san", "阿卜杜拉·买买提"), ("li_na", "Li Na")):
        User.objects.create_user(
            username, PASSWORD, name=name, role="mediator", unit=agency.units["east"]
        )

    workflow.note(case.no, by=agency.mediator, text=f"请@{called}看一下")

    [told] = Notification.objects.filter(topic="mentioned")
    assert called in (told.handler.name, told.handler.username)


def test_an_account_without_a_name_is_not_meant_by_every_call(agency, case):
    User.objects.filter(pk=agency.enforcer.pk).update(name="")

    with pytest.raises(Invalid):
        workflow.note(case.no, by=agency.mediator, text="@无此人 请过目")


@pytest.mark.parametrize("who", ["mediator_b", "expert", "auditor_nobody", "admin"])
def test_who_does_not_see_the_case_cannot_be_called(agency, case, who):
    name = getattr(getattr(agency, who, None), "name", "无此人")
    with pytest.raises(Invalid) as refused:
        workflow.note(case.no, by=agency.mediator, text=f"@{name} 请过目")

    assert f"@{name}" in refused.value.errors["text"][0]
    assert not Note.objects.exists() and not case.events.filter(kind="noted").exists()


def test_an_address_of_mail_calls_nobody(agency, case):
    workflow.note(case.no, by=agency.mediator, text="材料发到 a@b.cn")
    assert not Notification.objects.filter(topic="mentioned").exists()


def test_a_note_is_neither_changed_nor_taken_back(agency, case):
    workflow.note(case.no, by=agency.mediator, text="一次写定")
    for change in (lambda rows: rows.update(text="改"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(Note.objects.all())


def test_of_a_reporter_a_note_keeps_nothing(agency):
    report = agency.ticket(
        unit="east", kind="report", consumer={"name": "钱秘密", "phone": "13912345678"}
    )
    workflow.note(report.no, by=agency.chief, text="已电话联系钱秘密 13912345678")

    kept = Note.objects.get().text
    assert "钱秘密" not in kept and "13912345678" not in kept


def test_a_note_leaves_the_house_neither_with_an_expert_nor_in_a_bundle(agency, case):
    workflow.ask_expert(case.no, by=agency.mediator, expert="expert", question="是否质量问题")
    workflow.note(case.no, by=agency.mediator, text="内部意见")

    found = find(agency.expert, pk=case.pk)
    told = timeline.lines(found, agency.expert, case.arrived_at)
    assert "noted" not in {line.kind for line in told}
    assert "noted" not in {event.kind for event in rows.Rows(case, plain=False).events}
    assert "notes" not in agency.client("expert").get(f"cases/{case.no}/story/")[1]
    staff = agency.client("mediator").get(f"cases/{case.no}/story/")[1]
    assert [note["text"] for note in staff["notes"]] == ["内部意见"]


@pytest.mark.parametrize("who", ["auditor", "analyst", "custodian", "expert"])
def test_who_only_looks_writes_none(agency, case, who):
    with pytest.raises(Forbidden):
        workflow.note(case.no, by=getattr(agency, who), text="看过")


def test_a_note_is_written_from_the_page(agency, case):
    answer = desk("chief").post(f"/admin/cases/case/{case.no}/verb/note/", {"text": "请抓紧"})

    assert answer.status_code == 204
    assert Note.objects.get().by == agency.chief


def test_a_colleague_s_note_stops_nobody_s_form(agency, case):
    http = desk("mediator")
    page = http.get(f"/admin/cases/case/{case.no}/verb/respond/").content.decode()
    since = page.split('name="since" value="')[1].split('"')[0]
    workflow.note(case.no, by=agency.chief, text="请抓紧")

    answer = http.post(f"/admin/cases/case/{case.no}/verb/respond/", {"since": since})
    assert answer.status_code == 204
