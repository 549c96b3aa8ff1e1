"""A verb on the cases ticked in the list: one form, and an answer for each."""

from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from agency.core.api import flatten
from agency.core.roles import Role
from agency.core.text import clean
from cases import bulk, lifecycle, rulings
from cases.admin.verbs import VERBS, VerbForm
from cases.bodies import BODIES
from cases.models import Case

ASKED_OF_SOME = {"principle", "why_early", "receipt"}
"""What the end of one case asks for, and that of another does not."""


@dataclass
class BulkForm(VerbForm):
    """The verb's own form, made for the first of the cases; it names no ticket of one of them."""

    numbers: list[str] = field(default_factory=list)

    @cached_property
    def cases(self) -> list[Case]:
        return list(Case.objects.visible_to(self.user).filter(no__in=self.numbers))

    @cached_property
    def asked(self) -> dict[str, set[str]]:
        """Of ASKED_OF_SOME, what each of the cases asks for, by its number."""
        of_one = {case.no: VerbForm(self.verb, case, self.user) for case in self.cases}
        names = ASKED_OF_SOME & set(self.body)
        return {no: {n for n in names if form._asks(n)} for no, form in of_one.items()}

    def _asks(self, name: str) -> bool:
        if name == "ruling":  # the first may be no leader's, and the others are
            is_leader = self.user.role == Role.LEADER
            return is_leader and any(rulings.is_leaders(case) for case in self.cases)
        if name in ASKED_OF_SOME:
            return any(name in asked for asked in self.asked.values())
        return name != "ticket" and super()._asks(name)

    def run(self) -> list[bulk.Answer] | None:
        """What became of each; None where the form itself is wrong."""
        said = self._body()
        body = BODIES[self.verb.name](data=said)
        body.is_valid()
        if wrong := flatten(body.errors) | self._unsaid(said):
            self.errors = wrong
            return None
        return [
            answer
            for no in dict.fromkeys(self.numbers)
            for answer in bulk.run(
                self.verb.name, [no], by=self.user, body=self._fitting(no, body.validated_data)
            )
        ]

    def _fitting(self, no: str, said: dict) -> dict:
        """Of what was said, all but what this case does not ask for."""
        unasked = ASKED_OF_SOME - self.asked.get(no, set())
        return {name: value for name, value in said.items() if name not in unasked}


def actions(user) -> dict:
    """As the list offers them: what the role may do somewhere."""
    able = [name for name in bulk.VERBS if user.role in lifecycle.roles_of(name)]
    found = {f"bulk_{name}": (_ask(name), f"bulk_{name}", VERBS[name].label) for name in able}
    if user.has_perm("cases.export_case"):
        found["export"] = (_export, "export", _("Export to Excel"))
    return found


def _export(model_admin, request, cases):
    """Those ticked, by the same page as the whole list: with a reason and on record."""
    if (numbers := _numbers(request, cases)) is None:
        return None
    page = reverse("admin:cases_case_export")
    return HttpResponseRedirect(f"{page}?{urlencode({'only': ','.join(numbers)})}")


def _numbers(request, cases) -> list[str] | None:
    """Of those ticked; None for too many, which is said."""
    numbers = list(cases.values_list("no", flat=True)[: bulk.MOST + 1])
    if len(numbers) <= bulk.MOST:
        return numbers
    said = _("At most %(most)s cases at once: narrow the list.") % {"most": bulk.MOST}
    messages.error(request, said)
    return None


def _ask(verb: str):
    def action(model_admin, request, cases):
        if (numbers := _numbers(request, cases)) is None:
            return None
        return _shown(request, _form(request, verb, numbers), model_admin.admin_site)

    return action


def view(request, verb: str, site) -> HttpResponse:
    """POST does it, or asks ``again`` for the cases that refused; who names none goes to the list."""
    if verb not in bulk.VERBS or request.user.role not in lifecycle.roles_of(verb):
        raise Http404
    numbers = [clean(no) for no in request.POST.getlist("case")][: bulk.MOST]
    form = _form(request, verb, numbers)
    if form is None:
        return HttpResponseRedirect(reverse("admin:cases_case_changelist"))
    if "again" in request.POST:
        return _shown(request, form, site)
    form.typed = request.POST
    return _shown(request, form, site, answers=form.run())


def _form(request, verb: str, numbers: list[str]) -> BulkForm | None:
    seen = Case.objects.visible_to(request.user).select_related("unit", "consumer", "reporter")
    first = seen.filter(no__in=numbers).order_by("pk").first()
    return first and BulkForm(VERBS[verb], first, request.user, numbers=numbers)


def _shown(request, form, site, answers: list[bulk.Answer] | None = None) -> HttpResponse:
    done = sum(answer.is_done for answer in answers or ())
    context = {
        **site.each_context(request), "title": form.verb.label, "form": form, "answers": answers,
        "done": done, "refused": [a.no for a in answers or () if not a.is_done],
    }  # fmt: skip
    return render(request, "cases/bulk.html", context, status=400 if form.errors else 200)
