"""A published report: drawn up, signed by another, frozen; what is counted later stands beside it."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from agency.core.errors import Forbidden, NotThere, RuleViolation
from cases.models import Case
from reports import workflow
from reports.models import Publication
from reports.periods import Period
from tests.cases.test_ledger import GOOD, ledger, take

YEAR = Period.of_year(2022)


def test_a_published_number_stays_and_a_recount_shows_the_difference(agency, clock, tmp_path):
    take(tmp_path / "l.csv", ledger(GOOD, GOOD | {"external_no": "2", "result": "failed"}))
    east = agency.units["east"]
    draft = workflow.draw_up(east, YEAR, by=agency.supervisor)
    assert workflow.recount(draft) == []

    with pytest.raises(Forbidden):
        workflow.sign(draft.pk, by=agency.supervisor)
    with pytest.raises(RuleViolation, match="签发|草稿"):
        workflow.freeze(draft.pk, by=agency.leader)
    workflow.sign(draft.pk, by=agency.leader)
    frozen = workflow.freeze(draft.pk, by=agency.supervisor)

    Case.objects.filter(result="failed").update(result="settled")
    changed = {one.row.indicator.code: (one.row.value, one.now) for one in workflow.recount(frozen)}
    assert changed["mediation_success_rate"] == (0.5, 1)
    assert changed["mediation_settled"] == (1, 2) and "recovered_amount" not in changed
    kept = workflow.thawed(Publication.objects.get(pk=frozen.pk))
    assert "调解成功率为50.0%" in "".join(section.text for section in kept.sections)
    assert workflow.digest_of(frozen.content) == frozen.digest
    for change in ({"content": {}}, {"state": "draft"}, {"signed_by": agency.chief}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Publication.objects.filter(pk=frozen.pk).update(**change)


def test_nobody_signs_their_own_and_a_period_is_frozen_once(agency, clock):
    own = workflow.draw_up(agency.units["agency"], YEAR, by=agency.leader)
    with pytest.raises(RuleViolation):
        workflow.sign(own.pk, by=agency.leader)

    for number in range(2):
        draft = workflow.draw_up(agency.units["agency"], YEAR, by=agency.analyst)
        workflow.sign(draft.pk, by=agency.leader)
        if number == 0:
            workflow.freeze(draft.pk, by=agency.leader)
    with pytest.raises(RuleViolation, match="定稿"):
        workflow.freeze(draft.pk, by=agency.leader)
    with pytest.raises(RuleViolation):
        workflow.draw_up(agency.units["agency"], Period.of_year(2026), by=agency.analyst)
    with pytest.raises(NotThere):
        workflow.draw_up(agency.units["agency"], YEAR, by=_supervisor_of_east(agency))


def _supervisor_of_east(agency):
    agency.supervisor.unit = agency.units["east"]
    agency.supervisor.save()
    return agency.supervisor


def test_the_page_draws_up_signs_and_takes_home(agency, clock, tmp_path):
    take(tmp_path / "l.csv", ledger(GOOD))
    asked = {"from": "2022-01-01", "to": "2022-12-31", "unit": "east"}
    analyst, leader, chief = Client(), Client(), Client()
    for browser, user in (
        (analyst, agency.analyst),
        (leader, agency.leader),
        (chief, agency.chief),
    ):
        browser.force_login(user)

    page = analyst.post("/reports/publication/", asked)["Location"]
    leader.post("/reports/publication/", {"act": "sign", "id": page.partition("=")[2]})
    shown = chief.get(page).content.decode()

    assert "已签发" in shown and "重新统计的结果与发布的数字完全一致" in shown
    assert analyst.get(f"{page}&as=xlsx").content.startswith(b"PK")
    assert page in analyst.get("/reports/", asked).content.decode()
    assert (
        analyst.post(
            "/reports/publication/", {"act": "sign", "id": page.partition("=")[2]}
        ).status_code
        == 403
    )
    assert chief.get("/reports/publication/", {"id": "999999"}).status_code == 404
    again = leader.post(
        "/reports/publication/", {"act": "sign", "id": page.partition("=")[2]}, follow=True
    )
    assert "不能进行此操作" in again.content.decode()
