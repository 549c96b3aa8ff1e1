"""Bad input gets a sentence that says what is wrong and where, and nothing half-written."""

import json
from base64 import b64encode

import pytest

from cases.models import Case, Consumer, Merchant, Ticket
from tests.stories import payload

pytestmark = pytest.mark.django_db

KEY = "a-key-of-this-test"


def changed(**changes):
    return payload("web") | changes


def consumer(**changes):
    return changed(consumer={"name": "陈小满", "phone": "13800138000"} | changes)


def merchant(**changes):
    return changed(merchant={"name": "清泉"} | changes)


FIELDS = [
    # what was sent, which field is named
    (changed(kind="complain"), "kind"),
    (changed(kind=None), "kind"),
    (changed(title=""), "title"),
    (changed(title="　 "), "title"),
    (changed(title="长" * 201), "title"),
    (changed(title=7), "title"),
    (changed(title=["a"]), "title"),
    (changed(narrative="长" * 20001), "narrative"),
    (changed(amount="-1"), "amount"),
    (changed(amount="-0.01"), "amount"),
    (changed(amount="0.001"), "amount"),
    (changed(amount="1e12"), "amount"),
    (changed(amount="1E2"), "amount"),
    (changed(amount="99999999999.00"), "amount"),
    (changed(amount="1,000"), "amount"),
    (changed(amount="１２"), "amount"),
    (changed(amount="٣"), "amount"),
    (changed(amount="NaN"), "amount"),
    (changed(amount=""), "amount"),
    (changed(amount=12.5), "amount"),
    (changed(amount=True), "amount"),
    (changed(occurred_on="1999-12-31"), "occurred_on"),
    (changed(occurred_on="2126-01-01"), "occurred_on"),
    (changed(occurred_on="2026-02-30"), "occurred_on"),
    (changed(occurred_on="0001-01-01"), "occurred_on"),
    (changed(occurred_on="18.11.2026"), "occurred_on"),
    (changed(occurred_on=20260101), "occurred_on"),
    (changed(urgent="yes"), "urgent"),
    (changed(urgent=1), "urgent"),
    (changed(round=0), "round"),
    (changed(round=-1), "round"),
    (changed(round="2"), "round"),
    (changed(round=1.5), "round"),
    (changed(round=True), "round"),
    (changed(round=10**3000), "round"),
    (changed(arrived_at="2026-11-21T09:00:00"), "arrived_at"),
    (changed(arrived_at="2026-11-21T09:00:00+16:00"), "arrived_at"),
    (changed(arrived_at="2026-11-21T09:00:00+23:59"), "arrived_at"),
    (changed(arrived_at="0001-01-01T00:00:00+08:00"), "arrived_at"),
    (changed(arrived_at="9999-12-31T23:59:59-14:00"), "arrived_at"),
    (changed(arrived_at="yesterday"), "arrived_at"),
    (changed(arrived_at=1234567890), "arrived_at"),
    (changed(unit="nowhere"), "unit"),
    (changed(unit="outlet-a"), "unit"),
    (changed(category="G9999"), "category"),
    (changed(category="P0101"), "category"),
    (changed(problem="G0101"), "problem"),
    (changed(line="12315"), "line"),
    (changed(external_no="N" * 65), "external_no"),
    (changed(consumer=None), "consumer.name"),
    (changed(consumer=[]), "consumer"),
    (changed(consumer="陈小满"), "consumer"),
    (consumer(name=""), "consumer.name"),
    (consumer(phone=None), "consumer.phone"),
    (consumer(phone="123"), "consumer.phone"),
    (consumer(phone="1380013800O"), "consumer.phone"),
    (consumer(phone="１３８００１３８０００"), "consumer.phone"),
    (consumer(phone="1" * 400), "consumer.phone"),
    (consumer(id_number="11010519491231002Y"), "consumer.id_number"),
    (consumer(id_number="123"), "consumer.id_number"),
    (consumer(nickname="小满"), "consumer.nickname"),
    (merchant(name=None), "merchant.name"),
    (merchant(uscc="91110000600037341X"), "merchant.uscc"),
    (merchant(uscc="１" * 18), "merchant.uscc"),
    (changed(consents={"publish": "yes"}), "consents.publish"),
    (changed(state="closed"), "state"),
    (changed(deadlines=[]), "deadlines"),
    (changed(no="TS1"), "no"),
]


