"""Personal data planted in texts: no page shows it, and no search tells of it."""

import pytest
from django.test import Client
from django.urls import reverse

from cases import workflow
from cases.letters import facts
from cases.letters.forms import Form
from cases.models import Case
from cases.search import among

PHONE, ID_NUMBER, NAME, LANDLINE = "13912345678", "110101199003071233", "欧阳小满", "83214567"
WHO = {"name": NAME, "phone": "0755-83214567", "id_number": "11010519491231002X"}
TOLD = f"我叫{NAME}，电话139-1234-5678或{LANDLINE}，身份证{ID_NUMBER}"
CANARIES = [NAME, PHONE, "139-1234-5678", LANDLINE, ID_NUMBER, WHO["id_number"]]
LIST = reverse("admin:cases_case_changelist")


def api(agency, text):
    return [row["no"] for row in agency.client("mediator").get("cases/", search=text)[1]["results"]]


def desk() -> Client:
    from agency.core.models import User

    http = Client()
    http.force_login(User.objects.get(username="mediator"))
    return http


def admin_list(agency, text):
    return [case.no for case in desk().get(LIST, {"q": text}).context["cl"].result_list]


def queue(agency, text):
    return [row.case.no for row in desk().get("/admin/", {"q": text}).context["rows"]]


def found(agency, text) -> list[str]:
    """The one search itself, which every door asks."""
    seen = Case.objects.visible_to(agency.mediator)
    return [case.no for case in among(seen, text)]


DOORS = pytest.mark.parametrize("search", [api, admin_list, queue])


def planted(agency, **changes):
    told = {"unit": "east", "title": f"电话{PHONE}无人接", "narrative": TOLD, "consumer": WHO}
    return agency.ticket(**{**told, **changes})


# -- searching ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["complaint", "report"])
def test_no_part_of_a_number_in_a_text_is_found(agency, clock, kind):
    planted(agency, kind=kind)

    for number in (PHONE, ID_NUMBER):
        asked = [number[:end] for end in (1, 3, 7, len(number))] + [number[3:7], number[-4:]]
        assert [text for text in asked if found(agency, text)] == []
    for text in ("139-1234", "139 1234 5678", "１３９１２３", "电话139", "-1234-", "8321", "①③⑨"):
        assert found(agency, text) == [], text


@DOORS
def test_every_door_asks_that_one_search(agency, clock, search):
    """What it does not find is found at none of them, and what it finds at each."""
    cases = [planted(agency, kind=kind) for kind in ("complaint", "report")]

    for text in (NAME, NAME[:2], PHONE, PHONE[-4:], "139-1234", "电话139", ID_NUMBER, "8321"):
        assert search(agency, text) == found(agency, text) == [], text
    told = [cases[0].no]
    assert search(agency, "无人接") == found(agency, "无人接") == told


@DOORS
def test_no_free_text_of_a_report_is_searched(agency, clock, search):
    case = planted(agency, kind="report", title=f"{NAME}报无照经营")

    for text in (NAME, "欧", "我叫", "无照"):
        assert search(agency, text) == [], text
    assert search(agency, case.no) == search(agency, "清泉") == [case.no]


@pytest.mark.parametrize(
    ("place", "name", "told"),
    [
        ("title", NAME, f"退款给{NAME}后无人理会"),
        ("narrative", NAME, "退款给欧阳 小　满后无人理会"),
        ("title", "Li Na", "退款给LINA后无人理会"),
    ],
)
def test_no_part_of_a_name_in_a_text_is_found(agency, clock, place, name, told):
    case = planted(agency, consumer=WHO | {"name": name}, **{place: told})
    hidden = told.removeprefix("退款给").removesuffix("后无人理会")
    parts = [hidden[:end] for end in range(1, len(hidden) + 1)] + [hidden[1:]]

    assert [text for text in parts if found(agency, text)] == []
    assert found(agency, f"款给{hidden}") == found(agency, f"款给{hidden[0]}") == []
    assert found(agency, f"{hidden[-1]}后无") == []
    for text in ("款给", "后无人", "退款给"):
        assert found(agency, text) == [case.no], text


@DOORS
@pytest.mark.parametrize("consumer", [None, {"name": "陈", "phone": None}])
def test_who_is_nobody_or_a_surname_hides_no_words(agency, clock, search, consumer):
    case = agency.ticket(
        unit="east", kind="consultation", title="陈列柜退款 2次", consumer=consumer
    )

    for text in ("陈列", "退款 2", "2次"):
        assert search(agency, text) == [case.no], text


