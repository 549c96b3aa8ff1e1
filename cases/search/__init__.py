"""The one search, for every list: exact numbers, words of two characters and more, names by sound.

What is found is what anybody who sees the case may read: words.py says what that is, index.py
keeps it, sound.py reads pinyin. Why it is so: docs/decisions/0013-search.md.
"""

from cases.search.ask import LENGTH, MOST, TooSlow, among, hint, merchants_among

__all__ = ["LENGTH", "MOST", "TooSlow", "among", "hint", "merchants_among"]
