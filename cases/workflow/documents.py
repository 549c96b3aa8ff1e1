"""The documents the agency issues. What may be issued when: cases/letters/forms.py."""

from contextlib import ExitStack
from datetime import datetime
from operator import itemgetter

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import files
from agency.core.calendar import SHANGHAI
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import NumberSeries, StoredFile, Unit, User
from agency.core.roles import Role
from cases import acts, letters
from cases.acts import Act
from cases.letters import facts
from cases.letters.forms import OFFERS, Form, Offer
from cases.lifecycle import Kind
from cases.models import Agreement, Case, CaseEvent, Decision, Document
from cases.models.mediation import Method
from cases.promises import STANDING
from cases.workflow.papers import case_with_files, record

Paper = Agreement.Paper

SHAPES = ("pdf", "docx")
NAMED_BY_PROFILE = {
    Unit.Profile.AMR: "DOCUMENT_NUMBER_AMR",
    Unit.Profile.COUNCIL: "DOCUMENT_NUMBER_COUNCIL",
}


def offered(case: Case) -> list[Form]:
    """The forms that what has happened to the case allows, in the order of the table."""
    return _offered(case, _steps(case))


def _steps(case: Case) -> list[tuple[str, datetime]]:
    """What happened when, in order. Who left a case with their ticket took its decisions along, and
    not its events.
    """
    steps, decided = (rows.values_list("kind", "at") for rows in (case.events, case.decisions))
    return sorted(steps.union(decided), key=itemgetter(1))


def _offered(case: Case, steps: list[tuple[str, datetime]]) -> list[Form]:
    issuer = facts.issuer_of(case)
    return [
        form
        for form, offer in OFFERS.items()
        if case.kind in offer.kinds
        and (not offer.after or _is_called_for(offer, steps))
        and offer.only_in in (None, case.state)
        and (issuer.parent_id or not offer.is_downwards)
        and letters.template(issuer.org_profile, form)
    ]


def _is_called_for(offer: Offer, steps: list[tuple[str, datetime]]) -> bool:
    """One of its steps was taken, and what it needs not after the latest of them."""
    last, first = dict(steps), dict(reversed(steps))
    called_at = max((last[kind] for kind in offer.after & last.keys()), default=None)
    if called_at is None or not offer.needs:
        return called_at is not None
    return any(first[kind] <= called_at for kind in offer.needs & first.keys())


def due(case: Case) -> list[Form]:
    """Of ``unissued`` what the case calls for since it was opened again last, as it stands."""
    reopened = case.decisions.filter(kind=Decision.Kind.REOPENED).order_by("pk").last()
    lacking = unissued(case, since=reopened and reopened.at)
    return [form for form in lacking if CALLED_FOR.get(form, lambda _case: True)(case)]


def _came_from_elsewhere(case: Case) -> bool:
    """Whom it is dispatched to had it not before, or gave it back."""
    sent = case.events.filter(kind=CaseEvent.Kind.DISPATCHED).latest("pk")
    before = case.assignments.filter(assigned_at__lt=sent.at, unit=case.unit, return_reason="")
    return not before.exists()


def _is_met_about(case: Case) -> bool:
    """The parties are to meet before us; whoever was entrusted calls them together itself."""
    ours = case.mediations.filter(ended_at=None, organisation="")
    return ours.exclude(method__in=(Method.PHONE, Method.WRITTEN)).exists()


def _is_written_down(case: Case) -> bool:
    """Nobody said that what was agreed is done at once, or that both do without a document."""
    standing = STANDING.filter(case=case)
    return standing.exclude(paper__in=(Paper.AT_ONCE, Paper.WAIVED)).exists()


CALLED_FOR = {
    Form.TRANSFER: _came_from_elsewhere,
    Form.MEDIATION_NOTICE: _is_met_about,
    Form.MEDIATION_DOCUMENT: _is_written_down,
}
"""Whether a form that may be issued is waited for, where its step alone does not say so."""


def unissued(case: Case, *, since: datetime | None = None) -> list[Form]:
    """Of these what no document says since it happened last: the latest first, of one moment
    the later in the table; what waits for no step comes last. ``since``: what happened after it.
    """
    steps = _steps(case)
    last = dict(steps)
    issued = dict(case.documents.order_by("issued_at").values_list("form", "issued_at"))
    called = {form: _happened_last(OFFERS[form], last, case) for form in _offered(case, steps)}
    called = {form: at for form, at in called.items() if since is None or at > since}
    lacking = [form for form, at in called.items() if form not in issued or issued[form] < at]
    place = {form: number for number, form in enumerate(OFFERS)}
    latest = {form: (bool(OFFERS[form].after), called[form], place[form]) for form in lacking}
    return sorted(lacking, key=latest.get, reverse=True)


def _happened_last(offer: Offer, last: dict[str, datetime], case: Case) -> datetime:
    return max((last[kind] for kind in offer.after & last.keys()), default=case.arrived_at)


