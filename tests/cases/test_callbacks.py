"""Some of what ended is called back by who did not handle it; and who said thank you."""

import csv
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from agency.core import notifications
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Notification, User
from agency.core.notifications import words
from cases import callbacks, commendations, notices, workflow
from cases.models import Callback, Case, Commendation
from cases.workflow import closing
from tests.cases.test_admin import desk, numbers
from tests.notices import told
from tests.stories import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def yesterday(agency, clock):
    """Six complaints that ended yesterday."""
    cases = [agency.handled_case() for _case in range(6)]
    clock.shift(days=1)
    return cases


def test_a_share_of_what_ended_is_drawn_once(agency, yesterday, clock):
    assert callbacks.draw() == 2, "20 % of six, rounded up"
    assert callbacks.draw() == 0
    clock.shift(days=1)
    assert callbacks.draw() == 0, "nothing ended since"


def test_at_least_one_is_drawn_and_none_of_what_was_called_back(agency, clock, settings):
    settings.CALLBACK_SHARE = 1
    called, waiting = agency.handled_case(), agency.handled_case()
    workflow.follow_up(called.no, by=agency.callback, satisfaction="satisfied")
    agency.ticket(unit="east")
    clock.shift(days=1)

    assert callbacks.draw() == 1
    assert Callback.objects.get().case == waiting


def test_what_was_only_a_question_is_not_drawn(agency, clock):
    asked = agency.ticket()
    workflow.contact(asked.no, by=agency.dispatcher, outcome="reached", no_meeting_reason="电话")
    workflow.convert(asked.no, by=agency.dispatcher, kind="consultation", text="七日无理由退货")
    clock.shift(days=1)

    assert callbacks.draw() == 0, "a call that nobody could make"


def test_a_day_the_draw_did_not_run_is_made_up(agency, yesterday, clock):
    clock.shift(days=3)

    assert callbacks.draw() == 2


def performed(agency, **people) -> Case:
    """A complaint whose agreement was performed: before it ends, somebody must call back."""
    case = agency.mediated_case()
    if people:
        workflow.assign(case.no, by=agency.dispatcher, **people)
    workflow.settle(case.no, by=agency.mediator, agreement="退款", recovered_amount="10.00")
    return workflow.confirm_performance(
        case.no, by=agency.mediator, amount="10.00", evidence_note="转账截图"
    )


def test_what_cannot_end_without_a_call_waits_for_it_and_they_are_told(agency, clock):
    case = performed(agency)
    http = desk("callback")
    assert numbers(http.get("/admin/")) == [case.no]
    notifications.deliver_pending()
    written = Notification.objects.get(topic="confirm_performance")
    assert told(written) == {"callback"}
    [said] = words.tell([written], to=agency.callback).values()
    assert case.no in said.headline

    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")

    assert numbers(http.get("/admin/")) == []


def test_who_may_not_call_back_is_not_asked_to(agency, clock):
    root = agency.units["agency"]
    User.objects.create_user("callback2", PASSWORD, name="周访", role="callback", unit=root)
    performed(agency, follow_up="callback")
    notifications.deliver_pending()

    assert told(Notification.objects.get(topic="confirm_performance")) == {"callback2"}


def test_who_may_not_call_back_is_asked_once_for_all_cases(agency, django_assert_num_queries):
    mine, other = agency.contacted_case(), agency.contacted_case()
    workflow.assign(mine.no, by=agency.chief, follow_up="callback")
    asked = [
        Notification(pk=pk, target="callback", subject_id=case.pk)
        for pk, case in enumerate((mine, other))
    ]

    with django_assert_num_queries(1):
        barred = notices.barred_from_cases(asked)

    assert set(barred[0]) == {agency.mediator.pk, agency.callback.pk}
    assert set(barred[1]) == {agency.mediator.pk}


def test_the_registrar_is_asked_to_call_back_where_no_officer_may(agency, clock):
    case = performed(agency, follow_up="callback")
    notifications.deliver_pending()
    written = Notification.objects.get(topic="confirm_performance")

    assert told(written) == {"registrar"}
    [said] = words.tell([written], to=agency.registrar).values()
    assert said.headline.count(case.no) == len(said.details) == 1


def test_who_was_named_in_it_does_not_call_back_and_the_page_says_who_may(agency, clock):
    case = performed(agency, follow_up="callback")

    assert numbers(desk("callback").get("/admin/")) == []
    page = desk("callback").get(f"/admin/cases/case/{case.pk}/change/").content.decode()
    assert "须由他人回访" in page
    assert f"可由以下人员回访：{agency.registrar.name}" in page
    assert "须由他人回访" not in (
        desk("registrar").get(f"/admin/cases/case/{case.pk}/change/").content.decode()
    )


def test_the_drawn_stand_on_the_start_page_until_somebody_was_reached(agency, yesterday, clock):
    callbacks.draw()
    drawn = set(Case.objects.exclude(callback=None).values_list("no", flat=True))
    http = desk("callback")
    assert set(numbers(http.get("/admin/"))) == drawn
    page = http.get("/admin/").content.decode()
    assert page.count("/verb/follow_up/") == 2

    first, second = sorted(drawn)
    workflow.follow_up(first, by=agency.callback, satisfaction="unreached")
    assert set(numbers(http.get("/admin/"))) == drawn
    workflow.follow_up(first, by=agency.callback, satisfaction="satisfied")
    assert numbers(http.get("/admin/")) == [second]


