"""The folder of one installation: its secrets, and who runs its servers now."""

import contextlib
import fcntl
import json
import os
import secrets
import time
from pathlib import Path

from agency.services import Failure
from agency.services.words import in_words


class Home:
    """The folder DIR of one installation: its data, its secrets, and who runs its servers now."""

    def __init__(self, path: Path):
        self.path = path
        self.notice = path / "services.json"
        if path.exists() and not path.is_dir():
            raise Failure("{path} cannot be used: it is no folder.", path=path)
        try:
            path.mkdir(parents=True, exist_ok=True)
            self.lock = (path / "lock").open("a")
            self.users = (path / "users.lock").open("a")
        except OSError as error:
            why = in_words(error.strerror)
            raise Failure("The folder {path} cannot be used: {why}.", path=path, why=why) from None

    @property
    def has_demo(self) -> bool:
        """Whether the demo agency was made here."""
        return (self.path / "demo-accounts.json").exists()

    def claim(self, seconds: float = 0) -> bool:
        """Become the one whose servers run here; False if another is, and stays so long."""
        until = time.monotonic() + seconds
        while not take(self.lock, fcntl.LOCK_EX):
            if time.monotonic() >= until:
                return False
            time.sleep(0.1)
        self.notice.unlink(missing_ok=True)  # of one that was killed
        return True

    def join(self) -> dict[str, str] | None:
        """The environment of the one whose servers run here, who will not stop them before we end; None without one."""
        if not take(self.users, fcntl.LOCK_SH):
            return None
        with contextlib.suppress(OSError, ValueError):
            notice = json.loads(self.notice.read_text())
            os.kill(notice["pid"], 0)
            os.set_inheritable(self.users.fileno(), True)
            return notice["environment"]
        fcntl.flock(self.users, fcntl.LOCK_UN)
        return None

    def publish(self, environment: dict[str, str]) -> None:
        """Tell others which servers to use. It holds secrets, so only the owner may read it."""
        fresh = self.notice.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        notice = {
            "pid": os.getpid(),
            "url": f"http://127.0.0.1:{environment['PORT']}/",
            "environment": environment,
        }
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(notice, file, indent=1)
        fresh.replace(self.notice)

    def retire(self, *, wait: bool) -> None:
        """Stop being found, and if asked wait for those who use our servers."""
        self.notice.unlink(missing_ok=True)
        if wait:
            fcntl.flock(self.users, fcntl.LOCK_EX)


def take(file: object, kind: int) -> bool:
    """Take a lock that ends with the process, however that ends; False if another has it."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def secret(path: Path, *, length: int = 48) -> str:
    """The secret in this file, of ``length`` random bytes, made at the first call and readable by its
    owner only.
    """
    with contextlib.suppress(FileExistsError):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(length))
    return path.read_text().strip()


def owner_only(path: str, flags: int) -> int:
    """For open(): a file that its owner alone may read, also where it stood open to others."""
    number = os.open(path, flags, 0o600)
    os.fchmod(number, 0o600)
    return number
