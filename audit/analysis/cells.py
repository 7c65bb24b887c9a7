"""How a cell reads: as a group's label, a decision, a number, or as missing. The rules, and nothing else.

A cell that is neither is an error that names it: nothing is taken for missing because it could not be read.
"""

import operator
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from audit.analysis.source import Column, Source
from audit.errors import TableError
from audit.measures import Asked, Unreadable, rule
from audit.measures.decision import measure
from audit.records import FixtureSet
from audit.wording import one_line

MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "none")
"""Cells without an outcome, in any letter case, beside those that are empty."""
MOST_GROUPS = 100
_MOST_VALUES = 50
_MOST_SHOWN = 12
_LARGEST = 1e100
"""The square of a larger number, and sums of such, are soon beyond what a float holds."""
_YES, _NO = {"true", "yes"}, {"false", "no"}
_NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"
_WORDS = re.compile(r"[^\W\d_]+(?:[ /][^\W\d_]+){0,2}")
_OPERATORS: Mapping[object, str] = {operator.gt: ">", operator.ge: ">=", operator.lt: "<", operator.le: "<=", operator.eq: "="}
_MISSING_SQL = ", ".join(f"'{word}'" for word in MISSING)
_ANYTHING = FixtureSet(
    id="", title="", edition="", use_case="", design="sampled", outcome="decision", attributes={}, rows=(), digest="", positive="\x00"
)
"""No label counts as selected here: what cannot be read even so says that there is no decision."""


class Read(NamedTuple):
    """A column as a number in SQL (NULL where missing), what to join for it, and how it was read, in words."""

    sql: str
    join: str = ""
    about: str = ""


def labels(source: Source, column: Column, option: str) -> tuple[list[str], int]:
    """Return a column's labels, sorted, and how many rows have none. Raises TableError for more than 100: no groups."""
    found = source.ask(
        f"SELECT trim(CAST({column.sql} AS VARCHAR)) AS label, count(*) FROM source_rows GROUP BY 1 "  # noqa: S608 - an identifier of ours
        f"ORDER BY label LIMIT {MOST_GROUPS + 3}"
    )
    names = [str(label) for label, _ in found if not _nothing(label)]
    if len(names) > MOST_GROUPS:
        raise TableError(
            f"{option} {one_line(column.name, 60)}: more than {MOST_GROUPS} different values, as in an identifier",
            where=str(source.path), fix="Name a column of groups.",
        )
    return names, sum(count for label, count in found if _nothing(label))


def _nothing(label: str | None) -> bool:
    return label is None or label == ""


def numbers(source: Source, column: Column, option: str) -> Read:
    """Return a column of numbers. Raises TableError naming the first row whose cell is none, or is beyond ±1e100."""
    if column.numeric:
        value = f"CAST({column.sql} AS DOUBLE)"
        _no_cell(source, column, option, f"isinf({value})", value)
        return Read(f"CASE WHEN isnan({value}) THEN NULL ELSE {value} END")
    cell = f"trim({column.sql})"
    missing, value = f"lower({cell}) IN ({_MISSING_SQL})", f"TRY_CAST({cell} AS DOUBLE)"
    _no_cell(source, column, option, f"NOT ({missing}) AND (NOT regexp_full_match({cell}, '{_NUMBER}') OR NOT isfinite({value}))", value)
    return Read(f"CASE WHEN {missing} THEN NULL ELSE {value} END")


def _no_cell(source: Source, column: Column, option: str, wrong: str, value: str) -> None:
    """Raise TableError for the first cell that is no number (`wrong`), or whose `value` is too large to reckon with."""
    first = source.ask(
        f"SELECT row, cell, wrong FROM (SELECT row_number() OVER () AS row, CAST({column.sql} AS VARCHAR) AS cell, {wrong} AS wrong, "  # noqa: S608
        f"NOT isnan({value}) AND abs({value}) > {_LARGEST!r} AS large FROM source_rows) WHERE wrong OR large ORDER BY row LIMIT 1"
    )
    if first:
        row, cell, bad = first[0]
        said, fix = ("not a number", "Write numbers like 3.5; leave a missing one empty.") if bad else (
            "too large for a score", f"No number beyond {_LARGEST:g} can be compared: correct it, or leave it empty."
        )
        raise TableError(
            f"row {row - 1 + source.first_row:,}: {one_line(cell, 40)!r} in {one_line(column.name, 60)!r} ({option}) is {said}",
            where=str(source.path), fix=fix,
        )


