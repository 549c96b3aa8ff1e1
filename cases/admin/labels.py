"""How verbs and their fields are called, and the keys that press the verbs.

Where one name means different things to different verbs, OWN_LABELS says so.
"""

from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases import lifecycle
from cases.lifecycle import DECIDERS, SIGNERS, State
from cases.lifecycle.moves import LEADER
from cases.workflow.supplements import OF_SHEET, SHEETS


@dataclass(frozen=True)
class Verb:
    """How a verb is called on a button, and the key that presses it."""

    name: str
    label: str
    key: str


VERBS = {
    verb.name: verb
    for verb in (
        Verb("dispatch", pgettext_lazy("verb", "Dispatch"), "d"),
        Verb("respond", pgettext_lazy("verb", "Respond"), "r"),
        Verb("contact", pgettext_lazy("verb", "Contact"), "c"),
        Verb("reply_ticket", pgettext_lazy("verb", "Reply"), "y"),
        Verb("agree_answer", pgettext_lazy("verb", "Agree answer"), "4"),
        Verb("request_identity", pgettext_lazy("verb", "Ask for identity"), "i"),
        Verb("record_identity", pgettext_lazy("verb", "Record identity"), "o"),
        Verb("accept", pgettext_lazy("verb", "Accept"), "s"),
        Verb("refuse", pgettext_lazy("verb", "Refuse"), "b"),
        Verb("start_mediation", pgettext_lazy("verb", "Start mediation"), "m"),
        Verb("entrust", pgettext_lazy("verb", "Entrust"), "e"),
        Verb("refer", pgettext_lazy("verb", "Refer"), "e"),
        Verb("accept_referral", pgettext_lazy("verb", "Take referral"), "a"),
        Verb("answer_referral", pgettext_lazy("verb", "Answer referral"), "y"),
        Verb("hand_up", pgettext_lazy("verb", "Hand up"), "b"),
        Verb("recall", pgettext_lazy("verb", "Take back"), "e"),
        Verb("hold_session", pgettext_lazy("verb", "Record session"), "h"),
        Verb("request_recusal", pgettext_lazy("verb", "Recusal asked"), "q"),
        Verb("decide_recusal", pgettext_lazy("verb", "Decide recusal"), "u"),
        Verb("pause", pgettext_lazy("verb", "Pause"), "p"),
        Verb("resume", pgettext_lazy("verb", "Resume"), "q"),
        Verb("settle", pgettext_lazy("verb", "Settle"), "s"),
        Verb("confirm_performance", pgettext_lazy("verb", "Confirm performance"), "s"),
        Verb("record_non_performance", pgettext_lazy("verb", "Not performed"), "b"),
        Verb("terminate", pgettext_lazy("verb", "Terminate"), "t"),
        Verb("withdraw", pgettext_lazy("verb", "Withdraw"), "w"),
        Verb("record_clue", pgettext_lazy("verb", "Record clue"), "u"),
        Verb("pause_clue", pgettext_lazy("verb", "Pause clue"), "5"),
        Verb("resume_clue", pgettext_lazy("verb", "Resume clue"), "6"),
        Verb("verify_clue", pgettext_lazy("verb", "Verify clue"), "v"),
        Verb("verify", pgettext_lazy("verb", "Verify"), "v"),
        Verb("file", pgettext_lazy("verb", "File"), "s"),
        Verb("decline_filing", pgettext_lazy("verb", "Do not file"), "b"),
        Verb("transfer", pgettext_lazy("verb", "Transfer"), "d"),
        Verb("mark_duplicate", pgettext_lazy("verb", "Duplicate"), "q"),
        Verb("refuse_jurisdiction", pgettext_lazy("verb", "No jurisdiction"), "o"),
        Verb("decide_case", pgettext_lazy("verb", "Decide case"), "s"),
        Verb("grant_reward", pgettext_lazy("verb", "Grant reward"), "0"),
        Verb("answer", pgettext_lazy("verb", "Answer"), "s"),
        Verb("object", pgettext_lazy("verb", "Object"), "o"),
        Verb("settle_objection", pgettext_lazy("verb", "Settle objection"), "s"),
        Verb("route", pgettext_lazy("verb", "Route"), "e"),
        Verb("assign_triple", pgettext_lazy("verb", "Name three people"), "m"),
        Verb("record_visit", pgettext_lazy("verb", "Record visit"), "v"),
        Verb("record_inspection", pgettext_lazy("verb", "Record inspection"), "i"),
        Verb("hold_hearing", pgettext_lazy("verb", "Hold hearing"), "h"),
        Verb("reply", pgettext_lazy("verb", "Issue opinion"), "o"),
        Verb("evaluate", pgettext_lazy("verb", "Record rating"), "e"),
        Verb("request_review", pgettext_lazy("verb", "Review asked"), "q"),
        Verb("answer_review", pgettext_lazy("verb", "Write down review opinion"), "s"),
        Verb("request_final_review", pgettext_lazy("verb", "Final review asked"), "w"),
        Verb("answer_final_review", pgettext_lazy("verb", "Answer final review"), "s"),
        Verb("ask_expert", pgettext_lazy("verb", "Ask an expert"), "2"),
        Verb("give_opinion", pgettext_lazy("verb", "Give opinion"), "s"),
        Verb("notify", pgettext_lazy("verb", "Tell a party"), "g"),
        Verb("issue_document", pgettext_lazy("verb", "Issue document"), "3"),
        Verb("follow_up", pgettext_lazy("verb", "Call back"), "f"),
        Verb("supervise", pgettext_lazy("verb", "Press"), "q"),
        Verb("extend", pgettext_lazy("verb", "Extend"), "l"),
        Verb("excuse", pgettext_lazy("verb", "Excuse"), "e"),
        Verb("record_dispute", pgettext_lazy("verb", "Dispute jurisdiction"), "1"),
        Verb("settle_dispute", pgettext_lazy("verb", "Settle dispute"), "z"),
        Verb("assign", pgettext_lazy("verb", "Change people"), "f"),
        Verb("split", pgettext_lazy("verb", "Split"), "p"),
        Verb("convert", pgettext_lazy("verb", "Convert"), "z"),
        Verb("supplement", pgettext_lazy("verb", "Supplement"), "7"),
        Verb("link_ticket", pgettext_lazy("verb", "Link ticket"), "l"),
        Verb("unlink_ticket", pgettext_lazy("verb", "Unlink ticket"), "u"),
        Verb("tag", pgettext_lazy("verb", "Add topic"), "8"),
        Verb("untag", pgettext_lazy("verb", "Remove topic"), "9"),
        Verb("return_to_platform", pgettext_lazy("verb", "Return to the platform"), "b"),
        Verb("return", pgettext_lazy("verb", "Return"), "t"),
        Verb("close", pgettext_lazy("verb", "Close"), "x"),
        Verb("decide_publicity", pgettext_lazy("verb", "Decide publicity"), "p"),
        Verb("reopen", pgettext_lazy("verb", "Reopen"), "o"),
        Verb("archive", pgettext_lazy("verb", "Archive"), "z"),
        Verb("note", pgettext_lazy("verb", "Note"), "@"),
        Verb("approve", pgettext_lazy("verb", "Approve"), "a"),
        Verb("disapprove", pgettext_lazy("verb", "Disapprove"), "b"),
    )
}
"""In the order in which a case usually meets them."""

