"""The five hotlines that became one number, told apart by the line each ticket names."""

from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from agency.core.calendar import SHANGHAI
from agency.core.models import User
from cases.lifecycle import Kind
from cases.models import Case, Ticket
from cases.models.ticket import HOTLINES

NAMES = dict(
    zip(
        HOTLINES,
        (
            _("12315 consumers"), _("12365 quality"), _("12331 food and drugs"),
            _("12358 prices"), _("12330 intellectual property"),
        ),
        strict=True,
    )
)  # fmt: skip

FIGURES = {
    "tickets": Count("pk"),
    "complaints": Count("pk", filter=Q(case__kind=Kind.COMPLAINT)),
    "reports": Count("pk", filter=Q(case__kind=Kind.REPORT)),
    "consultations": Count("pk", filter=Q(case__kind=Kind.CONSULTATION)),
    "closed": Count("case", filter=Q(case__closed_at__isnull=False), distinct=True),
}


def table(user: User, begin: date, end: date) -> list[dict]:
    """A row a hotline for what arrived from ``begin`` to ``end``, both days in it."""
    found = {row["line"]: row for row in _arrived(user, begin, end).annotate(**FIGURES)}
    nothing = dict.fromkeys(FIGURES, 0)
    return [{**nothing, **found.get(line, {}), "name": name} for line, name in NAMES.items()]


def _arrived(user: User, begin: date, end: date):
    span = (
        datetime.combine(begin, time(), SHANGHAI),
        datetime.combine(end + timedelta(days=1), time(), SHANGHAI),
    )
    arrived = Ticket.objects.filter(arrived_at__gte=span[0], arrived_at__lt=span[1])
    seen = arrived.filter(case__in=Case.objects.visible_to(user)).exclude(line="")
    return seen.order_by().values("line")
