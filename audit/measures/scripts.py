"""The writing systems of a text, as Unicode names them: LATIN, ARABIC, CJK, HANGUL."""

import unicodedata
from collections import Counter
from functools import lru_cache

UNSPACED = frozenset({"CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"})
"""Scripts whose words are not set apart by spaces."""


def scripts(of: str) -> Counter[str]:
    """Return how many letters of each writing system a text has."""
    found: Counter[str] = Counter()
    for char, times in Counter(of).items():
        if char.isalpha():
            found[_script(char)] += times
    return found


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return unicodedata.name(char, "UNKNOWN").removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ").split(maxsplit=1)[0]
