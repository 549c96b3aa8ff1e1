import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agency.core.sealing import SecretField, SecretRow


class Service(SecretRow):
    """That a notice reached its merchant, and how: the record of service 送达回证.

    ``served_at`` is when it counts as served: of an announcement thirty days after ``at``
    (行政处罚程序规定 §82). ``round``: of which notice. Who took it and who saw it refused are people,
    and sealed. ``notice`` is None where there was no time for paper, and of a letter without a
    meeting (``guidance``).
    """

    class Method(models.TextChoices):
        DIRECT = "direct", _("by hand")
        LIEN = "lien", _("left behind, refused")
        POST = "post", _("by post")
        ELECTRONIC = "electronic", _("electronically")
        ANNOUNCEMENT = "announcement", _("by announcement")
        ENTRUSTED = "entrusted", _("by entrusting another body")
        TELEPHONE = "telephone", _("by telephone, urgent")

    attendance = models.ForeignKey(
        "interviews.Attendance", models.PROTECT, null=True, related_name="services"
    )
    guidance = models.ForeignKey(
        "interviews.Guidance", models.PROTECT, null=True, related_name="services"
    )
    notice = models.ForeignKey(
        "interviews.Notice", models.PROTECT, null=True, related_name="services"
    )
    round = models.PositiveSmallIntegerField(_("round"))
    method = models.CharField(_("method of service"), max_length=12, choices=Method)
    at = models.DateTimeField(_("at"))
    served_at = models.DateTimeField(_("served at"))
    recipient = SecretField(_("recipient"))
    witness = SecretField(_("witness"))
    relation = models.CharField(_("relation to the merchant"), max_length=100, blank=True)
    place = models.CharField(_("place"), max_length=300, blank=True)
    tracking_no = models.CharField(_("tracking number"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    """Why it was refused, or why there was no time for paper."""
    consent = models.BooleanField(_("agreed to electronic service"), null=True)
    server = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    second_server = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    document = models.OneToOneField(
        "interviews.Document", models.PROTECT, null=True, related_name="service"
    )

    class Meta:
        verbose_name = _("record of service")
        verbose_name_plural = _("records of service")
        ordering = ["pk"]  # in the order in which they came
        constraints = [
            models.CheckConstraint(
                condition=Q(second_server=None) | ~Q(second_server=F("server")),
                name="service_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(attendance=None, guidance__isnull=False)
                | Q(attendance__isnull=False, guidance=None),
                name="service_of_one_letter",
            ),
            models.CheckConstraint(
                condition=Q(served_at__gte=F("at")), name="service_counts_from_its_day"
            ),
            models.CheckConstraint(
                condition=Q(notice__isnull=False)
                | Q(guidance__isnull=False)
                | Q(method="telephone") & ~Q(reason=""),
                name="service_without_paper_is_urgent",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.attendance_id} {self.method}"


SIX = [choice for choice in Service.Method.choices if choice[0] != Service.Method.TELEPHONE]
"""The ways to serve a letter. To call in by telephone is an act of its own."""
