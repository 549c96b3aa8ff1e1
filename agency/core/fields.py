"""Strict input: JSON, texts, flags, moments and money that mean one thing only."""

import json
from datetime import timedelta
from decimal import Decimal

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from agency.core.errors import Invalid
from agency.core.text import clean, listed

MAX_DEPTH = 20
MAX_DIGITS = 4000


def strict_json(body: bytes):
    """The JSON value in ``body``; ValueError with a sentence for what other parsers let pass.

    Refused: invalid UTF-8, a key twice, NaN and Infinity, nesting beyond MAX_DEPTH, whole numbers
    of more than MAX_DIGITS. Raises
    Invalid, which names the field, for NUL and halves of surrogate pairs: PostgreSQL cannot
    store them.
    """
    try:
        value = json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_unique_keys, parse_constant=_no_constant,
            parse_int=_whole,
        )  # fmt: skip
        _check(value, MAX_DEPTH)
    except UnicodeDecodeError:
        raise ValueError(_("The body is not valid UTF-8.")) from None
    except json.JSONDecodeError as error:
        raise ValueError(_broken_at(error)) from None
    except RecursionError:
        raise ValueError(_("The JSON is nested too deeply.")) from None
    return value


def _broken_at(error: json.JSONDecodeError) -> str:
    """Of a single line only the column: in bulk the line has a number of its own."""
    if "\n" not in error.doc:
        return _("This is not valid JSON (column %(column)s).") % {"column": error.colno}
    sentence = _("The body is not valid JSON (line %(line)s, column %(column)s).")
    return sentence % {"line": error.lineno, "column": error.colno}


def _unique_keys(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(_("A key stands twice in one object."))
    return found


def _no_constant(name):
    raise ValueError(_("%(name)s is not a JSON number.") % {"name": name})


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(_("A number has more than %(most)d digits.") % {"most": MAX_DIGITS})
    return int(digits)


def _check(value, depth: int, *place: str) -> None:
    if depth < 0:
        raise ValueError(_("The JSON is nested too deeply."))
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            sentence = _("A text holds a character that cannot be stored.")
            raise Invalid({".".join(place) or "body": [sentence]})
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth, *place)
            _check(item, depth - 1, *place, key)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            _check(item, depth - 1, *place, str(at))


class StrictSerializer(serializers.Serializer):
    """Input that refuses what it does not know."""

    default_error_messages = {"unknown": gettext_lazy("There is no such field.")}

    def to_internal_value(self, data):
        unknown = sorted(map(str, set(data) - set(self.fields))) if isinstance(data, dict) else []
        errors = {name: [self.error_messages["unknown"]] for name in unknown}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **errors}) from None
        if errors:
            raise serializers.ValidationError(errors)
        return value


class Text(serializers.CharField):
    """A string as people mean it: NFC, without control and direction marks, trimmed."""

    default_error_messages = {"invalid": gettext_lazy("This must be a text.")}

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)

    def run_validation(self, data=serializers.empty):
        return super().run_validation(clean(data) if isinstance(data, str) else data)


class Flag(serializers.BooleanField):
    """true or false, nothing like them."""

    def to_internal_value(self, data):
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Choice(serializers.ChoiceField):
    """One of the codes. Refused, it names them: by their labels where the context has ``labels``,
    as those who fill in a table write them.
    """

    LONGEST = 40

    default_error_messages = {
        "invalid_choice": gettext_lazy("“{input}” is none of what may stand here: {known}."),
    }

    def fail(self, key, **told):
        told = {at: str(said)[: self.LONGEST] for at, said in told.items()}
        known = self.choices.values() if self.context.get("labels") else self.choices
        super().fail(key, known=listed(map(str, known)), **told)


class Whole(serializers.IntegerField):
    """A whole number; not "2", 1.5 or true."""

    def to_internal_value(self, data):
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """ISO 8601 with an offset; without one nobody knows which moment is meant."""

    default_error_messages = {
        "offset": gettext_lazy("Give the time with its offset, for example +08:00."),
        "invalid": gettext_lazy("This is not an ISO 8601 time."),
    }
    WIDEST = timedelta(hours=14)

    def to_internal_value(self, value):
        if not isinstance(value, str):
            self.fail("invalid", format="")
        try:
            parsed = parse_datetime(value)
        except (ValueError, OverflowError):
            parsed = None
        if parsed is None or not 1900 <= parsed.year <= 2200:
            self.fail("invalid", format="")
        if parsed.tzinfo is None or abs(parsed.utcoffset()) > self.WIDEST:
            self.fail("offset")
        return parsed


class Day(serializers.DateField):
    """A day as YYYY-MM-DD, in Shanghai."""

    default_error_messages = {"invalid": gettext_lazy("Give the day as YYYY-MM-DD.")}

    def to_internal_value(self, value):
        if not isinstance(value, str):
            self.fail("invalid", format="")
        day = super().to_internal_value(value)
        if not 1900 <= day.year <= 2199:
            self.fail("invalid", format="")
        return day


class Money(serializers.DecimalField):
    """Yuan as a decimal string in ASCII digits: "1280.00"; not negative, at most two decimals."""

    default_error_messages = {
        "text": gettext_lazy('Give the amount as a decimal string, for example "1280.00".'),
        "amount": gettext_lazy("This is no amount: write it in yuan, like 1280.00."),
        "min_value": gettext_lazy("An amount is never negative."),
    }

    def __init__(self, **kwargs):
        super().__init__(max_digits=12, decimal_places=2, min_value=0, **kwargs)

    def validate_empty_values(self, data):
        # An empty text is no amount: only null means that none is known.
        return (False, data) if data == "" else super().validate_empty_values(data)

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("text")
        if not data.isascii() or set(data) - set("0123456789.-"):
            self.fail("amount")
        return super().to_internal_value(data) or Decimal("0.00")  # not -0.00
