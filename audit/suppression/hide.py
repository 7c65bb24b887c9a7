"""Results → the same results without small cells, and without what would give them away."""

import math
import re
from collections.abc import Iterable, Mapping

import msgspec

from audit.records import Disparity, GroupValue, Omnibus, Results
from audit.suppression.complement import Protected
from audit.suppression.kinds import MISSING, divided, is_share, of_group, source_of
from audit.suppression.standing import Standing, standing
from audit.suppression.tables import ROUNDING, Cell
from audit.wording import OTHERS, one_line

_STEPS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0)
"""What an adjusted p-value is rounded up to where a hidden comparison had a part in it."""
_DIGITS = 2
_COUNTED = re.compile(r"(?P<before>^|\. )?\b[\d,]+ missing (?P<what>repl|outcome)(?:ies|y|s)?(?P<one> is)?\b")

_OF_THE_RARER = frozenset({"auc_difference", "qwk_difference", "qwk_beyond_human_difference"})
"""Statistics whose number of items is that of the rarer truth, or score: a small cell of its own."""


def suppress(results: Results, minimum: int = 10) -> Results:
    """Return the results of a table of people without any count below the minimum, read or worked out.

    minimum: 5 to 30 people (NCES 2011-603 found 10 in most states). What is hidden is None, never 0: `suppressed`
    says so. A hidden share of a group whose size is shown has the range it can lie in as `low` and `high`. A hidden
    comparison is `not_assessed`, so that hiding can never make an attribute pass. The rules: docs/small-cells.md.
    """
    sets = {*(g.set for g in results.groups), *(d.set for d in (*results.disparities, *results.missingness)), *(o.set for o in results.omnibus)}
    known = {name: standing([g for g in results.groups if g.set == name], minimum) for name in sorted(sets)}
    groups = tuple(_group(g, known[g.set], minimum) for g in results.groups)
    disparities = tuple(_disparity(d, known[d.set], minimum) for d in results.disparities)
    missingness = tuple(_disparity(d, known[d.set], minimum) for d in results.missingness)
    blurred = {d.family for d in (*disparities, *missingness) if d.suppressed}
    return msgspec.structs.replace(
        results, groups=groups,
        disparities=tuple(_blurred(d) if d.family in blurred else d for d in disparities),
        missingness=tuple(_blurred(d) if d.family in blurred else d for d in missingness),
        omnibus=_omnibus(results.omnibus, known),
        notes=(*results.notes, _note(groups, (*disparities, *missingness), minimum)),
    )


def _group(row: GroupValue, known: Standing, minimum: int) -> GroupValue:
    """Return a group's value as far as it may be shown."""
    cell, source = (row.attribute, row.group), source_of(row.by, row.measure)
    if not known.sized(source, row.statistic):
        row = msgspec.structs.replace(row, n=None, items=None)
    if cell in known.of_missing(row.statistic).hidden:
        row = msgspec.structs.replace(row, missing=None)
    value = known.of_values(source, row.statistic)
    if cell not in value.hidden:
        return row
    bare = msgspec.structs.replace(row, value=None, low=None, high=None, suppressed=True)
    if row.statistic == MISSING or cell in known.of_people(source, row.statistic).hidden:
        return msgspec.structs.replace(bare, n=None, items=None, missing=None)
    if row.items is None or not is_share(row.statistic, {cell: row}):
        return bare
    low, high = _range(row, minimum) if value.bounded else (0.0, 1.0)
    return msgspec.structs.replace(bare, low=low, high=high)


def _range(row: GroupValue, minimum: int) -> tuple[float, float]:
    """Return where a hidden share lies, for all that is published: near 0, near 1, or anywhere.

    With fewer than twice the minimum of people one of the two counts is always small, and the side is not said.
    """
    people = row.items or 0
    if people < 2 * minimum:
        return 0.0, 1.0
    most = (minimum - 1 if row.n == row.items else minimum) / people
    counted, rest = divided(row)
    if counted < minimum - ROUNDING:
        return 0.0, most
    return (1.0 - most, 1.0) if rest < minimum - ROUNDING else (0.0, 1.0)


def _disparity(d: Disparity, known: Standing, minimum: int) -> Disparity:
    """Return a comparison as far as it may be shown."""
    d = _of_an_sd(d)
    statistic, source = of_group(d.statistic), source_of(d.by, d.measure)
    shut, lost = _touches(d, known.of_values(source, statistic)), _touches_missing(d, known.of_missing(statistic))
    shut = shut or (d.statistic in _OF_THE_RARER and d.items is not None and d.items < minimum)
    if not known.sized(source, statistic) or _touches(d, known.of_people(source, statistic)) or (shut and d.statistic == MISSING):
        d = msgspec.structs.replace(d, items=None, clusters=None, responses=None)
    if shut:
        return _hidden(d, minimum, missing=lost or d.items is None)
    return msgspec.structs.replace(d, missing=None, because=_COUNTED.sub(_uncounted, d.because)) if lost else d


