"""A real mail server on the loopback, and the ways in which mail servers fail."""

import email
import email.policy
import socket
import threading
from collections.abc import Callable

from aiosmtpd.controller import Controller


class MailServer:
    """Takes in letters; ``letters`` in the order of their coming.

    ``refuse``: recipients nobody takes letters for. ``on_data`` is called with a letter that
    has just been taken in, before the sender hears so; what it returns is the answer, and
    HANG_UP closes the line without one.
    """

    HANG_UP = object()

    def __init__(self) -> None:
        self.letters: list[email.message.EmailMessage] = []
        self.connections = 0
        self.refuse: set[str] = set()
        self.on_data: Callable = lambda letter: "250 taken"
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    def __enter__(self) -> "MailServer":
        self._controller.start()
        return self

    def __exit__(self, *_exc) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        return self._controller.port

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Who got which dedup key, in order."""
        return sorted((letter["To"], letter["X-Dedup-Key"]) for letter in self.letters)

    def text_of(self, number: int = 0) -> str:
        """Subject and body as a reader sees them."""
        letter = self.letters[number]
        return f"{letter['Subject']}\n{letter.get_content()}"

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return "550 nobody of this name"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.letters.append(letter)
        answer = self.on_data(letter)
        if answer is self.HANG_UP:
            server.transport.abort()
            return "421 gone"
        return answer


class SilentServer:
    """Accepts and never says a word; ``accepted`` counts who waits."""

    def __enter__(self) -> "SilentServer":
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port, self._lines = self._socket.getsockname()[1], []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exc) -> None:
        self._socket.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Who waits need wait no longer."""
        for line in self._lines:
            line.close()

    @property
    def accepted(self) -> int:
        return len(self._lines)

    def _accept(self) -> None:
        while True:
            try:
                self._lines.append(self._socket.accept()[0])
            except OSError:
                return


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
