"""Who people are: the roles of docs/glossary.md, and what each may open.

A verb of a case names its own roles (cases/lifecycle/); this is the coarse grain.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    REGISTRAR = "registrar", _("registrar")
    DISPATCHER = "dispatcher", _("dispatcher")
    MEDIATOR = "mediator", _("mediator")
    CHIEF = "chief", _("section chief")
    ENFORCER = "enforcer", _("enforcement officer")
    CALLBACK = "callback", _("call-back officer")
    PETITION_OFFICER = "petition_officer", _("petition officer")
    LEADER = "leader", _("leader")
    SUPERVISOR = "supervisor", _("supervisor")
    CUSTODIAN = "custodian", _("reporter custodian")
    EXPERT = "expert", _("expert")
    AUDITOR = "auditor", _("auditor")
    ANALYST = "analyst", _("analyst")
    ADMIN = "admin", _("administrator")
    OUTLET_LIAISON = "outlet_liaison", _("outlet liaison")
    ODR_CONTACT = "odr_contact", _("ODR contact")
    CHANNEL = "channel", _("channel client")


OUTSIDERS = {Role.OUTLET_LIAISON, Role.ODR_CONTACT}
STAFF = set(Role) - OUTSIDERS - {Role.CHANNEL}
WATCHERS = {Role.SUPERVISOR, Role.LEADER, Role.CHIEF}
"""May open the live dashboard and its board."""
READS_FIGURES = WATCHERS | {Role.ANALYST, Role.AUDITOR}
"""May read the figures of their subtree, and what stands behind them, masked."""
WEIGHS = WATCHERS | {Role.DISPATCHER}
"""Sees who has how much in hand."""

GUARDED = {Role.CUSTODIAN, Role.AUDITOR, Role.ADMIN, Role.CHIEF, Role.LEADER}
"""Who holds one of these reads what others may not, or takes it out: a chief the evidence of every
report below, chief and leader whole bundles. It is not given or touched unnoticed."""

WITHOUT_CASES = {Role.ADMIN, Role.CHANNEL}
"""See no case at all, whatever their unit."""


GIVEN_ONLY = {Role.EXPERT}
"""See no unit's cases, only what was given to them."""


def titled(name: str, position: str) -> str:
    """Position and name; the position once, where the name begins with it."""
    return name if name.startswith(position) else f"{position} {name}"


LANDINGS = {
    **dict.fromkeys(OUTSIDERS, "/portal/"),
    **dict.fromkeys([Role.SUPERVISOR, Role.LEADER], "/dashboard/"),
    # These have no queue: nothing waits for them there.
    Role.AUDITOR: "/admin/core/audit/",
    Role.CUSTODIAN: "/admin/cases/case/",
}


def landing(role: str) -> str:
    """The page a person of this role sees after login."""
    return LANDINGS.get(role, "/admin/")
