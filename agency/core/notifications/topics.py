"""What notices are about, and how far each kind goes."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Topic:
    """``by_email``: too important to wait until somebody looks.

    ``for_all_below``: not for the nearest who holds the role, but for everybody in the
    unit's subtree who holds it and has something of it to see.

    ``is_passing``: it says what is about to come. Afterwards nobody needs to know who was
    told (pruning.py); of every other topic the deliveries prove it.
    """

    name: str | Promise
    by_email: bool = True
    for_all_below: bool = False
    is_passing: bool = False
    is_letter: bool = False


TOPICS = {
    "deadline_warned": Topic(_("deadline near"), by_email=False, is_passing=True),
    "deadline_breached": Topic(_("deadline missed")),
    "deadline_escalated": Topic(_("escalated")),
    "supervised": Topic(_("pressed for")),
    "approval_needed": Topic(_("approval needed"), by_email=False),
    "approved": Topic(_("approved"), by_email=False),
    "disapproved": Topic(_("not approved"), by_email=False),
    "handed_over": Topic(_("handed over")),
    "followed": Topic(_("followed case"), by_email=False, is_passing=True),
    "mentioned": Topic(_("mentioned in a note"), by_email=False),
    "dispatch": Topic(_("dispatched"), by_email=False),
    "assign": Topic(_("handler changed"), by_email=False),
    "assign_triple": Topic(_("three people named"), by_email=False),
    "referred": Topic(_("referred")),
    "came_home": Topic(_("came home from its referral"), by_email=False),
    "settle": Topic(_("settled there, to be called back"), by_email=False),
    "denied": Topic(_("settlement denied")),
    "denied_late": Topic(_("settlement denied after the end")),
    "return": Topic(_("returned"), by_email=False),
    "reopen": Topic(_("reopened")),
    "came_again": Topic(_("sent again")),
    "request_recusal": Topic(_("recusal asked for"), by_email=False),
    "confirm_performance": Topic(_("to be called back"), by_email=False),
    "record_non_performance": Topic(_("to be called back"), by_email=False),
    "reply": Topic(_("to be called back"), by_email=False),
    "decide_recusal": Topic(_("recusal decided"), by_email=False),
    "record_clue": Topic(_("clue to be verified"), by_email=False),
    "request_review": Topic(_("review asked for"), by_email=False),
    "request_final_review": Topic(_("review asked for"), by_email=False),
    "grant_reward": Topic(_("reward to be told"), by_email=False),
    "opinion_asked": Topic(_("expert asked")),
    "opinion_given": Topic(_("expert opinion given"), by_email=False),
    "ruling_needed": Topic(_("ruling needed")),
    "interview_proposed": Topic(_("interview proposed"), by_email=False),
    "interview_decided": Topic(_("interview decided"), by_email=False),
    "interview_missed": Topic(_("did not come to an interview")),
    "interview_escalated": Topic(_("measure after an interview"), by_email=False),
    "pledge_repeated": Topic(_("pledged matter complained of again")),
    "rectification_reported": Topic(_("rectification reported"), by_email=False),
    "suspension_proposed": Topic(_("suspension proposed"), by_email=False),
    "breaches_found_late": Topic(_("found late"), for_all_below=True),
    "deadline_poisoned": Topic(_("deadline cannot be watched")),
    "notice_poisoned": Topic(_("notice cannot be delivered")),
    # not by e-mail: it may be the e-mails that do not arrive
    "delivery_dead": Topic(_("e-mail given up"), by_email=False),
    "nobody_to_tell": Topic(_("nobody to tell")),
    "calendar_missing": Topic(_("calendar missing")),
    "exported_much": Topic(_("much exported")),
    "invitation": Topic(_("invitation"), is_letter=True),
    "factor_reset": Topic(_("second factor reset")),
    "phone_changed": Topic(_("another phone")),
    "password_changed": Topic(_("password changed")),
    "codes_guessed": Topic(_("wrong codes")),
    "account_touched": Topic(_("account of trust changed")),
    "password_link": Topic(_("new password"), is_letter=True),
}
OTHER = Topic(_("system alarm"))


def topic_of(code: str) -> Topic:
    """Unknown ones, the watchdog's alarms among them, go as far as any."""
    return TOPICS.get(code, OTHER)
