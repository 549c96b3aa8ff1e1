"""A merchant's name by its sound: in full, by initials, and by both in a row (yongjialf)."""

import re

from cases.search.words import folded

LETTERS = re.compile("(?=.*[a-z])[a-z0-9]{2,40}")
SYLLABLE = re.compile(
    "([zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(a(i|o|ng?)?|e(i|r|ng?)?|i(a(o|ng?)?|e|u|ng?|ong)?|o(u|ng)?"
    "|u(a(i|ng?)?|o|i|e|n)?|ve?)"
)
"""Whatever may be one; what is none costs a look and finds nothing."""
LONGEST = 6
WAYS = 32
"""As many ways to take a word apart are looked at."""


def of(name: str) -> tuple[str, str]:
    """(" yong jia lai fu", "yjlf"). What has no sound of its own, letters and digits, stays."""
    from pypinyin import lazy_pinyin  # its tables are large, and only who indexes needs them

    parts = lazy_pinyin(folded(name), errors=lambda signs: list(filter(str.isalnum, signs)))
    return "".join(f" {part}" for part in parts), "".join(part[0] for part in parts)


def is_sound(text: str) -> bool:
    return bool(LETTERS.fullmatch(folded(text)))


def initials_of(typed: str) -> list[str]:
    """Every row of initials ``typed`` may stand for: yongjialf → yjlf among others."""
    ways: list[set[str]] = [{""}, *(set() for _letter in typed)]
    for start in range(len(typed)):
        for end in range(start + 1, min(start + LONGEST, len(typed)) + 1):
            part = typed[start:end]
            if len(part) == 1 or part in {"zh", "ch", "sh"} or SYLLABLE.fullmatch(part):
                ways[end] |= {way + part[0] for way in ways[start]}
        ways[start + 1] = set(sorted(ways[start + 1], key=len)[:WAYS])
    return sorted(ways[-1])


def pattern_of(typed: str) -> str:
    """What ``typed`` looks like in " yong jia lai fu": between two letters the rest of a syllable
    may be left out.
    """
    return " " + "([a-z]* )?".join(typed)
