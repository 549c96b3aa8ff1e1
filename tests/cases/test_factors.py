"""What is weighed for a refusal on R3: to each factor the cases that may speak for it."""

import pytest
from django.test import Client

from cases import factors, workflow
from cases.models import Case

pytestmark = pytest.mark.django_db

OTHER = {"name": "林一一", "phone": "13700137000"}


def found(case, user) -> dict[str, dict[str, int]]:
    fresh = Case.objects.select_related("consumer", "merchant").get(pk=case.pk)
    told = factors.evidence(fresh, user)
    return {one.factor: {f.why: f.total for f in one.found} for one in told}


def test_each_factor_has_its_cases(agency, clock):
    class_of = {"category": "G0101", "unit": "east"}
    for day in range(3):
        agency.ticket(title=f"第{day}次投诉", occurred_on="2026-03-01", **class_of)
        clock.shift(days=7)
    agency.ticket(title="同店他人", consumer=OTHER, unit="east")
    agency.ticket(title="同号他名", consumer={"name": "吴二", "phone": "13800138000"}, unit="east")
    case = agency.ticket(title="又一次", occurred_on="2026-03-15", **class_of)

    assert found(case, agency.mediator) == {
        "volume": {"此前一年内同一人的投诉": 4, "其中同类商品或服务": 3},
        "mass": {"此前一年内同一人对同一经营者的投诉": 4},
        "no_consumption": {"消费日期为2026-03-15，晚于同一人对同一经营者的前次投诉": 2},
        "shared_contact": {"同一电话共用2个姓名": 4},
    }


def test_what_others_complain_of_speaks_against_nobody_who_complains_for_the_first_time(agency):
    told = {"unit": "east", "problem": "P0101"}
    agency.ticket(consumer=OTHER, title="商家态度恶劣", narrative="", **told)
    first = agency.ticket(title="净水器漏水", narrative="", **told)

    assert found(first, agency.mediator) == {}


def test_of_the_same_words_it_is_said_how_many_are_the_same_person_s(agency, clock):
    words = "六月一日在该店购买净水器，安装后三天漏水，店家拒绝退货，要求退一赔三。"
    for who in ({"consumer": OTHER}, {}, {}):
        case = agency.ticket(unit="east", narrative=words, **who)
        clock.shift(days=1)

    fresh = Case.objects.select_related("consumer", "merchant").get(pk=case.pk)
    [mass] = [one for one in factors.evidence(fresh, agency.mediator) if one.factor == "mass"]
    assert [(f.total, f.aside) for f in mass.found] == [(1, []), (2, ["其中投诉人本人1件"])]


def test_one_door_under_several_names_is_a_factor_and_no_same_person(agency, clock):
    """However it is written; who lives in the same street is no neighbour yet."""
    told = [("林一一", "深圳市福田区紫荆路 9号 601室"), ("吴二", "广东省深圳市福田区紫荆路９号６０１室。"),
            ("周一", "深圳市福田区紫荆路"), ("陈小满", "福田区紫荆路9号601室")]  # fmt: skip
    cases = [
        agency.ticket(
            unit="east", merchant=None,
            consumer={"name": name, "phone": f"1370013700{number}", "address": home},
        )
        for number, (name, home) in enumerate(told)
    ]  # fmt: skip

    assert found(cases[-1], agency.mediator) == {"shared_contact": {"同一地址共用3个姓名": 2}}


def test_what_came_later_or_long_before_speaks_for_nothing(agency, clock):
    agency.ticket(unit="east")
    clock.shift(days=366)
    case = agency.ticket(unit="east")
    clock.shift(days=1)
    agency.ticket(unit="east")

    assert found(case, agency.mediator) == {}


def test_an_earlier_refusal_on_the_same_ground_is_told(agency, clock):
    earlier = agency.contacted_case()
    workflow.refuse(
        earlier.no, by=agency.mediator, ground="R3", explanation="数量异常", factors=["volume"]
    )
    workflow.approve(earlier.no, by=agency.chief)
    case = agency.ticket(unit="east")

    assert found(case, agency.mediator)["no_consumption"] == {"同一人曾以此项理由（R3）不予受理": 1}


def test_other_units_cases_and_reports_speak_for_nothing(agency, clock):
    agency.ticket(unit="west")
    agency.ticket(unit="east", kind="report")
    case = agency.ticket(unit="east")

    assert found(case, agency.mediator) == {}
    assert found(Case.objects.get(kind="report"), agency.enforcer) == {}


def test_the_form_shows_them_with_their_links_and_ticks_nothing(agency, clock):
    earlier, case = agency.ticket(unit="east"), agency.contacted_case()
    http = Client()
    http.force_login(agency.mediator)

    form = http.get(f"/admin/cases/case/{case.no}/verb/refuse/").content.decode()

    assert f"/admin/cases/case/{earlier.pk}/change/" in form
    assert "此前一年内同一人的投诉" in form
    assert (
        'name="factors"' in form
        and "checked" not in form.split('name="factors"', 1)[1].split("</fieldset>")[0]
    )
