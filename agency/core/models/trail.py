"""What is written once and sealed: who changed which row, and the seals over every trail."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TrailBatch(models.Func):
    """Which seal a row written now will lie under; a trigger sees to it (audit/triggers.py)."""

    function = "trail_batch"
    arity = 0
    output_field = models.BigIntegerField()


class Trail(models.Model):
    """Rows that are written once, and sealed with all that was written in the same minute.

    A trail is not audited itself: it says who and when, and nobody can change it.
    A column that is added to a trail later is null in its older rows, and none is renamed:
    their seals are over what they say (agency/core/audit/seals.py).
    """

    batch = models.BigIntegerField(db_default=TrailBatch(), editable=False)

    class Meta:
        abstract = True
        indexes = [
            # Serves the seals: a minute's rows lie side by side.
            BrinIndex(
                fields=["batch"], name="%(class)s_batch", pages_per_range=32, autosummarize=True
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]


class Audit(Trail):
    """That a row was written, changed or deleted: which columns, never what they hold.

    The database's triggers write it (agency/core/audit/triggers.py), whoever changed the row
    and by what statement. ``actor`` is None where a program did it by itself, or somebody past
    the agency: then ``process`` names the program. ``act`` is the page or the verb that was asked for.
    """

    class Operation(models.TextChoices):
        INSERTED = "I", _("added")
        UPDATED = "U", _("changed")
        DELETED = "D", _("deleted")

    at = models.DateTimeField(_("when"))
    table_name = models.CharField(_("table"), max_length=63)
    row_id = models.CharField(_("row"), max_length=40)
    operation = models.CharField(_("what"), max_length=1, choices=Operation)
    columns = ArrayField(models.CharField(max_length=63), null=True, verbose_name=_("columns"))
    actor = models.ForeignKey(
        "core.User", models.DO_NOTHING, null=True, related_name="+", db_constraint=False,
        db_index=False, verbose_name=_("who"),
    )  # fmt: skip
    process = models.CharField(pgettext_lazy("running", "program"), max_length=80)
    act = models.CharField(_("by"), max_length=120)
    transaction = models.BigIntegerField(_("transaction"))
    database_role = models.CharField(_("database role"), max_length=63)

    class Meta(Trail.Meta):
        abstract = False
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [
            *Trail.Meta.indexes,
            # Serve the auditor: what became of a row, what a person did, what a day brought.
            models.Index(fields=["row_id", "table_name"], name="audit_of_row"),
            models.Index(fields=["actor", "id"], name="audit_of_actor"),
            BrinIndex(fields=["at"], name="audit_at", pages_per_range=32, autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.table_name} {self.row_id}"


class Seal(models.Model):
    """A minute of every trail under one hash, over the one before it too.

    It covers the batches after the seal before it up to ``until_batch``: what was written
    after ``from_at`` and until ``until_at``. The database makes it (seal_trails), and begins
    a new batch with it: ``closed_batch`` is what the next one will cover up to, once no
    transaction from before ``horizon`` is left that could still write under it, or the
    ``server`` was started anew, which leaves none.
    """

    no = models.BigIntegerField(_("No."), primary_key=True)
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"))
    until_batch = models.BigIntegerField()
    rows = models.BigIntegerField(_("rows"))
    digest = models.CharField(_("hash"), max_length=64)
    sealed_at = models.DateTimeField(_("sealed at"))
    closed_batch = models.BigIntegerField()
    horizon = models.BigIntegerField()
    server = models.DateTimeField()

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.no} {self.digest}"
