"""Merchants as one: written in several ways, merged by people, explained, and undone exactly."""

from contextlib import suppress

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.roles import Role
from cases import alike, recusals, workflow
from cases.models import Case, Merchant, MerchantMerge, MerchantSearch, Profile
from cases.models.search import grams
from cases.search import index, names
from cases.workflow import merging
from tests.cases.test_admin import desk
from tests.stories import PASSWORD
from tests.threads import in_threads

pytestmark = pytest.mark.django_db

CODE, OTHER_CODE = "91350200MA31X0EX6F", "91350203MA2XN8JK5R"


@pytest.mark.parametrize(
    ("written", "core", "branch"),
    [
        ("永家来福超市有限公司", "永家来福超市", ""),
        ("永家来福超市", "永家来福超市", ""),
        ("永家 来福超市有限责任公司", "永家来福超市", ""),
        ("永家（来福）超市股份有限公司", "永家来福超市", ""),
        ("永家来福超市有限公司（思明店）", "永家来福超市", "思明店"),
        ("永家来福超市有限公司思明分公司", "永家来福超市", "思明分公司"),
        ("永家来福超市(湖里分店)", "永家来福超市", "湖里分店"),
        ("ＡＢＣ健身（个体工商户）", "abc健身", ""),
        ("有限公司", "", ""),
        ("清泉便利店", "清泉便利店", ""),
    ],
)
def test_a_name_is_compared_by_what_does_not_vary(written, core, branch):
    assert names.of(written) == names.Name(core, branch)


@pytest.fixture
def shops(agency):
    """Three ways to write one business; each with a case of east."""
    cases = [
        agency.ticket(unit="east", merchant={"name": name, "phone": "05922222222"})
        for name in ("永家来福超市有限公司", "永家 来福超市", "永家来福超市有限公司（思明店）")
    ]
    index.index_pending()
    return [Case.objects.select_related("merchant").get(pk=case.pk).merchant for case in cases]


def merged(agency, into, other, relation="same"):
    return merging.merge_merchants(
        into.pk, other.pk, by=agency.chief, relation=relation, reason="执照上同一地址"
    )


def page(agency, who, case):
    http = Client()
    http.force_login(who)
    return http.get(f"/admin/cases/case/{case.pk}/change/").content.decode()


def test_likely_ones_are_named_with_the_reason(agency, shops):
    told = {one.merchant: one.reasons for one in alike.alike(shops[0], agency.chief)}

    assert told == {
        shops[1]: ["名称仅括号、空格或组织形式不同。", "双方案件都留有电话 05922222222。"],
        shops[2]: ["从名称看是分支机构：思明店。", "双方案件都留有电话 05922222222。"],
    }


def test_a_town_before_the_name_is_seen_through(agency, shops):
    agency.ticket(unit="east", merchant={"name": "厦门市永家来福超市有限公司"})
    index.index_pending()

    town = Merchant.objects.get(name__startswith="厦门")
    assert town in {one.merchant for one in alike.alike(shops[0], agency.chief)}
    assert shops[0] in {one.merchant for one in alike.alike(town, agency.chief)}


def test_who_sees_no_case_of_a_merchant_is_not_told_of_it(agency, shops):
    agency.ticket(unit="west", merchant={"name": "永家来福超市（有限公司）"})
    index.index_pending()
    hidden = Merchant.objects.get(name="永家来福超市（有限公司）")

    assert hidden not in {one.merchant for one in alike.alike(shops[0], agency.chief)}
    with pytest.raises(NotThere):
        merged(agency, shops[0], hidden)


def test_the_list_of_what_may_be_one_tells_of_no_twin_elsewhere(agency):
    agency.ticket(unit="east", merchant={"name": "丽人美容院有限公司"})
    agency.ticket(unit="west", merchant={"name": "丽人美容院"})
    index.index_pending()

    def listed(who) -> bool:
        http = Client()
        http.force_login(who)
        return "丽人美容院有限公司" in http.get("/admin/cases/merchant/?twins=1").content.decode()

    assert (listed(agency.chief), listed(agency.leader)) == (False, True)


