from django.db import models

from agency.core.clock import AgencyNow


class IntakeKey(models.Model):
    """An Idempotency-Key a channel used, with the answer it got.

    Of the body there is a keyed digest alone: all of it but the telephone stands elsewhere.
    """

    channel = models.ForeignKey("cases.Channel", models.PROTECT, related_name="+")
    key = models.CharField(max_length=128, db_collation="C")
    body_hash = models.CharField(max_length=64)
    ticket = models.ForeignKey("cases.Ticket", models.PROTECT, related_name="+")
    answer = models.JSONField()
    created_at = models.DateTimeField(db_default=AgencyNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "key"], name="intake_once_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}:{self.pk}"
