"""What the missing replies could have done: the estimate's bounds over every value they could have had.

(Manski 1990, Am. Econ. Rev. 80:319.)
"""

from collections.abc import Sequence

import numpy as np

from audit.disparity.readings import Flags, Floats


def worst_sampled(ends: Sequence[Floats], own: Flags, base: Flags, times: Floats) -> tuple[float, float] | None:
    """Return the lowest and highest difference; `ends`: (E,) the entries with every missing reply at an end."""
    if not own.any() or not base.any():
        return None
    (own_low, base_low), (own_high, base_high) = (
        [float(np.average(end[side], weights=times[side])) for side in (own, base)] for end in ends
    )
    return own_low - base_high, own_high - base_low


def worst_matched(ends: Sequence[Floats], column: int, reference: int | None) -> tuple[float, float] | None:
    """Return the lowest and highest mean difference within items; `ends`: (I, G), `reference` None for the others."""
    bounds = []
    for own, other in ((ends[0], ends[1]), (ends[1], ends[0])):
        if reference is None:
            rest = np.delete(other, column, axis=1)
            seen = (~np.isnan(rest)).sum(axis=1)
            base = np.where(seen > 0, np.nansum(rest, axis=1) / np.maximum(seen, 1), np.nan)
        else:
            base = other[:, reference]
        difference = own[:, column] - base
        if np.isnan(difference).all():
            return None
        bounds.append(float(np.nanmean(difference)))
    return bounds[0], bounds[1]
