from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LONGEST = 2000


class PhraseQuerySet(models.QuerySet):
    def known_to(self, user):
        """One's own, those of the units one belongs to, and of the units below."""
        above, below = Q(unit__path__in=user.unit.ancestor_paths), _below(user)
        return self.filter(Q(owner=user) | above | below)

    def kept_by(self, user, *, for_units: bool):
        """What ``user`` may change: one's own; ``for_units``: those of the units at and below, too."""
        return self.filter(Q(owner=user) | _below(user) if for_units else Q(owner=user))

    def offered_to(self, user) -> list["Phrase"]:
        """By code; of several with one code one's own, else that of the nearest unit."""
        above = Q(unit__path__in=user.unit.ancestor_paths)
        rows = self.filter(Q(owner=user) | above, is_active=True).select_related("unit")
        nearest = {row.code: row for row in sorted(rows, key=_nearness)}
        return [nearest[code] for code in sorted(nearest)]


def _below(user) -> Q:
    return Q(unit__path__startswith=user.unit.path)


def _nearness(phrase: "Phrase") -> tuple[bool, int]:
    return phrase.owner_id is not None, len(phrase.unit.path) if phrase.unit else 0


class Phrase(models.Model):
    """What is written again and again, put into a text by its short code: ``;yb``.

    Somebody's own, or a unit's for all who belong to it or to one below.
    """

    code = models.CharField(
        _("short code"), max_length=12, help_text=_("Letters, digits or Chinese characters."),
        validators=[RegexValidator(r"^\w+\Z", _("Only letters, digits and Chinese characters."))],
    )  # fmt: skip
    text = models.TextField(_("text"), max_length=LONGEST)
    owner = models.ForeignKey(
        "core.User", models.PROTECT, null=True, editable=False, related_name="phrases"
    )
    unit = models.ForeignKey(
        "core.Unit", models.PROTECT, null=True, blank=True, related_name="phrases",
        verbose_name=_("unit"),
    )  # fmt: skip
    is_active = models.BooleanField(_("active"), default=True)

    objects = PhraseQuerySet.as_manager()

    class Meta:
        verbose_name = _("phrase")
        verbose_name_plural = _("phrases")
        ordering = ["code", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner=None, unit__isnull=False) | Q(owner__isnull=False, unit=None),
                name="phrase_is_somebody_s_or_a_unit_s",
            ),
            models.UniqueConstraint(fields=["owner", "code"], name="phrase_code_once_for_a_person"),
            models.UniqueConstraint(fields=["unit", "code"], name="phrase_code_once_for_a_unit"),
        ]

    def __str__(self) -> str:
        return self.code
