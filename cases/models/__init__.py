"""What is true of tickets and cases."""

from cases.models.appraisal import Appraisal
from cases.models.assignment import Assignment
from cases.models.callback import Callback
from cases.models.case import Case, Result
from cases.models.category import Category
from cases.models.channel import Channel
from cases.models.commendation import Commendation
from cases.models.contact import ContactAttempt
from cases.models.deadline import (
    CaseDeadline,
    CaseDeadlineChange,
    CaseDeadlineExcuse,
    CaseDeadlinePause,
)
from cases.models.decision import IN_WRITING, Decision, PartyNotice
from cases.models.departure import Departure, Heir
from cases.models.duty import Post, Shift, Substitute
from cases.models.event import CaseEvent
from cases.models.expert import Opinion, Profile, Recusal, Training
from cases.models.follow import Follow
from cases.models.intake import IntakeKey
from cases.models.ledger import LedgerEntry
from cases.models.mediation import Agreement, FollowUp, Mediation, MediationSession
from cases.models.merchant import Merchant, MerchantMerge, MerchantParting
from cases.models.note import Note
from cases.models.paper import Attachment, Document
from cases.models.party import Consumer, Reporter
from cases.models.petition import PetitionRecord, Responsibility
from cases.models.phrase import Phrase
from cases.models.proposal import Proposal
from cases.models.referral import Referral
from cases.models.saved import SavedFilter
from cases.models.search import CaseSearch, MerchantSearch
from cases.models.sheet import PetitionSheet, ReportSheet
from cases.models.suggestion import Suggestion
from cases.models.supervision import Supervision
from cases.models.supplement import Supplement
from cases.models.ticket import Ticket
from cases.models.topic import CaseTopic, Topic

__all__ = [
    "IN_WRITING",
    "Agreement",
    "Appraisal",
    "Assignment",
    "Attachment",
    "Callback",
    "Case",
    "CaseDeadline",
    "CaseDeadlineChange",
    "CaseDeadlineExcuse",
    "CaseDeadlinePause",
    "CaseEvent",
    "CaseSearch",
    "CaseTopic",
    "Category",
    "Channel",
    "Commendation",
    "Consumer",
    "ContactAttempt",
    "Decision",
    "Departure",
    "Document",
    "Follow",
    "FollowUp",
    "Heir",
    "IntakeKey",
    "LedgerEntry",
    "Mediation",
    "MediationSession",
    "Merchant",
    "MerchantMerge",
    "MerchantParting",
    "MerchantSearch",
    "Opinion",
    "Note",
    "PartyNotice",
    "PetitionRecord",
    "PetitionSheet",
    "Post",
    "Phrase",
    "Profile",
    "Proposal",
    "Recusal",
    "Referral",
    "ReportSheet",
    "Reporter",
    "Responsibility",
    "Result",
    "SavedFilter",
    "Shift",
    "Substitute",
    "Suggestion",
    "Supervision",
    "Supplement",
    "Ticket",
    "Topic",
    "Training",
]
