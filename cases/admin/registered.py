"""What was registered of a case, as the form to supplement it begins with."""

from collections.abc import Callable

from cases.admin.fields import Option
from cases.models import Case, Category
from cases.workflow.supplements import CLASSES, OF_SHEET, PLAIN, TEXTS

PLAINLY = PLAIN.keys() - {*TEXTS, "merchant_address", "merchant_phone"}


def _own(name: str) -> Callable[[Case], object]:
    return lambda case: getattr(case, PLAIN[name])


def _unmasked(name: str) -> Callable[[Case], str]:
    """The text, where nothing of it is kept from who reads it; else it is written anew."""
    return lambda case: said if case.shown(said := getattr(case, name)) == said else ""


def _in_sheet(name: str) -> Callable[[Case], object]:
    return lambda case: getattr(case.sheet, name, None)


def _code(name: str) -> Callable[[Case], str]:
    return lambda case: found.code if (found := getattr(case, name)) else ""


REGISTERED: dict[str, Callable[[Case], object]] = {
    **{name: _own(name) for name in PLAINLY},
    **{name: _unmasked(name) for name in TEXTS},
    **{name: _code(name) for name in CLASSES},
    **{name: _in_sheet(name) for names in OF_SHEET.values() for name in names if name != "place"},
    "merchant_name": lambda case: case.merchant and case.merchant.name,
    "uscc": lambda case: case.merchant and case.merchant.uscc,
}
"""Field → what stands there. What is shown masked is typed anew, or left as it is."""
SAID = {True: "true", False: "false", None: ""}


def registered(name: str) -> Callable[[object], str]:
    """What the field begins with."""

    def begin(on) -> str:
        value = REGISTERED[name](on.case)
        return SAID[value] if value is None or isinstance(value, bool) else str(value)

    return begin


def classes(name: str) -> Callable[[object], list[Option]]:
    """The classes it may be of."""

    def offer(_on) -> list[Option]:
        found = Category.objects.filter(scheme__in=CLASSES[name], is_active=True)
        return [("", "—"), *((c.code, str(c)) for c in found.order_by("code"))]

    return offer
