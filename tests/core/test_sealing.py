"""Secret columns: what the database keeps, and what does not open."""

import json
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from agency.core import files
from agency.core.models import StoredFile
from agency.core.sealing import DoesNotOpen, Keyring, Sealed, blinded, keyring, reseal
from cases.models import Consumer, Reporter

ONE = "1:" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"
TWO = "2:" + "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY"
TOLD = {"phone": "+8613912345678", "id_number": "110101199003071233", "address": "东城区北街5号"}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_to_the_same_in_its_place_alone(text):
    ring = Keyring(ONE)
    sealed = ring.seal(text, b"t.c:1")

    assert ring.open(sealed, b"t.c:1") == text
    with pytest.raises(DoesNotOpen):
        ring.open(sealed, b"t.c:2")


@given(st.data())
def test_a_changed_byte_does_not_open(data):
    sealed = Keyring(ONE).seal("13912345678", b"t.c:1")
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(DoesNotOpen):
        Keyring(ONE).open(Sealed(changed), b"t.c:1")


@given(st.binary(max_size=40))
def test_what_never_was_sealed_does_not_open(content):
    with pytest.raises(DoesNotOpen):
        Keyring(ONE).open_bytes(Sealed(content), b"t:1")


def test_the_same_text_is_never_sealed_alike():
    ring = Keyring(ONE)

    assert ring.seal("13912345678", b"t.c:1") != ring.seal("13912345678", b"t.c:1")


def test_an_old_key_opens_and_the_first_seals():
    old = Keyring(ONE).seal("陈小满", b"t.c:1")
    both = Keyring(f"{TWO},{ONE}")

    assert both.open(old, b"t.c:1") == "陈小满"
    assert both.seal("陈小满", b"t.c:1").key_id == "2"
    with pytest.raises(DoesNotOpen):
        Keyring(TWO).open(old, b"t.c:1")


@pytest.mark.parametrize("told", ["", "1:short", f":{ONE[2:]}", f"a-b:{ONE[2:]}", ONE[2:]])
def test_a_key_that_is_none_is_refused(told):
    with pytest.raises(ImproperlyConfigured):
        Keyring(told)


def test_the_index_tells_equal_from_unequal_in_one_column():
    assert blinded("t", "phone", "139") == blinded("t", "phone", "139")
    assert len({blinded("t", "phone", "139"), blinded("t", "phone", "138"),
                blinded("t", "id_number", "139"), blinded("u", "phone", "139")}) == 4  # fmt: skip
    assert blinded("t", "phone", "") == b""


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Consumer, Reporter])
def test_nothing_of_a_person_stands_plain_in_the_table(model):
    row = model.objects.create(name="欧阳小满", **TOLD)
    [many] = model.objects.bulk_create([model(name="欧阳小满", **TOLD)])

    for one in (row, many):
        found = model.objects.get(pk=one.pk)
        assert {name: getattr(found, name) for name in TOLD} == TOLD and found.name == "欧阳小满"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table}")  # noqa: S608 – the name comes from the model
        raw = b" ".join(
            bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode()
            for r in cursor.fetchall()
            for v in r
        )
    for told in TOLD.values():
        assert told.encode() not in raw and told[-4:].encode() not in raw
    assert "欧阳小满".encode() not in raw


@pytest.mark.django_db
def test_a_value_put_into_another_row_does_not_open():
    one, other = Consumer.objects.create(**TOLD), Consumer.objects.create(phone="+8613800138000")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_consumer SET phone = (SELECT phone FROM cases_consumer WHERE id = %s)"
            " WHERE id = %s", [one.pk, other.pk],
        )  # fmt: skip

    with pytest.raises(DoesNotOpen):
        _said = Consumer.objects.get(pk=other.pk).phone


@pytest.mark.django_db
def test_equal_numbers_are_found_by_the_index_alone():
    row = Consumer.objects.create(**TOLD)
    Consumer.objects.create(phone="+8613800138000")

    assert Consumer.objects.get(phone_index=TOLD["phone"]) == row
    assert Consumer.objects.get(id_number_index=TOLD["id_number"]) == row
    with pytest.raises(FieldError):
        Consumer.objects.filter(phone=TOLD["phone"])


