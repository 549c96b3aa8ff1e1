from django.db import models, transaction
from django.utils.translation import gettext_lazy as _


class NumberSeries(models.Model):
    """How far one row of numbers of issued documents has come: without gap and without double.

    ``name`` is the number as it is written, year and all, with # where the count stands:
    two patterns that read the same are one series.
    """

    name = models.CharField(_("series"), max_length=100, unique=True)
    last = models.PositiveIntegerField(_("last number"), default=0)
    elsewhere = models.PositiveIntegerField(_("given out elsewhere"), db_default=0)
    """So many of them before this system counted: a file told of the last."""

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")

    def __str__(self) -> str:
        return f"{self.name} {self.last}"

    @classmethod
    def take(cls, name: str) -> str:
        """The next number of ``name``, as it is written.

        The row stays locked until the transaction ends, so that one rolled back gives its
        number back before another is given. Raises TransactionManagementError outside one.
        """
        if "#" not in name:
            raise ValueError("a series shows with # where its count stands")
        cls._lock_needs_a_transaction()
        cls.objects.bulk_create([cls(name=name)], ignore_conflicts=True)
        series = cls.objects.select_for_update().get(name=name)
        series.last += 1
        series.save(update_fields=["last"])
        return name.replace("#", str(series.last))

    @classmethod
    def lift(cls, name: str, to: int) -> None:
        """Let the series go on after ``to``, which a file says was given out; never back.

        Locks the row as ``take`` does.
        """
        cls._lock_needs_a_transaction()
        cls.objects.bulk_create([cls(name=name)], ignore_conflicts=True)
        series = cls.objects.select_for_update().get(name=name)
        if to > series.last:
            series.elsewhere += to - series.last
            series.last = to
            series.save(update_fields=["last", "elsewhere"])

    @staticmethod
    def _lock_needs_a_transaction() -> None:
        if not transaction.get_connection().in_atomic_block:
            raise transaction.TransactionManagementError("a number is taken in a transaction")


class Numbered(models.Model):
    """A row that bears a number of a series, once it has one: no number is given out in vain
    (agency/core/invariants.py counts them)."""

    number = models.CharField(_("number"), max_length=100)

    class Meta:
        abstract = True
