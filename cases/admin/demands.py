"""What must be done before a verb, by the page: the machines' door asks for less."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from agency.core.text import listed
from cases import completeness
from cases.lifecycle import Kind
from cases.models import Case
from cases.workflow.reports import colleague_of

MUST_BE_SAID = {
    ("refer", "consent"), ("recall", "denied"), ("start_mediation", "consented"), ("start_mediation", "method"), ("close", "principle"), ("settle", "paper"),
    ("confirm_performance", "performed_on"), ("evaluate", "office"),
    ("file", "form_no"), ("file", "reason"), ("decline_filing", "ground"),
    ("decline_filing", "explanation"), ("dispatch", "ruling"), ("transfer", "document_no"),
    ("accept", "document_no"), ("refuse", "document_no"), ("reply", "document_no"),
    ("assign_triple", "leader"), ("assign_triple", "core_handler"), ("assign_triple", "callback"),
    ("extend", "minutes"), ("pause", "cost"), ("pause", "entrusted_on"),
    ("resume", "received_on"), ("resume", "finding"), ("close", "why_early"), ("close", "receipt"), ("entrust", "consented"), ("entrust", "scope"),
    ("convert", "text"), ("request_review", "asked_on"), ("request_final_review", "asked_on"),
    ("answer_review", "authority"), ("answer_review", "answered_by"),
    ("answer_final_review", "authority"), ("answer_final_review", "answered_by"),
}  # fmt: skip
"""Verb and field: the form asks for it, where the API may leave it out."""


def _told(case: Case) -> str:
    """A complaint is accepted that says who, of whom, what and what for. Order 121 §10."""
    if case.kind != Kind.COMPLAINT:
        return ""
    told = {
        _("Complainant"): case.consumer,
        _("Respondent"): case.merchant, _("Narrative"): case.narrative, _("Demand"): case.demand,
    }  # fmt: skip
    untold = listed(name for name, said in told.items() if not said)
    said = _("The complaint does not say yet: %(what)s. Order 121 §10 asks for it: add it first.")
    return said % {"what": untold} if untold else ""


def _two_officers(case: Case) -> str:
    if colleague_of(case):
        return ""
    return _("Two officers handle a report from its filing on: name the second first.")


def _complete(case: Case) -> str:
    """What the end still needs, but for what its own form asks."""
    needs = set(completeness.missing(case)) - {"principle"}
    return completeness.sentence(case, needs) if needs else ""


DONE_BEFORE: dict[str, Callable[[Case], str]] = {
    "accept": _told, "file": _two_officers, "close": _complete,
}  # fmt: skip
"""Verb → why it is not done yet; empty: nothing is lacking."""
