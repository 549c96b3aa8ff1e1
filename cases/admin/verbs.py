"""A verb as a small form: its fields come from the API's body, its rules from the workflow."""

import json
from dataclasses import dataclass, field
from functools import cached_property

from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework import serializers

from agency.core import clock
from agency.core.api import flatten
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import User
from agency.core.roles import Role
from agency.core.text import listed
from cases import acts, factors, kin, lifecycle, rulings, suggestions, workflow
from cases.admin import longer, offers, people, timeline, words
from cases.admin.asked import Asked
from cases.admin.demands import DONE_BEFORE, MUST_BE_SAID
from cases.admin.fields import FormField, is_ticked, read, widget_of
from cases.admin.found import rows_of
from cases.admin.labels import AFTER_TELLING, DECIDED_BY, GO_ON, HINTS, VERBS, Verb, called
from cases.admin.linking import Coming
from cases.admin.spoken import Spoken, spoken_to
from cases.bodies import BODIES
from cases.calendar import day_in_words, day_of
from cases.completeness import is_judged
from cases.letters.forms import MEETING, Form
from cases.lifecycle import DECIDERS, Kind, State
from cases.lifecycle.moves import LEADER
from cases.models import Case, CaseEvent, Proposal
from cases.promises import asked_of, is_doubted
from cases.workflow import documents, hands, numbers
from cases.workflow.approval import to_decide
from cases.workflow.closing import is_never_published, is_publicity_decided
from cases.workflow.endings import is_early, left_open, still_open
from cases.workflow.petitions import time_to_object
from cases.workflow.review import SPOKEN, is_barred
from cases.workflow.supervision import is_pressed
from cases.workflow.supplements import NOT_ASKED, is_told
from cases.workflow.tickets import ticket_elsewhere, waits_to_go_on
from cases.workflow.time import sent_out

LOCKS_TWO = {"link_ticket", "unlink_ticket", "mark_duplicate"}
"""These lock another case too, both in one order: no form may hold its own before."""
DECIDING = {"approve", "disapprove"}
SUGGESTED = {"dispatch"}
"""Where a unit is proposed."""
OWN_NUMBERS = {"accept", "refuse"}
"""What our own forms say in writing, which number themselves; but to a petitioner."""
OF_ONE_KIND = {"paper": Kind.COMPLAINT, "new_facts": Kind.REPORT}
"""Fields that are asked of one kind alone."""
GROUND_TO_WEIGH = "R3"
"""The one ground for which factors are weighed; of any other, ticks left behind mean nothing."""


