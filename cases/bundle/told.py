"""What a bundle tells of its case: the index in words, the same for programs, and which files.

Nothing here depends on who asks or when. Texts are masked as on every page; where the bundle is
in plain, the citizen's data and own words stand beside. Of a report nothing tells who sent it,
and of a complaint nothing leads to a report that came with it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import typst
from django.utils import translation
from rest_framework.utils.encoders import JSONEncoder

from agency.core.calendar import SHANGHAI
from agency.core.models import StoredFile
from cases import letters
from cases.bundle.index import Index
from cases.bundle.rows import Rows
from cases.models import Case


@dataclass(frozen=True)
class Content:
    """``index`` for the layout, ``data`` for programs, ``files`` by their place in the bundle."""

    index: dict
    data: dict
    files: dict[str, StoredFile]


def gather(case: Case, *, plain: bool) -> Content:
    """Everything, as it stands now: in Chinese, for those who judge it."""
    with translation.override("zh-hans"):
        rows = Rows(case, plain=plain)
        return Content(Index(rows).told(), rows.data(), rows.files)


def pdf(index: dict) -> bytes:
    data = {"data": json.dumps(index, ensure_ascii=False)}
    layout = str(Path(__file__).parent / "index.typ")
    return typst.compile(layout, font_paths=letters.fonts(), sys_inputs=data)


def as_json(data: dict) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1, cls=Plainly).encode()


class Plainly(JSONEncoder):
    """Moments in Shanghai, and money as it is written: as in the API."""

    def default(self, obj):
        match obj:
            case datetime():
                return obj.astimezone(SHANGHAI).isoformat()
            case Decimal():
                return str(obj)
        return super().default(obj)
