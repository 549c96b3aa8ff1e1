"""The staff's door: the queue, the case page with its verbs, the lists, the registration form."""

from cases.admin import case, category, channel, commendation, departure, profile, roster, topic  # noqa: F401 – registers them
