"""A verb of an outlet as a small form: its fields are the API's body, read as that is."""

from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from agency.core import clock, files
from agency.core.api import flatten
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Unit, User
from cases.admin import fields
from cases.admin.fields import FormField
from cases.calendar import day_of
from outlets import lifecycle, standards, workflow
from outlets.models import Outlet, Standard
from outlets.serializers import BODIES, Application
from outlets.workflow import photos

VERBS = {
    "inspect": gettext_lazy("Record a visit"),
    "file": gettext_lazy("Put on file"),
    "reject": gettext_lazy("Do not set up"),
    "suspend": gettext_lazy("Suspend"),
    "resume": gettext_lazy("Resume"),
    "assess": gettext_lazy("Assess a year"),
    "withdraw": gettext_lazy("Withdraw"),
    "report": gettext_lazy("Report a month"),
    "add_staff": gettext_lazy("Add staff"),
    "end_staff": gettext_lazy("Staff left"),
    "decline_suspension": gettext_lazy("Do not suspend"),
    "train": gettext_lazy("Record a training"),
}

LABELS = {
    "code": gettext_lazy("code"),
    "name": gettext_lazy("name"),
    "type": gettext_lazy("type"),
    "unit": gettext_lazy("unit above"),
    "standard": gettext_lazy("standard"),
    "host": gettext_lazy("host firm"),
    "host_uscc": gettext_lazy("unified social credit code"),
    "address": gettext_lazy("address"),
    "longitude": gettext_lazy("longitude"),
    "latitude": gettext_lazy("latitude"),
    "liaison": gettext_lazy("liaison"),
    "phone": gettext_lazy("phone"),
    "inspectors": gettext_lazy("the two who went there"),
    "visited_on": gettext_lazy("visited on"),
    "note": gettext_lazy("note"),
    "valid_until": gettext_lazy("valid until"),
    "reason": gettext_lazy("reason"),
    "year": gettext_lazy("year"),
    "withdrawn_on": gettext_lazy("withdrawn on"),
    "plaque_back_on": gettext_lazy("plaque handed back on"),
    "month": gettext_lazy("month"),
    "consultations": gettext_lazy("consultations"),
    "publicity_events": gettext_lazy("publicity events"),
    "is_liaison": gettext_lazy("liaison"),
    "since": gettext_lazy("serves since"),
    "staff": gettext_lazy("staff"),
    "left_on": gettext_lazy("left on"),
    "item": gettext_lazy("item"),
    "topic": gettext_lazy("training topic"),
    "passed": gettext_lazy("test passed"),
    "held_on": gettext_lazy("held on"),
    "origin": gettext_lazy("how it came"),
    "uscc": gettext_lazy("unified social credit code"),
    "contact": gettext_lazy("contact"),
    "account": gettext_lazy("account on the national platform"),
    "kind": gettext_lazy("kind"),
    "attended": gettext_lazy("how many attended"),
    "has_place": gettext_lazy("a fixed place"),
    "has_staff": gettext_lazy("somebody who handles complaints"),
    "has_computer": gettext_lazy("a computer"),
    "has_phone": gettext_lazy("a telephone"),
    "has_system": gettext_lazy("rules for handling complaints"),
}


@dataclass
class Form:
    """The form of one verb: what it asks, what was typed, and what was wrong with that."""

    name: str
    label: str
    fields: list[FormField]
    errors: list[str] = field(default_factory=list)
    takes_file: bool = False

    @property
    def is_wrong(self) -> bool:
        return bool(self.errors) or any(f.errors for f in self.fields)

    def show(self, typed: QueryDict, faults: dict[str, list[str]]) -> None:
        """Keep what was typed, and say beside each field what is wrong with it."""
        named = {f.name for f in self.fields}
        for f in self.fields:
            f.value, f.chosen = typed.get(f.name, ""), typed.getlist(f.name)
            f.errors = faults.get(f.name, [])
        self.errors = [s for name, said in faults.items() if name not in named for s in said]


def offered(may: list[str], outlet: Outlet, user: User, at, *, is_proposed: bool) -> list[Form]:
    """A form for each verb that ``user`` may do; what nobody proposed is not declined."""
    found = [verb for verb in may if is_proposed or verb != "decline_suspension"]
    return [
        photo_form(outlet) if verb == "add_photo" else verb_form(verb, outlet, user, at)
        for verb in found
        if verb != "add_photo" or outlet.inspections.exists()
    ]


def photo_form(outlet: Outlet) -> Form:
    """A picture of one item of the latest visit."""
    visit = outlet.inspections.order_by("pk").last()
    items = [(f.item.code, f.item.name) for f in visit.findings.select_related("item")]
    asked = FormField("item", str(LABELS["item"]), "choice", required=True, options=items)
    return Form("add_photo", _("Add a photo"), [asked], takes_file=True)


