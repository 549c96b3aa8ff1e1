"""One search for every list: what is found, what is not, and what no search tells of."""

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agency.core import duties
from cases import search, workflow
from cases.models import Case, CaseSearch, Merchant, MerchantSearch
from cases.search import index, sound, words
from tests.cases.test_privacy import DOORS, NAME, PHONE, WHO, desk, planted

LIST = reverse("admin:cases_case_changelist")


def found(user, text: str, **how) -> set[str]:
    return {case.no for case in search.among(Case.objects.visible_to(user), text, **how)}


def indexed() -> None:
    while index.index_some():
        pass
    assert not CaseSearch.objects.filter(is_stale=True).exists()


@pytest.fixture(params=["just arrived", "indexed"])
def ready(request):
    """What has just come in, and what the index holds, are found alike."""
    return indexed if request.param == "indexed" else lambda: None


# -- words --------------------------------------------------------------------------------

TEXT = "在永嘉来福超市买的净水器iPhone 15漏水，商家拒绝退款2次！ＡＢＣ型 Ⅷ号，①楼。说:“没'门'”\\ %_ ab*cd"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_stands_in_a_text_is_found_from_two_characters_on(agency, clock, data):
    case = Case.objects.filter(title="甲").first() or agency.ticket(title="甲", narrative=TEXT)
    indexed()
    start = data.draw(st.integers(0, len(TEXT) - 2))
    text = TEXT[start : data.draw(st.integers(start + 2, len(TEXT)))]

    wanted = words.Words.of(text)
    expected = {case.no} if wanted.grams else set()

    assert found(agency.leader, text) == expected, text


@pytest.fixture(params=["by the index", "by reading"])
def way(request, monkeypatch):
    """A rare word and a common one are looked for in two ways, and found alike."""
    monkeypatch.setattr("cases.search.ask.COMMON", 10**6 if request.param == "by the index" else 0)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text("退款漏水永嘉abc 12", min_size=2, max_size=5))
def test_nothing_else_is_found(agency, clock, way, text):
    """The index answers as a reader would who looks for each word in each text."""
    for narrative in ("退款漏水", "水漏款退", "永嘉ab c1", "12退款 嘉永ba"):
        if not Case.objects.filter(narrative=narrative).exists():
            agency.ticket(title="甲", narrative=narrative, merchant={"name": "乙"})
    indexed()
    wanted = words.Words.of(text)
    holding = {
        case.no
        for case in Case.objects.all()
        if wanted.grams and all(p in words.folded(case.narrative) for p in wanted.parts)
    }

    assert found(agency.leader, text) == holding


def test_several_words_are_all_looked_for(agency, clock, ready, way):
    case = agency.ticket(title="净水器漏水", merchant={"name": "永嘉来福超市"})
    agency.ticket(title="净水器退款", merchant={"name": "红星电器"})
    ready()

    assert found(agency.leader, "永嘉 漏水") == found(agency.leader, "漏水　永嘉 器") == {case.no}
    assert found(agency.leader, "红星 漏水") == set()


def test_a_single_character_and_a_long_number_find_numbers_only_and_say_so(agency, clock, ready):
    agency.ticket(title="漏水", narrative="订单20260301号")
    numbered = agency.ticket(title="退款", external_no="20260301")
    short = agency.ticket(title="退货", external_no="漏")
    ready()

    assert found(agency.leader, "20260301") == {numbered.no}
    assert found(agency.leader, "漏") == {short.no}
    page = desk().get(LIST, {"q": "漏"}).content.decode()
    assert "两个字" in page
    assert "5 位" in desk().get(LIST, {"q": "20260301"}).content.decode()


def test_a_further_round_and_a_new_name_are_indexed_anew(agency, clock):
    case = agency.ticket(title="甲", external_no="R-1", merchant={"name": "清泉电器"})
    indexed()
    agency.ticket(external_no="R-1", round=2, narrative="至今没有退货")
    Merchant.objects.update(name="浊泉电器")

    for _state in ("waiting", "indexed"):
        assert found(agency.leader, "没有退货") == found(agency.leader, "浊泉") == {case.no}
        assert found(agency.leader, "清泉") == set()
        indexed()


