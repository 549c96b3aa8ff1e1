"""Secret columns: sealed before they leave the program, opened where they are read.

A value is sealed with AES-256-GCM and bound to its table, column and row: copied elsewhere it
does not open. The name of its key stands before it, so that keys can change (manage.py
rotate_keys). Beside a secret column a ``BlindIndex`` finds equal values, and tells nobody
without its key which they are.

Each table has keys of its own: settings.SEALING_KEYS; files are sealed likewise
(agency/core/files.py). Source of the scheme: GB/T 22239-2019
level 3 (secrecy of stored personal data); NIST SP 800-38D (random nonces of 96 bits).
"""

import base64
import binascii
import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, models
from django.db.models.query_utils import DeferredAttribute
from psycopg import sql

VERSION = 1
NONCE_LENGTH, KEY_LENGTH, INDEX_LENGTH = 12, 32, 16
LONGEST_KEY_ID = 16


class DoesNotOpen(Exception):
    """A sealed value was changed, moved to another place, or sealed with a key we do not have."""


class Sealed(bytes):
    """A value as the database keeps it: version, length and name of the key, nonce, ciphertext."""

    @property
    def key_id(self) -> str:
        return self[2 : 2 + self[1]].decode()


class Keyring:
    """The keys of one table. ``told``: ``id:key,id:key`` in base64; the first seals, all open."""

    def __init__(self, told: str) -> None:
        keys = dict(_parsed(told))
        if not keys:
            raise ImproperlyConfigured("A table with secret columns has no key.")
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self.current = next(iter(keys))

    @property
    def header(self) -> bytes:
        """What every value begins with that is sealed with the current key."""
        return bytes([VERSION, len(self.current)]) + self.current.encode()

    def seal(self, text: str, place: bytes) -> Sealed:
        return self.seal_bytes(text.encode(), place)

    def open(self, sealed: Sealed, place: bytes) -> str:
        """Raises DoesNotOpen."""
        return self.open_bytes(sealed, place).decode()

    def seal_bytes(self, content: bytes, place: bytes) -> Sealed:
        nonce = os.urandom(NONCE_LENGTH)
        cipher = self._ciphers[self.current]
        return Sealed(b"".join([self.header, nonce, cipher.encrypt(nonce, content, place)]))

    def open_bytes(self, sealed: Sealed, place: bytes) -> bytes:
        """Raises DoesNotOpen, for what never was sealed too."""
        try:
            cipher, start = self._ciphers.get(sealed.key_id), 2 + sealed[1]
            if cipher is None or sealed[0] != VERSION:
                raise DoesNotOpen(f"There is no key for {place.decode()}.")
            nonce, rest = sealed[start : start + NONCE_LENGTH], sealed[start + NONCE_LENGTH :]
            return cipher.decrypt(nonce, rest, place)
        except (InvalidTag, IndexError, ValueError):
            raise DoesNotOpen(f"{place.decode()} was changed or moved.") from None


def _parsed(told: str):
    for one in filter(None, told.replace(" ", "").split(",")):
        name, _colon, key = one.partition(":")
        if not (name.isascii() and name.isalnum() and len(name) <= LONGEST_KEY_ID):
            raise ImproperlyConfigured("The name of a key is 1 to 16 letters and digits.")
        yield name, key_from(key)