# -- commendations ------------------------------------------------------------------------


def load(tmp_path, *rows, **options) -> dict:
    file, out = tmp_path / "thanks.csv", StringIO()
    lines = ["received_on,type,unit,case_no", *rows]
    file.write_text("\n".join(lines), encoding="utf-8")
    call_command("import_commendations", str(file), format="json", stdout=out, **options)
    return json.loads(out.getvalue())


def test_a_file_is_taken_in_once(agency, clock, tmp_path):
    case = agency.handled_case()
    rows = [
        f"2026-02-01,banner,east,{case.no}", "2026-02-01,letter,east,", "2026-02-01,letter,east,",
    ]  # fmt: skip

    told = load(tmp_path, *rows)
    assert told.pop("seconds") >= 0
    assert told == {"read": 3, "created": 3, "duplicates": 0, "rejected": 0}

    again = load(tmp_path, *rows, "2026-02-01,letter,east,")
    assert (again["created"], again["duplicates"]) == (1, 3)
    assert Commendation.objects.filter(type="letter").count() == 3, "two alike are two"
    assert Commendation.objects.get(type="banner").case == case


def test_what_cannot_be_taken_is_said_row_by_row(agency, clock, tmp_path):
    rejects = tmp_path / "rejects.csv"

    told = load(
        tmp_path, "2026-03-09,banner,east,", "soon,medal,north,TS404", "2026-03-01,banner,east,",
        rejects=rejects,
    )  # fmt: skip

    assert (told["read"], told["created"], told["rejected"]) == (3, 1, 2)
    _headings, ahead, nonsense = csv.reader(rejects.open(encoding="utf-8-sig"))
    assert "received_on" in ahead[-1]
    assert all(name in nonsense[-1] for name in ("received_on", "type", "unit", "case_no"))


def test_a_file_without_its_columns_is_no_such_file(agency, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("day,kind\n2026-01-01,banner\n", encoding="utf-8")

    with pytest.raises(CommandError, match="received_on"):
        call_command("import_commendations", str(file))


def test_the_desk_writes_one_down(agency, clock):
    case, east = agency.handled_case(), agency.units["east"]
    http, url = desk("registrar"), "/admin/cases/commendation/add/"
    typed = {"received_on": "2026-03-01", "type": "banner", "unit": east.pk, "case_no": case.no}

    assert http.post(url, typed | {"received_on": "2026-03-03"}).status_code == 200
    assert http.post(url, typed | {"case_no": "TS404"}).status_code == 200
    assert not Commendation.objects.exists()
    assert http.post(url, typed).status_code == 302

    written = Commendation.objects.get()
    assert (written.case, written.unit, written.by) == (case, east, agency.registrar)
    assert desk("mediator").get(url).status_code == 403


@pytest.mark.parametrize(("wrong", "field"), [("day", "received_on"), ("case", "case_no")])
def test_no_door_writes_down_a_day_to_come_or_a_strange_case(agency, clock, wrong, field):
    day = clock.now.date() + timedelta(days=wrong == "day")
    case = agency.ticket(unit="west" if wrong == "case" else "east")
    thanks = Commendation(
        received_on=day, type="banner", unit=agency.units["east"], case=case
    )  # fmt: skip

    with pytest.raises(Invalid) as refused:
        commendations.record(thanks, by=agency.mediator)

    assert set(refused.value.errors) == {field}
    assert not Commendation.objects.exists()


def test_commendations_are_seen_within_ones_units(agency, clock):
    Commendation.objects.create(received_on="2026-03-01", type="banner", unit=agency.units["west"])

    for who, seen in (("leader", 1), ("mediator_b", 1), ("mediator", 0)):
        listing = desk(who).get("/admin/cases/commendation/").context["cl"]
        assert len(listing.result_list) == seen, who


# -- who took part ----------------------------------------------------------------------------


def test_nobody_rates_their_own_answer(agency):
    case = agency.ticket("walkin", kind="consultation")
    workflow.answer(case.no, by=agency.registrar, text="可以退货")
    case = workflow.close(case.no, by=agency.registrar, conclusion="已答复")

    assert "follow_up" not in workflow.allowed(case, agency.registrar)
    with pytest.raises(RuleViolation):
        workflow.follow_up(case.no, by=agency.registrar, satisfaction="very_satisfied")

    assert agency.registrar not in closing.callers(case)
    assert "follow_up" in workflow.allowed(case, agency.callback)
    workflow.follow_up(case.no, by=agency.callback, satisfaction="satisfied")


def test_who_puts_it_into_the_archive_may_still_call_back(agency):
    case = agency.ticket("walkin", kind="consultation", unit="east")
    workflow.answer(case.no, by=agency.mediator, text="可以退货")
    workflow.close(case.no, by=agency.mediator, conclusion="已答复")
    case = workflow.archive(case.no, by=agency.registrar)

    assert agency.registrar in closing.callers(case)
