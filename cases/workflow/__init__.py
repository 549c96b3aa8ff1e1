"""The verbs of a case: the one door for every write.

Admin, portal, API, imports and tasks translate a request and call these. Each is one
transaction: the case and its clocks are locked, then the database's clock is read.
All raise Forbidden, NotThere, RuleViolation or Invalid (agency/core/errors.py).
"""

from cases.workflow import (
    closing,
    documents,
    endings,  # noqa: F401 – it registers what stands beside an end
    entrusting,
    experts,
    hands,
    kinds,
    mediation,
    notes,
    petitions,
    referrals,
    reports,
    review,
    supervision,
    supplements,
    tagging,
    tickets,
    time,
    unlinking,
)
from cases.workflow.allowed import allowed
from cases.workflow.approval import approve, disapprove

__all__ = ["VERBS", "allowed"]

VERBS = {
    "dispatch": hands.dispatch,
    "return": hands.return_,
    "return_to_platform": tickets.return_to_platform,
    "assign": hands.assign,
    "respond": tickets.respond,
    "contact": tickets.contact,
    "reply_ticket": tickets.reply_ticket,
    "agree_answer": tickets.agree_answer,
    "supplement": supplements.supplement,
    "link_ticket": tickets.link_ticket,
    "close": closing.close,
    "reopen": closing.reopen,
    "archive": closing.archive,
    "decide_publicity": closing.decide_publicity,
    "split": kinds.split,
    "convert": kinds.convert,
    "unlink_ticket": unlinking.unlink_ticket,
    "tag": tagging.tag,
    "untag": tagging.untag,
    "follow_up": closing.follow_up,
    "start_mediation": mediation.start_mediation,
    "entrust": entrusting.entrust,
    "hold_session": mediation.hold_session,
    "request_recusal": mediation.request_recusal,
    "decide_recusal": mediation.decide_recusal,
    "settle": mediation.settle,
    "confirm_performance": mediation.confirm_performance,
    "record_non_performance": mediation.record_non_performance,
    "terminate": mediation.terminate,
    "withdraw": mediation.withdraw,
    "refer": referrals.refer,
    "accept_referral": referrals.accept_referral,
    "answer_referral": referrals.answer_referral,
    "hand_up": referrals.hand_up,
    "recall": referrals.recall,
    "record_clue": mediation.record_clue,
    "verify_clue": mediation.verify_clue,
    "object": petitions.object_,
    "settle_objection": petitions.settle_objection,
    "route": petitions.route,
    "assign_triple": petitions.assign_triple,
    "record_visit": petitions.record_visit,
    "record_inspection": petitions.record_inspection,
    "hold_hearing": petitions.hold_hearing,
    "reply": petitions.reply,
    "evaluate": petitions.evaluate,
    "request_review": petitions.request_review,
    "answer_review": petitions.answer_review,
    "request_final_review": petitions.request_final_review,
    "answer_final_review": petitions.answer_final_review,
    "verify": reports.verify,
    "mark_duplicate": reports.mark_duplicate,
    "refuse_jurisdiction": reports.refuse_jurisdiction,
    "file": reports.file,
    "decline_filing": reports.decline_filing,
    "transfer": reports.transfer,
    "decide_case": reports.decide_case,
    "grant_reward": reports.grant_reward,
    "request_identity": review.request_identity,
    "record_identity": review.record_identity,
    "accept": review.accept,
    "refuse": review.refuse,
    "notify": review.notify,
    "answer": review.answer,
    "issue_document": documents.issue_document,
    "record_dispute": review.record_dispute,
    "settle_dispute": review.settle_dispute,
    "ask_expert": experts.ask_expert,
    "give_opinion": experts.give_opinion,
    "pause": time.pause,
    "resume": time.resume,
    "pause_clue": time.pause_clue,
    "resume_clue": time.resume_clue,
    "extend": time.extend,
    "excuse": time.excuse,
    "supervise": supervision.supervise,
    "note": notes.note,
    "approve": approve,
    "disapprove": disapprove,
}
"""The verbs by their public names, for the doors."""


def __getattr__(name: str):
    """``workflow.accept`` is ``VERBS["accept"]``: a verb is called by its public name."""
    try:
        return VERBS[name.rstrip("_")]
    except KeyError:
        raise AttributeError(name) from None
