"""What a letter may say of a case, as texts; nothing is masked that the form needs.

The reporter's name is among the facts of a letter to the reporter alone, whatever a
template asks for; and who is complained of learns of the complainant no more than the name.
"""

from datetime import datetime

from django.conf import settings
from django.utils import translation

from agency.core.letters import day, moment, yuan
from agency.core.models import Unit
from cases import letters
from cases.letters.forms import Form
from cases.lifecycle import Kind, Milestone
from cases.models import Case, Decision, PartyNotice

Party, Decisions = PartyNotice.Party, Decision.Kind

PRIVATE = {
    "complainant_phone", "complainant_id", "complainant_address", "narrative", "demand", "reporter",
}  # fmt: skip
"""Of the person who brought the matter; empty in whatever goes to the respondent."""
RESULTS = {
    Decisions.FILED: "经核查，我单位已依法立案。",
    Decisions.NOT_FILED: "经核查，我单位决定不予立案。",
    Decisions.TRANSFERRED: "该举报已依法移送有处理权限的机关处理。",
    Decisions.DECIDED: "我单位已依法作出处理决定。",
}
NOBODY_NAMED = {Kind.REPORT: "被举报人"}
WAYS = {
    Unit.Profile.AMR: "与经营者协商和解；请求消费者协会或者依法成立的其他调解组织调解；向有关行政部门投诉；根据与经营者达成的仲裁协议提请仲裁机构仲裁；向人民法院提起诉讼",
    Unit.Profile.COUNCIL: "与经营者协商和解；向有关行政部门投诉；根据与经营者达成的仲裁协议提请仲裁机构仲裁；向人民法院提起诉讼",
}
"""The ways of 消费者权益保护法 §39, by who tells of them: of a council's letter all but its own
mediation; a regulator's names them all, for another authority may have the power that it lacks.
"""
GROUNDED = {
    Form.REFUSAL: {Decisions.REFUSED},
    Form.TERMINATION: {Decisions.TERMINATED, Decisions.WITHDRAWN},
    Form.REPORT_RESULT: set(RESULTS),
}
"""The decisions whose grounds a form gives: of these the latest."""
DATED = {
    Form.ACCEPTANCE: {Decisions.ACCEPTED},
    Form.REFUSAL: {Decisions.REFUSED},
    Form.TERMINATION: GROUNDED[Form.TERMINATION],
}
"""The forms that are a decision themselves: they bear its day, whenever they are written."""


def issuer_of(case: Case) -> Unit:
    """Whose letter it is: the case's unit, never an outlet or a firm."""
    return own_units(case)[0]


def own_units(case: Case) -> list[Unit]:
    """The agency's own units from the case's up to the root."""
    above = Unit.objects.filter(path__in=case.unit.ancestor_paths)
    return [unit for unit in sorted(above, key=lambda u: -len(u.path)) if not unit.is_external]


def gather(case: Case, *, form: Form, party: str, at: datetime, said: dict) -> dict[str, str]:
    """Every fact a template may ask for; what is unknown is "". ``said``: what the verb was given."""
    units = own_units(case.know_others())
    with translation.override("zh-hans"):
        found = {
            **_of_case(case), **_of_people(case), **_of_course(case),
            **_of_decision(case, form, units[0].org_profile),
            "issuer": units[0].name, "sender": units[:2][-1].name, "today": day(_made_at(case, form) or at), "ways": WAYS[units[0].org_profile],
            "agency_phone": settings.AGENCY_PHONE,
            "meeting_at": moment(said.get("meeting_at")), "place": said.get("place", ""),
        }  # fmt: skip
    found["party"] = found["merchant"] if party == Party.RESPONDENT else found["complainant"]
    if case.kind == Kind.REPORT and party == Party.COMPLAINANT:
        found["reporter"] = case.reporter.name if case.reporter else ""
    if party == Party.RESPONDENT:
        found |= dict.fromkeys(PRIVATE, "")
    return found


def _made_at(case: Case, form: Form) -> datetime | None:
    """When the decision or agreement was made that the form is; None for one that only tells."""
    if form == Form.MEDIATION_DOCUMENT:
        return case.agreements.order_by("pk").values_list("made_at", flat=True).last()
    made = case.decisions.filter(kind__in=DATED.get(form, ())).order_by("pk")
    return made.values_list("at", flat=True).last()


def _of_case(case: Case) -> dict[str, str]:
    return {
        "case_no": case.no, "subject": case.shown(case.title), "matter": _matter(case), "kind": case.get_kind_display(),
        "received_on": day(case.arrived_at), "received_at": moment(case.arrived_at),
        "channel": case.channel.name, "occurred_on": day(case.occurred_on),
        "amount": yuan(case.amount), "narrative": case.narrative, "demand": case.demand,
        "masked_narrative": case.shown(case.narrative), "masked_demand": case.shown(case.demand),
        "consents_to_publish": "是" if case.consents_to_publish else "否",
        "consents_to_entrust": "是" if case.consents_to_entrust else "否",
    }  # fmt: skip


def _matter(case: Case) -> str:
    """What it is about, and whom, where that is known."""
    return f"{case.merchant.name if case.merchant else ''}“{case.shown(case.title)}”"


def _of_people(case: Case) -> dict[str, str]:
    person, merchant = case.consumer, case.merchant
    return {
        "complainant": person.name if person else "",
        "complainant_phone": person.phone.removeprefix("+86") if person else "",
        "complainant_id": person.id_number if person else "",
        "complainant_address": person.address if person else "",
        "merchant": merchant.name if merchant else NOBODY_NAMED.get(case.kind, "被投诉人"),
        "merchant_uscc": merchant.uscc if merchant else "",
        "merchant_address": case.merchant_address,
        "merchant_phone": case.merchant_phone.removeprefix("+86"),
        "reporter": "", "handler": case.handler.name if case.handler else "",
    }  # fmt: skip


def _of_course(case: Case) -> dict[str, str]:
    """Who has it, what is owed, what was agreed: as it stands now."""
    owed = case.deadlines.open().select_related("rule").order_by("due_at")
    asked = case.deadlines.filter(rule__met_by=Milestone.IDENTITY_RECORDED)
    until = asked.order_by("starts_at", "pk").last()
    # What the law gives from the receipt on; neither what we set ourselves nor what follows.
    legal = owed.filter(rule__starts_on=Milestone.CASE_REGISTERED, rule__topics=[]).first()
    mediation = case.mediations.select_related("mediator").order_by("pk").last()
    agreement = case.agreements.order_by("pk").last()
    accepted = case.decisions.filter(kind=Decisions.ACCEPTED).order_by("pk").last()
    leads = mediation and (
        mediation.mediator.name if mediation.mediator else mediation.organisation
    )
    return {
        "transferred_to": case.unit.name, "due": day(legal.due_at) if legal else "",
        "identity_until": day(until.due_at) if until else "", "mediator": leads or "",
        "accepted_on": day(accepted.at) if accepted else "",
        "agreement": agreement.text if agreement else "",
        "agreement_amount": yuan(agreement.amount) if agreement else "",
        "agreement_due": day(agreement.due_on) if agreement else "",
    }  # fmt: skip


def _of_decision(case: Case, form: Form, profile: str) -> dict[str, str]:
    found = case.decisions.filter(kind__in=GROUNDED.get(form, ())).order_by("pk").last()
    return {
        "ground": letters.grounds().get(found.ground, "") if found else "",
        "weighed": letters.weighed(found.factors, profile) if found else "",
        "explanation": case.shown(found.text, ours=True) if found else "",
        "report_result": RESULTS.get(found.kind, "") if found else "",
    }
