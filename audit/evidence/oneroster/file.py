"""One file of the archive: its header, then its rows a block at a time."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import IO

from audit.evidence.oneroster import cells, keys
from audit.evidence.oneroster.header import check_header
from audit.evidence.oneroster.notes import Notes
from audit.evidence.oneroster.personal import UNNEEDED, find_personal
from audit.evidence.oneroster.rows import Block, Rows
from audit.evidence.oneroster.tables import PEOPLE, Column, Table
from audit.evidence.specimen import Problems

_SPANS = {("startDate", "endDate"), ("beginDate", "endDate"), ("assignDate", "dueDate")}


class Seen:
    """What is known after each file. modes: file → bulk, delta or absent.

    ids: the sorted hashes of a bulk file's identifiers; rows: file → rows; filled: (file, column of personal data) → values.
    """

    def __init__(self, modes: Mapping[str, str]) -> None:
        self.modes = modes
        self.ids: dict[str, keys.Hashes] = {}
        self.rows: Counter[str] = Counter()
        self.filled: Counter[tuple[str, str]] = Counter()


class File:
    """A file to check. mode: bulk or delta; seen: the files before it, to which this one is added."""

    def __init__(self, table: Table, version: str, mode: str, problems: Problems, seen: Seen) -> None:
        self._table, self._version, self._mode, self._seen = table, version, mode, seen
        self._problems = problems
        self._notes = Notes(problems, table.name, sure=table.sure)
        self._first_rows: dict[str, int] = {}

    def check(self, file: IO[bytes], told: Callable[[int], None]) -> None:
        """Note what is wrong in the file. told: called with the bytes read so far."""
        rows = Rows(file, f"{self._table.name}.csv", self._problems)
        places = check_header(self._notes, self._table, self._version, rows.header)
        with ExitStack() as stack:
            own = stack.enter_context(closing(keys.Spill()))
            later = {c.name: stack.enter_context(closing(keys.Spill())) for c in self._table.columns if c.to == self._table.name}
            for block in rows.blocks():
                self._check_block(block, places, own, later)
                told(rows.read)
            self._finish(own, later, known="sourcedId" in places)

    def _check_block(self, block: Block, places: Mapping[str, int], own: keys.Spill, later: Mapping[str, keys.Spill]) -> None:
        columns = {name: block.columns[at] for name, at in places.items()}
        lines, notes = block.lines, self._notes
        self._seen.rows[self._table.name] += len(lines)
        deleted = frozenset[int]()
        if "status" in columns and "dateLastModified" in columns:
            deleted = cells.check_state(notes, self._mode, columns["status"], columns["dateLastModified"], lines)
        if "sourcedId" in columns:
            self._check_own(columns["sourcedId"], lines, own)
        for column in self._table.columns:
            if column.name in columns:
                self._check_column(column, columns[column.name], lines, deleted, later)
        for first, last in _SPANS:
            if first in columns and last in columns:
                cells.check_span(notes, (first, columns[first]), (last, columns[last]), lines)
        if "parentSourcedId" in columns and "sourcedId" in columns:
            for line in keys.to_itself(columns["sourcedId"], columns["parentSourcedId"], lines):
                notes.fault("parentSourcedId.itself", line, "parentSourcedId", "this record is its own parent")
        for name in columns.keys() - {c.name for c in self._table.columns} - {"sourcedId", "status", "dateLastModified"}:
            self._look_for_people(name, "text", columns[name], lines)

    def _check_own(self, ids: Sequence[str], lines: Sequence[int], own: keys.Spill) -> None:
        cells.check_required(self._notes, "sourcedId", ids, lines, frozenset())
        cells.check_ids(self._notes, "sourcedId", ids, lines)
        values, where = keys.single(ids, lines, many=False)
        own.add(keys.hashes(values), where)
        if self._table.name in {"users", "demographics"}:
            self._look_for_people("sourcedId", "text", ids, lines)
        if self._table.name == "demographics":
            self._resolve(Column("sourcedId", "reference", to="users"), ids, lines)

    def _check_column(
        self, column: Column, values: Sequence[str], lines: Sequence[int], deleted: frozenset[int], later: Mapping[str, keys.Spill],
    ) -> None:
        if column.required:
            cells.check_required(self._notes, column.name, values, lines, deleted)
        if column.kind == "reference":
            cells.check_ids(self._notes, column.name, values, lines, many=column.many)
            if column.name in later:
                named, where = keys.single(values, lines, many=column.many)
                later[column.name].add(keys.hashes(named), where)
            else:
                self._resolve(column, values, lines)
        else:
            cells.check_values(self._notes, column, values, lines)
            self._look_for_people(column.name, column.kind, values, lines)

    def _resolve(self, column: Column, values: Sequence[str], lines: Sequence[int]) -> None:
        """Note references to nothing. A delta may name what came before; what a delta names cannot be known either."""
        target = self._seen.modes[column.to]
        if self._mode != "bulk" or target == "delta":
            return
        named, where = keys.single(values, lines, many=column.many)
        if target == "absent" and named:
            self._notes.count(f"{column.name}.absent", len(named), where[0])
        elif column.to in self._seen.ids:
            for line in keys.missing(named, where, self._seen.ids[column.to]):
                self._dangling(column, line)

    def _dangling(self, column: Column, line: int) -> None:
        what = f"there is no such record in {column.to}.csv"
        self._notes.fault(f"{column.name}.unknown", line, column.name, what, "Add it, or take the reference out.")

    def _look_for_people(self, name: str, kind: str, values: Sequence[str], lines: Sequence[int]) -> None:
        table = self._table.name
        if table not in PEOPLE or (kind not in {"text", "telephone", "secret"} and table != "demographics"):
            return
        filled = len(values) - values.count("")
        if not filled:
            return
        if name != "sourcedId":
            self._seen.filled[table, name] += filled
            self._first_rows.setdefault(name, next(line for line, cell in zip(lines, values, strict=True) if cell))
        if kind in {"text", "telephone"}:
            find_personal(self._notes, name, kind, values, lines)

    def _finish(self, own: keys.Spill, later: Mapping[str, keys.Spill], *, known: bool) -> None:
        """Note what needs the whole file: identifiers twice, references into itself, and what is said once."""
        if not self._seen.rows[self._table.name]:
            self._notes.fault("rows", 1, "no row", "a file without rows is not allowed", "Leave it out, and say absent in the manifest.")
        for line in own.twice():
            self._notes.fault("sourcedId.twice", line, "sourcedId", "this identifier is there before")
        if self._mode == "bulk" and known:
            self._seen.ids[self._table.name] = ids = own.keys()
            for column in self._table.columns:
                for line in later[column.name].missing(ids) if column.name in later else ():
                    self._dangling(column, line)
        for rule, (rows, line) in self._notes.counts.items():
            self._say(rule, rows, line)
        self._say_unneeded()

    def _say(self, rule: str, rows: int, line: int) -> None:
        """Note what fills many rows, once."""
        column, _, kind = rule.rpartition(".")
        if kind == "bulk":
            self._notes.fault(rule, line, column, f"filled in {rows:,} rows of a bulk file", "Leave it blank, or say delta in the manifest.")
        elif kind == "absent":
            to = next(c.to for c in (*self._table.columns, Column("sourcedId", to="users")) if c.name == column)
            self._notes.warn(rule, line, column, f"{rows:,} references to {to}.csv, which is not in the archive: they were not checked")
        else:
            self._notes.warn(rule, line, column, f"{rows:,} values of nine digits, as social security numbers have: ask what they are")

    def _say_unneeded(self) -> None:
        """Note passwords, and personal data beyond name, school and e-mail address."""
        table, filled = self._table.name, self._seen.filled
        if filled[table, "password"]:
            self._problems.error(
                f"{table}.password", self._notes.where(self._first_rows["password"], "password"),
                f"a password is filled in {filled[table, 'password']:,} rows", "Send none: sign in with the district's identity provider.",
            )
        sent = [name for name in self._first_rows if table == "demographics" or (table == "users" and name in UNNEEDED)]
        if sent:
            listed = ", ".join(f"{name} ({filled[table, name]:,})" for name in sent)
            what = f"personal data that few products need, with how many rows have them: {listed}"
            line = min(self._first_rows[name] for name in sent)
            fix = "Ask for what each is needed, or leave it blank."
            self._problems.warning(f"{table}.minimisation", f"{table}.csv line {line:,}", what, fix)
