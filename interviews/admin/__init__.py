"""The staff's door: the list of interviews, and the page of each with its verbs."""

from interviews.admin import interview, rectification, template  # noqa: F401 – registers them
