"""Notices as the tests write them, and who has them."""

from agency.core.models import Delivery, Notification
from cases.models import CaseDeadline
from tests.stories import clock_of

EMAIL, IN_APP = Delivery.Channel.EMAIL, Delivery.Channel.IN_APP


def notice(agency, key: str = "n1", **changes) -> Notification:
    """A breach of a fresh case of ``east`` in the mediator's hands."""
    fields = {
        "topic": "deadline_breached", "target": "handler", "unit": agency.units["east"],
        "handler": agency.mediator, "subject": "cases.casedeadline",
    } | changes  # fmt: skip
    if "subject_id" not in fields:
        fields["subject_id"] = clock_of(agency.ticket(unit="east"), "ticket.respond_10").pk
    return Notification.objects.create(dedup_key=key, **fields)


def clock_behind(notification: Notification) -> CaseDeadline:
    """The clock of a case that the notice is about."""
    return CaseDeadline.objects.select_related("case", "rule").get(pk=notification.subject_id)


def told(notification: Notification) -> set[str]:
    """Who has it in the house, by username."""
    rows = notification.deliveries.filter(channel=IN_APP)
    return set(rows.values_list("recipient__username", flat=True))
