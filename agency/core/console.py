"""What the management commands share: one JSON object for machines, plain words for people."""

import json
import signal
import socket
import sys
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.translation import gettext as _

from agency.core.errors import Forbidden, Invalid, NotThere, RuleViolation, file_fault

Answer = dict[str, Any]

NAP = 0.1
"""Seconds after which a sleeping loop looks whether it is to stop."""


class AnswerError(CommandError):
    """A failure that has an answer all the same: ``answer`` on stdout with ``--format json``.

    The sentence goes to stderr, and the exit code is 1.
    """

    def __init__(self, sentence: str, answer: Answer) -> None:
        super().__init__(sentence)
        self.answer = answer


def fault_in(file: Path, line: int, fault: str) -> CommandError:
    """To raise: ``fault`` is a sentence, ``line`` counts the headings too."""
    where = {"file": file.name, "line": line, "fault": fault}
    return CommandError(_("%(file)s, line %(line)d: %(fault)s") % where)


class JsonCommand(BaseCommand):
    """A command that computes one answer.

    A subclass writes ``answer(**options)``. With ``--format json`` stdout holds that one JSON
    object and nothing else; otherwise ``in_words(answer)``. What goes wrong is one sentence on
    stderr and exit 1: raise CommandError, or one of agency.core.errors.
    """

    def answer(self, **options: Any) -> Answer:
        raise NotImplementedError

    def in_words(self, answer: Answer) -> str:
        """The answer for people: a line for each key."""
        return "\n".join(f"{key}: {value}" for key, value in answer.items())

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        # Otherwise a bad argument would print the usage and exit with 2.
        parser.called_from_command_line = False
        parser.add_argument("--format", choices=["text", "json"], default="text")
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        try:
            super().run_from_argv(argv)
        except CommandError as error:  # from the parser: execute() has ended the others
            self._give_up(error)

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except CommandError as error:
            if not self._called_from_command_line or options["traceback"]:
                raise
            self._give_up(error)

    def handle(self, **options: Any) -> None:
        as_json = options["format"] == "json"
        try:
            answer = self.answer(**options)
        except AnswerError as error:
            if as_json:
                self.stdout.write(to_json(error.answer))
            raise
        except (RuleViolation, Forbidden, NotThere, Invalid) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            if error.filename is None:  # no file's fault
                raise
            raise CommandError(file_fault(error.filename, error)) from error
        self.stdout.write(to_json(answer) if as_json else self.in_words(answer))

    def _give_up(self, error: CommandError) -> None:
        self.stderr.write(str(error))
        sys.exit(error.returncode)


class Rounds:
    """A command's rounds, until SIGTERM or Ctrl-C: these let it finish what it has begun."""

    def __init__(self, interval: float) -> None:
        if interval <= 0:
            raise CommandError(_("--interval must be more than 0 seconds."))
        self.interval, self.stopping = interval, False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)

    def stop(self, *_signal: object) -> None:
        self.stopping = True

    def sleep_until(self, moment: float) -> bool:
        """Sleep until this moment of the monotonic clock; False when asked to stop."""
        while not self.stopping and (left := moment - time.monotonic()) > 0:
            time.sleep(min(left, NAP))
        return not self.stopping


class Sign:
    """A file whose age is the health of a loop: "loop-HOST", for several may share one volume.

    A folder that cannot be written makes the loop look ill, and stops no round.
    """

    def __init__(self, name: str) -> None:
        self.file = Path(settings.VAR_DIR, f"{name}-{socket.gethostname()}")

    def renew(self) -> None:
        with suppress(OSError):
            self.file.touch()

    def take_down(self) -> None:
        """A loop that was asked to end leaves nothing; each new container has another name."""
        with suppress(OSError):
            self.file.unlink(missing_ok=True)


def to_json(answer: Answer) -> str:
    """One line of ASCII, so that no pipe's encoding can break it."""
    return json.dumps(answer, cls=_Encoder)


class _Encoder(DjangoJSONEncoder):
    """Django's encoder, but a moment keeps its microseconds and is told in local time."""

    def default(self, value: Any) -> Any:
        if isinstance(value, datetime) and timezone.is_aware(value):
            return timezone.localtime(value).isoformat()
        return super().default(value)
