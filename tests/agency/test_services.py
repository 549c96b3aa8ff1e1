"""./run, ./run manage and ./test with real processes: what they start, say, survive and leave behind.

The stories about the supervisor use small programs, those about the servers the real servers; the
last ones start the whole agency.
"""

import ast
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from agency.services import ROOT, Failure, commands, servers, words
from agency.services.home import Home
from agency.services.servers import Postgres, Valkey, free_port

PYTHON = sys.executable


def environment(**more: str) -> dict[str, str]:
    """That of a person at a terminal: no servers are named in it, nor anything else of ours."""
    ours = (
        "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "CONSUMER_KEYS", "REPORTER_KEYS", "FILE_KEYS", "INDEX_KEY", "DEMO",
        "VAR_DIR", "PORT", "ALLOWED_HOSTS", "OWNER_DATABASE_URL", "LC_MESSAGES", "LANG",
    )  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {"LC_ALL": "C.UTF-8"} | more


@pytest.fixture(autouse=True)
def english(monkeypatch):
    """The language of the terminal these stories are told at."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def start(*command: str, **options) -> subprocess.Popen:
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    return subprocess.Popen(command, cwd=ROOT, env=environment(), **options)


def run(*arguments: str) -> subprocess.CompletedProcess:
    """`./run` to its end, without the making of .venv before it."""
    command = (PYTHON, "-m", "agency.services", "run", *arguments)
    return subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=90
    )


def processes_with(mark: str) -> list[str]:
    """The command lines of all running processes that mention it, whoever started them."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [line for line in lines if mark in line]


def eventually(condition, seconds: float = 6) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def is_one_sentence(text: str) -> bool:
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text


# The supervisor --------------------------------------------------------------------------

# Starts the program given and watches it. The program marks its own process and that of a
# child it forks, which ignores being asked to stop and knows nothing of its grandparent.
SUPERVISOR = """
import signal, sys
from pathlib import Path
from agency.services import Stopped
from agency.services.programs import Program
from agency.services.supervisor import hear_signals, stop_on_signal, supervised
hear_signals(stop_on_signal)
folder, mark = sys.argv[1:]
try:
    with supervised(Path(folder)) as supervisor:
        program = Program("story", (sys.executable, "-c", {program!r}, mark))
        supervisor.start(program, environment={{}})
        print("started", flush=True)
        supervisor.watch()
except Stopped:
    pass
"""
FORKING = """
import os, signal, time
os.fork() or signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(600)
"""
ALL = 4  # the supervisor, its guard, the program, and what that forked
DYING = "import sys; sys.exit(3)"


@pytest.fixture
def supervise(tmp_path):
    """Start a supervisor of one small program; gives it and what marks its processes."""
    started = []

    def supervise(program: str) -> tuple[subprocess.Popen, str]:
        mark = f"story-{tmp_path.name}-{free_port()}"
        code = SUPERVISOR.format(program=program)
        supervisor = start(PYTHON, "-c", code, str(tmp_path), mark)
        started.append(supervisor)
        assert supervisor.stdout.readline() == "started\n"
        return supervisor, mark

    yield supervise
    for supervisor in started:
        supervisor.kill()
        supervisor.communicate()


def test_a_stopped_supervisor_leaves_nothing_behind(supervise):
    supervisor, mark = supervise(FORKING)
    assert eventually(lambda: len(processes_with(mark)) == ALL)

    supervisor.terminate()

    assert supervisor.wait(15) == 0
    assert processes_with(mark) == []


def test_a_killed_supervisor_leaves_nothing_behind_not_even_what_its_programs_forked(supervise):
    supervisor, mark = supervise(FORKING)
    assert eventually(lambda: len(processes_with(mark)) == ALL)

    supervisor.kill()
    supervisor.wait()

    assert eventually(lambda: processes_with(mark) == [])


