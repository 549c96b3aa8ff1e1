"""Everything the agency runs on, started with one command: ./run, ./run manage and ./test end here.

- programs: the one list of what the agency consists of; docker-compose.yml runs the same.
- supervisor: starts programs in order, restarts what dies, and leaves nothing behind.
- servers: PostgreSQL and a Redis-compatible broker, out of wheels, where none is given.
- home: the folder of one installation, and who uses it now.
- commands: run, manage, test, and the preparing of the database.
- words: what is said at the terminal, in Chinese where its locale is Chinese.

Needs nothing but the standard library until a server is up, so that it can say a plain sentence
when something is missing. No part of the agency imports it.
"""

import sys
from pathlib import Path

from agency.services.words import in_words

ROOT = Path(__file__).resolve().parent.parent.parent


class Failure(Exception):
    """A sentence for the person at the terminal; the program ends with status 1."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(in_words(sentence, **values))


class Stopped(Exception):
    """Somebody asked us to stop: Ctrl-C, SIGTERM or a closed terminal."""


def say(sentence: str, **values: object) -> None:
    """Tell the person at the terminal; stdout is kept for the one line others wait for."""
    print(in_words(sentence, **values), file=sys.stderr, flush=True)
