"""All cases of one topic in one list: for an emergency's daily brief, for 12345 and the bureaus.

Everything is masked, as in every list; what somebody does not see is not counted for them.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from agency.core.calendar import SHANGHAI
from agency.core.models import User
from agency.core.models.deadline import IN_TIME, decided
from agency.core.text import listed
from cases.lifecycle import CLOSED_STATES
from cases.lifecycle.states import label
from cases.models import Case, CaseDeadline, Ticket, Topic

MOST = 5000
"""As long as the page may be."""

HEADINGS = [
    _("case number"), _("platform numbers"), _("kind"), _("state"), _("title"), _("citizen"),
    _("merchant"), _("disputed amount"), _("recovered amount"), _("unit"), _("handler"),
    _("arrived at"), _("next due"), _("result"),
]  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A case of the list; ``tickets`` are what the platforms call it."""

    case: Case
    tickets: list[Ticket]

    @property
    def numbers(self) -> str:
        return listed(
            f"{ticket.channel.name} {ticket.external_no or ticket.no}" for ticket in self.tickets
        )

    @property
    def title(self) -> str:
        return self.case.shown(self.case.title)

    @property
    def citizen(self) -> str:
        """A reporter's name is nobody's, here as everywhere."""
        if not self.case.consumer:
            return ""
        told = self.case.consumer.masked()
        return f"{told['name']} {told['phone']}".strip()

    def cells(self) -> list[str]:
        """As the page has it, under HEADINGS."""
        case = self.case
        return [
            case.no, self.numbers, case.get_kind_display(), case.get_state_display(), self.title,
            self.citizen, case.merchant.name if case.merchant else "", _money(case.amount),
            _money(case.recovered_amount), case.unit.name, case.handler.name if case.handler else "",
            _moment(case.arrived_at), _moment(case.next_due_at), case.get_result_display(),
        ]  # fmt: skip


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else str(amount)


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at else ""


def cases_of(topic: Topic, user: User):
    return Case.objects.visible_to(user).filter(topics=topic)


def lines(topic: Topic, user: User) -> list[Line]:
    """At most MOST cases, the latest first."""
    cases = cases_of(topic, user).select_related(
        "unit", "handler", "consumer", "reporter", "merchant"
    )
    found = cases.prefetch_related("tickets__channel").order_by("-arrived_at", "-pk")[:MOST]
    return [Line(case, sorted(case.tickets.all(), key=lambda t: t.pk)) for case in found]


@dataclass(frozen=True)
class Brief:
    """How a topic stands: on one day, and in all until now."""

    day: date
    arrived: int
    closed: int
    breached: int
    total: dict
    states: list[tuple[str, int]]
    channels: list[tuple[str, int]]
    units: list[tuple[str, int]]
    overdue: int
    due_soon: list[CaseDeadline]


def brief(topic: Topic, user: User, at: datetime, day: date) -> Brief:
    cases, begin = cases_of(topic, user), datetime.combine(day, time(), SHANGHAI)
    that_day = {"gte": begin, "lt": begin + timedelta(days=1)}
    clocks = CaseDeadline.objects.filter(case__in=cases.values("pk"))
    return Brief(
        day=day,
        arrived=cases.filter(**_between("arrived_at", that_day)).count(),
        closed=cases.filter(**_between("closed_at", that_day)).count(),
        breached=clocks.filter(
            decided(at), ~IN_TIME, **_between("due_at", that_day)
        ).count(),
        total=cases.aggregate(
            cases=Count("pk"), closed=Count("pk", filter=Q(state__in=CLOSED_STATES)),
            amount=Sum("amount"), recovered=Sum("recovered_amount"),
        ),
        states=_states(cases),
        channels=_tally(Ticket.objects.filter(case__in=cases.values("pk")), "channel__name_zh"),
        units=_tally(cases, "unit__name"),
        overdue=clocks.overdue(at).count(),
        due_soon=list(
            clocks.running()
            .filter(due_at__gte=at, due_at__lt=at + timedelta(days=1))
            .select_related("case", "rule", "unit")
            .order_by("due_at", "pk")[:50]
        ),
    )  # fmt: skip


def _between(name: str, bounds: dict) -> dict:
    return {f"{name}__{how}": moment for how, moment in bounds.items()}


def _states(cases) -> list[tuple[str, int]]:
    """By name: a state may have another one in each kind's life."""
    found = Counter()
    for kind, state, n in cases.order_by().values_list("kind", "state").annotate(n=Count("pk")):
        found[label(kind, state)] += n
    return found.most_common()


def _tally(rows, name: str) -> list[tuple[str, int]]:
    counted = rows.order_by().values_list(name).annotate(n=Count("pk")).order_by("-n", name)
    return list(counted)
