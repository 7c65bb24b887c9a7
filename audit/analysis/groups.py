"""The attributes that a table's group columns make: their labels, their references, and their crossing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.analysis.cells import MOST_GROUPS
from audit.analysis.counts import Counts
from audit.analysis.request import CROSSED, Request
from audit.errors import TableError
from audit.library import nearest
from audit.records import Attribute, Design
from audit.wording import OTHERS, one_line

Ints = NDArray[np.int64]
_MATCHED_FROM = 0.9
_FEWEST = 2


@dataclass(frozen=True)
class Groups:
    """attributes: by name. places: attribute → (N,) place of each row's group in it, -1 for none. notes: what was changed."""

    attributes: dict[str, Attribute]
    places: dict[str, Ints]
    notes: tuple[str, ...]


def make_groups(counts: Counts, r: Request) -> Groups:
    """Return the attributes, with their crossing where asked. Raises TableError for an unknown reference or too many crossed groups."""
    labels = {name: _without_others(counts.labels[name]) for name in r.groups}
    chosen = {name: _reference(r, name, counts.labels[name], labels[name]) for name in r.groups}
    attributes = {name: _attribute(labels[name], chosen[name], r) for name in r.groups}
    places = dict(counts.groups)
    notes = [
        f"The group {OTHERS!r} of {name!r} is shown as {_shown(labels[name], counts.labels[name])!r}: "
        f"{OTHERS!r} means all the other groups together."
        for name in r.groups if OTHERS in counts.labels[name]
    ]
    if r.intersect:
        name = CROSSED.join(r.groups)
        crossed, places[name] = _cross([labels[g] for g in r.groups], [counts.groups[g] for g in r.groups], r)
        reference = CROSSED.join(chosen[g] or "" for g in r.groups)
        known = all(chosen.values())
        if known and reference not in crossed:
            notes.append(f"No row is {reference!r}: in {name!r} each group is compared with all the others.")
        attributes[name] = _attribute(crossed, reference if known and reference in crossed else None, r)
    return Groups(attributes, places, tuple(notes))


def _attribute(labels: Sequence[str], reference: str | None, r: Request) -> Attribute:
    """A no-break space keeps what a label has in brackets: the titles of fixture sets are cut there."""
    titles = {label: label.replace(" (", "\N{NO-BREAK SPACE}(") for label in labels}
    return Attribute(groups=titles, reference=reference, variants="fixed" if r.name is None else "random")


def _without_others(labels: Sequence[str]) -> list[str]:
    """Return the labels with the reserved word for all other groups written differently."""
    other = f"{OTHERS} [group]"
    while other in labels:
        other += "*"
    return [other if label == OTHERS else label for label in labels]


def _shown(labels: Sequence[str], written: Sequence[str]) -> str:
    return labels[list(written).index(OTHERS)]


def _reference(r: Request, name: str, written: Sequence[str], labels: Sequence[str]) -> str | None:
    if name not in r.references:
        return None
    wanted = r.references[name].strip()
    if wanted not in written:
        raise TableError(
            f"--reference: {one_line(name, 60)!r} has no value {one_line(wanted, 60)!r}", where=str(r.table), fix=nearest(wanted, written)
        )
    return labels[list(written).index(wanted)]


def _cross(labels: Sequence[Sequence[str]], codes: Sequence[Ints], r: Request) -> tuple[list[str], Ints]:
    """Return the labels of the combinations that occur, and each row's; -1 where any of its groups is missing."""
    joint = codes[0].copy()
    for names, own in zip(labels[1:], codes[1:], strict=True):
        joint = np.where((joint >= 0) & (own >= 0), joint * len(names) + own, -1)
    seen = np.unique(joint[joint >= 0])
    if len(seen) > MOST_GROUPS:
        raise TableError(f"--intersect makes {len(seen)} groups, and {MOST_GROUPS} are the most", where=str(r.table), fix="Cross fewer columns.")
    crossed = [CROSSED.join(_split(int(code), labels)) for code in seen]
    if len(set(crossed)) < len(crossed):
        raise TableError(f"group labels hold {CROSSED!r}, so the crossed groups cannot be told apart", where=str(r.table), fix="Rename them.")
    place = np.searchsorted(seen, joint)
    return crossed, np.where(joint >= 0, place, -1).astype(np.int64)


def _split(code: int, labels: Sequence[Sequence[str]]) -> list[str]:
    def step(found: tuple[int, list[str]], names: Sequence[str]) -> tuple[int, list[str]]:
        rest, place = divmod(found[0], len(names))
        return rest, [names[place], *found[1]]

    start: tuple[int, list[str]] = (code, [])
    return reduce(step, reversed(labels), start)[1]


def designs(counts: Counts, places: Mapping[str, NDArray[Any]]) -> dict[str, Design]:
    """Return attribute → matched where at least 9 of 10 items are seen in two or more of its groups, sampled otherwise."""
    return {name: "matched" if counts.item is not None and _crossing(counts.item, own) >= _MATCHED_FROM else "sampled" for name, own in places.items()}


def unpaired(counts: Counts, place: NDArray[Any]) -> int:
    """Return how many items with a group are not in every group of the attribute."""
    if counts.item is None:
        return 0
    seen = _seen(counts.item, place)
    return int((seen < int(place.max(initial=-1)) + 1).sum())


def _seen(item: Ints, place: Ints) -> Ints:
    """Return, for each item with a group at all, how many groups it is seen in."""
    placed = place >= 0
    width = int(place.max(initial=0)) + 1
    return np.unique(np.unique(item[placed] * width + place[placed]) // width, return_counts=True)[1]


def _crossing(item: Ints, place: Ints) -> float:
    """Return the share of items, of those with a group at all, that are seen in two or more groups."""
    seen = _seen(item, place)
    return float((seen >= _FEWEST).mean()) if len(seen) else 0.0
