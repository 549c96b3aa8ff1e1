"""The platform's number is masked nowhere, in no list, export or bundle: so it must name nobody."""

import re

from django.utils.translation import gettext as _

from agency.core.names import parts_of, without_name
from agency.core.text import FOLDED


def fault(number: str, *, name: str = "", phone: str = "", id_number: str = "") -> str:
    """Why ``number`` is not taken for a ticket of this person; "" where it is.

    Digits that only look like somebody's telephone are taken: a platform counts with eleven digits,
    too, and a citizen whose ticket was refused waits.
    """
    plain = number.translate(FOLDED)
    if _names(plain, name):
        return _("It contains the citizen's name, and is shown in every list: give one without it.")
    if _holds(plain, phone, id_number):
        return _(
            "It contains a telephone or identity number, and is shown in every list: give one without it."
        )
    return ""


def _names(plain: str, name: str) -> bool:
    if plain.isascii() and not name.isascii():  # the patterns of a name take longer to make
        return False
    is_whole = without_name(plain, name, lambda _name: "", wholly=True) != plain
    return is_whole or any(re.search(part, plain, re.IGNORECASE) for part in parts_of(name))


def _holds(plain: str, phone: str, id_number: str) -> bool:
    """Their own number, whatever its digits stand apart by."""
    digits = re.sub("[^0-9X]", "", plain.upper())
    own = [phone.partition(";")[0].removeprefix("+86").lstrip("+"), id_number]
    return any(known and known in digits for known in own)