# -- by sound -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["yjlf", "yongjialaifu", "yongjialf", "yjlfcs", "jlf", "YJLF", "xian", "xa", "lai", "ylf2h"]
)  # fmt: skip
def test_a_merchant_is_found_by_its_sound(agency, clock, typed):
    case = agency.ticket(merchant={"name": "西安永嘉来福超市"})
    named = agency.ticket(merchant={"name": "有来福2号"})
    agency.ticket(merchant={"name": "红星电器"})
    indexed()

    expected = {"ylf2h": {named.no}, "lai": {case.no, named.no}}
    assert found(agency.leader, typed) == expected.get(typed, {case.no})


@pytest.mark.parametrize("typed", ["yjfl", "ongjia", "yongjiah", "zz", "aif"])
def test_another_sound_finds_nothing(agency, clock, typed):
    agency.ticket(merchant={"name": "永嘉来福超市"})
    indexed()

    assert found(agency.leader, typed) == set()


@pytest.mark.parametrize("name", ["", "（）", "ABC 123", "𠮷野家", "永嘉\n来福"])
def test_whatever_a_merchant_is_called_has_a_sound_or_none(name):
    syllables, initials = sound.of(name)

    assert len(syllables.split()) == len(initials)


# -- bounds -------------------------------------------------------------------------------


def test_words_are_looked_for_in_the_last_year_and_in_what_is_open(agency, clock, ready):
    closed = agency.ticket("walkin", kind="consultation", title="空调漏水", unit="east")
    workflow.answer(closed.no, by=agency.registrar, text="可以")
    workflow.close(closed.no, by=agency.registrar, conclusion="已答复")
    still_open = agency.ticket(title="空调漏水")
    long_ago = clock.now
    clock.shift(days=366)
    fresh = agency.ticket(title="空调漏水")
    ready()

    assert found(agency.leader, "漏水") == {still_open.no, fresh.no}
    assert found(agency.leader, closed.no) == {closed.no}, "a number is found however old"
    assert found(agency.leader, "漏水", since=long_ago) == {closed.no, still_open.no, fresh.no}
    client = agency.client("leader")
    rows = client.get("cases/", search="漏水", arrived_after=long_ago.isoformat())[1]["results"]
    assert len(rows) == 3
    http = Client()
    http.force_login(agency.leader)
    assert http.get(LIST, {"q": "漏水"}).context["cl"].result_count == 2
    assert http.get(LIST, {"q": "漏水", "since": "all"}).context["cl"].result_count == 3


def test_nothing_beyond_one_s_scope(agency, clock, ready, way):
    mine, theirs = (agency.ticket(unit=unit, title="空调漏水") for unit in ("east", "west"))
    ready()

    assert found(agency.mediator, "漏水") == {mine.no}
    assert found(agency.mediator, theirs.no) == set()
    assert found(agency.leader, "漏水") == {mine.no, theirs.no}


def test_more_than_a_thousand_are_not_counted(agency, clock, monkeypatch, way):
    monkeypatch.setattr("cases.search.ask.MOST", 3)
    monkeypatch.setattr("cases.search.ask.FEW", 3)
    monkeypatch.setattr(search, "MOST", 3)
    cases = []
    for _number in range(5):
        clock.shift(seconds=1)
        cases.append(agency.ticket(unit="east", title="空调漏水").no)
    indexed()

    page = desk().get(LIST, {"q": "漏水"})

    assert page.context["cl"].result_count == 3 and "3 条以上" in page.content.decode()
    assert found(agency.leader, "漏水") == set(cases[-4:]), "the newest"


@DOORS
def test_a_search_that_takes_too_long_is_ended_with_a_sentence(agency, clock, search, monkeypatch):
    def slow(cases):
        raise TooSlow

    from cases.search import TooSlow

    monkeypatch.setattr("cases.search.ask._in_time", slow)
    answers = {
        "api": lambda: agency.client("mediator").get("cases/", search="漏水")[1]["errors"]["search"][0],
        "admin_list": lambda: desk().get(LIST, {"q": "漏水"}).content.decode(),
        "queue": lambda: desk().get("/admin/", {"q": "漏水"}).content.decode(),
    }  # fmt: skip

    assert "太久" in answers[search.__name__]()