@DOORS
def test_words_and_numbers_of_cases_are_found(agency, clock, search):
    case = agency.ticket(
        unit="east", title="iPhone 15 碎屏", narrative="2小时后黑屏", external_no="139123456"
    )
    ticket = case.tickets.get()

    for text in (case.no, ticket.no, "139123456", "iPhone 15", "15", "2小时", "黑屏", "清泉"):
        assert search(agency, text) == [case.no], text
    for text in (case.no[:-1], "13912345"):
        assert search(agency, text) == [], text


# -- showing --------------------------------------------------------------------------------


def worked(agency, kind):
    """A case with the person's data in every free text of its life."""
    case = planted(agency, kind=kind, title=f"{NAME}：{PHONE}", demand=TOLD)
    handler = agency.enforcer if kind == "report" else agency.mediator
    workflow.return_(case.no, by=handler, reason=f"找{NAME}", explanation=TOLD)
    workflow.dispatch(case.no, by=agency.dispatcher, unit="east")
    workflow.contact(case.no, by=handler, outcome="reached", no_meeting_reason=TOLD, note=TOLD)
    workflow.reply_ticket(case.no, by=agency.mediator, ticket=case.tickets.get().no, text=TOLD)
    return case


def assert_nothing_shown(page: str, *, left: str = "欧阳**"):
    """None of what was planted; ``left``: what stands in its place."""
    assert [canary for canary in CANARIES if canary in page] == []
    assert left in page


@pytest.mark.parametrize(("kind", "left"), [("complaint", "欧阳**"), ("report", "****")])
def test_no_free_text_shows_whom_it_names(agency, clock, kind, left):
    case = worked(agency, kind)
    client, http = agency.client("mediator"), desk()

    client.get(f"cases/{case.no}/")
    pages = [client.response.content.decode()]
    client.get("cases/")
    pages.append(client.response.content.decode())
    addresses = (LIST, "/admin/", reverse("admin:cases_case_change", args=[case.pk]))
    pages += [http.get(address).content.decode() for address in addresses]

    for page in pages:
        assert_nothing_shown(page, left=left)
        assert kind == "complaint" or not ("欧阳" in page or "5678" in page)


def test_a_conclusion_is_masked_while_it_waits_and_when_it_stands(agency, clock):
    case = worked(agency, "complaint")
    workflow.withdraw(case.no, by=agency.mediator, reason=TOLD)
    workflow.close(case.no, by=agency.mediator, conclusion=TOLD)
    http = Client()
    http.force_login(agency.chief)
    address = reverse("admin:cases_case_verb", args=[case.no, "approve"])
    page = reverse("admin:cases_case_change", args=[case.pk])

    read = http.get(address).content.decode()  # as it would be told: nobody else's number is lost
    assert NAME not in read and LANDLINE not in read and "欧阳**" in read
    assert_nothing_shown(http.get(page).content.decode())
    workflow.approve(case.no, by=agency.chief)
    assert_nothing_shown(http.get(page).content.decode())
    client = agency.client("chief")
    assert client.get(f"cases/{case.no}/")[1]["conclusion"].startswith(
        "我叫欧阳**，电话139****5678"
    )
    assert_nothing_shown(client.response.content.decode())


def test_the_list_of_the_api_reads_people_at_once(agency, clock, django_assert_max_num_queries):
    client = agency.client("leader")
    for number in range(6):
        planted(agency, kind=["complaint", "report"][number % 2])

    with django_assert_max_num_queries(4):  # the token, the page, two tables of people
        assert len(client.get("cases/")[1]["results"]) == 6


# -- several citizens on one case ------------------------------------------------------------

SECOND, SECOND_PHONE = "欧阳小满仓", "13700137000"
"""The name begins with the first one's; the telephone's tail stands in a text by itself."""
OF_TWO = f"{SECOND}同意周三来，短号0137000"


@pytest.fixture
def shared(agency, clock):
    """A case with the tickets of two citizens, and the second one in every free text."""
    case = planted(agency, kind="complaint", title="跑路")
    other = agency.ticket(
        unit="east", title="跑路", consumer={"name": SECOND, "phone": SECOND_PHONE}
    )
    second = other.tickets.get().no
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=second)
    said = {"outcome": "reached", "no_meeting_reason": OF_TWO}
    for ticket in case.tickets.all():
        workflow.contact(case.no, by=agency.mediator, ticket=ticket.no, **said)
    workflow.agree_answer(case.no, by=agency.mediator, text=OF_TWO)
    workflow.reply_ticket(case.no, by=agency.mediator)
    workflow.refuse(case.no, by=agency.mediator, ground="R1", explanation=OF_TWO)
    workflow.approve(case.no, by=agency.chief)
    to = {"party": "complainant", "how": "phone", "text": OF_TWO}
    for ticket in (None, second):
        workflow.notify(case.no, by=agency.mediator, ticket=ticket, **to)
    workflow.agree_answer(case.no, by=agency.mediator, text=OF_TWO)
    workflow.close(case.no, by=agency.mediator, conclusion=OF_TWO)
    return case


