"""Measured differences as a tool's page shows them: a table for each attribute of each set, and a small picture beside each number."""

from collections.abc import Sequence

from msgspec import Struct

from audit.records.listings import GapRow
from audit.records.results import Outcome
from audit.registry.site.names import ENGLISH, named
from audit.report.documents.parts import difference, interval, size, unit_name
from audit.report.documents.sentences import plain_verdict

_HALF, _ROOM = 60.0, 1.08
_LONGEST = 90
_FEW = 24
"""Up to so many comparisons on a page all tables stand open; of more, those that show a difference beyond the margin."""


class Mark(Struct, frozen=True):
    """A difference as a picture 120 wide whose middle is no difference: the ends of its interval, its place, half the width of its margin (None: no margin)."""

    low: str
    high: str
    at: str
    margin: str | None

    @property
    def wide(self) -> str:
        """The width of the interval."""
        return f"{float(self.high) - float(self.low):.1f}"


class Gap(Struct, frozen=True):
    """One row of a table, in words. level: of the interval shown, in percent."""

    group: str
    estimate: str
    interval: str
    level: str
    outcome: Outcome
    verdict: str
    control: bool
    hidden: bool
    mark: Mark | None


class Table(Struct, frozen=True):
    """The comparisons of one attribute with one reference in one statistic. margin: in words, empty without one. hidden: rows too small to show."""

    attribute: str
    statistic: str
    reference: str
    unit: str
    margin: str
    outcome: Outcome
    verdict: str
    gaps: tuple[Gap, ...]
    hidden: int
    open: bool


class Part(Struct, frozen=True):
    """What was measured with one set."""

    title: str
    tables: tuple[Table, ...]


def parts_of(rows: Sequence[GapRow]) -> tuple[Part, ...]:
    """Return the measured differences by set and table, in the order of the audit."""
    few = len(rows) <= _FEW
    by_set: dict[str, dict[tuple[str, ...], list[GapRow]]] = {}
    for row in rows:
        by_set.setdefault(row.set, {}).setdefault((row.attribute, row.measure, row.statistic, row.reference, row.unit), []).append(row)
    return tuple(Part(named(title, _LONGEST), tuple(_table(own, few=few) for own in tables.values())) for title, tables in by_set.items())


def outcome_of(rows: Sequence[GapRow]) -> Outcome:
    """Return the outcome of several comparisons: a difference that only a control shows, or one that is open, leaves all of them open."""
    shown = [row for row in rows if not row.hidden]
    outcomes = {row.outcome for row in shown}
    if any(row.outcome == "gap_found" and not row.negative_control for row in shown):
        return "gap_found"
    return next(iter(outcomes)) if len(outcomes) == 1 and outcomes & {"within_margin", "not_assessed"} else "inconclusive" if outcomes else "not_assessed"


def verdict_of(rows: Sequence[GapRow]) -> str:
    """Return that outcome in words; "Hidden" where nothing may be shown."""
    return "Hidden: groups too small" if all(row.hidden for row in rows) else plain_verdict(outcome_of(rows), ENGLISH)


def _table(rows: Sequence[GapRow], *, few: bool) -> Table:
    first, outcome = rows[0], outcome_of(rows)
    margins = sorted({row.margin for row in rows if row.margin is not None})
    margin = " or ".join(size(m, first.unit, ENGLISH) for m in margins)
    reach = _reach(rows)
    return Table(
        attribute=named(first.attribute, _LONGEST), statistic=named(first.what or first.statistic.replace("_", " "), _LONGEST), reference=named(first.reference, _LONGEST),
        unit=named(unit_name(first.unit, ENGLISH), 40) if unit_name(first.unit, ENGLISH) else "", margin=margin, outcome=outcome, verdict=verdict_of(rows),
        gaps=tuple(_gap(row, reach) for row in rows), hidden=sum(row.hidden for row in rows), open=few or outcome == "gap_found",
    )


def _gap(row: GapRow, reach: float) -> Gap:
    narrow = row.outcome == "within_margin"
    low, high = (row.low90, row.high90) if narrow else (row.low, row.high)
    return Gap(
        group=named(row.group, _LONGEST), estimate=difference(row.estimate, row.unit, ENGLISH), interval=interval(low, high, row.unit, ENGLISH),
        level="90" if narrow else "95", outcome=row.outcome, verdict=plain_verdict(row.outcome, ENGLISH), control=row.negative_control, hidden=row.hidden,
        mark=_mark(row, low, high, reach),
    )


def _reach(rows: Sequence[GapRow]) -> float:
    """How far a table's picture reaches to each side: all its intervals fit."""
    return max((abs(n) for row in rows for n in (row.estimate, row.low, row.high, row.margin) if n is not None), default=0.0) * _ROOM


def _mark(row: GapRow, low: float | None, high: float | None, reach: float) -> Mark | None:
    if row.hidden or row.unit == "ratio" or row.estimate is None or low is None or high is None or not reach:
        return None

    def x(value: float) -> str:
        return f"{_HALF + _HALF * value / reach:.1f}"

    return Mark(x(low), x(high), x(row.estimate), None if row.margin is None else f"{_HALF * row.margin / reach:.1f}")