@dataclass
class VerbForm(Asked):
    """The form of one verb on one case, with what was typed and what was wrong with it."""

    errors: dict[str, list[str]] = field(default_factory=dict)
    refusal: str = ""
    coming: Coming | None = None

    @property
    def status(self) -> int:
        """How HTTP tells what became of it."""
        return 409 if self.refusal else 400 if self.errors else 200

    @property
    def body(self) -> dict[str, serializers.Field]:
        """The fields of the verb's body, by name."""
        return BODIES[self.verb.name]().fields

    @cached_property
    def fields(self) -> list[FormField]:
        """Those to show, with what is typed by then: read once all is said."""
        return [self._field(name, told) for name, told in self.body.items() if self._asks(name)]

    @property
    def hint(self) -> str:
        """What comes of it: by whom it is decided, or what the verb itself has to say."""
        move = lifecycle.move_of(
            self.case.kind, self.verb.name, self.case.state, *acts.parts_of(self.case, self.user)
        )
        decided_by = LEADER if self.needs_signature else move.decided_by if move else frozenset()
        if self.verb.name == "reply_ticket" and is_pressed(self.case):
            decided_by = LEADER
        if self.verb.name == "decide_publicity" and is_publicity_decided(self.case):
            decided_by = DECIDERS
        about = HINTS.get(self.verb.name)
        if self.verb.name == "supplement" and is_told(self.case):
            about = AFTER_TELLING
        said = (
            about, DECIDED_BY.get(decided_by), self._until, self._barred, self._who_reads,
            self._where, self._undocumented, self._unpublished,
        )  # fmt: skip
        return " ".join(str(text) for text in said if text)

    @property
    def _undocumented(self) -> str:
        """Which decisions have no document when it ends; that hinders nothing."""
        lacking = documents.undocumented(self.case) if self.verb.name == "close" else []
        said = _("No document was issued yet: %(forms)s.")
        return said % {"forms": listed(str(form.label) for form in lacking)} if lacking else ""

    @property
    def _unpublished(self) -> str:
        """What its end decides with it."""
        is_end = self.verb.name == "close" and is_never_published(self.case)
        return _("Nothing is published of a complaint that was not accepted.") if is_end else ""

    @property
    def _until(self) -> str:
        """The last day of an objection, which is a right and has no clock."""
        limit = time_to_object(self.case) if self.verb.name == "object" else None
        if limit is None:
            return ""
        last = day_in_words(day_of(limit), day_of(clock.now()))
        return _("It must be decided until %(day)s.") % {"day": last}

    @property
    def _barred(self) -> str:
        """That the time to complain may be over (投诉时效)."""
        if self.verb.name not in {"accept", "refuse"} or not is_barred(self.case):
            return ""
        said = _(
            "It happened on %(day)s, more than three years before it came in: weigh ground R4 "
            "(Order 121 §16 (4))."
        )
        return said % {"day": self.case.occurred_on}

    @property
    def _where(self) -> str:
        """That it need not be dispatched to where it is."""
        if self.verb.name != "dispatch" or not hands.is_there(self.case, self.case.unit):
            return ""
        said = _(
            "It is at %(unit)s already: whom you name there takes it over, and no limit begins anew."
        )
        return said % {"unit": self.case.unit.name}

    @property
    def _who_reads(self) -> str:
        """Of a report the number to call is the custodian's to read. Order 121 §37."""
        if self.verb.name not in {"contact", "notify"} or self.case.kind != Kind.REPORT:
            return ""
        paths = self.case.unit.ancestor_paths
        able = User.objects.filter(role=Role.CUSTODIAN, is_active=True, unit__path__in=paths)
        said = _(
            "The reporter is kept secret: the number is read by %(names)s, who calls or puts you through."
        )
        return said % {"names": listed(who.name for who in able) or Role.CUSTODIAN.label}

    @property
    def other_errors(self) -> list[str]:
        """What is wrong with something the form does not show."""
        shown = {f.name for f in self.fields}
        others = (texts for key, texts in self.errors.items() if key.split(".")[0] not in shown)
        return [text for texts in others for text in texts]

    def _asks(self, name: str) -> bool:
        """Whether there is something to choose; a field without a choice is left out."""
        if name == "ruling":
            return rulings.is_leaders(self.case)
        if name == "document_no" and self.verb.name in OWN_NUMBERS:
            return self.case.kind == Kind.PETITION
        if name == "recording" and self.verb.name in {"accept", "notify"}:
            return self.case.kind != Kind.PETITION  # who is told in writing
        if name in OF_ONE_KIND:
            return self.case.kind == OF_ONE_KIND[name]
        if name in {"for_signature", "back"}:
            return False
        if name in {"principle", "why_early"}:
            is_asked = is_judged if name == "principle" else is_early
            return self.case.kind == Kind.PETITION and is_asked(self.case)
        if name == "receipt":
            return self.case.state == State.TRANSFERRED
        if name == "denied":
            return self.case.state == State.SETTLED and not is_doubted(self.case)
        if name == "kept":
            return asked_of(self.case) is not None
        if name in {"why_more", "not_respondent"}:  # asked once the amount, or firm, calls for it
            return name in self.errors or bool(self.typed.get(name))
        if name in {"entrusted_on", "cost"}:
            return offers.may_send_out(self, name)
        if (self.verb.name, name) == ("extend", "minutes"):
            return longer.is_extended_again(self)
        if name in {"received_on", "finding"} and self.verb.name != "notify":
            return sent_out(self.case, self.verb.name) is not None
        if self.verb.name == "supplement":
            return name not in NOT_ASKED.get(Kind(self.case.kind), ())
        if self.verb.name == "issue_document" and name in MEETING:
            return Form.MEDIATION_NOTICE in documents.offered(self.case)
        if name == "received_on" and self.verb.name == "notify":
            return self.case.kind == Kind.PETITION
        is_told = name == "ticket" and self.verb.name in offers.TELLS
        if is_told or (self.verb.name, name) == ("terminate", "party"):
            return bool(offers.told_apart(self))
        optional = self.verb.name in offers.WITHOUT_TICKET and name == "ticket"
        return not optional or len(offers.ticket_options(self)) > 2

    def _field(self, name: str, told: serializers.Field) -> FormField:
        offered = offers.options(self, name, told)
        return FormField(
            name, offers.label(self, name), widget_of(name, told, offered),
            told.required or self._must_be_said(name),
            getattr(told, "max_length", None), offered, offers.suggestions(self, name),
            self._value(name, told, offered), self.typed.getlist(name), self._errors(name),
            offers.refits(self, name),
        )  # fmt: skip

    def _value(self, name: str, told: serializers.Field, offered: list) -> str:
        if self.typed and is_ticked(told) is not None:
            return self.typed.get(name, "")  # a box without a tick is not sent
        return self.typed.get(name, offers.default(self, name, told, offered))

    def _errors(self, name: str) -> list[str]:
        """Of the field, and of each of its choices."""
        mine = (texts for key, texts in self.errors.items() if key.split(".")[0] == name)
        return list(dict.fromkeys(text for texts in mine for text in texts))

    @cached_property
    def still_open(self) -> list[tuple[str, str]]:
        """What lies ahead of a petition that is about to be closed, and who waits to hear something."""
        if self.verb.name not in {"close", "archive"}:
            return []
        is_end = self.verb.name == "close" and self.case.kind == Kind.PETITION
        ahead = still_open(self.case) if is_end else {}
        return list(words.stood(self.case, ahead | left_open(self.case)))

    @cached_property
    def unready(self) -> str:
        """What must be done before, by the page: the machines' door asks for less."""
        lacks = DONE_BEFORE.get(self.verb.name)
        return lacks(self.case) if lacks else ""

    @property
    def needs_signature(self) -> bool:
        """The opinion on a petition leaves the house with a leader's signature (领导签发)."""
        return self.verb.name == "reply" and self.user.role != Role.LEADER

    @property
    def proposal(self) -> Proposal | None:
        """What waits for a decision, where this verb decides."""
        return to_decide(self.case, self.user) if self.verb.name in DECIDING else None

    @property
    def citizens(self) -> list[Spoken]:
        """Whom the verb may speak to; first of whom the form begins with, or what is typed."""
        return spoken_to(self, self.typed.get("ticket") or offers.first_to_call(self))

    @property
    def proposed(self) -> list[tuple[str, str]]:
        """What exactly is to be decided, in words."""
        return words.proposed(self.case, self.proposal, decides=True) if self.proposal else []

    @property
    def proposed_verb(self) -> str:
        return str(VERBS[self.proposal.verb].label) if self.proposal else ""

    def submit(self) -> bool:
        """Do it. False: what was wrong stands in ``errors`` or ``refusal``; or first ``coming``."""
        if self.unready:
            self.refusal = self.unready
            return False
        said = self._body()
        body = BODIES[self.verb.name](data=said)
        body.is_valid()
        if wrong := flatten(body.errors) | self._unsaid(said):
            self.errors = wrong
            return False
        try:
            if self._must_look(body.validated_data):
                return False
            self._do(body.validated_data)
        except Invalid as error:
            self.errors = error.errors
        except RuleViolation as error:
            self.refusal = str(error)
        else:
            return True
        return False

    def _must_be_said(self, name: str) -> bool:
        if (self.verb.name, name) == ("convert", "text"):  # a question that was answered
            return self.case.kind == Kind.COMPLAINT
        if (self.verb.name, name) == ("contact", "ticket"):
            return offers.waits_besides(self) is not None
        return (self.verb.name, name) in MUST_BE_SAID and self._asks(name)

    def _unsaid(self, said: dict) -> dict[str, list[str]]:
        """What the form asks for beyond the API, and nobody said."""
        lacking = (n for n in self.body if self._must_be_said(n) and n not in said)
        unsaid = {name: [_("This field is required.")] for name in lacking}
        is_spoken = said.get("notified_by") in SPOKEN and not said.get("ticket")
        if is_spoken and self._asks("ticket") and offers.told_apart(self):
            said_to = _(
                "This case has several citizens: name the ticket of the one you spoke with."
            )
            unsaid["ticket"] = [said_to]
        number = said.get("document_no") if self.verb.name in numbers.HAVE_A_NUMBER else ""
        if number and (why := numbers.taken(self.case, number, self.user)):
            unsaid["document_no"] = [why]
        is_asked = self.verb.name == "refer" and not said["not_respondent"]
        if is_asked and (why := people.another_firm(self)):
            unsaid["not_respondent"] = [why]
        return unsaid

    @transaction.atomic
    def _do(self, said: dict) -> None:
        """The verb, unless somebody was faster than who typed here. Raises as the verb does."""
        if self.verb.name not in LOCKS_TWO:
            acts.lock_cases(pk=self.case.pk)
        if faster := self._done_since():
            figures = {"who": faster.actor.name, "what": faster.get_kind_display()}
            sentence = _("%(who)s was faster: %(what)s. Look; send again if it still holds.")
            raise RuleViolation(sentence % figures)
        done = workflow.VERBS[self.verb.name](self.case.no, by=self.user, **said)
        if self.verb.name in SUGGESTED:
            suggestions.keep(done, self.typed.getlist("suggested"), by=self.user)

    def _done_since(self) -> CaseEvent | None:
        """What somebody else did with the case after the form was shown."""
        since = self.typed.get("since", "")
        if not since.isdecimal() or len(since) > 18:
            return None
        later = self.case.events.filter(pk__gt=int(since), actor__isnull=False)
        # A word to colleagues changes nothing; what came out of it may be secret.
        later = later.exclude(kind__in=[CaseEvent.Kind.NOTED, *kin.BRANCHED])
        return later.exclude(actor=self.user).select_related("actor").order_by("pk").first()

    @cached_property
    def suggested(self) -> list[suggestions.Proposal]:
        """What may be chosen, and why."""
        return suggestions.of_case(self.case, self.user) if self.verb.name in SUGGESTED else []

    @property
    def evidence(self) -> list[tuple[str, list]]:
        """Of each factor that may be ticked, what was found."""
        if self.verb.name != "refuse":
            return []
        told = factors.evidence(self.case, self.user)
        return [(one.name, rows_of(one.found)) for one in told]

    @property
    def since(self) -> int:
        """The case's newest event while this form is shown."""
        return self.case.events.order_by("-pk").values_list("pk", flat=True).first() or 0

    @property
    def came_back(self) -> list[str]:
        """Who returned the case, and why, the latest first, where it is dispatched anew."""
        if self.verb.name != "dispatch" or self.case.state not in lifecycle.WAITING:
            return []
        returned = self.case.assignments.returned().select_related("unit").order_by("-pk")
        return [self._why_returned(back) for back in returned]

    def _why_returned(self, back) -> str:
        why = "：".join(filter(None, [back.return_reason, back.return_explanation]))
        told = {"unit": back.unit.name, "why": self.case.shown(why)}
        return _("Returned by %(unit)s: %(why)s") % told

    def _must_look(self, told: dict) -> bool:
        """Before a ticket comes it is shown; sent again with what was ``seen``, it comes."""
        if self.verb.name != "link_ticket":
            return False
        ticket = ticket_elsewhere(self.case.no, self.user, told["ticket"])
        if self.typed.get("seen") == ticket.no:
            return False
        self.coming = Coming(ticket, self.case)
        return True

    def _body(self) -> dict:
        """What was typed as the API would send it; an empty field is not sent."""
        said = {name: read(name, told, self.typed) for name, told in self.body.items()}
        if said.get("ground") != GROUND_TO_WEIGH:
            said.pop("factors", None)
        if self.needs_signature:
            said["for_signature"] = True
        if self.verb.name == "start_mediation" and self.typed.get("state") == State.ENTRUSTED:
            said["back"] = True
        return {name: value for name, value in said.items() if value is not None}