def decisions(source: Source, column: Column, option: str, positive: str | None, when: str | None) -> Read:
    """Return a column of decisions as 1 and 0: by a rule on numbers, by the value that counts as selected, or as yes and no."""
    if when is not None:
        return _by_rule(source, column, option, when)
    found = _values(source, column, option)
    if positive is None:
        return _joined(source, column, _all_default(source, column, option, found))
    codes = {cell: _by_word(cell, positive) for cell in found}
    if 1.0 not in codes.values():
        raise _no_positive(source, column, option, positive, found)
    return _joined(source, column, codes)


def truths(source: Source, column: Column, decided: Column, positive: str | None, when: str | None) -> Read:
    """Return the right decisions, read as the decisions are; as yes and no where these words find nobody selected.

    A rule is for numbers: a truth of nothing but yes and no (1 and 0) is read as it stands. "< 0.5" would turn it round.
    """
    if positive is None and when is None:
        return decisions(source, column, "--truth", None, None)
    plain = _is_plain(source, column)
    if when is not None:
        if not plain:
            return _by_rule(source, column, "--truth", when)
        _check_not_turned(source, column, decided, when)
        return decisions(source, column, "--truth", None, None)
    found = _values(source, column, "--truth")
    codes = {cell: _by_word(cell, positive or "") for cell in found}
    if 1.0 in codes.values():
        return _joined(source, column, codes)
    if plain:
        return decisions(source, column, "--truth", None, None)
    if {cell.casefold() for cell in codes} - {cell.casefold() for cell in _values(source, decided, "--decision")} - set(MISSING):
        raise _no_positive(source, column, "--truth", positive or "", found)
    return _joined(source, column, codes)


def _check_not_turned(source: Source, column: Column, decided: Column, when: str) -> None:
    """Raise TableError where decisions and truth are both 1 and 0, and the rule selects the 0: of the truth, either may be meant."""
    compare, bound = rule(when)
    turned = compare(0.0, bound) and not compare(1.0, bound)
    if turned and _is_plain(source, decided) and not _has_words(source, column):
        raise TableError(
            f"--positive-when {one_line(when, 40)!r} selects the 0 of {one_line(decided.name, 60)!r}; whether the 1 or the 0 of "
            f"{one_line(column.name, 60)!r} (--truth) is selected cannot be told",
            where=str(source.path), fix="Use --positive 0 to read both columns alike, or write the truth as yes and no.",
        )


def _by_rule(source: Source, column: Column, option: str, when: str) -> Read:
    compare, bound = rule(when)
    number = numbers(source, column, option).sql
    sql = f"CASE WHEN {number} IS NULL THEN NULL WHEN {number} {_OPERATORS[compare]} CAST({bound!r} AS DOUBLE) THEN 1 ELSE 0 END"
    return Read(f"({sql})", about=f"{when.strip()} counts as selected")


def _all_default(source: Source, column: Column, option: str, found: Mapping[str, int]) -> dict[str, float | None]:
    codes = {cell: _by_default(cell) for cell in found}
    unclear = [cell for cell, code in codes.items() if code is None and not _is_missing(cell)]
    if unclear:
        raise TableError(
            f"{option} {one_line(column.name, 60)}: {one_line(unclear[0], 40)!r} is neither yes nor no; found: {_shown(found)}",
            where=str(source.path), fix="Say which value counts as selected with --positive, or give a rule with --positive-when.",
        )
    return codes


def _no_positive(source: Source, column: Column, option: str, positive: str, found: Mapping[str, int]) -> TableError:
    return TableError(
        f"no row of {one_line(column.name, 60)!r} ({option}) is {one_line(positive, 40)!r}; found: {_shown(found)}",
        where=str(source.path), fix="Name one of these with --positive; if nobody was selected, write the column as true and false.",
    )


