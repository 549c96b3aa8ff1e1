"""The admin's side bar: what this role may open, and nothing else."""

from django.urls import reverse
from django.utils.translation import gettext as _

from agency.core.roles import READS_FIGURES, WATCHERS, WEIGHS


def groups(request) -> list[dict]:
    """Groups of links as unfold wants them."""
    user = request.user
    if not user.is_authenticated:
        return []
    settings = [
        (title, icon, f"admin:{app}_{model}_changelist", user.has_perm(f"{app}.view_{model}"))
        for title, icon, app, model in (
            (_("Accounts"), "group", "core", "user"),
            (_("Units"), "account_tree", "core", "unit"),
            (_("Channels"), "call_received", "cases", "channel"),
            (_("Deadline rules"), "timer", "core", "deadlinerule"),
            (_("Calendar"), "calendar_month", "core", "workday"),
            (_("Categories"), "category", "cases", "category"),
            (_("Topics"), "new_label", "cases", "topic"),
            (_("Heartbeats"), "monitor_heart", "core", "heartbeat"),
            (_("Gaps in the watch"), "heart_broken", "core", "systemgap"),
        )
    ]
    shown = [{"items": _links(_work(user))}, {"title": _("Settings"), "items": _links(settings)}]
    _mark_active(request.path, [item for group in shown for item in group["items"]])
    return [group for group in shown if group["items"]]


def _work(user) -> list[tuple]:
    """Title, icon, page, and whether it is open to ``user``; the red count above every fold."""
    pages = (
        (_("Cases"), "folder_open", "admin:cases_case_changelist", "cases.view_case"),
        (_("Find a citizen"), "person_search", "admin:cases_case_lookup", "cases.look_up_case"),
        (_("Who read secrets"), "visibility", "admin:core_access_changelist", "core.view_access"),
        (_("Who changed what"), "manage_history", "admin:core_audit_changelist", "core.view_audit"),
        (_("Seals"), "verified", "admin:core_seal_changelist", "core.view_seal"),
        (_("Hotlines"), "call_split", "admin:cases_case_lines", "cases.view_case"),
        (_("Topic lists"), "label", "admin:cases_case_topics", "cases.view_case"),
        (_("Phrases"), "short_text", "admin:cases_phrase_changelist", "cases.view_phrase"),
        (_("Commendations"), "military_tech", "admin:cases_commendation_changelist", "cases.view_commendation"),
        (_("Register"), "edit_note", "admin:cases_case_add", "cases.add_case"),
        (_("Import from Excel"), "upload_file", "admin:cases_case_import", "cases.import_case"),
        (_("Ranking of outlets"), "leaderboard", "admin:outlets_outlet_ranking", "outlets.view_outlet"),
        (_("Map of outlets"), "map", "admin:outlets_outlet_map", "outlets.view_outlet"),
        (_("Rectifications"), "build", "admin:interviews_rectification_changelist", "interviews.view_rectification"),
        (_("Signals"), "crisis_alert", "admin:interviews_interview_signals", "interviews.view_interview"),
        (_("Interview calendar"), "event", "admin:interviews_interview_calendar", "interviews.view_interview"),
        (_("Letter templates"), "description", "admin:interviews_lettertemplate_changelist", "interviews.view_lettertemplate"),
        (_("Interviews"), "record_voice_over", "admin:interviews_interview_changelist", "interviews.view_interview"),
        (_("ODR enterprises"), "forum", "admin:outlets_odrenterprise_changelist", "outlets.view_odrenterprise"),
        (_("Firms worth inviting"), "person_add", "admin:outlets_odrenterprise_invite", "outlets.view_odrenterprise"),
        (_("Outlets"), "add_business", "admin:outlets_outlet_changelist", "outlets.view_outlet"),
        (_("Merchants"), "storefront", "admin:cases_merchant_changelist", "cases.view_merchant"),
        (_("Duty roster"), "calendar_view_week", "admin:cases_shift_changelist", "cases.view_shift"),
        (_("Mediators and experts"), "school", "admin:cases_profile_changelist", "cases.view_profile"),
        (_("Hand-overs"), "move_down", "admin:cases_departure_changelist", "cases.view_departure"),
    )  # fmt: skip
    followed = f"{reverse('admin:cases_case_changelist')}?followed=true"
    notices = "admin:core_delivery_changelist"
    return [
        (_("My queue"), "checklist", "admin:index", True),
        (_("Notifications"), "notifications", notices, user.has_perm("core.view_delivery")),
        (_("Watch list"), "star", followed, user.has_perm("cases.view_case")),
        (_("Load"), "balance", "admin:cases_case_load", user.role in WEIGHS),
        *((title, icon, page, user.has_perm(right)) for title, icon, page, right in pages),
        (_("Dashboard"), "monitoring", "/dashboard/", user.role in WATCHERS),
        (_("Figures over time"), "bar_chart", "/reports/", user.role in READS_FIGURES),
    ]


def _mark_active(path: str, items: list[dict]) -> None:
    """The page one is on: of links that lead there, the longest."""
    leading = [item for item in items if path.startswith(item["link"])]
    here = max(leading, key=lambda item: len(item["link"]), default=None)
    for item in items:
        item["active"] = item is here


def _links(rows) -> list[dict]:
    return [
        {"title": title, "icon": icon, "link": name if name[0] == "/" else reverse(name)}
        for title, icon, name, is_open in rows
        if is_open
    ]
