"""The letters of a case: ``amr/`` holds the forms of a market regulator, ``council/`` those of a
consumer council. How they are filled and rendered: agency/core/letters/__init__.py.
"""

import tomllib
from functools import cache
from pathlib import Path

from agency.core import letters
from agency.core.letters import PLACE, Template, docx, fill, fonts, pdf

__all__ = ["PLACE", "Template", "cited", "docx", "fill", "fonts", "grounds", "pdf", "template"]

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
