"""Cases as the queue reads them: what each line says, in one query."""

from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, NullIf

from cases.clocks import OF_A_CLUE, ON_RECEIPT, OUT
from cases.completeness import AWAITS_CALL, LACKS_DOCUMENT, LACKS_WORD
from cases.lifecycle import CLOSED_STATES, Kind, State
from cases.models import (
    Assignment,
    Callback,
    CaseDeadline,
    CaseEvent,
    Channel,
    Decision,
    MediationSession,
    PartyNotice,
    PetitionRecord,
    Proposal,
    Referral,
)
from cases.models.case import IS_LIVE
from cases.models.ticket import PLATFORMS
from cases.promises import DENIED, IS_DENIED, IS_DOUBTED
from cases.workflow.closing import holding_up_the_archive
from cases.workflow.endings import HERE_UNREPLIED, INTERIM

RETURNS = Coalesce(
    Subquery(
        Assignment.objects.returned()
        .filter(case=OuterRef("pk"))
        .order_by()
        .values("case")
        .annotate(number=Count("pk"))
        .values("number")
    ),
    Value(0),
)
"""How often a case came back: after that, dispatching is the leader's."""

WRITTEN = ArraySubquery(PetitionRecord.objects.filter(case=OuterRef("pk")).values("kind"))
"""What was written down of a petition: the opinion waits for it."""

ARCHIVE_DAYS = 30
"""So far back the queue tells what is to be archived; the list tells the rest."""

TOLD_BY_ITSELF = PartyNotice.objects.counting().filter(
    decision=OuterRef("pk"), party=PartyNotice.Party.COMPLAINANT, ticket=None
)
OWES_WORD = Q(kind=Kind.PETITION) & Exists(
    Decision.objects.filter(case=OuterRef("pk"), kind=Decision.Kind.EXTENDED).exclude(
        Exists(TOLD_BY_ITSELF)
    )
)
"""Of more time, and why, a petitioner is told at once: 信访工作条例 §34."""
IS_DRAWN = Q(kind=Kind.PETITION) & Exists(
    Callback.objects.filter(case=OuterRef("pk"), done_at=None)
)
OUT_AT = Subquery(Referral.objects.open().filter(case=OuterRef("pk")).values("unit__name")[:1])
"""The outlet or firm that tries to settle it now."""
CAME_HOME = Q(state__in=[State.REGISTERED, State.RETURNED, State.DISPATCHED, State.REVIEWING]) & (
    Exists(Referral.objects.unsettled().filter(case=OuterRef("pk")))
)
"""It was out and is to be decided here now."""
PRESSED_AT = F("case__supervisions__at")
IS_PRESSED = Exists(
    CaseDeadline.objects.running()
    .filter(case=OuterRef("pk"))
    .filter(
        Q(due_at__lte=PRESSED_AT)
        | Q(
            starts_at__lte=PRESSED_AT,
            case__decisions__kind=Decision.Kind.REOPENED,
            case__decisions__at__lte=PRESSED_AT,
        )
    )
)
"""Somebody above pressed for what is late still, or owed still since it came back."""
HELD_BY = Subquery(
    Proposal.objects.filter(case=OuterRef("pk"), decided_at=None, holds=True).values("verb")[:1]
)
"""What is proposed and holds it."""
DECIDED = Subquery(ON_RECEIPT.filter(case=OuterRef("pk")).order_by("-at", "-pk").values("kind")[:1])
"""What was decided last of what came in; None before that."""
STANDS_STILL = Q(state__in=OUT) | Exists(
    CaseDeadline.objects.open().filter(~OF_A_CLUE, case=OuterRef("pk"), paused_at__isnull=False)
)
"""What was sent out is waited for, and its clock goes on when that is back."""
HAS_MET = Exists(MediationSession.objects.filter(mediation__case=OuterRef("pk")))
"""The parties have met: what they agreed is settled."""
SECOND = Subquery(
    CaseEvent.objects.filter(case=OuterRef("pk"), kind=CaseEvent.Kind.VERIFYING)
    .order_by("-pk")
    .values(named=KT("data__colleague"))[:1]
)
"""Who verifies a report beside its handler, as cases/workflow/reports.py says it."""


REWARD_DAYS = 180
"""So long after the end of a report the queue tells of its reward; the page tells it for ever."""
UNTOLD_REWARD = Decision.objects.filter(kind=Decision.Kind.REWARDED).exclude(Exists(TOLD_BY_ITSELF))


def dressed(cases):
    """With all that a line of the queue shows of a case."""
    return cases.select_related("unit", "channel", "handler", "consumer", "reporter").annotate(
        returns=RETURNS,
        held=HELD_BY,
        is_pressed=IS_PRESSED,
        stands_still=ExpressionWrapper(STANDS_STILL, BooleanField()),
        has_met=HAS_MET,
        has_second=NullIf(SECOND, F("handler__username"), output_field=TextField()),
        written=WRITTEN,
        out_at=OUT_AT,
        came_home=ExpressionWrapper(CAME_HOME, BooleanField()),
        owes_word=ExpressionWrapper(OWES_WORD, BooleanField()),
        awaits_call=ExpressionWrapper(AWAITS_CALL | IS_DRAWN, BooleanField()),
        lacks_word=ExpressionWrapper(LACKS_WORD, BooleanField()),
        decided=DECIDED,
        is_doubted=ExpressionWrapper(IS_DOUBTED, BooleanField()),
        owes_outcome=Exists(INTERIM.filter(case=OuterRef("pk"))),
        lacks_document=ExpressionWrapper(LACKS_DOCUMENT, BooleanField()),
    )


def to_archive(cases, at: datetime):
    """What was closed of late and owes nothing any more, the latest first."""
    of_late = at - timedelta(days=ARCHIVE_DAYS)
    owed = holding_up_the_archive(CaseDeadline.objects.filter(case=OuterRef("pk")))
    done = cases.filter(IS_LIVE, Q(next_due_at=None) | ~Exists(owed), state=State.CLOSED)
    return done.filter(~Q(IS_DENIED), closed_at__gte=of_late).order_by("-closed_at")


def to_open_again(cases):
    """What was closed with what the citizen denies, the latest first: however long ago that was."""
    return cases.filter(state__in=CLOSED_STATES, pk__in=DENIED.values("case")).order_by(
        "-closed_at"
    )


def to_reply(cases, at: datetime):
    """What ended of late and the platform was never told of, the earliest first.

    The platforms are named by their keys: of a code the planner guesses too few tickets, and reads
    all that ever came instead of those that ended of late.
    """
    platforms = list(Channel.objects.filter(code__in=PLATFORMS).values_list("pk", flat=True))
    waiting = HERE_UNREPLIED.filter(channel__in=platforms, case=OuterRef("pk"))
    of_late = at - timedelta(days=ARCHIVE_DAYS)
    ended = cases.filter(IS_LIVE, state__in=CLOSED_STATES, closed_at__gte=of_late)
    return ended.filter(Exists(waiting)).order_by("closed_at")


def to_reward(cases, at: datetime):
    """Reports that ended with a reward nobody was told of, the earliest first."""
    of_late = at - timedelta(days=REWARD_DAYS)
    ended = cases.filter(kind=Kind.REPORT, closed_at__gte=of_late)
    return ended.filter(Exists(UNTOLD_REWARD.filter(case=OuterRef("pk")))).order_by("closed_at")
