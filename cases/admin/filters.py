"""What the list of cases can be narrowed by; an unknown value changes nothing."""

from datetime import timedelta

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from agency.core import clock
from agency.core.models import Unit, User
from cases import bulk, following, lines
from cases.lifecycle import OPEN, WAITING, Kind, State, states_of
from cases.lifecycle.states import label
from cases.models import Case, Channel, Merchant, Ticket, Topic


class KnownValues(admin.SimpleListFilter):
    """Filters by one of its own choices only: nothing typed reaches the database."""

    def queryset(self, request, queryset):
        chosen = self.value()
        known = chosen in {str(value) for value, _label in self.lookup_choices}
        return self.narrow(queryset, chosen) if known else queryset

    def narrow(self, cases, value: str):
        return cases.filter(**{self.parameter_name: value})


class KindFilter(KnownValues):
    title, parameter_name = _("kind"), "kind"

    def lookups(self, request, model_admin):
        return Kind.choices


class StateFilter(KnownValues):
    """The states of the kind that is chosen; of all kinds each under its own."""

    title, parameter_name = _("state"), "state"

    def lookups(self, request, model_admin):
        asked = request.GET.get("kind")
        self.states = _states([Kind(asked)] if asked in Kind.values else list(Kind))
        groups = [
            ("open", _("open")),
            ("waiting", _("waits for dispatch")),
            ("unheld", _("no clock runs, and nobody has it")),
            ("lying", _("history brought in open, and nobody has it")),
        ]
        return [*groups, *((state, said) for _group, state, said in self.states)]

    def choices(self, changelist):
        """``group``: the heading a choice stands under; "" for none."""
        under = {str(state): group for group, state, _said in self.states}
        offered = zip(["", *dict(self.lookup_choices)], super().choices(changelist), strict=True)
        return ({**choice, "group": under.get(value, "")} for value, choice in offered)

    def narrow(self, cases, value):
        if value == "waiting":
            return cases.open().filter(state__in=WAITING)
        if value == "unheld":
            return cases.unheld()
        if value == "lying":
            return cases.lying()
        if value == "open":
            return cases.open()
        return (cases.open() if value in OPEN else cases).filter(state=value)


def _states(kinds: list[Kind]) -> list[tuple[str, State, str]]:
    """The states of these kinds, each once: its heading, itself and what it is called."""
    told = []
    for state in State:
        of = [kind for kind in kinds if state in states_of(kind)]
        named = " / ".join(dict.fromkeys(label(kind, state) for kind in of))
        group = "" if len(kinds) == 1 else of[0].label if len(of) == 1 else _("of several kinds")
        told += [(group, state, named)] if of else []
    shared = [row for row in told if row[0] not in Kind.labels]
    return shared + [row for kind in kinds for row in told if row[0] == kind.label]


class OverdueFilter(KnownValues):
    title, parameter_name = _("overdue"), "overdue"

    def lookups(self, request, model_admin):
        return [("true", _("overdue")), ("false", _("not overdue"))]

    def narrow(self, cases, value):
        late = {"next_due_at__lt": clock.now()}
        return cases.filter(**late) if value == "true" else cases.exclude(**late)


class UnitFilter(KnownValues):
    title, parameter_name = _("unit"), "unit"

    def lookups(self, request, model_admin):
        below = Unit.objects.subtree(request.user.unit)
        return [(unit.code, unit.name) for unit in below]

    def narrow(self, cases, value):
        """The unit and everything below it."""
        return cases.filter(unit__in=Unit.objects.subtree(Unit.objects.get(code=value)))


class ChannelFilter(KnownValues):
    title, parameter_name = _("channel"), "channel"

    def lookups(self, request, model_admin):
        return [(channel.code, channel.name) for channel in Channel.objects.all()]

    def narrow(self, cases, value):
        return cases.filter(channel__code=value)


class LineFilter(KnownValues):
    """The merged hotlines, told apart."""

    title, parameter_name = _("hotline"), "line"

    def lookups(self, request, model_admin):
        return list(lines.NAMES.items())

    def narrow(self, cases, value):
        return cases.filter(pk__in=Ticket.objects.filter(line=value).values("case"))


class TopicFilter(KnownValues):
    title, parameter_name = _("topic"), "topic"

    def lookups(self, request, model_admin):
        return [(topic.code, topic.name) for topic in Topic.objects.all()]

    def narrow(self, cases, value):
        return cases.filter(topics__code=value)


SINCE = {"1m": 31, "3m": 92, "12m": 365, "3y": 3 * 365, "all": 200 * 365}
"""How far back one may look, in days."""


class ArrivedFilter(KnownValues):
    """Since when it arrived; a search for words goes back SEARCH_MONTHS where nothing is chosen."""

    title, parameter_name = _("arrived"), "since"

    def lookups(self, request, model_admin):
        return [
            ("1m", _("within a month")), ("3m", _("within three months")),
            ("12m", _("within a year")), ("3y", _("within three years")),
            ("all", _("however long ago")),
        ]  # fmt: skip

    def narrow(self, cases, value):
        return cases if value == "all" else cases.filter(arrived_at__gte=_ago(value))


def since(request):
    """How far back a search goes; None where nothing known was chosen."""
    chosen = request.GET.get("since")
    return _ago(chosen) if chosen in SINCE else None


def _ago(chosen: str):
    return clock.now() - timedelta(days=SINCE[chosen])


class MerchantFilter(KnownValues):
    """Only there when a case page's "(12)" brought one here."""

    title, parameter_name = _("merchant"), "merchant"

    def lookups(self, request, model_admin):
        asked = request.GET.get("merchant", "")
        if not asked.isascii() or not asked.isdecimal() or len(asked) > 18:
            return []
        merchant = Merchant.objects.filter(pk=int(asked)).first()
        if merchant is None:
            return []
        seen = Case.objects.visible_to(request.user).filter(merchant__in=merchant.same)
        return [(asked, merchant.name)] if seen.exists() else []

    def narrow(self, cases, value):
        """All that count as it."""
        return cases.filter(merchant__in=Merchant.objects.get(pk=int(value)).same)


class TickedFilter(KnownValues):
    """Only there when cases were ticked in the list, to be taken out."""

    title, parameter_name = _("ticked"), "only"

    def lookups(self, request, model_admin):
        asked = request.GET.get("only", "")
        numbers = asked.split(",")
        is_list = all(no.isascii() and no.isalnum() for no in numbers) and len(numbers) <= bulk.MOST
        return [(asked, _("%(n)s ticked") % {"n": len(numbers)})] if is_list else []

    def narrow(self, cases, value):
        return cases.filter(no__in=value.split(","))


class FollowedFilter(KnownValues):
    title, parameter_name = _("watch list"), "followed"

    def lookups(self, request, model_admin):
        self.user = request.user
        return [("true", _("followed"))]

    def narrow(self, cases, value):
        return cases.filter(pk__in=following.followed(self.user))


ME = "me"


class HandlerFilter(KnownValues):
    """One's own, and whoever of one's units a link named."""

    title, parameter_name = _("handler"), "handler"

    def lookups(self, request, model_admin):
        self.user = request.user
        asked = request.GET.get("handler", "")
        below = User.objects.filter(unit__path__startswith=self.user.unit.path, username=asked)
        return [(ME, _("mine")), *below.values_list("username", "name")]

    def narrow(self, cases, value):
        return cases.filter(handler=self.user if value == ME else User.objects.get(username=value))