def undocumented(case: Case) -> list[Form]:
    """Decisions no document was issued of: who was told of them another way need not get one.

    Not of an agreement: whether that is written down, the parties say. Nor of a report of which
    nobody is known who sent it.
    """
    if case.kind == Kind.REPORT and not case.is_contactable:
        return []
    decisions = set(Decision.Kind.values)
    return [form for form in unissued(case) if OFFERS[form].after & decisions]


def issue_document(
    no: str, *, by: User, form: str, party: str = "", meeting_at: datetime | None = None,
    place: str = "",
) -> Case:  # fmt: skip
    """Issue a form: number it, write it as PDF and DOCX, and keep both as they are.

    ``party``: whom it is for, where it may be for either; "" for the complainant then, and for
    both where each gets a copy. A mediation notice says when and where.
    """
    said = {"meeting_at": meeting_at, "place": place}
    with ExitStack() as kept, acts.begin(no, "issue_document", by) as act:
        offer = OFFERS[Form(form)]
        if form not in offered(act.case):
            raise RuleViolation(_("Nothing decided here calls for this document."))
        addressees = _addressees(offer, party)
        _check_said(act, offer, said)
        for addressee in addressees:
            _issue(act, Form(form), addressee, said, kept)
    return act.case


def _addressees(offer: Offer, party: str) -> tuple[str, ...]:
    if party and party not in offer.parties:
        raise Invalid({"party": [_("This document is not for this party.")]})
    if party or not offer.parties:
        return (party,)
    return offer.parties if offer.in_copies else offer.parties[:1]


def _check_said(act: Act, offer: Offer, said: dict) -> None:
    if lacking := [name for name in offer.asks if not said[name]]:
        raise Invalid({name: [_("This document must say it.")] for name in lacking})
    if said["meeting_at"] and said["meeting_at"] <= act.at:
        raise Invalid({"meeting_at": [_("This moment has passed.")]})


def _issue(act: Act, form: Form, party: str, said: dict, kept: ExitStack) -> None:
    """``kept`` takes the two files away again where anything fails in this verb.

    Where it is part of a longer transaction that fails later, two files stay that no row names.
    """
    profile = facts.issuer_of(act.case).org_profile
    template = letters.template(profile, form)
    number = _number_of_copy(act, form, party) or _number(act, profile, OFFERS[form])
    found = facts.gather(act.case, form=form, party=party, at=act.at, said=said)
    letter = letters.fill(template, found, number=number)
    shapes = {
        name: kept.enter_context(files.made(make(letter), type=type))
        for name, make, type in (
            ("pdf", letters.pdf, StoredFile.Type.PDF), ("docx", letters.docx, StoredFile.Type.DOCX),
        )
    }  # fmt: skip
    for file in shapes.values():
        file.save(force_insert=True)
    document = Document.objects.create(
        case=act.case, form=form, version=template.version, number=number, party=party,
        by=act.by, issued_at=act.at, **shapes,
    )  # fmt: skip
    act.take_effect()
    act.record(CaseEvent.Kind.DOCUMENT_ISSUED, document=str(document.pk), form=form)


def _number_of_copy(act: Act, form: Form, party: str) -> str:
    """The number the other party's copy of the same decision bears; "" where there is none."""
    offer = OFFERS[form]
    decided = act.case.events.filter(kind__in=offer.after).order_by("pk").last()
    if not offer.in_copies or not decided:
        return ""
    issued = act.case.documents.filter(form=form, issued_at__gte=decided.at)
    own = issued.filter(party=party).values("number")
    other = issued.exclude(number__in=own).order_by("issued_at").last()
    return other.number if other else ""


def _number(act: Act, profile: str, offer: Offer) -> str:
    """The next number of this form and year; "" for a form that bears the case's own."""
    if not offer.word:
        return ""
    pattern = getattr(settings, NAMED_BY_PROFILE[Unit.Profile(profile)])
    year = act.at.astimezone(SHANGHAI).year
    return NumberSeries.take(pattern.format(word=offer.word, year=year, number="#"))


@transaction.atomic
def open_document(no: str, pk, *, by: User, shape: str = "pdf") -> Document:
    """The document, for who may read it now: on record. ``shape``: pdf or docx.

    Raises Forbidden, NotThere, RuleViolation, Invalid for another shape.
    """
    if shape not in SHAPES:
        raise Invalid({"as": [_("Ask for pdf or docx.")]})
    case = case_with_files(no, by)
    found = case.documents.select_related("pdf", "docx").filter(pk=pk).first()
    if found is None:
        raise NotThere
    if not may_open(found, case, by):
        raise Forbidden(_("It names people who are kept secret from you."))
    is_secret = case.kind == Kind.REPORT and bool(found.party)
    record(case, by, getattr(found, shape), is_secret=is_secret)
    return found


def may_open(document: Document, case: Case, by: User) -> bool:
    """A reporter's letter is the custodian's alone; a citizen's data are the handler's."""
    if case.kind == Kind.REPORT and document.party:
        return by.role == Role.CUSTODIAN
    return not OFFERS[Form(document.form)].is_private or by.pk == case.handler_id
