"""What a verb's form offers to choose from, and what it begins with."""

from collections.abc import Callable

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import serializers

from agency.core import clock
from agency.core.calendar import SHANGHAI
from agency.core.fields import Flag
from cases import citizens
from cases.admin import drafts, longer, people, ready, words
from cases.admin.asked import Asked
from cases.admin.demands import MUST_BE_SAID
from cases.admin.fields import LISTED, Option, is_ticked, yes_or_no
from cases.admin.labels import SUGGESTIONS
from cases.admin.registered import REGISTERED, classes, registered
from cases.bodies.complaint import ABOUT
from cases.calendar import day_of
from cases.grounds import PETITION_REFUSALS, REFUSALS, TERMINATIONS
from cases.lifecycle import PRINCIPLES, Kind, PauseReason
from cases.models import (
    IN_WRITING,
    Appraisal,
    Case,
    Decision,
    MediationSession,
    PartyNotice,
    Ticket,
    Topic,
)
from cases.workflow.closing import callers
from cases.workflow.experts import pool
from cases.workflow.mediation import grounds_now, last_to_mediate
from cases.workflow.notes import readers
from cases.workflow.review import NOTHING, identity_limit, told_of
from cases.workflow.time import clocks_of, reasons_to_pause

CODED = {"ground"}
REFITS = {
    "unit": "#f-handler,#f-contact,#f-follow_up",
    "about": "#f-text",
}
"""Field → what is read anew with each choice of it: which fields, as a page selects them."""
WITHOUT_TICKET = {"respond", "contact", "reply_ticket"}
"""The verbs that mean several tickets where none is named."""
TELLS = {"notify", "accept", "record_non_performance"}
"""The verbs whose ticket is that of who is told."""


def options(on: Asked, name: str, told: serializers.Field) -> list[Option]:
    """What may be chosen; empty for a field that is typed."""
    offer = OFFERS.get((on.verb.name, name)) or OFFERS.get(name)
    if offer:
        return offer(on)
    if isinstance(told, serializers.ChoiceField):
        return _choices(name, told, must_be_said=(on.verb.name, name) in MUST_BE_SAID)
    return yes_or_no() if isinstance(told, Flag) and is_ticked(told) is None else []


def _choices(name: str, told: serializers.ChoiceField, *, must_be_said: bool) -> list[Option]:
    """The choices; first none, where there need be none or where each is weighed."""
    named = [
        (code, f"{code} {text}" if name in CODED else str(text))
        for code, text in told.choices.items()
    ]
    is_open = isinstance(told, serializers.MultipleChoiceField) or (
        ((told.required or must_be_said) and name not in LISTED)
        or told.default is not serializers.empty
    )
    return named if is_open else [("", "—"), *named]


NEVER_PRESUMED = {"satisfaction", "office", "decision", "opinion", "principle"}
"""What must be asked or weighed first: no choice of it stands there before."""


def default(on: Asked, name: str, told: serializers.Field, offered: list[Option]) -> str:
    """What stands there before anything is typed."""
    begin = DEFAULTS.get((on.verb.name, name))
    if begin:
        return begin(on)
    if isinstance(told, Flag):
        return "true" if is_ticked(told) else ""
    if told.default is not serializers.empty:
        return str(told.default)
    if name in NEVER_PRESUMED or (on.verb.name, name) in MUST_BE_SAID:
        return ""
    is_choice = isinstance(told, serializers.ChoiceField) or (told.required and len(offered) == 1)
    return offered[0][0] if offered and is_choice else ""


def is_of_one(on: Asked) -> bool:
    """What is drafted for one case would be wrong for others."""
    return len(on.cases) == 1


def _notice(on: Asked) -> str:
    return drafts.notice(on.case, on.typed.get("about", "")) if is_of_one(on) else ""


def refits(on: Asked, name: str) -> str:
    """Which fields each choice of this one changes."""
    return "" if name == "about" and not is_of_one(on) else REFITS.get(name, "")


def refitted(on: Asked) -> QueryDict:
    """What is typed; but a drafted text in which nobody wrote is drafted anew of what was chosen."""
    typed = on.typed.copy()
    if on.verb.name == "notify" and drafts.is_drafted(on.case, typed.get("text", "")):
        typed.pop("text", None)
    return typed


def label(on: Asked, name: str) -> str:
    """How the form calls the field."""
    said = words.label(on.case, on.verb.name, name)
    return longer.in_units(on, said) if (on.verb.name, name) == ("extend", "amount") else said


