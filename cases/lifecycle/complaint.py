"""The life of a complaint 投诉.

registered → dispatched ⇄ returned → reviewing ⇄ awaiting_identity → accepted | rejected
any of the first four ⇄ odr_negotiating → settled → closed
→ mediating ⇄ appraising, suspended_recusal, entrusted → agreed → performed | breached
or terminated → closed → archived; closed → reopened never rewrites the outcome.
Source: SAMR Order 121, §§10–25.
"""

from agency.core.roles import Role
from cases.lifecycle.moves import (
    COMMON,
    DECIDERS,
    FOLLOW_UP,
    LEADER,
    NOT_DEAD,
    OUTSIDE,
    SENDERS,
    Milestone,
    return_to_platform,
    row,
    taking,
)
from cases.lifecycle.states import OPEN, State

M, C, E, R, D, L = (
    Role.MEDIATOR, Role.CHIEF, Role.ENFORCER, Role.REGISTRAR, Role.DISPATCHER, Role.LEADER,
)  # fmt: skip
S, H = State, Milestone

BEFORE_REVIEW = {S.REGISTERED, S.RETURNED, S.REOPENED, S.DISPATCHED, S.REVIEWING}
UNDER_REVIEW = {S.DISPATCHED, S.REVIEWING}
UNDECIDED = BEFORE_REVIEW | {S.AWAITING_IDENTITY, S.ODR_NEGOTIATING}
UNDER_WAY = {S.ACCEPTED, S.MEDIATING, S.ENTRUSTED, S.APPRAISING, S.SUSPENDED_RECUSAL}
OUTCOME = {S.PERFORMED, S.BREACHED, S.TERMINATED, S.REJECTED, S.SETTLED}

MOVES = (
    # receipt and dispatch
    return_to_platform(),
    row("split", {R, D}, BEFORE_REVIEW),
    row("convert", {R, D}, {S.REGISTERED, S.RETURNED}, S.CONSULTATION_CLOSED, admits=True),
    row("dispatch", SENDERS, BEFORE_REVIEW, S.DISPATCHED, happens=(H.DISPATCHED,), tells=("handler",)),
    row("return", {M, E}, UNDER_REVIEW, S.RETURNED, happens=(H.TAKEN_UP,), tells=("dispatcher",)),
    *taking({M, C, E}, {S.DISPATCHED}, S.REVIEWING, goes_on_to=S.ACCEPTED),
    # the green channel: an outlet or a firm tries first, docs/rules.md
    row("refer", {D, M, C}, {S.REGISTERED, S.RETURNED, S.DISPATCHED, S.REVIEWING}, S.ODR_NEGOTIATING, happens=(H.TAKEN_UP,)),
    row("accept_referral", OUTSIDE, S.ODR_NEGOTIATING),
    row("answer_referral", OUTSIDE, S.ODR_NEGOTIATING),
    row("settle", OUTSIDE, S.ODR_NEGOTIATING, S.SETTLED),
    row("hand_up", OUTSIDE, S.ODR_NEGOTIATING),
    row("recall", {D, M, C}, {S.ODR_NEGOTIATING, S.SETTLED}),
    # review: SAMR Order 121 §§10, 15–17
    row("request_identity", {M, E}, UNDER_REVIEW, S.AWAITING_IDENTITY, happens=(H.TAKEN_UP, H.IDENTITY_REQUESTED), admits=True),
    row("record_identity", {M, E, C}, S.AWAITING_IDENTITY, S.REVIEWING, happens=(H.IDENTITY_RECORDED,)),
    row("accept", {M, C}, UNDER_REVIEW, S.ACCEPTED, happens=(H.TAKEN_UP, H.ACCEPTED), admits=True),
    row("refuse", {M, E}, UNDER_REVIEW, S.REJECTED, decided_by=DECIDERS, happens=(H.TAKEN_UP,), admits=True),
    # mediation: §§18–23
    row("start_mediation", {M, C}, {S.ACCEPTED, S.ENTRUSTED}, S.MEDIATING),
    row("entrust", {M, C}, S.ACCEPTED, S.ENTRUSTED, happens=(H.ENTRUSTED,)),
    row("request_recusal", {M, C}, S.MEDIATING, S.SUSPENDED_RECUSAL, tells=("leader",)),
    row("decide_recusal", LEADER, S.SUSPENDED_RECUSAL, S.MEDIATING, tells=("handler",)),
    row("pause", {M, C}, {S.MEDIATING, S.ENTRUSTED}, S.APPRAISING),
    row("resume", {M, C}, S.APPRAISING, S.MEDIATING),
    row("hold_session", {M, C}, {S.MEDIATING, S.ENTRUSTED}),
    row("record_clue", {M, C, E}, UNDER_WAY, happens=(H.CLUE_FOUND,)),
    row("pause_clue", {E, C}, OPEN),
    row("resume_clue", {E, C}, OPEN),
    # Whether a case is filed is the leader's to decide; the mediation goes on meanwhile.
    row("verify_clue", {E, C}, OPEN, decided_by=LEADER, happens=(H.CLUE_VERIFIED,), pending=None),
    row("extend", {M, E}, OPEN, decided_by=LEADER, pending=None),
    # outcome: §§23–25
    row("settle", {M, C}, {S.MEDIATING, S.ENTRUSTED}, S.AGREED, happens=(H.MEDIATION_ENDED,)),
    row("terminate", {M, E}, UNDER_WAY, S.TERMINATED, decided_by=DECIDERS, happens=(H.MEDIATION_ENDED, H.TERMINATED)),
    # Before acceptance nothing is owed any more; afterwards it ends the mediation (T1).
    row("withdraw", {M, C}, UNDECIDED, S.TERMINATED, happens=(H.TAKEN_UP,)),
    row("withdraw", {M, C}, UNDER_WAY, S.TERMINATED, happens=(H.MEDIATION_ENDED, H.TERMINATED)),
    row("confirm_performance", {M, C}, {S.AGREED, S.BREACHED}, S.PERFORMED, happens=(H.PERFORMANCE_KNOWN,), tells=("callback",), posts={FOLLOW_UP}),
    # Out there nobody owes this: it makes recovered what a firm has settled.
    row("confirm_performance", {M, C}, S.SETTLED, posts={FOLLOW_UP}),
    row("record_non_performance", {M, C}, S.AGREED, S.BREACHED, happens=(H.PERFORMANCE_KNOWN,), tells=("callback",), posts={FOLLOW_UP}),
    row("follow_up", {Role.CALLBACK, R}, OUTCOME | {S.AGREED, S.CLOSED, S.ARCHIVED}, pending=None),
    row("issue_document", {M, C, E}, NOT_DEAD, pending=None),
    row("close", {M, E}, OUTCOME, S.CLOSED, decided_by=DECIDERS, happens=(H.CLOSED,)),
    row("close", {D}, S.SETTLED, S.CLOSED, decided_by=DECIDERS, happens=(H.CLOSED,)),
    # Dispatcher and leader only of what nobody handled (``publicity_is_of``).
    row("decide_publicity", {M, E, C, D, L}, {S.CLOSED}, happens=(H.PUBLICITY_DECIDED,)),
    *COMMON,
)  # fmt: skip
