"""The life of a report 举报.

registered → dispatched → verifying ⇄ testing, extended → filed → decided | not_filed
| transferred | no_jurisdiction → closed; or duplicate.
Sources: SAMR Order 121 §§33–37; 市场监督管理行政处罚程序规定 §§18–20, 64.
"""

from agency.core.roles import Role
from cases.lifecycle.moves import (
    COMMON,
    DECIDERS,
    LEADER,
    NOT_DEAD,
    SENDERS,
    Milestone,
    return_to_platform,
    row,
    taking,
)
from cases.lifecycle.states import State

C, E, D, R = Role.CHIEF, Role.ENFORCER, Role.DISPATCHER, Role.REGISTRAR
S, H = State, Milestone

BEFORE_VERIFICATION = {S.REGISTERED, S.RETURNED, S.REOPENED, S.DISPATCHED}
UNDER_VERIFICATION = {S.VERIFYING, S.EXTENDED}
OUTCOME = {S.DECIDED, S.NOT_FILED, S.TRANSFERRED, S.NO_JURISDICTION}

MOVES = (
    return_to_platform(),
    row("split", {R, D}, BEFORE_VERIFICATION),
    row("dispatch", SENDERS, BEFORE_VERIFICATION, S.DISPATCHED, happens=(H.DISPATCHED,), tells=("handler",)),
    row("return", {E}, {S.DISPATCHED, S.VERIFYING}, S.RETURNED, happens=(H.TAKEN_UP,), tells=("dispatcher",)),
    *taking({E, C}, {S.DISPATCHED}, None, goes_on_to=S.FILED),
    row("mark_duplicate", {D}, BEFORE_VERIFICATION, S.DUPLICATE, admits=True),
    row("refuse_jurisdiction", {E, C}, BEFORE_VERIFICATION, S.NO_JURISDICTION, happens=(H.TAKEN_UP, H.FILING_DECIDED, H.NO_JURISDICTION), admits=True),
    row("verify", {E}, {S.DISPATCHED, S.REOPENED}, S.VERIFYING, happens=(H.TAKEN_UP,), admits=True),
    row("verify", {E}, UNDER_VERIFICATION | {S.FILED}),
    row("pause", {E, C}, UNDER_VERIFICATION, S.TESTING),
    row("resume", {E, C}, S.TESTING, S.VERIFYING),
    row("pause", {E, C}, S.FILED),
    row("resume", {E, C}, S.FILED),
    row("extend", {E}, UNDER_VERIFICATION, S.EXTENDED, decided_by=LEADER),
    row("extend", {E}, {S.FILED}, decided_by=LEADER),
    row("file", {E}, UNDER_VERIFICATION, S.FILED, decided_by=LEADER, happens=(H.FILING_DECIDED, H.FILED)),
    row("decline_filing", {E}, UNDER_VERIFICATION, S.NOT_FILED, decided_by=LEADER, happens=(H.FILING_DECIDED,)),
    row("transfer", {E}, UNDER_VERIFICATION, S.TRANSFERRED, decided_by=LEADER, happens=(H.FILING_DECIDED,)),
    row("decide_case", {E}, S.FILED, S.DECIDED, decided_by=LEADER, happens=(H.PENALTY_DECIDED,)),
    # Where a law gives one: 食品安全法 §115 and others. It stands beside the end of the case.
    row("grant_reward", {E}, {S.DECIDED, S.CLOSED, S.ARCHIVED}, decided_by=LEADER, tells=("handler",), pending=None),
    row("follow_up", {Role.CALLBACK, R}, OUTCOME | {S.CLOSED}, pending=None),
    row("issue_document", {E, C}, NOT_DEAD, pending=None),
    row("close", {E}, OUTCOME, S.CLOSED, decided_by=DECIDERS, happens=(H.CLOSED,)),
    *COMMON,
)  # fmt: skip
