"""From the table's rows to columns of counts: alike rows are added up inside DuckDB, within bounded memory.

A row whose item or `by` cell is empty is left out of everything, one whose group is empty out of that
attribute's comparisons; both are counted. With names no rows are added up: a name is judged row by row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.analysis import cells
from audit.analysis.request import Request
from audit.analysis.source import Column, Source
from audit.errors import TableError
from audit.measures import MEASURES, Asked, Unreadable
from audit.records import FixtureSet
from audit.wording import one_line

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_BATCH = 10_000
_MOST_TEXTS = 20_000
_FEWEST_GROUPS = 2


@dataclass(frozen=True)
class Counts:
    """The table in columns of length N: one a class of alike rows (`times`: how many), or one a row for texts.

    values: measure → (N,), NaN where missing. item: (N,) 0 … I-1 over the whole table, None where each row is
    an item of its own. name: (N,) 0 … M-1, the name that stands for the group, None without such a column. groups: column → (N,) place in `labels`, -1 for an empty cell. by: column → (N,).
    rows: how many the table has. left_out: role → rows that have none. about: how the outcome was read. texts: (N,) the texts, empty
    where missing; None where the outcome is none, or there are too many to compare as wholes.
    """

    rows: int
    values: Mapping[str, Floats]
    truth: Floats | None
    second: Floats | None
    item: Ints | None
    name: Ints | None
    times: Floats
    groups: Mapping[str, Ints]
    by: Mapping[str, Ints]
    labels: Mapping[str, Sequence[str]]
    left_out: Mapping[str, int]
    about: Mapping[str, str]
    texts: NDArray[np.object_] | None = None


@dataclass(frozen=True)
class _Query:
    """The parts of the one query: expressions by the name of their column, and what they join."""

    select: dict[str, str]
    joins: list[str]
    where: list[str]
    about: dict[str, str]


def count(source: Source, r: Request) -> Counts:
    """Return the table in columns. Raises TableError for an empty table, unknown columns, and cells that cannot be read."""
    columns = _columns(source, r)
    ((rows,),) = source.ask("SELECT count(*) FROM source_rows")
    if not rows:
        raise TableError("the table has no rows", where=str(source.path))
    labels, left_out = _labels(source, r, columns)
    query = _query(source, r, columns, labels)
    read = _texts(source, columns[r.column], query, r.measures) if r.outcome == "text" else _classes(source, query, single=r.name is not None)
    if r.item is not None:
        left_out |= {r.item: _empty(source, columns[r.item])}
    values: dict[str, Floats] = {name: read[name if r.outcome == "text" else "value"] for name in (r.measures or (r.outcome,))}
    return Counts(
        rows=int(rows), values=values, truth=read.get("truth"), second=read.get("second"),
        item=read["item"].astype(np.int64) if "item" in read else None, name=read["word"].astype(np.int64) if "word" in read else None,
        times=read["times"].astype(np.float64),
        groups={name: read[f"g{i}"].astype(np.int64) for i, name in enumerate(r.groups)},
        by={name: read[f"b{i}"].astype(np.int64) for i, name in enumerate(r.by)},
        labels=labels, left_out={name: n for name, n in left_out.items() if n}, about=query.about, texts=read.get("text"),
    )


def _columns(source: Source, r: Request) -> dict[str, Column]:
    options: list[tuple[str | None, str]] = [(name, "--group") for name in r.groups]
    options += [(r.column, f"--{r.outcome}"), (r.truth, "--truth"), (r.second, "--second-rater"), (r.item, "--item"), (r.name, "--name")]
    options += [(name, "--by") for name in r.by]
    return {name: source.check(name, option) for name, option in options if name is not None}


def _labels(source: Source, r: Request, columns: Mapping[str, Column]) -> tuple[dict[str, list[str]], dict[str, int]]:
    labels, left_out = {}, {}
    for option, names in (("--group", r.groups), ("--by", r.by)):
        for name in names:
            labels[name], left_out[name] = cells.labels(source, columns[name], option)
            fewest = _FEWEST_GROUPS if option == "--group" else 1
            if len(labels[name]) < fewest:
                only = f"only one value, {one_line(labels[name][0], 40)!r}" if labels[name] else "no value at all"
                raise TableError(f"{option} {one_line(name, 60)}: {only}", where=str(source.path), fix="There is nothing to compare.")
    return labels, left_out


def _query(source: Source, r: Request, columns: Mapping[str, Column], labels: Mapping[str, Sequence[str]]) -> _Query:
    query = _Query({}, [], [], {})
    if r.item is not None:
        _join(query, "item", columns[r.item].sql, source.number_items(columns[r.item]), "BIGINT")
        query.where.append("item.code IS NOT NULL")
    if r.name is not None:
        column = _trimmed(source, columns[r.name])
        _join(query, "word", column.sql, source.number_items(column), "BIGINT")
    for mark, names in (("g", r.groups), ("b", r.by)):
        for i, name in enumerate(names):
            codes = source.remember((label, code) for code, label in enumerate(labels[name]))
            _join(query, f"{mark}{i}", f"trim(CAST({columns[name].sql} AS VARCHAR))", codes, "SMALLINT")
            if mark == "b":
                query.where.append(f"b{i}.code IS NOT NULL")
    for name, read in _readings(source, r, columns).items():
        query.select[name] = f"coalesce(CAST({read.sql} AS DOUBLE), CAST('NaN' AS DOUBLE))"
        query.joins.append(read.join)
        query.about[name] = read.about
    return query


def _trimmed(source: Source, column: Column) -> Column:
    """Return the column of names without spaces around them. Raises TableError where a row has none."""
    named = Column(column.name, f"trim(CAST({column.sql} AS VARCHAR))")
    without = _empty(source, named)
    if without:
        raise TableError(
            f"--name {one_line(column.name, 60)}: {without:,} {'row has' if without == 1 else 'rows have'} no name", where=str(source.path),
            fix="Every row needs the name that stood in it; fill these in, or leave the rows out of the table.",
        )
    return named


def _join(query: _Query, name: str, cell: str, codes: str, kind: str) -> None:
    query.select[name] = f"CAST(coalesce({name}.code, -1) AS {kind})"
    query.joins.append(f"LEFT JOIN {codes} AS {name} ON {name}.label = CAST({cell} AS VARCHAR)")


def _readings(source: Source, r: Request, columns: Mapping[str, Column]) -> dict[str, cells.Read]:
    outcome = columns[r.column]
    if r.outcome == "text":
        return {}
    if r.outcome == "decision":
        found = {"value": cells.decisions(source, outcome, "--decision", r.positive, r.positive_when)}
        if r.truth is not None:
            found["truth"] = cells.truths(source, columns[r.truth], outcome, r.positive, r.positive_when)
        return found
    found = {"value": cells.numbers(source, outcome, "--score")}
    if r.truth is not None:
        found["truth"] = cells.number_or_truth(source, columns[r.truth], "--truth")
    if r.second is not None:
        found["second"] = cells.number_or_truth(source, columns[r.second], "--second-rater")
    return found


def _classes(source: Source, query: _Query, *, single: bool) -> dict[str, NDArray[Any]]:
    """Return alike rows added up, in an order that does not depend on the table's; `single`: one by one in the same order."""
    read = source.arrays(f"SELECT {_listed(query)}, count(*) AS times {_from(query)} GROUP BY ALL ORDER BY ALL")
    if not single:
        return read
    each = np.repeat(np.arange(len(read["times"])), read["times"])
    return {name: column[each] for name, column in read.items()} | {"times": np.ones(len(each))}


