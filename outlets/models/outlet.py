from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _

from agency.core.calendar import SHANGHAI
from agency.core.clock import AgencyNow
from agency.core.models import Numbered
from agency.core.scope import ScopedQuerySet
from outlets.lifecycle import ACTIVE, STANDING, State
from outlets.models.staff import Staff


def on_file(day: date) -> Q:
    """Of those once on file (``since``): at the end of ``day``."""
    return Q(since__lte=day) & (Q(withdrawn_on=None) | Q(withdrawn_on__gt=day))


class OutletQuerySet(ScopedQuerySet):
    def active(self):
        """Serving consumers at this moment."""
        return self.filter(state__in=ACTIVE)

    def once_on_file(self):
        """With ``since``: the day it was filed, or added where a file did not say when."""
        since = Coalesce("filed_on", TruncDate("added_at", tzinfo=SHANGHAI))
        return self.filter(state__in=[*STANDING, State.WITHDRAWN]).annotate(since=since)

    def active_on(self, day: date):
        """On file at the end of ``day``."""
        return self.once_on_file().filter(on_file(day))

    def with_liaison(self):
        """Those who answer for it read along, and nobody else of its people: what a list shows."""
        answering = Staff.objects.filter(is_liaison=True, left_on=None)
        return self.prefetch_related(models.Prefetch("staff", answering))

    def owing_report(self, day: date):
        """Whose month has ended by ``day`` without a report being asked for yet."""
        return self.filter(state__in=STANDING, next_report_on__lte=day)


class Outlet(Numbered):
    """A place that settles consumers' disputes on the spot 消费维权服务网点.

    Its unit is what accounts, referrals and scope hang on; its code is the unit's.
    ``filed_on`` is None where a file did not say it. ``next_report_on``: the day on which the month
    before is to be reported; None where nothing is owed.
    """

    class Type(models.TextChoices):
        """As the contract's file of outlets names them; the "five kinds of place" 五进 among them."""

        AUTO = "auto", _("motor trade")
        RURAL = "rural", _("village")
        MALL = "mall", _("mall or supermarket")
        MARKET = "market", _("market hall")
        SCENIC = "scenic", _("scenic area")
        COMMUNITY = "community", _("community")
        ENTERPRISE = "enterprise", _("enterprise or platform")
        SCHOOL = "school", _("school")
        HOSPITAL = "hospital", _("hospital")
        ASSOCIATION = "association", _("trade association")
        OTHER = "other", _("other")

    class Grade(models.TextChoices):
        A = "A", "A"
        B = "B", "B"
        C = "C", "C"
        D = "D", "D"

    unit = models.OneToOneField(
        "core.Unit", models.PROTECT, related_name="outlet", verbose_name=_("unit")
    )
    type = models.CharField(_("type"), max_length=12, choices=Type)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.APPLIED)
    standard = models.CharField(_("standard"), max_length=40)
    """The code of the standard it is measured by; which version, its days in force say."""
    host = models.CharField(_("host firm"), max_length=200, blank=True)
    host_uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    longitude = models.DecimalField(
        _("longitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    latitude = models.DecimalField(
        _("latitude"), max_digits=8, decimal_places=6, null=True, blank=True
    )
    filed_on = models.DateField(_("filed on"), null=True)
    valid_until = models.DateField(_("valid until"), null=True)
    grade = models.CharField(_("grade"), max_length=1, choices=Grade, blank=True)
    rated_on = models.DateField(_("rated on"), null=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True)
    plaque_back_on = models.DateField(_("plaque handed back on"), null=True)
    next_report_on = models.DateField(_("next report on"), null=True)
    added_at = models.DateTimeField(_("added at"), db_default=AgencyNow())

    objects = OutletQuerySet.as_manager()

    class Meta:
        verbose_name = _("outlet")
        verbose_name_plural = _("outlets")
        ordering = ["unit__path"]
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="outlet_number_once"
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_on__isnull=False)
                | ~Q(state="withdrawn") & Q(withdrawn_on=None),
                name="outlet_withdrawn_says_when",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None)
                | Q(filed_on=None)
                | Q(withdrawn_on__gte=F("filed_on")),
                name="outlet_withdrawn_after_filed",
            ),
            models.CheckConstraint(
                condition=Q(number="") | Q(filed_on__isnull=False, valid_until__gte=F("filed_on")),
                name="outlet_number_has_a_term",
            ),
            models.CheckConstraint(
                condition=(Q(longitude=None) & Q(latitude=None))
                | Q(longitude__range=(-180, 180), latitude__range=(-90, 90)),
                name="outlet_stands_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(next_report_on=None)
                | Q(next_report_on__day=1, state__in=sorted(STANDING)),
                name="outlet_reports_while_it_stands",
            ),
        ]
        indexes = [
            # Serves the look after every good sweep: whose month has ended.
            models.Index(
                fields=["next_report_on"], name="outlet_owing_report",
                condition=Q(next_report_on__isnull=False),
            ),
            # Serves the figures of a year: new, and active at its end.
            models.Index(fields=["filed_on"], name="outlet_by_day"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.unit.name

    @property
    def code(self) -> str:
        return self.unit.code

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE
