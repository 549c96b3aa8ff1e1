"""What ./run, ./run manage and ./test do, and how the database is prepared before."""

import argparse
import functools
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agency.services import ROOT, Failure, Stopped, say
from agency.services.home import Home, owner_only, secret
from agency.services.programs import answers, programs
from agency.services.servers import given_servers, is_free, start_servers
from agency.services.supervisor import die_with, hear_signals, stop_on_signal, supervised
from agency.services.words import in_words

PACKAGES = ("agency", "cases", "outlets", "interviews", "reports")
CALENDAR = "agency/core/data/cn_calendar.csv"
LONG_SUITES = ("chaos", "security", "scale")
# The broker has 16 databases; more processes than that few cores can feed. One more than the
# cores: who waits for a browser or for a clock leaves its core to another.
ON_ALL_CORES = (
    f"--numprocesses={min((os.cpu_count() or 1) + 1, 4)}",
    "--dist=loadfile",  # what a file has made once is made once; some folders too: tests/conftest.py
    "--no-loadscope-reorder",
    # Python 3.11 may miscount while it reads a failed test's source (python/cpython#106905), and
    # pytest's own report would then end the run and hide every other failure.
    "--tb=native",
)
# These must work while the migrations themselves are being written.
COMMANDS_FOR_ANY_DATABASE = {
    "makemigrations",
    "migrate",
    "showmigrations",
    "check",
    "help",
    "makemessages",
}


def run(home: Home, *, port: int, demo: bool, traffic: bool) -> int:
    """The whole agency, until somebody asks us to stop."""
    hear_signals(stop_on_signal)
    if not home.claim(seconds=3):
        raise Failure(
            "Another ./run is using {path}; stop it first, or choose another folder with --var.",
            path=home.path,
        )
    wait_for_port(port)
    try:
        with supervised(home.path / "log") as supervisor:
            addresses = start_servers(home.path, supervisor)
            chosen = settings_for(home, addresses, port=port, demo=demo)
            prepare_once(home, surrounded(chosen), demo=demo)
            agency = programs(bind=f"127.0.0.1:{port}", var=home.path, traffic=traffic)
            supervisor.start(*agency, environment=surrounded(of_programs(chosen)))
            home.publish(chosen)
            print(f"ready: http://127.0.0.1:{port}/", flush=True)
            supervisor.watch()
    except Stopped:
        return 0
    finally:
        home.retire(wait=False)


def wait_for_port(port: int) -> None:
    """Let a run that was killed a moment ago give its port back; then it is somebody else's."""
    for _ in range(15):
        if is_free(port):
            return
        time.sleep(0.2)
    raise Failure(
        "Port {port} is taken; stop what listens there, or choose another with --port.", port=port
    )


def manage(home: Home, arguments: list[str], *, port: int) -> int:
    """A management command with the servers of a running ./run, else with our own, stopped after it."""
    command = (sys.executable, "manage.py", *arguments)
    for _ in range(1200):
        if (joined := home.join()) is not None:
            os.chdir(ROOT)
            chosen = joined | _said(joined)
            os.execve(command[0], command, surrounded(chosen))  # noqa: S606 – our own list of programs
        if home.claim():
            return manage_alone(home, command, port=port)
        time.sleep(0.1)
    raise Failure("Another program has been starting on {path} for two minutes.", path=home.path)


def _said(joined: dict[str, str]) -> dict[str, str]:
    """What the environment says otherwise than the running agency: another database with its own keys."""
    said = {name: os.environ[name] for name in joined if os.environ.get(name)} | given_servers()
    return {"DEMO": "0"} | said if "DATABASE_URL" in said else said


def manage_alone(home: Home, command: tuple[str, ...], *, port: int) -> int:
    """Start our own servers for one command; others may join them until it ends."""
    hear_signals(stop_on_signal)
    try:
        with supervised(home.path / "log") as supervisor:
            addresses = start_servers(home.path, supervisor)
            chosen = settings_for(home, addresses, port=port, demo=is_demo(home))
            if (
                "DATABASE_URL" not in given_servers()
                and command[2:3]
                and command[2] not in COMMANDS_FOR_ANY_DATABASE
            ):
                prepare_once(home, surrounded(chosen), demo=False)
            home.publish(chosen)
            code = attend(command, surrounded(chosen))
            home.retire(wait=True)
            return code
    except Stopped:
        return 128 + signal.SIGTERM
    finally:
        home.retire(wait=False)


def is_demo(home: Home) -> bool:
    """Whether a command is for the demo agency: as said, else for the one in our own database.

    Elsewhere it would take real notices for those of a demo, which sends no e-mails.
    """
    return "DEMO" in os.environ or (home.has_demo and "DATABASE_URL" not in given_servers())


