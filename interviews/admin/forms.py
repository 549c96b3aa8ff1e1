"""A verb of an interview as a small form: its fields are the API's body, read as that is."""

from collections.abc import Callable, Iterator

from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from agency.core.api import flatten
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import User
from cases.admin import fields
from cases.admin.fields import FormField
from interviews.bodies import BODIES, Proposal
from interviews.lifecycle import MOVE, Repair
from interviews.models import Interview, PledgeItem, Rectification
from interviews.workflow.papers import TAKE_PART
from outlets.admin.forms import Form

LINES = 3
"""So many lines a list of things has on the page; the API takes any number."""

VERBS = {
    "approve": gettext_lazy("Approve"),
    "reject": gettext_lazy("Reject"),
    "issue_notice": gettext_lazy("Issue notices"),
    "stop_notices": gettext_lazy("Stop writing notices"),
    "record_service": gettext_lazy("Record service"),
    "confirm_address": gettext_lazy("Confirm the address for service"),
    "notify_by_phone": gettext_lazy("Notify by telephone (urgent)"),
    "postpone": gettext_lazy("Postpone"),
    "hold": gettext_lazy("Write down the session"),
    "record_no_show": gettext_lazy("Did not come"),
    "sign_pledge": gettext_lazy("Sign a pledge"),
    "check_pledge": gettext_lazy("Check a pledge"),
    "add_rectification": gettext_lazy("Demand rectification"),
    "report_rectification": gettext_lazy("Record a report"),
    "make_report_link": gettext_lazy("Make a link for the merchant's report"),
    "extend_rectification": gettext_lazy("Extend a rectification"),
    "submit_recheck": gettext_lazy("Re-check"),
    "escalate": gettext_lazy("Escalate to a measure"),
    "close": gettext_lazy("Close the interview"),
}
LABELS = {
    "kind": gettext_lazy("kind"), "subject": gettext_lazy("subject"),
    "merchants": gettext_lazy("merchants"), "name": gettext_lazy("merchant"),
    "uscc": gettext_lazy("unified social credit code"), "address": gettext_lazy("address"),
    "hold_at": gettext_lazy("to be held at"), "place": gettext_lazy("place"),
    "matters": gettext_lazy("matters"), "cases": gettext_lazy("cases behind it"),
    "publicity": gettext_lazy("public session"), "trigger": gettext_lazy("signal"),
    "basis": gettext_lazy("legal basis"), "opinion": gettext_lazy("opinion"),
    "reason": gettext_lazy("reason"), "merchant": gettext_lazy("merchant"),
    "method": gettext_lazy("method"), "at": gettext_lazy("at"),
    "recipient": gettext_lazy("recipient"), "tracking_no": gettext_lazy("tracking number"),
    "relation": gettext_lazy("relation to the merchant"), "witness": gettext_lazy("witness"),
    "consent": gettext_lazy("agreed to electronic service"),
    "phone": gettext_lazy("phone"), "email": gettext_lazy("e-mail"),
    "wechat": gettext_lazy("WeChat or SMS number"),
    "electronic": gettext_lazy("agreed to electronic service"),
    "servers": gettext_lazy("the two who served it"), "to": gettext_lazy("postponed to"),
    "present": gettext_lazy("who came"), "minutes": gettext_lazy("minutes"),
    "held_at": gettext_lazy("held at"), "until": gettext_lazy("until"),
    "host": gettext_lazy("host"), "recorder": gettext_lazy("recorder"),
    "matter": gettext_lazy("matter"), "measure": gettext_lazy("measure"),
    "due_on": gettext_lazy("due on"), "person": gettext_lazy("person"),
    "publish": gettext_lazy("agrees to be published"), "item": gettext_lazy("which of them"),
    "kept": gettext_lazy("kept"), "note": gettext_lazy("note"),
    "problem": gettext_lazy("problem"), "text": gettext_lazy("report"),
    "result": gettext_lazy("result"), "checkers": gettext_lazy("the two who checked"),
}  # fmt: skip
LONG = {"rows", "signatures", "merchants", "matters", "minutes", "note", "text", "opinion"}


def verb_form(verb: str, interview: Interview, user: User) -> Form:
    """The empty form of a verb on this interview."""
    told = BODIES[verb]().fields
    return Form(verb, str(VERBS[verb]), list(_asked(told, Offered(verb, interview, user))))


def proposal(user: User) -> Form:
    """The empty form by which an interview is proposed; a merchant a line."""
    told = Proposal().fields
    return Form("propose", _("Propose an interview"), list(_asked(told, None)))


def empty(name: str, label: str, body: type[serializers.Serializer]) -> Form:
    """The empty form of what is no verb of an interview."""
    return Form(name, label, list(_asked(body().fields, None)))


def begin_with(form: Form, told: QueryDict) -> None:
    """Let the form begin with what an address of ours says."""
    for field in form.fields:
        field.value, field.chosen = told.get(field.name, "")[:10_000], told.getlist(field.name)


