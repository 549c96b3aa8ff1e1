"""What the house decides, agrees and tells is kept as it was written: nothing is sealed beside it."""

import pytest
from django.apps import apps
from rest_framework.serializers import SerializerMethodField

from agency.core.errors import Invalid
from cases import bundle, story, workflow
from cases.admin import drafts, page
from cases.letters import facts
from cases.letters.forms import Form
from cases.models.texts import Kept
from tests.cases.test_admin import desk, verb_of
from tests.cases.test_bundle import opened, text_of
from tests.cases.test_documents import issue, latest, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

WHO = {"name": "欧阳小满", "phone": "13987651234", "id_number": "11010519491231002X"}
OUR_NUMBER = "0755-82345678"
LONG = "202611230930151234"
"""As a telephone system numbers its recordings, and a registry its documents."""
AGREED = f"原价1399.00-899.00元；信用代码914403001922038216，售后{OUR_NUMBER}"
CALL = f"请致电{OUR_NUMBER}"
OURS = set(
    """
    Agreement.broken_note Agreement.evidence_note Agreement.text Appraisal.finding
    Appraisal.institution Assignment.ruling Case.agreed_answer Case.conclusion
    ContactAttempt.recording Decision.reference Decision.text Mediation.organisation Mediation.place
    Mediation.scope MediationSession.minutes MediationSession.place PartyNotice.recording
    PartyNotice.text Proposal.reason Referral.answer Ticket.interim_text Ticket.reply_text
    Ticket.return_basis Ticket.return_reason
    """.split()
)


def test_the_words_of_the_house_are_known_by_name():
    """Whatever else is free text comes in, or tells what somebody said: of it no number is kept."""
    fields = [
        field for model in apps.get_app_config("cases").get_models() for field in model._meta.fields
    ]
    ours = {str(field).removeprefix("cases.") for field in fields if getattr(field, "ours", False)}

    assert ours == OURS
    assert sum(isinstance(field, Kept) for field in fields) > len(OURS)


def test_whoever_reads_the_story_reads_no_citizens_number_in_them(agency, clock):
    """The words are kept whole; what is told of them is masked, also for who only reads."""
    kept = [
        (serializer, field.name)
        for serializer in story.Told.__subclasses__()
        for field in serializer.Meta.model._meta.fields
        if isinstance(field, Kept) and field.name in serializer.Meta.fields
    ]
    masked = (story.Shown, story.Ours, SerializerMethodField)
    plain = [
        f"{serializer.__name__}.{name}"
        for serializer, name in kept
        if not isinstance(serializer._declared_fields.get(name), masked)
    ]
    assert len(kept) > 10 and plain == []


def test_what_was_agreed_stands_in_the_document_word_for_word(agency, clock):
    case = agency.mediated_case(consumer=WHO)
    workflow.hold_session(
        case.no, by=agency.mediator, method="on_site", held_at=clock.now, complainant_came=True,
        respondent_came=True, place="14.00-15.30 302室", minutes=AGREED,
    )  # fmt: skip
    workflow.settle(
        case.no, by=agency.mediator, agreement=f"{AGREED}，退至139 8765 1234",
        recovered_amount="899.00", paper="written",
    )  # fmt: skip
    issue(agency, "mediator", case, "mediation_document")

    session, agreement = case.mediations.get().sessions.get(), case.agreements.get()
    assert (session.place, session.minutes) == ("14.00-15.30 302室", AGREED)
    assert agreement.text == f"{AGREED}，退至139****1234", "of who complains still nothing"
    assert agreement.text in words(agency, "mediator", case, latest(case))