def _texts(source: Source, column: Column, query: _Query, measures: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return every measure of each row's text, read a batch at a time and sorted as the classes are; of few rows the texts too."""
    names = list(query.select)
    codes: list[NDArray[Any]] = []
    found: list[Floats] = []
    texts: list[str] = []
    for batch in source.batches(f"SELECT {_listed(query)}, CAST({column.sql} AS VARCHAR) AS text {_from(query)}", _BATCH):
        codes.append(np.array([row[:-1] for row in batch], dtype=np.int64).reshape(len(batch), len(names)))
        found.append(np.array([_measured(row[-1], measures) for row in batch]).reshape(len(batch), len(measures)))
        texts += [row[-1] or "" for row in batch] if len(texts) <= _MOST_TEXTS else []
    keys = np.concatenate([np.empty((0, len(names)), np.int64), *codes])
    values = np.concatenate([np.empty((0, len(measures))), *found])
    kept = len(keys) <= _MOST_TEXTS
    order = np.lexsort([*([np.unique(texts, return_inverse=True)[1]] if kept and texts else []), *values.T[::-1], *keys.T[::-1]])
    columns = dict(zip(names, keys[order].T, strict=True)) | dict(zip(measures, values[order].T, strict=True))
    whole = {"text": np.array(texts, dtype=object)[order]} if kept else {}
    return columns | {"times": np.ones(len(order))} | whole


def _listed(query: _Query) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in query.select.items())


def _from(query: _Query) -> str:
    where = f"WHERE {' AND '.join(query.where)}" if query.where else ""
    return f"FROM source_rows {' '.join(query.joins)} {where}"


_TABLE = FixtureSet(
    id="", title="", edition="", use_case="", design="sampled", outcome="text", attributes={}, rows=(), digest=""
)


def _measured(text: str | None, measures: Sequence[str]) -> list[float]:
    if text is None or text.strip().casefold() in cells.MISSING:
        return [np.nan] * len(measures)
    return [_one(text, name) for name in measures]


def _one(text: str, name: str) -> float:
    measure = MEASURES[name].measure
    try:
        return measure(text, Asked(_TABLE)) if measure else np.nan
    except Unreadable:
        return np.nan


def _empty(source: Source, column: Column) -> int:
    ((n,),) = source.ask(f"SELECT count(*) FROM source_rows WHERE coalesce(CAST({column.sql} AS VARCHAR), '') = ''")  # noqa: S608
    return int(n)