def suggestions(on: Asked, name: str) -> list[Option]:
    """What is said most often; anything else may be typed."""
    if on.verb.name == "link_ticket":
        return [(t.no, f"{t.channel.name} {t.subject}") for t in nearby_tickets(on)]
    if on.verb.name == "note":
        return [(f"@{u.name}", f"{u.username} {u.unit.name}") for u in readers(on.case)]
    if on.verb.name == "mark_duplicate":
        return [(case.no, case.shown(case.title)) for case in _same_reports(on)]
    return [(str(text), "") for text in SUGGESTIONS.get((on.verb.name, name), [])]


# -- clocks ---------------------------------------------------------------------------------


def _breaches(on: Asked) -> list[Option]:
    missed = on.case.deadlines.filter(noticed_at__isnull=False, excuses=None)
    named = {row.rule.code: row for row in missed.select_related("rule").order_by("-due_at")}
    text = _("%(clock)s, due %(moment)s")
    return [
        (code, text % {"clock": row.rule.name, "moment": f"{row.due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"})
        for code, row in named.items()
    ]  # fmt: skip


def _identity_day(on: Asked) -> str:
    limit = identity_limit(on.case, clock.now())
    return day_of(limit).isoformat() if limit else ""


def _mediation_day(on: Asked) -> str:
    last = last_to_mediate(on.case)
    return day_of(last).isoformat() if last else ""


# -- tickets, cases, topics -----------------------------------------------------------------


def ticket_options(on: Asked) -> list[Option]:
    """The case's tickets this verb may be about; first all of them, where that is meant."""
    tickets = on.case.tickets.select_related("channel", "consumer").order_by("pk")
    if on.verb.name == "respond":
        tickets = tickets.filter(responded_at=None)
    if on.verb.name == "reply_ticket":
        tickets = [ticket for ticket in tickets if ticket.is_owed_reply]
    named = [(t.no, t.label) for t in tickets]
    return [("", _all_tickets(on)), *named] if on.verb.name in WITHOUT_TICKET else named


def told_apart(on: Asked) -> list[Option]:
    """The case's own complainant, and each other one by a ticket; none where there is no other."""
    named = [(theirs[0].no, theirs[0].label) for theirs in citizens.others(on.case)]
    return [("", _("The case's own citizen")), *named] if named else []


def spoken_with(on: Asked) -> list[Option]:
    """Each citizen by a ticket, where there are several; first all of them, who are written to."""
    told = told_apart(on)
    own = citizens.tickets_of(on.case.consumer, _tickets(on))[:1] if told else []
    everybody = ("", _("All of them (in writing alone)"))
    return [everybody, *((t.no, t.label) for t in own), *told[1:]] if told else []


def _first_untold(on: Asked) -> str:
    """Who comes first of those that do not know of the latest decision."""
    decision = drafts.decision_of(on.case)
    is_longer = decision is not None and decision.kind == Decision.Kind.EXTENDED
    untold = citizens.untold_by_itself if is_longer else citizens.untold
    waiting = untold(on.case, decision) if decision else []
    return waiting[0].no if waiting and waiting[0] else ""


def first_to_call(on: Asked) -> str:
    """Another citizen's ticket, where the call is owed to them alone."""
    if on.verb.name != "contact" or (waiting := waits_besides(on)) is None:
        return ""
    theirs = citizens.tickets_of(waiting.consumer, _tickets(on))
    is_owed_to_them_alone = set(citizens.waiting(on.case)) <= set(theirs)
    is_called = waiting.consumer and waiting.consumer.phone
    return waiting.no if is_owed_to_them_alone and is_called else ""


def waits_besides(on: Asked) -> Ticket | None:
    """Another citizen than the case's own who waits for a call; of a report all are one's."""
    if on.case.kind == Kind.REPORT:
        return None
    return citizens.waits_besides(on.case, citizens.tickets_of(on.case.consumer, _tickets(on)))


def _tickets(on: Asked) -> list[Ticket]:
    return list(on.case.tickets.select_related("consumer", "channel").order_by("pk"))


def _all_tickets(on: Asked) -> str:
    """What is meant where no ticket is named: as cases/workflow/tickets.py has it."""
    if on.verb.name == "respond":
        return _("All that await a response")
    if on.verb.name == "reply_ticket":
        return _("All that await a reply")
    if on.case.kind == Kind.REPORT:
        return _("All tickets of the case")
    if waits_besides(on):
        return _("Choose whom the call was for: several citizens wait")
    return _("All tickets of the case's citizen")


