"""What a rating shows: how far people agree, and each rater beside the others. Nothing here knows a group."""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from audit.disparity.readings import Floats, Ints
from audit.raters.agreement import Agreement, Metric, Pair, alpha, pairs
from audit.raters.collected import Collected, Comment, Scored
from audit.raters.key import Key
from audit.raters.people import Again, Estimate, again, drift, from_others, severity
from audit.records import FixtureSet

SCHEMA = "edtech-equity-audit/raters/1"
_METRICS: Mapping[str, tuple[Metric, ...]] = {"score": ("ordinal", "interval"), "decision": ("nominal",)}


class RaterLine(Struct, frozen=True):
    """One rater: lines asked and empty, the mean score (decisions: the share of yes), severity, drift and second looks."""

    rater: str
    file: str | None
    lines: int
    empty: int
    mean: float | None
    severity: Estimate
    drift: Estimate
    again: Again


class RatersReport(Struct, frozen=True):
    """All that is reported of a rating. works: samples with a score; shared: with two or more; unscored: with none."""

    schema: str
    set: str
    outcome: str
    works: int
    shared: int
    unscored: int
    alpha: dict[str, Agreement]
    mean_qwk: Agreement
    pairs: tuple[Pair, ...]
    raters: tuple[RaterLine, ...]
    comments: tuple[Comment, ...]

    @property
    def complete(self) -> bool:
        """Whether no line is empty and agreement could be measured."""
        return not any(rater.empty for rater in self.raters) and all(a.value is not None for a in self.alpha.values())


def report_on(collected: Collected, key: Key, fixture_set: FixtureSet) -> RatersReport:
    """Return the report. Agreement, severity and drift rest on each rater's first look; second looks only on themselves."""
    scores, cluster = score_table(collected, fixture_set), clusters_of(fixture_set)
    names = [scored.rater for scored in collected.raters]
    by_pair, mean = pairs(names, scores, cluster, key.unit)
    counts = (~np.isnan(scores)).sum(axis=1)
    asked = {line.row for sheet in key.sheets for line in sheet.lines}
    return RatersReport(
        schema=SCHEMA, set=fixture_set.id, outcome=key.outcome, works=int((counts > 0).sum()), shared=int((counts > 1).sum()),
        unscored=sum(1 for row in asked if not counts[row]), alpha={m: alpha(scores, cluster, m) for m in _METRICS[key.outcome]},
        mean_qwk=mean, pairs=tuple(by_pair), comments=collected.comments,
        raters=tuple(_line(scored, n, scores, cluster, key.unit) for n, scored in enumerate(collected.raters)),
    )


def score_table(collected: Collected, fixture_set: FixtureSet) -> Floats:
    """Return (rows of the set, raters): each rater's first answer, NaN where there is none."""
    table = np.full((len(fixture_set.rows), len(collected.raters)), np.nan)
    for column, scored in enumerate(collected.raters):
        for score in reversed(scored.scores):
            table[score.row, column] = score.value
    return table


def clusters_of(fixture_set: FixtureSet) -> Ints:
    """Return (rows,) the number of what each row's independence rests on: its cluster, else its base item."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(row.cluster or row.item, len(known)) for row in fixture_set.rows], dtype=np.int64)


def _line(scored: Scored, column: int, scores: Floats, cluster: Ints, unit: float) -> RaterLine:
    difference = from_others(scores, column)
    place = np.zeros(len(scores))
    for score in reversed(scored.scores):
        place[score.row] = score.place / max(scored.lines - 1, 1)
    first = {score.row: score.value for score in scored.scores if not score.again}
    second = {score.row: score.value for score in scored.scores if score.again and score.row in first}
    own = scores[~np.isnan(scores[:, column]), column]
    return RaterLine(
        scored.rater, scored.file, scored.lines, scored.empty, float(own.mean()) if len(own) else None,
        severity(difference, cluster, unit), drift(difference, place, unit),
        again([first[row] for row in second], list(second.values()), [int(cluster[row]) for row in second], unit),
    )
