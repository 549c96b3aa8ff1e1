"""The demo agency: units, one account a role, every channel, and a little history.

The agency and its people are made up; passwords and tokens are random per installation.
"""

import csv
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction

from agency.core.models import ApiToken, Unit, User
from agency.core.roles import Role
from cases import channels, intake, submission
from cases.models import Channel, Phrase

PHRASES = Path(__file__).parent / "data" / "phrases.csv"

UNITS = [
    # code, name, kind, parent
    ("agency", "消费者权益保护中心", Unit.Kind.AGENCY, None),
    ("east", "东城分中心", Unit.Kind.DISTRICT, "agency"),
    ("west", "西城分中心", Unit.Kind.DISTRICT, "agency"),
    ("outlet-a", "卓悦中心服务站", Unit.Kind.OUTLET, "east"),
    ("outlet-b", "西门市场服务站", Unit.Kind.OUTLET, "west"),
    ("odr-a", "安心家电（ODR企业）", Unit.Kind.ODR, "agency"),
]

ACCOUNTS = [
    # username, name, role, unit
    ("registrar", "周晓梅", Role.REGISTRAR, "agency"),
    ("dispatcher", "吴志强", Role.DISPATCHER, "agency"),
    ("leader", "郑国华", Role.LEADER, "agency"),
    ("supervisor", "王建军", Role.SUPERVISOR, "agency"),
    ("callback", "冯丽娟", Role.CALLBACK, "agency"),
    ("petition_officer", "陈静怡", Role.PETITION_OFFICER, "agency"),
    ("custodian", "褚云飞", Role.CUSTODIAN, "agency"),
    ("expert", "方致远", Role.EXPERT, "agency"),
    ("auditor", "卫东平", Role.AUDITOR, "agency"),
    ("analyst", "蒋文博", Role.ANALYST, "agency"),
    ("admin", "沈浩然", Role.ADMIN, "agency"),
    ("mediator", "韩雪梅", Role.MEDIATOR, "east"),
    ("chief", "杨建国", Role.CHIEF, "east"),
    ("enforcer", "朱立峰", Role.ENFORCER, "east"),
    ("mediator_b", "秦雨桐", Role.MEDIATOR, "west"),
    ("outlet_a", "尤佳慧", Role.OUTLET_LIAISON, "outlet-a"),
    ("outlet_b", "许志远", Role.OUTLET_LIAISON, "outlet-b"),
    ("odr_a", "何敏", Role.ODR_CONTACT, "odr-a"),
]

HISTORY = [
    # what, category, amount, merchant
    ("健身房闭店不退预付卡", "S0401", "1280.00", "动力健身中心"),
    ("网购手机存在质量问题拒绝退货", "G0601", "3299.00", "讯捷数码商行"),
    ("酒店取消预订不退订金", "S0103", "560.00", "海景假日酒店"),
    ("新车维修记录未告知", "G0801", "8000.00", "通达汽车销售公司"),
    ("儿童床甲醛味重要求退货", "G1402", "1999.00", "童乐家具店"),
]


@transaction.atomic
def load() -> dict[str, list[dict]]:
    """Make the demo agency and return its passwords and tokens, in clear, this once."""
    units: dict[str | None, Unit | None] = {None: None}
    for code, name, kind, parent in UNITS:
        units[code] = Unit.objects.create(
            code=code, name=name, kind=kind, parent=units[parent],
            takes_referrals=kind in Unit.EXTERNAL,
        )  # fmt: skip
    accounts = _accounts(units)
    tokens = [_channel(row) for row in channels.read()]
    _history()
    _phrases(units["agency"])
    return {"accounts": accounts, "channels": tokens}


def _phrases(unit: Unit) -> None:
    """What every desk writes again and again, to begin with."""
    with PHRASES.open(encoding="utf-8", newline="") as rows:
        Phrase.objects.bulk_create(Phrase(unit=unit, **row) for row in csv.DictReader(rows))


def _accounts(units: dict[str, Unit]) -> list[dict]:
    """One account a role. Each password takes a core a third of a second, so all cores share them."""
    passwords = [secrets.token_urlsafe(12) for _ in ACCOUNTS]
    with ThreadPoolExecutor() as pool:
        hashed = pool.map(make_password, passwords)
    rows = zip(ACCOUNTS, passwords, hashed, strict=True)
    return [_account(*row[:3], units[row[3]], password, kept) for row, password, kept in rows]


def _account(username: str, name: str, role: Role, unit: Unit, password: str, kept: str) -> dict:
    email = f"{username}@example.org"
    user = User.objects.create(
        username=username, password=kept, name=name, role=role, unit=unit, email=email
    )
    return {
        "username": username, "password": password, "role": role.value, "unit": unit.code,
        "landing": user.landing,
    }  # fmt: skip


def _channel(row: dict[str, str]) -> dict:
    channel = channels.make(row)
    return {
        "code": channel.code, "name": channel.name_zh, "token": ApiToken.issue(channel.client)
    }  # fmt: skip


def _history() -> None:
    """Twenty complaints of 2022 in ``west``: old enough that no clock starts."""
    channel = Channel.objects.select_related("client").get(code="minyi")
    first = datetime(2022, 3, 1, 9, 0, tzinfo=submission.SHANGHAI)
    rows = []
    for number in range(20):
        title, category, amount, merchant = HISTORY[number % len(HISTORY)]
        payload = {
            "external_no": f"DEMO2022{number:04d}", "kind": "complaint", "unit": "west",
            "title": title, "category": category, "amount": amount,
            "arrived_at": (first + timedelta(days=13 * number, minutes=37 * number)).isoformat(),
            "consumer": {"name": "演示用户", "phone": f"138001{38000 + number}"},
            "merchant": {"name": merchant},
        }  # fmt: skip
        rows.append(submission.parse(payload, channel=channel, on=submission.today()))
    intake.register_many(rows, channel=channel, by=channel.client, history=True)
