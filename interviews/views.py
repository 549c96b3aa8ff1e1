"""The public page where whoever got a letter sees whether it is ours: by its number and its hash."""

import re

from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from interviews.letters.forms import WORDS, Form
from interviews.models import Document

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


urls = [path("letters/", check, name="check_letter")]
