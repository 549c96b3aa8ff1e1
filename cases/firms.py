"""Which ODR firm a complaint is about: it answers for itself alone (docs/rules.md, "Green channel").

By credit code, which the outlets' app knows and says when it starts, or by name.
"""

import re
from collections.abc import Callable, Iterable

from agency.core.models import Unit
from cases.alike import DISTINCT
from cases.models import Case
from cases.search import names

Codes = Callable[[Iterable[Unit]], dict[int, str]]
"""Key of a firm's unit → its credit code, as far as it is known."""
IN_BRACKETS = re.compile(r"[(（][^()（）]*[)）]\s*$")

_known: list[Codes] = []


def coded_by(codes: Codes) -> None:
    """Let ``codes`` tell the credit codes of firms."""
    _known.append(codes)


def respondents(case: Case, units: Iterable[Unit]) -> set[int]:
    """Keys of those of ``units`` that are the firm the complaint is about; all names and codes of a
    merchant count as one.
    """
    firms = [unit for unit in units if unit.kind == Unit.Kind.ODR]
    if case.merchant is None or not firms:
        return set()
    same = list(case.merchant.same)
    codes, cores = {m.uscc for m in same} - {""}, {names.of(m.name).core for m in same} - {""}
    told = {pk: code for know in _known for pk, code in know(firms).items()}
    return {
        firm.pk
        for firm in firms
        if told.get(firm.pk) in codes or _is_called(firm, cores)
    }  # fmt: skip


def _is_called(firm: Unit, cores: set[str]) -> bool:
    """The same name but for its form, or either with a town before it (as in ``alike``)."""
    core = names.of(IN_BRACKETS.sub("", firm.name)).core
    return core in cores or any(_ends_with(core, own) or _ends_with(own, core) for own in cores)


def _ends_with(name: str, end: str) -> bool:
    return len(end) >= DISTINCT and name.endswith(end)
