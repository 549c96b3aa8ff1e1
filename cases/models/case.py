from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.roles import GIVEN_ONLY, OUTSIDERS
from agency.core.scope import ScopedQuerySet
from agency.core.text import mask_text
from agency.core.traces import mask_traces
from cases.lifecycle.states import CLOSED_STATES, OPEN, Kind, State, label
from cases.models.party import Consumer, Person, Reporter
from cases.models.search import OF_CASE
from cases.models.texts import CaseLine, CaseText
from cases.models.ticket import HISTORY

MAY_BECOME_A_REPORT = (Kind.CONSULTATION, Kind.PETITION)
"""Of these a report may be all that knows who brought them (``begin_instead`` of the workflow)."""
NEVER = datetime(2200, 1, 1, tzinfo=UTC)
DUE_OR_NEVER = Coalesce("next_due_at", Value(NEVER, models.DateTimeField()))
"""What a list by due moments goes by: what owes nothing comes after all that does."""

BROUGHT_IN_AFTER = ExpressionWrapper(F("registered_at") - F("arrived_at"), DurationField())
IS_LIVE = Q(LessThanOrEqual(BROUGHT_IN_AFTER, HISTORY)) | Q(
    state__in=[State.RETURNED, State.REOPENED]
)
"""Not history, which an import brought from long ago and nobody has touched since."""


class CaseQuerySet(ScopedQuerySet):
    @staticmethod
    def given_to(user, *, now: bool) -> list[int]:
        """Cases one is or was assigned to, wherever they went since; an expert's, while asked."""
        from cases.models import Assignment, Opinion, Referral

        if user.role in GIVEN_ONLY:
            return list(Opinion.objects.open_to(user).values_list("case", flat=True))
        if user.role in OUTSIDERS:
            referred = Referral.objects.of(user)
            return list((referred.open() if now else referred).values_list("case", flat=True))
        given = Assignment.objects.of(user)
        elsewhere = given.exclude(case__unit__path__startswith=user.unit.path)
        if now:
            elsewhere = elsewhere.filter(ended_at=None)
        return list(elsewhere.values_list("case", flat=True).distinct())

    @staticmethod
    def hidden_from(user) -> Q | None:
        """No report and no petition ever reaches an outlet or a firm."""
        return Q(kind__in=[Kind.REPORT, Kind.PETITION]) if user.role in OUTSIDERS else None

    def open(self):
        """Said twice, so that the index of what is not closed serves it, however much is."""
        return self.filter(state__in=OPEN, closed_at=None)

    def unheld(self):
        """Open work that no clock runs for and nobody has. History is none: see ``lying``."""
        return self._of_nobody().filter(IS_LIVE)

    def lying(self):
        """History that was brought in open, and that nobody has taken up since: no queue shows it."""
        return self._of_nobody().exclude(IS_LIVE)

    def _of_nobody(self):
        return self.open().filter(next_due_at=None, handler=None)

    def tally(self, most: int = 1000) -> str:
        """How many, in words that cost no more than ``most`` rows: "12", "1000+", "" for none."""
        found = self.order_by()[: most + 1].count()
        return f"{most}+" if found > most else str(found or "")


class Result(models.TextChoices):
    """What became of a matter. Source: docs/rules.md, section "Results"."""

    SETTLED = "settled", _("settled")
    PERFORMED = "performed", _("settled and performed")
    WITHDRAWN = "withdrawn", _("withdrawn")
    SELF_SETTLED = "self_settled", _("settled by themselves")
    FAILED = "failed", _("mediation failed")
    REFUSED = "refused", _("not accepted")
    ANSWERED = "answered", _("answered")
    FILED = "filed", _("filed")
    NOT_FILED = "not_filed", _("not filed")
    REPLIED = "replied", _("petition answered")