AGAIN = {"verify": Verb("verify", pgettext_lazy("verb", "Name the second officer"), "v")}
"""A verb that does something else where it leads nowhere."""
GO_ON = Verb("respond", pgettext_lazy("verb", "Go on with it"), "r")
"""Of what was accepted before it was opened again, where nobody waits to be answered."""
BACK = {
    (State.ENTRUSTED, "start_mediation"): Verb(
        "start_mediation", pgettext_lazy("verb", "Take the mediation back"), "m"
    )
}
"""A verb that does something else in this state."""


def called(kind: str, state: str, name: str) -> Verb:
    """The verb by the name it has for a case of this kind in this state."""
    if (state, name) in BACK:
        return BACK[state, name]
    move = lifecycle.move_of(kind, name, state)
    return AGAIN.get(name, VERBS[name]) if move and not move.to else VERBS[name]


LABELS = {
    "form": gettext_lazy("Form"),
    "meeting_at": gettext_lazy("Time of the mediation"),
    "balance": gettext_lazy("To who has the least in hand"),
    "expert": gettext_lazy("Expert"),
    "question": gettext_lazy("Question"),
    "unit": gettext_lazy("Unit"),
    "handler": gettext_lazy("Handler"),
    "contact": gettext_lazy("Contact officer"),
    "follow_up": gettext_lazy("Follow-up officer"),
    "reason": gettext_lazy("Reason"),
    "override": gettext_lazy("One person may hold two parts"),
    "explanation": gettext_lazy("Explanation"),
    "outcome": gettext_lazy("Outcome"),
    "appointment_at": gettext_lazy("Meeting at"),
    "no_meeting_reason": gettext_lazy("Or why no meeting"),
    "note": gettext_lazy("Note"),
    "recording": gettext_lazy("Number of the recording"),
    "ticket": gettext_lazy("Ticket"),
    "topic": gettext_lazy("Topic"),
    "new_facts": gettext_lazy("The same reporter tells new facts"),
    "text": gettext_lazy("Reply"),
    "conclusion": gettext_lazy("Conclusion"),
    "principle": gettext_lazy("Principle"),
    "merchant_name": gettext_lazy("Merchant's name"),
    "uscc": gettext_lazy("Credit code"),
    "merchant_address": gettext_lazy("Merchant's address"),
    "merchant_phone": gettext_lazy("Merchant's telephone"),
    "narrative": gettext_lazy("Narrative"),
    "demand": gettext_lazy("Demand"),
    "category": gettext_lazy("Category"),
    "problem": gettext_lazy("Problem"),
    "occurred_on": gettext_lazy("Occurred on"),
    "entrust": gettext_lazy("Agrees to entrusted mediation"),
    "name": gettext_lazy("Citizen's name"),
    "phone": gettext_lazy("Citizen's telephone"),
    "id_number": gettext_lazy("Citizen's identity number"),
    "address": gettext_lazy("Citizen's address"),
    "scope": gettext_lazy("What is entrusted"),
    "why_early": gettext_lazy("Why it ends before that"),
    "receipt": gettext_lazy("Receipt of the transfer"),
    "asked_on": gettext_lazy("Asked on"),
    "answered_by": gettext_lazy("Who answered there"),
    "decided_on": gettext_lazy("Decided there on"),
    "satisfaction": gettext_lazy("Satisfaction"),
    "office": gettext_lazy("Satisfaction with the petition department"),
    "outlet": gettext_lazy("Outlet or firm"),
    "not_respondent": gettext_lazy("This firm is not the respondent, and shall have it"),
    "consent": gettext_lazy("The citizen agrees to it"),
    "until": gettext_lazy("Until"),
    "proved": gettext_lazy("Identity is proved"),
    "notified_by": gettext_lazy("Told by"),
    "ground": gettext_lazy("Ground"),
    "factors": gettext_lazy("Factors to weigh (§17)"),
    "party": gettext_lazy("Whom"),
    "how": gettext_lazy("How"),
    "consented": gettext_lazy("Both parties agree to mediation"),
    "mediator": gettext_lazy("Mediator"),
    "to": gettext_lazy("To whom"),
    "method": gettext_lazy("Method"),
    "held_at": gettext_lazy("Held at"),
    "place": gettext_lazy("Place"),
    "complainant_came": gettext_lazy("Complainant came"),
    "respondent_came": gettext_lazy("Respondent came"),
    "minutes": gettext_lazy("Minutes"),
    "granted": gettext_lazy("Recusal is granted"),
    "institution": gettext_lazy("Institution"),
    "entrusted_on": gettext_lazy("Sent on"),
    "cost": gettext_lazy("Cost borne by"),
    "received_on": gettext_lazy("Received on"),
    "finding": gettext_lazy("Finding"),
    "rule": gettext_lazy("Clock"),
    "amount": gettext_lazy("Amount"),
    "agreement": gettext_lazy("Agreement"),
    "recovered_amount": gettext_lazy("Recovered amount (yuan)"),
    "due_on": gettext_lazy("To be performed by"),
    "evidence_note": gettext_lazy("Proof"),
    "kept": gettext_lazy("What was settled was done"),
    "paper": gettext_lazy("Mediation document"),
    "performed_on": gettext_lazy("Performed on"),
    "why_more": gettext_lazy("Why more than was agreed"),
    "self_settled": gettext_lazy("They settled it themselves"),
    "filed": gettext_lazy("A case is filed"),
    "counterpart": gettext_lazy("The other authority"),
    "colleague": gettext_lazy("Second officer"),
    "of": gettext_lazy("Original report"),
    "authority": gettext_lazy("Authority"),
    "ruling": gettext_lazy("Ruling"),
    "form_no": gettext_lazy("Approval form number"),
    "decision": gettext_lazy("Decision"),
    "document_no": gettext_lazy("Document number"),
    "agreed": gettext_lazy("They agree"),
    "leader": gettext_lazy("Responsible leader"),
    "core_handler": gettext_lazy("Core handler"),
    "callback": gettext_lazy("Call-back person"),
    "opinion": gettext_lazy("Opinion"),
    "for_signature": gettext_lazy("A leader signs it first"),
    "denied": gettext_lazy("The citizen told us that what was settled was not done"),
    "back": gettext_lazy("What was entrusted is taken back"),
    "about": gettext_lazy("Told of"),
    "catalogue": gettext_lazy("File list"),
    "publish": gettext_lazy("Publish"),
    "kind": gettext_lazy("Kind"),
}
NOBODY = gettext_lazy("Whoever takes it")

