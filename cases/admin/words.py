"""Codes of decisions and proposals in the words of the field."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from operator import attrgetter

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from agency.core.fields import Day, Flag, Moment, Money
from agency.core.models import DeadlineRule, User
from agency.core.text import listed
from cases.admin.labels import label_of
from cases.bodies import BODIES
from cases.bodies.others import ENDINGS
from cases.calendar import calendar_day, day_of, length
from cases.grounds import (
    NON_FILINGS,
    OPINIONS,
    PETITION_REFUSALS,
    REFUSALS,
    REVIEW_OPINIONS,
    TERMINATIONS,
    WAYS,
    weighed,
)
from cases.letters.forms import Form
from cases.lifecycle import Kind
from cases.models import Agreement, Case, Decision, FollowUp, PartyNotice, Proposal
from cases.workflow import approval
from cases.workflow.kinds import CONVERTED

Kinds = Decision.Kind

GROUNDS = {
    Kinds.REFUSED: REFUSALS | PETITION_REFUSALS,
    Kinds.TERMINATED: TERMINATIONS,
    Kinds.NOT_FILED: NON_FILINGS,
    Kinds.ROUTED: WAYS,
    Kinds.REPLIED: OPINIONS,
    Kinds.REVIEWED: REVIEW_OPINIONS,
    Kinds.FINALLY_REVIEWED: REVIEW_OPINIONS,
    Kinds.DECIDED: dict(ENDINGS),
}
STEPS = {
    (Kinds.RECUSAL, "requested"): gettext_lazy("recusal asked for"),
    (Kinds.RECUSAL, "granted"): gettext_lazy("recusal granted"),
    (Kinds.RECUSAL, "refused"): gettext_lazy("recusal not granted"),
    (Kinds.CLUE, "found"): gettext_lazy("clue found"),
    (Kinds.CLUE, "filed"): gettext_lazy("clue verified: a case is filed"),
    (Kinds.CLUE, "not_filed"): gettext_lazy("clue verified: no case is filed"),
    (Kinds.PUBLICITY, "published"): gettext_lazy("complaint published"),
    (Kinds.PUBLICITY, "withheld"): gettext_lazy("complaint not published"),
    (Kinds.IDENTITY, "proved"): gettext_lazy("identity proved"),
    (Kinds.IDENTITY, "lapsed"): gettext_lazy("identity not proved in time"),
    (Kinds.DISPUTE, "disputed"): gettext_lazy("jurisdiction disputed"),
    (Kinds.DISPUTE, "settled"): gettext_lazy("dispute about jurisdiction settled"),
    (Kinds.ANSWERED, CONVERTED): gettext_lazy("turned into a matter of another kind"),
    (Kinds.OBJECTED, "agreed"): gettext_lazy("objection agreed to"),
    (Kinds.OBJECTED, "declined"): gettext_lazy("objection not agreed to"),
}
"""What is decided in steps, each with a name of its own."""


def step(decision: Decision) -> str:
    """What was decided, by name."""
    return str(STEPS.get((decision.kind, decision.ground)) or decision.get_kind_display())


PAPERS = {
    Kinds.REPLIED: gettext_lazy("the opinion on the petition"),
    Kinds.REVIEWED: gettext_lazy("the opinion of the review"),
    Kinds.FINALLY_REVIEWED: gettext_lazy("the opinion of the final review"),
}
"""What a petitioner receives of each decision."""
WHAT_TO_WHOM = attrgetter("decision_id", "ticket_id", "party")


def receipt(notice: PartyNotice) -> str:
    """On which day what was sent came there; empty while nobody has told it."""
    if notice.received_on is None:
        return ""
    kind = notice.decision.kind if notice.decision else ""
    day = calendar_day(notice.received_on, day_of(notice.at))
    told = {"day": day, "paper": PAPERS.get(kind, _("the letter"))}
    return _("received %(paper)s on %(day)s") % told


def signed(notice: PartyNotice) -> str:
    """Who drew up what was told and who approved it, where these were two; else empty."""
    decision = notice.decision
    if decision is None or decision.approved_by is None or decision.at != notice.at:
        return ""
    people = {"by": notice.by.name, "approver": decision.approved_by.name}
    return _("drawn up by %(by)s, approved by %(approver)s") % people


def is_receipt(notice: PartyNotice, notices: Iterable[PartyNotice]) -> bool:
    """It only tells when what had been sent before came there; ``notices``: all of its case."""
    if notice.received_on is None:
        return False
    same = WHAT_TO_WHOM(notice)
    return any(earlier.pk < notice.pk and WHAT_TO_WHOM(earlier) == same for earlier in notices)


def ground(decision: Decision) -> str:
    """The ground with its code, and the factors of §17 weighed; empty where none was needed."""
    names = GROUNDS.get(decision.kind, {})
    said = [_coded(decision.ground, names)] if decision.ground in names else []
    if named := weighed(decision.factors):
        said.append(_("weighed by §17: %(factors)s") % {"factors": named})
    return " · ".join(said)


def _coded(code: str, names: dict) -> str:
    """``R3 not for living consumption``: the articles have numbers, other codes say nothing."""
    return f"{code} {names[code]}" if code[-1:].isdigit() else str(names[code])


class Rules:
    """The clocks' rules by code, read at once when the first is asked for: of each the row in
    force last, for names may be mended.
    """

    @cached_property
    def _latest(self) -> dict[str, DeadlineRule]:
        return {rule.code: rule for rule in DeadlineRule.objects.order_by("in_force_from")}

    def name(self, code: str) -> str:
        return self._latest[code].name if code in self._latest else code

    def longer_by(self, code: str, amount: int) -> str:
        """15 个工作日: in the unit of the rule."""
        return length(amount, self._latest[code].unit) if code in self._latest else str(amount)


def reference(decision: Decision, rules: Rules) -> str:
    """The number, authority or clock the decision names."""
    if decision.kind == Kinds.EXTENDED:
        return rules.name(decision.reference)
    return decision.reference


def proposed(
    case: Case, proposal: Proposal, *, decides: bool = False, rules: Rules | None = None
) -> list[tuple[str, str]]:
    """What was proposed, field by field as its form asked for it: labels and words.

    Who ``decides`` reads ours as they would be told; what somebody else said, and was added, is
    masked for them, too.
    """
    rules = rules or Rules()
    told, ours = BODIES[proposal.verb]().fields, decides and proposal.verb != "supplement"
    data = {
        name: value for name in told if (value := proposal.data.get(name)) not in (None, "", [])
    }
    if proposal.verb == "extend" and "amount" in data:
        data["amount"] = rules.longer_by(data["rule"], data["amount"])
    was = {name: case.shown(text) or "—" for name, text in proposal.data.get("was", {}).items()}
    said = [
        (
            label(case, proposal.verb, name),
            (f"{was[name]} → " if name in was else "")
            + (rules.name(value) if name == "rule" else _said(case, told[name], value, ours=ours)),
        )
        for name, value in data.items()
    ]
    return [*said, *stood(case, approval.stood(proposal), rules)]


def _names(usernames: list[str]) -> str:
    names = dict(User.objects.filter(username__in=usernames).values_list("username", "name"))
    return listed(names[one] for one in usernames if one in names)


def stood(case: Case, told: dict, rules: Rules | None = None) -> Iterator[tuple[str, str]]:
    """What is so beside it, or was so when it was decided."""
    rules = rules or Rules()
    if "on_record" in told:
        yield _("Decided before"), "；".join(_decided_before(case, told["on_record"], rules))
    if "colleague" in told:  # of what was decided while the second alone was kept
        yield label_of("verify", "colleague"), _names([told["colleague"]]) or _("nobody is named")
    if "officers" in told:
        two = _names(told["officers"])
        alone = _("%(names)s (no second one is named)") % {"names": two}
        yield _("Verifying officers"), two if len(told["officers"]) > 1 else alone
    if "called_back" in told:
        yield _("Called back"), _call(case, told) or _("not yet")
    guessed = f" ({_('provisional')})" if told.get("receipt_awaited") else ""
    if "review_until" in told:
        yield _("Review may be asked for until"), told["review_until"] + guessed
    if "final_review_until" in told:
        yield _("Final review may be asked for until"), told["final_review_until"] + guessed
    if "due_then" in told:
        mark = f" ({_('provisional')})" if told.get("due_is_provisional") else ""
        yield _("Last day"), f"{told['due']} → {told['due_then']}{mark}"
    if "unreplied" in told:
        yield _("Platform not told what came of it"), listed(told["unreplied"])
    if "unissued" in told:  # in decisions of before: now it is issued first
        yield _("Not issued here"), str(Form(told["unissued"]).label)
    if "undocumented" in told:
        yield _("Not issued here"), listed(Form(form).label for form in told["undocumented"])
    if "untold_reward" in told:
        yield _("Reward the reporter does not know of"), told["untold_reward"]
    if told.get("withheld"):
        said = _("Nothing is published of a complaint that was not accepted.")
        yield _("Decided with it"), said
    if told.get("owed"):
        yield _("Still owed afterwards"), listed(rules.name(code) for code in told["owed"])


def _decided_before(case: Case, keys: list[int], rules: Rules) -> Iterator[str]:
    for row in Decision.objects.filter(pk__in=keys).order_by("pk"):
        day = calendar_day(day_of(row.at), day_of(case.arrived_at))
        said = (step(row), ground(row), case.shown(reference(row, rules), ours=True), str(day))
        yield " · ".join(filter(None, said))


def _call(case: Case, told: dict) -> str:
    """How satisfied everybody is who was called back, and why; empty before that.

    ``call``: the latest alone, as it was kept of decisions of earlier days.
    """
    if not (code := told["called_back"]):
        return ""
    named = told.get("calls") or [told.get("call")]
    rows = FollowUp.objects.filter(pk__in=filter(None, named)).order_by("pk")
    said = [" · ".join(filter(None, (satisfaction(row), case.shown(row.note)))) for row in rows]
    return "；".join(said) or str(FollowUp.Satisfaction(code).label)


KEPT = {
    True: gettext_lazy("has got what was settled"),
    False: gettext_lazy("denies what was settled"),
}


def satisfaction(row: FollowUp) -> str:
    """How somebody was satisfied, and whether they got what was settled out there; of a
    petitioner's rating, with whom.
    """
    if not row.is_rating:
        kept = "" if row.kept is None else str(KEPT[row.kept])
        return " · ".join(filter(None, (row.get_satisfaction_display(), kept)))
    said = [_("responsible unit: %(how)s") % {"how": row.get_satisfaction_display()}]
    if row.office:
        said.append(_("petition department: %(how)s") % {"how": row.get_office_display()})
    return " · ".join(said)


DOCUMENTS = {
    Agreement.Paper.WRITTEN: gettext_lazy("mediation document: signed by both parties"),
    Agreement.Paper.AT_ONCE: gettext_lazy("mediation document: none, performed at once"),
    Agreement.Paper.WAIVED: gettext_lazy("mediation document: both parties agree to none"),
}


def paper(agreement: Agreement) -> str:
    """Whether a document is made of what was agreed; empty where nobody said."""
    return str(DOCUMENTS.get(agreement.paper, ""))


COMPLAINANT, RESPONDENT = PartyNotice.Party.COMPLAINANT, PartyNotice.Party.RESPONDENT
PARTIES = {
    (Kind.REPORT, COMPLAINANT): gettext_lazy("Reporter"),
    (Kind.REPORT, RESPONDENT): gettext_lazy("Who is reported"),
    (Kind.CONSULTATION, COMPLAINANT): gettext_lazy("Who asks"),
    (Kind.CONSULTATION, RESPONDENT): gettext_lazy("Merchant asked about"),
    (Kind.PETITION, COMPLAINANT): gettext_lazy("Petitioner"),
    (Kind.PETITION, RESPONDENT): gettext_lazy("Merchant concerned"),
}


def party(case: Case, code: str) -> str:
    """A party as staff of this kind of case call it: 投诉人, 举报人, 咨询人, 信访人."""
    return str(PARTIES.get((case.kind, code)) or PartyNotice.Party(code).label)


OF_CITIZEN = {
    "name": gettext_lazy("%(who)s: name"),
    "phone": gettext_lazy("%(who)s: telephone"),
    "id_number": gettext_lazy("%(who)s: identity number"),
    "address": gettext_lazy("%(who)s: address"),
}
"""What is added of whoever brought the matter, whom each kind calls otherwise."""


def label(case: Case, verb: str, name: str) -> str:
    """How the form of ``verb`` calls its field for a case of this kind."""
    if verb == "supplement" and name in OF_CITIZEN:
        return OF_CITIZEN[name] % {"who": party(case, COMPLAINANT)}
    return label_of(verb, name)


def _said(case: Case, told: serializers.Field, value, *, ours: bool) -> str:
    match told:
        case serializers.MultipleChoiceField():
            return "；".join(str(told.choices.get(code, code)) for code in value)
        case serializers.ChoiceField():
            return _coded(value, told.choices) if value in told.choices else value
        case Flag():
            return _("yes") if value else _("no")
        case Money():
            return f"{Decimal(value):,.2f}"  # the label names the currency
        case Day() | Moment():
            return str(value)
    return case.shown(str(value), ours=ours)


def agreed(amount: Decimal | None) -> str:
    """What an agreement promises: recovered it is once it was performed."""
    return _("agreed amount %(amount)s") % {"amount": money(amount)}


def three(leader: str, handler: str, callback: str) -> str:
    """三级负责 by name, each with the post."""
    text = _("leader %(leader)s · core handler %(handler)s · call-back %(callback)s")
    return text % {"leader": leader, "handler": handler, "callback": callback}


def money(amount: Decimal | None) -> str:
    return "" if amount is None else f"¥{amount:,.2f}"
