"""Letter templates: what is in force, a new version by one person, its decision by another."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core.admin.base import GuardedAdmin, ReadOnly
from agency.core.letters import Template
from agency.core.models import Unit
from cases.admin.filters import KnownValues
from interviews.admin import forms
from interviews.bodies import TemplateDecided, TemplateTold
from interviews.letters import facts
from interviews.letters.forms import Form
from interviews.letters.versions import in_force, of_row
from interviews.models import LetterTemplate
from interviews.workflow import templates

FIELDS = {
    "title": gettext_lazy("title"), "addressee": gettext_lazy("addressee"),
    "text": gettext_lazy("text"), "rows": gettext_lazy("rows of the table: label | text, a line each"),
    "end": gettext_lazy("text after the table"), "signatures": gettext_lazy("who signs, a line each"),
    "note": gettext_lazy("note"),
}  # fmt: skip
LABELS = {
    **FIELDS, "profile": gettext_lazy("whose letter"), "form": gettext_lazy("form"),
    "reason": gettext_lazy("what is changed, and why"), "opinion": gettext_lazy("opinion"),
    "approved": gettext_lazy("put it in force"),
}  # fmt: skip


class StateFilter(KnownValues):
    title, parameter_name = gettext_lazy("state"), "state"

    def lookups(self, request, model_admin):
        return LetterTemplate.State.choices


@admin.register(LetterTemplate)
class LetterTemplateAdmin(ReadOnly, GuardedAdmin):
    """Every version there was; nothing is typed into a row."""

    list_display = ["form", "profile", "state", "reason", "by", "at", "decided_by", "decided_at"]
    list_filter = [StateFilter]
    list_select_related = ["by", "decided_by"]
    ordering = ["-at", "-pk"]

    def get_urls(self):
        view = self.admin_site.admin_view(self.preview_view)
        name = "interviews_lettertemplate_preview"
        return [path("<int:object_id>/preview/", view, name=name), *super().get_urls()]

    def has_add_permission(self, request):
        return request.user.role in templates.EDITORS

    def add_view(self, request, form_url="", extra_context=None):
        """GET the version in force of ``form`` and ``profile``, to be changed; POST proposes it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = _form("propose_template", _("Propose a version"), TemplateTold)
        if request.method == "POST":
            made = forms.done(form, TemplateTold, request, _propose)
            if made:
                return HttpResponseRedirect(_page(made))
        else:
            _prefill(form, request.GET.get("profile", ""), request.GET.get("form", ""))
        status = 400 if form.is_wrong else 200
        chosen = _chosen(form)
        page = {"title": form.label, "form": form, "known": sorted(facts.known(chosen)) if chosen else []}  # fmt: skip
        context = self.admin_site.each_context(request) | page | {"choices": _choices()}
        return render(request, "interviews/template_new.html", context, status=status)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """GET a version beside what is in force; POST decides on it."""
        row = _row(self, request, object_id)
        form = _form("decide_template", _("Decide"), TemplateDecided)
        if request.method == "POST":
            if not self.has_add_permission(request):
                raise PermissionDenied

            def decide(**said):
                return templates.decide_template(row.pk, **said)

            if forms.done(form, TemplateDecided, request, decide):
                return HttpResponseRedirect(_page(row))
        page = {
            "title": str(row), "row": row, "parts": _beside(row), "form": form,
            "may_decide": templates.may_decide(row, request.user),
        }  # fmt: skip
        context = self.admin_site.each_context(request) | page
        status = 400 if form.is_wrong else 200
        return render(request, "interviews/template.html", context, status=status)

    def preview_view(self, request, object_id: int):
        """The version as a PDF with made-up facts."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        row = _row(self, request, str(object_id))
        answer = HttpResponse(templates.preview(row), content_type="application/pdf")
        answer.headers["Content-Disposition"] = f'attachment; filename="specimen-{row.pk}.pdf"'
        return answer


def _row(model_admin, request, key: str) -> LetterTemplate:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    rows = LetterTemplate.objects.select_related("by", "decided_by")
    row = rows.filter(pk=key[:18]).first() if key.isdecimal() else None
    if row is None:
        raise Http404
    return row


def _page(row: LetterTemplate) -> str:
    return reverse("admin:interviews_lettertemplate_change", args=[row.pk])


def _form(name: str, label: str, body) -> forms.Form:
    form = forms.empty(name, label, body)
    for field in form.fields:
        field.label = str(LABELS[field.name])
    return form


def _choices() -> list[tuple[str, str, str]]:
    """Profile, form and what they are called, of each letter there is."""
    return [
        (profile, form, f"{form_label} · {profile_label}")
        for profile, profile_label in Unit.Profile.choices
        for form, form_label in Form.choices
    ]


def _prefill(form: forms.Form, profile: str, name: str) -> None:
    if profile not in Unit.Profile.values or name not in Form.values:
        return
    told = _texts(in_force(profile, name)) | {"profile": profile, "form": name}
    for field in form.fields:
        field.value = told.get(field.name, "")
        field.chosen = [field.value]


def _chosen(form: forms.Form) -> Form | None:
    value = next(field.value for field in form.fields if field.name == "form")
    return Form(value) if value in Form.values else None


def _texts(version: Template) -> dict[str, str]:
    """A version as the form holds it."""
    return {
        "title": version.title, "addressee": version.addressee, "text": version.text.strip(),
        "rows": "\n".join(f"{label} | {text}" for label, text in version.rows),
        "end": version.end.strip(), "signatures": "\n".join(version.signatures),
        "note": version.note,
    }  # fmt: skip


def _propose(**said) -> LetterTemplate:
    """What was typed as the workflow takes it."""
    rows = [line.replace("｜", "|").partition("|") for line in _lines(said.pop("rows", ""))]
    pairs = [(label.strip(), text.strip()) for label, _bar, text in rows]
    signatures = _lines(said.pop("signatures", ""))
    return templates.propose_template(rows=pairs, signatures=signatures, **said)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _beside(row: LetterTemplate) -> list[tuple[str, str, str, bool]]:
    """Of each part: its label, as it is in force, as it would be, and whether they differ."""
    now, then = _texts(in_force(row.profile, row.form)), _texts(of_row(row))
    return [(str(FIELDS[name]), now[name], then[name], now[name] != then[name]) for name in FIELDS]
