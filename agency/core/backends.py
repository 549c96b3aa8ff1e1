"""Who may open what in the admin: the role says so, in one table.

Groups, single permissions and is_superuser are never asked. Which rows exist for somebody
is another question: agency/core/scope.py.
"""

from functools import cache

from django.contrib.auth.backends import ModelBackend

from agency.core.models import User
from agency.core.roles import OUTSIDERS, STAFF, WITHOUT_CASES, Role

SETTINGS = {
    "core.user": "view add change",
    "core.unit": "view add change",
    "core.deadlinerule": "view add change",
    "core.workday": "view",
    "core.heartbeat": "view",
    "core.systemgap": "view",
    "cases.channel": "view add change",
    "cases.category": "view change",
    "cases.topic": "view add change",
}
OWN = {"core.delivery": "view"}
CASES = {
    **OWN, "cases.case": "view", "cases.commendation": "view", "cases.shift": "view",
    "cases.phrase": "view add change", "outlets.outlet": "view", "outlets.odrenterprise": "view",
    "interviews.interview": "view", "interviews.rectification": "view",
}  # fmt: skip
APPLIES = {"outlets.outlet": "view add", "outlets.odrenterprise": "view add"}
"""Who writes down that somebody asks for an outlet, or to be an ODR enterprise."""
MANAGED = {
    "cases.departure": "view",
    "cases.merchant": "view merge",
    "interviews.lettertemplate": "view",
    **dict.fromkeys(("cases.profile", "cases.training", "cases.recusal"), "view add change"),
}
LOOKS_UP = {**CASES, "cases.case": "view look_up"}
"""Whose work begins with a citizen who calls: they find that citizen's cases by number."""
DESK = {
    **CASES, **APPLIES, "cases.case": "view add look_up", "cases.commendation": "view add change",
}  # fmt: skip
EXPORTS = {**CASES, "cases.case": "view export"}
"""Who answers for many cases takes lists of them out, masked, with a reason and on record."""

MAY: dict[Role, dict[str, str]] = {
    **dict.fromkeys(STAFF - WITHOUT_CASES, CASES),
    **dict.fromkeys((Role.MEDIATOR, Role.ENFORCER, Role.PETITION_OFFICER), LOOKS_UP),
    Role.MEDIATOR: {**LOOKS_UP, **APPLIES},
    **dict.fromkeys(
        (Role.CHIEF, Role.LEADER),
        {**EXPORTS, **MANAGED, **APPLIES, "cases.case": "view look_up export"},
    ),
    **dict.fromkeys((Role.SUPERVISOR, Role.ANALYST), EXPORTS),
    Role.AUDITOR: {**EXPORTS, **dict.fromkeys(("core.access", "core.audit", "core.seal"), "view")},
    Role.EXPERT: {**OWN, "cases.case": "view"},
    Role.REGISTRAR: {**DESK, "cases.case": "view add look_up import"},
    Role.DISPATCHER: {**DESK, "cases.case": "view add look_up export"},
    Role.ADMIN: {**OWN, **SETTINGS},
    **{role: {} for role in OUTSIDERS},
    Role.CHANNEL: {},
}
"""Role → model → verbs. "delete" stands nowhere: history is kept, accounts are switched off."""


@cache
def permissions_of(role: str) -> frozenset[str]:
    """The role's permissions in Django's words: ``cases.view_case``."""
    return frozenset(
        f"{app}.{verb}_{model}"
        for label, verbs in MAY.get(role, {}).items()
        for app, model in [label.split(".")]
        for verb in verbs.split()
    )


class RoleBackend(ModelBackend):
    """Passwords as Django checks them; permissions from the role alone."""

    def get_user(self, user_id):
        user = User.objects.select_related("unit").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj, obj=None):
        if user_obj.is_anonymous or not user_obj.is_active:
            return set()
        return set(permissions_of(user_obj.role))

    get_user_permissions = get_all_permissions

    def get_group_permissions(self, user_obj, obj=None):
        return set()

    def has_perm(self, user_obj, perm, obj=None):
        return user_obj.is_active and perm in permissions_of(user_obj.role)

    def has_module_perms(self, user_obj, app_label):
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions(user_obj))
