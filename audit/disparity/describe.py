"""The by-group table: the values of fairlearn's MetricFrame, with cluster-robust intervals beside them."""

import numpy as np

from audit.disparity.cells import by_cluster
from audit.disparity.frames import Frame
from audit.disparity.intervals import one_mean, wilson
from audit.records import GroupValue

_LEVEL = 0.95


def describe(f: Frame) -> list[GroupValue]:
    """Return one value a group: the mean over items of their means over repeats.

    Equal to fairlearn's MetricFrame (tested), which is not used: it takes rows, and gives 0.0 for a group
    without any. A group without a single number has value None here, never 0.
    """
    return [_value(f, column) for column in range(len(f.cells.groups))]


def _value(f: Frame, column: int) -> GroupValue:
    cells, head = f.cells, f.head
    clusters = by_cluster(np.where(cells.group == column, cells.means, np.nan), cells.cluster, cells.weight)
    value = low = high = None
    if len(clusters.sums):
        value = clusters.mean
        low, high = wilson(clusters) if head.statistic.kind == "share" else one_mean(clusters, head.unit).interval(_LEVEL)
        low, high = min(low, value), max(high, value)
    return GroupValue(
        set=head.set.id, by=head.by, attribute=head.attribute, group=cells.groups[column], measure=head.audited.measure,
        statistic=head.statistic.group, value=value, low=low, high=high, n=int(f.obtained[column]), items=int(clusters.items),
        missing=int(f.planned[column] - f.obtained[column]),
    )
