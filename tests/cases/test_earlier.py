"""Who is this? What was found beside a case, why, and what never is."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agency.core.models import Access
from cases import earlier, workflow
from cases.models import Case

pytestmark = pytest.mark.django_db

OTHER = {"name": "林一一", "phone": "13700137000"}
TEXT = "六月一日在该店购买净水器，安装后三天漏水，店家拒绝退货，要求退一赔三。"


def found(case, user) -> dict[str, list[str]]:
    fresh = Case.objects.select_related("consumer", "merchant").get(pk=case.pk)
    return {one.why: [other.no for other in one.cases] for one in earlier.of_case(fresh, user)}


def desk(user) -> Client:
    http = Client()
    http.force_login(user)
    return http


def beside(user, case) -> str:
    return desk(user).get(f"/admin/cases/case/{case.no}/earlier/").content.decode()


def test_each_is_found_by_what_it_has_in_common_and_says_so(agency, clock):
    by_phone = agency.ticket(unit="east", merchant={"name": "丽人美容院"}, title="办卡不退款")
    same_shop = agency.ticket(unit="east", consumer=OTHER, title="商家态度恶劣")
    case = agency.ticket(unit="east", title="净水器漏水")

    assert found(case, agency.mediator) == {
        "同一电话": [by_phone.no],
        "30天内同一经营者": [same_shop.no],
    }


def test_one_telephone_under_several_names_is_told_as_a_factor(agency, clock):
    agency.ticket(unit="east", consumer={"name": "周一", "phone": "13800138000"})
    case = agency.ticket(unit="east", consumer={"name": "吴二", "phone": "13800138000"})

    assert "涉及 2 个姓名" in beside(agency.mediator, case)
    assert "周一" not in beside(agency.mediator, case)


def test_a_case_stands_there_once_with_all_its_reasons_together(agency, clock):
    """Also one that is not among the latest shown of a reason it has."""
    both = agency.ticket(unit="east", title="净水器漏水", narrative=TEXT)
    by_shop = [agency.ticket(unit="east", consumer=OTHER, title="态度恶劣") for _case in range(3)]
    case = agency.ticket(unit="east", title="净水器漏水", narrative=TEXT)

    rows = desk(agency.mediator).get(f"/admin/cases/case/{case.no}/earlier/").context["rows"]

    assert [(row[0].no, whys) for row, whys in rows] == [
        (both.no, ["同一电话", "30天内同一经营者", "文字相同"]),
        *((other.no, ["30天内同一经营者"]) for other in reversed(by_shop)),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (TEXT, "文字相同"),
        (TEXT.replace("六月一日", "五月三日").replace("三天", "两天"), "文字基本相同"),
        ("充值卡无法使用，商家已经搬走，电话打不通，无人处理。", None),
    ],
)
def test_the_same_words_about_one_merchant(agency, clock, text, why):
    agency.ticket(unit="east", narrative=text, consumer=OTHER, title="净水器漏水投诉")
    case = agency.ticket(unit="east", narrative=TEXT, title="净水器漏水投诉")

    told = found(case, agency.mediator)
    assert {"文字相同", "文字基本相同"} & told.keys() == ({why} if why else set())


def test_long_ago_the_merchant_is_no_news(agency, clock):
    agency.ticket(unit="east", consumer=OTHER, title="态度恶劣")
    clock.shift(days=31)
    case = agency.ticket(unit="east", title="净水器漏水")

    assert found(case, agency.mediator) == {}


def test_what_one_may_not_see_is_not_found_nor_counted(agency, clock):
    """Neither the case nor the other name that stands there with the same telephone."""
    agency.ticket(unit="west", consumer={"name": "周一", "phone": "13800138000"})
    seen, whole = agency.ticket(unit="east", merchant=None), "涉及 2 个姓名"
    assert (whole in beside(agency.mediator, seen), whole in beside(agency.supervisor, seen)) == (
        False, True,
    )  # fmt: skip
    agency.ticket(unit="east", merchant=None)
    assert whole not in beside(agency.mediator, seen)


def test_what_is_another_units_stays_there(agency, clock):
    agency.ticket(unit="west")
    case = agency.ticket(unit="east")

    assert found(case, agency.mediator) == {}
    assert found(case, agency.supervisor).keys() >= {"同一电话"}


def test_a_report_stands_beside_no_complaint_and_no_reporter_is_recognized(agency, clock):
    """Same person, telephone, merchant and words: neither leads to the other."""
    told = {"unit": "east", "narrative": TEXT}
    report = agency.ticket(kind="report", **told)
    complaint = agency.ticket(**told)
    again = agency.ticket(kind="report", merchant={"name": "丽人美容院"}, **told)

    for who in (agency.mediator, agency.chief, agency.custodian, agency.supervisor, agency.leader):
        assert found(complaint, who) == {}, "no report beside a complaint"
        assert found(report, who) == {}, "no complaint beside a report, no other of its sender"
        assert found(again, who) == {}


def test_reports_about_one_merchant_stand_beside_each_other_as_their_lists_do(agency, clock):
    first = agency.ticket(kind="report", unit="east", consumer=OTHER)
    second = agency.ticket(kind="report", unit="east")

    assert found(second, agency.enforcer) == {"30天内同一经营者": [first.no]}


def test_the_way_to_bring_them_together_is_there_and_filled_in(agency, clock):
    other = agency.ticket()
    case = agency.ticket()
    link = f"/admin/cases/case/{case.no}/verb/link_ticket/?ticket={other.tickets.get().no}"

    assert link in beside(agency.dispatcher, case)
    assert f'value="{other.tickets.get().no}"' in desk(agency.dispatcher).get(link).content.decode()
    assert "link_ticket" not in beside(agency.analyst, case)


def test_at_registration_the_number_is_looked_up_on_record(agency, clock):
    case = agency.ticket(unit="east")
    http = desk(agency.registrar)

    told = http.post(
        "/admin/cases/case/caller/", {"consumer.phone": "138 0013 8000", "kind": "complaint"}
    )

    assert case.no in told.content.decode()
    record = Access.objects.get()
    assert (record.by, record.what, record.found) == (agency.registrar, "phone", 1)
    assert http.get("/admin/cases/case/caller/").status_code == 403


def test_who_reports_is_not_looked_up(agency, clock):
    agency.ticket(unit="east")

    told = desk(agency.registrar).post(
        "/admin/cases/case/caller/", {"consumer.phone": "13800138000", "kind": "report"}
    )
    assert ("panel" in told.content.decode(), Access.objects.count()) == (False, 0)


def test_half_a_number_is_nobody_s(agency, clock):
    told = desk(agency.registrar).post("/admin/cases/case/caller/", {"consumer.phone": "138001"})
    assert (told.status_code, Access.objects.count()) == (200, 0)


def test_the_brake_is_said_in_a_sentence(agency, clock, settings):
    settings.LOOKUPS_AN_HOUR = 0
    told = desk(agency.registrar).post(
        "/admin/cases/case/caller/", {"consumer.phone": "13800138000"}
    )
    assert 'role="alert"' in told.content.decode()


def test_at_registration_the_merchant_s_cases_are_told(agency, clock):
    case = agency.ticket(unit="east", kind="complaint")
    report = agency.ticket(unit="east", kind="report")

    told = (
        desk(agency.registrar)
        .post("/admin/cases/case/merchant/", {"merchant.name": "清泉电器商行", "kind": "complaint"})
        .content.decode()
    )
    assert (case.no in told, report.no in told) == (True, False)


def test_it_asks_as_much_of_many_as_of_few(agency, clock):
    cases = [agency.ticket(unit="east", narrative=TEXT) for _case in range(3)]
    http = desk(agency.dispatcher)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            http.get(f"/admin/cases/case/{cases[0].no}/earlier/")
        return len(queries)

    asked()
    few = asked()
    for _case in range(9):
        agency.ticket(unit="east", narrative=TEXT)
    assert asked() <= few + 3, "counting, where there are more than are shown"


def test_a_merged_one_is_not_found_beside_where_it_went(agency, clock):
    other, case = agency.ticket(), agency.ticket()
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=other.tickets.get().no)

    assert found(case, agency.dispatcher) == {}