def test_a_page_masks_every_citizen_of_the_case(agency, shared):
    client, http = agency.client("auditor"), Client()
    http.force_login(agency.chief)

    client.get(f"cases/{shared.no}/")
    pages = [client.response.content.decode()]
    pages += [
        http.get(address).content.decode()
        for address in (
            reverse("admin:cases_case_change", args=[shared.pk]),
            reverse("admin:cases_case_verb", args=[shared.no, "approve"]),
        )
    ]

    for page in pages:
        assert "欧阳**同意周三来" in page
        assert SECOND not in page
        assert "0137000" not in page


def test_a_letter_masks_every_citizen_of_the_case(agency, shared):
    Case.objects.filter(pk=shared.pk).update(title=f"{SECOND}等人投诉")
    shared.refresh_from_db()

    told = facts.gather(shared, form=Form.TRANSFER, party="", at=shared.arrived_at, said={})

    assert told["subject"] == "欧阳**等人投诉"


def test_a_merged_reports_reporter_is_as_secret_as_the_first(agency, clock):
    first, second = (
        agency.ticket(unit="east", kind="report", consumer={"name": name, "phone": phone})
        for name, phone in ((NAME, PHONE), (SECOND, SECOND_PHONE))
    )
    workflow.link_ticket(first.no, by=agency.dispatcher, ticket=second.tickets.get().no)
    workflow.contact(first.no, by=agency.enforcer, outcome="reached", no_meeting_reason=OF_TWO)

    http = Client()
    http.force_login(agency.enforcer)
    page = http.get(reverse("admin:cases_case_change", args=[first.pk])).content.decode()

    assert "****同意周三来" in page
    assert "欧阳" not in page


def page_of(case, who) -> str:
    http = Client()
    http.force_login(who)
    return http.get(reverse("admin:cases_case_change", args=[case.pk])).content.decode()


def note(case, who, text: str) -> None:
    own = case.tickets.earliest("pk").no
    workflow.contact(case.no, by=who, outcome="reached", no_meeting_reason=text, ticket=own)


def of_another(agency, kind: str, name: str, phone: str):
    return agency.ticket(unit="east", kind=kind, consumer={"name": name, "phone": phone})


def link(agency, case, ticket) -> None:
    workflow.link_ticket(case.no, by=agency.dispatcher, ticket=ticket.no)


def test_a_report_handed_on_and_on_keeps_its_reporter_secret_wherever_it_was(agency, clock):
    first = of_another(agency, "report", "王大锤", "13900139000")
    second = of_another(agency, "report", SECOND, SECOND_PHONE)
    last = planted(agency, kind="report")
    tickets = first.tickets.get(), second.tickets.get()
    link(agency, first, tickets[1])
    note(first, agency.enforcer, OF_TWO)
    link(agency, last, tickets[1])
    assert "****同意周三来" in page_of(first, agency.enforcer), "what is told stays told"
    note(last, agency.enforcer, f"{OF_TWO}，王大锤不来")
    link(agency, last, tickets[0])

    page = page_of(last, agency.enforcer)

    assert "****同意周三来" in page and "****不来" in page
    assert "欧阳" not in page and "王大锤" not in page


def test_one_round_of_a_report_that_lives_on_keeps_its_reporter_secret(agency, clock):
    other = agency.ticket(
        unit="east", kind="report", external_no="R-1",
        consumer={"name": SECOND, "phone": SECOND_PHONE},
    )  # fmt: skip
    agency.ticket(kind="report", external_no="R-1", round=2, consumer=None)
    case = planted(agency, kind="report")
    link(agency, case, other.tickets.get(round=2))
    note(case, agency.enforcer, OF_TWO)

    page = page_of(case, agency.enforcer)

    assert "****同意周三来" in page and "欧阳" not in page


def test_who_was_taken_off_a_case_is_masked_in_what_was_written_before(agency, clock):
    case, other = planted(agency), of_another(agency, "complaint", SECOND, SECOND_PHONE)
    ticket = other.tickets.get()
    link(agency, case, ticket)
    note(case, agency.mediator, OF_TWO)
    workflow.unlink_ticket(case.no, by=agency.dispatcher, ticket=ticket.no)

    page = page_of(case, agency.mediator)

    assert "欧阳**同意周三来" in page and SECOND not in page