@pytest.mark.django_db
def test_a_secret_is_not_written_without_its_row():
    row = Consumer.objects.create(**TOLD)

    with pytest.raises(TypeError):
        Consumer.objects.filter(pk=row.pk).update(phone="+8613800138000")


@pytest.mark.django_db
def test_resealed_rows_say_the_same_in_other_bytes():
    row = Consumer.objects.create(name="陈", **TOLD)
    before = Consumer.objects.values_list("phone", flat=True).get()
    reseal([Consumer.objects.get(pk=row.pk)])

    after = Consumer.objects.values_list("phone", flat=True).get()
    assert bytes(before) != bytes(after)
    assert Consumer.objects.get(phone_index=TOLD["phone"]).address == TOLD["address"]


@pytest.mark.django_db
def test_a_new_key_takes_over_row_by_row_and_the_old_one_may_go(settings, monkeypatch):
    rows = [Consumer(name="陈", **TOLD) for _row in range(3)]
    Consumer.objects.bulk_create(rows)
    nobody = Consumer.objects.create()
    monkeypatch.setattr("agency.core.management.commands.rotate_keys.AT_ONCE", 2)
    old = settings.SEALING_KEYS["cases_consumer"]

    with keys(settings, f"{TWO},{old}"):
        assert rotated()["cases_consumer"] == 3
        assert set(rotated().values()) == {0}
    with keys(settings, TWO):
        told = Consumer.objects.exclude(pk=nobody.pk).values_list("phone_index", flat=True)
        assert len({bytes(index) for index in told}) == 1
        assert {one.phone for one in Consumer.objects.all()} == {TOLD["phone"], ""}


@pytest.mark.django_db
def test_files_are_sealed_anew_one_by_one_and_the_plain_ones_of_before_with_them(
    settings, tmp_path, monkeypatch, capsys
):
    settings.MEDIA_ROOT = tmp_path
    kept = [stored(f"%PDF {number}".encode()) for number in range(4)]
    plain, changed, gone = (files.path_of(file.pk) for file in kept[:3])
    plain.write_bytes(b"%PDF 0")
    old = settings.SEALING_KEYS[files.TABLE]

    with keys(settings, f"{TWO},{old}", files.TABLE):
        replace = Path.replace
        monkeypatch.setattr(Path, "replace", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rotated()
        assert [files.content_of(file) for file in kept] == [b"%%PDF %d" % n for n in range(4)]
        assert not list(files.incoming().iterdir()), "stopped, it leaves nothing half-written"
        monkeypatch.setattr(Path, "replace", replace)
        changed.write_bytes(b"%PDF 9")
        gone.unlink()
        with pytest.raises(CommandError):
            rotated()
        told = capsys.readouterr().err
        assert str(kept[1].pk) in told and str(kept[2].pk) in told
    with keys(settings, TWO, files.TABLE):
        assert files.content_of(kept[0]) == b"%PDF 0" and b"%PDF" not in plain.read_bytes()
        assert files.content_of(kept[3]) == b"%PDF 3"


def stored(content: bytes) -> StoredFile:
    with files.made(content, type=StoredFile.Type.PDF) as file:
        file.save(force_insert=True)
        return file


@pytest.mark.django_db
def test_rows_from_before_an_index_are_given_it_once():
    row, without = Consumer.objects.create(**TOLD), Consumer.objects.create(phone=TOLD["phone"])
    Consumer.objects.update(door_index=None)

    assert rotated()["cases_consumer"] == 2 and rotated()["cases_consumer"] == 0
    assert Consumer.objects.get(door_index=row.door) == row
    assert Consumer.objects.get(door_index=b"") == without


@contextmanager
def keys(settings, told: str, table: str = "cases_consumer"):
    settings.SEALING_KEYS = {**settings.SEALING_KEYS, table: told}
    keyring.cache_clear()
    yield
    keyring.cache_clear()


def rotated() -> dict:
    told = StringIO()
    call_command("rotate_keys", "--format", "json", stdout=told)
    return json.loads(told.getvalue())