def nearby_tickets(on: Asked) -> list[Ticket]:
    """Tickets of open cases about the same merchant or by the same citizen."""
    same = Q(merchant__in=on.case.merchant.same) if on.case.merchant else Q(pk__in=[])
    if on.case.consumer and on.case.consumer.phone:
        same |= Q(consumer__phone_index=on.case.consumer.phone)
    cases = Case.objects.in_hands_of(on.user).open().filter(same, kind=on.case.kind)
    others = cases.exclude(pk=on.case.pk).order_by("-arrived_at")[:10]
    found = Ticket.objects.filter(case__in=list(others)).select_related(
        "case__consumer", "case__reporter", "channel", "consumer"
    )
    return list(found[:10])


def _same_reports(on: Asked) -> list[Case]:
    """Other reports about the same merchant, the latest first."""
    if not on.case.merchant:
        return []
    reports = Case.objects.visible_to(on.user).filter(
        merchant__in=on.case.merchant.same, kind=on.case.kind
    )
    return list(
        reports.exclude(pk=on.case.pk).select_related("reporter").order_by("-arrived_at")[:10]
    )


def _topics(on: Asked) -> list[Option]:
    """What the case has, to take one off; what it has not and may get today, to put one on.

    Of many cases, what any of them may mean.
    """
    own, today = Topic.objects.filter(cases__in=on.cases).distinct(), day_of(clock.now())
    if on.verb.name == "untag":
        return [(topic.code, topic.name) for topic in own]
    others = Topic.objects.all() if len(on.cases) > 1 else Topic.objects.exclude(pk__in=own)
    return [(topic.code, topic.name) for topic in others if topic.is_on(today)]


def _principles(_on: Asked) -> list[Option]:
    return [(code, str(text)) for code, text in PRINCIPLES.items()]


def _pauses(on: Asked) -> list[Option]:
    """Only what a clock of this case stops for, where one does."""
    known = reasons_to_pause(clocks_of(on.case, on.verb.name)) or set(PauseReason.values)
    return [(code, str(text)) for code, text in PauseReason.choices if code in known]


def may_send_out(on: Asked, name: str) -> bool:
    """Whether the pause is of something sent out; at whose cost, the parties of a mediation agree."""
    is_parties = on.case.kind == Kind.COMPLAINT and on.verb.name == "pause"
    is_sent = {code for code, _text in _pauses(on)} <= Appraisal.REASONS
    return is_sent and (is_parties or name != "cost")


def _experts(on: Asked) -> list[Option]:
    return [("", "—"), *((u.username, u.name) for u in pool(on.case))]


def _told_by(on: Asked) -> list[Option]:
    return [("", _("not told yet")), *_ways_to_tell(on)]


def _ways_to_tell(on: Asked) -> list[Option]:
    """What counts as told: a petitioner is told in writing."""
    ways = IN_WRITING if on.case.kind == Kind.PETITION else PartyNotice.How.choices
    return [(code, str(text)) for code, text in ways]


def _usual_way(on: Asked) -> str:
    is_petition = on.case.kind == Kind.PETITION
    return str(PartyNotice.How.LETTER if is_petition else PartyNotice.How.PHONE)


def _refusals(on: Asked) -> list[Option]:
    grounds = PETITION_REFUSALS if on.case.kind == Kind.PETITION else REFUSALS
    return [("", "—"), *((code, f"{code} {text}") for code, text in grounds.items())]


def _terminations(on: Asked) -> list[Option]:
    """Only what fits the case now."""
    fit = grounds_now(on.case, clock.now())
    return [("", "—"), *((code, f"{code} {TERMINATIONS[code]}") for code in fit)]


def _decisions(on: Asked) -> list[Option]:
    """What was decided here that parties are told of, the latest first; or nothing of it."""
    kinds = reversed(told_of(on.case).values_list("kind", flat=True))
    names = dict(ABOUT)
    return [(kind, str(names[kind])) for kind in (*dict.fromkeys(kinds), NOTHING)]


def _about(on: Asked) -> str:
    """What somebody still waits to be told."""
    decision = drafts.decision_of(on.case)
    return decision.kind if decision else NOTHING


def _kinds(on: Asked) -> list[Option]:
    """A complaint may turn out to be a question; a question may become anything else."""
    is_question = on.case.kind == Kind.COMPLAINT
    return [(k.value, str(k.label)) for k in Kind if (k == Kind.CONSULTATION) == is_question]


