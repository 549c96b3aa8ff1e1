"""The catalogue: every figure of a report, defined once.

An indicator is a count, a sum or a ratio of two quantities; the quantities are the functions of
reports/measures.py and reports/levels.py. docs/indicators.md tells each in words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from reports import levels, measures

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
    "ended": measures.mediation_ended,
    "accepted": measures.cases_accepted,
    "received": measures.tickets_received,
}
"""What the success of mediation may be measured by (settings.MEDIATION_RATE_OF)."""

CHANNEL = ("channel",)
CASE = "case"

CATALOGUE = (
    Indicator("tickets_received", _("Tickets received"), "ticket", measures.tickets_received, by=CHANNEL),
    Indicator("consultations", _("Consultations"), CASE, measures.consultations, measure="次"),
    Indicator("cases_accepted", _("Cases accepted"), CASE, measures.cases_accepted, by=CHANNEL),
    Indicator("mediation_ended", _("Mediations ended"), CASE, measures.mediation_ended, by=CHANNEL),
    Indicator("mediation_settled", _("Mediations settled"), CASE, measures.mediation_settled, by=CHANNEL),
    Indicator(
        "mediation_success_rate", _("Success rate of mediation"), "ratio", measures.mediation_settled,
        DENOMINATORS[settings.MEDIATION_RATE_OF], by=CHANNEL, digits=1,
    ),
    Indicator("satisfaction_rate", _("Satisfaction"), "ratio", measures.satisfied, measures.rated, digits=1),
    Indicator("recovered_amount", _("Losses recovered"), "CNY", measures.recovered, measure="元", digits=2),
    Indicator(
        "tickets_per_capita", _("Tickets per person in post"), "ticket_per_person",
        measures.tickets_received, levels.persons, by=CHANNEL,
    ),
    Indicator("petitions", _("Petitions"), CASE, measures.petitions),
    Indicator(
        "petitions_national_satisfaction", _("Petitions of the national satisfaction survey"), CASE,
        measures.petitions_national_satisfaction,
    ),
    Indicator("walk_ins", _("Complaints at the counter"), "visit", measures.walk_ins, measure="人次"),
    Indicator(
        "on_time_response_rate", _("Responded within ten minutes"), "ratio",
        measures.responded_in_time, measures.response_due, digits=1,
    ),
    Indicator(
        "on_time_contact_rate", _("Contacted within thirty minutes"), "ratio",
        measures.contacted_in_time, measures.contact_due, digits=1,
    ),
    Indicator(
        "on_time_acceptance_rate", _("Acceptance decided in time"), "ratio",
        measures.accepted_in_time, measures.acceptance_due, digits=1,
    ),
    Indicator("outlets_active", _("Outlets in work"), "outlet", measures.outlets_active, measure="个"),
    Indicator("outlets_new", _("New outlets"), "outlet", measures.outlets_new, measure="个"),
    Indicator("outlet_disputes_settled", _("Disputes settled by outlets"), CASE, measures.outlet_disputes_settled),
    Indicator(
        "outlet_recovered_amount", _("Losses recovered by outlets"), "CNY", measures.outlet_recovered,
        measure="元", digits=2,
    ),
    Indicator("priority_topic_cases", _("Cases of priority topics"), CASE, measures.priority_topic_cases),
    Indicator(
        "campaign_cases", _("Cases of campaigns and emergencies"), CASE, measures.campaign_cases,
        by=("campaign",), of_each=measures.cases_of_each_campaign,
    ),
    Indicator(
        "campaign_recovered_amount", _("Losses recovered in campaigns and emergencies"), "CNY",
        measures.campaign_recovered, by=("campaign",), of_each=measures.recovered_of_each_campaign,
        measure="元", digits=2,
    ),
    Indicator("interview_sessions", _("Interviews held"), "session", measures.interview_sessions, measure="场次"),
    Indicator(
        "interview_attendances", _("Attendances at interviews"), "attendance",
        measures.interview_attendances, measure="家次",
    ),
    Indicator("interviewed_merchants", _("Merchants interviewed"), "merchant", measures.interviewed_merchants, measure="家"),
    Indicator(
        "notices_served_merchants", _("Merchants sent a notice of interview"), "merchant",
        measures.notices_served_merchants, measure="家",
    ),
    Indicator("pledges_signed", _("Pledges signed"), "pledge", measures.pledges_signed, measure="份"),
    Indicator("rectifications_raised", _("Rectifications asked for"), "item", measures.rectifications_raised, measure="个"),
    Indicator(
        "rectifications_verified", _("Rectifications verified"), "item", measures.rectifications_verified,
        measure="个",
    ),
    Indicator("banners", _("Banners"), "item", measures.banners, measure="面"),
    Indicator("thank_you_letters", _("Thank-you letters"), "item", measures.thank_you_letters, measure="封"),
    Indicator(
        "law_trained_mediator_share", _("Law-trained mediators"), "ratio", levels.law_trained,
        levels.of_whom, digits=0,
    ),
)  # fmt: skip

BY_CODE = {indicator.code: indicator for indicator in CATALOGUE}
