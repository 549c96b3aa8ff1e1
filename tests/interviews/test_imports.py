"""Interviews of the past from a file: what stands afterwards, what is refused, what comes again."""

import csv
import json

import pytest
from django.core.management import call_command

from agency.core import invariants
from interviews.imports import COLUMNS
from interviews.models import (
    Attendance,
    Interview,
    InterviewDeadline,
    Notice,
    Pledge,
    Rectification,
    Session,
)
from tests.interviews.stories import called_in

pytestmark = pytest.mark.django_db

ROWS = [
    (
        "2023-01",
        "collective",
        "2023-05-10",
        "海之韵珠宝行",
        "",
        "厦消约〔2023〕1号",
        "2023-05-02",
        "1",
        "1",
        "3",
        "2",
    ),
    (
        "2023-01",
        "collective",
        "2023-05-10",
        "蓝湾珍珠馆",
        "",
        "厦消约〔2023〕2号",
        "2023-05-02",
        "0",
        "",
        "",
        "",
    ),
    ("2023-02", "individual", "2023-06-01", "海之韵珠宝行", "", "", "", "是", "是", "1", "1"),
    ("2023-03", "individual", "", "鹭岛珠宝店", "", "厦消约〔2023〕3号", "", "", "", "", ""),
]
WRONG = [
    ("2023-01", "individual", "2023-05-10", "第三家", "", "", "", "1", "", "", ""),
    ("2023-04", "meeting", "2023-05-10", "第三家", "", "", "", "1", "", "", ""),
    ("2023-04", "individual", "2099-05-10", "第三家", "", "", "", "也许", "", "1", "2"),
    ("", "individual", "2023-05-10", "", "123", "", "", "1", "", "x", ""),
]


@pytest.fixture
def read(tmp_path, capsys):
    def read(rows, **options) -> dict:
        path = tmp_path / "interviews.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, *rows])
        call_command("import_interviews", path, format="json", **options)
        return json.loads(capsys.readouterr().out)

    return read


def test_a_year_of_interviews_is_brought_in_once_and_counted_as_the_reports_do(agency, read):
    told = read(ROWS)
    again = read(ROWS)

    assert (told["read"], told["created"], told["duplicates"], told["rejected"]) == (4, 4, 0, 0)
    assert (again["created"], again["duplicates"]) == (0, 4)
    assert (Session.objects.count(), Attendance.objects.exclude(session=None).count()) == (2, 2)
    assert Notice.objects.count() == 3, "one whose day nobody knows"
    assert (Pledge.objects.count(), Rectification.objects.count()) == (2, 4)
    assert Rectification.objects.exclude(verified_at=None).count() == 3
    states = Interview.objects.order_by("no").values_list("merchants__state", flat=True)
    assert sorted(states) == ["no_show", "noticed", "rectified", "rectifying"]
    assert not InterviewDeadline.objects.exists()
    assert invariants.check()[1] == []


def test_numbers_go_on_after_those_of_the_file(agency, clock, read):
    past = (
        "2026-01",
        "individual",
        "2026-01-10",
        "海之韵珠宝行",
        "",
        "厦消约〔2026〕41号",
        "",
        "1",
        "",
        "",
        "",
    )
    read([past])
    notices = [d for d in called_in(agency).documents() if d["type"] == "notice"]
    assert [d["number"] for d in notices] == ["厦消约〔2026〕42号"]
    assert invariants.check()[1] == []


def test_what_cannot_be_is_handed_back_with_what_is_wrong(agency, read, tmp_path):
    told = read([ROWS[0], *WRONG], rejects=tmp_path / "rejects.csv")

    assert (told["created"], told["rejected"]) == (1, 4)
    back = (tmp_path / "rejects.csv").read_text(encoding="utf-8-sig")
    for said in ("interview_no", "kind", "held_on", "attended", "merchant_uscc"):
        assert said in back.split("\n", 1)[1], said
