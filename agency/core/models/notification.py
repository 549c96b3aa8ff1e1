from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow


class Notification(models.Model):
    """The outbox: something happened that somebody must be told. Ids only, no text.

    Written in the transaction of the fact; ``agency.core.notifications`` turns it into
    one Delivery for each receiver and channel afterwards. ``target`` is whom to tell: a
    rung of the ladder, a role, ``user`` (then ``handler`` is meant), or ``unit``: who there could
    take it in hand. ``postponed_until``: it could not be addressed, and is let be so long.
    """

    dedup_key = models.CharField(max_length=100, unique=True)
    topic = models.CharField(_("topic"), max_length=40)
    target = models.CharField(_("whom"), max_length=20)
    unit = models.ForeignKey("core.Unit", models.PROTECT, related_name="+")
    handler = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    subject = models.CharField(max_length=40, help_text="app_label.model of subject_id")
    subject_id = models.BigIntegerField()
    step = models.IntegerField(default=0)
    created_at = models.DateTimeField(db_default=AgencyNow())
    addressed_at = models.DateTimeField(null=True)
    postponed_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            # Serves the dispatcher: what nobody has been addressed for yet, oldest first.
            models.Index(
                fields=["created_at"],
                name="notification_unaddressed",
                condition=Q(addressed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.dedup_key


class Delivery(models.Model):
    """One notification for one receiver by one channel: at least once, with its dedup key.

    ``dead_at`` is set after the last attempt, and at once where the receiver may no longer
    know of the matter; then there were fewer attempts. ``claimed_until`` is a sender's lease.
    """

    class Channel(models.TextChoices):
        IN_APP = "in_app", _("in-app")
        EMAIL = "email", _("e-mail")

    notification = models.ForeignKey(Notification, models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey("core.User", models.PROTECT, related_name="deliveries")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claimed_until = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(db_default=AgencyNow())
    sent_at = models.DateTimeField(_("sent at"), null=True)
    dead_at = models.DateTimeField(_("given up at"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "recipient", "channel"],
                name="delivery_once_per_receiver_and_channel",
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(dead_at=None), name="delivery_is_sent_or_dead"
            ),
        ]
        indexes = [
            # Serves the sender: what is still to go out, by its next try.
            models.Index(
                fields=["next_try_at"],
                name="delivery_pending",
                condition=Q(sent_at=None, dead_at=None),
            ),
            # Serves the bell: what this person has not read, newest first.
            models.Index(
                fields=["recipient", "-id"],
                name="delivery_unread",
                condition=Q(channel="in_app", read_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notification_id}→{self.recipient_id}"
