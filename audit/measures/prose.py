"""Words and sentences of running text in any alphabet, as formulas of readability count them. Linear in its length.

A full stop in a title, an abbreviation, a number or an address ends no sentence; a new line does, unless it goes on in lower
case, so that lists and headings do not read as one endless sentence.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

_MARKER = re.compile(r"\s*(?:[-*+•>–#]+|\(?\d{1,3}[.)])\s+")
_CLOSING = "\"”’»')]}*_）」』"
_OPENING = "\"“‘«'([{*_¿¡（「『"
_STOPS = frozenset(".…")
_ENDS = frozenset("!?؟۔।॥።፧։\u037e。！？｡") | _STOPS
_TITLES = frozenset(["mr", "mrs", "ms", "mx", "dr", "st", "vs", "prof", "sr", "sra", "srta", "no", "fig", "e.g", "i.e"])
_MASKED = re.compile(r"\[…\](?:['’]s\b)?")
_NOT_WORD = re.compile(r"[^\w'’-]|_")
_DASHES = str.maketrans({"—": " ", "–": " ", "\u200b": " ", "\u200c": "", "\u200d": "", "\u00ad": "", "’": "'", "ʼ": "'"})


class Prose(NamedTuple):
    """The words of a text in lower case, with inner apostrophes and hyphens, and its number of sentences."""

    words: tuple[str, ...]
    sentences: int


def prose(of: str) -> Prose:
    """Return a text's words and its number of sentences: at least 1 where there is a word."""
    lines = [line.split() for line in _lines(unicodedata.normalize("NFC", _MASKED.sub(" ", of)).translate(_DASHES))]
    words = (_word(token) for line in lines for token in line)
    return Prose(tuple(word for word in words if word), sum(map(_sentences, lines)))


def letters(word: str) -> int:
    """Return a word's length in letters and digits, without accents, apostrophes and hyphens."""
    return sum(char.isalnum() for char in word)


def _lines(of: str) -> list[str]:
    joined: list[str] = []
    for raw in of.splitlines():
        marked = _MARKER.match(raw)
        line = raw[marked.end():] if marked else raw.strip()
        if joined and joined[-1] and line[:1].islower() and not marked:
            joined[-1] += " " + line
        else:
            joined.append(line)
    return joined


def _word(token: str) -> str:
    word = _NOT_WORD.sub("", "".join(char for char in token if not unicodedata.combining(char))).strip("'-")
    return word.lower()


def _sentences(tokens: Sequence[str]) -> int:
    count, begun = 0, False
    for token, following in pairwise([*tokens, ""]):
        begun = begun or bool(_word(token))
        if begun and _ends(token, following):
            count, begun = count + 1, False
    return count + begun


def _ends(token: str, following: str) -> bool:
    bare = token.rstrip(_CLOSING)
    if not bare or bare[-1] not in _ENDS:
        return False
    if bare[-1] not in _STOPS:
        return True
    return bare.rstrip(".").lstrip(_OPENING).lower() not in _TITLES and not following.lstrip(_OPENING)[:1].islower()
