from django.db import models
from django.db.models import Count, Max, Q
from django.utils.translation import gettext_lazy as _

from agency.core.models import Event


class CaseEventQuerySet(models.QuerySet):
    def of(self, case):
        """The story of ``case``: its own events, and those of the clocks that came to it.

        A clock moves with its ticket, an event stays where it was written. Told in keys:
        a join beside the "or" would read every event there is.
        """
        clocks = list(case.deadlines.values_list("pk", flat=True))
        return self.filter(Q(case=case) | Q(deadline__in=clocks))

    def folded(self) -> list["CaseEvent"]:
        """These, but of one rung that was climbed again and again the latest alone.

        Nobody's ticket climbs each hour, for ever: a story has an end. ``times`` says how often.
        """
        climbed = CaseEvent.Kind.DEADLINE_ESCALATED
        rungs = self.filter(kind=climbed).order_by().values("deadline", "data__target")
        rungs = rungs.annotate(latest=Max("pk"), times=Count("pk"))
        times = {rung["latest"]: rung["times"] for rung in rungs}
        events = list(self.filter(~Q(kind=climbed) | Q(pk__in=times)))
        for event in events:
            event.times = times.get(event.pk, 1)
        return events


class CaseEvent(Event):
    """What happened to a case: written once, never changed."""

    times = 1
    """How many events it stands for, where repeats are folded."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", _("registered")
        TICKET_RECEIVED = "ticket_received", _("ticket received again")
        DISPATCHED = "dispatched", _("dispatched")
        RETURNED = "returned", _("returned")
        RESPONDED = "responded", _("responded")
        CONTACTED = "contacted", _("contacted")
        RETURNED_TO_PLATFORM = "returned_to_platform", _("returned to the platform")
        CONTACT_FAILED = "contact_failed", _("contact tried")
        REPLIED = "replied", _("replied to the platform")
        ANSWER_AGREED = "answer_agreed", _("answer agreed")
        TICKET_LINKED = "ticket_linked", _("ticket linked")
        MERGED = "merged", _("merged")
        TICKET_UNLINKED = "ticket_unlinked", _("ticket unlinked")
        ASSIGNED = "assigned", _("handler changed")
        HANDED_OVER = "handed_over", _("handed over")
        SPLIT = "split", _("split")
        CONVERTED = "converted", _("converted")
        SUPPLEMENTED = "supplemented", _("registration supplemented")
        TOPIC_CHANGED = "topic_changed", _("topics changed")
        IDENTITY_REQUESTED = "identity_requested", _("identity asked for")
        IDENTITY_RECORDED = "identity_recorded", _("identity recorded")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("not accepted")
        NOTIFIED = "notified", _("party told")
        MEDIATION_STARTED = "mediation_started", _("mediation started")
        ENTRUSTED = "entrusted", _("mediation entrusted")
        SESSION_HELD = "session_held", _("mediation session held")
        RECUSAL_REQUESTED = "recusal_requested", _("recusal asked for")
        RECUSAL_DECIDED = "recusal_decided", _("recusal decided")
        PAUSED = "paused", _("paused")
        RESUMED = "resumed", _("resumed")
        EXTENDED = "extended", _("extended")
        CLUE_RECORDED = "clue_recorded", _("clue found")
        CLUE_VERIFIED = "clue_verified", _("clue verified")
        DISPUTE_RECORDED = "dispute_recorded", _("jurisdiction disputed")
        DISPUTE_SETTLED = "dispute_settled", _("jurisdiction settled")
        REFERRED = "referred", _("referred")
        REFERRAL_TAKEN = "referral_taken", _("referral taken")
        REFERRAL_ANSWERED = "referral_answered", _("referral answered")
        CAME_HOME = "came_home", _("came home from its referral")
        SETTLED = "settled", _("settled")
        TERMINATED = "terminated", _("mediation terminated")
        WITHDRAWN = "withdrawn", _("withdrawn")
        PERFORMED = "performed", _("performed")
        NOT_PERFORMED = "not_performed", _("not performed")
        FOLLOWED_UP = "followed_up", _("called back")
        VERIFYING = "verifying", _("verification started")
        DUPLICATE = "duplicate", _("found a duplicate")
        NO_JURISDICTION = "no_jurisdiction", _("no jurisdiction")
        FILED = "filed", _("filed")
        NOT_FILED = "not_filed", _("not filed")
        TRANSFERRED = "transferred", _("transferred")
        CASE_DECIDED = "case_decided", _("case decided")
        REWARDED = "rewarded", _("reward granted")
        ANSWERED = "answered", _("answered")
        OBJECTED = "objected", _("objected to")
        OBJECTION_SETTLED = "objection_settled", _("objection settled")
        ROUTED = "routed", _("routed to its legal way")
        TRIPLE_ASSIGNED = "triple_assigned", _("three people named")
        VISITED = "visited", _("petitioner met")
        INSPECTED = "inspected", _("matter inspected")
        HEARING_HELD = "hearing_held", _("hearing held")
        PETITION_REPLIED = "petition_replied", _("opinion issued")
        EVALUATED = "evaluated", _("rated")
        REVIEW_REQUESTED = "review_requested", _("review asked for")
        REVIEW_ANSWERED = "review_answered", _("review answered")
        EXPERT_ASKED = "expert_asked", _("expert asked")
        OPINION_GIVEN = "opinion_given", _("expert opinion given")
        PUBLICITY_DECIDED = "publicity_decided", _("publicity decided")
        ATTACHED = "attached", _("evidence added")
        DOCUMENT_ISSUED = "document_issued", _("document issued")
        PROPOSED = "proposed", _("proposed")
        DISAPPROVED = "disapproved", _("not approved")
        EXCUSED = "excused", _("breach excused")
        SUPERVISED = "supervised", _("pressed for what is overdue")
        NOTED = "noted", _("note")
        CLOSED = "closed", _("closed")
        REOPENED = "reopened", _("reopened")
        ARCHIVED = "archived", _("archived")
        DEADLINE_WARNED = "deadline_warned", _("deadline near")
        DEADLINE_BREACHED = "deadline_breached", _("deadline missed")
        DEADLINE_ESCALATED = "deadline_escalated", _("escalated")

    kind = models.CharField(_("what"), max_length=40, choices=Kind)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="events")
    ticket = models.ForeignKey("cases.Ticket", models.PROTECT, null=True, related_name="events")
    deadline = models.ForeignKey(
        "cases.CaseDeadline", models.PROTECT, null=True, related_name="events"
    )

    objects = CaseEventQuerySet.as_manager()

    class Meta(Event.Meta):
        abstract = False
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"
