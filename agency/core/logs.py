"""What the log may hold: ids and reasons, never people."""

import logging
import re

# PostgreSQL quotes the whole row in the DETAIL of a refused one, values in a CONTEXT, and in a
# LINE the statement, into which the values are written before it is sent.
QUOTED = re.compile(
    r"^(DETAIL|CONTEXT|LINE \d+):.*(?:\n(?!\S*Error|Traceback|  File ).*)*", re.MULTILINE
)


class Discreet(logging.Formatter):
    """Leaves out of an exception what the database quotes of its rows."""

    def formatException(self, ei) -> str:
        return QUOTED.sub(r"\1: (left out)", super().formatException(ei))
