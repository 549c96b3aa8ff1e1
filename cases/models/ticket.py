from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agency.core.clock import AgencyNow
from agency.core.text import mask_text
from agency.core.traces import mask_traces
from cases.lifecycle import Kind, has_outcome
from cases.models.search import OF_TICKET
from cases.models.texts import CaseLine, CaseText

PLATFORMS = ("national", "minyi", "315xft", "petition")
"""Codes of channels that wait for a reply to each ticket, and show it to the citizen."""
HOTLINES = ("12315", "12365", "12331", "12358", "12330")
"""The five merged hotlines: consumer, quality, food and drug, price, intellectual property."""


TOLD = ("narrative", "demand", "amount")
"""What a further round says anew, and the first one through its case."""


OLDEST = timedelta(days=30)
"""How far back a trusted channel may state the arrival."""
HISTORY = OLDEST - timedelta(minutes=1)
"""What arrived longer ago is history to an import: intake reads its clock a little later."""


class Ticket(models.Model):
    """What a platform sent: its number, its moment, its own clocks and its own reply.

    A ticket has moments, no state. ``arrived_at`` starts the clocks; what an untrusted
    channel says of it is kept in ``claimed_arrived_at`` and never counts.
    ``round`` grows when the platform sends the same ticket back. What the first round told
    is the case's; what a further one tells stands here. One that was returned to its platform
    is nobody's here any more; it comes again as a further round, if the platform insists.
    """

    no = models.CharField(_("ticket number"), max_length=20, unique=True, db_collation="C")
    channel = models.ForeignKey(
        "cases.Channel", models.PROTECT, related_name="tickets", verbose_name=_("channel")
    )
    external_no = models.CharField(
        _("external number"), max_length=64, blank=True, db_collation="C"
    )
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    line = models.CharField(_("hotline"), max_length=5, blank=True)
    case = models.ForeignKey(
        "cases.Case", models.PROTECT, related_name="tickets", verbose_name=_("case")
    )
    consumer = models.ForeignKey(
        "cases.Consumer", models.PROTECT, null=True, related_name="tickets"
    )
    title = CaseLine(_("title"), keeper="", max_length=200)
    narrative = CaseText(_("narrative"), keeper="", blank=True)
    demand = CaseText(_("demand"), keeper="", blank=True)
    amount = models.DecimalField(
        _("disputed amount"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    urgent = models.BooleanField(_("urgent"), default=False)
    arrived_at = models.DateTimeField(_("arrived at"))
    claimed_arrived_at = models.DateTimeField(_("arrival as claimed"), null=True)
    registered_at = models.DateTimeField(_("registered at"), db_default=AgencyNow())
    responded_at = models.DateTimeField(_("responded at"), null=True)
    contacted_at = models.DateTimeField(_("contacted at"), null=True)
    replied_at = models.DateTimeField(_("replied at"), null=True)
    reply_text = CaseText(_("reply"), keeper="", ours=True, blank=True)
    interim_at = models.DateTimeField(_("interim reply at"), null=True)
    """The reply that went out before it was known what came of the case (阶段答复): as long as there is
    no other, ``replied_at`` too.
    """
    interim_text = CaseText(
        _("interim reply"), keeper="", ours=True, blank=True, default="", db_default=""
    )
    returned_at = models.DateTimeField(_("returned to the platform"), null=True)
    return_reason = CaseLine(_("why returned"), keeper="", ours=True, max_length=100, blank=True)
    return_basis = CaseText(_("legal basis"), keeper="", ours=True, blank=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_no", "round"],
                condition=~Q(external_no=""),
                name="ticket_once_per_number_and_round",
            ),
            models.CheckConstraint(condition=Q(round__gte=1), name="ticket_round_from_one"),
            models.CheckConstraint(
                condition=Q(responded_at=None) | Q(responded_at__gte=F("arrived_at")),
                name="ticket_responded_after_arrival",
            ),
            models.CheckConstraint(
                condition=Q(contacted_at=None) | Q(contacted_at__gte=F("responded_at")),
                name="ticket_contacted_after_response",
            ),
        ]
        indexes = [
            # Serves arrivals by hour and day.
            models.Index(fields=["arrived_at"], name="ticket_arrived"),
        ]
        triggers = OF_TICKET

    def __str__(self) -> str:
        return self.no

    @property
    def is_history(self) -> bool:
        """Whether an import brought it, and it was over then: nothing counts for it."""
        return self.registered_at - self.arrived_at > HISTORY

    @property
    def is_owed_reply(self) -> bool:
        """Whether no reply went out yet; or none but the interim one, and the outcome is known."""
        if self.replied_at is None:
            return True
        is_interim = self.replied_at == self.interim_at
        return is_interim and has_outcome(self.case.kind, self.case.state)

    @property
    def awaits_reply(self) -> bool:
        """Whether its platform waits for one; where somebody called or came, nobody does."""
        is_waiting = self.is_owed_reply and not self.returned_at
        return self.channel.code in PLATFORMS and is_waiting

    @property
    def label(self) -> str:
        """What tells it from the others of its case: 民意速办 MY-C-1 林**."""
        again = gettext("round %(round)s") % {"round": self.round} if self.round > 1 else ""
        parts = (self.channel.name, self.external_no or self.no, again, str(self.consumer or ""))
        return " ".join(filter(None, parts))

    @property
    def subject(self) -> str:
        """Its own title as everybody who sees the case may read it.

        Of a report the case's: who reported a ticket that came later, this case cannot mask.
        """
        if self.case.kind == Kind.REPORT:
            return self.case.shown(self.case.title)
        return self.shown(self.title)

    def kept(self, text: str, *, ours: bool = False) -> str:
        """``text`` as the database keeps it, see ``Case.kept``."""
        kept = self.case.kept(text, ours=ours)
        return self.consumer.sealed_in(kept) if self.consumer else kept

    def shown(self, text: str, *, wholly: bool = False) -> str:
        """``text`` of this ticket as everybody who sees the case may read it."""
        shown = self.case.shown(text, wholly=wholly)
        return self.consumer.masked_in(shown, wholly=wholly) if self.consumer else shown

    def veil(self, *people) -> None:
        """Keep of what a report's round tells nothing that could tell who reported.

        It may come to another case, which would not know whom to mask.
        """
        for name in ("title", "narrative", "demand"):
            text = mask_text(getattr(self, name), wholly=True)
            for person in filter(None, people):
                text = person.masked_in(text, wholly=True)
            names = (name for person in filter(None, people) for name in person.names)
            setattr(self, name, mask_traces(text, *names))
