"""Lists of words and phrases (`lexicons/*.txt`) and where they stand in a sentence.

The format: sections in brackets, entries between commas, `#` at the start of a line for a comment. In an entry, `a/b` is
either word, a trailing `*` any ending, `#` a number, and a leading `!` a phrase that is something else and never counts. The
longest entry at a place is taken, and what it took is not looked at again.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*\*?|#")
_FOLDER = Path(__file__).parent / "lexicons"
_HERE = ""
"""The key in a node of the tree for an entry that ends there."""


class Found(NamedTuple):
    """An entry in a sentence: its first token, and the one behind its last."""

    start: int
    end: int


class Phrases:
    """The entries of one section, as a tree of words."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._tree: dict[str, Any] = {}
        self._stems: set[int] = set()
        for entry in entries:
            for phrase in _spelled(entry.removeprefix("!")):
                self._add(phrase, counts=not entry.startswith("!"))

    def found(self, tokens: Sequence[str]) -> list[Found]:
        """Return the entries in a sentence, from left to right, none inside another."""
        hits, at = [], 0
        while at < len(tokens):
            end, counts = self._longest(tokens, at)
            if counts:
                hits.append(Found(at, end))
            at = max(end, at + 1)
        return hits

    def at(self, tokens: Sequence[str], start: int) -> int | None:
        """Return the token behind the longest entry that begins at `start`, or None."""
        end, counts = self._longest(tokens, start)
        return end if counts else None

    def has(self, token: str) -> bool:
        """Return whether a word is an entry."""
        return self.at((token,), 0) is not None

    def _add(self, phrase: Sequence[str], *, counts: bool) -> None:
        node = self._tree
        for word in phrase:
            node = node.setdefault(word, {})
            if word.endswith("*"):
                self._stems.add(len(word) - 1)
        node[_HERE] = counts and node.get(_HERE, True)

    def _longest(self, tokens: Sequence[str], start: int) -> tuple[int, bool]:
        best, counts = start, False
        nodes, at = [self._tree], start
        while nodes and at < len(tokens):
            nodes, at = [child for node in nodes for child in self._children(node, tokens[at])], at + 1
            ends = [node[_HERE] for node in nodes if _HERE in node]
            if ends:
                best, counts = at, all(ends)
        return best, counts

    def _children(self, node: dict[str, Any], token: str) -> Iterator[dict[str, Any]]:
        if token in node:
            yield node[token]
        for length in self._stems:
            if len(token) >= length and (stem := token[:length] + "*") in node:
                yield node[stem]
        if "#" in node and token[0].isdigit():
            yield node["#"]


@cache
def lexicon(name: str) -> Mapping[str, Phrases]:
    """Return the sections of `lexicons/<name>.txt`."""
    sections: dict[str, list[str]] = {}
    entries: list[str] = []
    for line in (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            entries = sections.setdefault(line.strip("[]"), [])
        elif not line.startswith("#"):
            entries += [entry.strip() for entry in line.split(",") if entry.strip()]
    return {section: Phrases(own) for section, own in sections.items()}


def _spelled(entry: str) -> Iterator[tuple[str, ...]]:
    """Yield an entry's words for each choice of its alternatives."""
    for choice in product(*(slot.split("/") for slot in entry.split())):
        yield tuple(_WORD.findall(" ".join(choice)))
