"""Who reads what, in which order, and what twice: seeded, balanced, and blind to groups."""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from audit.records import Row

_TRIES = 20
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_CODE_LENGTH = 5
"""Consonants only: no word, no number, no date for a spreadsheet program to mend."""


def share_out(rows: Sequence[Row], raters: int, rng: random.Random, *, all_guises: bool) -> list[list[int]]:
    """Return for each rater the numbers of the rows to be read.

    A base item in one guise: everybody reads it. In several: each rater reads one of them, two raters (or
    three) the same one, so that their agreement can be measured; the guises and the partners go round, and each
    rater reads about equally many of each group. `all_guises`: everybody reads everything.
    """
    if all_guises:
        return [list(range(len(rows))) for _ in range(raters)]
    items: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        items.setdefault(row.item, []).append(number)
    shares: list[list[int]] = [[] for _ in range(raters)]
    seen: Counter[tuple[int, str]] = Counter()
    met: Counter[tuple[int, int]] = Counter()
    for turn, item in enumerate(rng.sample(sorted(items), len(items))):
        guises = items[item]
        slots = [guises[(turn + min(slot // 2, max(raters // 2 - 1, 0))) % len(guises)] for slot in range(raters)]
        orders = [rng.sample(range(raters), raters) for _ in range(_TRIES if len(guises) > 1 else 1)]
        best = min(orders, key=lambda order: sum(
            seen[r, _groups(rows[n])] for r, n in zip(order, slots, strict=True)) + sum(met[pair] for pair in _partners(order, slots)))
        for rater, number in zip(best, slots, strict=True):
            shares[rater].append(number)
            seen[rater, _groups(rows[number])] += 1
        met.update(_partners(best, slots))
    return shares


def _partners(order: Sequence[int], slots: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pairs of raters who read the same row."""
    both = zip(order, slots, strict=True)
    return [(min(a, b), max(a, b)) for (a, row), (b, other) in combinations(both, 2) if row == other]


def _groups(row: Row) -> str:
    return str(sorted(row.groups.items()))


def in_order(share: Sequence[int], rows: Sequence[Row], twice: float, rng: random.Random) -> list[tuple[int, bool]]:
    """Return (row number, shown before) in order of presentation.

    Guises of one item lie in different parts of the sheet. Of `twice` (0 to 0.3) of the rows, at least one, all
    read in the first third, a second copy comes in the last third.
    """
    order = _apart(share, rows, rng)
    third = len(order) // 3
    copies = min(max(1, round(twice * len(order))), third) if twice else 0
    again = rng.sample(order[:third], copies)
    rest = len(order) - third
    tail = [*((number, False) for number in order[rest:]), *((number, True) for number in again)]
    rng.shuffle(tail)
    return [*((number, False) for number in order[:rest]), *tail]


def _apart(share: Sequence[int], rows: Sequence[Row], rng: random.Random) -> list[int]:
    """Return the rows in random order, the first guises of all items before the second ones."""
    blocks: dict[int, list[int]] = {}
    reached: Counter[str] = Counter()
    for number in rng.sample(list(share), len(share)):
        item = rows[number].item
        blocks.setdefault(reached[item], []).append(number)
        reached[item] += 1
    return [number for block in blocks.values() for number in rng.sample(block, len(block))]


def make_codes(count: int, rng: random.Random) -> list[str]:
    """Return so many different codes, which say nothing."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes["".join(rng.choices(_LETTERS, k=_CODE_LENGTH))] = None
    return list(codes)
