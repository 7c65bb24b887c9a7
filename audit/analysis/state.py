"""A State's children by group, read from a file of their own: what the alternate risk ratio of 34 CFR 300.647 compares with."""

from collections.abc import Mapping, Sequence

import numpy as np

from audit.analysis.counts import Counts
from audit.analysis.groups import Groups
from audit.analysis.parts import parts
from audit.analysis.request import Request
from audit.analysis.source import Column, Source, opened
from audit.disparity import State
from audit.errors import TableError
from audit.wording import one_line

_COLUMNS = ("group", "outcome", "enrolled")
_MOST_GROUPS = 1_000
_MOST_DIGITS = 12


def read_state(r: Request) -> tuple[State | None, str | None]:
    """Return the State's children and the file's SHA-256; None without such a file.

    The file has the columns group, outcome (children with it) and enrolled, one row a group, the district's children among
    them. Raises TableError: a missing column, a group twice or without a name, and naming the row for what is no count.
    """
    if r.state is None:
        return None, None
    with opened(r.state) as source:
        group, outcome, enrolled = (source.check(name, "--state") for name in _COLUMNS)
        cells = ", ".join(f"trim(coalesce(CAST({column.sql} AS VARCHAR), ''))" for column in (group, outcome, enrolled))
        rows = source.ask(f"SELECT {cells} FROM source_rows LIMIT {_MOST_GROUPS + 1}")  # noqa: S608 - identifiers of ours
        found = _read(source, rows, (outcome, enrolled))
        return State({g: n for g, (n, _) in found.items()}, {g: n for g, (_, n) in found.items()}, r.cell_size, r.n_size), source.sha256


def _read(source: Source, rows: Sequence[tuple[str, ...]], columns: tuple[Column, Column]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for place, (group, *counts) in enumerate(rows, source.first_row):
        if not group or group in found:
            raise _wrong(source, place, f"the group {one_line(group, 60)!r} is there twice" if group else "it names no group")
        for cell, column in zip(counts, columns, strict=True):
            if not (cell.isascii() and cell.isdigit() and len(cell) <= _MOST_DIGITS):
                raise _wrong(source, place, f"{one_line(cell, 40)!r} in {column.name!r} is not a number of children")
        with_outcome, of_all = (int(cell) for cell in counts)
        if with_outcome > of_all:
            raise _wrong(source, place, f"{with_outcome:,} children with the outcome are more than the {of_all:,} enrolled")
        found[group] = with_outcome, of_all
    if not found or len(found) > _MOST_GROUPS:
        raise TableError(f"{'more than 1,000 rows' if found else 'no rows'}", where=str(source.path), fix="Write one row a group of children.")
    return found


def _wrong(source: Source, row: int, what: str) -> TableError:
    return TableError(f"row {row:,}: {what}", where=str(source.path), fix="Write one row a group: group,outcome,enrolled, in whole children.")


def check_state(state: State | None, r: Request, counts: Counts, groups: Groups) -> list[str]:
    """Return notes on the attributes that the State's file does not cover.

    Raises TableError where it covers none, has fewer children than the table, or where rows are no children of their own.
    """
    if state is None:
        return []
    uncovered = {name: sorted(set(about.groups) - set(state.enrolled)) for name, about in groups.attributes.items()}
    if all(uncovered.values()):
        name, lacking = min(uncovered.items(), key=lambda one: len(one[1]))
        raise TableError(
            f"the State's file has no group {one_line(lacking[0], 60)!r} of {one_line(name, 60)!r}", where=str(r.state),
            fix="Every group of one --group column needs a row, written as in the table.",
        )
    _check_children(r, counts)
    for name in (name for name, lacking in uncovered.items() if not lacking):
        _check_among(state, r, counts, list(groups.attributes[name].groups), groups.places[name])
    return [
        f"The State's file does not have every group of {name!r}: its risk ratios are within the table only."
        for name, lacking in uncovered.items() if lacking
    ]


def _check_children(r: Request, counts: Counts) -> None:
    """Rules count children: a row is one, in whom nothing is decided twice."""
    if counts.item is None:
        return
    for _, rows in parts(counts):
        item, times = (column if rows is None else column[rows] for column in (counts.item, counts.times))
        if len(np.unique(item)) < len(item) or times.max(initial=1) > 1:
            raise TableError(
                f"--state counts children, and several rows have the same {one_line(r.item, 60)!r}", where=str(r.table),
                fix="Give a table with one row a child, or leave --state out.",
            )


def _check_among(state: State, r: Request, counts: Counts, labels: Sequence[str], place: np.ndarray) -> None:
    """The State's children include the district's."""
    value = counts.values["decision"]
    for _, rows in parts(counts):
        own = [x if rows is None else x[rows] for x in (place, value, counts.times)]
        kept = (own[0] >= 0) & ~np.isnan(own[1])
        for known, weight, what in ((state.enrolled, own[2], "enrolled"), (state.outcome, own[2] * (own[1] == 1), "with the outcome")):
            here = np.bincount(own[0][kept], weights=weight[kept], minlength=len(labels))
            _compare(known, here, labels, what, r)


def _compare(known: Mapping[str, int], here: np.ndarray, labels: Sequence[str], what: str, r: Request) -> None:
    for label, n in zip(labels, here, strict=True):
        if known[label] < n:
            raise TableError(
                f"{known[label]:,} children of {one_line(label, 60)!r} {what} are fewer than the table's {n:,.0f}", where=str(r.state),
                fix="The State's numbers include the district's own children.",
            )
