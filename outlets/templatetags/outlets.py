"""What the outlets' pages need to say a figure."""

from django import template

register = template.Library()


@register.filter
def percent(share) -> str:
    """A share from 0 to 1 with one decimal; a dash for None."""
    return "—" if share is None else f"{float(share):.1%}"
