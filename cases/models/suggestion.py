import pgtrigger
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow


class Suggestion(models.Model):
    """What was proposed to somebody who registered or dispatched, and what they chose. Ids only."""

    class What(models.TextChoices):
        UNIT = "unit", _("unit")
        CATEGORY = "category", _("category")

    class Source(models.TextChoices):
        ADDRESS = "address", _("by the address")
        MERCHANT = "merchant", _("by the merchant's earlier cases")
        WORDS = "words", _("by earlier cases with similar words")

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="suggestions")
    what = models.CharField(_("what"), max_length=10, choices=What)
    source = models.CharField(_("suggested"), max_length=10, choices=Source)
    unit = models.ForeignKey("core.Unit", models.PROTECT, null=True, related_name="+")
    category = models.ForeignKey("cases.Category", models.PROTECT, null=True, related_name="+")
    chosen_unit = models.ForeignKey("core.Unit", models.PROTECT, null=True, related_name="+")
    chosen_category = models.ForeignKey(
        "cases.Category", models.PROTECT, null=True, related_name="+"
    )
    is_hit = models.GeneratedField(
        expression=Case(
            When(Q(unit=F("chosen_unit")) | Q(category=F("chosen_category")), then=Value(True)),
            default=Value(False),
        ),
        output_field=models.BooleanField(), db_persist=True,
    )  # fmt: skip
    by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    what="unit",
                    unit__isnull=False,
                    chosen_unit__isnull=False,
                    category=None,
                    chosen_category=None,
                )
                | Q(
                    what="category",
                    category__isnull=False,
                    chosen_category__isnull=False,
                    unit=None,
                    chosen_unit=None,
                ),
                name="suggestion_and_choice_are_of_one_kind",
            ),  # fmt: skip
        ]
        indexes = [
            # Serves the hit rates of the last days, and what is behind them.
            models.Index(fields=["at"], name="suggestion_at"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.what} {self.source}"

    @property
    def proposed(self):
        return self.unit or self.category

    @property
    def chosen(self):
        return self.chosen_unit or self.chosen_category
