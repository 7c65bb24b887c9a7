"""Did the tool change while it was asked? The same prompts at several times, and the versions that replies name.

Probes are asked in a seeded random order, so without a change the repeats of a prompt are exchangeable in time, whatever the prompt, its
group or its item. The statistic is the slope of a reply's value on the share of the run that had passed, both within the prompt
(within-subject regression: Mundlak 1978); its p-value comes from exchanging the times within prompts (Good 2005, Permutation Tests),
its interval from the sandwich by base item (Liang & Zeger 1986). Where nothing is asked twice, the prompts of one guise stand for each other.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from audit.disparity.multiplicity import holm
from audit.records import Measurement
from audit.records.drifts import RunDrift, Shift, VersionSeen

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DRAWS = 1_999
_ALPHA = 0.05
_FEWEST_ITEMS = 10
_MANY = 200
"""Prompts whose replies vary, from which on the normal law stands for all exchanges."""
_ZERO = 1e-12


def find_drift(measurements: Sequence[Measurement], came: Mapping[str, str], versions: Mapping[str, str], seed: int) -> RunDrift:
    """Return what changed within a run. came: probe → when its reply came (ISO 8601); versions: probe → the version that its reply names."""
    order = {probe: place / max(1, len(came) - 1) for place, probe in enumerate(sorted(came, key=lambda p: (came[p], p)))}
    seen = _seen(came, versions)
    tests: list[Shift] = []
    by_measure: dict[tuple[str, str], list[Measurement]] = defaultdict(list)
    for m in measurements:
        if m.value is not None and m.probe in order:
            by_measure[m.set, m.measure].append(m)
    for number, ((name, measure), read) in enumerate(sorted(by_measure.items())):
        rng = np.random.default_rng([seed, number])
        tests.append(_tested(name, measure, "time", read, np.array([order[m.probe] for m in read]), rng))
        if len(seen) > 1:
            first, second = seen[0].version, seen[1].version
            of_two = [m for m in read if versions.get(m.probe) in (first, second)]
            tests.append(_tested(name, measure, "version", of_two, np.array([float(versions[m.probe] == second) for m in of_two]), rng))
    adjusted = iter(holm([t.p_value for t in tests if t.p_value is not None]))
    settled = tuple(_settled(t, next(adjusted)) if t.p_value is not None else t for t in tests)
    return RunDrift(seen, settled, tuple(_sentences(seen, settled)))


def _seen(came: Mapping[str, str], versions: Mapping[str, str]) -> tuple[VersionSeen, ...]:
    """Return the versions, the one with the most replies first."""
    times: dict[str, list[str]] = defaultdict(list)
    for probe, version in versions.items():
        if probe in came:
            times[version].append(came[probe])
    return tuple(VersionSeen(v, len(t), min(t), max(t)) for v, t in sorted(times.items(), key=lambda one: (-len(one[1]), one[0])))


def _tested(name: str, measure: str, over: str, read: Sequence[Measurement], x: Floats, rng: np.random.Generator) -> Shift:
    blank = Shift(name, measure, "time" if over == "time" else "version", None, None, None, None, None, 0, 0, "not_assessed")
    prompts = _prompts(read)
    y, group = np.array([m.value for m in read], dtype=float), _codes(prompts)
    x_in, y_in = _within(x, group), _within(y, group)
    used = _moves(x_in, group)
    items = _codes([m.item for m in read])
    size, count = float(x_in @ x_in), len(set(items[used].tolist()))
    if size < _ZERO or count < _FEWEST_ITEMS:
        return blank
    slope = float(x_in @ y_in) / size
    scores = np.bincount(items, x_in * (y_in - slope * x_in))
    error = float(np.sqrt(count / (count - 1) * (scores @ scores))) / size
    reach = float(special.stdtrit(count - 1, 1 - _ALPHA / 2)) * error
    return Shift(
        name, measure, blank.over, slope, slope - reach, slope + reach, _p_value(x_in, y_in, group, slope * size, rng), None,
        len(set(group[used].tolist())), count, "not_shown",
    )


def _prompts(read: Sequence[Measurement]) -> list[str]:
    """Return for each reading which prompt it is of; where no prompt has two, which guise."""
    same = [f"{m.item} {sorted(m.groups.items())} {m.variant}" for m in read]
    if max(Counter(same).values(), default=0) > 1:
        return same
    return [str(sorted(m.groups.items())) for m in read]


def _codes(names: Sequence[str]) -> Ints:
    places: dict[str, int] = {}
    return np.array([places.setdefault(name, len(places)) for name in names], dtype=np.int64)


def _within(values: Floats, group: Ints) -> Floats:
    """Return values minus their group's mean."""
    return values - (np.bincount(group, values) / np.bincount(group))[group] if len(values) else values


def _moves(x_in: Floats, group: Ints) -> NDArray[np.bool_]:
    """Return which readings are of a prompt that was asked at several times, or of several versions."""
    return np.bincount(group, np.abs(x_in) > _ZERO)[group] > 0 if len(x_in) else np.zeros(0, dtype=bool)


def _p_value(x_in: Floats, y_in: Floats, group: Ints, found: float, rng: np.random.Generator) -> float:
    """Return how often exchanges within prompts move at least as far: (b + 1) / (B + 1), or by the normal law where many prompts vary.

    The variance over all exchanges is Σ over prompts of Σx²·Σy² / (n - 1) (Hoeffding 1951, Ann. Math. Stat. 22:558).
    """
    times = np.bincount(group)
    squares = np.bincount(group, x_in**2), np.bincount(group, y_in**2)
    varies = (squares[0] > _ZERO) & (squares[1] > _ZERO)
    if not varies.any():
        return 1.0
    if int(varies.sum()) >= _MANY:
        spread = np.sqrt(float((squares[0] * squares[1] / np.maximum(times - 1, 1))[varies].sum()))
        return float(2 * special.ndtr(-abs(found) / spread))
    kept = varies[group]
    order = np.argsort(group[kept], kind="stable")
    x, y, g = x_in[kept][order], y_in[kept][order], group[kept][order]
    reached = sum(abs(float(x[np.lexsort((rng.random(len(g)), g))] @ y)) >= abs(found) - _ZERO for _ in range(_DRAWS))
    return (reached + 1) / (_DRAWS + 1)


def _settled(one: Shift, adjusted: float) -> Shift:
    return Shift(
        one.set, one.measure, one.over, one.change, one.low, one.high, one.p_value, adjusted, one.prompts, one.items,
        "shifted" if adjusted <= _ALPHA else "not_shown",
    )


def _sentences(seen: Sequence[VersionSeen], shifts: Sequence[Shift]) -> list[str]:
    said = []
    if len(seen) > 1:
        named = "; ".join(f"{v.version} in {v.replies:,} replies, {v.first} to {v.last}" for v in seen)
        said.append(f"The replies name {len(seen)} versions of the tool: {named}. The results mix them, and hold for none of them alone.")
    for s in shifts:
        if s.outcome == "shifted" and s.change is not None and s.low is not None and s.high is not None:
            between = "from the first reply to the last" if s.over == "time" else f"from {seen[0].version} to {seen[1].version}"
            said.append(
                f"The tool did not stay the same while it was asked: in {s.set}, the mean of {s.measure} moved by {s.change:+.3g} "
                f"({s.low:+.3g} to {s.high:+.3g}) {between}, on {s.prompts:,} prompts that were asked at several times."
            )
    return said
