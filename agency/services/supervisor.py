"""Starts programs, restarts what dies, and leaves nothing behind, also when it is killed itself."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from agency.services import ROOT, Failure, Stopped, say
from agency.services.home import owner_only
from agency.services.programs import Program
from agency.services.words import in_words

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


def die_with(parent: int, orphan: int) -> None:
    """Runs in the child before its program: have the kernel end it when the supervisor is killed."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, orphan)
        if os.getppid() != parent:  # it was killed before we could ask
            os._exit(1)


class Guard:
    """A process that outlives a killed supervisor by a moment, to end what its programs forked.

    The kernel tells only the programs themselves; a busy worker's child would work on.
    """

    def __init__(self):
        reading, self.writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self._stand(reading)
        os.close(reading)

    def _stand(self, reading: int) -> None:
        """Learn whom to end, until the pipe closes: then the supervisor is no more."""
        os.close(self.writing)
        os.setsid()
        hear_signals(signal.SIG_IGN)
        for number in range(3):  # who reads our output must see its end when the supervisor ends
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        groups: set[int] = set()
        with os.fdopen(reading) as told:
            for group in map(int, told):
                groups = groups | {group} if group > 0 else groups - {-group}
        for group in groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        os._exit(0)

    def take(self, group: int) -> None:
        """Have this process group ended when the supervisor is killed."""
        with contextlib.suppress(BrokenPipeError):  # somebody killed the guard: we go on without
            os.write(self.writing, b"%d\n" % group)

    def release(self, group: int) -> None:
        """Forget a group that has ended: its number may soon be somebody else's."""
        self.take(-group)

    def dismiss(self) -> None:
        """Nothing is left to guard."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.writing)


class Child:
    """A running program with its log. It leads a session of its own, so that what it forked can be ended too."""

    def __init__(self, program: Program, environment: dict[str, str], folder: Path, guard: Guard):
        self.program, self.guard = program, guard
        self.environment = environment
        self.log = folder / f"{program.name}.log"
        self.failures = 0
        self.retry_at: float | None = None

    def start(self) -> None:
        """Start, or start again, the program."""
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        options = {"cwd": ROOT, "env": self.environment} | dict(self.program.options)
        with open(self.log, "ab", opener=owner_only) as log:
            self.process = subprocess.Popen(  # noqa: S603 – our own list of programs
                self.program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=functools.partial(die_with, os.getpid(), self.program.orphan),
                **options,
            )
        if self.program.orphan == signal.SIGKILL:
            self.guard.take(self.process.pid)
        self.may_have_forked = True
        self.started_at, self.retry_at = time.monotonic(), None

    @property
    def is_alive(self) -> bool:
        """Whether the program runs."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End at once the program and all it forked."""
        if self.may_have_forked:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.guard.release(self.process.pid)
            self.may_have_forked = False

    def wait(self, seconds: float) -> None:
        """Wait for an end already asked for, at most so long; then kill."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()
        self.process.wait()

    def revive(self) -> None:
        """Start a program that died again, the later the more often it died."""
        if self.retry_at is None:
            self.kill()  # what it forked must not work beside its successor
            lasted = time.monotonic() - self.started_at
            self.failures = 0 if lasted > 60 else self.failures + 1
            delay = min(2 ** max(self.failures - 1, 0), 30)
            self.retry_at = time.monotonic() + delay
            say(
                "{program} ended ({how}) and is started again in {delay} s: see {log}",
                program=self.program.name,
                how=ending(self.process),
                delay=delay,
                log=self.log,
            )
        elif time.monotonic() >= self.retry_at:
            self.start()

    def last_words(self) -> str:
        """The last line of the log, for a sentence about why it failed."""
        lines = self.log.read_text(errors="replace").strip().splitlines() or [
            in_words("it wrote nothing")
        ]
        return lines[-1][:300]


def ending(process: subprocess.Popen) -> str:
    """How the process ended, in words."""
    code = process.returncode
    return (
        in_words("status {code}", code=code) if code >= 0 else in_words("signal {code}", code=-code)
    )


class Supervisor:
    """Starts programs tier by tier, keeps them alive, and stops them in reverse order."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.guard = Guard()
        self.afterwards: list[Callable[[], None]] = []
        self.tiers: list[list[Child]] = []

    def start(self, *tier: Program, environment: dict[str, str], seconds: float = 60) -> None:
        """Start these together and return when each is ready."""
        self.tiers.append([])
        for program in tier:
            child = Child(program, environment, self.folder, self.guard)
            child.start()
            self.tiers[-1].append(child)
        self._wait_ready(self.tiers[-1], time.monotonic() + seconds)

    def _wait_ready(self, tier: list[Child], until: float) -> None:
        waiting = list(tier)
        while waiting:
            for child in tier:
                if not child.is_alive or time.monotonic() > until:
                    blamed = child if not child.is_alive else waiting[0]
                    raise Failure(
                        "{program} did not start: {why} (see {log})",
                        program=blamed.program.name,
                        why=blamed.last_words(),
                        log=blamed.log,
                    )
            waiting = [child for child in waiting if not child.program.ready()]
            time.sleep(0.05)

    def watch(self) -> None:
        """Restart what dies, until somebody asks us to stop."""
        while True:
            for child in [child for tier in self.tiers for child in tier]:
                if not child.is_alive:
                    child.revive()
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop everything, last started first. Within a tier nobody needs another: those end together."""
        for tier in reversed(self.tiers):
            for child in reversed(tier):
                with contextlib.suppress(ProcessLookupError):
                    child.process.send_signal(child.program.stop)
            for child in reversed(tier):
                child.wait(10)
        self.guard.dismiss()
        for clean in self.afterwards:
            clean()


@contextlib.contextmanager
def supervised(folder: Path) -> Iterator[Supervisor]:
    """A supervisor that stops everything when the block ends, however it ends."""
    supervisor = Supervisor(folder)
    try:
        yield supervisor
    finally:
        hear_signals(signal.SIG_IGN)
        supervisor.stop()


def hear_signals(handler: object) -> None:
    """Answer the three ways of asking us to stop."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def stop_on_signal(*_: object) -> None:
    """Leave what we are doing, once: a second signal must not interrupt the stopping."""
    hear_signals(signal.SIG_IGN)
    raise Stopped
