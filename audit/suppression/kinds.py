"""What a statistic counts, and in whom: which published numbers are the same people, or follow from each other."""

from collections.abc import Iterable, Mapping

from audit.records import GroupValue
from audit.suppression.tables import ROUNDING, Cell, Counts

MISSING = "missing_rate"
ALL, REST = "all", "rest"
BETWEEN = frozenset({"impact_ratio", "risk_ratio", "alternate_risk_ratio"})
"""One group's rate over another's: hidden with the rates."""
_SAME = {
    "non_selection_rate": "selection_rate", "true_positive_rate": "false_negative_rate", "true_negative_rate": "false_positive_rate"
}
_TRUTH = {"false_positive_rate": "no", "false_negative_rate": "yes"}
_EVERYBODY = BETWEEN | {"selection_rate", "mean", "scoring_rate", MISSING}
Source = tuple[tuple[tuple[str, str], ...], str]
"""The values of `by`, and a measure."""
Rows = Mapping[Cell, GroupValue]
Tables = Mapping[tuple[Source, str], Rows]


def same(statistic: str) -> str:
    """Return the statistic whose counts are the same people: a rate and its complement."""
    return _SAME.get(statistic, statistic)


def truth_of(statistic: str) -> str | None:
    """Return which people a rate is of where it is only those whose truth is no, or yes."""
    return _TRUTH.get(same(statistic))


def of_everybody(statistic: str) -> bool:
    """Whether a statistic rests on every answer, with or without a truth."""
    return same(statistic) in _EVERYBODY


def of_group(statistic: str) -> str:
    """Return the statistic of one group that a comparison, or a test of all groups, is about."""
    return statistic.removesuffix("_difference").removesuffix("_ratio")


def source_of(by: Mapping[str, str], measure: str) -> Source:
    """Return what a row was measured with."""
    return tuple(sorted(by.items())), measure


def tables_of(groups: Iterable[GroupValue]) -> dict[tuple[Source, str], dict[Cell, GroupValue]]:
    """Return the rows of each statistic."""
    found: dict[tuple[Source, str], dict[Cell, GroupValue]] = {}
    for row in groups:
        found.setdefault((source_of(row.by, row.measure), row.statistic), {})[row.attribute, row.group] = row
    return found


def is_share(statistic: str, rows: Rows) -> bool:
    """Whether a value is a share of people: a rate, or the mean of scores that are all 0 or 1 as far as can be seen."""
    if statistic != "mean":
        return statistic == "accuracy" or statistic.endswith("_rate")
    sums = [(row.value, row.value * (row.n or 0)) for row in rows.values() if row.value is not None]
    return bool(sums) and all(0 <= value <= 1 and abs(total - round(total)) < ROUNDING for value, total in sums)


def divided(row: GroupValue) -> Counts:
    """Return the people whom a share counts, and those whom it does not; an answer among several is part of a person."""
    counted = (row.value or 0.0) * (row.items or 0)
    return counted, (row.items or 0) - counted


def rest(tables: Tables, source: Source) -> dict[Cell, Counts]:
    """Return the selected and not selected people without a truth: all without those whose truth is no or yes."""
    def rows(name: str) -> Rows:
        return tables.get((source, name), {})

    found: dict[Cell, Counts] = {}
    for cell, row in rows("selection_rate").items():
        no, yes = rows("false_positive_rate").get(cell), rows("false_negative_rate").get(cell)
        answers = (row.n or 0) - sum(part.n or 0 for part in (no, yes) if part)
        selected, not_selected = divided(row)
        alarms, quiet = divided(no) if no else (0.0, 0.0)
        misses, hits = divided(yes) if yes else (0.0, 0.0)
        left = (max(selected - alarms - hits, 0.0), max(not_selected - quiet - misses, 0.0))
        found[cell] = left if answers > 0 and sum(left) > ROUNDING else (0.0, 0.0)
    return found
