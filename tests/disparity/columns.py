"""Builders of readings from columns, for tables of rows rather than of items by group."""

import numpy as np

from audit.disparity import Audited, Readings
from audit.records import Attribute, FixtureSet


def a_table(groups, reference=None, design="sampled", outcome="score", **changes) -> FixtureSet:
    """groups: attribute → its labels."""
    references = reference or {}
    attributes = {name: Attribute(groups={g: g for g in labels}, reference=references.get(name)) for name, labels in groups.items()}
    fields = {
        "id": "t", "title": "A table", "edition": "1", "use_case": "", "design": design, "outcome": outcome, "attributes": attributes,
        "rows": (), "digest": "", "scale": None,
    }
    return FixtureSet(**(fields | changes))


def readings(value, *, groups, truth=None, second=None, item=None, cluster=None, weight=None) -> Readings:
    """groups: attribute → place of each row's group. Without items each row is one; `weight`: how many alike rows it stands for."""
    n = len(value)
    item = np.arange(n) if item is None else np.asarray(item)
    cluster = item if cluster is None else np.asarray(cluster)
    return Readings(
        value=np.asarray(value, dtype=float), truth=np.full(n, np.nan) if truth is None else np.asarray(truth, dtype=float),
        second=np.empty(0) if second is None else np.asarray(second, dtype=float), item=item, cluster=cluster, times=np.ones(n),
        weight=np.ones(int(cluster.max(initial=-1)) + 1) if weight is None else np.asarray(weight, dtype=float),
        asked=np.ones(n, dtype=bool), groups={name: np.asarray(places) for name, places in groups.items()}, variant=np.full(n, -1),
    )


def of_labels(labels, attribute="a", reference=None, **columns):
    """An audit of one attribute, from labels by row; `measure`, `design` and the columns of `readings`."""
    names = sorted({str(label) for label in labels})
    measure = columns.pop("measure", "score")
    fixture_set = a_table({attribute: names}, {attribute: reference}, columns.pop("design", "sampled"), measure, **columns.pop("changes", {}))
    own = readings(groups={attribute: np.array([names.index(x) for x in labels], dtype=np.int64)}, **columns)
    return Audited(fixture_set, measure, "share" if measure == "decision" else "points", own)


def values(compared, statistic, attribute="a"):
    """Group → value."""
    return {g.group: g.value for g in compared.groups if g.statistic == statistic and g.attribute == attribute}


def estimates(compared, statistic, attribute="a"):
    """(group, reference) → comparison."""
    return {(c.group, c.reference): c for c in compared.comparisons if c.statistic == statistic and c.attribute == attribute}
