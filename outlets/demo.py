"""The outlets and the ODR enterprise of the demo agency: as if a file of history had told of them."""

from django.db import transaction

from agency.core import clock
from agency.core.models import Unit, User
from cases.calendar import day_of
from outlets import standards
from outlets.acts import liaison_of
from outlets.models import Outlet
from outlets.workflow import filing, firms

OUTLETS = [
    # unit, type, address, longitude, latitude
    ("outlet-a", Outlet.Type.MALL, "东城区金田路卓悦中心一层", "114.063200", "22.535900"),
    ("outlet-b", Outlet.Type.MARKET, "西城区西门农贸市场东门", "114.029100", "22.546700"),
]


@transaction.atomic
def load() -> int:
    """Make those that are not there yet; how many were made. After the units and accounts."""
    today = day_of(clock.now())
    new = [row for row in OUTLETS if Unit.objects.filter(code=row[0], outlet=None).exists()]
    for code, type_, address, longitude, latitude in new:
        unit = Unit.objects.get(code=code)
        liaison = liaison_of(unit)
        filing.take_over(
            unit, type=type_, standard=standards.usual(today).code, today=today,
            filed_on=None, withdrawn_on=None, liaison=liaison.name if liaison else "", phone="",
            address=address, longitude=longitude, latitude=latitude,
        )  # fmt: skip
    return len(new) + _load_firms()


def _load_firms() -> int:
    new = list(Unit.objects.filter(kind=Unit.Kind.ODR, odr_enterprise=None, code="odr-a"))
    for unit in new:
        people = User.objects.filter(unit=unit).values_list("name", flat=True)
        firms.take_over_odr(unit, uscc="", address="南山区科技路8号", contact=people.first() or "")
    return len(new)
