"""Ratios that rules name, by group: New York City's impact ratio and IDEA's risk ratios.

Where each row is a person of one group (one decision an item, items on their own) they are the rules' counts, with the
intervals of risk.py. Where one item was decided more than once, or lies with others in a cluster, or in several guises,
they are ratios of means over items, with the cluster-robust log ratio of `selection_rate_ratio` beside them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from audit.disparity.cells import Clusters, by_cluster, make_cells, median
from audit.disparity.estimation import LEVEL
from audit.disparity.frames import Audited
from audit.disparity.intervals import independent_shares, wilson
from audit.disparity.ratios import log_ratio_interval
from audit.disparity.readings import Flags, Floats, Ints, Readings
from audit.disparity.risk import Children, Ratio, impact_ratios, ratio_interval, significant_disproportionality
from audit.disparity.scored import Described, Scores, group_value, make_scores
from audit.disparity.statistics import Statistic

_DRAWS = 1_999
Ends = tuple[float, float]


@dataclass(frozen=True)
class State:
    """A State's children by group, which IDEA's alternate risk ratio compares with (34 CFR 300.647).

    outcome, enrolled: group → children, the LEA's among them. cell_size, n_size: the fewest with the outcome, and enrolled,
    for a ratio to be calculated at all; set by the State.
    """

    outcome: Mapping[str, int]
    enrolled: Mapping[str, int]
    cell_size: int = 10
    n_size: int = 30


def _group(name: str, unit: str = "ratio") -> Statistic:
    return Statistic(name, f"{name}_difference", "share", unit, lambda r: np.ones(len(r), dtype=bool), lambda r: r.value, confirmatory=False)


_SCORING, _IMPACT, _RISK, _ALTERNATE = _group("scoring_rate", "share"), _group("impact_ratio"), _group("risk_ratio"), _group("alternate_risk_ratio")


@dataclass(frozen=True)
class _Shares:
    """Who was selected: share: (n,) of each entry of `scores`."""

    scores: Scores
    share: Floats

    @cached_property
    def people(self) -> bool:
        """Whether each row is a person of one group, decided once."""
        s = self.scores
        alone = len(np.unique(s.cluster)) == len(s.cluster)
        return alone and bool(((self.share == 0) | (self.share == 1)).all())

    def counts(self) -> tuple[Ints, Ints]:
        """(G,) selected people, and (G,) people, by group."""
        s = self.scores
        both = [np.bincount(s.group, weights=w, minlength=len(s.groups)) for w in (s.times * self.share, s.times)]
        return np.rint(both[0]).astype(np.int64), np.rint(both[1]).astype(np.int64)

    def clusters(self, rows: Flags) -> Clusters:
        """Return the sums of some rows by cluster."""
        return by_cluster(np.where(rows, self.share, np.nan), self.scores.cluster, self.scores.alike)

    def ratio(self, own: Flags, base: Flags) -> tuple[float | None, Ends]:
        """Return the ratio of two means with its cluster-robust interval on the log; None over zero or nothing."""
        a, b = self.clusters(own), self.clusters(base)
        if not len(a.sums) or not len(b.sums) or b.mean <= 0:
            return None, (0.0, np.inf)
        covariance = 0.0 if own is base else float(self.scores.alike @ (self._off(own, a) * self._off(base, b)))
        low, high = log_ratio_interval(a, b, covariance, independent_shares(a, b).counts, LEVEL)
        return a.mean / b.mean, (low, np.inf if high is None else high)

    def _off(self, rows: Flags, side: Clusters) -> Floats:
        """(C,): what each cluster adds to the mean of a side."""
        s = self.scores
        off = (self.share[rows] - side.mean) / side.items
        return np.bincount(s.cluster[rows], weights=off, minlength=len(s.alike)).astype(float)


def rule_ratios(a: Audited, attribute: str, sample: Ints, seed: int, state: State | None) -> Iterator[Described]:
    """Yield impact and risk ratios of decisions, and scoring rates with impact ratios of scores that no truth judges."""
    if a.measure == "decision":
        decided = _decided(a, attribute, sample)
        yield _impact(replace(decided, share=1 - decided.share) if a.set.adverse else decided, seed)
        yield from _risks(decided, state)
    elif a.measure == "score" and np.isnan(a.readings.truth).all():
        above = _above(a, attribute, sample)
        yield _scoring(above)
        yield _impact(above, seed)


def _decided(a: Audited, attribute: str, sample: Ints) -> _Shares:
    scores = make_scores(a, attribute, _IMPACT, sample)
    return _Shares(scores, scores.value)


def _above(a: Audited, attribute: str, sample: Ints) -> _Shares:
    """Say who scored above the median of everyone, those of unknown group included (6 RCNY §5-300)."""
    scores = make_scores(a, attribute, _SCORING, sample)
    everyone = _with_unknown(a.readings, attribute, len(scores.groups))
    cells = make_cells(everyone, attribute, ["", *scores.groups], np.ones(len(everyone), dtype=bool), lambda r: r.value)
    there = cells.obtained > 0
    return _Shares(scores, (scores.value > median(cells.means[there], cells.times[there])).astype(float))


def _with_unknown(r: Readings, attribute: str, groups: int) -> Readings:
    """Return the readings with the unknown group as the first one."""
    return replace(r, groups={attribute: r.groups[attribute] + 1})


def _scoring(shares: _Shares) -> Described:
    s, rows = shares.scores, []
    for g in range(len(s.groups)):
        clusters = shares.clusters(s.group == g)
        value = clusters.mean if len(clusters.sums) else None
        low, high = wilson(clusters) if value is not None else (0.0, 1.0)
        rows.append(group_value(s, _SCORING, g, value, (low, high)))
    return Described(s.named(_SCORING), [], rows)


def _impact(shares: _Shares, seed: int) -> Described:
    """Return each category's rate over the most selected category's."""
    s = shares.scores
    head = s.named(_IMPACT)
    if not len(s.group):
        found: list[tuple[float | None, Ends]] = [(None, (0.0, np.inf))] * len(s.groups)
    elif shares.people:
        found = [_of_rule(row.ratio) for row in impact_ratios(*shares.counts(), _DRAWS, head.generator(seed))]
    else:
        found = _impact_of_clusters(shares)
    return Described(head, [], [group_value(s, _IMPACT, g, value, ends) for g, (value, ends) in enumerate(found)])


def _impact_of_clusters(shares: _Shares) -> list[tuple[float | None, Ends]]:
    """Return the ratios of means; the most selected category is compared with an independent one like itself."""
    s = shares.scores
    masks = [s.group == g for g in range(len(s.groups))]
    rates = [side.mean if len((side := shares.clusters(mask)).sums) else np.nan for mask in masks]
    best = masks[int(np.nanargmax(rates))]
    found = [shares.ratio(mask, best) for mask in masks]
    return [(value, (low, min(high, 1.0))) for value, (low, high) in found]


def _of_rule(ratio: Ratio | None) -> tuple[float | None, Ends]:
    return (None, (0.0, np.inf)) if ratio is None or ratio.high is None else (ratio.value, (ratio.low, ratio.high))


def _risks(shares: _Shares, state: State | None) -> Iterator[Described]:
    """Yield each group's risk over all the others'; with the State's counts, as 34 CFR 300.647 says which is calculated."""
    s = shares.scores
    if state is not None and set(s.groups) <= set(state.enrolled) & set(state.outcome):
        yield from _by_the_rule(shares, state)
        return
    count, n = shares.counts()
    rows = []
    for g in range(len(s.groups)):
        own = s.group == g
        ratio = (
            _of_rule(ratio_interval(int(count[g]), int(n[g]), int(count.sum() - count[g]), int(n.sum() - n[g])))
            if shares.people else shares.ratio(own, ~own)
        )
        rows.append(group_value(s, _RISK, g, *ratio))
    yield Described(s.named(_RISK), [], rows)


def _by_the_rule(shares: _Shares, state: State) -> Iterator[Described]:
    """Children are counted: where rows are no children of one group each, nothing is calculated.

    The State's other children are all of them, also in groups that the table has not (34 CFR 300.647(a)).
    """
    s = shares.scores
    names = [*s.groups, *(g for g in state.enrolled if g not in s.groups)]
    of_state = Children(*(np.array([column[g] for g in names], dtype=np.int64) for column in (state.outcome, state.enrolled)))
    of_table = Children(*(np.pad(column, (0, len(names) - len(s.groups))) for column in shares.counts()))
    sizes = {"cell_size": state.cell_size, "n_size": state.n_size}
    told = significant_disproportionality(of_table, of_state, **sizes)[: len(s.groups)] if shares.people else ()
    for statistic in (_RISK, _ALTERNATE):
        ratios = [_of_rule(row.ratio if row.kind == statistic.group else None) for row in told] or [(None, (0.0, np.inf))] * len(s.groups)
        yield Described(s.named(statistic), [], [group_value(s, statistic, g, *ratio) for g, ratio in enumerate(ratios)])
