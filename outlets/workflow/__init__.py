"""The verbs of the outlets: the one door for every write."""

from outlets.workflow.filing import apply, file, inspect, reject, resume, suspend, withdraw
from outlets.workflow.grading import assess
from outlets.workflow.proposing import decline_suspension
from outlets.workflow.reporting import begin_months, report
from outlets.workflow.staff import add_staff, end_staff, train

VERBS = {
    "inspect": inspect, "file": file, "reject": reject, "suspend": suspend, "resume": resume,
    "assess": assess, "withdraw": withdraw, "report": report, "add_staff": add_staff,
    "end_staff": end_staff, "train": train, "decline_suspension": decline_suspension,
}  # fmt: skip
"""What may be done with an outlet that is there."""

__all__ = [
    "VERBS", "add_staff", "apply", "assess", "begin_months", "decline_suspension", "end_staff", "file", "inspect", "reject", "report",
    "resume", "suspend", "train", "withdraw",
]  # fmt: skip
