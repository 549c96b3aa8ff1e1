"""The staff's door: the queue, the case page with its verbs, the lists, the registration form."""

from cases.admin import (  # noqa: F401 – registers them
    access,
    audit,
    case,
    category,
    channel,
    commendation,
    departure,
    merchant,
    phrase,
    profile,
    roster,
    topic,
)