def test(arguments: list[str]) -> int:
    """The tests on throw-away servers; the long suites only where one is named."""
    return with_throwaway_servers((sys.executable, "-m", "pytest", *for_pytest(arguments)))


def for_pytest(arguments: list[str]) -> list[str]:
    """``chaos`` is a whole suite, ``chaos tests/chaos/test_notice.py`` that file of it."""
    suite, *others = arguments or [""]
    if suite in LONG_SUITES:
        return others if _names_a_path(others) else [f"tests/{suite}", *others]
    ignored = [f"--ignore=tests/{suite}" for suite in LONG_SUITES]
    return [*ignored, *arguments, *(() if _names_a_path(arguments) else ON_ALL_CORES)]


def _names_a_path(arguments: list[str]) -> bool:
    """Not a word that an option takes: ``-k cases``, ``--deselect tests/core/test_text.py``."""
    before = ["", *arguments]
    return any(
        ROOT / "tests" in (ROOT / word).parents and option not in {"--deselect", "--ignore"}
        for option, word in zip(before, arguments, strict=False)
    )


def with_throwaway_servers(command: tuple[str, ...]) -> int:
    """Run a command with servers that are gone, data and all, when it ends."""
    hear_signals(stop_on_signal)
    folder = Path(tempfile.mkdtemp(prefix="agency-test-"))
    try:
        home = Home(folder)
        (folder / "static").mkdir()  # looked for by what serves static files
        with supervised(folder / "log") as supervisor:
            addresses = start_servers(folder, supervisor, throwaway=True)
            addresses["DATABASE_URL"] = addresses["OWNER_DATABASE_URL"]  # tests make databases
            # A test thinks within its transaction, on a busy machine for long.
            chosen = {"DB_IDLE_TIMEOUT": "60s"} | settings_for(
                home, addresses, port=8000, demo=False
            )
            return attend(command, surrounded(chosen))
    except Stopped:
        return 128 + signal.SIGTERM
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# Preparing the database ------------------------------------------------------------------


def prepare(*, demo: bool) -> None:
    """Migrate and load what every agency needs, as the owner. One process for all: each Python start costs a second."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agency.settings")
    programs_own = os.environ.get("DATABASE_URL", "")
    if owner := os.environ.get("OWNER_DATABASE_URL"):
        os.environ["DATABASE_URL"] = owner
    # Nobody waits for its locks, and a busy machine may let it think for long.
    os.environ["DB_IDLE_TIMEOUT"] = "0"
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    from agency.core.audit import rights

    rights.make_account(programs_own)
    with ThreadPoolExecutor() as beside:  # packing takes the core that the migrations leave
        packed = beside.submit(call_command, "collectstatic", interactive=False, verbosity=0)
        _fill_database(demo=demo, made=(Path(settings.VAR_DIR) / "demo-accounts.json").exists())
        packed.result()


def _fill_database(*, demo: bool, made: bool) -> None:
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_rules")
    call_command("load_calendar", str(ROOT / CALENDAR), missing=True)
    call_command("load_categories")
    call_command("load_topics")
    call_command("load_standards")
    if demo and not made:
        call_command("load_demo")
    if demo:
        call_command("load_demo_outlets")


def fingerprint() -> str:
    """Changes with any file of the code or its data, so that an unchanged second start need not prepare."""
    files = sorted(
        path
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if "__pycache__" not in path.parts
    )
    known = [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for path in files
        if path.is_file()
    ]
    return hashlib.sha256(
        repr(known).encode() + (ROOT / "requirements.txt").read_bytes()
    ).hexdigest()


def prepare_once(home: Home, environment: dict[str, str], *, demo: bool) -> None:
    """Prepare, unless our own database is as this very code left it."""
    stamp, now = home.path / "prepared", fingerprint()
    done = stamp.read_text() if stamp.exists() else ""
    if done == now and (home.has_demo or not demo) and not os.environ.get("DATABASE_URL"):
        return
    say("Preparing the database …")
    log = home.path / "log" / "prepare.log"
    with open(log, "w", opener=owner_only) as output:
        command = (
            sys.executable,
            "-m",
            "agency.services",
            "prepare",
            *(["--demo"] if demo else []),
        )
        preexec = functools.partial(die_with, os.getpid(), signal.SIGTERM)
        options = {
            "env": environment,
            "cwd": ROOT,
            "stdout": output,
            "stderr": output,
            "preexec_fn": preexec,
        }
        code = subprocess.run(command, **options).returncode  # noqa: S603 – our own list of programs
    if code:
        last = log.read_text().strip().splitlines() or [in_words("it wrote nothing")]
        raise Failure(
            "The database could not be prepared: {why} (see {log})", why=last[-1], log=log
        )
    stamp.write_text(now)


def attend(command: tuple[str, ...], environment: dict[str, str]) -> int:
    """Run one command to its end and give its status. Ctrl-C at the terminal reaches it without us."""
    preexec = functools.partial(die_with, os.getpid(), signal.SIGTERM)
    process = subprocess.Popen(command, env=environment, cwd=ROOT, preexec_fn=preexec)  # noqa: S603 – our own list of programs
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = process.wait()
    signal.signal(signal.SIGTERM, before)
    signal.signal(signal.SIGINT, interrupt)
    return code if code >= 0 else 128 - code


def settings_for(home: Home, addresses: dict[str, str], *, port: int, demo: bool) -> dict[str, str]:
    """What the settings read, for an agency on this machine alone. Said in the environment, another value wins."""
    defaults = {
        "SECRET_KEY": secret(home.path / "secret_key"),
        "CONSUMER_KEYS": f"1:{secret(home.path / 'consumer_key', length=32)}",
        "REPORTER_KEYS": f"1:{secret(home.path / 'reporter_key', length=32)}",
        "FILE_KEYS": f"1:{secret(home.path / 'file_key', length=32)}",
        "INDEX_KEY": secret(home.path / "index_key", length=32),
        "DEBUG": "0",
        "SECURE": "0",  # http, on the loopback address only
        "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
        "DEMO": "1",
    }
    chosen = {name: os.environ.get(name, value) for name, value in defaults.items()}
    chosen |= {} if demo else {"DEMO": "0"}
    return chosen | addresses | {"VAR_DIR": str(home.path), "PORT": str(port)}


def of_programs(chosen: dict[str, str]) -> dict[str, str]:
    """What web and workers are told: not how one becomes the owner of the tables."""
    return {name: value for name, value in chosen.items() if name != "OWNER_DATABASE_URL"}


def surrounded(chosen: dict[str, str]) -> dict[str, str]:
    """The environment of a program of the agency."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONDONTWRITEBYTECODE", "OWNER_DATABASE_URL")
    }
    return inherited | {"PYTHONUNBUFFERED": "1"} | chosen


