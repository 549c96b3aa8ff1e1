"""The agency's real programs on the test's database, to be killed."""

import contextlib
import functools
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from agency.services.programs import Program, programs
from agency.services.servers import Valkey
from agency.services.supervisor import die_with

ROOT = Path(settings.BASE_DIR)


def database_url() -> str:
    """DATABASE_URL of the test's own database."""
    given = connection.settings_dict
    login = ":".join(quote(given[part], safe="") for part in ("USER", "PASSWORD") if given[part])
    return f"postgres://{login}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def wait_until(reached: Callable[[], object], *, seconds: float, what: str) -> None:
    """Return as soon as ``reached()`` is true; fail with ``what`` after so long."""
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until, f"after {seconds} s not yet: {what}"
        time.sleep(0.05)


class Fleet:
    """Programs by name (agency/services/programs.py), and a broker of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = Valkey(folder)
        self.environment = os.environ | {
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.broker.url,
            "VAR_DIR": str(folder),
            "LOG_LEVEL": "WARNING",
        }
        self.known: dict[str, Program] = {
            program.name: program for program in programs(bind="127.0.0.1:9", var=folder)
        }
        self.running: dict[str, subprocess.Popen] = {}

    def start(self, *names: str) -> None:
        for name in names:
            program = self.broker.program() if name == "broker" else self.known[name]
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    program.command,
                    cwd=ROOT, env=self.environment | {"PGAPPNAME": f"test {name}"},
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                    preexec_fn=functools.partial(die_with, os.getpid(), signal.SIGKILL),
                )  # fmt: skip
            if name == "broker":
                wait_until(program.ready, seconds=10, what="the broker answers")

    def kill(self, *names: str) -> None:
        """kill -9, with all that it forked: no last word, no clean-up."""
        for name in names:
            process = self.running.pop(name)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self, name: str) -> int:
        """SIGTERM, as a deploy sends it; the exit status."""
        process = self.running.pop(name)
        process.terminate()
        return process.wait(timeout=15)

    def end(self) -> None:
        self.kill(*self.running)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()
