"""The five hotlines that became one number, told apart by the line each ticket names."""

from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet
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
    "petitions": Count("pk", filter=Q(case__kind=Kind.PETITION)),
    "closed": Count("case", filter=Q(case__closed_at__isnull=False), distinct=True),
}


def table(user: User, begin: date, end: date) -> tuple[list[dict], dict]:
    """What came by telephone from ``begin`` to ``end``, both days in it: by hotline, and in all.

    The last row is of what names none, as history may. A case of two hotlines is closed once.
    """
    arrived = _arrived(user, begin, end)
    found = {row["line"]: row for row in arrived.values("line").annotate(**FIGURES)}
    nothing = dict.fromkeys(FIGURES, 0)
    names = {**NAMES, "": _("no hotline named")}
    rows = [{**nothing, **found.get(line, {}), "name": name} for line, name in names.items()]
    return rows, arrived.aggregate(**FIGURES)


def _arrived(user: User, begin: date, end: date) -> QuerySet[Ticket]:
    span = (
        datetime.combine(begin, time(), SHANGHAI),
        datetime.combine(end + timedelta(days=1), time(), SHANGHAI),
    )
    arrived = Ticket.objects.filter(arrived_at__gte=span[0], arrived_at__lt=span[1])
    by_telephone = arrived.filter(channel__has_line=True)
    return by_telephone.filter(case__in=Case.objects.visible_to(user)).order_by()