SUGGESTIONS = {
    ("contact", "no_meeting_reason"): [
        gettext_lazy("Settled on the telephone"),
        gettext_lazy("The citizen prefers the telephone"),
        gettext_lazy("Both sides are settling it themselves"),
    ],
    ("return_to_platform", "reason"): [
        gettext_lazy("Another authority's by law (§16 (1))"),
        gettext_lazy("The business is in another district (§13)"),
        gettext_lazy("Outside our power (§41)"),
        gettext_lazy("No matter of consumers"),
    ],
    ("return", "reason"): [
        gettext_lazy("The business is in another district (§13)"),
        gettext_lazy("The seller is on a platform: its district has it (§13)"),
        gettext_lazy("Outside our power (§41)"),
        gettext_lazy("Another section's by the division of duties"),
        gettext_lazy("Another authority's by law (§16 (1))"),
        gettext_lazy("Another organ has it or had it (§16 (2))"),
        gettext_lazy("A report and not a complaint, or the other way round (§3)"),
        gettext_lazy("The same matter is handled already"),
        gettext_lazy("Respondent or facts are not clear (§10)"),
    ],
}
"""What is said most often; anything else may be typed."""

HINTS = {
    "supplement": gettext_lazy(
        "What is changed here stands from now on; what stood there before stays in the story. "
        "What is left empty stays as it is."
    ),
    "refer": gettext_lazy(
        "The outlet or firm tries to settle it: the case stays yours, and all its limits run on. Take "
        "it back in time for them. What they let run out comes home by itself."
    ),
    "recall": gettext_lazy("The case is where it was before it went out."),
    "withdraw": gettext_lazy(
        "For a complainant who takes it back or has settled it: sending this ends the case."
    ),
    "split": gettext_lazy(
        "The other half becomes a case of its own: of a complaint a report, of a report a "
        "complaint. It has the same text, merchant, unit and moment of arrival, its own number "
        "and clocks, and nobody is named for it yet. This case goes on as it is. A complaint that "
        "comes out of a report names nobody: ask who complains, and add it there."
    ),
    "verify_clue": gettext_lazy(
        "A case that is filed is kept where penalty cases are: write its number here. The mediation "
        "goes on."
    ),
    "file": gettext_lazy(
        "All four hold (§19): there is first evidence of a breach of the law; it calls for a "
        "penalty; it is ours to handle; the time to punish it has not passed."
    ),
}
"""What comes of a verb, where its fields do not say it."""

