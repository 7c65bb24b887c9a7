"""Which statistics a set's measure has, on which rows, and whether they decide or only describe."""

from collections.abc import Callable, Collection

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from audit.disparity.readings import Flags, Floats, Readings
from audit.records import FixtureSet


class Statistic(Struct, frozen=True):
    """`group`: the name of one group's value; `difference`, `ratio`: of the contrasts (fairlearn's names).

    `kind`: share (0 to 1) or mean. `rows` says which readings count; `value` reads them, NaN where missing.
    `tested_as`: the difference whose null hypothesis is the same; one test answers both.
    """

    group: str
    difference: str
    kind: str
    unit: str
    rows: Callable[[Readings], Flags]
    value: Callable[[Readings], Floats]
    confirmatory: bool = True
    ratio: str | None = None
    tested_as: str | None = None

    @property
    def name(self) -> str:
        """The name of a comparison in this statistic."""
        return self.ratio or self.difference


def _all(r: Readings) -> Flags:
    return np.ones(len(r), dtype=bool)


def _own(r: Readings) -> Floats:
    return r.value


def _flip(r: Readings) -> Floats:
    return 1.0 - r.value


def _error(r: Readings) -> Floats:
    return r.value - r.truth


def _judged(r: Readings, value: Floats) -> Floats:
    return np.where(np.isnan(r.truth), np.nan, value)


def _negative(r: Readings) -> Flags:
    found: Flags = (r.truth == 0.0) | np.isnan(r.truth)
    return found


def _positive(r: Readings) -> Flags:
    found: Flags = (r.truth == 1.0) | np.isnan(r.truth)
    return found


MISSING = Statistic("missing_rate", "missing_rate", "share", "share", lambda r: r.asked, lambda r: np.isnan(r.value).astype(float))
_SELECTED = Statistic("selection_rate", "selection_rate_difference", "share", "share", _all, _own)
# a reply whose truth is not known could belong to either rate: it is a missing one of both, so that leaving truths out clears nobody
_FALSE_ALARMS = Statistic(
    "false_positive_rate", "false_positive_rate_difference", "share", "share", _negative, lambda r: _judged(r, _own(r))
)
_MISSES = Statistic(
    "false_negative_rate", "false_negative_rate_difference", "share", "share", _positive, lambda r: _judged(r, _flip(r))
)
_HITS = Statistic(
    "true_positive_rate", "true_positive_rate_difference", "share", "share", _positive, lambda r: _judged(r, _own(r)), confirmatory=False,
    tested_as="false_negative_rate_difference",
)
_ACCURACY = Statistic(
    "accuracy", "accuracy_difference", "share", "share", _all,
    lambda r: np.where(np.isnan(r.value) | np.isnan(r.truth), np.nan, (r.value == r.truth).astype(float)), confirmatory=False,
)
_RATIOS = (
    Statistic("selection_rate", "", "share", "ratio", _all, _own, False, "selection_rate_ratio", "selection_rate_difference"),
    Statistic("non_selection_rate", "", "share", "ratio", _all, _flip, False, "non_selection_rate_ratio", "selection_rate_difference"),
)


def statistics_for(
    fixture_set: FixtureSet, measure: str, unit: str, readings: Readings, confirm: Collection[str] = (), *, decides: bool = True
) -> list[Statistic]:
    """Return the statistics of one measure that are means or shares, the deciding ones first.

    Decisions with a truth are judged by their error rates, without one by their selection rate.
    Scores of different work (sampled, with a truth) are judged by their error, not by their height.
    `confirm`: the names of further comparisons that decide, because the user gave them a margin; none where the measure
    does not decide.
    """
    found = _decisions(readings) if measure == "decision" else _means(fixture_set, measure, unit, readings)
    chosen = [replace(s, confirmatory=decides and (s.confirmatory or s.name in confirm)) for s in found]
    return sorted(chosen, key=lambda s: not s.confirmatory)


def _decisions(readings: Readings) -> list[Statistic]:
    errors = [s for s, truth in ((_FALSE_ALARMS, 0.0), (_MISSES, 1.0)) if (readings.truth == truth).any()]
    if not errors:
        return [_SELECTED, *_RATIOS]
    rest = (_HITS,) if _MISSES in errors else ()
    return [*errors, replace(_SELECTED, confirmatory=False), *rest, _ACCURACY, *_RATIOS]


def _means(fixture_set: FixtureSet, measure: str, unit: str, readings: Readings) -> list[Statistic]:
    mean = Statistic("mean", "mean_difference", "mean", unit, _all, _own)
    if measure != "score" or np.isnan(readings.truth).all():
        return [mean]
    by_error = fixture_set.design == "sampled"
    return [
        replace(mean, confirmatory=not by_error),
        Statistic("mean_error", "mean_error_difference", "mean", unit, _all, _error, by_error),
        Statistic(
            "mean_absolute_error", "mean_absolute_error_difference", "mean", unit, _all, lambda r: np.abs(_error(r)), confirmatory=False
        ),
    ]