def test_merged_they_count_as_one_everywhere_and_each_case_keeps_its_words(agency, shops):
    first, second, third = Case.objects.order_by("pk")
    assert "(1)" not in page(agency, agency.mediator, first)

    merged(agency, shops[0], shops[1])
    merged(agency, shops[0], shops[2], "branch")

    for case in (first, second, third):
        told = page(agency, agency.mediator, case)
        assert "(另有 2 件投诉)" in told
        assert case.merchant.name in told
    http = Client()
    http.force_login(agency.mediator)
    listed = http.get(f"/admin/cases/case/?merchant={shops[1].pk}").content.decode()
    assert all(case.no in listed for case in (first, second, third))


def test_the_recusal_list_follows(agency, shops):
    profile = Profile.objects.create(person=agency.mediator)
    profile.recusals.create(merchant=shops[1], reason="亲属")
    case = Case.objects.order_by("pk").first()
    assert agency.mediator not in recusals.recused(case)

    merge = merged(agency, shops[0], shops[1])
    assert agency.mediator in recusals.recused(case)

    merging.part_merchants(merge.pk, by=agency.chief, reason="两家")
    assert agency.mediator not in recusals.recused(case)


def test_undone_exactly_the_rows_that_came_go_back(agency, shops):
    first, second, third = shops
    inner = merged(agency, second, third, "branch")
    outer = merged(agency, first, second)
    assert outer.moved == [second.pk, third.pk]
    assert {row.head_id for row in Merchant.objects.exclude(pk=first.pk)} == {first.pk}

    with pytest.raises(RuleViolation, match="先撤销"):
        merging.part_merchants(inner.pk, by=agency.chief, reason="看错")
    merging.part_merchants(outer.pk, by=agency.chief, reason="看错")

    heads = dict(Merchant.objects.values_list("pk", "head"))
    assert heads == {first.pk: None, second.pk: None, third.pk: second.pk}
    with pytest.raises(RuleViolation, match="已经撤销"):
        merging.part_merchants(outer.pk, by=agency.chief, reason="看错")


def test_two_credit_codes_are_a_branch_or_two_businesses(agency):
    for code in (CODE, OTHER_CODE):
        agency.ticket(unit="east", merchant={"name": "永家来福超市", "uscc": code})
    agency.ticket(unit="east", merchant={"name": "永家来福"})
    one, two, bare = Merchant.objects.order_by("pk")

    merged(agency, two, bare)
    with pytest.raises(RuleViolation, match="统一社会信用代码"):
        merged(agency, one, bare)  # counts as two, which has a code

    merged(agency, one, two, "branch")
    assert set(Merchant.objects.values_list("head", flat=True)) == {None, one.pk}


@pytest.mark.parametrize(
    ("who", "told", "refusal"),
    [
        ("mediator", {}, Forbidden),
        ("admin", {}, Forbidden),
        ("chief_b", {}, NotThere),
        ("chief", {"relation": "alias"}, Invalid),
        ("chief", {"reason": " "}, Invalid),
    ],
)
def test_who_may_not_or_says_too_little_is_refused(agency, shops, who, told, refusal):
    from agency.core.models import User

    User.objects.create_user(
        "chief_b", PASSWORD, name="乙", role=Role.CHIEF, unit=agency.units["west"]
    )
    by = User.objects.get(username=who)
    with pytest.raises(refusal):
        merging.merge_merchants(
            shops[0].pk, shops[1].pk, by=by, **{"relation": "same", "reason": "同一家"} | told
        )
    assert not MerchantMerge.objects.exists()


def test_the_page_merges_and_undoes(agency, shops):
    http = Client()
    http.force_login(agency.chief)
    address = f"/admin/cases/merchant/{shops[0].pk}/change/"
    told = {"merged": shops[1].pk, "relation": "", "reason": "同一家"}

    refused = http.post(address, told)
    assert (refused.status_code, "同一家" in refused.content.decode()) == (400, True)
    assert http.post(address, told | {"relation": "same"}).status_code == 302
    assert (
        http.post(address, {"merge": MerchantMerge.objects.get().pk, "reason": "错"}).status_code
        == 302
    )
    shown = http.get(address).content.decode()
    assert ("已撤销" in shown, "同一家" in shown) == (True, True)
    assert Merchant.objects.exclude(head=None).count() == 0


