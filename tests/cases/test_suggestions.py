"""What is proposed at registration and dispatch, why, and how often it was right."""

import uuid

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agency.core.admin.units import UnitForm
from cases import suggestions
from cases.models import Case, Suggestion
from cases.suggestions import Told

pytestmark = pytest.mark.django_db

SHOP = {"name": "清泉电器商行", "address": "思明区体育路1号"}


@pytest.fixture
def places(agency):
    for code, areas in (("east", ["思明区", "湖滨"]), ("west", ["湖里区", "湖滨南路"])):
        agency.units[code].areas = areas
        agency.units[code].save()
    return agency


def why(found) -> dict[tuple[str, str], tuple[str, str]]:
    return {(one.what, one.source): (one.target.code, one.why) for one in found}


def desk(user) -> Client:
    http = Client()
    http.force_login(user)
    return http


@pytest.mark.parametrize(
    ("place", "unit"),
    [
        ("思明区体育路2号", "east"),
        ("湖里区湖滨路2号", "west"),
        ("湖滨南路88号", "west"),
        ("翔安区新店镇", None),
        ("思明区与湖里区交界", None),
        ("", None),
    ],
)
def test_the_longest_word_of_an_address_that_is_one_units_alone_counts(places, place, unit):
    found = suggestions.of(Told("complaint", place=place), places.registrar, "unit")
    assert [one.target.code for one in found] == ([unit] if unit else [])


def test_a_unit_outside_one_s_own_is_not_proposed(places):
    told = Told("complaint", place="湖里区湖滨路2号")
    assert suggestions.of(told, places.mediator, "unit") == []


def test_where_the_merchant_s_cases_went_is_proposed_with_the_figures(agency, clock):
    for unit in ("east", "east", "east", "west", None):
        case = agency.ticket(unit=unit, category="G0101")

    found = why(suggestions.of(
        Told("complaint", merchant=case.merchant), agency.dispatcher, "unit", "category"
    ))  # fmt: skip
    assert found == {
        ("unit", "merchant"): ("east", "该经营者近12个月4件中3件派至东城分中心。"),
        ("category", "merchant"): ("G0101", "该经营者近12个月5件中5件归入此类。"),
    }


def test_a_few_cases_say_nothing_nor_do_old_ones(agency, clock):
    for _case in range(3):
        case = agency.ticket(unit="east")
    clock.shift(days=366)
    agency.ticket(unit="east")

    assert (
        suggestions.of(Told("complaint", merchant=case.merchant), agency.dispatcher, "unit") == []
    )


def test_cases_with_similar_words_vote_on_the_category(agency, clock):
    for n in range(3):
        agency.ticket(title=f"净水器漏水商家拒绝退货{n}", category="G0101")
    agency.ticket(title="健身房闭店不退卡", category="S0401")

    found = suggestions.of(
        Told("complaint", title="净水器漏水拒绝退货"), agency.registrar, "category"
    )
    assert why(found) == {("category", "words"): ("G0101", "文字相近的3件以往案件中3件归入此类。")}


def test_no_report_votes_on_a_complaint(agency, clock):
    for _case in range(3):
        case = agency.ticket(unit="east", kind="report", title="净水器漏水", category="G0101")
    told = Told("complaint", title="净水器漏水", merchant=case.merchant)
    assert suggestions.of(told, agency.dispatcher, "unit", "category") == []


def test_at_registration_it_is_shown_and_what_was_chosen_is_kept(places, clock):
    http, agency = desk(places.registrar), places
    for n in range(3):
        agency.ticket(unit="west", title=f"净水器漏水{n}", category="G0101")
    typed = {
        "channel": "hotline", "kind": "complaint", "form": str(uuid.uuid4()),
        "title": "净水器漏水", "consumer.name": "陈小满", "consumer.phone": "13800138000",
        "merchant.name": SHOP["name"], "merchant.address": SHOP["address"],
    }  # fmt: skip

    shown = http.post("/admin/cases/case/merchant/", typed).content.decode()
    codes = [
        "unit:address:east",
        "unit:merchant:west",
        "category:merchant:G0101",
        "category:words:G0101",
    ]
    for code in codes:
        assert f'name="suggested" value="{code}"' in shown
    beside = shown[shown.index('<div id="proposed"') :]
    assert "hx-swap-oob" in beside and beside.count('name="suggested"') == len(codes)
    form = http.get("/admin/cases/case/add/").content.decode()
    assert form.index('name="category"') < form.index('id="proposed"'), "beside the field it fills"

    told = typed | {
        "unit": "east",
        "category": "G0101",
        "suggested": [*codes, "unit:address:no", "x"],
    }
    assert http.post("/admin/cases/case/add/", told).status_code == 302

    kept = Suggestion.objects.values_list("what", "source", "is_hit", "by__username")
    assert sorted(kept) == [
        ("category", "merchant", True, "registrar"), ("category", "words", True, "registrar"),
        ("unit", "address", True, "registrar"), ("unit", "merchant", False, "registrar"),
    ]  # fmt: skip


def test_what_was_left_open_at_registration_is_no_answer(places, clock):
    case = places.ticket(merchant=SHOP)
    suggestions.keep(case, ["unit:address:east", "category:words:G0101"], by=places.registrar)
    assert not Suggestion.objects.exists()


def test_at_dispatch_it_is_shown_and_kept_with_the_act(places, clock):
    case, http = places.ticket(merchant=SHOP), desk(places.dispatcher)
    address = f"/admin/cases/case/{case.no}/verb/dispatch/"

    assert "地址中的“思明区”属东城分中心" in http.get(address).content.decode()
    assert http.post(address, {"unit": "west", "suggested": "unit:address:east"}).status_code == 204

    kept = Suggestion.objects.get()
    assert (kept.case, kept.chosen_unit, kept.is_hit) == (case, places.units["west"], False)
    assert Case.objects.get(pk=case.pk).unit == places.units["west"]


def test_a_refused_dispatch_leaves_nothing(places, clock):
    case = places.ticket(merchant=SHOP)
    address = f"/admin/cases/case/{case.no}/verb/dispatch/"
    desk(places.dispatcher).post(address, {"unit": "moon", "suggested": "unit:address:east"})
    assert not Suggestion.objects.exists()


def test_intake_by_machine_asks_nothing_of_it(places, clock):
    with CaptureQueriesContext(connection) as queries:
        places.ticket(merchant=SHOP)
    assert not [
        q
        for q in queries
        if "cases_suggestion" in q["sql"] or "areas" in q["sql"].split("FROM")[-1]
    ]


def test_areas_are_typed_with_commas(agency):
    unit = agency.units["east"]
    told = {f: getattr(unit, f) for f in ("code", "name", "kind", "org_profile")} | {
        "parent": unit.parent_id
    }
    form = UnitForm({**told, "areas": "思明区，湖滨南路,开元 、 梧村"}, instance=unit)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["areas"] == ["思明区", "湖滨南路", "开元", "梧村"]


def test_suggestions_are_written_once(places, clock):
    case = places.ticket(unit="east", merchant=SHOP)
    suggestions.keep(case, ["unit:address:east"], by=places.registrar)
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Suggestion.objects.update(source="words")


def test_of_what_a_form_sends_no_more_is_looked_up_than_can_have_been_shown(
    places, django_assert_max_num_queries
):
    case = places.ticket(unit="east")
    with django_assert_max_num_queries(12):
        suggestions.keep(case, [f"unit:address:x{n}" for n in range(500)], by=places.registrar)
