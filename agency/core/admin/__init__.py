"""The kernel's settings pages, for the role admin; one's own notices, for everybody."""

from agency.core.admin import calendar, health, notifications, rules, units, users  # noqa: F401 – registers them
