"""The grounds the law gives for a decision, by their codes.

Sources: SAMR Order 121 §§16, 17, 23; 市场监督管理行政处罚程序规定 §20; 信访工作条例 §§19, 36.
"""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

REFUSALS = {
    "R1": _("not our duty, or no power to handle it (§16 (1))"),
    "R2": _("a court, an arbitral body or another organ has it or had it (§16 (2))"),
    "R3": _("not for living consumption, or no dispute is shown (§16 (3))"),
    "R4": _("more than three years since the right was known to be infringed (§16 (4))"),
    "R5": _("materials missing, or false (§16 (5))"),
    "R6": _("impersonation, or identity check refused (§16 (6))"),
    "R7": _("another ground of law (§16 (7))"),
}
"""Why a complaint is not accepted. Of a petition they are taken too, but its own say why."""

YEARS_TO_COMPLAIN = 3
"""R4: from when the right was known to be infringed; no clock, for no day tells when that was."""

PETITION_REFUSALS = {
    "P1": _("the same matter is in hand here or elsewhere (§19)"),
    "P2": _("finally reviewed: not accepted any more (§36)"),
    "P3": _("another ground of law"),
}
"""Why a petition is not accepted. Source: 信访工作条例."""

FACTORS = {
    "volume": _("volume or frequency beyond shelf life or habit"),
    "mass": _("many complaints about the same merchant, goods or problem"),
    "no_consumption": _("no genuine consumption"),
    "shared_contact": _("several people share one telephone or address"),
}
"""What §17 lets weigh for R3; at least one is ticked."""

TERMINATIONS = {
    "T1": _("withdrawn, or settled by themselves (§23 (1))"),
    "T2": _("a party stays away or refuses mediation (§23 (2))"),
    "T3": _("a party declares that no agreement is possible (§23 (3))"),
    "T4": _("no agreement on the cost of an appraisal (§23 (4))"),
    "T5": _("sixty days without agreement (§23 (5))"),
    "T6": _("a ground of §16 or §42 found after acceptance (§23 (6))"),
    "T7": _("a party has died or ceased to exist (§23 (7))"),
    "T8": _("another ground of law (§23 (8))"),
}
"""Why mediation ends without agreement."""

OF_ONE = {"R5", "R6", "T1"}
"""Grounds that lie in what one citizen did or did not do."""

NON_FILINGS = {
    "N1": _("minor, corrected in time, no harm done (§20)"),
    "N2": _("a first time, minor, corrected in time (§20)"),
    "N3": _("no fault, as the party proves (§20)"),
    "N4": _("another ground: not filed (§20)"),
}
"""Why a report is not filed."""

WAYS = {
    "complaint": _("complaint"),
    "report": _("report"),
    "review": _("administrative review"),
    "lawsuit": _("lawsuit"),
    "arbitration": _("arbitration"),
    "other": _("another legal way"),
}
"""Where a petition is routed. Source: 信访工作条例 §31."""

UPHELD, REVOKED = "upheld", "revoked"
REVIEW_OPINIONS = {
    UPHELD: pgettext_lazy("review", "upheld"),
    "changed": pgettext_lazy("review", "changed"),
    REVOKED: pgettext_lazy("review", "revoked"),
}
"""What the answer of a review says of the opinion. Source: 信访工作条例 §§35–36."""

OPINIONS = {
    "supported": _("supported"),
    "explained": _("reasonable but without legal basis: explained"),
    "rejected": _("not supported"),
}
"""What a petition's reply says. Source: 信访工作条例 §32."""


def weighed(codes: Collection[str]) -> str:
    """These of the factors, in the order of the law; "" for none."""
    return "；".join(str(text) for code, text in FACTORS.items() if code in codes)