def _of_an_sd(d: Disparity) -> Disparity:
    """Return a comparison with what an SD made in three digits, as it is printed: in full it tells the squares of hidden scores."""
    if d.standardized is None or d.unit == "sd":
        return d
    margin = None if d.margin is None else float(f"{d.margin:.3g}")
    return msgspec.structs.replace(d, margin=margin, standardized=float(f"{d.standardized:.3g}"))


def _touches(d: Disparity, what: Protected) -> bool:
    """Whether a comparison would show a hidden cell, or a total that must not be shown."""
    cells: set[Cell] = {(d.attribute, d.group)}
    if d.reference == OTHERS:
        return not cells.isdisjoint(what.hidden) or d.attribute in what.closed
    return not (cells | {(d.attribute, d.reference)}).isdisjoint(what.hidden)


def _touches_missing(d: Disparity, what: Protected) -> bool:
    return _touches(d, what) or (d.reference == OTHERS and any(attribute == d.attribute for attribute, _ in what.hidden))


def _hidden(d: Disparity, minimum: int, *, missing: bool) -> Disparity:
    """Return a comparison without its numbers. It is never a verdict: its interval is private too."""
    group, reference = ("all other groups together" if g == OTHERS else one_line(g, 60) for g in (d.group, d.reference))
    return msgspec.structs.replace(
        d, missing=None if missing else d.missing, suppressed=True, outcome="not_assessed",
        estimate=None, low=None, high=None, low90=None, high90=None, standardized=None, p_value=None, p_adjusted=None,
        certain=False, detected=False, items_needed=None, detectable=None,
        because=(
            f"{group} against {reference}: not assessed in public, because fewer than {minimum} people stand behind a number here, "
            "or behind one that could be worked out from it. Suppressed is not zero."
        ),
    )


def _uncounted(found: re.Match[str]) -> str:
    """The missing replies or outcomes without their number, which is hidden."""
    what = f"issing {'replies' if found['what'] == 'repl' else 'outcomes'}{' are' if found['one'] else ''}"
    return f"m{what}" if found["before"] is None else f"{found['before']}M{what}"


def _blurred(d: Disparity) -> Disparity:
    """Return a comparison whose numbers do not tell what the hidden ones of its family were.

    Adjusted p-values and intervals depend a little on every comparison of the family, and whoever runs the analysis
    with each possible count could tell which it was. Rounded outward, they hold as before.
    """
    if d.suppressed:
        return d
    low, high = (_outward(d.low, d.high) if d.simultaneous else (d.low, d.high))
    return msgspec.structs.replace(
        d, low=low, high=high, detectable=None if d.detectable is None else _up(d.detectable, abs(d.detectable)),
        p_adjusted=_step(d.p_adjusted),
    )


def _outward(low: float | None, high: float | None) -> tuple[float | None, float | None]:
    width = high - low if low is not None and high is not None else abs(low if low is not None else high or 0.0)
    return (None if low is None else -_up(-low, width)), (None if high is None else _up(high, width))


def _up(value: float, size: float) -> float:
    """Return the value rounded up to a hundredth or so of the size."""
    if size <= 0:
        return value
    step = 10.0 ** (math.floor(math.log10(size)) - _DIGITS)
    return max(value, round(math.ceil(value / step - ROUNDING) * step, 12))


def _omnibus(rows: Iterable[Omnibus], known: Mapping[str, Standing]) -> tuple[Omnibus, ...]:
    """Return the tests of all groups, empty where a group is hidden: one number of a test can pin two counts."""
    found, hidden = [], False
    for row in rows:
        one, source, statistic = known[row.set], source_of(row.by, row.measure), of_group(row.statistic)
        if not one.sized(source, statistic) or _in(one.of_people(source, statistic), row.attribute):
            row = msgspec.structs.replace(row, items=None)  # noqa: PLW2901 - step by step
        if _in(one.of_values(source, statistic), row.attribute):
            hidden = True
            row = msgspec.structs.replace(  # noqa: PLW2901 - step by step
                row, p_value=None, p_adjusted=None, value=None, highest=None, lowest=None, between_sd=None, p_cluster=None
            )
        found.append(row)
    return tuple(msgspec.structs.replace(row, p_adjusted=_step(row.p_adjusted)) for row in found) if hidden else tuple(found)


def _in(what: Protected, attribute: str) -> bool:
    return attribute in what.closed or any(name == attribute for name, _ in what.hidden)


def _step(p: float | None) -> float | None:
    return None if p is None else next((step for step in _STEPS if p <= step), 1.0)


def _note(groups: Iterable[GroupValue], disparities: Iterable[Disparity], minimum: int) -> str:
    values, comparisons = [g.suppressed for g in groups], [d.suppressed for d in disparities]
    return (
        f"Small cells: {sum(values)} of {len(values)} group values and {sum(comparisons)} of {len(comparisons)} comparisons are hidden, "
        f"because fewer than {minimum} people stand behind a number, or behind one that could be worked out from it. Hidden is not zero. "
        "Where comparisons are hidden, the adjusted p-values and intervals of the others are rounded outward."
    )
