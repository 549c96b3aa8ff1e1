from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """A class of goods, services or problems. Loaded from cases/data/categories.csv."""

    class Scheme(models.TextChoices):
        GOODS = "goods", _("goods")
        SERVICE = "service", _("services")
        COMPLAINT_PROBLEM = "complaint_problem", _("problems of complaints")
        REPORT_VIOLATION = "report_violation", _("violations reported")
        CCA_MAJOR_CLASS = "cca_major_class", _("consumer association: classes")
        CCA_NATURE = "cca_nature", _("consumer association: natures")

    SUBJECTS = (Scheme.GOODS, Scheme.SERVICE)
    PROBLEMS = (Scheme.COMPLAINT_PROBLEM, Scheme.REPORT_VIOLATION)

    code = models.SlugField(_("code"), max_length=20, unique=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children",
        verbose_name=_("parent category"),
    )  # fmt: skip
    scheme = models.CharField(_("scheme"), max_length=20, choices=Scheme)
    level = models.PositiveSmallIntegerField(_("level"))
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=100)
    sound = models.CharField(max_length=400, blank=True, editable=False)
    """The Chinese name in pinyin, " yi ban shi pin": by it a class is chosen while one listens."""
    source = models.CharField(_("source"), max_length=100, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["code"]

    def save(self, *args, **kwargs):
        from cases.search import sound  # reads the models itself

        self.sound, _initials = sound.of(self.name_zh)
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "zh").startswith("en") else self.name_zh
