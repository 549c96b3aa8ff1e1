"""The registration form: a ticket that came by telephone, at the counter or on paper."""

import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.errors import Invalid
from agency.core.models import Unit
from cases import amounts, intake, submission, suggestions
from cases.admin.fields import with_offset
from cases.admin.sheets import Sheet
from cases.imports import cleaning
from cases.lifecycle import Kind
from cases.models import Case, Category, Channel
from cases.models.ticket import HOTLINES

FIRST = ["hotline", "walkin", "web"]
"""Channels a registrar takes most tickets from."""

PLAIN = [
    "external_no", "kind", "unit", "title", "narrative", "demand", "category", "problem", "amount",
    "occurred_on", "line",
]  # fmt: skip
PARTIES = {
    "consumer": ["name", "phone", "id_number", "address"],
    "merchant": ["name", "uscc", "address", "phone"],
}
CONSENTS = ["publish", "entrust"]
OF_KINDS = {
    "demand": {Kind.COMPLAINT, Kind.CONSULTATION, Kind.PETITION},
    "amount": {Kind.COMPLAINT, Kind.CONSULTATION, Kind.PETITION},
    "consents": {Kind.COMPLAINT},
}
"""What only these kinds are asked for; where another one is chosen it is neither shown nor sent."""
HEADINGS = {
    Kind.COMPLAINT: (
        gettext_lazy("Complainant"), gettext_lazy("Respondent"),
        gettext_lazy("What the complaint is about"),
    ),
    Kind.REPORT: (
        gettext_lazy("Reporter (kept secret; empty where anonymous)"),
        gettext_lazy("Who is reported"), gettext_lazy("What is reported"),
    ),
    Kind.CONSULTATION: (
        gettext_lazy("Who asks"), gettext_lazy("Merchant asked about"), gettext_lazy("Question"),
    ),
    Kind.PETITION: (
        gettext_lazy("Petitioner"), gettext_lazy("Merchant concerned"),
        gettext_lazy("Matter of the petition"),
    ),
}  # fmt: skip
"""Of each kind: who came, about whom, and with what."""
AS_IN_FILES = {
    "amount": cleaning.money,
    **dict.fromkeys(
        ["external_no", "consumer.phone", "consumer.id_number", "merchant.uscc", "merchant.phone"],
        cleaning.half_width,
    ),
}
"""What people write in more than one way, read here as in their files."""
CLASSES = {"category": Category.SUBJECTS, "problem": Category.PROBLEMS}


@dataclass
class Registration:
    """What was typed, and what was wrong with it, field by field."""

    typed: QueryDict
    errors: dict[str, list[str]] = field(default_factory=dict)
    no: str = ""

    @property
    def channel(self) -> Channel | None:
        return offered_channels().filter(code=self.typed.get("channel", "")).first()

    def submit(self, user) -> bool:
        """Register it through the one door for tickets. False: see ``errors``."""
        channel = self.channel
        if channel is None:
            self.errors = {"channel": [_("Choose the channel.")]}
            return False
        row = self._parsed(channel, user)
        self.errors |= {name: texts for name, texts in self._missing().items() if texts}
        if row is None or self.errors:
            return False
        return self._register(row, channel, user)

    @transaction.atomic
    def _register(self, row: submission.Submission, channel: Channel, user) -> bool:
        [outcome] = intake.register_many([row], channel=channel, by=user)
        if outcome.is_refused:
            self.errors = outcome.faults
            return False
        self.no = outcome.answer["case"]["no"]
        if outcome.status == 200 and not outcome.replay:
            # Right for a platform; here it would lose what was typed, and use up the form's number.
            self.errors = {"external_no": [self._stands_already(user)]}
            transaction.set_rollback(True)
        elif outcome.status == 201:
            case = Case.objects.select_related("unit", "category").get(no=self.no)
            suggestions.keep(case, self.typed.getlist("suggested"), by=user)
        return not self.errors

    def _stands_already(self, user) -> str:
        if Case.objects.visible_to(user).filter(no=self.no).exists():
            return _("This number is registered already: case %(no)s.") % {"no": self.no}
        return _("This number is registered already.")

    def _parsed(self, channel: Channel, user) -> submission.Submission | None:
        try:
            return submission.parse(
                self.payload(), channel=channel, on=submission.today(), key=self._key(user)
            )
        except Invalid as error:
            self.errors = dict(error.errors)
            if self._said("merchant.uscc") and "merchant.name" in self.errors:
                self.errors["merchant.name"] = [_("A credit code needs the merchant's name, too.")]
        return None

    def _missing(self) -> dict[str, list[str]]:
        """What a ticket is held against only when all else is right; told here at once."""
        wrong = {name: self._class_errors(name, schemes) for name, schemes in CLASSES.items()}
        if self.typed.get("kind") in submission.SubmissionSerializer.NEEDS_CONSUMER:
            for name in ("consumer.name", "consumer.phone"):
                wrong[name] = [] if self._said(name) else [_("This field is required.")]
        wrong["amount"] = self._doubt()
        return wrong | (self.sheet.unsaid() if self.sheet else {})

    def _doubt(self) -> list[str]:
        """Asked once of this amount beside that sum: whether it is a slip, or meant."""
        if not self.meant or self.typed.get("meant") == self.meant:
            return []
        said = _("The words name ¥%(sum)s. Compare; if what is typed here is right, tick that.")
        return [said % {"sum": f"{self._other_sum:,.2f}"}]

    @property
    def meant(self) -> str:
        """What a tick says: this amount, beside that sum. Empty where nothing is in doubt."""
        return f"{self._said('amount')} {self._other_sum}" if self._other_sum else ""

    @cached_property
    def _other_sum(self) -> Decimal | None:
        """The one sum of the words, where the amount is another: 52,000 typed for 5,200."""
        typed = self._said("amount") if self._has("amount") else ""
        told = "\n".join(map(self._said, ("title", "narrative")))
        return amounts.named_instead(typed, told, self._said("demand"))

    def _class_errors(self, name: str, schemes: tuple[str, ...]) -> list[str]:
        code = self._said(name)
        known = Category.objects.filter(code=code, scheme__in=schemes, is_active=True)
        is_problem = name == "problem"
        wrong = _("There is no such problem.") if is_problem else _("There is no such category.")
        return [wrong] if code and not known.exists() else []

    def _key(self, user) -> str:
        """The form's own number, so that a second Enter does not make a second ticket."""
        return f"form:{user.pk}:{self.typed.get('form', '')}"[:128]

    def payload(self) -> dict:
        """What was typed as a platform would send it; an empty field is not sent."""
        sent = {name: self._said(name) for name in PLAIN if self._said(name) and self._has(name)}
        for party, names in PARTIES.items():
            told = {n: self._said(f"{party}.{n}") for n in names if self._said(f"{party}.{n}")}
            if told:
                sent[party] = told
        if self._said("arrived_at"):
            sent["arrived_at"] = with_offset(self._said("arrived_at"))
        if sheet := self.sheet:
            sent[sheet.kind] = sheet.payload()
        sent["urgent"] = "urgent" in self.typed
        if self._has("consents"):
            sent["consents"] = {name: f"consents.{name}" in self.typed for name in CONSENTS}
        return sent

    def _has(self, name: str) -> bool:
        """Whether the chosen kind has this field."""
        return name not in OF_KINDS or self.typed.get("kind") in OF_KINDS[name]

    @property
    def sheets(self) -> list[Sheet]:
        """What is asked for of the kinds that are registered with something of their own."""
        return [Sheet(kind, self.typed, self.errors) for kind in submission.SHEETS]

    @property
    def sheet(self) -> Sheet | None:
        """That of the chosen kind."""
        return next((one for one in self.sheets if one.kind == self.typed.get("kind")), None)

    def _said(self, name: str) -> str:
        """A field's text; of "G0101 一般食品", as the list offers it, or of 一般食品, the code."""
        text = AS_IN_FILES.get(name, str.strip)(self.typed.get(name, ""))
        return _code(text, CLASSES[name]) if text and name in CLASSES else text


