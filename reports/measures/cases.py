"""What is counted of tickets and cases, and of what people brought."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from agency.core.models import Unit
from agency.core.models.deadline import IN_TIME, decided
from cases.ledger import ACCEPT, CONTACT, RESPOND
from cases.lifecycle import Kind
from cases.models import (
    Case,
    CaseDeadline,
    CaseTopic,
    Commendation,
    Decision,
    FollowUp,
    LedgerEntry,
    Referral,
    Result,
    Ticket,
    Topic,
)
from reports.measures.source import Source, narrowed

SETTLED = (Result.SETTLED, Result.PERFORMED)
MEDIATED = (*SETTLED, Result.FAILED)
SATISFIED = (
    FollowUp.Satisfaction.VERY_SATISFIED, FollowUp.Satisfaction.SATISFIED,
    FollowUp.Satisfaction.BASICALLY_SATISFIED,
)  # fmt: skip
CAMPAIGNS = (Topic.Kind.CAMPAIGN, Topic.Kind.EMERGENCY)


def _keys(case: str = "") -> dict[str, str]:
    """The dimensions of a case, as seen from a row."""
    return {
        "channel": f"{case}channel__code", "kind": f"{case}kind", "unit": f"{case}unit__code",
        "category": f"{case}category__code", "handler": f"{case}handler__username",
    }  # fmt: skip


def _cases(rows: QuerySet, moment: str, **more) -> Source:
    return Source(rows, moment, keys=_keys(), **more)


def _of_cases(rows: QuerySet, moment: str, **more) -> Source:
    """Rows with a ``case``, on the account of the case's unit."""
    keys = _keys("case__") | more.pop("keys", {})
    return Source(rows, moment, unit="case__unit", case="case", keys=keys, **more)


# -- what came in -------------------------------------------------------------------------


def tickets_received(at: datetime) -> list[Source]:
    """Every round is a ticket; the channel is the ticket's own."""
    return [_of_cases(Ticket.objects.all(), "arrived_at", keys={"channel": "channel__code"})]


def walk_ins(at: datetime) -> list[Source]:
    return [_of_cases(Ticket.objects.filter(channel__code="walkin"), "arrived_at")]


def consultations(at: datetime) -> list[Source]:
    return [_cases(Case.objects.filter(kind=Kind.CONSULTATION), "arrived_at")]


def petitions(at: datetime) -> list[Source]:
    return [_cases(Case.objects.filter(kind=Kind.PETITION), "arrived_at")]


def petitions_national_satisfaction(at: datetime) -> list[Source]:
    counts = Q(petition_sheet__national_satisfaction=True) | Q(ledger__national_satisfaction=True)
    return [_cases(Case.objects.filter(counts, kind=Kind.PETITION), "arrived_at")]


def priority_topic_cases(at: datetime) -> list[Source]:
    return [_cases(_with_topic(Topic.Kind.PRIORITY), "arrived_at")]


def campaign_cases(at: datetime) -> list[Source]:
    return [_cases(_with_topic(*CAMPAIGNS), "arrived_at")]


def campaign_recovered(at: datetime) -> list[Source]:
    cases = _with_topic(*CAMPAIGNS)
    return [_cases(cases, "ended_at", adds="recovered_amount"), *_ended_somehow(cases)]


def _with_topic(*kinds: str) -> QuerySet:
    return Case.objects.filter(
        Exists(CaseTopic.objects.filter(case=OuterRef("pk"), topic__kind__in=kinds))
    )


def _of_campaigns() -> QuerySet:
    return CaseTopic.objects.filter(topic__kind__in=CAMPAIGNS)


def cases_of_each_campaign(at: datetime) -> list[Source]:
    """A case of two campaigns stands with each; in the total it is one."""
    keys = {"campaign": "topic__code"}
    return [_of_cases(_of_campaigns(), "case__arrived_at", keys=keys)]


def recovered_of_each_campaign(at: datetime) -> list[Source]:
    more = {"adds": "case__recovered_amount", "keys": {"campaign": "topic__code"}}
    untold = _of_campaigns().filter(case__ended_at=None)
    return [
        _of_cases(_of_campaigns(), "case__ended_at", **more),
        _of_cases(untold, "case__ledger__ended_at", **more),
    ]


# -- what became of it --------------------------------------------------------------------


def cases_accepted(at: datetime) -> list[Source]:
    """By the first decision to accept it: what is reopened is not accepted twice."""
    accepted = Decision.objects.filter(kind=Decision.Kind.ACCEPTED)
    earlier = accepted.filter(case=OuterRef("case"), pk__lt=OuterRef("pk"))
    first = accepted.filter(~Exists(earlier), case__ledger__accepted_at=None)
    return [_of_cases(first, "at"), _of_cases(LedgerEntry.objects.all(), "accepted_at")]


