"""The public pages: where whoever got a letter sees whether it is ours, by its number and its hash;
and where a merchant reports by its link what it repaired.
"""

import re

from django.conf import settings
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from agency.core import clock, files
from agency.core.accounts import brake
from agency.core.accounts.login import minute_after, refused
from agency.core.errors import Invalid, RuleViolation
from interviews.letters.forms import WORDS, Form
from interviews.models import Document, ReportLink
from interviews.workflow import links

HASH = re.compile(r"[0-9a-f]{16,64}")
"""So much of the hash at least: nobody finds a letter out by trying."""


@require_safe
def check(request):
    """Without a number the form; with one whether such a letter was issued, by whom and when.

    It tells nobody to whom: who has the letter knows that.
    """
    number = request.GET.get("number", "").replace("\0", "").strip()[:100]
    said = request.GET.get("hash", "").replace("\0", "").strip().lower()[:64]
    letter = _letter(number, said) if number and HASH.fullmatch(said) else None
    told = {"number": number, "hash": said, "letter": letter, "is_asked": bool(number or said)}
    if letter:
        told["form"] = Form(letter.form).label
    return render(request, "interviews/check.html", told)


def _letter(number: str, said: str) -> Document | None:
    """The letter of this number, if one of its two files begins with this hash."""
    issued = Document.objects.filter(number=number, form__in=WORDS).exclude(issued_at=None)
    letter = issued.select_related("unit", "pdf", "docx").first()
    if letter is None:
        return None
    return letter if any(f.sha256.startswith(said) for f in (letter.pdf, letter.docx)) else None


MOST_TEXT = 10_000
"""Characters of what is said of one repair, as in the API."""


COOKIE = "rectify"
"""Of who opened a link: what stands in an address stands in logs, too."""


@require_safe
def opened(request, token: str):
    """A link was opened: the token goes from the address into a cookie of these pages alone.

    Who has a link of ours is never kept out for what others try.
    """
    link = links.find(token)
    if link is None:
        until = brake.count(brake.limits_of_place("merchant_link", request))
        return _report(request, None, 404, until=until)
    answer = redirect("merchant_report")
    answer.set_cookie(
        COOKIE, token, max_age=settings.SESSION_LENGTH, path=answer.url, httponly=True,
        secure=settings.SESSION_COOKIE_SECURE, samesite="Lax",
    )  # fmt: skip
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def report(request):
    """GET the items that the merchant still has to report; POST reports some of them.

    What is sent in vain is counted: it is written to the disk before it is refused.
    """
    link = links.find(request.COOKIES.get(COOKIE, ""))
    if link is None:
        return _report(request, None, 404)
    if request.method != "POST":
        return _report(request, link)
    tries = brake.limits_of_place(f"merchant_report\0{link.pk}", request)
    if until := brake.count(tries):
        return _report(request, link, 429, until=until)
    try:
        links.report_by_link(link, **_sent(request))
    except Invalid as error:
        return _report(request, link, 400, faults=error.errors)
    except RuleViolation as error:
        return _report(request, link, 409, faults={"": [str(error)]})
    brake.forget(tries)
    return redirect("merchant_report")


def _sent(request) -> dict:
    """What was typed, and the files beside it, by the keys of the items. Raises Invalid."""
    if getattr(request, "upload_too_large", False):
        raise Invalid({"": [files.too_large()]})
    told = {item: text.strip() for item, text in _by_item(request.POST.items(), "text")}
    uploads = dict(_by_item(request.FILES.lists(), "files"))
    if long := [item for item, text in told.items() if len(text) > MOST_TEXT or "\0" in text]:
        said = _("At most %(most)s characters, and nothing but text.") % {"most": MOST_TEXT}
        raise Invalid({f"text.{long[0]}": [said]})
    return {"told": {item: text for item, text in told.items() if text}, "uploads": uploads}


def _by_item(pairs, prefix: str):
    for name, value in pairs:
        before, _dot, item = name.partition(".")
        if before == prefix and item.isascii() and item.isdecimal() and len(item) < 18:
            yield int(item), value


def _report(request, link: ReportLink | None, status: int = 200, *, faults=None, until=None):
    """The page in each of its states: the form, what was received, or why it does not open."""
    faults = dict(faults or {})
    if until:
        sentence = _("Asked for too often. Try again after %(time)s.")
        faults[""] = [sentence % {"time": minute_after(until)}]
    told: dict = {"link": link, "is_over": not link or link.is_over(clock.now())}
    if link:
        told["items"] = [
            (item, request.POST.get(f"text.{item.pk}", ""), _of(item.pk, faults))
            for item in links.owed(link)
        ]
    told["errors"] = [said for several in faults.values() for said in several]
    page = render(request, "interviews/report.html", told, status=status)
    return refused(page, until) if until else page


def _of(item: int, faults: dict) -> list[str]:
    """What is wrong with one item, taken out of what is said above them all."""
    return faults.pop(f"text.{item}", [])


urls = [
    path("letters/", check, name="check_letter"),
    path("rectify/", report, name="merchant_report"),
    path("rectify/<str:token>/", opened, name="open_report_link"),
]
