"""What the body of each verb may hold: the API reads it, the admin makes its form of it."""

from rest_framework import serializers
from stdnum.cn import uscc

from agency.core.fields import Day, Flag, Moment, StrictSerializer, Text, Whole
from agency.core.models import Unit
from cases.submission import CheckedNumber
from interviews.letters.forms import Form
from interviews.models import Guidance, Interview, Recheck
from interviews.models.service import SIX

MOST_MERCHANTS = 500
MOST_ITEMS = 100


class Nothing(StrictSerializer):
    pass


class MerchantTold(StrictSerializer):
    name = Text(max_length=200)
    uscc = CheckedNumber(uscc.validate, required=False, allow_null=True)
    address = Text(max_length=300, required=False, allow_null=True, allow_blank=True)


class Proposal(StrictSerializer):
    kind = serializers.ChoiceField(Interview.Kind.choices)
    subject = Text(max_length=200)
    merchants = MerchantTold(many=True, allow_empty=False, max_length=MOST_MERCHANTS)
    hold_at = Moment()
    place = Text(max_length=200)
    matters = Text(max_length=4000)
    cases = serializers.ListField(child=Text(max_length=20), required=False, max_length=1000)
    publicity = Flag(required=False, default=False)
    trigger = Text(max_length=40, required=False, allow_blank=True)
    basis = Text(max_length=200, required=False, allow_blank=True)


class Approve(StrictSerializer):
    opinion = Text(max_length=2000, required=False, allow_blank=True)


class Reject(StrictSerializer):
    reason = Text(max_length=2000, required=False, allow_blank=True)


class IssueNotice(StrictSerializer):
    merchant = Whole(required=False, allow_null=True)
    hold_at = Moment(required=False, allow_null=True)


class Served(StrictSerializer):
    """How a letter reached its merchant."""

    method = serializers.ChoiceField(SIX)
    at = Moment()
    recipient = Text(max_length=100)
    tracking_no = Text(max_length=60, required=False, allow_blank=True)
    relation = Text(max_length=100, required=False, allow_blank=True)
    place = Text(max_length=300, required=False, allow_blank=True)
    reason = Text(max_length=500, required=False, allow_blank=True)
    witness = Text(max_length=100, required=False, allow_blank=True)
    consent = Flag(required=False)


class RecordService(Served):
    merchant = Whole()
    servers = serializers.ListField(child=Text(max_length=150), required=False, max_length=2)


class ConfirmAddress(StrictSerializer):
    merchant = Whole()
    address = Text(max_length=300)
    recipient = Text(max_length=100)
    phone = Text(max_length=40)
    electronic = Flag()
    email = Text(max_length=200, required=False, allow_blank=True)
    wechat = Text(max_length=100, required=False, allow_blank=True)


class NotifyByPhone(StrictSerializer):
    merchant = Whole()
    reason = Text(max_length=500)
    recipient = Text(max_length=100)
    at = Moment(required=False, allow_null=True)


class Postpone(StrictSerializer):
    merchant = Whole(required=False, allow_null=True)
    to = Moment()
    reason = Text(max_length=500)


class Hold(StrictSerializer):
    present = serializers.ListField(child=Whole(), allow_empty=False, max_length=MOST_MERCHANTS)
    minutes = Text(max_length=20000)
    held_at = Moment(required=False, allow_null=True)
    until = Moment(required=False, allow_null=True)
    host = Text(max_length=150, required=False, allow_blank=True)
    recorder = Text(max_length=150, required=False, allow_blank=True)
    place = Text(max_length=200, required=False, allow_blank=True)


class NoShow(StrictSerializer):
    merchant = Whole()
    reason = Text(max_length=500, required=False, allow_blank=True)


class PledgedItem(StrictSerializer):
    matter = Text(max_length=500)
    measure = Text(max_length=1000)
    due_on = Day()
    person = Text(max_length=100)


class SignPledge(StrictSerializer):
    merchant = Whole()
    items = PledgedItem(many=True, allow_empty=False, max_length=MOST_ITEMS)
    publish = Flag(required=False, default=False)


class CheckPledge(StrictSerializer):
    item = Whole()
    kept = Flag()
    note = Text(max_length=1000, required=False, allow_blank=True)


class ProblemItem(StrictSerializer):
    problem = Text(max_length=1000)
    measure = Text(max_length=1000)
    due_on = Day(required=False, allow_null=True)


class AddRectification(StrictSerializer):
    merchant = Whole()
    items = ProblemItem(many=True, allow_empty=False, max_length=MOST_ITEMS)


class ReportRectification(StrictSerializer):
    item = Whole()
    text = Text(max_length=10000)


class MakeReportLink(StrictSerializer):
    merchant = Whole()


class ExtendRectification(StrictSerializer):
    item = Whole()
    due_on = Day()
    reason = Text(max_length=500)


class SubmitRecheck(StrictSerializer):
    item = Whole()
    result = serializers.ChoiceField(Recheck.Result.choices)
    note = Text(max_length=10000)
    checkers = serializers.ListField(child=Text(max_length=150), min_length=2, max_length=2)
    method = Text(max_length=100, required=False, allow_blank=True)
    due_on = Day(required=False, allow_null=True)


class Escalate(StrictSerializer):
    merchant = Whole()
    measure = Text(max_length=500)


class GuidanceTold(StrictSerializer):
    """A letter without a meeting."""

    kind = serializers.ChoiceField(Guidance.Kind.choices, default=Guidance.Kind.GUIDANCE)
    merchant = MerchantTold()
    subject = Text(max_length=200)
    text = Text(max_length=10000)


class TemplateTold(StrictSerializer):
    """A version of a letter; of ``rows`` and ``signatures`` one a line."""

    profile = serializers.ChoiceField(Unit.Profile.choices)
    form = serializers.ChoiceField(Form.choices)
    title = Text(max_length=100)
    addressee = Text(max_length=100, required=False, allow_blank=True)
    text = Text(max_length=10000, required=False, allow_blank=True)
    rows = Text(max_length=10000, required=False, allow_blank=True)
    end = Text(max_length=10000, required=False, allow_blank=True)
    signatures = Text(max_length=1000, required=False, allow_blank=True)
    note = Text(max_length=300, required=False, allow_blank=True)
    reason = Text(max_length=500)


class TemplateDecided(StrictSerializer):
    approved = Flag()
    opinion = Text(max_length=500, required=False, allow_blank=True)


BODIES = {
    "approve": Approve,
    "reject": Reject,
    "issue_notice": IssueNotice,
    "stop_notices": Nothing,
    "record_service": RecordService,
    "confirm_address": ConfirmAddress,
    "notify_by_phone": NotifyByPhone,
    "postpone": Postpone,
    "hold": Hold,
    "record_no_show": NoShow,
    "sign_pledge": SignPledge,
    "check_pledge": CheckPledge,
    "add_rectification": AddRectification,
    "report_rectification": ReportRectification,
    "make_report_link": MakeReportLink,
    "extend_rectification": ExtendRectification,
    "submit_recheck": SubmitRecheck,
    "escalate": Escalate,
    "close": Nothing,
}
"""Verb → serializer."""
