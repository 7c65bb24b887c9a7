"""A folder → the vetted list as of a day, one tool at a time: what lies there, what the index remembers, and what had to be read."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec
from msgspec.structs import replace

from audit.bundles import TrustedKey
from audit.errors import AuditError, RegistryError
from audit.records.changes import AuditChange
from audit.records.listings import AuditSummary, Listing, Publisher, ToolRecord, VettedList
from audit.registry.due import drift_due, due_of
from audit.registry.folder import RECORD, Found, look, read_publisher
from audit.registry.grouping import Tool, grouped, read_records, unreadable
from audit.registry.index import Entry, Index, open_index
from audit.registry.reading import told
from audit.registry.replies import read_replies
from audit.registry.statuses import check_history, in_force
from audit.registry.updating import Asked, brought_up_to_date
from audit.untrusted import bytes_of
from audit.wording import one_line

_AT_ONCE = 100
_LARGEST = 100_000_000


class Registry:
    """An open list as of a day. tools: in the order of their ids."""

    def __init__(self, asked: Asked, publisher: Publisher, index: Index, tools: Sequence[Tool], problems: Sequence[str]) -> None:
        self._asked, self._index, self._problems = asked, index, set(problems)
        self.folder, self.publisher, self.as_of, self.tools = asked.root, publisher, asked.today.isoformat(), tuple(tools)

    @property
    def problems(self) -> tuple[str, ...]:
        """Return what cannot be listed and why, a line each that names the file; complete once `listings` has come to its end."""
        return tuple(sorted(self._problems))

    def listings(self, only: str | None = None) -> Iterator[Listing]:
        """Yield the tools in the order of their ids, in bounded memory. only: the id of the one that is wanted."""
        wanted = [tool for tool in self.tools if only in (None, tool.id)]
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start:start + _AT_ONCE]
            summaries = self._index.summaries([file for tool in some for file in tool.audits])
            for tool in some:
                yield self._listing(tool, [summaries[file] for file in tool.audits])

    def _listing(self, tool: Tool, found: Sequence[AuditSummary]) -> Listing:
        audits, today = _newest_first(found), self._asked.today
        record = filled(tool.record or ToolRecord(tool.id, audits[0].name, audits[0].vendor), audits)
        replies, problems = read_replies(self.folder, tool.replies, {a.digest for a in audits}, self._asked.trusted, today)
        self._problems.update(problems)
        now = in_force(record, audits, today)
        due = due_of(record, now, audits, today)
        listing = Listing(record, now.status, now.since, audits, replies, due, tool.merged)
        return replace(listing, due=(*due, *drift_due(listing, self._changes(tool)))) if tool.changes else listing

    def _changes(self, tool: Tool) -> Iterator[AuditChange]:
        """Yield what `audit diff` found earlier, of the change.json files among the tool's."""
        for file in tool.changes:
            try:
                raw = bytes_of(self.folder / file, RegistryError, _LARGEST)
                yield msgspec.json.decode(raw, type=AuditChange)
            except (AuditError, msgspec.DecodeError, RecursionError, UnicodeError) as bad:
                error = bad if isinstance(bad, AuditError) else RegistryError(f"it is damaged: {one_line(str(bad))}", fix="Make it again: audit diff.")
                self._problems.add(told(file, error))


def _newest_first(found: Sequence[AuditSummary]) -> tuple[AuditSummary, ...]:
    """Return a tool's audits, the newest first; one that lies there twice is one."""
    own = {audit.digest: audit for audit in sorted(found, key=lambda a: a.file, reverse=True)}
    return tuple(sorted(own.values(), key=lambda a: (a.as_of, a.version, a.digest), reverse=True))


def filled(record: ToolRecord, audits: Sequence[AuditSummary]) -> ToolRecord:
    """Return a record in which what is empty is taken from the newest audit that says it."""
    said = {name: value for name in _FROM_SCOPE if not getattr(record, name) and (value := _first(name, audits))}
    return replace(record, **said) if said else record


_FROM_SCOPE = ("use_cases", "audience", "grades", "languages", "student_data", "standards")


def _first(name: str, audits: Sequence[AuditSummary]) -> str | tuple[str, ...]:
    for audit in audits:
        holder = audit if name in ("student_data", "standards") else audit.scope
        value: str | tuple[str, ...] = getattr(holder, name, None) or ""
        if value:
            return value
    return ""


@contextlib.contextmanager
def open_registry(
    folder: Path, today: date, trusted: Sequence[TrustedKey] = (), index: str | None = None, *, verify: bool = False
) -> Iterator[Registry]:
    """Open a folder of audits as a list as of a day; nobody else can while it is open.

    trusted: whose signatures count. index: where to remember what was read (`open_index`). verify: recompute every number of each audit that is
    not known to come out again. A move in a history that the policy does not know is a problem, told in a line; only `decide` stops for it.
    Raises RegistryError: no folder, a registry.toml or a tool.toml that is wrong, an index that cannot be used.
    """
    publisher, found = read_publisher(folder), list(look(folder))
    records = read_records(folder, found)
    moves = _moves(folder, records)
    asked = Asked(folder, publisher.small, tuple(trusted), today, verify)
    with open_index(index, folder) as opened:
        tools, problems = _grouped(opened, asked, found, records)
        del found, records   # a list of any size passes by in little memory: what it was found by goes first
        yield Registry(asked, publisher, opened, tools, (*problems, *moves))


def _moves(folder: Path, records: Mapping[str, ToolRecord]) -> list[str]:
    """Return a line for each history with a move that the policy does not know."""
    found = []
    for place, record in records.items():
        path = folder / place / RECORD
        try:
            check_history(record, str(path))
        except RegistryError as bad:
            found.append(told(path.relative_to(folder).as_posix(), bad))
    return found


def _grouped(index: Index, asked: Asked, found: Sequence[Found], records: Mapping[str, ToolRecord]) -> tuple[list[Tool], list[str]]:
    """Return the tools, after the index was brought up to date, and what cannot be listed, a line each."""
    entries = brought_up_to_date(index, [one for one in found if one.kind in ("bundle", "run")], asked)
    early = [e for e in entries.values() if e.as_of > asked.today.isoformat()]
    problems = [*unreadable(found), *(e.problem for e in entries.values() if e.problem), *(_early(e, asked.today) for e in early)]
    good = {file: e.same for file, e in entries.items() if not e.problem and e not in early}
    return grouped(found, records, good), problems


def _early(entry: Entry, today: date) -> str:
    return f"{one_line(entry.file, 400)}: it is dated {entry.as_of}, after the day of this list ({today})."


def read_registry(folder: Path, today: date, trusted: Sequence[TrustedKey] = (), index: str | None = None) -> VettedList:
    """Return a folder of audits as a whole list as of a day. Raises as `open_registry` does."""
    with open_registry(folder, today, trusted, index) as registry:
        listings = tuple(registry.listings())
        return VettedList(registry.publisher, registry.as_of, listings, registry.problems)