def _is_plain(source: Source, column: Column) -> bool:
    """Whether every cell is yes, no, true, false, 1, 0 or missing."""
    try:
        return all(_by_default(cell) is not None or _is_missing(cell) for cell in _values(source, column, "--truth"))
    except TableError:
        return False


def _has_words(source: Source, column: Column) -> bool:
    """Whether any cell is yes, no, true or false."""
    return any(cell.casefold() in _YES | _NO for cell in _values(source, column, "--truth"))


def number_or_truth(source: Source, column: Column, option: str) -> Read:
    """Return what scores are compared with: numbers, or yes and no as 1 and 0."""
    cell = f"lower(trim(CAST({column.sql} AS VARCHAR)))"
    words = source.ask(f"SELECT 1 FROM source_rows WHERE {cell} IN ('true', 'false', 'yes', 'no') LIMIT 1")  # noqa: S608 - an expression of ours
    if words:
        return decisions(source, column, option, None, None)
    return numbers(source, column, option)


def _values(source: Source, column: Column, option: str) -> dict[str, int]:
    """Return a column's different cells with their counts, the most frequent first."""
    found = source.ask(
        f"SELECT coalesce(trim(CAST({column.sql} AS VARCHAR)), '') AS cell, count(*) AS n FROM source_rows GROUP BY 1 "  # noqa: S608
        f"ORDER BY n DESC, cell LIMIT {_MOST_VALUES + 1}"
    )
    if len(found) > _MOST_VALUES:
        raise TableError(
            f"{option} {one_line(column.name, 60)}: more than {_MOST_VALUES} different values, so these are no decisions",
            where=str(source.path), fix="Give a rule on a number with --positive-when, or use --score.",
        )
    return {str(cell): int(n) for cell, n in found}


def _is_missing(cell: str) -> bool:
    return cell.casefold() in MISSING


def _by_default(cell: str) -> float | None:
    word = cell.casefold()
    if word in _YES | _NO:
        return float(word in _YES)
    number = _as_number(word)
    return number if number in (0.0, 1.0) else None


def _by_word(cell: str, positive: str) -> float | None:
    """Return 1 for the positive value, also written otherwise (Flag, 1.0); None for no decision; 0 for every other."""
    word, wanted = cell.casefold(), positive.strip().casefold()
    number = _as_number(word)
    if word == wanted or (number is not None and number == _as_number(wanted)):
        return 1.0
    return None if _is_missing(cell) or _says_nothing(cell) else 0.0


def _says_nothing(cell: str) -> bool:
    """Whether a cell is a word such as "error", "timeout" or "unknown", which the measure of decisions reads as no decision."""
    if not _WORDS.fullmatch(cell):
        return False
    try:
        measure(cell, Asked(_ANYTHING))
    except Unreadable:
        return True
    return False


def _as_number(word: str) -> float | None:
    return float(word) if re.fullmatch(_NUMBER, word, re.ASCII) else None


def _joined(source: Source, column: Column, codes: Mapping[str, float | None]) -> Read:
    table = source.remember([(cell, code) for cell, code in codes.items() if code is not None])
    words = ((1.0, "counts as selected"), (0.0, "as not selected"), (None, "as missing"))
    read = [(_listed([c for c, code in codes.items() if code == value and c]), said) for value, said in words]
    return Read(
        f"{table}.code", f"LEFT JOIN {table} ON {table}.label = trim(CAST({column.sql} AS VARCHAR))",
        "; ".join(f"{cells} {said}" for cells, said in read if cells),
    )


def _listed(cells: Sequence[str]) -> str:
    shown = ", ".join(repr(one_line(cell, 30)) for cell in cells[:_MOST_SHOWN])
    return shown + (f" and {len(cells) - _MOST_SHOWN} more" if len(cells) > _MOST_SHOWN else "")


def _shown(found: Mapping[str, int]) -> str:
    return _listed(list(found))
