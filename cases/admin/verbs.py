"""A verb as a small form: its fields come from the API's body, its rules from the workflow."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from rest_framework import serializers

from agency.core import clock
from agency.core.api import flatten
from agency.core.calendar import SHANGHAI
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.fields import Flag, Moment
from agency.core.models import Unit, User
from cases import acts, lifecycle, workflow
from cases.admin.linking import Sight
from cases.bodies import BODIES
from cases.lifecycle import PRINCIPLES, Kind
from cases.models import Case, PartyNotice, Ticket, Topic
from cases.workflow.documents import offered
from cases.workflow.experts import pool
from cases.workflow.hands import officers
from cases.workflow.load import with_load
from cases.workflow.tickets import ticket_elsewhere

LONG = 1000
"""From this length on a text gets more than one line."""

Option = tuple[str, str]


@dataclass(frozen=True)
class Verb:
    """How a verb is called on a button, and the key that presses it."""

    name: str
    label: str
    key: str


VERBS = {
    verb.name: verb
    for verb in (
        Verb("dispatch", pgettext_lazy("verb", "Dispatch"), "d"),
        Verb("respond", pgettext_lazy("verb", "Respond"), "r"),
        Verb("contact", pgettext_lazy("verb", "Contact"), "c"),
        Verb("reply_ticket", pgettext_lazy("verb", "Reply"), "y"),
        Verb("agree_answer", pgettext_lazy("verb", "Agree answer"), ""),
        Verb("request_identity", pgettext_lazy("verb", "Ask for identity"), "i"),
        Verb("record_identity", pgettext_lazy("verb", "Record identity"), "i"),
        Verb("accept", pgettext_lazy("verb", "Accept"), "s"),
        Verb("refuse", pgettext_lazy("verb", "Refuse"), "n"),
        Verb("start_mediation", pgettext_lazy("verb", "Start mediation"), "m"),
        Verb("entrust", pgettext_lazy("verb", "Entrust"), ""),
        Verb("hold_session", pgettext_lazy("verb", "Record session"), "h"),
        Verb("request_recusal", pgettext_lazy("verb", "Recusal asked"), ""),
        Verb("decide_recusal", pgettext_lazy("verb", "Decide recusal"), "u"),
        Verb("pause", pgettext_lazy("verb", "Pause"), "p"),
        Verb("resume", pgettext_lazy("verb", "Resume"), "p"),
        Verb("settle", pgettext_lazy("verb", "Settle"), "s"),
        Verb("confirm_performance", pgettext_lazy("verb", "Confirm performance"), "s"),
        Verb("record_non_performance", pgettext_lazy("verb", "Not performed"), "n"),
        Verb("terminate", pgettext_lazy("verb", "Terminate"), "e"),
        Verb("withdraw", pgettext_lazy("verb", "Withdraw"), "w"),
        Verb("record_clue", pgettext_lazy("verb", "Record clue"), ""),
        Verb("verify_clue", pgettext_lazy("verb", "Verify clue"), "v"),
        Verb("verify", pgettext_lazy("verb", "Verify"), "v"),
        Verb("file", pgettext_lazy("verb", "File"), "s"),
        Verb("decline_filing", pgettext_lazy("verb", "Do not file"), "n"),
        Verb("transfer", pgettext_lazy("verb", "Transfer"), ""),
        Verb("mark_duplicate", pgettext_lazy("verb", "Duplicate"), ""),
        Verb("refuse_jurisdiction", pgettext_lazy("verb", "No jurisdiction"), ""),
        Verb("decide_case", pgettext_lazy("verb", "Decide case"), "s"),
        Verb("answer", pgettext_lazy("verb", "Answer"), "s"),
        Verb("object", pgettext_lazy("verb", "Object"), ""),
        Verb("settle_objection", pgettext_lazy("verb", "Settle objection"), "s"),
        Verb("route", pgettext_lazy("verb", "Route"), ""),
        Verb("assign_triple", pgettext_lazy("verb", "Name three people"), "m"),
        Verb("record_visit", pgettext_lazy("verb", "Record visit"), "v"),
        Verb("record_inspection", pgettext_lazy("verb", "Record inspection"), "i"),
        Verb("hold_hearing", pgettext_lazy("verb", "Hold hearing"), ""),
        Verb("reply", pgettext_lazy("verb", "Issue opinion"), "s"),
        Verb("evaluate", pgettext_lazy("verb", "Record rating"), "e"),
        Verb("request_review", pgettext_lazy("verb", "Review asked"), ""),
        Verb("answer_review", pgettext_lazy("verb", "Answer review"), "s"),
        Verb("request_final_review", pgettext_lazy("verb", "Final review asked"), ""),
        Verb("answer_final_review", pgettext_lazy("verb", "Answer final review"), "s"),
        Verb("ask_expert", pgettext_lazy("verb", "Ask an expert"), ""),
        Verb("give_opinion", pgettext_lazy("verb", "Give opinion"), "s"),
        Verb("notify", pgettext_lazy("verb", "Tell a party"), "g"),
        Verb("issue_document", pgettext_lazy("verb", "Issue document"), ""),
        Verb("follow_up", pgettext_lazy("verb", "Call back"), "f"),
        Verb("supervise", pgettext_lazy("verb", "Supervise"), "q"),
        Verb("extend", pgettext_lazy("verb", "Extend"), ""),
        Verb("excuse", pgettext_lazy("verb", "Excuse"), ""),
        Verb("record_dispute", pgettext_lazy("verb", "Dispute jurisdiction"), ""),
        Verb("settle_dispute", pgettext_lazy("verb", "Settle dispute"), ""),
        Verb("assign", pgettext_lazy("verb", "Change people"), ""),
        Verb("split", pgettext_lazy("verb", "Split"), ""),
        Verb("convert", pgettext_lazy("verb", "Convert"), ""),
        Verb("link_ticket", pgettext_lazy("verb", "Link ticket"), "l"),
        Verb("unlink_ticket", pgettext_lazy("verb", "Unlink ticket"), ""),
        Verb("tag", pgettext_lazy("verb", "Add topic"), ""),
        Verb("untag", pgettext_lazy("verb", "Remove topic"), ""),
        Verb("return", pgettext_lazy("verb", "Return"), "t"),
        Verb("close", pgettext_lazy("verb", "Close"), "x"),
        Verb("decide_publicity", pgettext_lazy("verb", "Decide publicity"), ""),
        Verb("reopen", pgettext_lazy("verb", "Reopen"), "o"),
        Verb("archive", pgettext_lazy("verb", "Archive"), ""),
        Verb("approve", pgettext_lazy("verb", "Approve"), "a"),
        Verb("disapprove", pgettext_lazy("verb", "Disapprove"), "b"),
    )
}
"""In the order in which a case usually meets them."""

LABELS = {
    "form": gettext_lazy("Form"),
    "meeting_at": gettext_lazy("Meeting at"),
    "unit": gettext_lazy("Unit"),
    "handler": gettext_lazy("Handler"),
    "contact": gettext_lazy("Contact officer"),
    "follow_up": gettext_lazy("Follow-up officer"),
    "reason": gettext_lazy("Reason"),
    "balance": gettext_lazy("To who has the least in hand"),
    "override": gettext_lazy("One person may hold two parts"),
    "expert": gettext_lazy("Expert"),
    "question": gettext_lazy("Question"),
    "explanation": gettext_lazy("Explanation"),
    "outcome": gettext_lazy("Outcome"),
    "appointment_at": gettext_lazy("Meeting at"),
    "no_meeting_reason": gettext_lazy("Or why no meeting"),
    "note": gettext_lazy("Note"),
    "ticket": gettext_lazy("Ticket"),
    "topic": gettext_lazy("Topic"),
    "new_facts": gettext_lazy("The same reporter tells new facts"),
    "text": gettext_lazy("Reply"),
    "conclusion": gettext_lazy("Conclusion"),
    "principle": gettext_lazy("Principle"),
    "satisfaction": gettext_lazy("Satisfaction"),
    "until": gettext_lazy("Until"),
    "proved": gettext_lazy("Identity is proved"),
    "notified_by": gettext_lazy("Told by"),
    "ground": gettext_lazy("Ground"),
    "factors": gettext_lazy("Factors to weigh"),
    "party": gettext_lazy("Whom"),
    "how": gettext_lazy("How"),
    "mediator": gettext_lazy("Mediator"),
    "to": gettext_lazy("To whom"),
    "method": gettext_lazy("Method"),
    "held_at": gettext_lazy("Held at"),
    "place": gettext_lazy("Place"),
    "complainant_came": gettext_lazy("Complainant came"),
    "respondent_came": gettext_lazy("Respondent came"),
    "minutes": gettext_lazy("Minutes"),
    "granted": gettext_lazy("Recusal is granted"),
    "institution": gettext_lazy("Institution"),
    "rule": gettext_lazy("Clock"),
    "amount": gettext_lazy("Amount"),
    "agreement": gettext_lazy("Agreement"),
    "recovered_amount": gettext_lazy("Recovered amount (yuan)"),
    "due_on": gettext_lazy("To be performed by"),
    "evidence_note": gettext_lazy("Proof"),
    "self_settled": gettext_lazy("They settled it themselves"),
    "filed": gettext_lazy("A case is filed"),
    "counterpart": gettext_lazy("The other authority"),
    "colleague": gettext_lazy("Second officer"),
    "of": gettext_lazy("Original report"),
    "authority": gettext_lazy("Authority"),
    "form_no": gettext_lazy("Approval form number"),
    "decision": gettext_lazy("Decision"),
    "document_no": gettext_lazy("Document number"),
    "agreed": gettext_lazy("They agree"),
    "leader": gettext_lazy("Responsible leader"),
    "core_handler": gettext_lazy("Core handler"),
    "callback": gettext_lazy("Call-back person"),
    "opinion": gettext_lazy("Opinion"),
    "catalogue": gettext_lazy("File list"),
    "publish": gettext_lazy("Publish"),
    "kind": gettext_lazy("Kind"),
}
WITHOUT_TICKET = {"respond", "contact", "reply_ticket"}
"""The verbs that mean several tickets where none is named."""

NOBODY = gettext_lazy("Whoever takes it")

SUGGESTIONS = {
    ("contact", "no_meeting_reason"): [
        gettext_lazy("Settled on the telephone"),
        gettext_lazy("The citizen prefers the telephone"),
        gettext_lazy("Both sides are settling it themselves"),
    ],
    ("return", "reason"): [
        gettext_lazy("Not our district"),
        gettext_lazy("Not our competence"),
        gettext_lazy("The same matter is handled already"),
    ],
}
"""What is said most often; anything else may be typed."""


@dataclass
class FormField:
    """One field as the template shows it. ``widget``: text, long, moment, choice or radio."""

    name: str
    label: str
    widget: str
    required: bool = False
    max_length: int | None = None
    options: list[Option] = field(default_factory=list)
    suggestions: list[Option] = field(default_factory=list)
    value: str = ""
    errors: list[str] = field(default_factory=list)


@dataclass
class VerbForm:
    """The form of one verb on one case, with what was typed and what was wrong with it."""

    verb: Verb
    case: Case
    user: User
    typed: QueryDict = field(default_factory=QueryDict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    refusal: str = ""
    sight: Sight | None = None

    @property
    def status(self) -> int:
        """How HTTP tells what became of it."""
        return 409 if self.refusal else 400 if self.errors else 200

    @property
    def fields(self) -> list[FormField]:
        body = BODIES[self.verb.name]().fields
        return [self._field(name, told) for name, told in body.items() if self._asks(name)]

    @property
    def other_errors(self) -> list[str]:
        """What is wrong with something the form does not show."""
        shown = {f.name for f in self.fields}
        return [text for name, texts in self.errors.items() if name not in shown for text in texts]

    def _asks(self, name: str) -> bool:
        """Whether there is something to choose; a field without a choice is left out."""
        if name == "principle":
            return self.case.kind == Kind.PETITION
        if name == "new_facts":
            return self.case.kind == Kind.REPORT
        optional = self.verb.name in WITHOUT_TICKET and name == "ticket"
        return not optional or len(self.ticket_options) > 2

    def _field(self, name: str, told: serializers.Field) -> FormField:
        options, widget = self._options(name, told), "choice"
        length = getattr(told, "max_length", None)
        if isinstance(told, serializers.ChoiceField):
            widget = "radio"
        elif isinstance(told, Moment):
            widget = "moment"
        elif not options:
            widget = "long" if (length or 0) >= LONG else "text"
        return FormField(
            name, LABELS[name], widget, told.required, length, options,
            value=self.typed.get(name, self._default(name, told, options)),
            errors=self.errors.get(name, []), suggestions=self._suggestions(name),
        )  # fmt: skip

    def _default(self, name: str, told, options: list[Option]) -> str:
        if name == "unit" and self.case.unit.parent_id:
            return self.case.unit.code
        if isinstance(told, Flag):
            return "" if told.required else str(told.default).lower()
        if isinstance(told, serializers.ChoiceField) or (told.required and len(options) == 1):
            return options[0][0] if options else ""
        return ""

    def _options(self, name: str, told) -> list[Option]:
        if name == "principle":
            return [("", "—"), *((code, str(text)) for code, text in PRINCIPLES.items())]
        if isinstance(told, Flag):
            unasked = [("", "—")] if told.required else []
            return [*unasked, ("true", _("yes")), ("false", _("no"))]
        if self.verb.name == "issue_document":
            return self._of_document(name)
        if isinstance(told, serializers.ChoiceField):
            return [(code, str(text)) for code, text in told.choices.items()]
        if name == "ticket" and self.verb.name != "link_ticket":
            return self.ticket_options
        if name == "topic":
            return self._topic_options()
        if name == "expert":
            return [("", "—"), *((u.username, u.name) for u in pool(self.case))]
        if self.verb.name != "dispatch":
            return []
        named = self._unit_options() if name == "unit" else self._officer_options(name)
        return [("", str(NOBODY) if name == "handler" else "—"), *named]

    def _topic_options(self) -> list[Option]:
        """What the case has, to take one off; what it has not and may get today, to put one on."""
        own = self.case.topics.all()
        if self.verb.name == "untag":
            return [(topic.code, topic.name) for topic in own]
        today = clock.now().astimezone(SHANGHAI).date()
        others = Topic.objects.exclude(pk__in=own)
        return [(topic.code, topic.name) for topic in others if topic.is_on(today)]

    def _of_document(self, name: str) -> list[Option]:
        """The forms that may be issued now; and for whom, where that is to be chosen."""
        if name == "form":
            return [(form, str(form.label)) for form in offered(self.case)]
        if name == "party":
            return [("", "—"), *((code, str(text)) for code, text in PartyNotice.Party.choices)]
        return []

    def _unit_options(self) -> list[Option]:
        units = Unit.objects.subtree(self.user.unit)
        return [(unit.code, unit.name) for unit in units if not unit.is_external]

    def _officer_options(self, post: str) -> list[Option]:
        """Nobody before a unit is chosen."""
        unit = self._chosen_unit()
        people = officers(self.case, post, unit) if unit else User.objects.none()
        return [
            (
                u.username,
                _("%(name)s (%(unit)s), %(load)d in hand")
                % {
                    "name": u.name,
                    "unit": u.unit.name,
                    "load": u.load,
                },
            )
            for u in with_load(people).select_related("unit").order_by("unit__path", "name")
        ]

    def _chosen_unit(self) -> Unit | None:
        code = self.typed.get("unit", self.case.unit.code if self.case.unit.parent_id else "")
        return Unit.objects.subtree(self.user.unit).filter(code=code).first()

    @property
    def ticket_options(self) -> list[Option]:
        tickets = self.case.tickets.select_related("channel", "consumer").order_by("pk")
        if self.verb.name == "respond":
            tickets = tickets.filter(responded_at=None)
        if self.verb.name == "reply_ticket":
            tickets = tickets.filter(replied_at=None)
        named = [(t.no, t.label) for t in tickets]
        return [("", self._all_tickets()), *named] if self.verb.name in WITHOUT_TICKET else named

    def _all_tickets(self) -> str:
        """What is meant where no ticket is named: as cases/workflow/tickets.py has it."""
        if self.verb.name == "respond":
            return _("All that await a response")
        if self.verb.name == "reply_ticket":
            return _("All that have no reply yet")
        if self.case.kind == Kind.REPORT:
            return _("All tickets of the case")
        return _("All tickets of the case's citizen")

    def _suggestions(self, name: str) -> list[Option]:
        if self.verb.name == "link_ticket":
            return [(t.no, f"{t.channel.name} {t.subject}") for t in self.nearby_tickets]
        return [(str(text), "") for text in SUGGESTIONS.get((self.verb.name, name), [])]

    @property
    def nearby_tickets(self) -> list[Ticket]:
        """Tickets of open cases about the same merchant or by the same citizen."""
        if self.verb.name != "link_ticket":
            return []
        same = Q(merchant=self.case.merchant) if self.case.merchant_id else Q(pk__in=[])
        if self.case.consumer and self.case.consumer.phone:
            same |= Q(consumer__phone=self.case.consumer.phone)
        cases = Case.objects.in_hands_of(self.user).open().filter(same, kind=self.case.kind)
        others = cases.exclude(pk=self.case.pk).order_by("-arrived_at")[:10]
        found = Ticket.objects.filter(case__in=list(others)).select_related(
            "case__consumer", "case__reporter", "channel", "consumer"
        )
        return list(found[:10])

    @property
    def proposal(self):
        """What waits for a decision, where this verb decides."""
        if self.verb.name not in {"approve", "disapprove"}:
            return None
        return self.case.pending

    @property
    def proposal_text(self) -> str:
        said = self.proposal.data.get("conclusion", "") if self.proposal else ""
        return self.case.shown(said)

    def submit(self) -> bool:
        """Do it. False: what was wrong stands in ``errors`` or ``refusal``; or first ``sight``."""
        body = BODIES[self.verb.name](data=self._body())
        if not body.is_valid():
            self.errors = flatten(body.errors)
            return False
        try:
            if self._must_look(body.validated_data):
                return False
            workflow.VERBS[self.verb.name](self.case.no, by=self.user, **body.validated_data)
        except Invalid as error:
            self.errors = error.errors
        except RuleViolation as error:
            self.refusal = str(error)
        else:
            return True
        return False

    def _must_look(self, told: dict) -> bool:
        """Before a ticket comes it is shown; sent again with what was ``seen``, it comes."""
        if self.verb.name != "link_ticket":
            return False
        ticket = ticket_elsewhere(self.case.no, self.user, told["ticket"])
        if self.typed.get("seen") == ticket.no:
            return False
        self.sight = Sight(ticket, self.case)
        return True

    def _body(self) -> dict:
        """What was typed as the API would send it; an empty field is not sent."""
        told = BODIES[self.verb.name]().fields
        typed = {name: self.typed[name] for name in told if self.typed.get(name, "").strip()}
        for name in typed:
            if isinstance(told[name], Moment):
                typed[name] = with_offset(typed[name])
            if isinstance(told[name], Flag):
                typed[name] = typed[name] == "true"
        return typed


def with_offset(local: str) -> str:
    """A moment typed in a browser, which means Shanghai's clock on the wall."""
    try:
        return datetime.fromisoformat(local).replace(tzinfo=SHANGHAI).isoformat()
    except ValueError:
        return local


