"""What the missing replies could have done: the estimate's bounds over every value they could have had."""

import numpy as np

from audit.disparity.cells import Cells, Floats
from audit.disparity.contrasts import OTHERS, Contrast


def worst_case(c: Contrast) -> tuple[float, float] | None:
    """Return the lowest and highest estimate if every missing reply had been at an end of its range.

    (Manski 1990, Am. Econ. Rev. 80:319.) None when the values have no bounds.
    """
    cells, bounds = c.frame.cells, c.frame.bounds
    if bounds is None:
        return None
    low, high = _filled(cells, bounds[0]), _filled(cells, bounds[1])
    column = cells.column(c.group)
    others = [g for g in range(len(cells.groups)) if g != column]
    columns = others if c.reference == OTHERS else [cells.column(c.reference)]
    paired = c.paired is not None
    return _difference(low, high, column, columns, paired=paired), _difference(high, low, column, columns, paired=paired)


def _filled(cells: Cells, value: float) -> Floats:
    missing = cells.planned - cells.obtained
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(cells.planned > 0, (cells.sums + missing * value) / np.maximum(cells.planned, 1), np.nan)


def _difference(own: Floats, other: Floats, column: int, columns: list[int], *, paired: bool) -> float:
    rest = other[:, columns]
    if not paired:
        return float(np.nanmean(own[:, column]) - np.nanmean(rest))
    seen = (~np.isnan(rest)).sum(axis=1)
    base = np.where(seen > 0, np.nansum(rest, axis=1) / np.maximum(seen, 1), np.nan)
    return float(np.nanmean(own[:, column] - base))
