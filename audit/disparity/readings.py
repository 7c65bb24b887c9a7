"""What a measure read, in columns: the one form in which probes and tables of any size enter this room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from audit.records import NOT_ASKED, Attribute, Measurement

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Readings:
    """One measure's readings as columns of equal length N: one row a response, or `times` alike ones.

    value, truth: (N,), NaN where missing and where there is none; second: (N,) another person's truth.
    item: (N,) 0 … I-1, the base item; cluster: (N,) 0 … C-1, what is independent.
    times: (N,) how many responses of the item are alike. weight: (C,) how many alike clusters one stands
    for; all 1 unless each row is an item of its own. asked: (N,) whether the tool was asked at all.
    groups: attribute → (N,) place in the attribute's groups, -1 where the row carries none.
    variant: (N,) the word or name that stands for the group, -1 for none.
    """

    value: Floats
    truth: Floats
    item: Ints
    cluster: Ints
    times: Floats
    weight: Floats
    asked: Flags
    groups: Mapping[str, Ints]
    variant: Ints
    second: Floats = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        """Return N."""
        return len(self.value)


def of_measurements(measurements: Sequence[Measurement], attributes: Mapping[str, Attribute]) -> Readings:
    """Return the columns of one measure's measurements."""
    n = len(measurements)
    items = _codes([m.item for m in measurements])
    clusters = _codes([m.cluster for m in measurements])
    return Readings(
        value=_floats([m.value for m in measurements]), truth=_floats([m.truth for m in measurements]),
        item=items, cluster=clusters, times=np.ones(n), weight=np.ones(int(clusters.max(initial=-1)) + 1),
        asked=np.array([m.missing != NOT_ASKED for m in measurements], dtype=bool),
        groups={
            name: np.array([places.get(m.groups.get(name, ""), -1) for m in measurements], dtype=np.int64)
            for name, places in ((name, {g: i for i, g in enumerate(a.groups)}) for name, a in attributes.items())
        },
        variant=_codes([m.variant for m in measurements]), second=_floats([m.second_truth for m in measurements]),
    )


def _codes(names: Sequence[str | None]) -> Ints:
    """Number names in the order in which they first appear; -1 for none."""
    known: dict[str, int] = {}
    return np.array([-1 if name is None else known.setdefault(name, len(known)) for name in names], dtype=np.int64)


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if v is None else v for v in values], dtype=float)
