"""How a case was handled and what came of it: what stands beside its timeline."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.models import User
from cases import kin
from cases.admin import clocks, words
from cases.grounds import REVOKED, UPHELD
from cases.lifecycle import PRINCIPLES, Kind, State
from cases.models import (
    Agreement,
    Appraisal,
    Case,
    Decision,
    Mediation,
    MediationSession,
    PetitionRecord,
)
from cases.models.referral import TAKEN_BACK
from cases.promises import is_done_there, is_unsure, outcome_of, promised
from cases.workflow.endings import REVIEWS
from cases.workflow.petitions import revoked_by

UNSURE = {
    None: gettext_lazy("recovered %(amount)s by their own word: not confirmed by the citizen"),
    False: gettext_lazy("recovered %(amount)s by their own word: denied by the citizen"),
}
"""What the citizen said of what was settled out there → what the page says of its amount."""
OUTCOMES = {
    Kind.PETITION: (Decision.Kind.REFUSED, Decision.Kind.ROUTED, Decision.Kind.REPLIED),
    Kind.REPORT: (Decision.Kind.DECIDED,),
}
"""What the result says more of than its kind: the latest of these, with its moment."""


@dataclass(frozen=True)
class Fact:
    """A line: what it is called, what is so, who said it when, and what may be folded away."""

    label: str
    text: str
    aside: str = ""
    long: str = ""
    url: str = ""


def facts(case: Case, user: User, at: datetime) -> list[Fact]:
    """Everything beside clocks, tickets and papers; what came of it first, masked."""
    teller = Teller(case, user, at)
    parts = (
        teller.outcome, teller.agreements, teller.decisions, teller.notices, teller.mediations,
        teller.appraisals,
        teller.people, teller.records, teller.follow_ups, teller.relatives,
    )  # fmt: skip
    return [fact for part in parts for fact in part()]


def revoked_opinions(decisions: Iterable[Decision]) -> set[int]:
    """The keys of those that a review took away; a final review may give one back."""
    revoked, opinion = set(), None
    for row in decisions:
        if row.kind == Decision.Kind.REPLIED:
            opinion = row.pk
        elif row.kind in REVIEWS and row.ground != UPHELD:
            (revoked.add if row.ground == REVOKED else revoked.discard)(opinion)
    return revoked


@dataclass
class Teller:
    """Tells one case to one reader; each part is one query."""

    case: Case
    user: User
    at: datetime
    rules: words.Rules = field(default_factory=words.Rules, init=False)

    def when(self, moment: datetime | None, *people: User | None) -> str:
        """11-21 09:03 韩雪梅、杨建国."""
        names = "、".join(person.name for person in people if person)
        return f"{clocks.short(moment, self.at)} {names}".strip()

    def outcome(self) -> Iterator[Fact]:
        case = self.case
        if case.result:
            last = case.decisions.filter(kind__in=OUTCOMES.get(case.kind, ())).order_by("pk").last()
            is_answer = last is not None and case.kind == Kind.PETITION
            said = [last.get_kind_display() if is_answer else case.get_result_display()]
            said += self._recovered()
            if is_answer and revoked_by(case):
                said.append(_("revoked by its review"))
            if last and case.kind == Kind.REPORT:
                said.append(words.ground(last))
            if case.principle:
                said.append(str(PRINCIPLES[case.principle]))
            yield Fact(_("Result"), " · ".join(said), self.when(last.at if last else case.ended_at))

    def _recovered(self) -> Iterator[str]:
        """How much, and whether that is an outlet's or firm's word alone; of what was broken, that."""
        case, agreement = self.case, outcome_of(self.case)
        if agreement and agreement.broken_at and not agreement.performed_at:
            yield _("not performed")
        waiting = promised(case)
        amount = waiting.amount if waiting else case.recovered_amount
        if amount is None or case.state == State.AGREED:
            return
        said = _("recovered %(amount)s")
        if agreement and is_unsure(agreement):
            said = UNSURE[agreement.kept]
        yield said % {"amount": words.money(amount)}

    def decisions(self) -> Iterator[Fact]:
        rows = list(self.case.decisions.select_related("by", "approved_by").order_by("-pk"))
        revoked = revoked_opinions(reversed(rows))
        for row in rows:
            mark = [_("revoked by its review")] if row.pk in revoked else []
            yield Fact(
                _("Decision"), " · ".join([self._decided(row), *mark]), self.when(row.at, row.by, row.approved_by),
                self.case.shown(row.text),
            )  # fmt: skip

    def _decided(self, row: Decision) -> str:
        said = (
            words.step(row),
            words.ground(row),
            self.case.shown(words.reference(row, self.rules), ours=True),
        )
        return " · ".join(filter(None, said))

    def agreements(self) -> Iterator[Fact]:
        rows = self.case.agreements.select_related("by")
        for row in rows.order_by("-pk"):
            long = "\n".join(filter(None, (row.text, row.evidence_note, row.broken_note)))
            yield Fact(
                _("Agreement"), self._agreed(row), self.when(row.made_at, row.by),
                self.case.shown(long),
            )  # fmt: skip

    def _agreed(self, row: Agreement) -> str:
        said = [words.agreed(row.amount)]
        if row.due_on:
            said.append(_("by %(day)s") % {"day": row.due_on})
        if row.paper:
            said.append(words.paper(row))
        return " · ".join([*said, *self._came_of(row)])

    def _came_of(self, row: Agreement) -> Iterator[str]:
        """Whether it was done, by whose word; and where it stands no longer, that."""
        if row.performed_at:
            told = {
                "amount": words.money(row.performed_amount),
                "moment": row.performed_on or clocks.short(row.performed_at, self.at),
            }
            yield _("performed %(amount)s on %(moment)s") % told
        elif row.broken_at:
            moment = clocks.short(row.broken_at, self.at)
            yield _("found not performed on %(moment)s") % {"moment": moment}
        elif row.kept is None and row.set_aside_at is None and not is_done_there(row):
            yield _("not confirmed yet") if is_unsure(row) else _("not performed yet")
        if row.kept is not None and not row.evidence_note:
            yield _("confirmed by the citizen") if row.kept else _("denied by the citizen")
        if row.set_aside_at and not (row.performed_at or row.broken_at):
            yield self._set_aside(row)

    def _set_aside(self, row: Agreement) -> str:
        """What was settled out there may have been taken back: by nobody, where it was opened again."""
        back = self.case.referrals.filter(outcome__in=TAKEN_BACK, ended_at=row.set_aside_at)
        said = _("taken back on %(moment)s") if back else _("stands no more since %(moment)s")
        return said % {"moment": clocks.short(row.set_aside_at, self.at)}

    def notices(self) -> Iterator[Fact]:
        for row in self.case.party_notices.select_related(
            "by", "decision__approved_by", "ticket__consumer", "ticket__channel"
        ).order_by("-pk"):
            about = words.step(row.decision) if row.decision else ""
            whose = row.ticket.label if row.ticket else ""
            signed = words.signed(row)
            said = (
                words.party(self.case, row.party), whose, row.get_how_display(), about,
                words.receipt(row), signed,
            )  # fmt: skip
            by = () if signed else (row.by,)
            yield Fact(
                _("Told"), " · ".join(filter(None, said)), self.when(row.at, *by),
                self.case.shown(row.text),
            )  # fmt: skip

    def mediations(self) -> Iterator[Fact]:
        rows = self.case.mediations.select_related("mediator").prefetch_related("sessions")
        for row in rows.order_by("-pk"):
            yield Fact(
                _("Mediation"), self.mediated(row),
                f"{clocks.short(row.started_at, self.at)} – {clocks.short(row.ended_at, self.at)}",
            )  # fmt: skip
            for session in sorted(row.sessions.all(), key=lambda s: s.pk, reverse=True):
                yield self._session(session)

    def mediated(self, row: Mediation, *, until: str | None = None) -> str:
        """Who mediates, and how; ``until``: the day that was named first, where that is told."""
        if not row.organisation:
            return " · ".join(filter(None, self._arranged(row)))
        told = {"name": self.case.shown(row.organisation), "day": until or row.until}
        both = _("both parties agree") if row.consented else ""
        said = (_("entrusted to %(name)s until %(day)s") % told, self.case.shown(row.scope), both)
        return " · ".join(filter(None, said))

    def _arranged(self, row: Mediation) -> Iterator[str]:
        """Who mediates, whether both agreed to it, and what they arranged."""
        yield row.mediator.name if row.mediator else ""
        yield _("both parties agree") if row.consented else ""
        yield row.get_method_display()
        yield clocks.short(row.meeting_at, self.at)
        yield self.case.shown(row.place)

    def _session(self, row: MediationSession) -> Fact:
        return Fact(
            _("Session"), self.attended(row), clocks.short(row.held_at, self.at),
            self.case.shown(row.minutes),
        )  # fmt: skip

    def attended(self, row: MediationSession) -> str:
        """How and where they met, and who came."""
        came = {
            (True, True): _("both came"), (True, False): _("the respondent stayed away"),
            (False, True): _("the complainant stayed away"), (False, False): _("nobody came"),
        }[row.complainant_came, row.respondent_came]  # fmt: skip
        said = (row.get_method_display(), self.case.shown(row.place), came)
        return " · ".join(filter(None, said))

    def appraisals(self) -> Iterator[Fact]:
        for row in self.case.appraisals.select_related("by").order_by("-pk"):
            yield Fact(
                str(row.get_reason_display()), " · ".join(filter(None, self._sent(row))),
                self.when(row.at, row.by), self.case.shown(row.finding),
            )  # fmt: skip

    def _sent(self, row: Appraisal) -> Iterator[str]:
        """To whom and when, who pays, and when it came back."""
        yield self.case.shown(row.institution)
        yield _("sent on %(day)s") % {"day": row.entrusted_on} if row.entrusted_on else ""
        yield _("cost: %(who)s") % {"who": row.get_cost_display()} if row.cost else ""
        yield _("received on %(day)s") % {"day": row.received_on} if row.received_on else ""

    def people(self) -> Iterator[Fact]:
        if self.case.kind != Kind.PETITION:
            return
        people = ("leader", "core_handler", "callback")
        row = self.case.responsibilities.select_related(*people).order_by("pk").last()
        if row:
            named = words.three(row.leader.name, row.core_handler.name, row.callback.name)
            yield Fact(_("Three people"), named, self.when(row.at))

    def records(self) -> Iterator[Fact]:
        if self.case.kind != Kind.PETITION:
            return
        for row in self.case.petition_records.select_related("by").order_by("-pk"):
            kind = PetitionRecord.Kind(row.kind).label
            yield Fact(str(kind), "", self.when(row.at, row.by), self.case.shown(row.note))

    def follow_ups(self) -> Iterator[Fact]:
        for row in self.case.follow_ups.select_related("by").order_by("-pk"):
            label = _("Rated") if row.is_rating else _("Called back")
            yield Fact(
                label, words.satisfaction(row), self.when(row.at, row.by), self.case.shown(row.note)
            )

    def relatives(self) -> Iterator[Fact]:
        """Where it came from and what came out of it; a link where the reader sees that case."""
        found = kin.of(self.case, self.user)
        seen = Case.objects.visible_to(self.user).filter(pk__in=[other.pk for other in found])
        visible = set(seen.values_list("pk", flat=True)) if found else set()
        for other in found:
            is_origin = other.pk == self.case.origin_id
            label = _("Came out of") if is_origin else _("Gave rise to")
            url = reverse("admin:cases_case_change", args=[other.pk]) if other.pk in visible else ""
            yield Fact(label, f"{other.no} {other.get_kind_display()}", url=url)
