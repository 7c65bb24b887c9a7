"""The by-group table: fairlearn's MetricFrame for the values, our cluster-robust intervals beside them."""

import numpy as np
import pandas as pd

from audit.disparity.cells import by_cluster
from audit.disparity.contrasts import Frame
from audit.disparity.intervals import one_mean, wilson
from audit.records import GroupValue

_LEVEL = 0.95


def describe(f: Frame) -> list[GroupValue]:
    """Return one value a group. A group without a single number has value None, never 0."""
    values = _metric_frame(f)
    return [_value(f, column, group, values.get(group)) for column, group in enumerate(f.cells.groups)]


def _value(f: Frame, column: int, group: str, value: float | None) -> GroupValue:
    clusters = by_cluster(f.cells.means[:, column], f.cells.cluster)
    low = high = None
    if value is not None:
        low, high = wilson(clusters) if f.statistic.kind == "share" else one_mean(clusters, f.unit).interval(_LEVEL)
        low, high = min(low, value), max(high, value)
    obtained = int(f.cells.obtained[:, column].sum())
    return GroupValue(
        set=f.set.id, by={}, attribute=f.attribute, group=group, measure=f.measure, statistic=f.statistic.group,
        value=value, low=low, high=high, n=obtained, items=int((f.cells.obtained[:, column] > 0).sum()),
        missing=int(f.cells.planned[:, column].sum()) - obtained,
    )


def _metric_frame(f: Frame) -> dict[str, float]:
    """Return group → value. fairlearn sees only groups that have rows: its 0.0 for an empty one cannot occur.

    It is given one value an item and group, the mean over repeats, as the comparisons are.
    """
    item, column = np.nonzero(f.cells.obtained)
    if not len(item):
        return {}
    from fairlearn.metrics import MetricFrame, mean_prediction

    frame = MetricFrame(
        metrics=mean_prediction, y_true=np.zeros(len(item)), y_pred=f.cells.means[item, column],
        sensitive_features=pd.Series([f.cells.groups[c] for c in column], dtype=object),  # an array of one is squeezed away
    )
    return {str(group): float(value) for group, value in frame.by_group.items()}
