"""What a password must be like, and the forms in which one is chosen.

Source: GB/T 22239-2019 8.1.4.1 a), level 3: what somebody is known by is complex and changed
at times. The validators are listed in agency/settings.py.
"""

import re

from django.conf import settings
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    NumericPasswordValidator,
    UserAttributeSimilarityValidator,
    password_validators_help_texts,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from agency.core.accounts import brake
from agency.core.clock import AgencyNow
from agency.core.models import User

KINDS = ("[a-z]", "[A-Z]", "[0-9]", r"[^A-Za-z0-9]")


class Length(MinimumLengthValidator):
    """Django's, in words that are translated."""

    def get_help_text(self) -> str:
        return _("At least %(length)d characters.") % {"length": self.min_length}

    get_error_message = get_help_text


class UnlikeOwner(UserAttributeSimilarityValidator):
    """Django's, in words of ours."""

    def get_help_text(self) -> str:
        return _("Not like your account, name or mail address.")

    get_error_message = get_help_text


class Uncommon(CommonPasswordValidator):
    """As above."""

    def get_help_text(self) -> str:
        return _("None of the passwords that many people use.")

    get_error_message = get_help_text


class MoreThanDigits(NumericPasswordValidator):
    """As above."""

    def get_help_text(self) -> str:
        return _("Not digits alone.")

    get_error_message = get_help_text


class KindsOfCharacters:
    """Of small letters, capitals, digits and others at least ``kinds``; none of a long sentence."""

    def __init__(self, kinds: int = 3, sentence: int = 20) -> None:
        self.kinds, self.sentence = kinds, sentence

    def validate(self, password: str, user=None) -> None:
        found = sum(bool(re.search(kind, password)) for kind in KINDS)
        if found < self.kinds and len(password) < self.sentence:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        sentence = _(
            "At least %(kinds)d of these: small letters, capitals, digits, other signs; "
            "or a sentence of %(length)d characters."
        )
        return sentence % {"kinds": self.kinds, "length": self.sentence}


def is_old(user: User) -> bool:
    """Whether another is to be chosen. Source: GB/T 22239-2019 8.1.4.1 a), "changed regularly"."""
    lasts = settings.PASSWORD_LASTS
    old = User.objects.filter(pk=user.pk, password_since__lte=AgencyNow() - lasts)
    return bool(lasts) and old.exists()


def renew(user: User, password: str) -> None:
    """Another password; whoever else is logged in with the account is logged out."""
    user.set_password(password)
    user.save()


class Shown:
    """What the page of a form with two fields for a new password needs."""

    @property
    def rules(self) -> list[str]:
        return password_validators_help_texts()

    @property
    def new_passwords(self) -> list:
        return [self["new_password1"], self["new_password2"]]


class ChooseForm(Shown, SetPasswordForm):
    """A first password, or one in place of a forgotten one."""


class RenewForm(ChooseForm):
    """Another in place of one that is too old."""

    def clean_new_password1(self) -> str:
        password = self.cleaned_data["new_password1"]
        if self.user.check_password(password):
            raise ValidationError(_("Choose another than the one you have."))
        return password


class ChangeForm(Shown, PasswordChangeForm):
    """A new password by who knows the old one; whoever sits at a desk left open guesses slowly."""

    def clean_old_password(self) -> str:
        limits = {f"old password\0{self.user.pk}": settings.LOGIN_TRIES}
        if brake.count(limits, user=self.user):
            raise ValidationError(_("Too many wrong passwords. Try again in some minutes."))
        old = super().clean_old_password()
        brake.forget(limits)
        return old
