"""The words a deadline rule may use: which kinds, channels, verbs and events there are.

Core knows none of them. Each app that opens clocks says its own when it starts (``learn``);
DeadlineRule.clean() and the rules' form ask.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

Words = Callable[[], Iterable[tuple[str, str]]]
"""Each word with what people call it, in the order of a form."""

_taught: dict[str, list[Words]] = defaultdict(list)


def learn(field: str, words: Words) -> None:
    """Let the rules' ``field`` (kinds, channels, starts_on, met_by) name ``words`` as well."""
    _taught[field].append(words)


def known(field: str) -> dict[str, str]:
    """Every word that ``field`` may use at this moment, with what people call it."""
    return {str(word): str(name) for words in _taught[field] for word, name in words()}
