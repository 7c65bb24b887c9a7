"""A table on disk, opened with DuckDB inside this process: that one file, within bounded memory, offline.

Columns are numbered (CSV), quoted as identifiers (Parquet) or as texts (JSON), labels are parameters: nothing in a
table is read as a statement. No other file can be opened, no extension loaded, no address asked.
"""

import csv
import itertools
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import duckdb
from numpy.typing import NDArray

from audit.analysis.encoding import digest, plain
from audit.errors import TableError
from audit.library import nearest
from audit.wording import one_line

KINDS = (".csv", ".tsv", ".jsonl", ".parquet")
_MEMORY = "1GB"
_LONGEST_LINE = 1 << 25
_BUFFER = 1 << 26
_ROWS_LOOKED_AT = 20
_CSV_LINE = re.compile(r"CSV Error on Line: (\d+)")
_JSON_LINE = re.compile(r"at byte \d+ in (?:line|record/value) (\d+)")
_GLOB = re.compile(r"[*?\[]")
_NUMERIC = re.compile(r"^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$")


class Column(NamedTuple):
    """A column of the table: its name, and how DuckDB reads it; `numeric` where the file itself says so (Parquet)."""

    name: str
    sql: str
    numeric: bool = False


@dataclass(frozen=True)
class Source:
    """An open table. `first_row`: the number of its first row as a person sees it."""

    path: Path
    sha256: str
    columns: Mapping[str, Column]
    first_row: int
    connection: duckdb.DuckDBPyConnection
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def check(self, name: str, option: str) -> Column:
        """Return a column by its exact name. Raises TableError with the nearest name."""
        if name not in self.columns:
            raise TableError(f"there is no column {one_line(name, 60)!r} ({option})", where=str(self.path), fix=nearest(name, self.columns))
        return self.columns[name]

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query; `source_rows` in it is the table."""
        return self._run(sql).fetchall()

    def arrays(self, sql: str) -> dict[str, NDArray[Any]]:
        """Return the columns of a query as arrays; no cell of it may be NULL."""
        try:
            found: Any = self._run(sql).fetchnumpy()
        except duckdb.Error as bad:
            raise _error(bad, self.path) from None
        return dict(found)

    def batches(self, sql: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query, `size` at a time."""
        cursor = self._run(sql)
        while batch := cursor.fetchmany(size):
            yield batch

    def remember(self, rows: Iterable[tuple[str, float]]) -> str:
        """Make a small table (label, code) that queries can join, and return its name: one of ours."""
        name = f"codes_{next(self.numbers)}"
        self.connection.execute(f"CREATE TEMP TABLE {name} (label VARCHAR, code DOUBLE)")
        for row in rows:
            self.connection.execute(f"INSERT INTO {name} VALUES (?, ?)", list(row))  # noqa: S608
        return name

    def number_items(self, column: Column) -> str:
        """Make a table (label, code) of a column's values, numbered from 0 in their order, and return its name."""
        name = f"codes_{next(self.numbers)}"
        self._run(
            f"CREATE TEMP TABLE {name} AS SELECT label, row_number() OVER (ORDER BY label) - 1 AS code "  # noqa: S608
            f"FROM (SELECT DISTINCT CAST({column.sql} AS VARCHAR) AS label FROM source_rows) WHERE label <> ''"
        )
        return name

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        try:
            return self.connection.execute(sql)
        except duckdb.Error as bad:
            raise _error(bad, self.path) from None


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open a table; what was spilled to disk is removed at the end.

    Raises TableError: no such file, a folder, another ending, an empty or unreadable file, no or doubled column names.
    """
    kind = _check(path)
    with tempfile.TemporaryDirectory(prefix="audit-analyze-", ignore_cleanup_errors=True) as folder:
        sha256 = digest(path)
        read = path if kind == ".parquet" else plain(path, Path(folder))
        connection = _connect(read, Path(folder) / "spill")
        try:
            yield _READERS[kind](path, read, sha256, connection)
        finally:
            connection.close()


def _check(path: Path) -> str:
    kind = path.suffix.lower()
    if path.is_dir():
        raise TableError("this is a folder, not a table", where=str(path))
    if kind not in KINDS:
        raise TableError(f"{path.suffix or 'no ending'} is not a kind of table", where=str(path), fix=f"Use {', '.join(KINDS)}.")
    if not path.exists():
        raise TableError("there is no file here", where=str(path), fix="Check the path.")
    return kind


def _connect(path: Path, spill: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection that can read one file and write only its own temporary files."""
    connection = duckdb.connect(":memory:", config={
        "memory_limit": _MEMORY, "temp_directory": str(spill), "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false", "allow_community_extensions": "false",
    })
    allowed = ", ".join(_text(p) for p in {str(path), _pattern(path)})
    connection.execute(f"SET allowed_paths = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _pattern(path: Path) -> str:
    """Return a path that DuckDB, which reads * ? [ as wildcards, takes for this one file."""
    return _GLOB.sub(lambda m: f"[{m[0]}]", str(path))


def _file(path: Path) -> str:
    return _text(_pattern(path))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _identifier(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _csv(path: Path, read: Path, sha256: str, connection: duckdb.DuckDBPyConnection) -> Source:
    """Every column is read as text, under a number: its name stays ours alone."""
    skip, delimiter, names = _head(path, read)
    kinds = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(names)))
    rows = (
        f"read_csv({_file(read)}, columns = {{{kinds}}}, delim = {_text(delimiter)}, skip = {skip}, header = true, auto_detect = false, "
        f"quote = '\"', escape = '\"', strict_mode = true, nullstr = '', compression = 'none', encoding = 'utf-8', "
        f"max_line_size = {_LONGEST_LINE}, buffer_size = {_BUFFER})"
    )
    _see(connection, rows, path)
    return Source(path, sha256, {name: Column(name, f"c{i}") for i, name in enumerate(names)}, skip + 2, connection)


