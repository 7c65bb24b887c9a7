"""Identifiers that appear twice, and references to nothing, within bounded memory.

An identifier is kept as Python's keyed 64-bit hash of it: 8 bytes a record of the files that others refer to, and
nothing in memory for the others, whose hashes lie in a file and are sorted in parts. A database on disk would take its
time for each of millions of rows; two different identifiers share a hash about once in a million archives of ten
million rows (n² / 2⁶⁵).
"""

from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile

import numpy as np
import numpy.typing as npt

_PART = 500_000
_PAIR = np.dtype([("key", np.int64), ("line", np.int64)])

Hashes = npt.NDArray[np.int64]


def hashes(values: Sequence[str]) -> Hashes:
    """Return the 64-bit hash of each value."""
    return np.fromiter(map(hash, values), np.int64, len(values))


def single(column: Sequence[str], lines: Sequence[int], *, many: bool) -> tuple[Sequence[str], Sequence[int]]:
    """Return the values of a column that are not blank, each with its line; many: cells are lists, parted by commas."""
    if many and "," in "".join(column):
        parts = [(part, line) for cell, line in zip(column, lines, strict=True) if cell for part in cell.split(",")]
        return [part for part, _ in parts], [line for _, line in parts]
    if "" not in column:
        return column, lines
    kept = [(cell, line) for cell, line in zip(column, lines, strict=True) if cell]
    return [cell for cell, _ in kept], [line for _, line in kept]


class Spill:
    """Hashes with their lines, in a temporary file."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed in close()
        self._number = 0

    def add(self, keys: Hashes, lines: Sequence[int]) -> None:
        """Append hashes, and the line of each."""
        pairs = np.empty(len(keys), _PAIR)
        pairs["key"], pairs["line"] = keys, lines
        self._file.write(pairs.tobytes())
        self._number += len(keys)

    def blocks(self) -> Iterator[npt.NDArray[np.void]]:
        """Yield all pairs in the order in which they came, half a million at a time."""
        self._file.seek(0)
        while raw := self._file.read(_PART * _PAIR.itemsize):
            yield np.frombuffer(raw, _PAIR)

    def keys(self) -> Hashes:
        """Return all hashes, sorted."""
        found = np.empty(self._number, np.int64)
        start = 0
        for block in self.blocks():
            found[start:start + len(block)] = block["key"]
            start += len(block)
        found.sort()
        return found

    def twice(self) -> Iterator[int]:
        """Yield the lines of those that came before, part by part: each part holds the hashes of one remainder."""
        parts = -(-self._number // _PART)
        for part in range(parts):
            own = [block[block["key"] % parts == part] for block in self.blocks()]
            pairs = np.concatenate(own)
            pairs = pairs[np.argsort(pairs["key"], kind="stable")]
            again = np.flatnonzero(pairs["key"][1:] == pairs["key"][:-1]) + 1
            yield from sorted(pairs["line"][again].tolist())

    def missing(self, known: Hashes) -> Iterator[int]:
        """Yield the lines of those that are not among the sorted hashes."""
        for block in self.blocks():
            yield from block["line"][absent(block["key"], known)].tolist()

    def close(self) -> None:
        """Remove the file."""
        self._file.close()


def absent(keys: Hashes, known: Hashes) -> npt.NDArray[np.bool_]:
    """Return which hashes are not among the sorted ones."""
    if not len(known):
        return np.ones(len(keys), dtype=bool)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.asarray(known[at] != keys)


def missing(values: Sequence[str], lines: Sequence[int], known: Hashes) -> Iterator[int]:
    """Yield the lines of the values that are not known."""
    for at in np.flatnonzero(absent(hashes(values), known)).tolist():
        yield lines[at]


def to_itself(ids: Sequence[str], parents: Sequence[str], lines: Sequence[int]) -> Iterator[int]:
    """Return the lines of records that name themselves as their parent."""
    return (line for line, own, parent in zip(lines, ids, parents, strict=True) if own and own == parent)
