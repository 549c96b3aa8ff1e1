"""The letters of a case: ``amr/`` holds the forms of a market regulator, ``council/`` those of a
consumer council. How they are filled and rendered: agency/core/letters/__init__.py.
"""

import tomllib
from collections.abc import Collection
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from agency.core import letters
from agency.core.letters import PLACE, Template, docx, fill, fonts, pdf
from agency.core.models import Unit
from cases import grounds as grounds_of_law

__all__ = [
    "PLACE", "Template", "cited", "docx", "fill", "fonts", "grounds", "pdf", "template", "weighed",
]  # fmt: skip

HERE = Path(__file__).parent


def template(profile: str, form: str) -> Template | None:
    """None where this profile has no such form."""
    return letters.template(HERE, profile, form)


@cache
def grounds() -> dict[str, str]:
    """The grounds of law by their codes, as a letter cites them."""
    return tomllib.loads((HERE / "grounds.toml").read_text())


LAWS = dict.fromkeys("RT", "《市场监督管理投诉举报处理办法》") | {
    "N": "《市场监督管理行政处罚程序规定》第二十条：", "P": "《信访工作条例》",
}  # fmt: skip
"""The law of a ground, by the letter its code begins with."""


def cited(code: str) -> str:
    """A ground of a market regulator with its law, as a citizen is told of it; "" for any other."""
    return LAWS[code[0]] + grounds()[code] if code in grounds() else ""


def weighed(factors: Collection[str], profile: str) -> str:
    """What was weighed for a refusal on R3, as its own sentence with its own article, which binds no
    council; "" where nothing was.
    """
    if not (named := grounds_of_law.weighed(factors)):
        return ""
    by_law = _(
        "By §17 of the Measures on Complaints and Reports these factors were weighed: %(named)s."
    )
    said = by_law if profile == Unit.Profile.AMR else _("These factors were weighed: %(named)s.")
    return said % {"named": named}
