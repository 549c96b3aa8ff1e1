"""What speaks for suspending an outlet is put before the leader, who decides.

Source: docs/rules.md, section "Outlets".
"""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from agency.core import clock
from agency.core.errors import RuleViolation
from agency.core.models import Notification, User
from agency.core.roles import Role
from cases.models import Referral
from outlets import acts
from outlets.acts import Act
from outlets.lifecycle import ACTIVE
from outlets.models import Outlet, OutletEvent, SuspensionProposal

Ground, Outcome = SuspensionProposal.Ground, SuspensionProposal.Outcome


def propose(act: Act, ground: Ground, counted: int | None = None) -> bool:
    """Once for each ground while nobody has decided; told to the leader. Whether it is new.

    The outlet is locked.
    """
    outlet = act.outlet
    if (
        outlet.state not in ACTIVE
        or outlet.proposals.filter(ground=ground, decided_at=None).exists()
    ):
        return False
    made = SuspensionProposal.objects.create(
        outlet=outlet, ground=ground, counted=counted, at=act.at
    )
    by_rule = Act(outlet, None, act.at)
    by_rule.record(OutletEvent.Kind.SUSPENSION_PROPOSED, proposal=made.pk, ground=ground)
    Notification.objects.create(
        dedup_key=f"suspension_proposed:{made.pk}", topic="suspension_proposed",
        target=Role.LEADER, unit=outlet.unit, subject="outlets.outlet", subject_id=outlet.pk,
        created_at=act.at,
    )  # fmt: skip
    return True


def decide(act: Act, outcome: Outcome) -> int:
    """Of all that is proposed for the outlet; how many there were."""
    waiting = act.outlet.proposals.filter(decided_at=None)
    return waiting.update(decided_at=act.at, outcome=outcome, by=act.by)


def decline_suspension(code: str, *, by: User, reason: str) -> Outlet:
    """Leave it in work in spite of what speaks against it. RuleViolation where nothing does."""
    with acts.begin(code, "decline_suspension", by) as act:
        if not decide(act, Outcome.DECLINED):
            raise RuleViolation(_("Nothing is proposed for this outlet."))
        event = act.record(OutletEvent.Kind.SUSPENSION_DECLINED)
        act.outlet.remarks.create(event=event, text=reason)
    return act.outlet


def silent_to_propose() -> Iterator[bool]:
    """Propose each outlet that left too many cases unanswered; whether it was proposed.

    What a proposal counted is not counted again. Every good sweep is followed by a look; it reads
    what came home by itself alone. Any number may look at once.
    """
    for unit, counted in list(_too_silent()):
        yield _propose_silent(unit, counted)


def _too_silent():
    since = clock.now() - timedelta(days=settings.OUTLET_SILENT_DAYS)
    proposed = SuspensionProposal.objects.filter(
        outlet__unit=OuterRef("unit"), ground=Ground.SILENCE
    )
    last = Subquery(proposed.values("outlet").annotate(last=Max("at")).values("last"))
    late = Referral.objects.filter(outcome=Referral.Outcome.SILENT, ended_at__gt=since)
    late = late.filter(unit__outlet__state__in=ACTIVE).annotate(counted_to=last)
    late = late.filter(Q(counted_to=None) | Q(ended_at__gt=F("counted_to")))
    rows = late.values("unit").annotate(n=Count("pk")).order_by("unit")
    return rows.filter(n__gte=settings.OUTLET_SILENT_CASES).values_list("unit", "n")


@transaction.atomic
def _propose_silent(unit: int, counted: int) -> bool:
    found = Outlet.objects.filter(unit=unit).values_list("pk", flat=True).get()
    outlet = acts.lock(found)
    if (unit, counted) not in set(_too_silent()):
        return False
    return propose(Act(outlet, None, clock.now()), Ground.SILENCE, counted)