class Case(models.Model):
    """The matter: parties, category, statutory clocks, result. Many tickets may be one case."""

    no = models.CharField(_("case number"), max_length=20, unique=True, db_collation="C")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    state = models.CharField(_("state"), max_length=20, choices=State)
    title = CaseLine(_("title"), keeper="", max_length=200)
    narrative = CaseText(_("narrative"), keeper="", blank=True)
    demand = CaseText(_("demand"), keeper="", blank=True)
    category = models.ForeignKey(
        "cases.Category", models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("category"),
    )  # fmt: skip
    problem = models.ForeignKey(
        "cases.Category", models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("problem"),
    )  # fmt: skip
    amount = models.DecimalField(
        _("disputed amount"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    occurred_on = models.DateField(_("occurred on"), null=True, blank=True)
    urgent = models.BooleanField(_("urgent"), default=False)
    consents_to_publish = models.BooleanField(_("agrees to publication"), default=False)
    consents_to_entrust = models.BooleanField(_("agrees to entrusted mediation"), default=False)
    consumer = models.ForeignKey(
        "cases.Consumer",
        models.PROTECT,
        null=True,
        related_name="cases",
        verbose_name=_("consumer"),
    )
    reporter = models.ForeignKey("cases.Reporter", models.PROTECT, null=True, related_name="cases")
    merchant = models.ForeignKey(
        "cases.Merchant", models.PROTECT, null=True, blank=True, related_name="cases",
        verbose_name=_("merchant"),
    )  # fmt: skip
    merchant_address = models.CharField(_("merchant's address"), max_length=300, blank=True)
    merchant_phone = models.CharField(_("merchant's telephone"), max_length=40, blank=True)
    """What was said of the merchant here; ``merchant`` only tells whose cases belong together."""
    channel = models.ForeignKey(
        "cases.Channel", models.PROTECT, related_name="+", verbose_name=_("channel")
    )
    unit = models.ForeignKey(
        "core.Unit", models.PROTECT, related_name="cases", verbose_name=_("unit")
    )
    handler = models.ForeignKey(
        "core.User", models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("handler"),
    )  # fmt: skip
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged",
        verbose_name=_("merged into"),
    )  # fmt: skip
    origin = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="offspring",
        verbose_name=_("came out of"),
    )  # fmt: skip
    became = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="was", db_index=False,
        verbose_name=_("became"),
    )  # fmt: skip
    """The report that this question or petition, or what it was merged into, went on as.

    Who brought it is known there alone from then on, and so is what they sent.
    """
    topics = models.ManyToManyField(
        "cases.Topic", through="cases.CaseTopic", related_name="cases", verbose_name=_("topics")
    )
    is_priority = models.BooleanField(_("priority"), default=False)
    """Whether one of its topics comes first; history that an import brings stands with its years."""
    is_first = models.GeneratedField(
        expression=Q(is_priority=True, closed_at__isnull=True), output_field=models.BooleanField(),
        db_persist=True,
    )  # fmt: skip
    """Stands before all others in queues and lists: of a priority topic, and not closed."""
    result = models.CharField(_("result"), max_length=12, choices=Result, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    """When ``result`` came about: the figures of a period count by it."""
    recovered_amount = models.DecimalField(
        _("recovered amount"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    agreed_answer = CaseText(_("agreed answer"), keeper="", ours=True, blank=True)
    """What every platform is told of the matter: one and the same."""
    conclusion = CaseText(_("conclusion"), keeper="", ours=True, blank=True)
    principle = models.CharField(_("principle"), max_length=12, blank=True)
    arrived_at = models.DateTimeField(_("arrived at"))
    registered_at = models.DateTimeField(_("registered at"), db_default=AgencyNow())
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)
    """The earliest due moment still owed; the workflow keeps it with every verb."""

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="case_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="case_state_is_known"),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=0), name="case_amount_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(occurred_on=None) | Q(occurred_on__gte="2000-01-01"),
                name="case_occurred_this_century",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.REPORT, consumer=None)
                | ~Q(kind=Kind.REPORT) & Q(reporter=None),
                name="case_keeps_its_reporter_apart",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(CLOSED_STATES), closed_at__isnull=False)
                | ~Q(state__in=sorted(CLOSED_STATES)) & Q(closed_at=None),
                name="case_closed_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(result="", ended_at=None) | ~Q(result="") & Q(ended_at__isnull=False),
                name="case_result_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(recovered_amount=None) | Q(recovered_amount__gte=0),
                name="case_recovered_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(state=State.MERGED, merged_into__isnull=False)
                | ~Q(state=State.MERGED) & Q(merged_into=None),
                name="case_merged_says_into_which",
            ),
        ]
        indexes = [
            # Serves the queue: what is open in a unit, and what waits for dispatch.
            models.Index(
                fields=["unit", "state"], name="case_open_of_unit", condition=Q(closed_at=None)
            ),
            # Serves the pile of what nobody has, without the old cases brought in: they are many.
            models.Index(
                fields=["unit"],
                name="case_unheld",
                condition=Q(closed_at=None, next_due_at=None, handler=None) & IS_LIVE,
            ),
            # Serve the lists: newest first in a unit, newest first of all, what is late, soonest due.
            models.Index(fields=["unit", "-arrived_at"], name="case_of_unit_newest"),
            models.Index(fields=["-arrived_at", "-id"], name="case_newest"),
            models.Index(
                fields=["next_due_at"], name="case_next_due", condition=~Q(next_due_at=None)
            ),
            models.Index(DUE_OR_NEVER, "id", name="case_soonest"),
            # Serves what the queue asks of the cases closed of late: archived, replied, rewarded?
            models.Index(
                fields=["-closed_at"], name="case_closed", condition=Q(closed_at__isnull=False)
            ),
            # Serves what a report was before: few cases ever become one.
            models.Index(fields=["became"], name="case_became", condition=~Q(became=None)),
            # Serves the figures of a period: what ended in it.
            models.Index(
                fields=["ended_at"], name="case_ended", condition=Q(ended_at__isnull=False)
            ),
            # Serve the staff's list, and what stands first in the queue.
            models.Index(fields=["-is_first", "-arrived_at", "-id"], name="case_first_newest"),
            models.Index(fields=["id"], name="case_first", condition=Q(is_first=True)),
        ]
        triggers = OF_CASE

    def __str__(self) -> str:
        return self.no

    def get_state_display(self) -> str:
        """The state's name in this kind's life; what was taken back was not ended by us."""
        taken_back = {Result.WITHDRAWN, Result.SELF_SETTLED}
        if self.state == State.TERMINATED and self.result in taken_back:
            return self.get_result_display()
        return label(self.kind, self.state)

    @property
    def person(self):
        """Whoever brought the matter, consumer or reporter; None where nobody is known."""
        return self.reporter if self.kind == Kind.REPORT else self.consumer

    def told_by(self, words: str):
        """``person`` with ``words`` added to their own, unsaved.

        Where nobody is known, somebody new who is nothing but these words.
        """
        if self.kind == Kind.REPORT:
            self.reporter = self.reporter or Reporter()
        else:
            self.consumer = self.consumer or Consumer()
        self.person.told = "\n".join(filter(None, [self.person.told, words]))
        return self.person

    @property
    def is_secret(self) -> bool:
        """Whether nobody may know who brought it: a report, and what became one."""
        return self.kind == Kind.REPORT or self.became_id is not None

    @property
    def lives(self) -> "Iterator[Case]":
        """This, and what it was before it became this, the nearest first.

        What it was unlinked or split from, or is a duplicate of, is a matter of its own.
        """
        yield (last := self)
        while last.origin and last.origin.kind in set(MAY_BECOME_A_REPORT) - {last.kind}:
            yield (last := last.origin)

    @property
    def all_of_it(self) -> "Iterator[Case]":
        """Its lives, and all that was merged into any of them, with their lives: however many
        were, they are read together.
        """
        found = [self]
        while found:
            lives = [life for one in found for life in one.lives]
            yield from lives
            merged = Case.objects.filter(merged_into__in=lives).select_related("origin")
            found = list(merged.order_by("pk"))

    @property
    def goes_on_as(self) -> "Case":
        """What it was merged into in the end; itself where it was not."""
        return self.merged_into.goes_on_as if self.merged_into else self

    @property
    def sheet(self):
        """What only its kind is registered with; None where nobody said anything of it."""
        return getattr(self, f"{self.kind}_sheet", None)

    @property
    def is_contactable(self) -> bool:
        """Whether there is a telephone to reach whoever brought the matter."""
        return bool(self.person and self.person.phone)

    @property
    def pending(self):
        """The proposal that waits for its decision; None where none does. Asks anew each time.

        Of several the one that holds the case.
        """
        waiting = self.proposals.filter(decided_at=None).select_related("by")
        return waiting.order_by("-holds", "pk").first()

    @property
    def held_by(self) -> str | None:
        """The proposed verb until whose decision it stays as it is. Asks anew each time."""
        holding = self.proposals.filter(decided_at=None, holds=True)
        return holding.values_list("verb", flat=True).first()

    @property
    def is_held(self) -> bool:
        """Whether it stays as it is until a proposal is decided. Asks anew each time."""
        return self.held_by is not None

    others: Sequence[Person] | None = None
    """Who else its texts may name, once ``know_others`` has read them; None before."""

    def know_others(self) -> "Case":
        """Read who else ever brought something here: from now on ``shown`` masks them, too.

        For whoever shows one case; of many at once cases/others.py reads it.
        What was written while a ticket was here stays, and a case of its own may tell the story
        of one it was on. A report's tickets name nobody: those cases' reporters sent them.
        """
        been_here = self.events.exclude(ticket=None).values_list("ticket", flat=True)
        tickets = list(self.tickets.values_list("pk", flat=True).union(been_here))
        people = Reporter if self.kind == Kind.REPORT else Consumer
        told = people.objects.filter(cases__events__ticket__in=tickets).order_by()
        if people is Reporter:
            self.others = list(told.distinct())
        else:
            came = Consumer.objects.filter(tickets__in=tickets).order_by()
            before = self.supplements.exclude(was_person=None).values("was_person")
            self.others = list(told.union(came, Consumer.objects.filter(pk__in=before).order_by()))
            if self.kind in MAY_BECOME_A_REPORT:
                self.others += self._reporters(tickets)
        return self

    def _reporters(self, tickets: list[int]) -> QuerySet[Reporter]:
        """Who brought this, or one of ``tickets`` wherever it was, and is a reporter since.

        Told in keys: a join beside the "or" would read every case there is.
        """
        told = Case.objects.filter(events__ticket__in=tickets).values_list("pk", flat=True)
        have = Case.objects.filter(tickets__in=tickets).values_list("pk", flat=True)
        places = {self.pk, *told, *have}
        became = Case.objects.filter(pk__in=places).values_list("became", flat=True)
        reports = Case.objects.filter(pk__in={*places, *became} - {None}, kind=Kind.REPORT)
        return Reporter.objects.filter(pk__in=list(reports.values_list("reporter", flat=True)))

    def kept(self, text: str, *, ours: bool = False) -> str:
        """``text`` as the database keeps it: without what is sealed of who brought the matter.

        Of a report, and of what became one, nothing that could tell whose it is; of another matter nobody's
        telephone or identity number, for letters name people. What is ``ours`` is sealed nowhere beside, and what
        it lost would be gone: of it go the numbers of the people here alone. Reads them, who else was here, too.
        """
        if not text:
            return ""
        if self.pk and self.others is None:
            self.know_others()
        if self.names_a_reporter:
            return self.shown(text)
        text = text if ours else mask_text(text)
        for person in self.people:
            text = person.sealed_in(text)
        return text

    def shown(self, text: str, *, wholly: bool = False, ours: bool = False) -> str:
        """``text`` of this case as everybody who sees the case may read it.

        Every door shows free text through this. Reads the person: lists select it beforehand.
        Of whoever reported nothing is left that by its looks could tell who it is: not a surname
        with its title, not a last digit; nor is it anywhere else, if ``wholly``.
        ``ours``, what is told from here on or looked up, keeps the numbers of whoever is not here.
        """
        if not text:
            return ""
        wholly = wholly or self.names_a_reporter
        text = mask_text(text, wholly=wholly) if wholly or not ours else text
        # The longer name first: it may begin with the shorter one. Before all a reporter's.
        for person in sorted(self.people, key=lambda p: (isinstance(p, Consumer), -len(p.name))):
            text = person.masked_in(text, wholly=wholly)
        names = [name for person in self.people for name in person.names]
        return mask_traces(text, *names) if self.names_a_reporter else text

    @property
    def names_a_reporter(self) -> bool:
        """Whether somebody whom its texts may name reported, as far as they were read."""
        return self.kind == Kind.REPORT or any(isinstance(p, Reporter) for p in self.people)

    @property
    def people(self) -> list[Person]:
        """Whom its texts may name, as far as they were read."""
        return [person for person in (self.person, *(self.others or ())) if person]
