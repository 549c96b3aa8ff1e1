"""The bodies of the verbs of reports, consultations and petitions."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from rest_framework import serializers

from agency.core.fields import Day, Flag, Money, StrictSerializer, Text
from cases.bodies.complaint import DOCUMENT_NO, NAME, NOTE, WHY
from cases.grounds import NON_FILINGS, OPINIONS, REVIEW_OPINIONS, WAYS
from cases.models import IN_WRITING, PartyNotice
from cases.models.mediation import RATINGS

ENDINGS = [
    ("penalty", _("penalty")),
    ("no_penalty", _("no penalty")),
    ("dismissed", _("case dismissed")),
    ("transferred", pgettext_lazy("decision", "transfer")),
]


class Answer(StrictSerializer):
    text = Text(max_length=10000)


class Verify(StrictSerializer):
    colleague = Text(**NAME)


class MarkDuplicate(StrictSerializer):
    of = Text(max_length=20)


class RefuseJurisdiction(StrictSerializer):
    authority = Text(max_length=200)
    text = Text(**WHY)


class File(StrictSerializer):
    reason = Text(**NOTE)
    form_no = Text(max_length=60, required=False, allow_blank=True)


class DeclineFiling(StrictSerializer):
    ground = serializers.ChoiceField(list(NON_FILINGS.items()), required=False, allow_blank=True)
    explanation = Text(**NOTE)


class Transfer(StrictSerializer):
    to = Text(max_length=160)
    reason = Text(**WHY)
    document_no = Text(**DOCUMENT_NO)


class DecideCase(StrictSerializer):
    decision = serializers.ChoiceField(ENDINGS)
    document_no = Text(max_length=100)


class GrantReward(StrictSerializer):
    amount = Money()
    basis = Text(**WHY)


class Object(StrictSerializer):
    reason = Text(**WHY)


class SettleObjection(StrictSerializer):
    agreed = Flag()
    text = Text(**NOTE)


class Route(StrictSerializer):
    to = serializers.ChoiceField(list(WAYS.items()))
    text = Text(**WHY)
    how = serializers.ChoiceField(IN_WRITING, default=PartyNotice.How.LETTER)


class AssignTriple(StrictSerializer):
    leader = Text(**NAME)
    core_handler = Text(**NAME)
    callback = Text(**NAME)


class WriteDown(StrictSerializer):
    note = Text(**WHY)


class Opinion(StrictSerializer):
    opinion = serializers.ChoiceField(list(OPINIONS.items()))
    text = Text(max_length=10000)
    how = serializers.ChoiceField(IN_WRITING, default=PartyNotice.How.LETTER)
    document_no = Text(**DOCUMENT_NO)


class IssueOpinion(Opinion):
    for_signature = Flag(required=False, default=False)


class ReviewAnswer(Opinion):
    opinion = serializers.ChoiceField(list(REVIEW_OPINIONS.items()))
    authority = Text(max_length=100, required=False, allow_blank=True)
    answered_by = Text(max_length=60, required=False, allow_blank=True)
    decided_on = Day(required=False, allow_null=True)


class Evaluate(StrictSerializer):
    satisfaction = serializers.ChoiceField(RATINGS)
    office = serializers.ChoiceField(RATINGS, required=False, allow_blank=True)
    note = Text(**NOTE)


class AskAgain(StrictSerializer):
    asked_on = Day(required=False, allow_null=True)
    note = Text(**NOTE)


BODIES = {
    "answer": Answer,
    "verify": Verify,
    "mark_duplicate": MarkDuplicate,
    "refuse_jurisdiction": RefuseJurisdiction,
    "file": File,
    "decline_filing": DeclineFiling,
    "transfer": Transfer,
    "decide_case": DecideCase,
    "grant_reward": GrantReward,
    "object": Object,
    "settle_objection": SettleObjection,
    "route": Route,
    "assign_triple": AssignTriple,
    "record_visit": WriteDown,
    "record_inspection": WriteDown,
    "hold_hearing": WriteDown,
    "reply": IssueOpinion,
    "evaluate": Evaluate,
    "request_review": AskAgain,
    "answer_review": ReviewAnswer,
    "request_final_review": AskAgain,
    "answer_final_review": ReviewAnswer,
}
