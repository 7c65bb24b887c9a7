"""Whether the decision holds under all weights and all margins of a stated range: worked out, not sampled."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import isfinite

from audit.records import DecisionStatus, Disparity, Finding, MarginRange, ScoreRange, Sensitivity
from audit.scorecard.case import Case, most_cautious, rank
from audit.scorecard.scores import Share, band_at, exactly, share_of, shown, too_few
from audit.scorecard.steps import steps_of

Rejudge = Callable[[float], DecisionStatus]
"""The decision when every margin is so many times the policy's."""
_FINE = 1e-9
"""Two factors closer than this, relative to their size, count as one."""


def sensitivity_of(case: Case, decided: Rejudge | None, rows: Sequence[Disparity]) -> Sensitivity:
    """Return the ranges of the scores and of the decision. decided: None where margins cannot be tried; then only weights are."""
    status = most_cautious(step.status for step in steps_of(case))
    factor = exactly(case.policy.sensitivity.weight_factor)
    by_weights = statuses_by_weights(case, factor)
    margins = margin_ranges(case, decided, rows) if decided else ()
    return Sensitivity(
        holds={status} == {*by_weights, *(one.status for one in margins)},
        weight_factor=float(factor), scores=tuple(_score_range(case, name, factor) for name in _indicators(case)),
        status_by_weights=by_weights, margins=margins, sentence=_sentence(case, status, by_weights, margins),
    )


def _indicators(case: Case) -> tuple[str, ...]:
    asked = {f.indicator for f in case.findings if f.outcome != "not_applicable"}
    return (*(name for name in case.titles if name in asked), *sorted(asked - case.titles.keys()))


def extremes(share: Share, factor: Fraction) -> tuple[Fraction, Fraction]:
    """Return the lowest and the highest score (0 to 100) when each weight lies anywhere between 1/factor and factor times its own.

    A share of weights rises with every weight that is met and falls with every other, so it is lowest with all that is met at the
    bottom and the rest at the top, and highest the other way round.
    """
    if not share.met + share.rest:
        return Fraction(0), Fraction(0)
    square = factor**2
    return 100 * share.met / (share.met + share.rest * square), 100 * share.met * square / (share.met * square + share.rest)


def _score_range(case: Case, indicator: str, factor: Fraction) -> ScoreRange:
    share = share_of(case.findings, indicator)
    if too_few(share, case.policy):
        return ScoreRange(indicator, None, None, None)
    low, high = extremes(share, factor)
    return ScoreRange(indicator, shown(share.earned), shown(low), shown(high))


def statuses_by_weights(case: Case, factor: Fraction) -> tuple[DecisionStatus, ...]:
    """Return every status that some weights of the range give, the most cautious first.

    Weights reach the decision only through the bands. A score takes every value between its extremes, so every band between
    theirs is reached, each indicator's for itself: the weights of two indicators have nothing to do with each other.
    """
    reached = {most_cautious(step.status for step in steps_of(case) if step.rule != "band")}
    bands = case.policy.bands
    for indicator in _indicators(case):
        low, high = (band_at(score, bands) for score in extremes(share_of(case.findings, indicator), factor))
        reached = {most_cautious([status, band.status]) for status in reached for band in bands[low : high + 1]}
    return tuple(sorted(reached, key=rank))


def margin_ranges(case: Case, decided: Rejudge, rows: Sequence[Disparity]) -> tuple[MarginRange, ...]:
    """Return the decision for every margin of the range. At an edge itself the more cautious side holds.

    A wider margin never makes a verdict worse, so the decision only ever rises with the factor, a few times at most. Where it
    does, an interval's end or an estimate meets the margin: those factors are tried first, and where an edge lies between two of
    them (missing replies, or a margin whose own error widens the interval) it is closed in on until 1e-9 of its size is left.
    """
    wanted = case.policy.sensitivity
    known: dict[float, DecisionStatus] = {}

    def at(factor: float) -> DecisionStatus:
        if factor not in known:
            known[factor] = decided(factor)
        return known[factor]

    edges = _edges(at, [wanted.margin_from, *_critical(rows, wanted.margin_from, wanted.margin_to), wanted.margin_to])
    starts = [wanted.margin_from, *edges, wanted.margin_to]
    ends = [(start, end) for start, end in pairwise(starts) if end > start] or [(starts[0], starts[-1])]
    return tuple(MarginRange(start, end, at(_within(start, end))) for start, end in ends)


def _within(start: float, end: float) -> float:
    return start + (end - start) / 2


def _critical(rows: Sequence[Disparity], start: float, end: float) -> list[float]:
    """Return the factors between the ends at which an estimate or an interval's end meets a margin, in order."""
    met = {
        abs(value) / d.margin
        for d in rows if d.family == "confirmatory" and d.margin and d.unit != "ratio"
        for value in (d.estimate, d.low, d.high, d.low90, d.high90) if value is not None
    }
    return sorted(factor for factor in met if isfinite(factor) and start < factor < end)


def _edges(at: Rejudge, points: Sequence[float]) -> list[float]:
    """Return the factors above which the decision is another, in order, by halving the list of points again and again."""
    first, last = points[0], points[-1]
    if at(first) == at(last):
        return []
    if len(points) == 2:  # noqa: PLR2004  # neighbours: the edge lies between them
        return [first] if at(first + _FINE * first) == at(last) else _close_in(at, first, last)
    middle = len(points) // 2
    return [*_edges(at, points[: middle + 1]), *_edges(at, points[middle:])]


def _close_in(at: Rejudge, low: float, high: float) -> list[float]:
    """Return the edges between two factors, found by halving."""
    if at(low) == at(high):
        return []
    if high - low <= _FINE * high:
        return [low]
    middle = _within(low, high)
    return [*_close_in(at, low, middle), *_close_in(at, middle, high)]


def _sentence(case: Case, status: DecisionStatus, by_weights: Sequence[DecisionStatus], margins: Sequence[MarginRange]) -> str:
    """Return the finding in one sentence, as far as margins were tried."""
    factor = case.policy.sensitivity.weight_factor
    weights, other = f"weights between 1/{factor:g} and {factor:g} times the policy's", [s for s in by_weights if s != status]
    moved = [one for one in margins if one.status != status]
    span = f"margins between {margins[0].from_factor:g} and {margins[-1].to_factor:g} times the policy's" if margins else ""
    if not other and not moved:
        return f"The decision is the same for all {weights}{f' and for all {span}' if span else ''}."
    of_weights = f"with other {weights} it could be {_listed(other)}" if other else f"it is the same for all {weights}"
    if not span:
        return f"The decision hangs on the weights: {of_weights}."
    ranges = "; ".join(f"{_words(one.status)} with margins {_between(one)} times the policy's" for one in moved)
    return f"The decision hangs on {_on(bool(other), bool(moved))}: {of_weights}; {ranges or f'it is the same for all {span}'}."


def _on(weights: bool, margins: bool) -> str:
    return "the weights and the margins" if weights and margins else "the weights" if weights else "the margins"


def _between(one: MarginRange) -> str:
    return f"between {one.from_factor:.3g} and {one.to_factor:.3g}"


def _listed(statuses: Sequence[DecisionStatus]) -> str:
    return " or ".join(_words(status) for status in statuses)


def _words(status: DecisionStatus) -> str:
    return f'"{status.replace("_", " ")}"'


def with_measured(findings: Sequence[Finding], measured: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings with others in place of the measured ones."""
    return (*(f for f in findings if f.assurance != "measured"), *measured)
