"""Who has truly been told of something, read from the deliveries, never from what was meant."""

from collections import defaultdict

from django.db.models import F, FilteredRelation, Q

from agency.core.models import Delivery, Notification


def heard(keys) -> dict[str, list[dict]]:
    """Each notice's receivers in the house by its ``dedup_key``; one row without any where none is.

    ``keys`` may be a query of keys. ``at`` is when it was sent to ``name``, who is a ``role``.
    """
    in_house = FilteredRelation(
        "deliveries", condition=Q(deliveries__channel=Delivery.Channel.IN_APP)
    )
    rows = (
        Notification.objects.filter(dedup_key__in=keys)
        .annotate(told=in_house)
        .order_by("told__pk")
        .values(
            "dedup_key", "addressed_at",
            at=F("told__sent_at"), name=F("told__recipient__name"), role=F("told__recipient__role"),
        )
    )  # fmt: skip
    by_key: dict[str, list[dict]] = defaultdict(list)
    for row in rows:
        by_key[row["dedup_key"]].append(row)
    return by_key


def people(receivers: list[dict]) -> list[dict]:
    """Who has it by now, each once however many notices told them: ``name, role``."""
    told = dict.fromkeys((row["name"], row["role"]) for row in receivers if row["at"])
    return [{"name": name, "role": role} for name, role in told]
