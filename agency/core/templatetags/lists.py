"""Lists of the admin: their filters as selects that stand in the open."""

from django import template

register = template.Library()


@register.simple_tag
def choices_of(changelist, spec) -> list[dict]:
    """The filter's choices: ``query_string``, ``display``, ``selected``, and ``group`` where it has headings."""
    return list(spec.choices(changelist))