def view(request, no: str, verb: str) -> HttpResponse:
    """GET the small form; POST does it. 204 with ``case-changed`` when it is done.

    A refusal comes with ``case-stale``: somebody was faster, and the page shows an old state.
    With ``refit`` nothing is done: the form again, its choices fitted to what is chosen.
    """
    if verb not in VERBS:
        raise Http404
    try:
        case = acts.admit(no, verb, request.user)
        form = VerbForm(VERBS[verb], case, request.user)
        if request.method != "POST":
            return _shown(request, form)
        form.typed = request.POST
        if "refit" in request.GET:
            return _shown(request, form)
        if form.submit():
            return HttpResponse(status=204, headers={"HX-Trigger": "case-changed"})
        return _shown(request, form)
    except Forbidden:
        return HttpResponse(_("Your role may not do this."), status=403)
    except NotThere:
        raise Http404 from None


def _shown(request, form: VerbForm) -> HttpResponse:
    response = render(request, "cases/verb_form.html", {"form": form}, status=form.status)
    if form.refusal:
        response.headers["HX-Trigger"] = "case-stale"
    return response


def fitting(case: Case, user: User, milestone: str) -> list[Verb]:
    """The buttons of a row, without a query: what stops its clock, and the way on.

    A cheaper promise than ``workflow.allowed``; the verb itself still judges. ``case`` comes
    with ``is_pending``, as the queue reads it.
    """
    wanted = lifecycle.ways_to(case.kind, milestone, case.state)
    able = [verb for verb in wanted if verb in VERBS and _may(case, user, verb)][:1]
    if case.state in lifecycle.WAITING and _may(case, user, "dispatch"):
        able.append("dispatch")
    return [VERBS[name] for name in dict.fromkeys(able)]


def _may(case: Case, user: User, verb: str) -> bool:
    move = lifecycle.move_of(case.kind, verb, case.state)
    return bool(move and move.is_open_to(user.role, case.state, pending=case.is_pending))
