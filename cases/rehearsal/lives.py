"""What becomes of a case once the citizen was spoken to: its usual lives, and how often each."""

from random import Random

from cases.lifecycle import Kind

Deed = tuple[str, dict]
"""A verb, and what is said with it whoever does it."""

END: tuple[Deed, ...] = (("reply_ticket", {}), ("close", {}), ("approve", {}))
TERMINATION_TEXT = "经调解双方未能达成一致，现终止调解；您可以依法提起诉讼或者申请仲裁。"

AGREED: tuple[Deed, ...] = (
    ("accept", {"notified_by": "phone"}),
    ("start_mediation", {}),
    ("settle", {"agreement": "双方同意退款，七日内付清。"}),
    ("confirm_performance", {"evidence_note": "消费者来电确认已收到退款。"}),
    ("follow_up", {}),
    *END,
)
TERMINATED: tuple[Deed, ...] = (
    ("accept", {"notified_by": "sms"}),
    ("start_mediation", {}),
    ("terminate", {"ground": "T3", "explanation": "商家明确表示无法达成一致。"}),
    ("approve", {}),
    ("notify", {"party": "complainant", "how": "phone", "text": TERMINATION_TEXT}),
    ("notify", {"party": "respondent", "how": "phone", "text": TERMINATION_TEXT}),
    *END,
)
REFUSED: tuple[Deed, ...] = (
    ("refuse", {"ground": "R1", "explanation": "不属于本部门职责。"}),
    ("approve", {}),
    ("notify", {"party": "complainant", "how": "sms", "text": "不予受理，请向主管部门反映。"}),
    *END,
)
NOT_FILED: tuple[Deed, ...] = (
    ("verify", {}),
    (
        "decline_filing",
        {"ground": "N1", "explanation": "违法行为轻微并及时改正，没有造成危害后果。"},
    ),
    ("approve", {}),
    ("notify", {"party": "complainant", "how": "phone", "text": "经核查不予立案。"}),
    *END,
)
FILED: tuple[Deed, ...] = (
    ("verify", {}),
    ("file", {"reason": "有证据初步证明存在违法行为。", "form_no": "立审〔2026〕1号"}),
    ("approve", {}),
    ("notify", {"party": "complainant", "how": "phone", "text": "经核查已立案。"}),
    ("decide_case", {"decision": "penalty"}),
    ("approve", {}),
    *END,
)
ANSWERED: tuple[Deed, ...] = (
    ("answer", {"text": "消费者可以凭有效凭证依法主张退换货。"}),
    ("reply_ticket", {}),
    ("close", {}),
)
REPLIED: tuple[Deed, ...] = (
    ("accept", {"notified_by": "letter"}),
    ("assign_triple", {}),
    ("record_visit", {"note": "已与信访人面谈，听取诉求。"}),
    ("record_inspection", {"note": "已到现场核实情况。"}),
    ("reply", {"opinion": "supported", "text": "诉求合理，责成商家退款。"}),
    ("evaluate", {"satisfaction": "satisfied"}),
    ("reply_ticket", {}),
    ("close", {"principle": "resolved"}),
    ("approve", {}),
)

LIVES: dict[Kind, tuple[tuple[float, tuple[Deed, ...]], ...]] = {
    # how often, and what
    Kind.COMPLAINT: ((0.7, AGREED), (0.2, TERMINATED), (0.1, REFUSED)),
    Kind.REPORT: ((0.7, NOT_FILED), (0.3, FILED)),
    Kind.CONSULTATION: ((1.0, ANSWERED),),
    Kind.PETITION: ((1.0, REPLIED),),
}


def life_of(kind: str, random: Random) -> tuple[Deed, ...]:
    """One of the lives a case of this kind usually has."""
    shares, lives = zip(*LIVES[Kind(kind)], strict=True)
    return random.choices(lives, shares)[0]
