import json
import os

from django.conf import settings
from django.db import transaction

from agency.core.console import JsonCommand
from agency.core.models import Unit
from cases import demo


class Command(JsonCommand):
    help = "Make the demo agency once; its passwords and tokens go to demo-accounts.json."

    @transaction.atomic
    def answer(self, **options):
        """The file is written before the rows are committed: without it nobody could log in."""
        path = settings.VAR_DIR / "demo-accounts.json"
        if Unit.objects.exists():
            return {"created": False, "file": str(path)}
        made = demo.load()
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(made, file, ensure_ascii=False, indent=1)
        return {"created": True, "file": str(path)}