def test_the_database_ends_it(agency, clock, settings, monkeypatch):
    settings.SEARCH_TIMEOUT_MS = 20
    monkeypatch.setattr("cases.search.ask.COMMON", 0)
    slow = Case.objects.extra(where=["pg_sleep(1) IS NOT NULL"])  # noqa: S610 – a test's own
    agency.ticket()

    with pytest.raises(search.TooSlow, match="太久"):
        search.among(slow, "漏水")


def test_other_faults_of_the_database_are_not_called_slow(agency, clock, monkeypatch):
    def gone(*_args, **_kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr("cases.search.ask.transaction.atomic", gone)
    with pytest.raises(OperationalError):
        found(agency.leader, "漏水")


# -- what no search tells -----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["complaint", "report"])
def test_who_is_masked_is_as_unknown_as_a_stranger(agency, clock, kind, ready):
    """At every door: tests/cases/test_privacy.py."""
    planted(agency, kind=kind, title=f"{NAME}：{PHONE}", demand=f"款退{NAME}")
    ready()

    for text in (NAME, NAME[:2], NAME[1:], "小满：", "款退欧", PHONE, PHONE[-4:], WHO["id_number"]):
        for who in (agency.mediator, agency.chief, agency.custodian):
            assert found(who, text) == found(who, "查无此人") == set(), text
    assert not CaseSearch.objects.filter(words__contains="欧").exists()


def test_a_second_citizen_s_name_leaves_the_index_when_the_ticket_comes(agency, clock):
    case = agency.ticket(unit="east", narrative="欧阳小满仓也在场")
    other = agency.ticket(unit="east", consumer={"name": "欧阳小满仓", "phone": "13700137000"})
    indexed()
    assert found(agency.leader, "小满") == {case.no}, "so far a name like any in a text"

    ticket = other.tickets.get()
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=ticket.no)
    for _state in ("waiting", "indexed"):
        assert found(agency.leader, "小满") == found(agency.leader, "欧阳") == set()
        assert case.no in found(agency.leader, "也在场")
        indexed()
    workflow.unlink_ticket(case.no, by=agency.dispatcher, ticket=ticket.no)
    indexed()
    assert found(agency.leader, "小满") == set(), "who was here stays masked"


@pytest.mark.parametrize("told", ["欧阳  小满", "欧　阳小　　满", "Ｌｉ Ｎａ", "lI\tnA"])
def test_a_name_however_it_is_spaced_is_not_in_the_index(agency, clock, told):
    name = "Li Na" if "L" in told.upper() or "Ｌ" in told else NAME
    case = agency.ticket(narrative=f"我是{told}本人", consumer=WHO | {"name": name})
    indexed()

    kept = CaseSearch.objects.get(case=case).words
    assert words.folded(name) not in kept and "本人" in kept


# -- the index ----------------------------------------------------------------------------


def test_after_every_sweep_what_is_new_is_indexed(agency, clock):
    agency.ticket(title="漏水")

    duties.do_all()

    assert CaseSearch.objects.get().words.startswith("漏水")
    assert MerchantSearch.objects.get().initials.startswith("qqdq")


def test_index_cases_goes_on_where_it_was_and_mends(agency, clock, capsys):
    for _number in range(3):
        agency.ticket(title="漏水")
    index.index_some(1)

    call_command("index_cases", format="json")
    CaseSearch.objects.filter(pk=Case.objects.first().pk).update(words="不对")
    call_command("index_cases", "--all", format="json")

    said = capsys.readouterr().out
    assert '"indexed": 2' in said and '"compared": 3, "mended": 1' in said
    assert len(found(agency.leader, "漏水")) == 3


def test_two_who_index_at_once_share_the_work(agency, clock, django_assert_max_num_queries):
    for _number in range(4):
        agency.ticket(title="漏水")
    with django_assert_max_num_queries(16):
        assert index.index_some(3) >= 3
    indexed()


def test_many_waiting_cases_cost_a_bounded_look(agency, clock, monkeypatch):
    monkeypatch.setattr(index, "WAITING", 2)
    cases = [agency.ticket(title="漏水").no for _number in range(3)]

    assert found(agency.leader, "漏水") == set(cases[1:]), "the newest are found at once"
    with CaptureQueriesContext(connection) as few:
        found(agency.leader, "漏水")
    agency.ticket(title="漏水")
    with CaptureQueriesContext(connection) as more:
        found(agency.leader, "漏水")
    assert len(few) == len(more) <= 18
