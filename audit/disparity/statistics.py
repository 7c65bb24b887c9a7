"""Which statistics a set's measure has, on which rows, and whether they decide or only describe."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from audit.records import NOT_ASKED, FixtureSet, Measurement


class Statistic(Struct, frozen=True):
    """`group`: the name of one group's value; `difference`, `ratio`: of the contrasts (fairlearn's names).

    `kind`: share (0 to 1) or mean. `rows` says which probes count; `value` reads one.
    """

    group: str
    difference: str
    kind: str
    unit: str
    rows: Callable[[Measurement], bool]
    value: Callable[[Measurement], float | None]
    confirmatory: bool = True
    ratio: str | None = None


def _all(_: Measurement) -> bool:
    return True


def _own(m: Measurement) -> float | None:
    return m.value


def _flip(m: Measurement) -> float | None:
    return None if m.value is None else 1.0 - m.value


def _asked(m: Measurement) -> bool:
    return m.missing != NOT_ASKED


MISSING = Statistic(
    "missing_rate", "missing_rate", "share", "share", _asked, lambda m: 0.0 if m.missing is None else 1.0
)
_SELECTED = Statistic("selection_rate", "selection_rate_difference", "share", "share", _all, _own)
_DESCRIBED = Statistic(
    "selection_rate", "selection_rate_difference", "share", "share", _all, _own, confirmatory=False
)
_FALSE_ALARMS = Statistic(
    "false_positive_rate", "false_positive_rate_difference", "share", "share", lambda m: m.truth == 0.0, _own
)
_MISSES = Statistic(
    "false_negative_rate", "false_negative_rate_difference", "share", "share", lambda m: m.truth == 1.0, _flip
)
_RATIOS = (
    Statistic("selection_rate", "", "share", "ratio", _all, _own, False, "selection_rate_ratio"),
    Statistic("non_selection_rate", "", "share", "ratio", _all, _flip, False, "non_selection_rate_ratio"),
)


def statistics_for(
    fixture_set: FixtureSet, measure: str, unit: str, measurements: Sequence[Measurement]
) -> list[Statistic]:
    """Return the statistics of one measure, the deciding ones first.

    Decisions with a truth are judged by their error rates, without one by their selection rate.
    Scores of different work (sampled, with a truth) are judged by their error, not by their height.
    """
    if measure == "decision":
        truths = {m.truth for m in measurements if m.truth is not None}
        errors = [s for s, truth in ((_FALSE_ALARMS, 0.0), (_MISSES, 1.0)) if truth in truths]
        return [*(errors or [_SELECTED]), *([_DESCRIBED] if errors else []), *_RATIOS]
    mean = Statistic("mean", "mean_difference", "mean", unit, _all, _own)
    if measure == "score" and fixture_set.design == "sampled" and any(m.truth is not None for m in measurements):
        return [
            Statistic(
                "mean_error", "mean_error_difference", "mean", unit,
                lambda m: m.truth is not None, _error,
            )
        ]
    return [mean]


def _error(m: Measurement) -> float | None:
    return None if m.value is None or m.truth is None else m.value - m.truth
