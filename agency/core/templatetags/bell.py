"""The sign beside the link to one's notices: how many are unread."""

from django import template

from agency.core.notifications.bell import unread

register = template.Library()


@register.inclusion_tag("core/_bell.html", takes_context=True)
def bell(context) -> dict[str, str]:
    """The sign, which asks again by itself; the page brings htmx along."""
    return {"unread": unread(context["request"].user)}
