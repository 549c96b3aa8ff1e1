"""The staff's door: the list of interviews, and the page of each with its verbs."""

from cases.admin import audited
from interviews.admin import interview, rectification, template  # noqa: F401 – registers them
from interviews.admin.forms import VERBS
from interviews.models import Interview

audited.learn("interviews", Interview, VERBS)