# -- which field is offered what --------------------------------------------------------------

OFFERS: dict[str | tuple[str, str], Callable[[Asked], list[Option]]] = {
    "unit": people.units,
    "outlet": people.takers,
    ("dispatch", "handler"): people.of_unit("handler"),
    ("dispatch", "contact"): people.of_unit("contact"),
    ("dispatch", "follow_up"): people.of_unit("follow_up"),
    ("assign", "handler"): people.others("handler"),
    ("assign", "contact"): people.others("contact"),
    ("assign", "follow_up"): people.others("follow_up"),
    "mediator": people.mediators,
    ("start_mediation", "method"): lambda _on: list(MediationSession.Method.choices),
    "colleague": people.colleagues,
    "leader": people.responsible("leader"),
    "core_handler": people.responsible("core_handler"),
    "callback": lambda on: [("", "—"), *people.named(callers(on.case))],
    ("extend", "rule"): longer.options,
    ("excuse", "rule"): _breaches,
    ("link_ticket", "ticket"): lambda _on: [],
    "ticket": ticket_options,
    "topic": _topics,
    ("issue_document", "form"): ready.forms,
    ("pause", "reason"): _pauses,
    ("pause_clue", "reason"): _pauses,
    "expert": _experts,
    "principle": _principles,
    "notified_by": _told_by,
    ("notify", "party"): ready.parties,
    ("issue_document", "party"): ready.addressees,
    ("terminate", "party"): lambda on: [("", "—"), *ready.parties(on)],
    ("notify", "how"): _ways_to_tell,
    ("notify", "about"): _decisions,
    ("notify", "ticket"): told_apart,
    ("accept", "ticket"): spoken_with,
    ("record_non_performance", "ticket"): spoken_with,
    ("refuse", "ground"): _refusals,
    ("terminate", "ground"): _terminations,
    ("supplement", "category"): classes("category"),
    ("supplement", "problem"): classes("problem"),
    ("convert", "kind"): _kinds,
    ("decide_publicity", "publish"): ready.publicity,
}
"""Field, or verb and field → its choices. An empty list: it is typed."""

DEFAULTS: dict[tuple[str, str], Callable[[Asked], str]] = {
    **{("supplement", name): registered(name) for name in REGISTERED},
    ("pause", "entrusted_on"): lambda _on: day_of(clock.now()).isoformat(),
    ("resume", "received_on"): lambda _on: day_of(clock.now()).isoformat(),
    ("dispatch", "unit"): lambda on: on.case.unit.code if on.case.unit.parent_id else "",
    ("request_identity", "until"): _identity_day,
    ("entrust", "until"): _mediation_day,
    ("extend", "amount"): longer.most,
    ("assign_triple", "leader"): people.responsible_now("leader"),
    ("assign_triple", "core_handler"): people.responsible_now("core_handler"),
    ("assign_triple", "callback"): people.responsible_now("callback"),
    ("start_mediation", "meeting_at"): ready.appointment,
    ("issue_document", "form"): ready.likely_form,
    ("issue_document", "meeting_at"): ready.appointment,
    ("issue_document", "place"): lambda on: m.place if (m := ready.meeting(on)) else "",
    ("decide_publicity", "publish"): lambda on: "false" if ready.withheld(on) else "",
    ("decide_publicity", "reason"): ready.withheld,
    ("hold_session", "held_at"): lambda _on: ready.as_typed(clock.now()),
    ("confirm_performance", "performed_on"): lambda _on: day_of(clock.now()).isoformat(),
    ("confirm_performance", "amount"): lambda on: drafts.agreed_amount(on.case),
    ("notify", "party"): lambda on: drafts.party_to_tell(on.case),
    ("notify", "how"): _usual_way,
    ("notify", "about"): _about,
    ("notify", "ticket"): _first_untold,
    ("contact", "ticket"): first_to_call,
    ("request_review", "asked_on"): lambda _on: day_of(clock.now()).isoformat(),
    ("request_final_review", "asked_on"): lambda _on: day_of(clock.now()).isoformat(),
    ("notify", "text"): _notice,
    ("reply_ticket", "text"): lambda on: drafts.reply(on.case) if is_of_one(on) else "",
    ("agree_answer", "text"): lambda on: drafts.reply(on.case),
}
"""Verb and field → what it begins with."""
