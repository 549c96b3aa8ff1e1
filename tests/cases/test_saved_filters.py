"""Lists of cases under a name: the role's own first one, and everybody's."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from cases.models import SavedFilter
from cases.saved import MOST, OF_ROLES
from tests.cases.test_admin import desk

pytestmark = pytest.mark.django_db

LIST = reverse("admin:cases_case_changelist")
SAVED = reverse("admin:cases_case_saved")


def names(page: str) -> list[str]:
    part = page.split('<nav class="saved"')[1].split("</nav>")[0]
    return [link.split(">")[1].split("<")[0] for link in part.split("<a ")[1:]]


def keep(name: str, query: str, who: str = "mediator"):
    return desk(who).post(SAVED, {"name": name, "query": query})


@pytest.mark.parametrize("role", sorted(OF_ROLES))
def test_each_role_begins_with_one_and_it_opens(agency, role):
    agency.ticket(unit="east")
    username = getattr(agency, role).username
    http = desk(username)

    assert len(names(http.get(LIST).content.decode())) == 1
    assert http.get(f"{LIST}?{OF_ROLES[role][1]}").status_code == 200


def test_what_one_looks_at_is_kept_under_a_name_and_found_again(agency):
    answer = keep("东城举报", "kind=report&unit=east&o=7")

    assert parse_qs(urlsplit(answer["Location"]).query) == {
        "kind": ["report"], "unit": ["east"], "o": ["7"],
    }  # fmt: skip
    page = desk("mediator").get(answer["Location"]).content.decode()
    assert names(page)[-1] == "东城举报" and 'aria-current="true">东城举报' in page
    assert "东城举报" not in desk("chief").get(LIST).content.decode()


def test_the_same_name_again_means_the_new_one(agency):
    keep("我的", "kind=report")
    keep("我的", "kind=complaint")

    assert SavedFilter.objects.get().query == "kind=complaint"


def test_what_was_searched_for_is_not_kept_and_the_list_stays_as_it_was(agency):
    http = desk("mediator")
    answer = http.post(SAVED, {"name": "我的", "query": "kind=report&q=过期&evil=1&p=7"})

    assert SavedFilter.objects.get().query == "kind=report"
    assert parse_qs(urlsplit(answer["Location"]).query) == {"kind": ["report"], "q": ["过期"]}
    assert "不含搜索词" in http.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(("name", "query"), [("", "kind=report"), ("我的", ""), ("我的", "q=钱")])
def test_without_a_name_or_a_filter_nothing_is_kept(agency, name, query):
    keep(name, query)
    assert not SavedFilter.objects.exists()


def test_there_is_an_end_to_it(agency):
    for number in range(MOST + 1):
        keep(f"第{number}个", "kind=report")
    assert SavedFilter.objects.count() == MOST


def test_one_deletes_one_s_own_alone(agency):
    keep("我的", "kind=report")
    kept = SavedFilter.objects.get()
    desk("chief").post(SAVED, {"drop": kept.pk})
    assert SavedFilter.objects.exists()
    desk("mediator").post(SAVED, {"drop": kept.pk})
    assert not SavedFilter.objects.exists()


def test_mine_are_those_in_my_hands(agency):
    mine, other = agency.ticket(unit="east"), agency.ticket(unit="east")
    type(mine).objects.filter(pk=mine.pk).update(handler=agency.mediator)

    page = desk("mediator").get(f"{LIST}?handler=me").content.decode()
    assert mine.no in page and other.no not in page
    named = desk("chief").get(f"{LIST}?handler=mediator").content.decode()
    assert mine.no in named and other.no not in named


def test_a_stranger_s_name_narrows_nothing(agency):
    case = agency.ticket(unit="east")
    assert case.no in desk("chief").get(f"{LIST}?handler=mediator_b").content.decode()
