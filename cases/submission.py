"""What may be sent as a ticket: strict, field by field, the same for every door.

API, file imports and the registration form all hand their payload to ``parse``.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date

import phonenumbers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidFormat
from stdnum.exceptions import ValidationError as NumberError
from stdnum.iso7064 import mod_11_2

from agency.core import clock
from agency.core.api import flatten
from agency.core.calendar import SHANGHAI
from agency.core.errors import Invalid
from agency.core.fields import Choice, Flag, Moment, Money, StrictSerializer, Text, Whole
from agency.core.sealing import blinded
from cases import external_number
from cases.lifecycle import Kind
from cases.models import Channel, PetitionSheet, ReportSheet
from cases.models.sheet import MOST_REPRESENTATIVES
from cases.models.ticket import HOTLINES

EARLIEST = date(2000, 1, 1)
"""No matter is older."""


class Phone(Text):
    """A telephone number callable from China, as E.164."""

    default_error_messages = {"phone": gettext_lazy("This is not a telephone number.")}

    def to_internal_value(self, data):
        value = super().to_internal_value(data)
        try:
            number = phonenumbers.parse(value, "CN")
        except phonenumbers.NumberParseException:
            self.fail("phone")
        if not value.isascii() or not phonenumbers.is_valid_number(number):
            self.fail("phone")
        plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return f"{plain};ext={number.extension}" if number.extension else plain


class CheckedNumber(Text):
    """A number with a check digit; ``check`` raises NumberError for a wrong one, as python-stdnum's do."""

    default_error_messages = {"checksum": gettext_lazy("This number is wrong; compare it again.")}

    def __init__(self, check, **kwargs):
        super().__init__(max_length=32, **kwargs)
        self.check = check

    def to_internal_value(self, data):
        try:
            return self.check(super().to_internal_value(data))
        except NumberError:
            self.fail("checksum")


class IdentityNumber(CheckedNumber):
    """A number of GB 11643, of a card or a residence permit.

    Not python-stdnum's check: it wants the district to have existed in the year of birth, but a
    number is given later and by residence, and its table lacks districts and every permit.
    """

    def __init__(self, **kwargs):
        super().__init__(_of_a_person, **kwargs)

    def to_internal_value(self, data):
        number = super().to_internal_value(data)
        if ric.get_birth_date(number) > (self.context.get("today") or today()):
            self.fail("checksum")
        return number


def _of_a_person(number: str) -> str:
    number = ric.compact(number)
    if not re.fullmatch("[0-9]{17}[0-9X]", number):
        raise InvalidFormat
    ric.get_birth_date(number)
    return mod_11_2.validate(number)


class PersonSerializer(StrictSerializer):
    name = Text(max_length=100, required=False, allow_null=True, allow_blank=True)
    phone = Phone(max_length=40, required=False, allow_null=True)
    id_number = IdentityNumber(required=False, allow_null=True)
    address = Text(max_length=300, required=False, allow_null=True, allow_blank=True)


class MerchantSerializer(StrictSerializer):
    name = Text(max_length=200)
    uscc = CheckedNumber(uscc.validate, required=False, allow_null=True)
    address = Text(max_length=300, required=False, allow_null=True, allow_blank=True)
    phone = Text(max_length=40, required=False, allow_null=True, allow_blank=True)


class ConsentSerializer(StrictSerializer):
    publish = Flag(default=False)
    entrust = Flag(default=False)


class PetitionSheetSerializer(StrictSerializer):
    """How a petition came and what is wanted."""

    MODEL = PetitionSheet

    form = Choice(PetitionSheet.Form.choices, required=False, allow_null=True)
    is_first = Flag(required=False, allow_null=True)
    people = Whole(min_value=1, max_value=9999, required=False, allow_null=True)
    representatives = Whole(
        min_value=1, max_value=MOST_REPRESENTATIVES, required=False, allow_null=True,
        error_messages={
            "max_value": gettext_lazy("At most five speak for a group (信访工作条例 §20)."),
        },
    )  # fmt: skip
    wish = Choice(PetitionSheet.Wish.choices, required=False, allow_null=True)
    national_satisfaction = Flag(required=False, allow_null=True)

    def validate(self, data):
        people, speaking = data.get("people"), data.get("representatives")
        if people and speaking and speaking > people:
            sentence = _("More speak for them than they are.")
            raise serializers.ValidationError({"representatives": [sentence]})
        return data


class ReportSheetSerializer(StrictSerializer):
    """Where what is reported was done, and how much the reporter has to fear."""

    MODEL = ReportSheet

    place = Text(max_length=300, required=False, allow_null=True, allow_blank=True)
    secrecy = Choice(ReportSheet.Secrecy.choices, required=False, allow_null=True)


