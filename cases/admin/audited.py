"""What the audit's rows are called in words: table, columns, program and door."""

from collections.abc import Mapping

from django.apps import apps
from django.db.models import Model
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.admin.labels import VERBS
from cases.models import Case

TABLES = {
    "core.LoginTry": gettext_lazy("try to log in"),
    "core.User_groups": gettext_lazy("groups of an account"),
    "core.User_user_permissions": gettext_lazy("rights of an account"),
    "auth.Group_permissions": gettext_lazy("rights of a group"),
    "cases.CaseDeadline": gettext_lazy("deadline of a case"),
    "outlets.OutletDeadline": gettext_lazy("deadline of an outlet"),
    "interviews.Interview_cases": gettext_lazy("case of an interview"),
    "cases.CaseDeadlinePause": gettext_lazy("pause of a deadline of a case"),
    "cases.CaseDeadlineExcuse": gettext_lazy("excuse of a breach of a case"),
    "cases.CaseTopic": gettext_lazy("topic of a case"),
    "interviews.InterviewDeadlinePause": gettext_lazy("pause of a deadline of an interview"),
    "interviews.InterviewDeadlineExcuse": gettext_lazy("excuse of a breach of an interview"),
    "outlets.OutletDeadlinePause": gettext_lazy("pause of a deadline of an outlet"),
    "outlets.OutletDeadlineExcuse": gettext_lazy("excuse of a breach of an outlet"),
    "cases.Follow": gettext_lazy("star on a case"),
    "cases.IntakeKey": gettext_lazy("key of an intake"),
    "cases.Profile_fields": gettext_lazy("field of an organisation"),
}
"""Of those whose model has no name for people, or one of a thing and not of a change."""

