"""Files of interviews: ``manage.py import_interviews``. One row is one merchant in one interview.

A merchant that stands in its interview already is known, so the same file may come again. What a
file does not know stays empty; what is brought in alarms nobody.
"""

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _
from stdnum.cn import uscc as credit_code
from stdnum.exceptions import ValidationError

from agency.core import clock
from agency.core.errors import Invalid
from agency.core.imports import Lines
from agency.core.models import Unit
from agency.core.text import listed
from cases.calendar import day_of
from interviews.models import Interview
from interviews.workflow import history

COLUMNS = (
    "interview_no", "kind", "held_on", "merchant_name", "merchant_uscc", "notice_no", "noticed_on",
    "attended", "pledge", "rectifications_raised", "rectifications_verified",
)  # fmt: skip
YES, NO = {"1", "true", "yes", "y", "是", "有"}, {"0", "false", "no", "n", "否", "无"}
MOST_ITEMS = 1000


class InterviewLines(Lines):
    """Takes interviews in for the agency itself."""

    COLUMNS = COLUMNS
    NEEDED = ("interview_no", "kind", "merchant_name")

    def __init__(self) -> None:
        self.at = clock.now()
        self.today = day_of(self.at)
        self.unit = Unit.objects.get(parent=None)
        self.readers: dict[str, Callable] = {
            "interview_no": _said(64), "kind": _kind, "held_on": self._day,
            "merchant_name": _said(200), "merchant_uscc": _uscc, "notice_no": _short(100),
            "noticed_on": self._day, "attended": _flag, "pledge": _flag,
            "rectifications_raised": _count, "rectifications_verified": _count,
        }  # fmt: skip

    def take(self, cells: dict[str, str]) -> bool:
        """Whether it was new. Raises Invalid."""
        said = self._understood(cells)
        if said["rectifications_verified"] > said["rectifications_raised"]:
            told = [_("More were verified than raised.")]
            raise Invalid({"rectifications_verified": told})
        merchant = {"name": said["merchant_name"], "uscc": said["merchant_uscc"]}
        past = history.Past(
            said["interview_no"], said["kind"], said["held_on"], merchant, said["notice_no"],
            said["noticed_on"], said["attended"], bool(said["pledge"]),
            said["rectifications_raised"], said["rectifications_verified"],
        )  # fmt: skip
        return history.bring_in(past, unit=self.unit, at=self.at)

    def _understood(self, cells: dict[str, str]) -> dict:
        """Each cell as its reader takes it. Raises Invalid with all that is wrong in the row."""
        found, faults = {}, {}
        for name, reader in self.readers.items():
            try:
                found[name] = reader(cells[name])
            except ValueError as error:
                faults[name] = [str(error)]
        if faults:
            raise Invalid(faults)
        return found

    def _day(self, text: str) -> date | None:
        if not text:
            return None
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            raise ValueError(_("Give the day as YYYY-MM-DD.")) from None
        if day > self.today:
            raise ValueError(_("This day is still to come."))
        return day


def _short(most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > most:
            raise ValueError(_("At most %(most)d characters.") % {"most": most})
        return text

    return read


def _said(most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text:
            raise ValueError(_("This field is required."))
        return _short(most)(text)

    return read


def _kind(text: str) -> str:
    if text not in Interview.Kind:
        said = _("“%(word)s” is not among %(known)s.")
        raise ValueError(said % {"word": text, "known": listed(Interview.Kind.values)})
    return text


def _uscc(text: str) -> str:
    try:
        return credit_code.validate(text) if text else ""
    except ValidationError:
        raise ValueError(_("This number is not valid.")) from None


def _flag(text: str) -> bool | None:
    """None where the file does not know."""
    word = text.lower()
    if word in YES | NO or not word:
        return None if not word else word in YES
    raise ValueError(_("Say 1 or 0."))


def _count(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal()) or int(text[:9]) > MOST_ITEMS:
        raise ValueError(_("Give a whole number of at most %(most)d.") % {"most": MOST_ITEMS})
    return int(text)
