import csv
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from agency.core.console import JsonCommand, fault_in
from cases import models

CATEGORIES = Path(models.__file__).resolve().parent.parent / "data" / "categories.csv"


class Command(JsonCommand):
    help = "Load the categories of goods, services and problems; parents stand before children."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", nargs="?", type=Path, default=CATEGORIES)

    @transaction.atomic
    def answer(self, *, file, **options):
        known = {category.code: category for category in models.Category.objects.all()}
        added = 0
        with file.open(encoding="utf-8-sig", newline="") as rows:
            for line, row in enumerate(csv.DictReader(rows), start=2):
                if row["code"] in known:
                    continue
                parent = known.get(row["parent_code"])
                if row["parent_code"] and parent is None:
                    fault = _("There is no category %(code)s above it.")
                    raise fault_in(file, line, fault % {"code": row["parent_code"]})
                known[row["code"]] = models.Category.objects.create(
                    code=row["code"], parent=parent, scheme=row["scheme"], level=int(row["level"]),
                    name_zh=row["name_zh"], name_en=row["name_en"], source=row["source"],
                )  # fmt: skip
                added += 1
        return {"added": added, "categories": len(known)}