def verb_of(case: Case, name: str) -> Verb:
    """The verb by the name it has for this case."""
    if name == "respond" and waits_to_go_on(case):
        return GO_ON
    return called(case.kind, case.state, name)


def view(request, no: str, verb: str) -> HttpResponse:
    """GET the small form; POST does it. 204 with ``case-changed`` when it is done, and what was done.

    A refusal comes with ``case-stale``: somebody was faster, and the page shows an old state.
    With ``refit`` nothing is done: the form again, choices and drafts fitted to what is chosen.
    """
    if verb not in VERBS:
        raise Http404
    try:
        case = acts.admit(no, verb, request.user)
        form = VerbForm(verb_of(case, verb), case, request.user)
        if request.method != "POST":
            form.typed = _named(request.GET)
            return _shown(request, form)
        form.typed = request.POST
        if "refit" in request.GET:
            form.typed = offers.refitted(form)
            return _shown(request, form)
        if form.submit():
            return _done(form)
        return _shown(request, form)
    except Forbidden:
        return HttpResponse(_("Your role may not do this."), status=403)
    except NotThere:
        raise Http404 from None


def _done(form: VerbForm) -> HttpResponse:
    """What agency/core/static/core/admin.js tells: in the words of the case's story."""
    told = {"told": "", "tried": False}
    case = Case.objects.get(pk=form.case.pk)  # as it is now: who brought it may be nobody here
    if act := case.events.filter(actor=form.user).order_by("-pk").first():
        said = timeline.in_brief(case, form.user, act)
        tried = act.kind == CaseEvent.Kind.CONTACT_FAILED
        told = {"told": f"{case.no} {said}", "tried": tried}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"case-changed": told})})


NAMED = ("ticket", "of")
"""What a link to a form may fill in beforehand: numbers of ours."""


def _named(asked: QueryDict) -> QueryDict:
    told = QueryDict(mutable=True)
    for name in NAMED:
        if number := asked.get(name, "")[:64]:
            told[name] = number
    return told


def _shown(request, form: VerbForm) -> HttpResponse:
    form.case.know_others()
    response = render(request, "cases/verb_form.html", {"form": form}, status=form.status)
    if form.refusal:
        response.headers["HX-Trigger"] = "case-stale"
    return response
