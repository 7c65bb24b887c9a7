"""A table's rows → probes, with every row that is left out counted and its reason named."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import NamedTuple

from msgspec import Struct

from audit import personal
from audit.errors import FixtureError
from audit.fixtures.texts import content_of
from audit.records import Row
from audit.samples.layout import GroupSection, MapFile
from audit.samples.roster import TITLES, Facts, Person, Roster
from audit.samples.table import Cells, Table, plain
from audit.wording import one_line, safe

_MOST_NAMED = 5
_MOST_VALUES = 8
NO_TEXT, NO_GROUP, AGAIN, COPY = "no text", "no group value", "the same row again", "a copy of another sample's text"


class LeftOut(Struct, frozen=True):
    """Rows that did not become probes: how many, and the numbers of the first."""

    rows: int
    first: tuple[int, ...]


class Made(NamedTuple):
    """What the rows gave. without: attribute → probes that have no group in it.

    other_values: (attribute, value) → rows. found: kind of personal data → items. named: items with a known name.
    """

    rows: list[Row]
    read: int
    left_out: dict[str, LeftOut]
    without: dict[str, int]
    other_values: dict[tuple[str, str], int]
    without_truth: int
    found: dict[str, list[str]]
    named: tuple[str, ...]
    not_in_roster: int


class Columns(NamedTuple):
    """The map's columns as the table has them."""

    text: str
    item: str | None
    truth: str | None
    second: str | None
    cluster: str | None
    student: str | None
    names: tuple[str, ...]
    inputs: Mapping[str, str]
    groups: Mapping[str, str]


def columns_of(file: MapFile, table: Table) -> Columns:
    """Return where everything is. Raises FixtureError naming the column that is not there."""
    c = file.columns

    def optional(wanted: str | tuple[str, ...] | None, what: str) -> str | None:
        return None if wanted is None else table.column(wanted, what)

    return Columns(
        table.column(c.text, "columns.text"), optional(c.item, "columns.item"), optional(c.truth, "columns.truth"),
        optional(c.second_truth, "columns.second_truth"), optional(c.cluster, "columns.cluster"),
        optional(file.demographics.join.student, "demographics.join.student") if file.demographics else None,
        tuple(table.column(name, "columns.names") for name in c.names),
        {name: table.column(wanted, f"inputs.{name}") for name, wanted in file.inputs.items()},
        {name: table.column(g.column, f"groups.{name}") for name, g in file.groups.items() if g.column is not None},
    )


