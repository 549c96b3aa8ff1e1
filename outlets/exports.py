"""The list of outlets taken out as a spreadsheet: people masked, and whose copy it is on every page."""

from typing import BinaryIO

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import clock, spreadsheet
from agency.core.calendar import SHANGHAI
from agency.core.models import User
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


def write(outlets: QuerySet[Outlet], file: BinaryIO, *, by: User) -> None:
    """The spreadsheet of ``outlets``, in their order."""
    mark = _("%(unit)s · %(name)s (%(account)s) · exported %(at)s") % {
        "unit": by.unit.name, "name": by.name, "account": by.username,
        "at": f"{clock.now().astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
    }  # fmt: skip
    shown = outlets.select_related("unit__parent").prefetch_related(None).with_liaison()
    with spreadsheet.marked(file, [str(heading) for heading in COLUMNS], mark=mark) as row:
        for outlet in shown.iterator(chunk_size=500):
            row([column(outlet) for column in COLUMNS.values()])