def mediation_ended(at: datetime) -> list[Source]:
    return [_cases(Case.objects.filter(result__in=MEDIATED), "ended_at")]


def mediation_settled(at: datetime) -> list[Source]:
    return [_cases(Case.objects.filter(result__in=SETTLED), "ended_at")]


def rated(at: datetime) -> list[Source]:
    """The last rating of each case that ended; who was not reached has given none."""
    called = FollowUp.objects.filter(is_rating=False)
    called = called.exclude(satisfaction=FollowUp.Satisfaction.UNREACHED)
    later = called.filter(case=OuterRef("case"), pk__gt=OuterRef("pk"))
    told = LedgerEntry.objects.exclude(satisfaction__in=["", FollowUp.Satisfaction.UNREACHED])
    told = told.filter(~Exists(called.filter(case=OuterRef("case"))))
    return [
        _of_cases(called.filter(~Exists(later)), "case__ended_at"),
        _of_cases(told, "ended_at"),
    ]


def satisfied(at: datetime) -> list[Source]:
    return [narrowed(source, satisfaction__in=SATISFIED) for source in rated(at)]


def recovered(at: datetime) -> list[Source]:
    cases = Case.objects.exclude(recovered_amount=None)
    return [_cases(cases, "ended_at", adds="recovered_amount"), *_ended_somehow(cases)]


def _ended_somehow(cases: QuerySet) -> list[Source]:
    """What a ledger says the end of, and not how it ended: its amount counts all the same."""
    untold = cases.filter(ended_at=None, ledger__isnull=False)
    return [_cases(untold, "ledger__ended_at", adds="recovered_amount")]


# -- in time ------------------------------------------------------------------------------


def _clocks(at: datetime, *codes: str) -> Source:
    """What lived here and can be changed no more; it counts where it was let pass."""
    rows = CaseDeadline.objects.filter(decided(at), rule__code__in=codes)
    own = {"channel": "channel__code", "unit": "answerable__code", "handler": "handler__username"}
    keys = _keys("case__") | own
    return Source(rows, "due_at", unit="answerable", case="case", keys=keys)


def _past(due: str, met: str) -> Source:
    """What a ledger says was met; where it says nothing, nobody knows."""
    return _of_cases(LedgerEntry.objects.exclude(**{met: None}), due)


def _in_time(sources: list[Source], met: str) -> list[Source]:
    clocks, past = sources
    return [narrowed(clocks, IN_TIME), narrowed(past, **{f"{met}__lte": F(past.moment)})]


def response_due(at: datetime) -> list[Source]:
    return [_clocks(at, RESPOND), _past("respond_due_at", "responded_at")]


def responded_in_time(at: datetime) -> list[Source]:
    return _in_time(response_due(at), "responded_at")


def contact_due(at: datetime) -> list[Source]:
    return [_clocks(at, CONTACT), _past("contact_due_at", "contacted_at")]


def contacted_in_time(at: datetime) -> list[Source]:
    return _in_time(contact_due(at), "contacted_at")


def acceptance_due(at: datetime) -> list[Source]:
    return [_clocks(at, *ACCEPT), _past("accept_due_at", "accepted_at")]


def accepted_in_time(at: datetime) -> list[Source]:
    return _in_time(acceptance_due(at), "accepted_at")


# -- outlets ------------------------------------------------------------------------------


def _at_outlets() -> list[Source]:
    """What an outlet dealt with: by the green channel or on the spot, or as a ledger says."""
    sent = Referral.objects.filter(
        outcome=Referral.Outcome.SETTLED, unit__kind=Unit.Kind.OUTLET, case__ledger=None
    )
    told = LedgerEntry.objects.exclude(outlet=None)
    return [
        _of_cases(sent, "case__ended_at", outlet="unit", keys={"outlet": "unit__code"}),
        _of_cases(told, "ended_at", outlet="outlet", keys={"outlet": "outlet__code"}),
    ]


def outlet_disputes_settled(at: datetime) -> list[Source]:
    return [narrowed(source, case__result__in=SETTLED) for source in _at_outlets()]


def outlet_recovered(at: datetime) -> list[Source]:
    return [
        Source(**{**vars(source), "adds": "case__recovered_amount"}) for source in _at_outlets()
    ]


# -- what people brought --------------------------------------------------------------------


def _brought(type_: str) -> list[Source]:
    rows = Commendation.objects.filter(type=type_)
    keys = {"unit": "unit__code"}
    return [Source(rows, "received_on", case="case", is_day=True, keys=keys)]


def banners(at: datetime) -> list[Source]:
    return _brought(Commendation.Type.BANNER)


def thank_you_letters(at: datetime) -> list[Source]:
    return _brought(Commendation.Type.LETTER)
