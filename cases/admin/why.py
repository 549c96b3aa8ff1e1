"""Of whom or what the audit's rows are, and why it was done: read once for all of a page."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Model, Q

from agency.core.models import (
    ApiToken,
    Audit,
    DeadlineRule,
    Factor,
    LoginTry,
    RecoveryCode,
    Unit,
    User,
)
from cases import others
from cases.admin import words
from cases.admin.audited import MODELS
from cases.lifecycle import PauseReason
from cases.models import (
    Assignment,
    Case,
    CaseDeadline,
    CaseDeadlineExcuse,
    CaseDeadlinePause,
    Category,
    Channel,
    Consumer,
    Decision,
    Departure,
    Heir,
    Merchant,
    MerchantMerge,
    MerchantParting,
    Phrase,
    Profile,
    Proposal,
    Recusal,
    Reporter,
    Shift,
    Substitute,
    Supervision,
    Supplement,
    Ticket,
    Topic,
)

PEOPLE = {Consumer: ["cases__", "tickets__case__"], Reporter: ["cases__"]}
"""How whoever brought a matter leads to its case: they themselves are not named."""

ITSELF = ""
OBJECTS = {
    **dict.fromkeys(
        [Category, Channel, DeadlineRule, Merchant, Phrase, Topic, Unit, User], [ITSELF]
    ),
    **dict.fromkeys([ApiToken, Factor, LoginTry, User.groups.through], ["user"]),
    **dict.fromkeys([Departure, Profile, Shift], ["person"]),
    RecoveryCode: ["factor__user"],
    Heir: ["departure__person", "person"],
    Substitute: ["person", "stand_in"],
    Recusal: ["profile__person", "merchant"],
    MerchantMerge: ["merged", "into"],
    MerchantParting: ["merge__merged", "merge__into"],
}
"""What rows that belong to no case are about: the way there from the row."""

REASONS = {
    **dict.fromkeys([MerchantMerge, MerchantParting, Recusal], ["reason"]),
    **dict.fromkeys([CaseDeadlineExcuse, Supplement, Proposal], ["reason"]),
    Assignment: ["return_reason", "return_explanation"],
    CaseDeadlinePause: ["reason", "note"],
    Decision: ["text"],
    DeadlineRule: ["basis"],
    Supervision: ["note"],
    Ticket: ["return_reason", "return_basis"],
}
"""The columns in which somebody says why."""

PAUSES = dict(PauseReason.choices)

NEAR = 200
"""So many rows before and after one are looked through for what was written together with it."""


def read(entries: Collection[Audit], user: User) -> None:
    """Of each its case (``of``: key and number), its ``object`` and the ``reason``; None where there is none.

    The reason is the row's own, else any that was given in the same transaction, of the same case.
    """
    rows, cases = _rows(entries), _cases_of(entries)
    own, given = _reasons(_given_with(entries), user)
    for entry in entries:
        key = (entry.table_name, entry.row_id)
        entry.of, entry.object = cases.get(key), _object(rows.get(key))
        beside = given[entry.transaction, entry.of and entry.of[0]]
        entry.reason = "；".join(own.get(entry.pk, beside)) or None


def _by_table(entries: Iterable[Audit]) -> dict[type[Model], set[str]]:
    keys = defaultdict(set)
    for entry in entries:
        keys[MODELS[entry.table_name]].add(entry.row_id)
    return {model: found for model, found in keys.items() if not isinstance(model, str)}


def _cases_of(entries: Iterable[Audit]) -> dict[tuple[str, str], tuple[int, str]]:
    """Key and number of the case each row belongs to: one query for each kind of row."""
    cases = {}
    for model, keys in _by_table(entries).items():
        for path in paths_to_case(model):
            found = model._default_manager.filter(pk__in=keys, **{f"{path}no__isnull": False})
            for pk, *case in found.values_list("pk", f"{path}pk", f"{path}no"):
                cases[model._meta.db_table, str(pk)] = case
    return cases


def paths_to_case(model) -> list[str]:
    """How a row of this table leads to its case: itself, or by what it refers to, or who to it."""
    if model in PEOPLE:
        return PEOPLE[model]
    names = {(field.name, field.related_model) for field in model._meta.concrete_fields}
    paths = {("case", Case): "case__", ("deadline", CaseDeadline): "deadline__case__"}
    return [""] if model is Case else [path for name, path in paths.items() if name in names]


def _rows(entries: Iterable[Audit]) -> dict[tuple[str, str], Model]:
    """Those that have something to tell."""
    rows = {}
    for model, keys in _by_table(entries).items():
        if model in OBJECTS or model in REASONS:
            ways = [*filter(None, OBJECTS.get(model, ())), *_way_to_case(model)]
            for row in model._default_manager.select_related(*ways).filter(pk__in=keys):
                rows[model._meta.db_table, str(row.pk)] = row
    return rows


def _way_to_case(model) -> list[str]:
    return ["deadline"] if "deadline__case__" in paths_to_case(model) else []


def _object(row: Model | None) -> str | None:
    """``杨建国 → 李敏``: what leads there, by name."""
    if type(row) not in OBJECTS:
        return None
    return " → ".join(str(_reached(row, way)) for way in OBJECTS[type(row)])


def _reached(row: Model, way: str) -> Model:
    for step in filter(None, way.split("__")):
        row = getattr(row, step)
    return row


def _given_with(entries: Collection[Audit]) -> list[Audit]:
    """What was written together with these and may say why: near them, in the same transaction."""
    near = Q(pk__in=[])
    for entry in {entry.transaction: entry for entry in entries}.values():
        near |= Q(transaction=entry.transaction, pk__range=(entry.pk - NEAR, entry.pk + NEAR))
    tables = [model._meta.db_table for model in REASONS]
    return list(Audit.objects.filter(near, table_name__in=tables).order_by("pk"))


def _reasons(told: list[Audit], user: User) -> tuple[dict, dict]:
    """What each entry says by itself, and transaction and case → why, each once.

    Of a case that ``user`` does not see it says nothing.
    """
    rows, own, given = _rows(told), {}, defaultdict(dict)
    cases = _cases({_case_of(row) for row in rows.values()} - {None}, user)
    for entry in told:
        row = rows.get((entry.table_name, entry.row_id))
        case = row and _case_of(row)
        if row and (case is None or case in cases):
            texts = [cases[case].shown(text) if case else text for text in _said(row, entry)]
            if texts:
                own[entry.pk] = texts
                given[entry.transaction, case] |= dict.fromkeys(texts)
    return own, given


def _said(row: Model, entry: Audit) -> list[str]:
    """What this very change wrote."""
    is_new, texts = entry.operation == Audit.Operation.INSERTED, []
    if is_new and isinstance(row, Decision):
        texts = [words.ground(row)]
    if is_new and isinstance(row, Proposal):
        texts = [row.data.get("reason", "")]
    written = [name for name in REASONS[type(row)] if is_new or name in (entry.columns or ())]
    texts += [getattr(row, name) for name in written]
    return [str(PAUSES.get(text, text)) for text in texts if text]


def _case_of(row: Model) -> int | None:
    """The key of its case."""
    holder = getattr(row, "deadline", row)
    return getattr(holder, "case_id", None)


def _cases(keys: set[int], user: User) -> dict[int, Case]:
    """With all whom their texts may name."""
    found = Case.objects.visible_to(user).filter(pk__in=keys)
    found = found.select_related("consumer", "reporter").prefetch_related("tickets__consumer")
    return {case.pk: case for case in others.know_others(found)} if keys else {}
