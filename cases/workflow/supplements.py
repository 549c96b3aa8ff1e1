"""What was registered of a case is told better: 补充登记. What stood there before is kept."""

from collections.abc import Iterable, Iterator
from copy import copy
from decimal import Decimal

from django.utils.translation import gettext as _

from agency.core.errors import Invalid, RuleViolation
from agency.core.models import User
from cases import acts, citizens, clocks, merchants
from cases.acts import Act
from cases.calendar import day_of
from cases.citizens import is_same_person
from cases.excluded import check_may_stay_out
from cases.lifecycle import DECIDERS, Kind, State
from cases.models import (
    Case,
    CaseEvent,
    Category,
    Consumer,
    Merchant,
    PetitionSheet,
    ReportSheet,
    Supplement,
    Ticket,
    Topic,
)
from cases.models.party import CALLED_BY
from cases.models.texts import lost
from cases.workflow.approval import effect_of, propose
from cases.workflow.tagging import put_on
from cases.workflow.tickets import citizens_tickets

MERCHANTS = ("merchant_name", "uscc")
PLAIN = {
    "merchant_address": "merchant_address", "merchant_phone": "merchant_phone",
    "narrative": "narrative", "demand": "demand", "amount": "amount", "occurred_on": "occurred_on",
    "publish": "consents_to_publish", "entrust": "consents_to_entrust",
}  # fmt: skip
"""Field of the body → the case's own."""
TEXTS = ("narrative", "demand")
CLASSES = {"category": Category.SUBJECTS, "problem": Category.PROBLEMS}
SHEETS = {Kind.PETITION: PetitionSheet, Kind.REPORT: ReportSheet}
OF_SHEET = {
    kind: [field.name for field in sheet._meta.fields if field.name not in {"id", "case"}]
    for kind, sheet in SHEETS.items()
}
"""What only one kind is registered with."""
NOT_ASKED = {
    Kind.COMPLAINT: set(),
    Kind.REPORT: {"demand", "amount", "publish", "entrust", *Consumer.FACTS},
    Kind.CONSULTATION: {"publish", "entrust"},
    Kind.PETITION: {"publish", "entrust"},
}
for _kind, _left_out in NOT_ASKED.items():
    _left_out.update(*(names for kind, names in OF_SHEET.items() if kind != _kind))
"""What a kind is not registered with; who reports is the custodian's to know."""
DECIDED_ON = {*MERCHANTS, *TEXTS, "amount"}
"""Between whom and about what: once a party was told of a decision, another approves a change."""


def supplement(no: str, *, by: User, reason: str, **told) -> Case:
    """Add or correct what was registered; what is not told stays as it is.

    ``told``: fields as the body names them. The citizen's go into a row of their own, sealed like
    the one before; so do their tickets on the case. What was decided on, and told, is proposed.
    """
    with acts.begin(no, "supplement", by) as act:
        _check_is_asked(act.case, told)
        waits = {name: told[name] for name in DECIDED_ON & told.keys() if is_told(act.case)}
        is_proposed = _propose(act, reason, waits)
        at_once = {name: value for name, value in told.items() if name not in waits}
        if not _write(act, reason, at_once) and not is_proposed:
            raise RuleViolation(_("Nothing of this is new: it stands there already."))
        _seal_words(act.case, told)
    return act.case


def is_told(case: Case) -> bool:
    """Whether a party was told of a decision: another approves then what it was about."""
    return case.party_notices.exclude(decision=None).exists()


def _propose(act: Act, reason: str, told: dict) -> bool:
    """Let what is new of it wait for another, with what stands there until then."""
    sketch = copy(act.case)
    changed = [*_plain(sketch, told), *_merchant(sketch, told)]
    if not changed:
        return False
    fields = {row.field for row in changed}
    named = MERCHANTS if "merchant_name" in fields else ()
    data = {name: str(told[name]) for name in told if name in {*fields, *named}}
    data |= {name: getattr(sketch, name) for name in TEXTS if name in fields}
    was = {row.field: row.was for row in changed}
    propose(act, DECIDERS, reason=act.case.kept(reason), was=was, **data)
    return True


