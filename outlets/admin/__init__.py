"""The staff's door to the outlets: list, page with its verbs, application, export."""

from outlets.admin import enterprise, outlet  # noqa: F401 – registers them
