"""The words a deadline rule may use: which kinds, channels, verbs and events there are.

Core knows none of them. Each app that opens clocks says its own when it starts (``learn``),
and DeadlineRule.clean() asks.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

Words = Callable[[], Iterable[str]]

_taught: dict[str, list[Words]] = defaultdict(list)


def learn(field: str, words: Words) -> None:
    """Let the rules' ``field`` (kinds, channels, starts_on, met_by) name ``words`` as well."""
    _taught[field].append(words)


def known(field: str) -> set[str]:
    """Every word that ``field`` may use at this moment."""
    return {str(word) for words in _taught[field] for word in words()}
