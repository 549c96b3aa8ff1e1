"""An ODR enterprise is applied for, reviewed, admitted, guided, warned, suspended and exits.

Source: docs/rules.md, section "ODR enterprises".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core import clock, files
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import Access, Unit, User
from agency.core.text import listed
from cases.calendar import day_of
from cases.models import Referral
from cases.workflow.papers import READERS_OF_FILES
from outlets import lifecycle
from outlets.lifecycle import APPLICANTS, Move
from outlets.models import (
    OdrContact,
    OdrEnterprise,
    OdrEvent,
    OdrGuidance,
    OdrPaper,
    OdrRemark,
    OdrReview,
)
from outlets.odr_lifecycle import MOVES, OPEN, WORKING, State
from outlets.workflow.filing import parent_of, unit_for

Kinds = OdrEvent.Kind


@dataclass
class Act:
    """A verb under way: the locked firm, the actor, and the one moment everything gets."""

    firm: OdrEnterprise
    by: User | None
    at: datetime
    move: Move | None = None

    @property
    def today(self) -> date:
        """The day of it, in Shanghai."""
        return day_of(self.at)

    def record(self, kind: OdrEvent.Kind, said: str = "", **data) -> None:
        """Write what happened, and the words beside it. ``data``: ids and codes only."""
        event = OdrEvent.objects.create(
            enterprise=self.firm, kind=kind, actor=self.by, at=self.at, data=data
        )
        if said:
            OdrRemark.objects.create(enterprise=self.firm, event=event, text=said)

    def save(self) -> None:
        """The firm, and whether its unit may be sent cases: while it works, and only then."""
        self.firm.save()
        serves = self.firm.state in WORKING
        Unit.objects.filter(pk=self.firm.unit_id).update(takes_referrals=serves)


def admit_to(code: str, verb: str, by: User) -> OdrEnterprise:
    """The firm for ``verb``, or the refusal a door gives before it reads the body.

    Raises Forbidden where the role may never do it, NotThere outside the scope.
    """
    if by.role not in lifecycle.roles_of(verb, MOVES):
        raise Forbidden
    firm = OdrEnterprise.objects.visible_to(by).filter(unit__code=code).first()
    if firm is None:
        raise NotThere
    return firm


@contextmanager
def begin(code: str, verb: str, by: User) -> Iterator[Act]:
    """Lock the firm, read the clock, check the move; save at the end. One transaction.

    Raises Forbidden, NotThere, or RuleViolation with the reason in words.
    """
    with transaction.atomic():
        rows = OdrEnterprise.objects.select_for_update(of=("self",), no_key=True)
        firm = rows.select_related("unit__parent").get(pk=admit_to(code, verb, by).pk)
        move = lifecycle.move_of(verb, firm.state, MOVES)
        if move is None or by.role not in move.roles:
            said = _("An ODR enterprise that is %(state)s does not allow this.")
            raise RuleViolation(said % {"state": firm.get_state_display()})
        act = Act(firm, by, clock.now(), move)
        yield act
        firm.state = move.to or firm.state
        act.save()


@transaction.atomic
def apply_odr(
    *, by: User, code: str, name: str, origin: str, unit: str = "", uscc: str = "",
    address: str = "", contact: str = "", phone: str = "",
) -> OdrEnterprise:  # fmt: skip
    """Write down that a firm asks to be one; ``code`` will be its unit's, ``unit`` names the one
    above, one's own where nothing is said. Raises Forbidden, Invalid.
    """
    if by.role not in APPLICANTS:
        raise Forbidden
    home = unit_for(code, name, parent_of(unit or by.unit.code, by), kind=Unit.Kind.ODR)
    if uscc and OdrEnterprise.objects.filter(uscc=uscc, state__in=OPEN).exists():
        raise Invalid({"uscc": [_("This firm is on the list already.")]})
    firm = OdrEnterprise.objects.create(unit=home, origin=origin, uscc=uscc, address=address)
    if contact or phone:
        OdrContact.objects.create(enterprise=firm, name=contact, phone=phone)
    act = Act(firm, by, clock.now())
    act.save()
    act.record(Kinds.APPLIED)
    return firm


def take_over_odr(unit: Unit, *, uscc: str, address: str, contact: str) -> OdrEnterprise:
    """A firm that was admitted before anybody kept count here."""
    at = clock.now()
    firm = OdrEnterprise.objects.create(
        unit=unit, origin=OdrEnterprise.Origin.RECOMMENDED, uscc=uscc, address=address,
        state=State.ACTIVE, admitted_on=day_of(at),
    )  # fmt: skip
    OdrContact.objects.create(enterprise=firm, name=contact, phone="")
    act = Act(firm, None, at)
    act.save()
    act.record(Kinds.ADMITTED)
    return firm


def add_paper(code: str, *, by: User, kind: str, upload) -> OdrPaper:
    """Keep ``upload`` as this paper of the firm, once its type and structure are checked.

    Raises Forbidden, NotThere, RuleViolation, or Invalid for a file that is not taken.
    """
    admit_to(code, "add_paper", by)
    if kind not in OdrPaper.Kind:
        raise Invalid({"kind": [_("Say which paper this is.")]})
    with files.keeping(upload) as file, begin(code, "add_paper", by) as act:
        file.save(force_insert=True)
        paper = OdrPaper.objects.create(enterprise=act.firm, kind=kind, file=file, by=by, at=act.at)
        act.record(Kinds.PAPER_ADDED, paper=str(paper.pk), of=kind)
    return paper


@transaction.atomic
def open_paper(code: str, pk, *, by: User) -> OdrPaper:
    """The paper, for who may read its file: on record. Raises Forbidden, NotThere."""
    if by.role not in READERS_OF_FILES:
        raise Forbidden
    seen = OdrEnterprise.objects.visible_to(by).filter(unit__code=code)
    papers = OdrPaper.objects.select_related("file", "enterprise")
    found = papers.filter(pk=pk, enterprise__in=seen).first()
    if found is None:
        raise NotThere
    Access.objects.create(
        kind=Access.Kind.OPENED, by=by, what="paper", sha256=found.file.sha256,
        subject=OdrEnterprise._meta.label_lower, subject_id=found.enterprise_id, at=clock.now(),
    )  # fmt: skip
    return found


def review(code: str, *, by: User, note: str = "", **conditions: bool) -> OdrEnterprise:
    """Write down which of the five conditions are met; it is passed where all are."""
    with begin(code, "review", by) as act:
        found = OdrReview.objects.create(
            enterprise=act.firm, by=by, at=act.at, note=note, **conditions
        )
        act.record(Kinds.REVIEWED, review=found.pk, passed=found.passed)
    return act.firm


def missing_papers(firm: OdrEnterprise) -> list[str]:
    """The kinds of paper it has not handed in yet, in words."""
    there = set(firm.papers.values_list("kind", flat=True))
    return [str(kind.label) for kind in OdrPaper.Kind if kind not in there]


def admit(code: str, *, by: User, account: str = "") -> OdrEnterprise:
    """Let it negotiate with consumers: cases may be sent to it from now on.

    RuleViolation without all papers, or a passed review by somebody else.
    """
    with begin(code, "admit", by) as act:
        if lacking := missing_papers(act.firm):
            raise RuleViolation(_("Papers are missing: %(which)s.") % {"which": listed(lacking)})
        last = act.firm.reviews.order_by("pk").last()
        if last is None or not last.passed:
            raise RuleViolation(_("The latest review has to have found all conditions met."))
        if last.by == by:
            raise RuleViolation(_("Who reviewed the firm does not admit it."))
        act.firm.admitted_on, act.firm.account = act.today, account
        act.record(Kinds.ADMITTED, review=last.pk)
    return act.firm


def reject(code: str, *, by: User, reason: str) -> OdrEnterprise:
    """It is not admitted; the reason is told to who applied."""
    with begin(code, "reject", by) as act:
        act.record(Kinds.REJECTED, reason)
    return act.firm


def guide(
    code: str, *, by: User, kind: str, topic: str, attended: int, held_on: date | None = None
) -> OdrEnterprise:
    """Its people were trained or guided. Raises Invalid for a day to come."""
    with begin(code, "guide", by) as act:
        if held_on and held_on > act.today:
            raise Invalid({"held_on": [_("This day is still to come.")]})
        held = OdrGuidance.objects.create(
            enterprise=act.firm, kind=kind, topic=topic, attended=attended,
            held_on=held_on or act.today, by=by, at=act.at,
        )  # fmt: skip
        act.record(Kinds.GUIDED, guidance=held.pk)
    return act.firm


def warn(code: str, *, by: User, reason: str) -> OdrEnterprise:
    """It is told that it will be suspended if nothing changes; cases go on being sent."""
    with begin(code, "warn", by) as act:
        act.record(Kinds.WARNED, reason)
    return act.firm


def suspend(code: str, *, by: User, reason: str) -> OdrEnterprise:
    """It is sent no more cases; what is with it goes on."""
    with begin(code, "suspend", by) as act:
        act.record(Kinds.SUSPENDED, reason)
    return act.firm


def restore(code: str, *, by: User, note: str = "") -> OdrEnterprise:
    """What was wrong is mended."""
    with begin(code, "restore", by) as act:
        act.record(Kinds.RESTORED, note)
    return act.firm


def leave(code: str, *, by: User, reason: str) -> OdrEnterprise:
    """It is an ODR enterprise no more; its history stays. RuleViolation while a case is out with it."""
    with begin(code, "exit", by) as act:
        if Referral.objects.open().filter(unit=act.firm.unit_id).exists():
            raise RuleViolation(_("Cases are out with this firm: take them back first."))
        act.firm.exited_on = act.today
        act.record(Kinds.EXITED, reason)
    return act.firm


VERBS = {
    "review": review, "admit": admit, "reject": reject, "guide": guide, "warn": warn,
    "suspend": suspend, "restore": restore, "exit": leave,
}  # fmt: skip
"""What may be done with a firm that is there."""