def test_the_page_asks_as_much_of_many_as_of_few(agency, shops):
    http = Client()
    http.force_login(agency.chief)
    address = f"/admin/cases/merchant/{shops[0].pk}/change/"
    http.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        http.get(address)
    for n in range(6):
        agency.ticket(unit="east", merchant={"name": f"永家来福超市有限公司（{n}号店）"})
    index.index_pending()
    merged(agency, shops[0], shops[1])
    with CaptureQueriesContext(connection) as many:
        http.get(address)
    assert len(many) == len(few)


def test_a_report_is_a_duplicate_under_another_name_of_the_merchant(agency, shops):
    told = {"kind": "report", "consumer": {"name": "林举", "phone": "13900139000"}}
    first, second = (agency.ticket(merchant={"name": shop.name}, **told) for shop in shops[:2])
    workflow.contact(second.no, by=agency.dispatcher, outcome="reached", no_meeting_reason="电话")
    with pytest.raises(Invalid):
        workflow.mark_duplicate(second.no, by=agency.dispatcher, of=first.no)

    merged(agency, shops[0], shops[1])
    workflow.mark_duplicate(second.no, by=agency.dispatcher, of=first.no)


@pytest.mark.django_db(transaction=True)
def test_two_that_merge_in_a_ring_make_no_ring(agency, shops):
    def merge(into, other):
        with suppress(RuleViolation):  # whoever comes second finds them one already
            merged(agency, into, other)

    in_threads(lambda: merge(*shops[:2]), lambda: merge(shops[1], shops[0]))

    heads = Merchant.objects.exclude(head=None)
    assert [row.head.head for row in heads] == [None]
    assert MerchantMerge.objects.count() == 1


def test_the_number_beside_a_merchant_says_of_what_kinds(agency, clock):
    cases = [
        agency.ticket(unit="east", kind=kind, merchant={"name": "万家福超市"})
        for kind in ("complaint", "complaint", "complaint", "report")
    ]

    html = desk("chief").get(f"/admin/cases/case/{cases[0].pk}/change/").content.decode()
    assert "(另有 2 件投诉 · 1 件举报)" in html


@pytest.mark.parametrize("is_indexed", [True, False])
def test_a_merchant_is_found_in_its_list_by_name_sound_and_code(agency, clock, is_indexed):
    """By any part of the name, by all of the code; none of another's cases, and no row by row."""
    agency.ticket(unit="east", merchant={"name": "厦门万家福超市有限公司", "uscc": CODE})
    agency.ticket(unit="west", merchant={"name": "万家福西城店"})
    while is_indexed and index.index_some():
        pass
    chief, sounds = desk("chief"), ["xiamenwanjiafu", "xmwjf", "Xia Men Wan"]

    def found(typed: str) -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            page = chief.get("/admin/cases/merchant/", {"q": typed})
        assert not [sql for sql in asked.captured_queries if "UPPER(" in sql["sql"]]
        return [merchant.name for merchant in page.context["cl"].result_list]

    for typed in (
        "万家",
        "家福超",
        "福超市 厦门",
        "厦门万家福超市有限公司",
        CODE.lower(),
        *sounds * is_indexed,
    ):
        assert found(typed) == ["厦门万家福超市有限公司"], typed
    for typed in ("西城", CODE[:-1], "福", "有限公司", "%"):
        assert found(typed) == [], typed


def test_a_part_of_a_merchant_s_name_is_looked_up_in_an_index(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    rows = MerchantSearch.objects.alias(grams=grams("core")).filter(grams__contains=["万家"])
    assert "merchant_search_names" in rows.filter(is_stale=False).explain()


def test_whose_branch_alone_one_sees_is_listed_by_it(agency, clock):
    into = agency.ticket(unit="east", merchant={"name": "万家福超市"}).merchant
    branch = agency.ticket(unit="west", merchant={"name": "万家福西城店"})
    Merchant.objects.filter(pk=into.pk).update(head=branch.merchant)

    listed = desk("chief").get("/admin/cases/case/", {"merchant": branch.merchant.pk})
    other = desk("chief").get("/admin/cases/case/", {"merchant": 10**9})
    assert listed.context["cl"].result_list[0].merchant == into
    assert [f.value() for f in listed.context["cl"].filter_specs if f.title == "经营者"]
    assert not [f for f in other.context["cl"].filter_specs if f.title == "经营者"]
