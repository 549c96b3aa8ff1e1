import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.scope import ScopedQuerySet


class Snapshot(models.Model):
    """A picture all viewers share: computed by whoever asks first, read by everybody else.

    The table is unlogged: what is in it is worth a second, and is computed again after a
    crash. ``version`` names one computation; ``payload`` is JSON the database never reads.
    """

    name = models.CharField(max_length=20, primary_key=True)
    version = models.UUIDField()
    as_of = models.DateTimeField(_("as of"))
    payload = models.TextField()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")

    def __str__(self) -> str:
        return f"{self.name} {self.as_of:%F %T}"


class Staffing(models.Model):
    """How many were in post at a unit in a month: what "per person" divides by.

    ``month`` is its first day. ``persons`` may be a fraction: who came in the middle of the
    month is half a person. ``law_trained``: mediators with law training among them; None unknown.
    """

    unit = models.ForeignKey("core.Unit", models.PROTECT, related_name="+", verbose_name=_("unit"))
    month = models.DateField(_("month"))
    persons = models.DecimalField(_("persons in post"), max_digits=9, decimal_places=3)
    law_trained = models.DecimalField(_("law-trained"), max_digits=9, decimal_places=3, null=True)

    class Meta:
        verbose_name = _("staffing")
        verbose_name_plural = _("staffing")
        constraints = [
            models.UniqueConstraint(fields=["unit", "month"], name="staffing_once_per_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="staffing_of_a_whole_month"),
            models.CheckConstraint(condition=Q(persons__gte=0), name="staffing_is_not_negative"),
            models.CheckConstraint(
                condition=Q(law_trained=None)
                | Q(law_trained__gte=0, law_trained__lte=F("persons")),
                name="staffing_trained_are_among_them",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.month:%Y-%m}"


class Benchmark(models.Model):
    """A figure from outside: a national average, another district, a rank we were given.

    ``period``: a year, or a month as 2022-03. ``value`` as the indicator counts it: a rate is
    a ratio, 0.72 and not 72.
    """

    indicator = models.CharField(_("indicator"), max_length=60)
    scope = models.CharField(_("of whom"), max_length=100)
    period = models.CharField(_("period"), max_length=7)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=6, null=True)
    rank = models.PositiveIntegerField(_("rank"), null=True)
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("benchmark")
        verbose_name_plural = _("benchmarks")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "scope", "period"], name="benchmark_once_per_scope_and_period"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(rank__isnull=False),
                name="benchmark_says_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.scope} {self.period}"


class Publication(models.Model):
    """A report as it is to be published: drawn up, signed by a leader, frozen. Its figures stay.

    ``content`` is all a document needs, ``digest`` the SHA-256 over it (reports/workflow.py). What
    is counted anew later stands beside it and changes nothing.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SIGNED = "signed", _("signed")
        FROZEN = "frozen", _("frozen")

    unit = models.ForeignKey("core.Unit", models.PROTECT, related_name="+", verbose_name=_("unit"))
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    content = models.JSONField()
    digest = models.CharField(_("hash"), max_length=64)
    drawn_up_by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    drawn_up_at = models.DateTimeField(_("drawn up at"), db_default=AgencyNow())
    signed_by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(_("signed at"), null=True)
    frozen_by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    frozen_at = models.DateTimeField(_("frozen at"), null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("published report")
        verbose_name_plural = _("published reports")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_by=None) | ~Q(signed_by=F("drawn_up_by")),
                name="publication_signed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", signed_at=None, frozen_at=None)
                | Q(state="signed", signed_at__isnull=False, frozen_at=None)
                | Q(state="frozen", signed_at__isnull=False, frozen_at__isnull=False),
                name="publication_moments_of_its_state",
            ),
            models.UniqueConstraint(
                fields=["unit", "from_on", "to_on"], condition=Q(state="frozen"),
                name="publication_frozen_once",
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="figures_stay",
                operation=pgtrigger.UpdateOf("content", "digest", "unit_id", "from_on", "to_on"),
                condition=pgtrigger.AnyChange("content", "digest", "unit_id", "from_on", "to_on"),
            ),
            pgtrigger.Protect(
                name="frozen_for_ever",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="frozen"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.from_on}–{self.to_on}"


class Fact(models.Model):
    """What a measure comes to from a day or a month on: at a unit, for one value of a dimension.

    ``measure`` is a function's name (reports/measures/); what is not split stands under dimension
    "" and value "", what has no value under "-". Recounted from the rows, never corrected.
    """

    pk = models.CompositePrimaryKey("dimension", "measure", "starts_on", "unit_id", "value")
    dimension = models.CharField(max_length=10, db_collation="C")
    measure = models.CharField(max_length=40, db_collation="C")
    starts_on = models.DateField()
    unit = models.ForeignKey("core.Unit", models.PROTECT, related_name="+", db_index=False)
    value = models.CharField(max_length=150, db_collation="C")
    number = models.DecimalField(max_digits=20, decimal_places=2)

    class Meta:
        abstract = True


class DailyFact(Fact):
    """By day, and by what every page asks for: the whole, and the channel."""

    class Meta:
        verbose_name = _("figures of a day")
        verbose_name_plural = _("figures of days")

    def __str__(self) -> str:
        return f"{self.starts_on} {self.measure} {self.value}"


class MonthlyFact(Fact):
    """By month, and by every dimension: a day of each would be as many rows as there are cases."""

    class Meta:
        verbose_name = _("figures of a month")
        verbose_name_plural = _("figures of months")

    def __str__(self) -> str:
        return f"{self.starts_on:%Y-%m} {self.measure} {self.value}"


class CountedSpan(models.Model):
    """A day or a month whose facts stand; ``version`` names the definitions they were counted by.

    ``proved_at``: when a recount last looked at it, whatever it found; None: not since it was counted.
    """

    class Span(models.TextChoices):
        DAY = "day", _("day")
        MONTH = "month", _("month")

    span = models.CharField(max_length=5, choices=Span)
    starts_on = models.DateField()
    version = models.CharField(max_length=16)
    proved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("counted span")
        verbose_name_plural = _("counted spans")
        constraints = [
            models.UniqueConstraint(fields=["span", "starts_on"], name="counted_span_once"),
        ]

    def __str__(self) -> str:
        return f"{self.span} {self.starts_on}"


class StaleDay(models.Model):
    """A past day on which something was changed since: by triggers, in the change's transaction.

    One row a transaction, so that nobody waits for another's day (migration 0004).
    """

    day = models.DateField()
    transaction = models.BigIntegerField()

    class Meta:
        verbose_name = _("day to be recounted")
        verbose_name_plural = _("days to be recounted")
        constraints = [
            models.UniqueConstraint(fields=["day", "transaction"], name="stale_day_once"),
        ]

    def __str__(self) -> str:
        return str(self.day)