SHEETS = {Kind.PETITION: PetitionSheetSerializer, Kind.REPORT: ReportSheetSerializer}
"""What only this kind is registered with: a field of the ticket that is called like the kind."""


class SubmissionSerializer(StrictSerializer):
    """One ticket, as the OpenAPI schema describes it."""

    NEEDS_CONSUMER = {Kind.COMPLAINT, Kind.PETITION}

    external_no = Text(max_length=64, required=False, allow_null=True, allow_blank=True)
    round = Whole(min_value=1, max_value=1000, default=1)
    kind = Choice(Kind.choices)
    arrived_at = Moment(required=False, allow_null=True)
    unit = Text(max_length=40, required=False, allow_null=True)
    title = Text(max_length=200)
    narrative = Text(max_length=20000, required=False, allow_null=True, allow_blank=True)
    demand = Text(max_length=4000, required=False, allow_null=True, allow_blank=True)
    category = Text(max_length=20, required=False, allow_null=True)
    problem = Text(max_length=20, required=False, allow_null=True)
    amount = Money(required=False, allow_null=True)
    occurred_on = serializers.DateField(required=False, allow_null=True, input_formats=["%Y-%m-%d"])
    urgent = Flag(default=False)
    line = Choice(HOTLINES, required=False, allow_null=True)
    consents = ConsentSerializer(required=False, allow_null=True)
    consumer = PersonSerializer(required=False, allow_null=True)
    merchant = MerchantSerializer(required=False, allow_null=True)
    petition = PetitionSheetSerializer(required=False, allow_null=True)
    report = ReportSheetSerializer(required=False, allow_null=True)

    def validate_occurred_on(self, value):
        if value and not EARLIEST <= value <= self.context["today"]:
            raise serializers.ValidationError(_("Give a day from 2000-01-01 to today."))
        return value

    def validate(self, data):
        errors = {}
        consumer = data.get("consumer") or {}
        if data["kind"] in self.NEEDS_CONSUMER:
            missing = [name for name in ("name", "phone") if not consumer.get(name)]
            if missing:
                errors["consumer"] = {name: [_("This field is required.")] for name in missing}
        if data.get("line") and not self.context["has_line"]:
            errors["line"] = [_("Only the hotline names a line.")]
        for kind in SHEETS.keys() - {data["kind"]}:
            if data.get(kind):
                errors[kind] = [_("Only a case of this kind is registered with this.")]
        if data["round"] > 1 and not data.get("external_no"):
            errors["round"] = [_("A further round needs the external number.")]
        who = {name: consumer.get(name) or "" for name in ("name", "phone", "id_number")}
        if fault := external_number.fault(data.get("external_no") or "", **who):
            errors["external_no"] = [fault]
        if errors:
            raise serializers.ValidationError(errors)
        return data


@dataclass(frozen=True)
class Submission:
    """A ticket that passed ``parse``: clean, but not yet held against the database."""

    data: dict
    key: str = ""
    body_hash: str = ""

    @property
    def external_no(self) -> str:
        return self.data.get("external_no") or ""

    @property
    def round(self) -> int:
        return self.data["round"]

    @property
    def sheet(self) -> dict:
        """What only its kind is registered with, as far as it was said."""
        said = self.data.get(self.data["kind"]) or {}
        return {name: value for name, value in said.items() if value is not None}

    @property
    def person(self) -> dict:
        return {name: value or "" for name, value in (self.data.get("consumer") or {}).items()}


class Reader:
    """Reads what one channel sends on one day. Make one for a batch, not one for a row:
    making its fields costs as much as reading a row. Not one for ever: it keeps its
    sentences in the language of who asked first.
    """

    def __init__(self, channel: Channel, on: date, *, labels: bool = False) -> None:
        """``labels``: what may be given is named as people write it, not by its code."""
        context = {"has_line": channel.has_line, "today": on, "labels": labels}
        self.serializer = SubmissionSerializer(context=context)

    def read(self, payload, key: str = "") -> Submission:
        """``payload`` as a clean Submission. Raises Invalid: what is wrong, and where."""
        if not isinstance(payload, dict):
            raise Invalid({"body": [_("Send one JSON object.")]})
        try:
            data = self.serializer.run_validation(payload)
        except serializers.ValidationError as error:
            raise Invalid(flatten(error.detail)) from None
        return Submission(data, key, digest_of(payload) if key else "")


def digest_of(payload: dict) -> str:
    """Tells the same payload again. Keyed: else who has the tables would try every telephone."""
    canonical = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return blinded("cases_intakekey", "body_hash", digest).hex()


def parse(payload, *, channel: Channel, on: date, key: str = "") -> Submission:
    """One payload; ``on`` is today in Shanghai. Raises Invalid."""
    return Reader(channel, on).read(payload, key)


def today() -> date:
    """The day in Shanghai by the database's clock."""
    return clock.now().astimezone(SHANGHAI).date()
