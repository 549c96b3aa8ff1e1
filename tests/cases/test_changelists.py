"""Lists of the admin stay quick however long they are: none is counted, and none asks row by row."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agency.core.admin import base
from agency.core.admin.base import MOST_ROWS, CappedPaginator, GuardedAdmin
from agency.core.clock import now
from agency.core.models import Unit, User
from agency.core.roles import STAFF
from cases import lookup, workflow
from interviews import workflow as interviews
from outlets.models import OdrEnterprise, Outlet

LISTS = sorted(
    (f"{m._meta.app_label}.{m._meta.model_name}", made) for m, made in admin.site._registry.items()
)
WHOLE = re.compile(r"^SELECT COUNT\(\*\)(?!.*\bLIMIT\b)", re.S)


def reader(agency, label: str) -> Client:
    """Somebody whose role has the list."""
    app, model = label.split(".")
    users = [User.objects.get(username=role) for role in sorted(STAFF)]
    user = next(user for user in users if user.has_perm(f"{app}.view_{model}"))
    http = Client()
    http.force_login(user)
    return http


def asked(http, label: str, query: str = "") -> list[str]:
    address = reverse(f"admin:{label.replace('.', '_')}_changelist")
    with CaptureQueriesContext(connection) as found:
        assert http.get(f"{address}{query}").status_code == 200
    return [query["sql"] for query in found.captured_queries]


@pytest.mark.parametrize(("label", "made"), LISTS, ids=[label for label, _made in LISTS])
def test_no_list_counts_its_table_or_takes_any_lookup(agency, clock, label, made):
    assert isinstance(made, GuardedAdmin) and made.paginator is CappedPaginator
    http = reader(agency, label)

    assert [sql for sql in asked(http, label) if WHOLE.match(sql)] == []
    refused = http.get(reverse(f"admin:{label.replace('.', '_')}_changelist"), {"pk__gt": "0"})
    is_page_of_its_own = refused.status_code == 200 and "cl" not in refused.context
    assert refused.status_code == 400 or is_page_of_its_own


MOST = 30
"""Of a search, the dearest: it reads and bounds two lists, and each filter its own choices."""


def filled(agency, clock) -> None:
    for _number in range(3):
        clock.shift(seconds=1)
        case = agency.ticket(unit="east", title="漏水")
        workflow.respond(case.no, by=agency.mediator)
        agency.ticket(unit="east", kind="report", title="漏水")
        lookup.cases_of(by=agency.mediator, phone="+8613800138000")
        _beside(agency, str(case.pk))


def _beside(agency, name: str) -> None:
    """What other lists hold: a merchant, an outlet, a firm, an interview, an account."""
    merchant = agency.ticket(unit="east", merchant={"name": f"清泉{name}商行"}).merchant
    for kind, made in ((Unit.Kind.OUTLET, Outlet), (Unit.Kind.ODR, OdrEnterprise)):
        east = agency.units["east"]
        made.objects.create(
            unit=Unit.objects.create(
                code=f"{made.__name__}-{name}", kind=kind, parent=east, name=name
            )
        )
    told = {"kind": "individual", "subject": name, "place": "三楼", "matters": "说明情况"}
    interviews.propose(
        by=agency.mediator,
        merchants=[{"name": merchant.name}],
        hold_at=now() + timedelta(days=9),
        **told,
    )
    User.objects.create_user(name, name=name, role="mediator", unit=agency.units["east"])


@pytest.mark.parametrize(
    ("label", "query"),
    [
        ("cases.case", ""), ("cases.case", "?q=漏水"), ("cases.case", "?kind=complaint&since=1m"),
        ("cases.case", "?o=7"), ("core.access", ""), ("cases.commendation", ""), ("core.audit", ""),
        ("cases.merchant", ""), ("cases.merchant", "?q=商行"), ("cases.merchant", "?twins=1"),
        ("outlets.outlet", ""), ("outlets.odrenterprise", ""), ("interviews.interview", ""),
        ("interviews.rectification", ""), ("cases.departure", ""), ("core.user", ""),
    ],
)  # fmt: skip
def test_more_rows_cost_no_more_statements(agency, clock, label, query):
    http = reader(agency, label)
    filled(agency, clock)
    asked(http, label, query)
    few = asked(http, label, query)
    filled(agency, clock)

    assert len(asked(http, label, query)) == len(few) <= MOST


@pytest.mark.parametrize("query", ["?p=200", "?p=999999", "?q=漏水&p=21"])
def test_nobody_turns_deeper_than_ten_thousand_rows(agency, clock, query):
    filled(agency, clock)
    http = reader(agency, "cases.case")

    for sql in asked(http, "cases.case", query):
        offset = re.search(r"OFFSET (\d+)", sql)
        assert not offset or int(offset[1]) < MOST_ROWS


def test_the_headings_of_a_list_are_made_once_however_many_rows(agency, monkeypatch):
    """The theme makes them anew for each row, the box of each from a template: a third of the page."""
    made = []
    monkeypatch.setattr(
        base, "_headers_of", lambda cl, of=base._headers_of: made.append(1) or of(cl)
    )
    for _case in range(3):
        agency.ticket(unit="east")
    http = reader(agency, "cases.case")

    told = http.get(reverse("admin:cases_case_changelist")).content.decode()
    assert made == [1]
    assert len(re.findall(r'name="_selected_action" value="\d+"', told)) == 3


def test_the_states_to_choose_are_those_of_the_kind_chosen_else_each_under_its_kind(agency):
    http = Client()
    http.force_login(agency.supervisor)
    address = reverse("admin:cases_case_changelist")

    def offered(query: str) -> dict[str, list[str]]:
        cl = http.get(f"{address}{query}").context["cl"]
        [spec] = [spec for spec in cl.filter_specs if spec.parameter_name == "state"]
        told: dict[str, list[str]] = {}
        for choice in spec.choices(cl):
            told.setdefault(str(choice["group"]), []).append(str(choice["display"]))
        return told

    of_all, of_report = offered(""), offered("?kind=report")
    assert list(of_all) == ["", "各类通用", "投诉", "举报", "咨询", "信访"]
    assert ("调解中" in of_all["投诉"], "已派单" in of_all["各类通用"]) == (True, True)
    assert "终止调解 / 三级终结" in of_all["各类通用"], "what one state is called in several kinds"
    assert list(of_report) == [""] and "核查中" in of_report[""] and "调解中" not in of_report[""]
    assert "selected>全部" in http.get(f"{address}?kind=report&state=mediating").content.decode()
