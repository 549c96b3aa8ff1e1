"""What is true for every app: people, units, rules, clocks, notices, health."""

from agency.core.models.access import Access
from agency.core.models.calendar import WorkDay
from agency.core.models.deadline import Deadline, DeadlineChange, DeadlineExcuse, DeadlinePause
from agency.core.models.event import Event
from agency.core.models.factor import Factor, RecoveryCode
from agency.core.models.file import StoredFile
from agency.core.models.health import Heartbeat, SystemGap
from agency.core.models.notification import Delivery, Notification
from agency.core.models.number import Numbered, NumberSeries
from agency.core.models.rule import DeadlineRule
from agency.core.models.session import Session
from agency.core.models.trail import Audit, Seal, Trail
from agency.core.models.unit import Unit
from agency.core.models.user import ApiToken, LoginTry, User

__all__ = [
    "Access",
    "ApiToken",
    "Audit",
    "Deadline",
    "DeadlineChange",
    "DeadlineExcuse",
    "DeadlinePause",
    "DeadlineRule",
    "Delivery",
    "Event",
    "Factor",
    "Heartbeat",
    "LoginTry",
    "Notification",
    "NumberSeries",
    "Numbered",
    "RecoveryCode",
    "Seal",
    "Session",
    "StoredFile",
    "SystemGap",
    "Trail",
    "Unit",
    "User",
    "WorkDay",
]
