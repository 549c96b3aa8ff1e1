"""The bodies of the verbs of a complaint, and of what it shares with other kinds."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from agency.core.fields import Day, Flag, Moment, Money, StrictSerializer, Text, Whole
from cases.bodies.common import Nothing
from cases.grounds import FACTORS, PETITION_REFUSALS, REFUSALS, TERMINATIONS
from cases.letters.forms import Form
from cases.lifecycle import PauseReason
from cases.models import Agreement, Appraisal, Decision, MediationSession, PartyNotice
from cases.workflow.review import NOTHING, TOLD_TO_PETITIONERS

WHY = {"max_length": 4000}
NAME = {"max_length": 150, "required": False, "allow_null": True}
NOTE = {"max_length": 4000, "required": False, "allow_blank": True}
DOCUMENT_NO = {"max_length": 30, "required": False, "allow_blank": True}
TICKET = {"max_length": 20, "required": False, "allow_null": True}
RECORDING = {"max_length": 64, "required": False, "allow_blank": True}


ABOUT = [
    *((kind.value, kind.label) for kind in Decision.Kind if kind in TOLD_TO_PETITIONERS),
    (NOTHING, _("nothing decided")),
]
"""What a notice may be about."""


class RequestIdentity(StrictSerializer):
    until = Day(required=False, allow_null=True)


class RecordIdentity(StrictSerializer):
    proved = Flag(required=False, default=True)
    note = Text(**NOTE)


class Accept(StrictSerializer):
    notified_by = serializers.ChoiceField(PartyNotice.How.choices, required=False, allow_blank=True)
    ticket = Text(**TICKET)
    recording = Text(**RECORDING)
    document_no = Text(**DOCUMENT_NO)


class Refuse(StrictSerializer):
    ground = serializers.ChoiceField(list((REFUSALS | PETITION_REFUSALS).items()))
    explanation = Text(**WHY)
    factors = serializers.MultipleChoiceField(choices=list(FACTORS.items()), required=False)
    document_no = Text(**DOCUMENT_NO)

    def validate_factors(self, value):
        return sorted(value)


class Notify(StrictSerializer):
    party = serializers.ChoiceField(PartyNotice.Party.choices)
    how = serializers.ChoiceField(PartyNotice.How.choices)
    about = serializers.ChoiceField(ABOUT, required=False, allow_blank=True)
    text = Text(**WHY)
    ticket = Text(**TICKET)
    received_on = Day(required=False, allow_null=True)
    recording = Text(**RECORDING)


class StartMediation(StrictSerializer):
    consented = Flag(required=False)
    back = Flag(required=False, default=False)
    method = serializers.ChoiceField(
        MediationSession.Method.choices, required=False, allow_blank=True
    )
    meeting_at = Moment(required=False, allow_null=True)
    place = Text(max_length=200, required=False, allow_blank=True)
    mediator = Text(**NAME)


class Entrust(StrictSerializer):
    consented = Flag(required=False)
    to = Text(max_length=200)
    scope = Text(max_length=200, required=False, allow_blank=True)
    until = Day()


class HoldSession(StrictSerializer):
    method = serializers.ChoiceField(MediationSession.Method.choices)
    held_at = Moment()
    place = Text(max_length=200, required=False, allow_blank=True)
    complainant_came = Flag()
    respondent_came = Flag()
    minutes = Text(**NOTE)


class RequestRecusal(StrictSerializer):
    reason = Text(**WHY)


class DecideRecusal(StrictSerializer):
    granted = Flag()
    mediator = Text(**NAME)
    reason = Text(**WHY)


class Pause(StrictSerializer):
    reason = serializers.ChoiceField(PauseReason.choices)
    institution = Text(max_length=200)
    entrusted_on = Day(required=False, allow_null=True)
    cost = serializers.ChoiceField(Appraisal.Cost.choices, required=False, allow_blank=True)


class Resume(StrictSerializer):
    received_on = Day(required=False, allow_null=True)
    finding = Text(**NOTE)


class Extend(StrictSerializer):
    rule = Text(max_length=60)
    reason = Text(**WHY)
    amount = Whole(min_value=1, max_value=365, required=False, allow_null=True)
    minutes = Text(**NOTE)


class Excuse(StrictSerializer):
    rule = Text(max_length=60)
    reason = Text(**WHY)


class Settle(StrictSerializer):
    agreement = Text(**WHY)
    recovered_amount = Money()
    due_on = Day(required=False, allow_null=True)
    paper = serializers.ChoiceField(Agreement.Paper.choices, required=False, allow_blank=True)


class ConfirmPerformance(StrictSerializer):
    amount = Money()
    performed_on = Day(required=False, allow_null=True)
    evidence_note = Text(**WHY)
    why_more = Text(max_length=500, required=False, allow_blank=True)


class RecordNonPerformance(StrictSerializer):
    explanation = Text(**WHY)
    notified_by = serializers.ChoiceField(PartyNotice.How.choices, required=False, allow_blank=True)
    ticket = Text(**TICKET)
    recording = Text(**RECORDING)


class Terminate(StrictSerializer):
    ground = serializers.ChoiceField(list(TERMINATIONS.items()))
    party = serializers.ChoiceField(PartyNotice.Party.choices, required=False, allow_blank=True)
    explanation = Text(**WHY)


class Withdraw(StrictSerializer):
    reason = Text(**WHY)
    self_settled = Flag(required=False, default=False)


class RecordClue(StrictSerializer):
    note = Text(**WHY)


class VerifyClue(StrictSerializer):
    filed = Flag()
    note = Text(**WHY)


class RecordDispute(StrictSerializer):
    counterpart = Text(max_length=200)
    reason = Text(**WHY)


class SettleDispute(StrictSerializer):
    outcome = Text(**WHY)


class IssueDocument(StrictSerializer):
    form = serializers.ChoiceField(Form.choices)
    party = serializers.ChoiceField(PartyNotice.Party.choices, required=False, allow_blank=True)
    meeting_at = Moment(required=False, allow_null=True)
    place = Text(max_length=200, required=False, allow_blank=True)


class Refer(StrictSerializer):
    outlet = Text(max_length=40)
    not_respondent = Flag(required=False, default=False)
    consent = Flag(default=False)


class AnswerReferral(StrictSerializer):
    text = Text(**WHY)


class ComeHome(StrictSerializer):
    reason = Text(max_length=500)


class Recall(StrictSerializer):
    denied = Flag(required=False, default=False)
    reason = Text(max_length=500)


BODIES = {
    "refer": Refer,
    "accept_referral": Nothing,
    "answer_referral": AnswerReferral,
    "hand_up": ComeHome,
    "recall": Recall,
    "issue_document": IssueDocument,
    "request_identity": RequestIdentity,
    "record_identity": RecordIdentity,
    "accept": Accept,
    "refuse": Refuse,
    "notify": Notify,
    "start_mediation": StartMediation,
    "entrust": Entrust,
    "hold_session": HoldSession,
    "request_recusal": RequestRecusal,
    "decide_recusal": DecideRecusal,
    "pause": Pause,
    "resume": Resume,
    "pause_clue": Pause,
    "resume_clue": Resume,
    "extend": Extend,
    "excuse": Excuse,
    "settle": Settle,
    "confirm_performance": ConfirmPerformance,
    "record_non_performance": RecordNonPerformance,
    "terminate": Terminate,
    "withdraw": Withdraw,
    "record_clue": RecordClue,
    "verify_clue": VerifyClue,
    "record_dispute": RecordDispute,
    "settle_dispute": SettleDispute,
}
