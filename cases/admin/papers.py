"""The papers of a case on its page: documents that go out, evidence that comes in."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agency.core import files
from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation
from agency.core.models import User
from cases import bundle, evidence
from cases.admin import clocks, words
from cases.letters.forms import Form
from cases.models import Case
from cases.papers_api import document_response
from cases.workflow import documents, papers


def context(case: Case, user: User, at) -> dict:
    """What the page shows of them; ``opens``: whether their files are for this viewer."""
    return {
        "attachments": [
            {
                "row": row, "name": case.shown(row.name), "type": row.file.get_type_display(),
                "by": row.by.name, "at": clocks.short(row.at, at),
            }
            for row in evidence.of(case).select_related("file", "by").order_by("-at", "-pk")
        ],
        "documents": [
            {
                "row": row, "form": Form(row.form).label, "party": words.party(case, row.party) if row.party else "",
                "by": row.by.name, "at": clocks.short(row.issued_at, at),
                "opens": documents.may_open(row, case, user),
            }
            for row in case.documents.select_related("by").order_by("-issued_at", "-pk")
        ],
        "may_attach": papers.may_attach(case, user),
        "opens_evidence": papers.opens_evidence(case, user),
        "opens_files": papers.may_open(case, user),
        "may_bundle": user.role in bundle.BUNDLERS,
    }  # fmt: skip


@require_POST
def attach(request, no: str) -> HttpResponse:
    """The page's form: 204 when it is kept, else the form with a sentence."""
    try:
        case = papers.admit(no, request.user)
        papers.attach(no, by=request.user, upload=files.uploaded(request))
    except NotThere:
        raise Http404 from None
    except Forbidden:
        return HttpResponse(_("Your role may not do this."), status=403)
    except (Invalid, RuleViolation) as error:
        said = error.errors.values() if isinstance(error, Invalid) else [[str(error)]]
        told = {"case": case, "errors": [text for texts in said for text in texts]}
        status = 400 if isinstance(error, Invalid) else 409
        return render(request, "cases/_attach.html", told, status=status)
    return HttpResponse(status=204, headers={"HX-Trigger": "case-changed"})


@require_GET
def attachment(request, no: str, pk) -> HttpResponse:
    """One piece of evidence, to be saved."""
    try:
        found = papers.open_attachment(no, pk, by=request.user)
        return files.response(found.file, f"{no}-{found.pk.hex[:8]}")
    except (NotThere, Forbidden):
        raise Http404 from None
    except RuleViolation as error:
        return HttpResponse(str(error), status=409)


@require_GET
def document(request, no: str, pk) -> HttpResponse:
    """A document as it was issued, to be saved."""
    try:
        shape = request.GET.get("as", "pdf")
        found = documents.open_document(no, pk, by=request.user, shape=shape)
        return document_response(found, no, shape)
    except (NotThere, Forbidden, Invalid):
        raise Http404 from None
    except RuleViolation as error:
        return HttpResponse(str(error), status=409)