@effect_of("supplement")
def _supplement(act: Act, reason: str, was: dict, **told) -> None:
    """``was`` stays with the proposal: it was shown to who decides."""
    if "amount" in told:
        told["amount"] = Decimal(told["amount"])
    _write(act, reason, told)


def _write(act: Act, reason: str, told: dict) -> list[Supplement]:
    """Returns what is new of it."""
    changed = [
        *_plain(act.case, told),
        *_sheet(act.case, told),
        *_classes(act, told),
        *_merchant(act.case, told),
        *_person(act, told),
    ]
    if not changed:
        return []
    for row in changed:
        row.case, row.reason, row.by, row.at = act.case, reason, act.proposer or act.by, act.at
        row.save()
    act.take_effect()
    act.record(CaseEvent.Kind.SUPPLEMENTED, fields=[row.field for row in changed])
    if {row.field for row in changed} & CLASSES.keys():
        _put_topics_on(act)
        check_may_stay_out(act.case)
    return changed


def _check_is_asked(case: Case, told: dict) -> None:
    said = _("A %(kind)s is not registered with this.") % {"kind": case.get_kind_display()}
    if wrong := NOT_ASKED.get(Kind(case.kind), set()) & told.keys():
        raise Invalid(dict.fromkeys(sorted(wrong), [said]))
    if told.keys() & set(Consumer.FACTS) and case.became_id:
        raise RuleViolation(_("Who brought this is not written down here any more."))


def _plain(case: Case, told: dict) -> Iterator[Supplement]:
    for name in PLAIN.keys() & told.keys():
        own = PLAIN[name]
        was, now = getattr(case, own), told[name]
        if name in TEXTS:
            now = case.kept(now)
        if was != now and now not in (None, ""):
            setattr(case, own, now)
            yield Supplement(field=name, was=_written(was), now=_written(now))


def _sheet(case: Case, told: dict) -> Iterator[Supplement]:
    """What only its kind is registered with."""
    kind = Kind(case.kind)
    said = {name: told[name] for name in OF_SHEET.get(kind, ()) if told.get(name) not in (None, "")}
    if "place" in said:
        said["place"] = case.kept(said["place"])
    sheet = (case.sheet or SHEETS[kind](case=case)) if said else None
    was = {name: _told_of(sheet, name) for name in said if getattr(sheet, name) != said[name]}
    if not was:
        return
    for name in was:
        setattr(sheet, name, said[name])
    _check_who_speaks(sheet)
    sheet.save()
    yield from (Supplement(field=name, was=was[name], now=_told_of(sheet, name)) for name in was)


def _told_of(sheet: PetitionSheet | ReportSheet, name: str) -> str:
    named = dict(sheet._meta.get_field(name).choices or ())
    value = getattr(sheet, name)
    return str(named[value]) if value in named else _written(value)


def _check_who_speaks(sheet: PetitionSheet | ReportSheet) -> None:
    people, speaking = (getattr(sheet, name, None) for name in ("people", "representatives"))
    if people and speaking and speaking > people:
        raise Invalid({"representatives": [_("More speak for them than they are.")]})


