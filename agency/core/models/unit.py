from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Substr
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class UnitQuerySet(models.QuerySet):
    def subtree(self, unit):
        """``unit`` and everything below it; nothing for None."""
        return self.filter(path__startswith=unit.path) if unit else self.none()

    def lock_tree(self) -> None:
        """Until the transaction ends nobody else adds or moves a unit; cases are written on.

        Two that found an agency would make two roots, two moves that cross a ring.
        """
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE core_unit IN SHARE ROW EXCLUSIVE MODE")


class Unit(models.Model):
    """A node of the agency's tree: agency → district → station; outlets and ODR firms too."""

    class Kind(models.TextChoices):
        AGENCY = "agency", _("agency")
        DISTRICT = "district", _("district")
        STATION = "station", _("station")
        OUTLET = "outlet", _("rights-protection outlet")
        ODR = "odr_enterprise", _("ODR enterprise")

    EXTERNAL = frozenset({Kind.OUTLET, Kind.ODR})

    class Profile(models.TextChoices):
        """Form set, legal basis and deadlines: a bureau or a consumer council."""

        AMR = "amr", _("market regulator")
        COUNCIL = "council", _("consumer council")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    org_profile = models.CharField(
        _("profile"), max_length=10, choices=Profile, default=Profile.AMR
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children",
        verbose_name=_("parent unit"),
    )  # fmt: skip
    areas = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, verbose_name=_("areas"),
        help_text=_("Districts and streets that lie in it, as addresses name them; with commas between."),
    )  # fmt: skip
    """By these a unit is proposed for an address."""
    letter_prefix = models.CharField(
        _("prefix of letters"), max_length=20, blank=True,
        help_text=_("What the numbers of its letters begin with (发文机关代字); empty: as the unit above."),
    )  # fmt: skip
    takes_referrals = models.BooleanField(_("takes referrals"), default=False, editable=False)
    """An outlet or firm that may be sent cases now; the outlets' app keeps it."""
    path = models.CharField(max_length=400, unique=True, editable=False)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=False) | Q(kind="agency"), name="unit_root_is_the_agency"
            ),
            # Of that one kind, so that there is one.
            models.UniqueConstraint(
                fields=["kind"], condition=Q(parent__isnull=True), name="unit_root_is_one"
            ),
            models.CheckConstraint(
                condition=Q(takes_referrals=False) | Q(kind__in=["outlet", "odr_enterprise"]),
                name="unit_takes_referrals_outside",
            ),
        ]
        indexes = [
            # Serves path__startswith: every scope query asks for a subtree.
            models.Index(
                fields=["path"], name="unit_path_prefix", opclasses=["varchar_pattern_ops"]
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_external(self) -> bool:
        """Run by an outlet or a firm, not by the agency's own staff."""
        return self.kind in self.EXTERNAL

    @cached_property
    def keys_below(self) -> list[int]:
        """Keys of its subtree, its own among them; asked once of each row that was read."""
        return list(Unit.objects.subtree(self).values_list("pk", flat=True))

    @property
    def ancestor_paths(self) -> list[str]:
        """Paths from this unit up to the root, nearest first."""
        codes = self.path.rstrip("/").split("/")
        return ["/".join(codes[:depth]) + "/" for depth in range(len(codes), 0, -1)]

    @property
    def prefix(self) -> str:
        """What the numbers of its letters begin with: its own, else the nearest above that has one."""
        above = Unit.objects.filter(path__in=self.ancestor_paths).exclude(letter_prefix="")
        said = {unit.path: unit.letter_prefix for unit in above}
        return said[max(said, key=len)] if said else settings.LETTER_PREFIX

    @property
    def is_used(self) -> bool:
        """Whether any row refers to it: an account, a case, a unit below it."""
        links = [f for f in self._meta.get_fields(include_hidden=True) if f.one_to_many]
        return any(
            link.related_model.objects.filter(**{link.field.name: self.pk}).exists()
            for link in links
        )

    def clean(self) -> None:
        """Refuse to lie below itself; call it in the transaction that saves."""
        super().clean()
        self._paths()

    def _paths(self) -> tuple[str, str]:
        """Its own path and its parent's as they are now, "" without one; locks the tree."""
        Unit.objects.lock_tree()
        paths = dict(
            Unit.objects.filter(pk__in=[self.pk, self.parent_id]).values_list("pk", "path")
        )
        before, above = paths.get(self.pk, ""), paths.get(self.parent_id, "")
        if before and above.startswith(before):
            raise ValidationError(
                {"parent": gettext("A unit cannot belong to itself or to a unit below it.")}
            )
        return before, above

    @transaction.atomic
    def save(self, *args, **kwargs) -> None:
        """Keep ``path`` true, for the whole subtree when the unit moves."""
        before, above = self._paths()
        self.path = f"{above}{self.code}/"
        super().save(*args, **kwargs)
        if before and before != self.path:
            Unit.objects.filter(path__startswith=before).exclude(pk=self.pk).update(
                path=Concat(Value(self.path), Substr(F("path"), len(before) + 1))
            )