def test_a_program_that_dies_is_started_again_without_what_it_had_forked(supervise):
    supervisor, mark = supervise(FORKING)
    assert eventually(lambda: len(processes_with(mark)) == ALL)
    before = set(children_of(supervisor.pid, mark))

    for pid in before:
        os.kill(pid, signal.SIGKILL)

    assert "ended (signal 9) and is started again in 1 s" in supervisor.stderr.readline()
    assert eventually(lambda: set(children_of(supervisor.pid, mark)) - before)
    assert eventually(lambda: len(processes_with(mark)) == ALL)


def test_a_program_that_keeps_dying_is_started_ever_more_seldom(supervise):
    supervisor, _ = supervise(DYING)

    told = [supervisor.stderr.readline() for _ in range(3)]

    assert [line.split(" s:")[0].split()[-1] for line in told] == ["1", "2", "4"]


def children_of(parent: int, mark: str) -> list[int]:
    """The programs the supervisor has started; not its guard, which is a copy of itself."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    program = f"{FORKING}\0{mark}\0"
    return [
        int(pid) for pid in listed if Path(f"/proc/{pid}/cmdline").read_text().endswith(program)
    ]


# The servers -----------------------------------------------------------------------------

# Starts both servers in a folder, prints their addresses, and watches them.
SERVERS = """
import sys
from pathlib import Path
from agency.services import Stopped
from agency.services.home import Home
from agency.services.servers import start_servers
from agency.services.supervisor import hear_signals, stop_on_signal, supervised
hear_signals(stop_on_signal)
home = Home(Path(sys.argv[1])).path
try:
    with supervised(home / "log") as supervisor:
        addresses = start_servers(home, supervisor)
        print(addresses["OWNER_DATABASE_URL"], addresses["REDIS_URL"], flush=True)
        supervisor.watch()
except Stopped:
    pass
