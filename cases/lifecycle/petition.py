"""The life of a petition 信访.

registered → objected | routed | not_accepted | accepted → handling (+ hearing, extended,
mediated) → replied → evaluated → closed; or replied → reviewing → final_reviewing → terminated.
Source: 信访工作条例 §§19–36.
"""

from django.utils.translation import gettext_lazy as _

from agency.core.roles import Role
from cases.lifecycle.moves import COMMON, DECIDERS, DESK, LEADER, SENDERS, Milestone, row, taking
from cases.lifecycle.states import OPEN, State

P, L, M, R, C = Role.PETITION_OFFICER, Role.LEADER, Role.MEDIATOR, Role.REGISTRAR, Role.CHIEF
S, H = State, Milestone

UNDECIDED = {S.REGISTERED, S.RETURNED, S.REOPENED, S.DISPATCHED}
IN_HAND = {S.HANDLING, S.HEARING, S.EXTENDED, S.MEDIATED}
ANSWERED = {S.REPLIED, S.EVALUATED, S.REVIEWING, S.FINAL_REVIEWING, S.TERMINATED}
OUTCOME = {S.REPLIED, S.EVALUATED, S.ROUTED, S.NOT_ACCEPTED, S.REVIEWING, S.TERMINATED}
CLOSED = {S.CLOSED, S.ARCHIVED}
LATER = {S.REVIEWING, S.FINAL_REVIEWING, S.TERMINATED} | CLOSED

MOVES = (
    row("dispatch", SENDERS | {P}, UNDECIDED, S.DISPATCHED, happens=(H.DISPATCHED,), tells=("handler",)),
    row("assign", {P}, OPEN, tells=("handler",), pending=None),
    row("return", {P}, S.DISPATCHED, S.RETURNED, happens=(H.TAKEN_UP,), tells=("dispatcher",)),
    # opened again, it is in the hands of the three it had
    *taking({P, C}, {S.DISPATCHED}, None, goes_on_to=S.HANDLING),
    # on receipt: §§22–23, 31
    row("object", {P}, UNDECIDED, S.OBJECTED, decided_by=LEADER, happens=(H.TAKEN_UP,), admits=True),
    row("settle_objection", {P}, S.OBJECTED),
    row("route", {P}, UNDECIDED, S.ROUTED, happens=(H.TAKEN_UP,), admits=True),
    row("refuse", {P}, UNDECIDED, S.NOT_ACCEPTED, decided_by=LEADER, happens=(H.TAKEN_UP,), admits=True),
    row("accept", {P}, UNDECIDED, S.ACCEPTED, happens=(H.TAKEN_UP, H.ACCEPTED), admits=True),
    # in hand: three named people, the petitioner met and the matter seen (§§27, 34)
    row("assign_triple", {P, L}, S.ACCEPTED, S.HANDLING, tells=("handler",)),
    row("assign_triple", {P, L}, IN_HAND | ANSWERED),
    row("record_visit", {P, L}, IN_HAND | {S.ACCEPTED}),
    row("record_inspection", {P, L}, IN_HAND | {S.ACCEPTED}),
    row("hold_hearing", {P, L}, {S.HANDLING, S.EXTENDED}, S.HEARING),
    row("extend", {P}, {S.HANDLING, S.HEARING}, S.EXTENDED, decided_by=LEADER),
    row("settle", {P, M}, IN_HAND, S.MEDIATED),
    row("reply", {P, L}, IN_HAND, S.REPLIED, happens=(H.PETITION_REPLIED,), tells=("callback",)),
    # afterwards: §§35–36
    row("evaluate", {Role.CALLBACK, R}, S.REPLIED, S.EVALUATED),
    # The national system sends it when the petitioner gives it: also after the end.
    row("evaluate", {Role.CALLBACK, R}, LATER | IN_HAND | {S.ACCEPTED}, pending=None),
    row("request_review", {P, R}, {S.REPLIED, S.EVALUATED} | CLOSED, S.REVIEWING, happens=(H.REVIEW_REQUESTED,), tells=("handler",)),
    # Where it revoked the opinion, it is in hand again; so after the final one.
    row("answer_review", {P, L}, S.REVIEWING, happens=(H.REVIEW_ANSWERED,)),
    row("request_final_review", {P, R}, {S.REVIEWING, S.ACCEPTED} | IN_HAND | CLOSED, S.FINAL_REVIEWING, happens=(H.FINAL_REVIEW_REQUESTED,), tells=("handler",)),
    row("pause", {P}, S.FINAL_REVIEWING),
    row("resume", {P}, S.FINAL_REVIEWING),
    row("answer_final_review", {P, L}, S.FINAL_REVIEWING, S.TERMINATED, happens=(H.FINAL_REVIEW_ANSWERED,)),
    row("follow_up", {Role.CALLBACK, R}, OUTCOME | {S.FINAL_REVIEWING} | CLOSED, pending=None),
    row("unlink_ticket", DESK, CLOSED),
    row("archive", {P}, S.CLOSED, S.ARCHIVED),
    row("close", {P}, OUTCOME, S.CLOSED, decided_by=DECIDERS, happens=(H.CLOSED,)),
    *COMMON,
)  # fmt: skip

PRINCIPLES = {
    "resolved": _("reasonable demand: solved"),
    "educated": _("unreasonable demand: explained"),
    "assisted": _("hardship: assisted"),
    "sanctioned": _("unlawful act: handled by law"),
}
"""Petitions close with one of four. Source: 信访工作条例 §27."""