def offered_channels() -> QuerySet[Channel]:
    """What staff register from; an outlet registers its own."""
    return Channel.objects.filter(is_active=True).exclude(code="outlet")


def _code(text: str, schemes: tuple[str, ...]) -> str:
    """A class by its name, where only one has it: the widest, where its own classes share it."""
    named = Category.objects.filter(
        Q(name_zh=text) | Q(name_en__iexact=text), scheme__in=schemes, is_active=True
    ).order_by("level")[:2]
    found = list(named)
    is_clear = len(found) == 1 or (found and found[0].level < found[1].level)
    return found[0].code if is_clear else text.split(" ")[0]


def view(request, site: dict):
    """GET the form; POST registers and goes to the new case. What was typed is kept."""
    form = Registration(request.POST if request.method == "POST" else _blank(request))
    if request.method == "POST" and form.submit(request.user):
        return _registered(request, form)
    status = 400 if form.errors else 200
    return render(
        request, "cases/register.html", {**site, **_choices(request, form)}, status=status
    )


def _blank(request) -> QueryDict:
    return QueryDict(
        urlencode({"channel": FIRST[0], "kind": Kind.COMPLAINT, "form": str(uuid.uuid4())})
    )


def _registered(request, form: Registration):
    case = Case.objects.get(no=form.no)
    messages.success(request, _("Registered as %(no)s.") % {"no": case.no})
    response = HttpResponseRedirect(_next_page(request, case, form))
    # Tells agency/core/static/core/draft.js which draft has done its work: the form's own random number.
    response.set_cookie(
        "registered", form.typed.get("form", "")[:36], samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
    return response


def _next_page(request, case: Case, form: Registration) -> str:
    if "another" in form.typed:
        return reverse("admin:cases_case_add")
    seen = Case.objects.visible_to(request.user).filter(pk=case.pk).exists()
    return reverse("admin:cases_case_change", args=[case.pk]) if seen else reverse("admin:index")


def _choices(request, form: Registration) -> dict:
    channels = sorted(
        offered_channels(),
        key=lambda c: (FIRST.index(c.code) if c.code in FIRST else len(FIRST), c.pk),
    )
    categories = list(Category.objects.filter(is_active=True).select_related("parent"))
    return {
        "title": _("Register a ticket"), "form": form, "channels": channels, "lines": HOTLINES,
        "kinds": Kind.choices,
        "headings": HEADINGS.items(),
        "named_kinds": " ".join(sorted(submission.SubmissionSerializer.NEEDS_CONSUMER)),
        "of_kinds": {name: " ".join(sorted(kinds)) for name, kinds in OF_KINDS.items()},
        "subjects": [c for c in categories if c.scheme in Category.SUBJECTS],
        "problems": [c for c in categories if c.scheme in Category.PROBLEMS],
        "units": [u for u in Unit.objects.subtree(request.user.unit) if not u.is_external],
        "trusted": [c.code for c in channels if c.is_trusted],
    }  # fmt: skip
