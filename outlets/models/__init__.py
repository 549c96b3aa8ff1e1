"""What is true of outlets: the place, what it is measured by, its visits, years, months and clocks; and of ODR enterprises."""

from outlets.models.deadline import (
    OutletDeadline,
    OutletDeadlineChange,
    OutletDeadlineExcuse,
    OutletDeadlinePause,
)
from outlets.models.enterprise import (
    OdrContact,
    OdrEnterprise,
    OdrEvent,
    OdrGuidance,
    OdrPaper,
    OdrRemark,
    OdrReview,
)
from outlets.models.event import OutletEvent
from outlets.models.inspection import Assessment, Finding, Inspection, Score
from outlets.models.outlet import Outlet
from outlets.models.photo import Photo
from outlets.models.proposal import SuspensionProposal
from outlets.models.remark import Remark
from outlets.models.report import MonthlyReport
from outlets.models.staff import Staff, Training
from outlets.models.standard import Standard, StandardItem

__all__ = [
    "Assessment", "Finding", "Inspection", "MonthlyReport", "OdrContact", "OdrEnterprise",
    "OdrEvent", "OdrGuidance", "OdrPaper", "OdrRemark", "OdrReview", "Outlet", "OutletDeadline",
    "OutletDeadlineChange", "OutletDeadlineExcuse", "OutletDeadlinePause", "OutletEvent", "Remark", "Photo", "Score",
    "Staff", "Standard", "StandardItem", "SuspensionProposal", "Training",
]  # fmt: skip