AFTER_TELLING = gettext_lazy(
    "The parties were told of a decision: another respondent, narrative, demand or amount waits "
    "for the section chief, or for the leader where there is none. The rest stands from now on. "
    "What stood there before stays in the story; what is left empty stays as it is."
)
"""Of a supplement, instead of its hint."""

DECIDED_BY = {
    DECIDERS: gettext_lazy(
        "The section chief decides it; the leader, where there is none or they had a part in it. "
        "It takes effect then."
    ),
    LEADER: gettext_lazy("The leader decides it; it takes effect then."),
    SIGNERS: gettext_lazy("Supervisor and leader: one proposes this, the other decides."),
}
"""What comes of a verb that another decides."""


OWN_LABELS = {
    ("terminate", "party"): gettext_lazy("With T7: who has died or ceased to exist"),
    ("settle", "recovered_amount"): gettext_lazy("Agreed amount (yuan)"),
    ("file", "reason"): gettext_lazy("How the four conditions are met"),
    ("issue_document", "meeting_at"): gettext_lazy("Time of the mediation (of a mediation notice)"),
    ("issue_document", "place"): gettext_lazy("Place (of a mediation notice)"),
    ("return_to_platform", "basis"): gettext_lazy("Legal basis, and which authority has it"),
    **{
        ("supplement", name): capfirst(sheet._meta.get_field(name).verbose_name)
        for kind, sheet in SHEETS.items()
        for name in OF_SHEET[kind]
    },
    ("supplement", "amount"): gettext_lazy("Disputed amount (yuan)"),
    ("supplement", "publish"): gettext_lazy("Agrees to publication"),
    ("supplement", "reason"): gettext_lazy("Where it is known from, or why it was wrong"),
    ("grant_reward", "amount"): gettext_lazy("Reward (yuan)"),
    ("grant_reward", "basis"): gettext_lazy("By which law, and for what"),
    ("return", "explanation"): gettext_lazy("Facts, legal basis and which unit should have it"),
    ("accept", "ticket"): gettext_lazy("Whom you spoke with"),
    ("record_non_performance", "ticket"): gettext_lazy("Whom you spoke with"),
    ("notify", "text"): gettext_lazy("What is said"),
    ("notify", "received_on"): gettext_lazy("Received on (of a letter)"),
    ("supervise", "note"): gettext_lazy("What is asked for"),
    ("note", "text"): gettext_lazy("For colleagues alone; @ and a name calls somebody"),
    ("reply", "text"): gettext_lazy("Opinion in words"),
    ("answer_review", "text"): gettext_lazy("Opinion in words"),
    ("answer_final_review", "text"): gettext_lazy("Opinion in words"),
    ("answer_review", "authority"): gettext_lazy("Which body answered the review"),
    ("answer_final_review", "authority"): gettext_lazy("Which body answered the review"),
    ("answer", "text"): gettext_lazy("Answer"),
    ("convert", "text"): gettext_lazy("What the citizen was told"),
    ("convert", "kind"): gettext_lazy("Becomes"),
    ("route", "to"): gettext_lazy("Legal way"),
    ("route", "text"): gettext_lazy("What is said"),
    ("answer_referral", "text"): gettext_lazy("What was proposed to the citizen"),
    ("entrust", "to"): gettext_lazy("Organisation"),
    ("transfer", "to"): gettext_lazy("Authority"),
    ("refuse_jurisdiction", "text"): gettext_lazy("What is said"),
    ("settle_objection", "text"): gettext_lazy("What they said"),
    ("settle_dispute", "outcome"): gettext_lazy("How it was settled"),
    ("extend", "amount"): gettext_lazy("Longer by"),
    ("extend", "minutes"): gettext_lazy("Minutes of the leaders' joint discussion"),
    ("evaluate", "satisfaction"): gettext_lazy("Satisfaction with the responsible unit"),
    ("confirm_performance", "amount"): gettext_lazy("Amount performed (yuan)"),
    ("agree_answer", "text"): gettext_lazy("Answer for every platform"),
    ("reply_ticket", "text"): gettext_lazy("Reply to platform and citizen"),
}


def label_of(verb: str, name: str) -> str:
    """How the form of ``verb`` calls its field ``name``."""
    return str(OWN_LABELS.get((verb, name)) or LABELS[name])
