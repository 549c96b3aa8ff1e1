"""What the log may hold: ids and reasons, never people."""

import logging
import re

# PostgreSQL quotes the whole row in the DETAIL of a refused one, values in a CONTEXT, and in a
# LINE the statement, into which the values are written before it is sent. A message may hold
# the error as a literal (Celery's do): with \n for the end of a line, and all in one.
QUOTED = re.compile(
    r"(^|\\n)(DETAIL|CONTEXT|LINE \d+):.*(?:\n(?!\S*Error|Traceback|  File ).*)*", re.MULTILINE
)


class Discreet(logging.Formatter):
    """Leaves out of what is logged what the database quotes of its rows."""

    def format(self, record) -> str:
        return QUOTED.sub(r"\1\2: (left out)", super().format(record))