COLUMNS = {
    "accept_due_at": gettext_lazy("acceptance due at"),
    "addressed_at": gettext_lazy("receivers found at"),
    "alarm_at": gettext_lazy("next rung of the ladder at"),
    "answer": gettext_lazy("answer"),
    "approved": gettext_lazy("approval"),
    "approved_by_id": gettext_lazy("who approved"),
    "assessment_id": gettext_lazy("assessment"),
    "at": gettext_lazy("when"),
    "attendance_id": gettext_lazy("merchant of an interview"),
    "attention_at": gettext_lazy("next look at"),
    "body_hash": gettext_lazy("fingerprint of what was sent"),
    "by_id": gettext_lazy("by"),
    "callback_id": gettext_lazy("call-back person"),
    "case_id": gettext_lazy("case"),
    "category_id": gettext_lazy("category"),
    "changed_at": gettext_lazy("changed at"),
    "channel_id": gettext_lazy("channel"),
    "checker_id": gettext_lazy("checker"),
    "chosen_category_id": gettext_lazy("category chosen"),
    "chosen_unit_id": gettext_lazy("unit chosen"),
    "claimed_until": gettext_lazy("taken for sending until"),
    "consumer_id": gettext_lazy("consumer"),
    "contact_due_at": gettext_lazy("contact due at"),
    "contact_id": gettext_lazy("contact officer"),
    "content": gettext_lazy("content"),
    "core_handler_id": gettext_lazy("core handler"),
    "created_at": gettext_lazy("made at"),
    "data": gettext_lazy("what is proposed"),
    "deadline_id": gettext_lazy("deadline"),
    "decided_at": gettext_lazy("decided at"),
    "decided_by_id": gettext_lazy("who decided"),
    "deciders": gettext_lazy("who decides"),
    "decision_id": gettext_lazy("decision"),
    "dedup_key": gettext_lazy("key against a second one"),
    "departure_id": gettext_lazy("hand-over of work"),
    "digest": gettext_lazy("fingerprint"),
    "document_id": gettext_lazy("document"),
    "docx_id": gettext_lazy("Word file"),
    "door_index": gettext_lazy("index of the address"),
    "drawn_up_by_id": gettext_lazy("drawn up by"),
    "event_id": gettext_lazy("event"),
    "enterprise_id": gettext_lazy("ODR enterprise"),
    "expert_id": gettext_lazy("expert"),
    "factor_id": gettext_lazy("second factor"),
    "factors": gettext_lazy("factors weighed"),
    "file_id": gettext_lazy("file"),
    "finding_id": gettext_lazy("finding"),
    "follow_up_id": gettext_lazy("follow-up officer"),
    "frozen_by_id": gettext_lazy("frozen by"),
    "gap_id": gettext_lazy("gap in the watch"),
    "group_id": gettext_lazy("group"),
    "guidance_id": gettext_lazy("guidance"),
    "handler_id": gettext_lazy("handler"),
    "holds": gettext_lazy("holds the case up"),
    "id": gettext_lazy("key"),
    "id_number_index": gettext_lazy("index of the identity number"),
    "inspection_id": gettext_lazy("inspection"),
    "interview_id": gettext_lazy("interview"),
    "into_id": gettext_lazy("counted as"),
    "is_first": gettext_lazy("first on its matter"),
    "is_hit": gettext_lazy("suggestion taken"),
    "item_id": gettext_lazy("item of a standard"),
    "key": gettext_lazy("key"),
    "ladder_step": gettext_lazy("rung of the ladder"),
    "last_step": gettext_lazy("last code used"),
    "leader_id": gettext_lazy("leader"),
    "link_id": gettext_lazy("report link"),
    "mediation_id": gettext_lazy("mediation"),
    "merge_id": gettext_lazy("merging of merchants"),
    "merged_id": gettext_lazy("merchant merged"),
    "moved": gettext_lazy("merchants that went along"),
    "next_try_at": gettext_lazy("next try at"),
    "notice_id": gettext_lazy("notice of an interview"),
    "notification_id": gettext_lazy("notice"),
    "of_clue": gettext_lazy("of a clue"),
    "officer_id": gettext_lazy("who calls"),
    "outlet_id": gettext_lazy("outlet"),
    "owner_id": gettext_lazy("whose it is"),
    "password_since": gettext_lazy("password since"),
    "path": gettext_lazy("place in the tree"),
    "pdf_id": gettext_lazy("PDF file"),
    "permission_id": gettext_lazy("right"),
    "person_id": gettext_lazy("person"),
    "phone_index": gettext_lazy("index of the telephone"),
    "pledge_id": gettext_lazy("pledge"),
    "pledge_item_id": gettext_lazy("item of a pledge"),
    "postponed_until": gettext_lazy("put aside until"),
    "profile_id": gettext_lazy("kind of organisation"),
    "query": gettext_lazy("filters"),
    "reason": gettext_lazy("reason"),
    "recipient_id": gettext_lazy("receiver"),
    "rectification_id": gettext_lazy("rectification"),
    "reporter_id": gettext_lazy("reporter"),
    "respond_due_at": gettext_lazy("response due at"),
    "rests_until": gettext_lazy("rests until"),
    "returned_by_id": gettext_lazy("who returned it"),
    "revoked_at": gettext_lazy("revoked at"),
    "second_checker_id": gettext_lazy("second checker"),
    "second_server_id": gettext_lazy("second server of a document"),
    "secret": gettext_lazy("secret"),
    "server_id": gettext_lazy("server of a document"),
    "session_id": gettext_lazy("session"),
    "sha256": gettext_lazy("fingerprint"),
    "signed_by_id": gettext_lazy("signed by"),
    "sound": gettext_lazy("sound of the name"),
    "staff_id": gettext_lazy("staff"),
    "standard_id": gettext_lazy("standard"),
    "step": gettext_lazy("step"),
    "stood": gettext_lazy("what stood beside it"),
    "subject": gettext_lazy("subject"),
    "subject_id": gettext_lazy("subject"),
    "sweep_errors": gettext_lazy("failures of the sweep"),
    "ticket_id": gettext_lazy("ticket"),
    "topic_id": gettext_lazy("topic"),
    "unit_id": gettext_lazy("unit"),
    "used_at": gettext_lazy("used at"),
    "user_id": gettext_lazy("user"),
    "verb": gettext_lazy("act"),
    "warn_at": gettext_lazy("next warning at"),
    "warned_percent": gettext_lazy("warned at (percent)"),
    "was_person_id": gettext_lazy("person before"),
}
"""Those no form shows, for which the model has no name."""

PROGRAMS = {
    "gunicorn": gettext_lazy("system (pages, nobody logged in)"),
    "sweep_deadlines": gettext_lazy("system (deadline sweep)"),
    "watch_deadlines": gettext_lazy("system (watchdog)"),
    "deliver_notifications": gettext_lazy("system (notices)"),
    "clear_away": gettext_lazy("system (clearing away)"),
    "watch_calendar": gettext_lazy("system (calendar)"),
    "seal_trails": gettext_lazy("system (seals)"),
    "draw_callbacks": gettext_lazy("system (drawing of call-backs)"),
    "migrate": gettext_lazy("system (upgrade)"),
    "load_rules": gettext_lazy("system (loading of rules)"),
    "load_calendar": gettext_lazy("system (loading of the calendar)"),
    "load_categories": gettext_lazy("system (loading of categories)"),
    "load_channels": gettext_lazy("system (loading of channels)"),
    "load_topics": gettext_lazy("system (loading of topics)"),
    "services": gettext_lazy("system (start)"),
    "load_demo": gettext_lazy("system (demo agency)"),
    "found_agency": gettext_lazy("system (founding)"),
    "traffic": gettext_lazy("system (demo traffic)"),
    "replay": gettext_lazy("system (demo traffic)"),
    **dict.fromkeys(
        [
            "import_tickets",
            "import_commendations",
            "import_ledger",
            "import_outlets",
            "import_interviews",
            "import_staffing",
            "import_benchmarks",
        ],
        gettext_lazy("system (import)"),
    ),
    "load_standards": gettext_lazy("system (loading of standards)"),
    "load_demo_outlets": gettext_lazy("system (demo agency)"),
    "bench": gettext_lazy("system (measurement)"),
    "write_documents": gettext_lazy("system (letters)"),
    "watch_pledges": gettext_lazy("system (pledges)"),
    **dict.fromkeys(
        ["keep_figures", "prove_figures", "check_facts"], gettext_lazy("system (figures)")
    ),
    "index_cases": gettext_lazy("system (search)"),
    "rotate_keys": gettext_lazy("system (change of keys)"),
    "issue_token": gettext_lazy("system (tokens)"),
    "let_in": gettext_lazy("system (letting in again)"),
}
"""Ours, by the last word of their name; another one went past us, and is shown as it is called."""