@pytest.mark.parametrize(("body", "field"), FIELDS, ids=lambda value: str(value)[-40:])
def test_the_field_that_is_wrong_is_named(agency, body, field):
    status, problem = agency.channel_client("web").post("tickets/", body, key=KEY)

    assert status == 400, problem
    assert problem["status"] == 400
    assert problem["detail"]
    assert field in problem["errors"], problem["errors"]
    assert all(problem["errors"][field])
    assert Ticket.objects.count() == Case.objects.count() == Consumer.objects.count() == 0
    assert Merchant.objects.count() == 0


def test_every_wrong_field_is_named_at_once(agency):
    body = changed(amount="-1", title="", secret=1, consumer={"phone": "1"})

    _, problem = agency.channel_client("web").post("tickets/", body, key=KEY)

    assert set(problem["errors"]) == {"amount", "title", "secret", "consumer.phone"}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "“praise” is none of what may stand here: complaint, report, consultation, petition.",
        ),
        ("zh-hans", "“praise”不能识别，可填：complaint、report、consultation、petition。"),
    ],
)
def test_a_wrong_code_is_answered_with_the_right_ones(agency, language, sentence):
    client = agency.channel_client("web")

    client.http.defaults["HTTP_ACCEPT_LANGUAGE"] = language

    _, problem = client.post("tickets/", changed(kind="praise"), key=KEY)

    assert problem["errors"]["kind"] == [sentence]


def test_what_is_missing_is_said_in_one_sentence_whoever_misses_it(agency):
    client, titled = agency.channel_client("web"), {"kind": "complaint", "title": "净水器漏水"}

    untitled = client.post("tickets/", {"kind": "complaint"}, key=KEY)[1]["errors"]
    nobodys = client.post("tickets/", titled, key=KEY)[1]["errors"]

    assert untitled["title"] == nobodys["consumer.name"] == nobodys["consumer.phone"]


BODIES = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"7",
    b"{",
    b"\xff\xfe{}",
    b'{"title": "\xc3\x28"}',
    b'{"title": "a", "title": "b"}',
    b'{"amount": NaN}',
    b'{"amount": Infinity}',
    b'{"title": "a\\u0000b"}',
    b'{"a\\u0000": "b"}',
    b'{"title": "\\ud800"}',
    b"[" * 100_000,
    b'{"a":' * 50 + b"1" + b"}" * 50,
    b"9" * 6000,
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:24]))
def test_a_body_that_is_no_ticket_is_a_400_with_a_sentence(agency, body):
    status, problem = agency.channel_client("web").post("tickets/", body, key=KEY)

    assert status == 400
    assert problem["detail"]
    assert agency.channel_client("web").get("tickets/")[0] == 405


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:24]))
def test_the_same_as_a_line_of_a_bulk_is_that_line_s_400(agency, body):
    lines = b"\n".join(
        [json.dumps(payload("web")).encode(), body, json.dumps(payload("web")).encode()]
    )

    status, answer = agency.channel_client("web").post(
        "tickets/bulk/", lines, content_type="application/x-ndjson"
    )

    statuses = [json.loads(line)["status"] for line in answer.splitlines()]
    assert status == 200
    assert statuses == [201, 400, 201] if body else [201, 201]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"title": "a\\u0000b"}', "title"),
        (b'{"consumer": {"name": "\\ud800"}}', "consumer.name"),
        (b'{"consents": ["a", "\\udfff"]}', "consents.1"),
        (b'{"merchant": {"a\\u0000": "b"}}', "merchant"),
        (b'{"a\\u0000": "b"}', "body"),
    ],
)
def test_a_text_that_cannot_be_stored_is_told_by_its_place(agency, body, field):
    web = agency.channel_client("web")

    assert list(web.post("tickets/", body, key=KEY)[1]["errors"]) == [field]
    line = web.post("tickets/bulk/", body, content_type="application/x-ndjson")[1]
    assert list(line["errors"]) == [field]


def test_a_number_longer_than_any_of_ours_is_refused_in_our_own_words(agency):
    web = agency.channel_client("web")
    body = b'{"kind": "complaint", "round": ' + b"9" * 5000 + b"}"

    status, problem = web.post("tickets/", body, key=KEY)

    assert (status, problem["detail"]) == (400, "数字超过4000位。")