"""


@pytest.fixture
def serve(tmp_path):
    """Start both servers on one folder, as often as asked; gives the supervisor and two addresses."""
    started = []

    def serve() -> tuple[subprocess.Popen, str, str]:
        supervisor = start(PYTHON, "-c", SERVERS, str(tmp_path / "var"))
        started.append(supervisor)
        return supervisor, *supervisor.stdout.readline().split()

    yield serve
    for supervisor in started:
        supervisor.terminate()
        supervisor.communicate(timeout=30)


def query(url: str, statement: str):
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def postmaster(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().split()[0])


def test_the_database_survives_kill_9_of_itself_and_of_its_supervisor_with_its_rows(
    serve, tmp_path
):
    supervisor, database, _ = serve()
    query(database, "CREATE TABLE kept AS SELECT generate_series(1, 5000) AS n")

    os.kill(postmaster(tmp_path / "var"), signal.SIGKILL)

    assert "postgres ended (signal 9)" in supervisor.stderr.readline()
    assert eventually(lambda: answers_query(database), seconds=15)
    assert query(database, "SELECT count(*) FROM kept") == 5000

    supervisor.kill()
    _, database, _ = serve()

    assert query(database, "SELECT count(*) FROM kept") == 5000


def answers_query(url: str) -> bool:
    try:
        return query(url, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


def test_the_servers_listen_on_the_loopback_address_ask_for_a_password_and_know_chinese(serve):
    _, database, broker = serve()

    assert query(database, "SHOW listen_addresses") == "127.0.0.1"
    assert query(database, "SELECT datctype FROM pg_database LIMIT 1") == "C.UTF-8"
    assert query(database, "SHOW client_connection_check_interval") == "1s"
    with pytest.raises(psycopg.OperationalError):
        query(database.replace(":" + database.split(":")[2].split("@")[0], ":wrong"), "SELECT 1")
    assert ask_broker(broker, "PING").startswith("-NOAUTH")


def test_the_servers_log_holds_nothing_of_what_a_failed_statement_was_to_write(serve, tmp_path):
    _, database, _ = serve()
    with psycopg.connect(database, autocommit=True, cursor_factory=psycopg.ClientCursor) as client:
        client.execute("CREATE TABLE consumer (id int PRIMARY KEY, name text, phone text)")
        for canary in ("王小明 13912345678", "陈小满 13800138000"):
            with contextlib.suppress(psycopg.IntegrityError):
                row = (1, *canary.split())
                client.execute("INSERT INTO consumer VALUES (%s, %s, %s)", row)

    log = tmp_path / "var" / "log" / "postgres.log"

    assert "duplicate key value" in log.read_text()
    assert not re.search("王小明|陈小满|13912345678|13800138000|Key \\(id\\)", log.read_text())


def test_a_log_is_for_its_owner_only_also_where_it_stood_open_to_others(supervise, tmp_path):
    (tmp_path / "story.log").touch(mode=0o644)

    supervise(FORKING)

    assert (tmp_path / "story.log").stat().st_mode & 0o777 == 0o600


def ask_broker(url: str, command: str) -> str:
    host, port = url.split("@")[1].split("/")[0].split(":")
    with socket.create_connection((host, int(port)), timeout=2) as connection:
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(200).decode()


def test_ports_lie_below_those_of_outgoing_connections():
    assert all(20000 <= free_port() < 32000 for _ in range(20))


def test_without_the_wheels_an_installed_server_is_taken(monkeypatch, tmp_path):
    installed = tmp_path / "bin"
    installed.mkdir()
    for name in ("initdb", "postgres", "valkey-server"):
        (installed / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 17.1'\n")
        (installed / name).chmod(0o755)
    monkeypatch.setattr(servers, "wheel_folder", lambda _: None)
    monkeypatch.setenv("PATH", str(installed), prepend=os.pathsep)

    assert servers.postgres_folders()[-1] == installed
    assert Valkey(tmp_path).binary == str(installed / "valkey-server")


def test_without_any_server_one_sentence_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(servers, "wheel_folder", lambda _: None)
    monkeypatch.setattr(servers, "postgres_folders", lambda: [])
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Failure, match="set DATABASE_URL"):
        Postgres(tmp_path)
    with pytest.raises(Failure, match="set REDIS_URL"):
        Valkey(tmp_path)


def test_data_of_a_postgresql_that_is_not_here_is_left_alone(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")

    with pytest.raises(Failure, match="was made by PostgreSQL 9, which is not here"):
        Postgres(tmp_path)


# What ./run says when it cannot ------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "99999"], "99999 is no port"),
        (["--port", "web"], "web is no port"),
        (["--colour", "red"], "Unrecognized arguments: --colour"),
        (["mange", "check"], "Mange is not known"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_sentence(arguments, said):
    ended = run(*arguments)

    assert ended.returncode == 1
    assert said in ended.stderr
    assert is_one_sentence(ended.stderr)


def test_a_folder_that_is_a_file_is_told_in_one_sentence(tmp_path):
    (tmp_path / "var").write_text("")

    ended = run("--var", str(tmp_path / "var"))

    assert ended.returncode == 1
    assert "cannot be used" in ended.stderr
    assert is_one_sentence(ended.stderr)


def test_a_taken_port_is_told_in_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]

        ended = run("--port", str(port), "--var", str(tmp_path))

    assert ended.returncode == 1
    assert f"Port {port} is taken" in ended.stderr
    assert is_one_sentence(ended.stderr)


def test_a_second_run_on_the_same_folder_is_refused(tmp_path):
    first = Home(tmp_path)
    assert first.claim()

    ended = run("--port", str(free_port()), "--var", str(tmp_path))

    assert ended.returncode == 1
    assert "Another ./run is using" in ended.stderr
    assert is_one_sentence(ended.stderr)


# Who uses a folder --------------------------------------------------------------------------


def test_what_a_killed_run_has_said_about_its_servers_is_not_believed(tmp_path):
    dead = subprocess.Popen([PYTHON, "-c", ""])
    dead.wait()
    (tmp_path / "services.json").write_text(json.dumps({"pid": dead.pid, "environment": {}}))
    home = Home(tmp_path)

    assert home.join() is None
    assert home.claim()
    assert not (tmp_path / "services.json").exists()


def test_secrets_are_random_and_for_their_owner_only(tmp_path):
    home = Home(tmp_path)
    home.publish({"PORT": "8000", "SECRET_KEY": "…"})

    kept = {servers.secret(tmp_path / name) for name in ("secret_key", "other_key")}

    assert len(kept) == 2
    assert servers.secret(tmp_path / "secret_key") in kept
    for name in ("secret_key", "other_key", "services.json"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("said", "has_demo", "is_demo"),
    [
        ({}, False, False),
        ({}, True, True),
        ({"DEMO": "1"}, False, True),
        ({"DEMO": "0"}, True, False),
        # the demo agency is in our own database: this is another one's
        ({"DATABASE_URL": "postgres://elsewhere/agency"}, True, False),
        ({"DATABASE_URL": "postgres://elsewhere/agency", "DEMO": "1"}, True, True),
    ],
)
def test_a_command_takes_no_real_agency_for_a_demo(tmp_path, monkeypatch, said, has_demo, is_demo):
    """A demo sends no e-mails: those of a real one would be lost without a trace."""
    for name in ("DEMO", "DATABASE_URL", "NOTIFY_BY_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    (tmp_path / ("demo-accounts.json" if has_demo else "nothing")).touch()
    home = Home(tmp_path)
    chosen = {}
    monkeypatch.setattr(commands, "supervised", contextlib.nullcontext)
    monkeypatch.setattr(commands, "start_servers", lambda *_: {})
    monkeypatch.setattr(commands, "prepare_once", lambda *_, **__: None)
    monkeypatch.setattr(commands, "hear_signals", lambda *_: None)
    monkeypatch.setattr(
        commands, "attend", lambda _command, environment: chosen.update(environment)
    )

    commands.manage_alone(home, ("python", "manage.py", "watch_deadlines"), port=8000)

    assert chosen["DEMO"] == ("1" if is_demo else "0")


def test_beside_a_running_agency_another_database_is_taken_with_its_own_keys(monkeypatch):
    joined = {"DATABASE_URL": "postgres://demo", "CONSUMER_KEYS": "1:demo", "DEMO": "1"}
    for name in (*joined, "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    assert commands._said(joined) == {}

    monkeypatch.setenv("DATABASE_URL", "postgres://ours")
    monkeypatch.setenv("CONSUMER_KEYS", "1:ours")

    chosen = joined | commands._said(joined)
    assert (chosen["DATABASE_URL"], chosen["CONSUMER_KEYS"]) == ("postgres://ours", "1:ours")
    assert chosen["DEMO"] == "0"


@pytest.mark.parametrize("said", [{}, {"DB_IDLE_TIMEOUT": "5s"}])
def test_a_preparation_that_thinks_for_long_within_a_transaction_is_let(tmp_path, said):
    """On a busy machine the first one did, and the database ended it."""
    code = """
