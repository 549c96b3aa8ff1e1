from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow


class Topic(models.Model):
    """What a case is about beside its category: a priority topic, a campaign, an emergency.

    ``from_on`` and ``to_on`` bound a campaign or an emergency; None: without end.
    """

    class Kind(models.TextChoices):
        PRIORITY = "priority", _("priority topic")
        CAMPAIGN = "campaign", _("campaign")
        EMERGENCY = "emergency", _("emergency")

    code = models.SlugField(_("code"), max_length=20, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=100)
    from_on = models.DateField(_("from"), null=True, blank=True)
    to_on = models.DateField(_("to"), null=True, blank=True)
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
        return self.name_en if (get_language() or "zh").startswith("en") else self.name_zh


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
