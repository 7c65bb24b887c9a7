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


def worst_matched(
    ends: Sequence[Floats], bounds: tuple[float, float], column: int, reference: int | None, unpaired: Flags
) -> tuple[float, float] | None:
    """Return the lowest and highest mean difference within items.

    ends: (I, G) every missing reply at an end, NaN where none was planned; `reference` None for the others. unpaired: (I,) items
    planned for one side only: the other side could have been anything within `bounds`.
    """
    found = []
    for own_end, other_end in ((0, 1), (1, 0)):
        own, base = ends[own_end][:, column], _base(ends[other_end], column, reference)
        own, base = (
            np.where(unpaired & np.isnan(side), bounds[end], side) for side, end in ((own, own_end), (base, other_end))
        )
        difference = own - base
        if np.isnan(difference).all():
            return None
        found.append(float(np.nanmean(difference)))
    return found[0], found[1]


def _base(other: Floats, column: int, reference: int | None) -> Floats:
    if reference is not None:
        return other[:, reference]
    rest = np.delete(other, column, axis=1)
    seen = (~np.isnan(rest)).sum(axis=1)
    return np.where(seen > 0, np.nansum(rest, axis=1) / np.maximum(seen, 1), np.nan)
