"""The parts of a table that are analyzed apart: one for each combination of `by` values."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.analysis.counts import Counts


def parts(counts: Counts) -> Iterator[tuple[dict[str, str], NDArray[np.int64] | None]]:
    """Yield each combination of `by` values that occurs, with its rows; all rows (None) without `by`."""
    if not counts.by:
        yield {}, None
        return
    joint = np.zeros(len(counts.times), dtype=np.int64)
    for name, codes in counts.by.items():
        joint = joint * len(counts.labels[name]) + codes
    for code in np.unique(joint):
        rows = np.flatnonzero(joint == code)
        yield {name: counts.labels[name][codes[rows[0]]] for name, codes in counts.by.items()}, rows
