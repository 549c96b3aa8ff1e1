"""Mediation begins with the consent of both parties. Order 121 §18."""

from datetime import timedelta

import pytest
from django.utils import translation

from agency.core.errors import Invalid, RuleViolation
from cases import story, workflow
from cases.admin.labels import VERBS
from cases.admin.story import facts
from cases.admin.verbs import VerbForm
from cases.models import Case
from tests.cases.test_admin import desk, verb_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(agency, clock):
    found = agency.contacted_case()
    return workflow.accept(found.no, by=agency.mediator, notified_by="phone")


def test_the_form_asks_whether_both_agree_and_presumes_nothing(agency, case):
    http = desk("mediator")
    assert "checked" not in http.get(verb_of(case, "start_mediation")).content.decode()

    refused = http.post(verb_of(case, "start_mediation"), {"place": "东城调解室"})

    page = refused.content.decode()
    assert (refused.status_code, page.count('class="why" role="alert"')) == (400, 2)
    case.refresh_from_db()
    assert case.state == "accepted"


def test_without_consent_no_mediation_begins(agency, case):
    said = {"consented": "false", "method": "phone"}

    refused = desk("mediator").post(verb_of(case, "start_mediation"), said)

    assert refused.status_code == 409 and "T2" in refused.content.decode()
    assert not case.mediations.exists()


def test_what_was_arranged_is_kept_told_and_drafted_into_the_notice(agency, clock, case):
    meeting = clock.now + timedelta(days=3)
    said = {
        "consented": "true", "method": "on_site", "place": "东城调解室",
        "meeting_at": f"{meeting:%Y-%m-%dT%H:%M}",
    }  # fmt: skip

    assert desk("mediator").post(verb_of(case, "start_mediation"), said).status_code == 204

    case.refresh_from_db()
    with translation.override("en"):
        [told] = [f.text for f in facts(case, agency.mediator, clock.now) if f.label == "Mediation"]
    name = agency.mediator.name
    assert told == f"{name} · both parties agree · on site · {meeting:%m-%d %H:%M} · 东城调解室"
    [kept] = story.told(case)["mediations"]
    assert (kept["consented"], kept["method"], kept["place"]) == (True, "on_site", "东城调解室")
    notice = VerbForm(VERBS["issue_document"], case, agency.mediator).fields
    assert {said["meeting_at"], "东城调解室"} <= {field.value for field in notice}


def test_a_form_from_before_takes_nothing_back_that_was_entrusted_since(agency, clock, case):
    http, said = desk("mediator"), {"consented": "true", "method": "phone"}
    address = verb_of(case, "start_mediation")
    before = http.get(address).context["form"]
    said |= {"since": before.since, "state": before.case.state}
    until = clock.now.date() + timedelta(days=20)
    Case.objects.update(consents_to_entrust=True)
    workflow.entrust(case.no, by=agency.mediator, to="市消费者协会", until=until)

    refused = http.post(address, said)

    assert refused.status_code == 409 and "现已委托" in refused.content.decode()
    assert 'name="state" value="entrusted"' in refused.content.decode()
    with pytest.raises(RuleViolation, match="现已委托"):
        workflow.start_mediation(case.no, by=agency.mediator)
    assert http.post(address, said | {"state": "entrusted"}).status_code == 204


def test_who_says_nothing_of_consent_has_said_nothing(agency, case):
    workflow.start_mediation(case.no, by=agency.mediator)

    assert case.mediations.get().consented is None


def test_nobody_agrees_to_meet_in_the_past(agency, clock, case):
    with pytest.raises(Invalid):
        workflow.start_mediation(case.no, by=agency.mediator, meeting_at=clock.now)
    with pytest.raises(RuleViolation):
        workflow.start_mediation(case.no, by=agency.mediator, consented=False)
