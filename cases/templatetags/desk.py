"""Fields of the registration form: what was typed stays, what was wrong stands beside it."""

from django import template

from agency.core.text import listed

register = template.Library()


@register.inclusion_tag("cases/_field.html")
def ask(form, name: str, label: str, **options):
    """One field, of the kinds ``only``; ``options``: type, max, list, long, wide, hint, and
    required (of ``kinds`` only).
    """
    return {
        "name": name, "label": label, "value": form.typed.get(name, ""),
        "errors": form.errors.get(name, []), **options,
    }  # fmt: skip


register.filter("listed", listed)


@register.filter
def typed(form, name: str) -> str:
    return form.typed.get(name, "")


@register.filter
def wrong(form, name: str) -> list[str]:
    return form.errors.get(name, [])


@register.simple_tag
def unplaced(form, *names: str) -> list[str]:
    """Errors of fields the form does not show: ``names`` are those it does not."""
    return [text for name in names for text in form.errors.get(name, [])]
