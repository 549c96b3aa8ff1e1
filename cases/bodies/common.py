"""The bodies of the verbs that every kind's life has."""

from django.utils.translation import gettext as _
from rest_framework import serializers
from stdnum.cn import uscc

from agency.core.fields import Day, Flag, Moment, Money, StrictSerializer, Text, Whole
from cases.lifecycle import PRINCIPLES, Kind
from cases.models import ContactAttempt, FollowUp, PetitionSheet, ReportSheet
from cases.models.sheet import MOST_REPRESENTATIVES
from cases.submission import EARLIEST, CheckedNumber, IdentityNumber, Phone, today


class Nothing(StrictSerializer):
    pass


class Dispatch(StrictSerializer):
    unit = Text(max_length=40)
    handler = Text(max_length=150, required=False, allow_null=True)
    contact = Text(max_length=150, required=False, allow_null=True)
    follow_up = Text(max_length=150, required=False, allow_null=True)
    balance = Flag(required=False, default=False)
    override = Flag(required=False, default=False)
    ruling = Text(max_length=4000, required=False, allow_blank=True)


class Assign(StrictSerializer):
    handler = Text(max_length=150, required=False, allow_null=True)
    contact = Text(max_length=150, required=False, allow_null=True)
    follow_up = Text(max_length=150, required=False, allow_null=True)
    override = Flag(required=False, default=False)


class Return(StrictSerializer):
    reason = Text(max_length=100)
    explanation = Text(max_length=2000)


class ReturnToPlatform(StrictSerializer):
    ticket = Text(max_length=20, required=False, allow_blank=True)
    reason = Text(max_length=100)
    basis = Text(max_length=2000)


class OneTicket(StrictSerializer):
    ticket = Text(max_length=20, required=False, allow_null=True)


class Contact(StrictSerializer):
    outcome = serializers.ChoiceField(ContactAttempt.Outcome.choices)
    appointment_at = Moment(required=False, allow_null=True)
    no_meeting_reason = Text(max_length=200, required=False, allow_blank=True)
    note = Text(max_length=2000, required=False, allow_blank=True)
    recording = Text(max_length=64, required=False, allow_blank=True)
    ticket = Text(max_length=20, required=False, allow_null=True)


class Reply(StrictSerializer):
    ticket = Text(max_length=20, required=False, allow_null=True)
    text = Text(max_length=10000, required=False, allow_blank=True)


class AgreedAnswer(StrictSerializer):
    text = Text(max_length=10000)


class Link(StrictSerializer):
    ticket = Text(max_length=64)
    new_facts = Flag(default=False)


class Unlink(StrictSerializer):
    ticket = Text(max_length=20)


class Close(StrictSerializer):
    conclusion = Text(max_length=4000)
    principle = serializers.ChoiceField(list(PRINCIPLES.items()), required=False, allow_blank=True)
    why_early = Text(max_length=500, required=False, allow_blank=True)
    receipt = Text(max_length=200, required=False, allow_blank=True)


class Why(StrictSerializer):
    reason = Text(max_length=2000)


class Supervise(StrictSerializer):
    note = Text(max_length=2000, required=False, allow_blank=True)


class FollowUpCall(StrictSerializer):
    satisfaction = serializers.ChoiceField(FollowUp.Satisfaction.choices)
    kept = Flag(required=False)
    note = Text(max_length=2000, required=False, allow_blank=True)


class Supplement(StrictSerializer):
    """What is told stands from then on; what is left out stays as it is."""

    merchant_name = Text(max_length=200, required=False)
    uscc = CheckedNumber(uscc.validate, required=False)
    merchant_address = Text(max_length=300, required=False)
    merchant_phone = Text(max_length=40, required=False)
    narrative = Text(max_length=20000, required=False)
    demand = Text(max_length=4000, required=False)
    category = Text(max_length=20, required=False)
    problem = Text(max_length=20, required=False)
    amount = Money(required=False)
    occurred_on = Day(required=False)
    publish = Flag(required=False)
    entrust = Flag(required=False)
    name = Text(max_length=100, required=False)
    phone = Phone(max_length=40, required=False)
    id_number = IdentityNumber(required=False)
    address = Text(max_length=300, required=False)
    form = serializers.ChoiceField(PetitionSheet.Form.choices, required=False)
    is_first = Flag(required=False)
    people = Whole(min_value=1, max_value=9999, required=False)
    representatives = Whole(min_value=1, max_value=MOST_REPRESENTATIVES, required=False)
    wish = serializers.ChoiceField(PetitionSheet.Wish.choices, required=False)
    national_satisfaction = Flag(required=False)
    place = Text(max_length=300, required=False)
    secrecy = serializers.ChoiceField(ReportSheet.Secrecy.choices, required=False)
    reason = Text(max_length=500)

    def validate_occurred_on(self, value):
        if not EARLIEST <= value <= today():
            raise serializers.ValidationError(_("Give a day from 2000-01-01 to today."))
        return value


class Note(StrictSerializer):
    text = Text(max_length=2000)


class OneTopic(StrictSerializer):
    topic = Text(max_length=20)


class AskExpert(StrictSerializer):
    expert = Text(max_length=150)
    question = Text(max_length=4000)
    until = Moment(required=False, allow_null=True)


class GiveOpinion(StrictSerializer):
    opinion = Text(max_length=10000)


class Archive(StrictSerializer):
    catalogue = Text(max_length=200, required=False, allow_blank=True)


class DecidePublicity(StrictSerializer):
    publish = Flag()
    reason = Text(max_length=2000, required=False, allow_blank=True)


class Convert(StrictSerializer):
    kind = serializers.ChoiceField(Kind.choices)
    text = Text(max_length=4000, required=False, allow_blank=True)


BODIES = {
    "dispatch": Dispatch,
    "assign": Assign,
    "return": Return,
    "return_to_platform": ReturnToPlatform,
    "respond": OneTicket,
    "contact": Contact,
    "reply_ticket": Reply,
    "agree_answer": AgreedAnswer,
    "supplement": Supplement,
    "link_ticket": Link,
    "close": Close,
    "approve": Nothing,
    "disapprove": Why,
    "reopen": Why,
    "ask_expert": AskExpert,
    "give_opinion": GiveOpinion,
    "archive": Archive,
    "decide_publicity": DecidePublicity,
    "split": Nothing,
    "convert": Convert,
    "unlink_ticket": Unlink,
    "tag": OneTopic,
    "untag": OneTopic,
    "follow_up": FollowUpCall,
    "supervise": Supervise,
    "note": Note,
}
