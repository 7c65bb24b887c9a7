"""Who pastes what, and when: parts for several people, sittings to pause between, and an order in which guises do not meet.

All guises and repeats of a base item are one person's, and lie in one sitting where two items fit into it: what a person or a day does
to the answers (a habit of copying, another version of the tool) then adds the same to each guise and cancels in their differences.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from audit.records import Probe

Item = tuple[str, str]
"""(set, base item)."""


def item_of(probe: Probe) -> Item:
    """Return which base item a probe is a guise of."""
    return probe.set, probe.item


def _by_item(probes: Sequence[Probe]) -> dict[Item, list[Probe]]:
    items: dict[Item, list[Probe]] = defaultdict(list)
    for probe in probes:
        items[item_of(probe)].append(probe)
    return items


def share_out(probes: Sequence[Probe], shares: int, held: Mapping[Item, int] | None = None) -> list[list[Probe]]:
    """Deal whole base items to so many shares, in the probes' (random) order; within a share that order stays.

    Each item goes where there are fewest with the same groups and truth, then where its groups have been asked least, then where the fewest
    rows are. held: items that are in a share already.
    """
    items, known = _by_item(probes), held or {}
    place: dict[Item, int] = {}
    alike: list[Counter[tuple[str, ...]]] = [Counter() for _ in range(shares)]
    asked: list[Counter[tuple[str, str, str]]] = [Counter() for _ in range(shares)]
    rows = [0] * shares
    for item, own in sorted(items.items(), key=lambda pair: pair[0] not in known):
        stratum, groups = _stratum(own), _groups(own)
        to = known.get(item)
        if to is None:
            to = min(range(shares), key=lambda k: (alike[k][stratum], sum(asked[k][g] for g in groups), rows[k], k))
        place[item] = to
        alike[to][stratum] += 1
        asked[to].update(groups)
        rows[to] += pastes(own)
    return [[p for p in probes if place[item_of(p)] == k] for k in range(shares)]


def _stratum(own: Sequence[Probe]) -> tuple[str, ...]:
    guises = {";".join(f"{name}={group}" for name, group in sorted(p.groups.items())) for p in own}
    return own[0].set, *sorted(guises), *sorted({str(p.truth) for p in own})


def _groups(own: Sequence[Probe]) -> Counter[tuple[str, str, str]]:
    return Counter((p.set, name, group) for p in own for name, group in p.groups.items())


def pastes(probes: Sequence[Probe]) -> int:
    """Return how many rows of a worksheet probes take: one a turn."""
    return sum(p.calls for p in probes)


def apart(probes: Sequence[Probe], after: Item | None = None) -> list[Probe]:
    """Return probes in their order, changed so far that no two of one base item follow each other; as few as can be where that is impossible.

    after: the base item of the probe before the first.
    """
    queue, left, order = list(probes), Counter(map(item_of, probes)), []
    while queue:
        most, count = left.most_common(1)[0]
        must = most if 2 * count > len(queue) and most != after else None   # it needs every second place from here on
        fits = (n for n, p in enumerate(queue) if (item_of(p) == must if must else item_of(p) != after))
        order.append(queue.pop(next(fits, 0)))
        after = item_of(order[-1])
        left[after] -= 1
    return order


def sittings(probes: Sequence[Probe], rows: int | None) -> list[list[Probe]]:
    """Return probes in the order in which to paste, cut into sittings of at most so many rows (None: one sitting).

    Where two base items fit into a sitting, all of an item lies in one, and groups are balanced over the sittings; an item that is left over is
    spread over the last two, so that its guises do not meet. Else the cuts go through items.
    """
    if rows is None or pastes(probes) <= rows:
        return [apart(probes)]
    largest = max(map(pastes, _by_item(probes).values()))
    fewest = math.ceil(pastes(probes) / rows)
    for count in range(fewest, 2 * fewest + 2) if 2 * largest <= rows else ():
        dealt = [own for own in share_out(probes, count) if own]
        alone = [own for own in dealt if not _can_be_apart(own)]
        whole = [own for own in dealt if _can_be_apart(own)]
        last = [p for own in (*whole[-1:], *alone) for p in own] if alone else []
        if all(pastes(own) <= rows for own in dealt) and (not last or _can_be_apart(last)):
            return [*map(apart, whole[:-1] if last else whole), *(_cut(apart(last), rows) if last else ())]
    return _cut(apart(probes), rows)


def _can_be_apart(probes: Sequence[Probe]) -> bool:
    return 2 * max(Counter(map(item_of, probes)).values()) <= len(probes) + 1


def _cut(order: Sequence[Probe], rows: int) -> list[list[Probe]]:
    """Cut an order into sittings; a conversation stays whole."""
    found: list[list[Probe]] = [[]]
    for probe in order:
        if found[-1] and pastes(found[-1]) + probe.calls > rows:
            found.append([])
        found[-1].append(probe)
    return found
