from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from agency.core.console import JsonCommand, fault_in
from agency.core.models import Unit
from cases import channels
from cases.models import Channel


class Command(JsonCommand):
    help = "Make the channels that are not there yet; issue_token channel-CODE gives each a token."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", nargs="?", type=Path, default=channels.CHANNELS)

    @transaction.atomic
    def answer(self, *, file, **options):
        if not Unit.objects.filter(parent=None).exists():
            raise CommandError(_("There is no agency yet: found_agency makes it."))
        known = set(Channel.objects.values_list("code", flat=True))
        made = [
            _make(row, file, line)
            for line, row in enumerate(_read(file), start=2)
            if row.get("code") not in known
        ]
        return {"added": len(made), "channels": len(known) + len(made)}


def _read(file):
    try:
        return channels.read(file)
    except UnicodeDecodeError as error:
        raise CommandError(_("%(path)s is not a text in UTF-8.") % {"path": file}) from error


def _make(row, file, line):
    try:
        return channels.make(row)
    except KeyError as error:
        fault = _("There is no column %(name)s.") % {"name": error.args[0]}
        raise fault_in(file, line, fault) from error
    except ValidationError as error:
        raise fault_in(file, line, " ".join(error.messages)) from error
