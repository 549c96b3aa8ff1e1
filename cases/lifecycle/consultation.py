"""The life of a consultation 咨询: registered → (forwarded →) answered → closed | converted."""

from agency.core.roles import Role
from cases.lifecycle.moves import COMMON, SENDERS, Milestone, return_to_platform, row, taking
from cases.lifecycle.states import State

M, R, D, C = Role.MEDIATOR, Role.REGISTRAR, Role.DISPATCHER, Role.CHIEF
S, H = State, Milestone

UNANSWERED = {S.REGISTERED, S.RETURNED, S.REOPENED, S.DISPATCHED, S.FORWARDED}

MOVES = (
    return_to_platform(),
    row("dispatch", SENDERS, UNANSWERED, S.FORWARDED, happens=(H.DISPATCHED, H.FORWARDED), tells=("handler",)),
    row("return", {M}, {S.DISPATCHED, S.FORWARDED}, S.RETURNED, happens=(H.TAKEN_UP,), tells=("dispatcher",)),
    *taking({M, C}, {S.DISPATCHED, S.FORWARDED}, None),
    row("answer", {R, M}, UNANSWERED, S.ANSWERED, happens=(H.TAKEN_UP, H.ANSWERED)),
    row("convert", {R, D}, UNANSWERED | {S.ANSWERED}, S.CONVERTED),
    row("follow_up", {Role.CALLBACK, R}, {S.ANSWERED, S.CLOSED}, pending=None),
    # An answered consultation needs nobody's approval.
    row("close", {R, M}, S.ANSWERED, S.CLOSED, happens=(H.CLOSED,)),
    *COMMON,
)  # fmt: skip