def test_of_a_broken_line_in_bulk_only_the_column_is_told(agency):
    web = agency.channel_client("web")
    web.http.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"

    whole = web.post("tickets/", b'{\n"title": x}', key=KEY)[1]
    lines = b'{}\n{"title": x}'
    answer = web.post("tickets/bulk/", lines, content_type="application/x-ndjson")[1]

    assert "(line 2, column 10)" in whole["detail"]
    broken = json.loads(answer.splitlines()[1])
    assert broken["line"] == 2
    assert broken["detail"] == "This is not valid JSON (column 11)."


@pytest.mark.parametrize("key", [None, "", "short", "k" * 129, "schlüssel-ü", "two\tparts-of-it"])
def test_an_idempotency_key_is_8_to_128_ascii_characters(agency, key):
    web = agency.channel_client("web")
    status, problem = web.post("tickets/", payload(), key=key)

    assert status == 400
    assert list(problem["errors"]) == ["Idempotency-Key"]


def test_what_is_too_large_is_told_so(agency):
    web = agency.channel_client("web")

    assert web.post("tickets/", b" " * (1024 * 1024 + 1), key=KEY)[0] == 413
    lines = b"{}\n" * 10_001
    assert web.post("tickets/bulk/", lines, content_type="application/x-ndjson")[0] == 413


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data"],
)
def test_only_json_is_read(agency, content_type):
    web = agency.channel_client("web")

    for path, taken in (
        ("tickets/", "application/json"),
        ("tickets/bulk/", "application/x-ndjson"),
    ):
        status, told = web.post(path, "{}", key=KEY, content_type=content_type)
        assert (status, told["detail"]) == (415, f"请以 Content-Type: {taken} 提交。")


@pytest.mark.parametrize("who", [None, "", "wrong"])
def test_without_a_valid_token_nobody_is_let_in(agency, who):
    from tests.stories import Api

    status, problem = Api(who).post("tickets/", payload(), key=KEY)

    assert status == 401
    assert problem["status"] == 401


def test_an_account_is_no_channel(agency):
    assert agency.client("mediator").post("tickets/", {}, key=KEY)[0] == 403
    assert agency.channel_client("web").get("cases/")[0] == 403


def test_text_is_kept_as_people_mean_it(agency):
    case = agency.ticket(title="  e\u0301 退款\u202e不退\u200b  ")

    assert case.title == "é 退款不退"


def test_numbers_are_kept_in_their_normal_form(agency):
    agency.ticket(
        consumer={"name": "陈", "phone": "+86 138-0013-8000", "id_number": "11010519491231002x"}
    )

    person = Consumer.objects.get()
    assert (person.phone, person.id_number) == ("+8613800138000", "11010519491231002X")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "lost"}, "state"),
        ({"kind": "\0"}, "search"),
        ({"colour": "red"}, "colour"),
        ({"title__iregex": "("}, "title__iregex"),
        ({"ordering": "consumer__phone"}, "ordering"),
        ({"arrived_after": "2000-01-01T00:00:00+16:00"}, "arrived_after"),
        ({"arrived_after": "soon"}, "arrived_after"),
        ({"overdue": "maybe"}, "overdue"),
        ({"search": "长" * 101}, "search"),
    ],
)
def test_a_list_refuses_what_it_does_not_know(agency, query, field):
    status, problem = agency.client("mediator").get("cases/", **query)

    assert status == 400, problem
    assert field in problem["errors"]


@pytest.mark.parametrize(
    "position",
    [
        "p=100",
        "p=%00",
        "p=9999999-01-01",
        "o=x",
        "p=soon&r=1",
        "p=2026-01-01",
        "p=2026-01-01T00:00:00Z",
        "p=2026-01-01T00:00:00Z,",
        "p=2026-01-01T00:00:00Z,x",
        "p=2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,1",
        "p=9999-01-01T00:00:00Z,1",
        "p=2026-01-01T00:00:00%2B16:00,1",
        "p=2026-01-01T00:00:00%2B23:59,1",
    ],
)
def test_a_cursor_somebody_made_up_is_not_there(agency, position):
    cursor = b64encode(position.encode()).decode()

    assert agency.client("mediator").get("cases/", cursor=cursor)[0] == 404
