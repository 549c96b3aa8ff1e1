"""What the agency consists of: the one list of programs, for ./run and for docker-compose.yml."""

import functools
import http.client
import signal
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """One program: how it is started, told to end, and known to be ready."""

    name: str
    command: tuple[str, ...]
    stop: signal.Signals = signal.SIGTERM
    # Sent by the kernel when the supervisor is killed. A worker asked politely would wait for its broker for ever.
    orphan: signal.Signals = signal.SIGKILL
    ready: Callable[[], bool] = lambda: True  # as soon as it runs
    options: tuple[tuple[str, object], ...] = ()


def programs(
    *, bind: str, var: str | Path, python: str = sys.executable, traffic: bool = False
) -> list[Program]:
    """What the agency consists of, in the order of starting.

    `bind` is HOST:PORT of the web server, `var` the folder for what a program keeps.
    """
    # Without gunicorn's control socket: one is shared by every gunicorn of the same user.
    serve = "--worker-class gthread --workers 2 --threads 8 --timeout 60 --graceful-timeout 5 --no-control-socket"
    work = "--without-gossip --without-mingle"
    commands = {
        "web": f"-m gunicorn agency.wsgi:application --bind {bind} {serve}",
        "worker-deadlines": f"-m celery -A agency worker -Q deadlines -n deadlines@%h -c 1 {work}",
        "worker-default": f"-m celery -A agency worker -Q celery,default -n default@%h -c 2 {work}",
        "beat": "-m celery -A agency beat --pidfile= --schedule",
        "loop": "manage.py sweep_deadlines --loop --interval 1",
        "watchdog": "manage.py watch_deadlines --loop --interval 10",
        "traffic": "manage.py traffic",
    }
    ready = {
        "web": {"ready": functools.partial(answers, f"http://{bind}/healthz")},
        "loop": {"ready": functools.partial(answers, f"http://{bind}/healthz/deadlines")},
    }
    kept = {"beat": (f"{var}/beat-schedule",)}
    return [
        Program(name, (python, *given.split(), *kept.get(name, ())), **ready.get(name, {}))
        for name, given in commands.items()
        if traffic or name != "traffic"
    ]


def answers(url: str, host: str | None = None) -> bool:
    """Whether the page answers 200. `host` is the name it is asked for by, where that is not its address."""
    # Said to have come by https, as from the proxy in front: else the answer may be a redirect there.
    headers = {"X-Forwarded-Proto": "https"} | ({"Host": host} if host else {})
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 – our own address
        with straight.open(request, timeout=2) as answer:
            return answer.status == 200
    except (OSError, http.client.HTTPException):
        return False
