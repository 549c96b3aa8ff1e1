"""The catalogue: every figure of a report, defined once.

An indicator is a count, a sum or a ratio of two quantities; the quantities are the functions of
reports/measures/ and reports/levels.py. docs/indicators.md tells each in words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from reports import levels
from reports.measures import cases, interviews, outlets

HALF_UP, TRUNCATED = ROUND_HALF_UP, ROUND_DOWN


@dataclass(frozen=True)
class Indicator:
    """``top`` alone is a count or a sum, over ``bottom`` a ratio.

    ``unit``: what it is counted in. ``by``: the dimensions that always have rows of their own, with
    the quantities they are counted by where these differ from ``top``. ``digits`` and ``rounding``:
    how the value is written, a ratio in percent; what machines get is never rounded. ``measure``:
    the Chinese measure word.
    """

    code: str
    name: str
    unit: str
    top: Callable
    bottom: Callable | None = None
    by: tuple[str, ...] = ()
    of_each: Callable | None = None
    measure: str = "件"
    digits: int = 0
    rounding: str = HALF_UP

    @property
    def is_ratio(self) -> bool:
        return self.unit == "ratio"

    def written(self, value: Fraction | Decimal | int | float | None) -> str:
        """As a report writes it; "—" where there is nothing to tell."""
        if value is None:
            return "—"
        if self.is_ratio:
            return f"{rounded(Fraction(value) * 100, self.digits, self.rounding)}%"
        return f"{rounded(Fraction(value), self.digits, self.rounding):,}"


YOY_DIGITS, YOY_ROUNDING = 1, TRUNCATED
"""A change is cut off and not rounded up: 246 → 469 is told as +90.6 %, not +90.7 %."""


def rounded(value: Fraction, digits: int, rounding: str) -> Decimal:
    """Exactly: a float would round 2.675 down."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-digits), rounding=rounding)


def yoy_written(yoy: float | Fraction | None) -> str:
    """``+133.6%``; "—" where the year before was nothing, or is not known."""
    if yoy is None:
        return "—"
    percent = rounded(Fraction(yoy) * 100, YOY_DIGITS, YOY_ROUNDING)
    return f"{percent:+}%"


DENOMINATORS = {
    "ended": cases.mediation_ended,
    "accepted": cases.cases_accepted,
    "received": cases.tickets_received,
}
"""What the success of mediation may be measured by (settings.MEDIATION_RATE_OF)."""

CHANNEL = ("channel",)
CASE = "case"

CATALOGUE = (
    Indicator("tickets_received", _("Tickets received"), "ticket", cases.tickets_received, by=CHANNEL),
    Indicator("consultations", _("Consultations"), CASE, cases.consultations, measure="次"),
    Indicator("cases_accepted", _("Cases accepted"), CASE, cases.cases_accepted, by=CHANNEL),
    Indicator("mediation_ended", _("Mediations ended"), CASE, cases.mediation_ended, by=CHANNEL),
    Indicator("mediation_settled", _("Mediations settled"), CASE, cases.mediation_settled, by=CHANNEL),
    Indicator(
        "mediation_success_rate", _("Success rate of mediation"), "ratio", cases.mediation_settled,
        DENOMINATORS[settings.MEDIATION_RATE_OF], by=CHANNEL, digits=1,
    ),
    Indicator("satisfaction_rate", _("Satisfaction"), "ratio", cases.satisfied, cases.rated, digits=1),
    Indicator("recovered_amount", _("Losses recovered"), "CNY", cases.recovered, measure="元", digits=2),
    Indicator(
        "tickets_per_capita", _("Tickets per person in post"), "ticket_per_person",
        cases.tickets_received, levels.persons, by=CHANNEL,
    ),
    Indicator("petitions", _("Petitions"), CASE, cases.petitions),
    Indicator(
        "petitions_national_satisfaction", _("Petitions of the national satisfaction survey"), CASE,
        cases.petitions_national_satisfaction,
    ),
    Indicator("walk_ins", _("Complaints at the counter"), "visit", cases.walk_ins, measure="人次"),
    Indicator(
        "on_time_response_rate", _("Responded within ten minutes"), "ratio",
        cases.responded_in_time, cases.response_due, digits=1,
    ),
    Indicator(
        "on_time_contact_rate", _("Contacted within thirty minutes"), "ratio",
        cases.contacted_in_time, cases.contact_due, digits=1,
    ),
    Indicator(
        "on_time_acceptance_rate", _("Acceptance decided in time"), "ratio",
        cases.accepted_in_time, cases.acceptance_due, digits=1,
    ),
    Indicator("outlets_active", _("Outlets in work"), "outlet", outlets.active, measure="个"),
    Indicator("outlets_new", _("New outlets"), "outlet", outlets.new, measure="个"),
    Indicator("outlet_disputes_settled", _("Disputes settled by outlets"), CASE, cases.outlet_disputes_settled),
    Indicator(
        "outlet_recovered_amount", _("Losses recovered by outlets"), "CNY", cases.outlet_recovered,
        measure="元", digits=2,
    ),
    Indicator("priority_topic_cases", _("Cases of priority topics"), CASE, cases.priority_topic_cases),
    Indicator(
        "campaign_cases", _("Cases of campaigns and emergencies"), CASE, cases.campaign_cases,
        by=("campaign",), of_each=cases.cases_of_each_campaign,
    ),
    Indicator(
        "campaign_recovered_amount", _("Losses recovered in campaigns and emergencies"), "CNY",
        cases.campaign_recovered, by=("campaign",), of_each=cases.recovered_of_each_campaign,
        measure="元", digits=2,
    ),
    Indicator("interview_sessions", _("Interviews held"), "session", interviews.sessions, measure="场次"),
    Indicator(
        "interview_attendances", _("Attendances at interviews"), "attendance",
        interviews.attendances, measure="家次",
    ),
    Indicator("interviewed_merchants", _("Merchants interviewed"), "merchant", interviews.merchants, measure="家"),
    Indicator(
        "notices_served_merchants", _("Merchants sent a notice of interview"), "merchant",
        interviews.notified, measure="家",
    ),
    Indicator("pledges_signed", _("Pledges signed"), "pledge", interviews.pledges, measure="份"),
    Indicator("rectifications_raised", _("Rectifications asked for"), "item", interviews.raised, measure="个"),
    Indicator(
        "rectifications_verified", _("Rectifications verified"), "item", interviews.verified,
        measure="个",
    ),
    Indicator("banners", _("Banners"), "item", cases.banners, measure="面"),
    Indicator("thank_you_letters", _("Thank-you letters"), "item", cases.thank_you_letters, measure="封"),
    Indicator(
        "law_trained_mediator_share", _("Law-trained mediators"), "ratio", levels.law_trained,
        levels.of_whom, digits=0,
    ),
)  # fmt: skip

BY_CODE = {indicator.code: indicator for indicator in CATALOGUE}