class Maker:
    """One pass over a table: `make` gives what every row came to."""

    def __init__(self, file: MapFile, table: Table, roster: Roster | None) -> None:
        self.file, self.table, self.roster = file, table, roster
        self.at = columns_of(file, table)
        self.groups = file.groups or {name: GroupSection(demographic=name) for name in TITLES}
        self.missing = {"", *(word.casefold() for word in file.missing)}
        self.values = {
            name: None if g.values is None else {one_plain(k): v for k, v in g.values.items()} for name, g in self.groups.items()
        }
        self.left: dict[str, list[int]] = {}
        self.others: Counter[tuple[str, str]] = Counter()
        self.seen: set[int] = set()
        self.copies: dict[tuple[str, str], str] = {}
        self.clusters: dict[str, str] = {}
        self.not_in_roster = 0

    def make(self) -> Made:
        """Return the probes of all rows. Raises FixtureError: a truth that cannot be read, no probe at all."""
        kept: list[tuple[Row, frozenset[str]]] = []
        people: list[tuple[frozenset[str], frozenset[str]]] = [(p.given, p.family) for p in self.roster.people.values()] if self.roster else []
        read = 0
        for number, cells in self.table.rows():
            read += 1
            person = self._person(cells)
            own = self._names(cells)
            row = self._row(number, cells, person)
            if own:
                people.append((own, own))
            if row is not None:
                kept.append((row, own | (person.given | person.family if person else frozenset())))
        if not kept:
            reasons = ", ".join(f"{reason}: {len(rows):,}" for reason, rows in self.left.items()) or "the table has no rows"
            raise FixtureError(f"no row can be used ({reasons})", where=str(self.table.path), fix=self._hint())
        without = Counter(name for row, _ in kept for name in self.groups if name not in row.groups)
        rows, found, named = self._scanned(kept, personal.Names(people))
        return Made(
            rows, read, {reason: LeftOut(len(at), tuple(at[:_MOST_NAMED])) for reason, at in self.left.items()}, dict(without),
            dict(self.others), sum(row.truth is None for row in rows) if self.at.truth else 0, found, named, self.not_in_roster,
        )

    def _hint(self) -> str:
        if self.roster is not None and self.not_in_roster:
            return "No student's number is the same in both files: look for leading zeros, or another demographics.join."
        return _has([value for _, value in self.others]) if self.others else "Check [columns] and [groups] in the map."

    def _person(self, cells: Cells) -> Person | None:
        if self.roster is None or self.at.student is None:
            return None
        found = self.roster.people.get(cells[self.at.student].strip())
        self.not_in_roster += found is None
        return found

    def _names(self, cells: Cells) -> frozenset[str]:
        return frozenset(word for column in self.at.names for word in cells[column].replace(",", " ").split())

    def _row(self, number: int, cells: Cells, person: Person | None) -> Row | None:
        text = cells[self.at.text].replace("\r\n", "\n").strip()
        groups = self._groups(cells, person.facts if person else {})
        if text.casefold() in self.missing:
            self._leave(NO_TEXT, number)
            return None
        if not groups:
            self._leave(NO_GROUP, number)
            return None
        item = one_line(cells[self.at.item].strip(), 80) if self.at.item and cells[self.at.item].strip() else f"row-{number}"
        exact = hash((item, text, str(groups)))
        if exact in self.seen:
            self._leave(AGAIN, number)
            return None
        self.seen.add(exact)
        row = Row(
            item, groups, {"text": text} | {name: cells[column].strip() for name, column in self.at.inputs.items()},
            truth=self._truth(number, cells, self.at.truth), cluster=self._cluster(cells), second_truth=self._truth(number, cells, self.at.second),
        )
        if row.second_truth is not None and row.truth is None:
            row = Row(row.item, row.groups, row.input, truth=row.second_truth, cluster=row.cluster)
        key = (content_of(row, loosely=True), str(sorted(groups.items())))
        if self.copies.setdefault(key, item) != item:
            self._leave(COPY, number)
            return None
        return row

    def _leave(self, reason: str, number: int) -> None:
        self.left.setdefault(reason, []).append(number)

    def _groups(self, cells: Cells, facts: Facts) -> dict[str, str]:
        groups = {}
        for name, section in self.groups.items():
            value = cells[self.at.groups[name]] if name in self.at.groups else self._fact(section, facts)
            group = self._group(name, value.strip())
            if group is not None:
                groups[name] = group
        return groups

    @staticmethod
    def _fact(section: GroupSection, facts: Facts) -> str:
        wanted = section.demographic or ""
        return facts.get(wanted, facts.get(plain(wanted), ""))

    def _group(self, name: str, value: str) -> str | None:
        values = self.values[name] or {}
        if one_plain(value) in values:   # a value that the map names counts, even where it is a word for an empty cell
            return values[one_plain(value)]
        if value.casefold() in self.missing:
            return None
        if self.values[name] is None:
            return one_line(value, 80)
        self.others[name, one_line(value, 60)] += 1
        return None

    def _cluster(self, cells: Cells) -> str | None:
        """Return a number in place of what makes samples depend on each other: a student's own never enters the set."""
        value = cells[self.at.cluster].strip() if self.at.cluster else ""
        return self.clusters.setdefault(value, f"c{len(self.clusters) + 1}") if value else None

    def _truth(self, number: int, cells: Cells, column: str | None) -> float | bool | str | None:
        value = cells[column].strip() if column else ""
        if value.casefold() in self.missing:
            return None
        if self.file.outcome == "decision":
            return _decision(value)
        low, high = self.file.scale or (0.0, 0.0)
        try:
            score = float(value.replace(",", "."))
        except ValueError:
            score = float("nan")
        if not low <= score <= high:
            raise FixtureError(
                f"row {number}: the truth is no number from {low:g} to {high:g}", where=str(self.table.path),
                fix="Mend the cell, correct scale, or name the word for no score under missing.",
            )
        return score

    def _scanned(
        self, kept: Collection[tuple[Row, frozenset[str]]], names: personal.Names
    ) -> tuple[list[Row], dict[str, list[str]], tuple[str, ...]]:
        """Look for personal data in every text that would be sent, and mask it where the map says so."""
        rows, found, named = [], dict[str, dict[str, None]](), dict[str, None]()
        for row, own in kept:
            given = {}
            for key, text in row.input.items():
                finds = [*personal.find_personal_data(text), *names.find(text, own)]
                for one in finds:
                    found.setdefault(one.kind, {})[row.item] = None
                    if one.kind == personal.NAME_KNOWN:
                        named[row.item] = None
                given[key] = personal.masked(text, finds) if self.file.personal_data == "mask" else text
            rows.append(Row(row.item, row.groups, given, truth=row.truth, cluster=row.cluster, second_truth=row.second_truth))
        kinds = {kind: list(items) for kind, items in sorted(found.items())}
        return rows, kinds, () if self.file.personal_data == "mask" else tuple(named)


def _decision(value: str) -> bool | str:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    return words.get(value.casefold(), safe(value))


def one_plain(value: str) -> str:
    """Return a cell as the map compares it: without case and needless spaces."""
    return " ".join(value.split()).casefold()


def check_values(file: MapFile, made: Made) -> None:
    """Raise FixtureError where a map names values of which the table has not one: most likely they are spelled otherwise."""
    for name in file.groups:
        other = [value for attribute, value in made.other_values if attribute == name]
        if other and not any(name in row.groups for row in made.rows):
            raise FixtureError(f"no cell holds any of the values of groups.{name}", where=f"[groups.{name}]", fix=_has(other))


def _has(values: Collection[str]) -> str:
    return f"The table has: {', '.join(sorted(values)[:_MOST_VALUES])}."
