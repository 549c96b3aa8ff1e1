from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.text import listed
from cases.models.category import Category


class Topic(models.Model):
    """What a case is about beside its category: a priority topic, a campaign, an emergency.

    ``from_on`` and ``to_on`` bound a campaign or an emergency; None: without end.
    ``categories``: what arrives of one of these, or below it, carries the topic by itself.
    """

    class Kind(models.TextChoices):
        PRIORITY = "priority", _("priority topic")
        CAMPAIGN = "campaign", _("campaign")
        EMERGENCY = "emergency", _("emergency")

    code = models.SlugField(_("code"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    from_on = models.DateField(_("from"), null=True, blank=True)
    to_on = models.DateField(_("to"), null=True, blank=True)
    categories = ArrayField(
        models.CharField(max_length=20), default=list, blank=True, verbose_name=_("categories"),
        help_text=_("Codes with commas; what lies below them is meant too."),
    )  # fmt: skip
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["kind", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_on=None) | Q(to_on=None) | Q(to_on__gte=models.F("from_on")),
                name="topic_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the reader's language; in Chinese, where it has no English one."""
        is_english = (get_language() or "zh").startswith("en")
        return self.name_en if is_english and self.name_en else self.name_zh

    @property
    def comes_first(self) -> bool:
        """Whether its cases stand before all others; a campaign's wait their turn."""
        return self.kind != self.Kind.CAMPAIGN

    def is_on(self, day: date) -> bool:
        """Whether it may be put on a case on this day (Asia/Shanghai)."""
        begun = self.from_on is None or self.from_on <= day
        return self.is_active and begun and (self.to_on is None or day <= self.to_on)

    def covers(self, *codes: str) -> bool:
        """Whether a case of one of these categories carries it: codes grow to the right."""
        return any(code.startswith(top) for code in codes for top in self.categories)

    def clean(self) -> None:
        known = Category.objects.filter(code__in=self.categories or [])
        unknown = set(self.categories or []) - set(known.values_list("code", flat=True))
        if unknown:
            said = gettext("There is no category %(codes)s.") % {"codes": listed(sorted(unknown))}
            raise ValidationError({"categories": said})


class CaseTopic(models.Model):
    """A topic on a case, and who put it there; ``by`` None: the category did."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="case_topics")
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="case_topics")
    by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"), db_default=AgencyNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "topic"], name="casetopic_once"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.topic_id}"
