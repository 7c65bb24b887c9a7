"""How far the groups of a deciding statistic lie apart: max − min, beside the SD between them without sampling noise."""

import numpy as np
from scipy import sparse

from audit.disparity.contrasts import sides
from audit.disparity.frames import Frame
from audit.disparity.readings import Floats
from audit.disparity.spread import GroupSpread, spread


def between(f: Frame) -> GroupSpread:
    """Return the spread of the groups' means over items.

    Sampling variances are cluster-robust; from each, the mean covariance of two groups is taken, which rows in common
    (the guises of an item) add to all groups alike and not to what lies between them. With different people in each
    group this is Lum, Zhang & Bower's; a group within one cluster has no variance to take away.
    """
    every = sides(f)
    values = np.array([side.mean if len(side.sums) else np.nan for side in every])
    size = np.array([side.size for side in every], dtype=float)
    together = _covariances(f, values)
    variances = np.where(size > 1, np.diag(together) * size / np.maximum(size - 1, 1), np.nan)
    known = np.flatnonzero(size > 1)
    if f.crossed and len(known) > 1:
        own = together[np.ix_(known, known)]
        shared = (own.sum() - np.trace(own)) / (len(known) * (len(known) - 1))
        clusters = float(np.median(size[known]))
        variances = variances - shared * clusters / (clusters - 1)
    return spread(values, variances)


def _covariances(f: Frame, values: Floats) -> Floats:
    """(G, G): of the groups' means, from the clusters' influences."""
    cells = f.cells
    means = cells.means
    there = ~np.isnan(means)
    group, cluster = cells.group[there], cells.cluster[there]
    items = np.bincount(group, weights=cells.times[there], minlength=len(values))
    off = (means[there] - values[group]) / items[group]
    off = off * np.sqrt(cells.weight[cluster])
    moved = sparse.csc_array((off, (cluster, group)), shape=(len(cells.weight), len(values)))
    return np.asarray((moved.T @ moved).toarray(), dtype=float)
