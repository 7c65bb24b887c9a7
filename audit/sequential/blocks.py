"""Which base item is asked in which block: a seeded random order within what the items are for, so that every block is a small audit."""

import hashlib
import math
import random
from collections.abc import Iterable, Mapping, Sequence

from audit.records import FixtureSet, Probe

Item = tuple[str, str]
"""(set, base item)."""


def blocks_of(probes: Iterable[Probe], sets: Mapping[str, FixtureSet], shares: Sequence[float], seed: int) -> dict[Item, int]:
    """Return each base item's block, 0 … K-1. shares: (K,) of the items that are asked by the end of each block.

    All guises and repeats of an item are in one block. Within a stratum (matched: the attributes an item is for, and its truth; sampled:
    its groups and its truth) the order is random and blocks are filled in proportion. It depends on the seed and the items alone.
    """
    strata: dict[tuple[str, ...], set[Item]] = {}
    for item, own in _by_item(probes).items():
        strata.setdefault((item[0], *_purpose(own, sets[item[0]])), set()).add(item)
    found: dict[Item, int] = {}
    for name, members in strata.items():
        rng = random.Random(_mark([str(seed), "blocks", *name]))  # noqa: S311 - a seeded order, not a secret
        order = sorted(members)
        rng.shuffle(order)
        start = rng.random()   # so that strata of one or two items do not all fall into the same block
        found |= {item: _block((place + start) / len(order), shares) for place, item in enumerate(order)}
    return found


def _by_item(probes: Iterable[Probe]) -> dict[Item, list[Probe]]:
    items: dict[Item, list[Probe]] = {}
    for probe in probes:
        items.setdefault((probe.set, probe.item), []).append(probe)
    return items


def _purpose(own: Sequence[Probe], fixture_set: FixtureSet) -> list[str]:
    truth = str(sorted({str(p.truth) for p in own}))
    if fixture_set.design == "matched":
        return [*sorted({name for p in own for name in p.groups}), truth]
    return [*sorted({f"{name}={group}" for p in own for name, group in p.groups.items()}), truth]


def _block(place: float, shares: Sequence[float]) -> int:
    return next((k for k, share in enumerate(shares) if place < share and not math.isclose(place, share)), len(shares) - 1)


def _mark(parts: Sequence[str]) -> int:
    """Return a number that stands for the texts, the same on every machine."""
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8], "big")