def test_what_parties_and_platforms_are_told_is_kept_as_it_was_told(agency, clock, settings):
    settings.AGENCY_PHONE = OUR_NUMBER
    case = agency.contacted_case(external_no="MY-1")
    case = workflow.accept(case.no, by=agency.mediator, document_no=LONG)
    told = drafts.notice(case)
    case = workflow.notify(
        case.no, by=agency.mediator, party="complainant", how="phone", text=told, recording=LONG
    )
    case = workflow.agree_answer(case.no, by=agency.mediator, text=CALL)
    shown = page.context(case, agency.mediator)["answer"]
    api = agency.client("mediator")
    _status, read = api.get(f"cases/{case.no}/")
    _status, story = api.get(f"cases/{case.no}/story/")
    assert drafts.reply(case) == shown == read["agreed_answer"] == CALL
    workflow.reply_ticket(case.no, by=agency.mediator)

    notice = case.party_notices.get()
    assert OUR_NUMBER in told and notice.text == told
    assert notice.proof.endswith(f" · {LONG}")
    assert case.tickets.get().reply_text == CALL
    assert case.decisions.get().reference == LONG
    assert [row["recording"] for row in story["party_notices"]] == [LONG]
    assert [row["reference"] for row in story["decisions"]] == [LONG]


def test_what_is_proposed_is_decided_and_written_in_the_same_words(agency, clock):
    case = agency.contacted_case(consumer=WHO)
    said = f"{AGREED}，{WHO['phone']}"
    workflow.refuse(case.no, by=agency.mediator, ground="R4", explanation=said)
    kept = f"{AGREED}，139****1234"
    form = desk("chief").get(verb_of(case, "approve")).context["form"]
    assert kept in dict(form.proposed).values()
    workflow.approve(case.no, by=agency.chief)

    assert case.proposals.get().data["explanation"] == case.decisions.get().text == kept
    letter = facts.gather(case, form=Form.REFUSAL, party="", at=clock.now, said={})
    assert letter["explanation"] == kept and kept in drafts.notice(case)


def test_what_is_added_to_a_registration_and_waits_keeps_nobodys_number(agency, clock):
    case = agency.contacted_case(consumer=WHO)
    workflow.accept(case.no, by=agency.mediator, notified_by="phone")
    workflow.supplement(
        case.no, by=agency.mediator, reason="店长138 0013 8000", narrative="店长138-0013-8000"
    )

    data = case.proposals.get().data
    assert (data["reason"], data["narrative"]) == ("店长138****8000", "店长138****8000")


def test_who_asks_is_answered_whom_to_call(agency, clock):
    case = agency.ticket("hotline", kind="consultation", unit="east", consumer=None)

    assert workflow.answer(case.no, by=agency.mediator, text=CALL).decisions.get().text == CALL


def test_a_recording_is_found_by_its_number_or_refused(agency, clock, legible):
    """A call log names it by a long number; by the citizen's own it would be kept for nothing."""
    case = agency.ticket(unit="east", consumer=WHO)
    report = agency.ticket(unit="east", kind="report", consumer=WHO)

    workflow.contact(case.no, by=agency.mediator, outcome="no_answer", recording=LONG)

    assert case.contacts.get().recording == LONG
    assert LONG in text_of(opened(bundle.make(case.no, by=agency.chief, reason="诉讼")))
    for which, by, number in (
        (case, agency.mediator, f"20261123-{WHO['phone']}"),
        (report, agency.enforcer, f"20261123-{WHO['phone']}"),
        (report, agency.enforcer, LONG),
    ):
        with pytest.raises(Invalid) as refused:
            workflow.contact(which.no, by=by, outcome="no_answer", recording=number)
        assert "录音编号的最后几位" in refused.value.errors["recording"][0]
    assert not report.contacts.exists() and case.contacts.count() == 1


def test_of_a_report_our_words_keep_no_number_either(agency, clock):
    case = agency.ticket(unit="east", kind="report", consumer=WHO)
    workflow.verify(case.no, by=agency.enforcer)
    workflow.decline_filing(case.no, by=agency.enforcer, ground="N1", explanation=CALL)
    workflow.approve(case.no, by=agency.leader)

    assert case.decisions.get().text == "请致电****"
    assert drafts.notice(case).endswith("请致电****")
