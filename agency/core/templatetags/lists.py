"""Lists of the admin: their filters as selects that stand in the open."""

from django import template

register = template.Library()


@register.simple_tag
def choices_of(changelist, spec) -> list[dict]:
    """The filter's choices: ``query_string``, ``display``, ``selected``."""
    return list(spec.choices(changelist))
