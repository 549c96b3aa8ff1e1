"""What is true of tickets and cases."""

from cases.models.assignment import Assignment
from cases.models.case import Case
from cases.models.category import Category
from cases.models.channel import Channel
from cases.models.contact import ContactAttempt
from cases.models.deadline import CaseDeadline, CaseDeadlineChange
from cases.models.event import CaseEvent
from cases.models.intake import IntakeKey
from cases.models.party import Consumer, Merchant, Reporter
from cases.models.proposal import Proposal
from cases.models.ticket import Ticket

__all__ = [
    "Assignment",
    "Case",
    "CaseDeadline",
    "CaseDeadlineChange",
    "CaseEvent",
    "Category",
    "Channel",
    "Consumer",
    "ContactAttempt",
    "IntakeKey",
    "Merchant",
    "Proposal",
    "Reporter",
    "Ticket",
]
