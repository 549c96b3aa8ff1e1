"""Which version of a letter is in force: what two people put there, else the house's own file."""

from pathlib import Path

from agency.core import letters
from agency.core.letters import Template
from interviews.models import LetterTemplate

HERE = Path(__file__).parent
HOUSE = "amr"
"""Whose forms serve where a profile has none of its own: most records are the same for both."""


def in_force(profile: str, form: str) -> Template:
    """The profile's own form, else the regulator's."""
    return _own(profile, form) or _own(HOUSE, form)


def _own(profile: str, form: str) -> Template | None:
    approved = LetterTemplate.objects.filter(
        profile=profile, form=form, state=LetterTemplate.State.APPROVED
    )
    row = approved.order_by("-decided_at", "-pk").first()
    return of_row(row) if row else letters.template(HERE, profile, form)


def of_row(row: LetterTemplate) -> Template:
    """The version that this row is, whether in force or not."""
    return Template(
        version=row.version, title=row.title, addressee=row.addressee, text=row.text,
        rows=row.rows, end=row.end, signatures=row.signatures, note=row.note,
    )  # fmt: skip