import os
from unittest import mock
import django
from agency.services import commands
def look(*_, **__):
    from django.conf import settings
    print(settings.DATABASES["default"]["OPTIONS"]["options"])
    os._exit(0)
with mock.patch("django.setup", look):
    commands.prepare(demo=False)
"""
    environment = {**os.environ, "VAR_DIR": str(tmp_path), "SECRET_KEY": "x" * 50} | said
    told = subprocess.run(
        [sys.executable, "-u", "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "idle_in_transaction_session_timeout=0" in told.stdout, told.stderr


# The whole agency -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def agency_on(tmp_path_factory):
    """An agency started with ./run: its process, its folder, and the line that says it is ready."""
    folder = tmp_path_factory.mktemp("agency")
    port = str(free_port())
    with (folder / "said").open("w") as said:
        command = (PYTHON, "-m", "agency.services", "run", "--port", port, "--var", str(folder))
        agency = start(*command, stderr=said)
    line = agency.stdout.readline()
    yield agency, folder, line
    agency.kill()
    agency.communicate()
    assert eventually(lambda: processes_with(str(folder)) == [])


def test_run_says_one_line_when_the_agency_is_ready(agency_on):
    _, folder, line = agency_on
    told = json.loads((folder / "services.json").read_text())

    assert line == f"ready: {told['url']}\n", (folder / "said").read_text()


def test_a_management_command_uses_the_servers_of_the_running_agency(agency_on):
    _, folder, _ = agency_on
    told = json.loads((folder / "services.json").read_text())
    code = "import os; print(os.environ['DATABASE_URL'])"

    ended = run("--var", str(folder), "manage", "shell", "--verbosity", "0", "--command", code)

    assert ended.stdout.strip() == told["environment"]["DATABASE_URL"]


def test_a_management_command_gives_its_own_output_and_status(agency_on):
    _, folder, _ = agency_on

    good = run("--var", str(folder), "manage", "check_invariants", "--format", "json")
    bad = run("--var", str(folder), "manage", "no_such_command")

    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["violations"] in ([], 0)
    assert bad.returncode == 1
    assert bad.stdout == ""


def test_a_killed_run_leaves_no_process_behind_and_the_next_one_starts_on_the_same_folder(
    agency_on,
):
    agency, folder, _ = agency_on
    told = json.loads((folder / "services.json").read_text())
    assert len(processes_with(str(folder))) >= 3

    agency.kill()
    agency.wait()

    assert eventually(lambda: processes_with(str(folder)) == [])
    assert eventually(lambda: not answers_query(told["environment"]["DATABASE_URL"]))
    again = run("--var", str(folder), "manage", "check_invariants", "--format", "json")
    assert again.returncode == 0, again.stderr
    assert processes_with(str(folder)) == []


# What is said -------------------------------------------------------------------------------


def test_every_sentence_is_said_in_chinese_with_the_same_values(monkeypatch):
    said = {
        call.args[0].value: {keyword.arg for keyword in call.keywords}
        for path in (ROOT / "agency" / "services").glob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"say", "Failure", "in_words"}
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(said) > 20 and set(said) <= set(words.CHINESE)
    monkeypatch.setenv("LC_ALL", "")
    monkeypatch.setenv("LC_MESSAGES", "zh_CN.UTF-8")
    for sentence, names in said.items():
        values = {name: f"<{name}>" for name in names}
        chinese = words.in_words(sentence, **values)
        assert re.search("[一-龥]", chinese) and "{" not in chinese
        assert all(value in chinese for value in values.values()), sentence


@pytest.mark.parametrize(
    ("lc_all", "lang", "said"),
    [("", "zh_CN.UTF-8", "不认识 x"), ("zh_CN", "C", "不认识 x"), ("C", "zh_CN", "X is not known")],
)
def test_it_speaks_the_language_of_the_terminal(monkeypatch, lc_all, lang, said):
    monkeypatch.setenv("LC_ALL", lc_all)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("LANG", lang)

    with pytest.raises(Failure, match=f"{said}.*--help"):
        commands.parse(["x"])


@pytest.mark.parametrize(
    ("typed", "runs"),
    [
        (["chaos"], ["tests/chaos"]),
        (["chaos", "-x"], ["tests/chaos", "-x"]),
        (["chaos", "-k", "cases"], ["tests/chaos", "-k", "cases"]),
        (["chaos", f"{ROOT}/tests/chaos/test_x.py"], [f"{ROOT}/tests/chaos/test_x.py"]),
        (
            ["chaos", "--deselect", "tests/chaos/x.py"],
            ["tests/chaos", "--deselect", "tests/chaos/x.py"],
        ),
        (["chaos", "tests/chaos/test_notice.py", "-x"], ["tests/chaos/test_notice.py", "-x"]),
    ],
)
def test_a_long_suite_runs_whole_or_what_is_named_of_it(typed, runs):
    assert commands.for_pytest(typed) == runs


@pytest.mark.parametrize("typed", [[], ["-x"], ["tests/core"], ["tests/core/test_text.py::test_x"]])
def test_nothing_of_a_long_suite_runs_unasked_and_what_is_named_runs_on_one_core(typed):
    runs = commands.for_pytest(typed)
    assert set(runs) >= {"--ignore=tests/chaos", "--ignore=tests/security", *typed}
    assert ("--dist=loadfile" in runs) == ("tests/core" not in " ".join(typed))
