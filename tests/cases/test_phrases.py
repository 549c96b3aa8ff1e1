"""Phrases: everybody's own, and their unit's, put into a text by a short code."""

import pytest
from django.urls import reverse

from cases import demo
from cases.models import Phrase
from tests.cases.test_admin import desk

pytestmark = pytest.mark.django_db

LIST = reverse("admin:cases_phrase_changelist")
ADD = reverse("admin:cases_phrase_add")
MINE = reverse("admin:cases_phrase_mine")


def offered(name: str) -> dict[str, str]:
    return {one["code"]: one["text"] for one in desk(name).get(MINE).json()["phrases"]}


def page_of(phrase: Phrase) -> str:
    return reverse("admin:cases_phrase_change", args=[phrase.pk])


def test_one_s_own_phrase_is_offered_to_oneself_alone(agency):
    desk("mediator").post(ADD, {"code": "YY", "text": "已预约到站调解。", "is_active": "on"})

    assert Phrase.objects.get().owner == agency.mediator
    assert offered("mediator") == {"yy": "已预约到站调解。"}
    assert offered("mediator_b") == {} == offered("chief")


def test_a_chief_keeps_phrases_for_the_whole_unit(agency):
    told = {"code": "yy", "text": "本分中心。", "unit": agency.units["east"].pk, "is_active": "on"}
    desk("chief").post(ADD, told)

    assert offered("mediator") == {"yy": "本分中心。"}
    assert offered("mediator_b") == {}


def test_of_two_with_one_code_the_nearer_is_meant(agency):
    Phrase.objects.create(code="yy", text="全市。", unit=agency.units["agency"])
    Phrase.objects.create(code="yy", text="东城。", unit=agency.units["east"])
    Phrase.objects.create(code="yy", text="我的。", owner=agency.mediator)

    assert offered("mediator") == {"yy": "我的。"}
    assert offered("chief") == {"yy": "东城。"}
    assert offered("mediator_b") == {"yy": "全市。"}


def test_what_is_switched_off_is_offered_no_more(agency):
    Phrase.objects.create(code="yy", text="旧文。", owner=agency.mediator, is_active=False)

    assert offered("mediator") == {}


def test_a_unit_s_phrase_is_read_by_its_people_and_changed_by_their_chief(agency):
    phrase = Phrase.objects.create(code="yy", text="东城。", unit=agency.units["east"])
    told = {"code": "yy", "text": "改。", "unit": agency.units["east"].pk, "is_active": "on"}

    assert desk("mediator").get(page_of(phrase)).status_code == 200
    assert desk("mediator").post(page_of(phrase), told).status_code == 403
    assert desk("mediator_b").get(page_of(phrase)).status_code == 302
    assert desk("chief").post(page_of(phrase), told).status_code == 302
    phrase.refresh_from_db()
    assert phrase.text == "改。"


def test_nobody_reads_another_s_own(agency):
    phrase = Phrase.objects.create(code="yy", text="我的。", owner=agency.mediator)

    for name in ("chief", "leader", "dispatcher"):
        assert desk(name).get(page_of(phrase)).status_code == 302
        assert "我的。" not in desk(name).get(LIST).content.decode()


def test_a_mediator_makes_none_for_a_unit(agency):
    told = {"code": "yy", "text": "我的。", "unit": agency.units["east"].pk, "is_active": "on"}
    desk("mediator").post(ADD, told)

    assert (Phrase.objects.get().unit, Phrase.objects.get().owner) == (None, agency.mediator)


@pytest.mark.parametrize(
    ("code", "said"), [("yy", "已经有"), ("a b", "只能"), ("", "必填"), ("，", "只能")]
)
def test_a_code_is_one_s_own_once_and_can_be_typed(agency, code, said):
    Phrase.objects.create(code="yy", text="一。", owner=agency.mediator)
    response = desk("mediator").post(ADD, {"code": code, "text": "二。", "is_active": "on"})

    assert response.status_code == 200
    assert said in response.content.decode()
    assert Phrase.objects.count() == 1


def test_the_demo_agency_begins_with_phrases_and_an_empty_list_says_what_to_do(agency):
    assert "请把经常书写的文字添加进来" in desk("mediator").get(LIST).content.decode()

    demo._phrases(agency.units["agency"])

    assert len(offered("mediator")) == 12 and offered("mediator")["yfk"].endswith("退还余额。")
    for phrase in Phrase.objects.all():
        phrase.full_clean()
