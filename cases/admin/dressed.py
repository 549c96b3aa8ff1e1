"""Cases as the queue reads them: what each line says, in one query."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from cases.completeness import AWAITS_CALL
from cases.lifecycle import Kind
from cases.models import Assignment, Callback, PetitionRecord, Proposal

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

IS_DRAWN = Q(kind=Kind.PETITION) & Exists(
    Callback.objects.filter(case=OuterRef("pk"), done_at=None)
)
IS_HELD = Exists(Proposal.objects.filter(case=OuterRef("pk"), decided_at=None, holds=True))


def dressed(cases):
    """With all that a line of the queue shows of a case."""
    return cases.select_related("unit", "channel", "handler", "consumer", "reporter").annotate(
        returns=RETURNS,
        held=IS_HELD,
        written=WRITTEN,
        awaits_call=ExpressionWrapper(AWAITS_CALL | IS_DRAWN, BooleanField()),
    )
