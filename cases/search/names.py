"""A merchant's name without what varies: width, blanks, brackets, the legal form, the branch."""

import re
from dataclasses import dataclass

from cases.search.words import folded

OUTLET = "(?:分公司|支公司|分店|分行|支行|分部|营业部|门市部|门店|专卖店|店)"
IN_BRACKETS = re.compile(rf"(.{{2,}})\(([^()]{{1,20}}{OUTLET})\)$")
AFTER_THE_FORM = re.compile(rf"(.{{2,}}?公司)([^公司]{{1,20}}{OUTLET}|[^公司]{{1,10}}分公司)$")
FORM = re.compile(
    r"\(?(?:个体工商户|普通合伙|有限合伙|个人独资|特殊普通合伙)\)?$|(?:集团|控股)?(?:股份)?(?:有限)?(?:责任)?公司$"
)
LEAST = 2
"""A name of one character is no name to compare."""


@dataclass(frozen=True)
class Name:
    """``core``: what two ways to write one business have in common; "" where too little is left.

    ``branch``: which of its places, "" for the business itself.
    """

    core: str
    branch: str = ""


def of(text: str) -> Name:
    """永家来福超市有限公司（思明店） is the branch 思明店 of 永家来福超市."""
    name, branch = folded(text), ""
    if found := IN_BRACKETS.match(name) or AFTER_THE_FORM.match(name):
        name, branch = found.groups()
    name = FORM.sub("", FORM.sub("", name))
    core = _letters(name)
    return Name(core if len(core) >= LEAST else "", _letters(branch))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
