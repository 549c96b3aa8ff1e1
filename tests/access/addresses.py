"""docs/access.yml as it is walked: every address, whom it lets in, and where it leads each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml
from django.apps import apps
from django.urls import URLPattern, get_resolver

from tests.access.place import FOREIGN, GONE, GONE_ID, GONE_KEY, GONE_NO, OWN, SECRET, Place

FILE = Path(__file__).parents[2] / "docs" / "access.yml"
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
METHODS = ("get", "post")


def routes() -> list[str]:
    """What the resolver knows, as the file names it: ``api/v1/cases/<no>/``."""
    return [PARAMETER.sub(r"<\1\2>", route) for route in _routes(get_resolver())]


def _routes(resolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _routes(pattern, route)


@cache
def table() -> dict[str, "Address"]:
    """The file's entries, by route."""
    told = yaml.safe_load(FILE.read_text())
    groups = told["groups"]

    def meant(names) -> set[str]:
        listed = names if isinstance(names, list) else [names]
        return {role for name in listed for role in groups.get(name, [name])}

    entries = told["addresses"] | dict(_of_lists(told["lists"]))
    return {
        route: Address(
            route,
            {key: meant(names) for key, names in entry.items() if key in KEYS},
            entry.get("answers", {}),
            entry.get("with", {}),
        )
        for route, entry in entries.items()
    }


def _of_lists(lists: dict) -> Iterator[tuple[str, dict]]:
    """The pages that the admin has for every table."""
    at_the_start = {"answers": {"gone": [302, 404]}}
    for name, may in lists.items():
        view, add, change = (may.get(verb, []) for verb in ("view", "add", "change"))
        yield f"admin/{name}/", {"get": view, "post": view}
        yield f"admin/{name}/add/", {"get": add, "post": add}
        yield f"admin/{name}/<object_id>/change/", {"get": view, "post": change} | at_the_start
        yield f"admin/{name}/<object_id>/history/", {"get": view, "post": view} | at_the_start
        yield f"admin/{name}/<object_id>/delete/", {}
        leads_on = {"get": [302], "post": [302]}
        yield (
            f"admin/{name}/<object_id>/",
            {"get": "insiders", "post": "insiders", "answers": leads_on, "with": {"object_id": 7}},
        )


KEYS = {"get", "post", "get_report", "post_report"}


@dataclass
class Address:
    """``let_in`` by method; ``answers``: a method's status where it is not the usual one."""

    route: str
    let_in: dict[str, set[str]]
    answers: dict[str, list[int]] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)

    @property
    def is_machines(self) -> bool:
        return self.route.startswith("api/")

    @property
    def things(self) -> list[str]:
        """What somebody may come upon there."""
        if not self.leads_to_rows:
            return [OWN]
        return [OWN, FOREIGN, GONE, *[SECRET] * self.leads_to_cases]

    @property
    def own_things(self) -> set[str]:
        """What those it lets in find there."""
        return {OWN, SECRET}

    def opens(self, method: str, role: str, what: str) -> bool:
        usual = self.let_in.get(method, set())
        return role in (self.let_in.get(f"{method}_report", usual) if what == SECRET else usual)

    def path(self, place: Place, name: str, what: str) -> str | None:
        """Where ``name`` is sent; None where there is no such thing to them."""
        values = dict(self.given)
        if self.leads_to_rows:
            found = self._found(place, name, what)
            if found is None:
                return None
            values |= found
        return "/" + re.sub(r"<(\w+)>", lambda m: str(values[m[1]]), self.route)

    @property
    def leads_to_rows(self) -> bool:
        return bool({"no", "pk", "object_id", "code"} - set(self.given) & set(self.names))

    @property
    def leads_to_cases(self) -> bool:
        if "interviews/" in self.route:
            return False
        return "no" in self.names or self.route.startswith("admin/cases/case/")

    @property
    def names(self) -> list[str]:
        return re.findall(r"<(\w+)>", self.route)

    def _found(self, place: Place, name: str, what: str) -> dict | None:
        if "odr-enterprises/" in self.route:
            code = place.firm_of(name, what)
            return code and {"code": code, "pk": GONE_ID if what == GONE else place.papers[code].pk}
        if "code" in self.names:
            code = place.outlet_of(name, what)
            return code and {"code": code, "pk": place.photos.get(code, GONE_ID)}
        if what == GONE:
            key = GONE_ID if "no" in self.names else GONE_KEY
            return {"no": GONE_NO, "pk": key, "object_id": GONE_KEY}
        if "no" in self.names and "interviews/" in self.route:
            return self._of_interview(place.interview_of(name, what))
        if "no" in self.names:
            return self._of_case(place.case_of(name, what))
        _admin, app, model, *_rest = self.route.split("/")
        row = place.row_of(apps.get_model(app, model), name, what)
        return row and {"pk": row.pk, "object_id": row.pk}

    def _of_interview(self, interview) -> dict | None:
        return interview and {"no": interview.no, "pk": interview.documents.first().pk}

    def _of_case(self, case) -> dict | None:
        papers = case and (case.documents if "documents/" in self.route else case.attachments)
        return case and {"no": case.no, "pk": papers.first().pk}
