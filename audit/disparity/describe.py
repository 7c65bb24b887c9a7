"""The by-group table: fairlearn's MetricFrame for the values, our cluster-robust intervals beside them."""

from collections.abc import Sequence

import numpy as np

from audit.disparity.cells import by_cluster, make_cells
from audit.disparity.intervals import one_mean, wilson
from audit.disparity.statistics import Statistic
from audit.records import GroupValue, Measurement


def describe(
    set_id: str, measure: str, attribute: str, groups: Sequence[str], statistic: Statistic,
    measurements: Sequence[Measurement], unit: float,
) -> list[GroupValue]:
    """Return one value a group. A group without a single number has value None, never 0."""
    rows = [(m, statistic.value(m)) for m in measurements if statistic.rows(m) and attribute in m.groups]
    values = _metric_frame(statistic, attribute, [(m, v) for m, v in rows if v is not None])
    cells = make_cells(rows, attribute, groups)
    result = []
    for column, group in enumerate(groups):
        clusters = by_cluster(cells.means[:, column], cells.cluster)
        low = high = None
        if len(clusters.sums) and group in values:
            if statistic.kind == "share":
                low, high = wilson(clusters)
            else:
                low, high = one_mean(clusters, unit).interval(0.95)
            low, high = min(low, values[group]), max(high, values[group])
        obtained = int(cells.obtained[:, column].sum())
        result.append(GroupValue(
            set=set_id, by={}, attribute=attribute, group=group, measure=measure, statistic=statistic.group,
            value=values.get(group), low=low, high=high, n=obtained, items=len(_seen(cells.obtained[:, column])),
            missing=int(cells.planned[:, column].sum()) - obtained,
        ))
    return result


def _seen(column: np.ndarray) -> np.ndarray:
    return np.flatnonzero(column > 0)


def _metric_frame(statistic: Statistic, attribute: str, rows: list[tuple[Measurement, float]]) -> dict[str, float]:
    """Return group → value. fairlearn sees only groups that have rows: its 0.0 for an empty one cannot occur."""
    if not rows:
        return {}
    from fairlearn.metrics import MetricFrame, mean_prediction, selection_rate

    metric = selection_rate if statistic.kind == "share" else mean_prediction
    values = np.array([value for _, value in rows])
    if statistic.kind == "share" and not np.isin(values, (0.0, 1.0)).all():
        metric = mean_prediction
    frame = MetricFrame(
        metrics=metric, y_true=np.zeros(len(values)), y_pred=values,
        sensitive_features=np.array([m.groups[attribute] for m, _ in rows]),
    )
    return {str(group): float(value) for group, value in frame.by_group.items()}