def _head(path: Path, read: Path) -> tuple[int, str, list[str]]:
    """Return the lines to skip, the delimiter, and the column names of a delimited file."""
    csv.field_size_limit(_LONGEST_LINE)
    with read.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(_LONGEST_LINE)
        skip = int(first.lower().startswith("sep=") and len(first.strip()) == len("sep=;"))
        delimiter = first[4] if skip else "\t" if path.suffix.lower() == ".tsv" else _delimiter(file)
        if not skip:
            file.seek(0)
        try:
            names = next(csv.reader(file, delimiter=delimiter, strict=True), [])
        except csv.Error as bad:
            raise TableError(f"the first row is not readable: {bad}", where=str(path), fix="It must name the columns.") from None
    _check_names(path, names)
    return skip, delimiter, names


def _delimiter(file: TextIO) -> str:
    """Return what separates the cells: of , ; and tab, the one that gives the first rows equally many cells, and the most."""
    found = []
    for delimiter in ",;\t":
        file.seek(0)
        with suppress(csv.Error):
            widths = [len(row) for row in itertools.islice(csv.reader(file, delimiter=delimiter), _ROWS_LOOKED_AT) if row]
            found.append((len(set(widths)) == 1 and widths[0] > 1, widths[0], delimiter))
    return max(found, key=lambda one: one[:2], default=(False, 0, ","))[2]


def _check_names(path: Path, names: Sequence[str]) -> None:
    if not any(name.strip() for name in names):
        raise TableError("the first row names no column", where=str(path))
    twice = [name for name in names if names.count(name) > 1]
    if twice and twice[0].strip():
        raise TableError(f"the column {one_line(twice[0], 60)!r} appears twice", where=str(path), fix="Rename one of them.")


def _jsonl(path: Path, read: Path, sha256: str, connection: duckdb.DuckDBPyConnection) -> Source:
    """Each line is an object; its values are read as text, by JSON pointers (RFC 6901). Keys may differ from line to line."""
    _see(connection, f"read_ndjson_objects({_file(read)}, maximum_object_size = {_LONGEST_LINE})", path)
    bare = Source(path, sha256, {}, 1, connection)
    other = bare.ask(
        "SELECT row, kind FROM (SELECT row_number() OVER () AS row, json_type(json) AS kind FROM source_rows) WHERE kind <> 'OBJECT' LIMIT 1"
    )
    if other:
        raise TableError(f"row {other[0][0]} is not a JSON object", where=str(path), fix="Write one object a line.")
    keys = sorted(str(key) for (key,) in bare.ask("SELECT DISTINCT unnest(json_keys(json)) FROM source_rows"))
    return replace(bare, columns={key: Column(key, f"json_extract_string(json, {_text(_pointer(key))})") for key in keys})


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _parquet(path: Path, read: Path, sha256: str, connection: duckdb.DuckDBPyConnection) -> Source:
    _see(connection, f"read_parquet({_file(read)}, hive_partitioning = false)", path)
    described = connection.execute("DESCRIBE source_rows").fetchall()
    return Source(path, sha256, {d[0]: _column(d[0], d[1]) for d in described}, 1, connection)


def _see(connection: duckdb.DuckDBPyConnection, rows: str, path: Path) -> None:
    """Name the table's rows, so that each query reads the file again and holds none of it."""
    try:
        connection.execute(f"CREATE TEMP VIEW source_rows AS SELECT * FROM {rows}")  # noqa: S608 - a reader of ours
    except duckdb.Error as bad:
        raise _error(bad, path) from None


def _column(name: str, kind: str) -> Column:
    numeric = bool(_NUMERIC.match(kind))
    return Column(name, _identifier(name) if numeric else f"CAST({_identifier(name)} AS VARCHAR)", numeric)


_READERS = {".csv": _csv, ".tsv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}


def _error(bad: duckdb.Error, path: Path) -> TableError:
    """Return DuckDB's error in one line, with the line of the file where it says which."""
    said = str(bad)
    if isinstance(bad, duckdb.OutOfMemoryException):
        return TableError("the disk has no room for the temporary files of this table", where=str(path))
    csv_line, json_line = _CSV_LINE.search(said), _JSON_LINE.search(said)
    if csv_line:
        expected = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", said)
        what = f"{expected[2]} cells where the first row names {expected[1]}" if expected else _reason(said)
        return TableError(f"line {csv_line[1]}: {what}", where=str(path), fix="Mend that line, or save the table again from a spreadsheet program.")
    if json_line:
        return TableError(f"not a JSON object near line {json_line[1]}", where=str(path))
    if path.suffix.lower() == ".parquet":
        return TableError(f"this is not a readable Parquet file: {one_line(said.splitlines()[0], 120)}", where=str(path))
    return TableError(f"cannot be read: {one_line(said.splitlines()[0], 160)}", where=str(path))


def _reason(said: str) -> str:
    if "unterminated quote" in said:
        return "a quotation mark is not closed, or stands inside a cell"
    if "Maximum line size" in said:
        return f"it is longer than {_LONGEST_LINE:,} characters"
    return "it is not readable"