def add_photo(form: Form, code: str, request) -> None:
    """Keep the picture; afterwards the form says what was wrong, if anything."""
    try:
        upload = files.uploaded(request)
        photos.add_photo(code, by=request.user, item=request.POST.get("item", ""), upload=upload)
    except Invalid as error:
        form.show(request.POST, error.errors)
    except RuleViolation as error:
        form.show(request.POST, {"": [str(error)]})


def verb_form(verb: str, outlet: Outlet, user: User, at) -> Form:
    """The empty form of a verb on this outlet."""
    body, asked = BODIES[verb](), []
    for name, told in body.fields.items():
        if name in ("checklist", "scores"):
            asked += _items(name, standards.of(outlet.standard, day_of(at)))
        else:
            asked.append(field_of(name, told, _options(name, outlet, user)))
    return Form(verb, str(VERBS[verb]), asked)


def application(user: User) -> Form:
    """The empty form by which an outlet is applied for."""
    near = Unit.objects.subtree(user.unit).exclude(kind__in=Unit.EXTERNAL)
    offered = {
        "unit": [(unit.code, unit.name) for unit in near],
        "standard": [(s.code, str(s)) for s in Standard.objects.in_force(day_of(clock.now()))],
    }
    asked = [
        field_of(name, told, offered.get(name, [])) for name, told in Application().fields.items()
    ]
    return Form("apply", _("Apply for an outlet"), asked)


def field_of(name: str, told: serializers.Field, options: list[fields.Option]) -> FormField:
    if isinstance(told, serializers.ChoiceField):
        options = [(str(code), str(label)) for code, label in told.choices.items()]
        widget = "choice"
        options = [("", "—"), *options]
    elif isinstance(told, serializers.ListField):
        widget = "many"
    elif options:
        widget = "choice"
    else:
        widget = fields.widget_of(name, told, options)
    if widget == "radio":
        options = fields.yes_or_no()
    return FormField(
        name, str(LABELS[name]), widget, required=told.required, options=options,
        max_length=getattr(told, "max_length", None),
    )  # fmt: skip


def _items(name: str, standard) -> list[FormField]:
    """Yes or no of each item of the checklist; points of each item of the year."""
    if name == "checklist":
        return [
            FormField(
                f"checklist.{item.code}", f"{item.get_part_display()} · {item.name}", "radio",
                required=True, options=fields.yes_or_no(),
            )
            for item in standard.checklist
        ]  # fmt: skip
    said = _("%(name)s: 0 to 100 points, weight %(weight)d")
    return [
        FormField(
            f"scores.{item.code}", said % {"name": item.name, "weight": item.weight}, "whole",
            required=True,
        )
        for item in standard.assessed
    ]  # fmt: skip


def _options(name: str, outlet: Outlet, user: User) -> list[fields.Option]:
    if name == "inspectors":
        people = User.objects.filter(role__in=lifecycle.VISITORS, is_active=True)
        near = people.filter(unit__in=Unit.objects.subtree(user.unit)).select_related("unit")
        return [(p.username, f"{p.name} · {p.unit.name}") for p in near.order_by("pk")]
    if name == "staff":
        there = [p for p in outlet.staff.all() if p.left_on is None]
        return [("", "—"), *((str(p.pk), p.name) for p in there)]
    if name == "month":
        owed = outlet.reports.filter(reported_at=None).order_by("month")
        return [(f"{r.month:%Y-%m}", f"{r.month:%Y-%m}") for r in owed]
    return []


def body_of(serializer: type[serializers.Serializer], typed: QueryDict) -> dict:
    """What was typed, as the API would send it; what was left empty is not sent."""
    body: dict = {}
    for name, told in serializer().fields.items():
        if isinstance(told, serializers.DictField):
            said = {key: fields.read(key, told.child, typed) for key in typed if key.startswith(f"{name}.")}  # fmt: skip
            body[name] = {k.partition(".")[2]: v for k, v in said.items() if v is not None}
        elif isinstance(told, serializers.ListField):
            body[name] = typed.getlist(name)
        else:
            said = fields.read(name, told, typed)
            body |= {} if said is None else {name: said}
    return body


def do(
    form: Form, code: str, typed: QueryDict, *, by: User, bodies=BODIES, verbs=workflow.VERBS
) -> None:
    """The verb, with what was typed; afterwards the form says what was wrong, if anything."""
    told = bodies[form.name](data=body_of(bodies[form.name], typed))
    try:
        if told.is_valid():
            verbs[form.name](code, by=by, **told.validated_data)
        else:
            form.show(typed, flatten(told.errors))
    except Invalid as error:
        form.show(typed, error.errors)
    except RuleViolation as error:
        form.show(typed, {"": [str(error)]})