# The command line ------------------------------------------------------------------------


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> None:
        """End with a sentence and status 1."""
        raise Failure("{what}. Try ./run --help.", what=f"{message[:1].upper()}{message[1:]}")


def port_number(text: str) -> int:
    """A port one can listen on."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        why = in_words("{text} is no port: choose a number from 1 to 65535", text=text)
        raise argparse.ArgumentTypeError(why)
    return int(text)


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line of ./run."""
    parser = Parser(
        prog="./run",
        description=in_words(
            "Start the agency, or run a management command: ./run manage COMMAND …"
        ),
    )
    environment = os.environ
    parser.add_argument("--port", type=port_number, default=environment.get("PORT") or "8000")
    parser.add_argument(
        "--var",
        default=environment.get("VAR_DIR") or "var",
        metavar="DIR",
        help=in_words("where data lies"),
    )
    parser.add_argument(
        "--no-demo", action="store_true", help=in_words("an empty agency, without demo accounts")
    )
    parser.add_argument(
        "--traffic", action="store_true", help=in_words("play arrivals and simulated staff")
    )
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="manage COMMAND …")
    chosen = parser.parse_args(arguments)
    if chosen.rest and chosen.rest[0] != "manage":
        parser.error(in_words("{word} is not known", word=chosen.rest[0]))
    return chosen


def start(arguments: list[str]) -> int:
    """./run and ./run manage."""
    chosen = parse(arguments)
    home = Home(ROOT / Path(chosen.var).expanduser())
    if chosen.rest:
        return manage(home, chosen.rest[1:], port=chosen.port)
    return run(home, port=chosen.port, demo=not chosen.no_demo, traffic=chosen.traffic)


def main(arguments: list[str]) -> int:
    """Do what one of our scripts, or a container, asks for."""
    asked, rest = arguments[0], arguments[1:]
    if asked == "run":
        return start(rest)
    if asked == "test":
        return test(rest)
    if asked == "with-servers":
        return with_throwaway_servers(tuple(rest))
    if asked == "prepare":
        return prepare(demo="--demo" in rest) or 0
    if asked == "health":
        return (
            0
            if answers(rest[0], host=os.environ.get("ALLOWED_HOSTS", "").split(",")[0].lstrip(".*"))
            else 1
        )
    raise Failure("{word} is not known: run, test, with-servers, prepare, health.", word=asked)
