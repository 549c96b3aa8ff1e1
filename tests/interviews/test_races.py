"""Two at once on an interview: one wins, the other is told; no number is lost or doubled."""

from contextlib import suppress

import pytest

from agency.core import invariants
from agency.core.errors import RuleViolation
from interviews import workflow
from interviews.models import Document, Evidence, Interview, Notice, Rectification
from interviews.workflow import links, papers
from tests.cases.test_races import at_once
from tests.interviews.stories import Desk, came, day_in
from tests.papers import picture, upload
from tests.threads import in_threads

pytestmark = pytest.mark.django_db(transaction=True)
MANY = [{"name": f"商户{n}"} for n in range(8)]


def winners_and_told(results) -> tuple[int, int]:
    told = sum(isinstance(result, RuleViolation) for result in results)
    return len(results) - told, told


def numbers() -> list[int]:
    issued = Notice.objects.exclude(number="").values_list("number", flat=True)
    return sorted(int(number.partition("〕")[2].removesuffix("号")) for number in issued)


def test_of_two_who_issue_at_once_one_is_told_and_two_interviews_share_one_row_of_numbers(
    agency, clock
):
    one = Desk(agency, kind="individual", merchants=MANY[:1])
    other = Desk(agency, kind="individual", merchants=MANY[1:2], subject="退款迟缓")
    for desk in (one, other):
        desk.do("chief", "approve")

    def issue(desk, by):
        return lambda: workflow.VERBS["issue_notice"](desk.no, by=by)

    results = at_once(
        issue(one, agency.mediator), issue(one, agency.chief), issue(other, agency.mediator)
    )
    assert winners_and_told(results) == (2, 1)
    assert numbers() == [1, 2]
    assert invariants.check()[1] == []


def test_notices_are_stopped_while_two_write_them(agency, clock):
    desk = Desk(agency, merchants=MANY)
    desk.do("leader", "approve")
    desk.do("mediator", "issue_notice")

    def stop():
        with suppress(RuleViolation):
            workflow.VERBS["stop_notices"](desk.no, by=agency.mediator)

    in_threads(lambda: papers.write_pending(5), stop, lambda: papers.write_pending(5))

    written = numbers()
    notices = Document.objects.filter(form="notice")
    assert written == list(range(1, len(written) + 1)), "no gap and no double"
    assert notices.filter(issued_at=None, cancelled_at=None).count() == 0
    assert notices.exclude(cancelled_at=None).count() == len(MANY) - len(written)
    with suppress(RuleViolation):  # all were written before they were stopped
        workflow.VERBS["issue_notice"](desk.no, by=agency.mediator)
    papers.write_pending(30)
    assert numbers() == list(range(1, len(MANY) + 1))
    assert invariants.check()[1] == []


def test_a_report_is_taken_once_however_often_it_is_sent(agency, clock):
    desk = came(agency)
    items = [{"problem": "未公示", "measure": "张贴", "due_on": day_in(9)}]
    desk.do("mediator", "add_rectification", {"merchant": desk.id(0), "items": items})
    told = desk.do("mediator", "make_report_link", {"merchant": desk.id(0)})
    link = links.find(told["address"].rstrip("/").rpartition("/")[2])
    item = Rectification.objects.get().pk

    def send():
        shown = {item: [upload("价目.png", picture())]}
        return links.report_by_link(link, told={item: "已张贴"}, uploads=shown)

    assert winners_and_told(at_once(send, send)) == (1, 1)
    assert Evidence.objects.count() == 1
    reported = Interview.objects.get().events.filter(kind="rectification_reported")
    assert reported.count() == 1