class Offered:
    """What may be chosen in a verb's form."""

    def __init__(self, verb: str, interview: Interview, user: User) -> None:
        self.verb, self.interview, self.user = verb, interview, user

    def options(self, name: str) -> list[fields.Option]:
        match name:
            case "merchant" | "present":
                return [(str(a.pk), a.merchant.name) for a in self._able()]
            case "servers" | "checkers" | "host" | "recorder":
                return [(p.username, p.name) for p in self._people()]
            case "item":
                return [(str(item.pk), self._said(item)) for item in self._items()]
        return []

    def _able(self):
        rows = self.interview.merchants.select_related("merchant")
        return rows.filter(state__in=MOVE[self.verb].courses)

    def _people(self):
        paths = self.interview.unit.ancestor_paths
        near = User.objects.at_work().filter(role__in=TAKE_PART, unit__path__in=paths)
        return near.order_by("pk")

    def _items(self):
        if self.verb == "check_pledge":
            rows = PledgeItem.objects.filter(pledge__attendance__interview=self.interview)
            return rows.filter(kept=None).select_related("pledge__attendance__merchant")
        rows = Rectification.objects.filter(attendance__interview=self.interview)
        return rows.exclude(state=Repair.PASSED).select_related("attendance__merchant")

    @staticmethod
    def _said(item: PledgeItem | Rectification) -> str:
        if isinstance(item, PledgeItem):
            return f"{item.pledge.attendance.merchant.name}：{item.matter}"
        return f"{item.attendance.merchant.name}：{item.problem}"


def _asked(told: dict, offered: Offered | None) -> Iterator[FormField]:
    for name, one in told.items():
        if name == "items":
            yield from _lines(one.child.fields)
        elif name in {"merchants", "cases"}:
            yield FormField(name, str(LABELS[name]), "long", required=one.required)
        else:
            yield _field(name, one, offered.options(name) if offered else [])


def _lines(told: dict) -> Iterator[FormField]:
    for n in range(LINES):
        for name, one in told.items():
            label = f"{n + 1}. {LABELS[name]}"
            widget = fields.widget_of(name, one, [])
            yield FormField(f"items.{n}.{name}", label, "text" if widget == "long" else widget, required=n == 0)  # fmt: skip


def _field(name: str, told: serializers.Field, options: list[fields.Option]) -> FormField:
    if isinstance(told, serializers.ChoiceField) and not isinstance(told, serializers.BooleanField):
        options = [(str(code), str(label)) for code, label in told.choices.items()]
    widget = (
        "many" if isinstance(told, serializers.ListField) else fields.widget_of(name, told, options)
    )
    if isinstance(told, serializers.BooleanField):
        widget, options = "radio", fields.yes_or_no()
    elif widget != "many" and options:
        widget, options = "choice", [("", "—"), *options]
    return FormField(
        name, str(LABELS.get(name, name)), "long" if name in LONG else widget, required=told.required,
        options=options, max_length=getattr(told, "max_length", None),
    )  # fmt: skip


def body_of(serializer: type[serializers.Serializer], typed: QueryDict) -> dict:
    """What was typed, as the API would send it; what was left empty is not sent."""
    body: dict = {}
    for name, told in serializer().fields.items():
        said = _read(name, told, typed)
        body |= {} if said is None else {name: said}
    return body


def _read(name: str, told: serializers.Field, typed: QueryDict):
    if name == "items":
        lines = ({k: fields.read(f"items.{n}.{k}", f, typed) for k, f in told.child.fields.items()} for n in range(LINES))  # fmt: skip
        found = [{k: v for k, v in line.items() if v is not None} for line in lines]
        return [line for line in found if line]
    if name == "merchants":
        return [_merchant(line) for line in typed.get(name, "").splitlines() if line.strip()]
    if name == "cases":
        return typed.get(name, "").split() or None
    if isinstance(told, serializers.ListField):
        chosen = typed.getlist(name)
        numbers = isinstance(told.child, serializers.IntegerField)
        return [int(c) if numbers and c.isdecimal() else c for c in chosen] or None
    if isinstance(told, serializers.BooleanField):
        return {"true": True, "false": False}.get(typed.get(name, ""))
    return fields.read(name, told, typed)


def _merchant(line: str) -> dict[str, str]:
    """A line: the name, and after a blank or a comma the credit code, where it is known."""
    name, _comma, code = line.strip().replace("，", ",").rpartition(",")
    return {"name": name.strip(), "uscc": code.strip()} if name else {"name": line.strip()}


def done(form: Form, body: type[serializers.Serializer], request, act: Callable):
    """What was typed, done; or None, and the form says what is wrong."""
    told = body(data=body_of(body, request.POST))
    try:
        if told.is_valid():
            return act(by=request.user, **told.validated_data)
        form.show(request.POST, flatten(told.errors))
    except Invalid as error:
        form.show(request.POST, error.errors)
    except RuleViolation as error:
        form.show(request.POST, {"": [str(error)]})
    except Forbidden:
        raise PermissionDenied from None
    except NotThere:
        raise Http404 from None
    return None