DOORS = {
    "login": gettext_lazy("Log in"),
    "logout": gettext_lazy("Log out"),
    "account": gettext_lazy("Own account"),
    "forgotten": gettext_lazy("Forgotten password"),
    "invitation": gettext_lazy("Invitation"),
    "portal": gettext_lazy("Portal"),
    "dashboard": gettext_lazy("Dashboard"),
    **dict.fromkeys(["bell", "notifications"], gettext_lazy("Notices")),
    "rectify": gettext_lazy("A merchant's link"),
    "publication": gettext_lazy("Publishing of a report"),
    "tickets": gettext_lazy("Intake by machine"),
    "import": gettext_lazy("Import"),
    "export": gettext_lazy("Export"),
    "attachments": gettext_lazy("Evidence"),
    "documents": gettext_lazy("Documents"),
    "bundle": gettext_lazy("Evidence bundle"),
    "follow": gettext_lazy("Watch list"),
    "reveal": gettext_lazy("Reading in plain"),
    "lookup": gettext_lazy("Look-up of a citizen"),
    "caller": gettext_lazy("Look-up of a caller"),
    "saved": gettext_lazy("Saved filters"),
    "token": gettext_lazy("Token"),
    "act": gettext_lazy("Act on an account"),
    "add": gettext_lazy("add"),
    "change": pgettext_lazy("a page", "change"),
}
"""Parts of an address, by what they open."""


class _Models(dict):
    """Every table's model; one that is gone is named by its table."""

    @cached_property
    def known(self) -> dict[str, type[Model]]:
        return {m._meta.db_table: m for m in apps.get_models(include_auto_created=True)}

    def __missing__(self, table: str):
        return self.known.get(table, table)


MODELS = _Models()


def name_of(model) -> str:
    if isinstance(model, str):
        return model
    return str(TABLES.get(model._meta.label, model._meta.verbose_name))


def names_of_columns(model) -> dict[str, str]:
    """What people call them."""
    if isinstance(model, str):
        return {}
    return {field.column: _name_of_column(field) for field in model._meta.concrete_fields}


def _name_of_column(field) -> str:
    has_name = str(field.verbose_name) not in {field.name.replace("_", " "), "ID"}
    return str(field.verbose_name if has_name else COLUMNS.get(field.column, field.column))


def program(process: str) -> str | None:
    """One of ours, in words."""
    name = PROGRAMS.get(process.rpartition(".")[2])
    return name and str(name)


OWNERS: dict[str, tuple[type[Model], Mapping[str, str]]] = {}


def learn(place: str, model: type[Model], verbs: Mapping[str, str]) -> None:
    """Let ``api/v1/PLACE/…`` be told as this model's, its verbs as ``verbs`` call them."""
    OWNERS[place] = model, verbs


learn("cases", Case, {name: verb.label for name, verb in VERBS.items()})


def door(act: str) -> str:
    """The verb, else the page: ``响应``, ``经营者 · 修改``; empty where nobody knows it."""
    parts = [part for part in act.split("/") if part and not part.startswith("<")]
    model, verbs = _owner(parts)
    if verb := next((part for part in parts[2:] if part in verbs), None):
        return str(verbs[verb]) if model is Case else f"{name_of(model)} · {verbs[verb]}"
    known = [str(DOORS[part]) for part in parts if part in DOORS][:1]
    return " · ".join([*([name_of(model)] if model else []), *known])


def _owner(parts: list[str]) -> tuple[type[Model] | None, Mapping[str, str]]:
    """Whose door it is, and the verbs that are known there."""
    if parts[:2] == ["api", "v1"] and len(parts) > 2:
        return OWNERS.get(parts[2], (None, {}))
    model = _model_of(parts)
    return model, OWNERS["cases"][1] if model is Case else {}


def _model_of(parts: list[str]) -> type[Model] | None:
    if parts[:1] != ["admin"] or len(parts) < 3:
        return None
    try:
        return apps.get_model(parts[1], parts[2])
    except LookupError:
        return None