def key_from(told: str) -> bytes:
    """32 bytes from base64, of either alphabet, padded or not."""
    try:
        key = base64.b64decode(told + "=" * (-len(told) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_LENGTH:
        raise ImproperlyConfigured("A key is 32 random bytes in base64 with - and _.")
    return key


@cache
def keyring(table: str) -> Keyring:
    return Keyring(settings.SEALING_KEYS[table])


def blinded(table: str, column: str, text: str) -> bytes:
    """What stands in the index for ``text``: the same for the same, in this column alone."""
    if not text:
        return b""
    told = f"{table}.{column}\0{text}".encode()
    return hmac.digest(key_from(settings.INDEX_KEY), told, hashlib.sha256)[:INDEX_LENGTH]


class SecretAttribute(DeferredAttribute):
    """Opens a sealed value when it is read, once."""

    def __get__(self, instance, cls=None):
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = instance.__dict__[self.field.attname] = self.field.opened(value, instance)
        return value

    def __set__(self, instance, value) -> None:
        instance.__dict__[self.field.attname] = value


class SecretField(models.BinaryField):
    """A text that is sealed in the database and plain in the program; empty stays empty.

    For a model that is a ``SecretRow``. Nothing can be looked up by it.
    """

    descriptor_class = SecretAttribute

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **{"default": b"", "blank": True, **options})

    def get_default(self) -> str:
        return ""

    def from_db_value(self, value, expression, connection):
        return Sealed(value) if value else ""

    def pre_save(self, model_instance, add):
        value = model_instance.__dict__[self.attname]
        if isinstance(value, Sealed):
            return value
        table = self.model._meta.db_table
        return keyring(table).seal(value, self.place(model_instance)) if value else b""

    def opened(self, value: Sealed, instance) -> str:
        return keyring(self.model._meta.db_table).open(value, self.place(instance))

    def place(self, instance) -> bytes:
        """What a value is bound to."""
        return f"{self.model._meta.db_table}.{self.column}:{instance.pk}".encode()

    def get_db_prep_value(self, value, connection, prepared=False):
        if isinstance(value, str) and value:
            raise TypeError(f"{self.name} is sealed with its row: save the row, or reseal it.")
        return super().get_db_prep_value(value or b"", connection, prepared)

    def value_to_string(self, obj) -> str:
        """For a fixture: as it is sealed."""
        return base64.b64encode(self.pre_save(obj, False)).decode()

    def get_lookup(self, lookup_name):
        raise FieldError(f"{self.name} is secret: look it up by its blind index.")


class BlindIndex(models.BinaryField):
    """Beside the secret field ``of``, or what is read from one: finds equal values. Looked up by
    the plain text.
    """

    def __init__(self, *args, of: str, **options) -> None:
        self.of = of
        super().__init__(*args, **{"default": b"", "blank": True, **options})

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "of": self.of}

    def pre_save(self, model_instance, add):
        value = self.get_prep_value(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value):
        if isinstance(value, str):
            return blinded(self.model._meta.db_table, self.of, value)
        return super().get_prep_value(value)


def sealed_otherwise(model: type["SecretRow"]) -> models.QuerySet:
    """Rows with something that was not sealed with the current key, or is not indexed yet."""
    header = keyring(model._meta.db_table).header
    is_old, begins = models.Q(), {}
    for field in model._meta.local_fields:
        if isinstance(field, SecretField):
            name = f"{field.attname}_begins"
            begins[name] = models.Func(
                models.F(field.attname), 1, len(header), function="substring",
                output_field=models.BinaryField(),
            )  # fmt: skip
            is_old |= ~models.Q(**{f"{name}__in": [header, b""]})
        elif isinstance(field, BlindIndex) and field.null:
            is_old |= models.Q(**{f"{field.attname}__isnull": True})
    return model.objects.alias(**begins).filter(is_old)


def reseal(rows: list) -> None:
    """Write what is secret of these rows of one model anew, with the current key."""
    model = type(rows[0])
    fields = [f for f in model._meta.local_fields if isinstance(f, SecretField | BlindIndex)]
    table = sql.Identifier(model._meta.db_table)
    columns = sql.SQL(",").join(sql.SQL("{} = %s").format(sql.Identifier(f.column)) for f in fields)
    for row in rows:
        for field in fields:
            getattr(row, field.attname)  # opens it, whatever key it was sealed with
    values = [[*(field.pre_save(row, False) for field in fields), row.pk] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(sql.SQL("UPDATE {} SET {} WHERE id = %s").format(table, columns), values)


class SecretRows(models.QuerySet):
    def bulk_create(self, objs, *args, **options):
        objs = list(objs)
        _number(self.model, objs)
        return super().bulk_create(objs, *args, **options)


class SecretRow(models.Model):
    """A row with secret fields: it has its number before it is written, for they are bound to it."""

    objects = SecretRows.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **options) -> None:
        if self.pk is None:
            _number(type(self), [self])
            options["force_insert"] = True
        super().save(*args, **options)


def _number(model, rows: list) -> None:
    """Give each new row the next number of its table."""
    new = [row for row in rows if row.pk is None]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, model._meta.pk.column, len(new)],
        )
        for row, (number,) in zip(new, cursor.fetchall(), strict=True):
            row.pk = number
