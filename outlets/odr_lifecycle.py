"""The life of an ODR enterprise ODR企业: which verb moves it from where to where, and whose it is.

applied → active ⇄ warned ⇄ suspended → exited, or rejected. Source: docs/rules.md, section
"ODR enterprises".
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agency.core.roles import Role
from outlets.lifecycle import APPLICANTS, ASSESSORS, LEADER, VISITORS, row


class State(models.TextChoices):
    APPLIED = "applied", _("applied for")
    ACTIVE = "active", _("admitted")
    WARNED = "warned", _("warned")
    SUSPENDED = "suspended", _("suspended")
    REJECTED = "rejected", _("not admitted")
    EXITED = "exited", _("exited")


S = State
WORKING = frozenset({S.ACTIVE, S.WARNED})
"""Negotiates with consumers and may be sent cases."""
STANDING = WORKING | {S.SUSPENDED}
OPEN = STANDING | {S.APPLIED}
"""Not at its end."""
KEEPERS = APPLICANTS | {Role.ODR_CONTACT}
"""Who hands in its papers: also the firm itself, once it has an account."""

MOVES = (
    row("review", VISITORS, OPEN),
    row("admit", LEADER, {S.APPLIED}, S.ACTIVE),
    row("reject", LEADER, {S.APPLIED}, S.REJECTED),
    row("guide", VISITORS, OPEN),
    row("warn", ASSESSORS, {S.ACTIVE}, S.WARNED),
    row("suspend", LEADER, WORKING, S.SUSPENDED),
    row("restore", LEADER, {S.WARNED, S.SUSPENDED}, S.ACTIVE),
    row("exit", LEADER, STANDING, S.EXITED),
    row("add_paper", KEEPERS, OPEN),
)
