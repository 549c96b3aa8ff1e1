"""A file of tickets from the page: looked through first, then taken in, and what it refused back.

The file stays with whoever sends it: each step sends it anew, and nothing of it is kept.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agency.core import files, filetypes
from agency.core.errors import Invalid, RuleViolation
from agency.core.models import Unit, User
from agency.core.spreadsheet import TYPE
from agency.core.tables import WRITERS, Row, Unreadable
from agency.core.text import listed
from cases import imports
from cases.imports import maps
from cases.models import Channel
from cases.models.ticket import OLDEST

MAPS = {
    "generic": gettext_lazy("any table with the usual headings"),
    "minyi": gettext_lazy("export of Minyi Suban"),
    "315xft": gettext_lazy("export of 315 Xiaofeitong"),
    "national_12315": gettext_lazy("export of the national 12315 platform"),
}
TOLD = 100
"""So many rejected rows are told on the page; the file has all."""
MOST_OF_A_NAME = 60
"""A file system takes 255 bytes, a sentence less."""
CHECK, TAKE, REJECTS = "check", "take", "rejects"


def view(request, site) -> HttpResponse:
    """GET the page; POST answers what becomes of the file, or the file of what was refused."""
    _check_right(request.user)
    if request.method != "POST":
        channels = Channel.objects.filter(is_active=True)
        told = {"maps": MAPS.items(), "channels": channels, "most": settings.IMPORT_ROWS}
        page = {**site.each_context(request), **told, "title": _("Import from Excel")}
        return render(request, "cases/feed.html", page)
    try:
        with TemporaryDirectory(dir=files.incoming()) as folder:
            return _fed(request, Path(folder))
    except Invalid as error:
        said = [text for texts in error.errors.values() for text in texts]
    except (Unreadable, maps.MapError, RuleViolation) as error:
        said = [str(error)]
    return render(request, "cases/_fed.html", {"errors": said}, status=400)


def template(request) -> HttpResponse:
    """A table with the usual headings, to be filled in."""
    _check_right(request.user)
    fields = maps.load("generic").fields.values()
    answer = _spreadsheet("template.xlsx")
    with WRITERS["xlsx"](answer) as write:
        write([source.alternatives[0] for source in fields if source.alternatives])
    return answer


def _check_right(user: User) -> None:
    if not user.has_perm("cases.import_case"):
        raise PermissionDenied


def _spreadsheet(name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content_type=TYPE, headers=headers)


def _fed(request, folder: Path) -> HttpResponse:
    step, rejects = request.POST.get("step", CHECK), folder / "rejects.xlsx"
    kept = rejects if step == REJECTS else None
    tally = _import(request, folder, kept, dry_run=step != TAKE)
    if step == REJECTS:
        answer = _spreadsheet("rejects.xlsx")
        answer.write(rejects.read_bytes())
        return answer
    told = {
        "tally": tally,
        "is_taken": step == TAKE,
        "more": tally.rejected - len(tally.first_faults),
        "days": OLDEST.days,
        "history_rows": _first(tally.first_history, of=tally.history),
        "remarks": list(tally.remarks.items())[:TOLD],
        "more_remarks": max(0, len(tally.remarks) - TOLD),
    }
    return render(request, "cases/_fed.html", told)


def _first(rows: list[int], *, of: int) -> str:
    return listed(rows) + ("…" if of > len(rows) else "")


def _import(request, folder: Path, rejects: Path | None, *, dry_run: bool) -> imports.Tally:
    name, user = request.POST.get("map", ""), request.user
    if name not in MAPS:
        raise Invalid({"map": [_("Choose what kind of table it is.")]})
    is_root = user.unit.parent_id is None
    below = None if is_root else set(Unit.objects.subtree(user.unit).values_list("code", flat=True))
    return imports.import_tickets(
        _sent(request, folder), maps.load(name), channel=request.POST.get("channel", ""),
        unit="" if is_root else user.unit.code, rejects=rejects, dry_run=dry_run,
        watch=_so_many, within=below, most_told=TOLD, by=user,
    )  # fmt: skip


def _sent(request, folder: Path) -> Path:
    """The upload by its own name, for sentences to its sender; an XLSX is checked as evidence is."""
    upload = files.uploaded(request)
    stem, _dot, ending = (part.strip() for part in upload.name.rpartition("."))
    ending = ending.lower()
    if ending not in {"xlsx", "csv"}:
        raise Invalid({"file": [_("Send a spreadsheet: XLSX, or CSV.")]})
    path = Path(mkdtemp(dir=folder)) / f"{stem[:MOST_OF_A_NAME]}.{ending}"
    upload.flush()
    os.link(upload.file.name, path)
    if ending == "xlsx":
        filetypes.type_of(upload.file, path.name)
    return path


def _so_many(rows: Iterable[Row], total: int | None) -> Iterator[Row]:
    sentence = _("A file may have %(most)s rows here: split it, or ask the administrator.")
    too_many = RuleViolation(sentence % {"most": settings.IMPORT_ROWS})
    if total and total > settings.IMPORT_ROWS:
        raise too_many
    for number, row in enumerate(rows, start=1):
        if number > settings.IMPORT_ROWS:
            raise too_many
        yield row
