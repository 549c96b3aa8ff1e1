"""What is true of interviews."""

from interviews.models.address import ServiceAddress
from interviews.models.attendance import Attendance
from interviews.models.deadline import (
    InterviewDeadline,
    InterviewDeadlineChange,
    InterviewDeadlineExcuse,
    InterviewDeadlinePause,
)
from interviews.models.document import WAITING, Document
from interviews.models.event import InterviewEvent
from interviews.models.guidance import Guidance
from interviews.models.interview import Interview, Session
from interviews.models.link import Evidence, ReportLink
from interviews.models.notice import Notice
from interviews.models.pledge import Pledge, PledgeItem
from interviews.models.rectification import Recheck, Rectification
from interviews.models.repeat import Repeat
from interviews.models.service import Service
from interviews.models.template import LetterTemplate

__all__ = [
    "WAITING",
    "Attendance",
    "Document",
    "Evidence",
    "Guidance",
    "Interview",
    "InterviewDeadline",
    "InterviewDeadlineChange",
    "InterviewDeadlineExcuse",
    "InterviewDeadlinePause",
    "InterviewEvent",
    "LetterTemplate",
    "Notice",
    "Pledge",
    "PledgeItem",
    "Recheck",
    "Rectification",
    "Repeat",
    "ReportLink",
    "Service",
    "ServiceAddress",
    "Session",
]
