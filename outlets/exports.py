"""What a list of outlets says where it is taken out (agency/core/exports.py): its people masked."""

from django.utils.translation import gettext_lazy

from agency.core.exports import List
from outlets.models import Outlet
from outlets.serializers import liaison


def _liaison(part: str):
    def of(outlet: Outlet) -> str:
        found = liaison(outlet)
        return found.masked()[part] if found else ""

    return of


COLUMNS = {
    gettext_lazy("code"): lambda outlet: outlet.code,
    gettext_lazy("name"): lambda outlet: outlet.unit.name,
    gettext_lazy("unit above"): lambda outlet: outlet.unit.parent.name,
    gettext_lazy("type"): Outlet.get_type_display,
    gettext_lazy("state"): Outlet.get_state_display,
    gettext_lazy("number"): lambda outlet: outlet.number,
    gettext_lazy("filed on"): lambda outlet: str(outlet.filed_on or ""),
    gettext_lazy("valid until"): lambda outlet: str(outlet.valid_until or ""),
    gettext_lazy("grade"): lambda outlet: outlet.grade,
    gettext_lazy("withdrawn on"): lambda outlet: str(outlet.withdrawn_on or ""),
    gettext_lazy("host firm"): lambda outlet: outlet.host,
    gettext_lazy("address"): lambda outlet: outlet.address,
    gettext_lazy("longitude"): lambda outlet: str(outlet.longitude or ""),
    gettext_lazy("latitude"): lambda outlet: str(outlet.latitude or ""),
    gettext_lazy("liaison"): _liaison("name"),
    gettext_lazy("phone"): _liaison("phone"),
}


def _read(keys: list[int]) -> list[Outlet]:
    found = Outlet.objects.select_related("unit__parent").with_liaison().in_bulk(keys)
    return [found[key] for key in keys]


OUTLETS = List(
    what="outlets", right="outlets.view_outlet", columns=COLUMNS, read=_read,
    note=gettext_lazy("Name and telephone of whoever answers for an outlet are masked."),
)  # fmt: skip