def _written(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case Decimal():
            return f"{value:,.2f}"
    return str(value)


def _classes(act: Act, told: dict) -> Iterator[Supplement]:
    for name in CLASSES.keys() & {name for name, code in told.items() if code}:
        found = Category.objects.filter(
            code=told[name], scheme__in=CLASSES[name], is_active=True
        ).first()
        if found is None:
            raise Invalid({name: [_("There is no such category.")]})
        was = getattr(act.case, name)
        if was != found:
            setattr(act.case, name, found)
            yield Supplement(field=name, was=str(was or ""), now=str(found))


def _merchant(case: Case, told: dict) -> Iterator[Supplement]:
    """Whom it is about: by the one function that finds or adds a merchant."""
    was = case.merchant
    named = {
        "name": told.get("merchant_name") or (was.name if was else ""),
        "uscc": told.get("uscc") or (was.uscc if was and "merchant_name" not in told else ""),
    }
    is_same = was and (was.name, was.uscc) == (named["name"], named["uscc"] or was.uscc)
    if is_same or not told.keys() & set(MERCHANTS):
        return
    if not named["name"]:
        raise Invalid({"merchant_name": [_("A credit code needs the merchant's name, too.")]})
    found = merchants.find_or_add([named])[merchants.key_of(named)]
    if found.name != named["name"]:
        said = _("This credit code is the one of %(name)s.") % {"name": found.name}
        raise Invalid({"uscc": [said]})
    case.merchant = found
    yield Supplement(field="merchant_name", was=_named(was), now=_named(found))


def _named(merchant: Merchant | None) -> str:
    return f"{merchant.name} {merchant.uscc}".strip() if merchant else ""


def _person(act: Act, told: dict) -> Iterator[Supplement]:
    """The citizen, in a new row: the old one keeps what was said first."""
    was = act.case.consumer
    before = {name: getattr(was, name) if was else "" for name in Consumer.FACTS}
    changed = [name for name in Consumer.FACTS if told.get(name) and told[name] != before[name]]
    if not changed:
        return
    own = [t for t in citizens_tickets(act, None) if _is_theirs(t.consumer, was)]
    rows = dict.fromkeys(t.consumer for t in own if t.consumer and t.consumer != was)
    act.case.consumer = person = _mended(was, rows, told)
    for ticket in own:
        ticket.consumer = person
        ticket.save(update_fields=["consumer"])
        if not before["phone"] and _is_to_be_reached(act.case, ticket):
            clocks.start_contact(act.case, ticket, at=act.at)
    citizens.forget(rows)
    yield from (Supplement(field=name, was_person=was, person=person) for name in changed)


def _mended(was: Consumer | None, rows: Iterable[Consumer], told: dict) -> Consumer:
    """What is told now, and beside it what any row knew before.

    By a name or address that was wrong a text may still call them; a number is masked by its looks.
    """
    so_far = Consumer()
    so_far.take_in(filter(None, [was, *rows]))
    facts = {fact: told.get(fact) or getattr(so_far, fact) for fact in Consumer.FACTS}
    person = Consumer(**facts, told=so_far.told, also=so_far.also)
    person.is_also(row for row in person.differing(so_far) if row[0] in CALLED_BY)
    person.save()
    return person


def _is_theirs(row: Consumer | None, was: Consumer | None) -> bool:
    """Not a round's that gave another telephone: it stays known with its ticket."""
    return not (row and row.phone) or is_same_person(was, row)


def _is_to_be_reached(case: Case, ticket: Ticket) -> bool:
    """Not who was reached or answered, nor on what has ended or is history: no call is owed."""
    is_answered = ticket.contacted_at or ticket.replied_at or case.state == State.ANSWERED
    return not (is_answered or case.closed_at or ticket.is_history)


def _seal_words(case: Case, told: dict) -> None:
    """With the person, what the case itself keeps less of."""
    words = lost(case, *(told.get(name) or "" for name in (*TEXTS, "place")))
    if words:
        case.told_by(words).save()


def _put_topics_on(act: Act) -> None:
    """What is of a topic's classes carries it, as if it had been so on arrival."""
    codes = [found.code for found in (act.case.category, act.case.problem) if found]
    known = Topic.objects.filter(is_active=True).exclude(categories=[]).exclude(cases=act.case)
    for topic in known:
        if topic.is_on(day_of(act.at)) and topic.covers(*codes):
            put_on(act, topic)
