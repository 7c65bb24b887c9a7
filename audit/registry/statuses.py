"""What a list says of a tool as of a day, and which word may follow which (checklists/statuses.toml: policy as data)."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from msgspec import Struct

from audit.errors import RegistryError
from audit.library import convert, nearest, read_toml, shipped
from audit.records.listings import AuditSummary, Status, StatusEntry, ToolRecord
from audit.wording import one_line


class Meaning(Struct, frozen=True, forbid_unknown_fields=True):
    """One status: its words, whether it allows use and is watched, what ends it by itself, what an entry must name, and which may follow."""

    id: Status
    title: str
    means: str
    allows_use: bool
    watched: bool
    may_become: tuple[Status, ...]
    ends: tuple[Literal["until", "review_by"], ...] = ()
    needs: tuple[Literal["audit", "conditions"], ...] = ()


class Statuses(Struct, frozen=True, forbid_unknown_fields=True):
    """`checklists/statuses.toml`: default: where nobody has decided; first: what a first entry may say; ended: what an approval becomes."""

    edition: str
    default: Status
    first: tuple[Status, ...]
    ended: Status
    status: tuple[Meaning, ...]

    def meaning(self, status: str) -> Meaning:
        """Return a status with its words. Raises RegistryError with the nearest known one."""
        found = next((one for one in self.status if one.id == status), None)
        if found is None:
            raise RegistryError(f"unknown status {one_line(status, 40)!r}", fix=nearest(status, [one.id for one in self.status]))
        return found


class InForce(NamedTuple):
    """What holds on a day: the status, since when, and the entry it comes from (None where nobody has recorded one)."""

    status: Status
    since: str
    entry: StatusEntry | None


@lru_cache
def read_statuses() -> Statuses:
    """Return the shipped statuses."""
    path = shipped("checklists") / "statuses.toml"
    return convert(read_toml(path, RegistryError, "list of statuses"), Statuses, RegistryError, str(path))


def in_force(record: ToolRecord, audits: Sequence[AuditSummary], today: date) -> InForce:
    """Return what a list says of a tool as of a day: the last entry whose day has come, or what it became when it ended.

    An entry ends on the day after the one it names (`until`), or after its audit's `review_by`, whichever the policy lets end it.
    """
    policy, day = read_statuses(), today.isoformat()
    begun = [entry for entry in record.history if entry.on <= day]
    if not begun:
        return InForce(policy.default, "", None)
    entry = begun[-1]
    ends = [end for name in policy.meaning(entry.status).ends if (end := _end(name, entry, audits))]
    if ends and min(ends) < day:
        return InForce(policy.ended, (date.fromisoformat(min(ends)) + timedelta(days=1)).isoformat(), entry)
    return InForce(entry.status, _since(begun), entry)


def _since(begun: Sequence[StatusEntry]) -> str:
    """Return since when the last status holds without a break: a renewal is no new beginning."""
    since = begun[-1]
    for before in reversed(begun[:-1]):
        if before.status != since.status or (before.until and before.until < since.on):
            break
        since = before
    return since.on


def _end(name: str, entry: StatusEntry, audits: Sequence[AuditSummary]) -> str:
    if name == "until":
        return entry.until
    own = [a for a in audits if a.digest == entry.audit] or [a for a in audits if a.as_of <= entry.on]
    return own[0].review_by if own else ""


def check_record(record: ToolRecord, where: str) -> None:
    """Raise RegistryError for a history that cannot be: a day that is none, days out of order, an end before its beginning, by nobody."""
    for name, day in _days(record):
        _check_day(name, day, where)
    for before, after in zip(record.history, record.history[1:], strict=False):
        if after.on < before.on:
            raise RegistryError(f"the history is out of order: {after.status} on {after.on} stands after {before.status} on {before.on}", where=where,
                                fix="New entries go to the end; none is taken out or moved.")
    for entry in record.history:
        if not entry.by.strip() or not entry.because.strip():
            raise RegistryError(f"{entry.status} on {entry.on} does not say who decided it, or why", where=where, fix="Fill in by and because: everybody reads them.")
        if entry.until and entry.until < entry.on:
            raise RegistryError(f"{entry.status} on {entry.on} ends before it begins: until {entry.until}", where=where)


def _days(record: ToolRecord) -> Sequence[tuple[str, str]]:
    return [
        *((f"history: {name}", getattr(e, name)) for e in record.history for name in ("on", "until") if getattr(e, name) or name == "on"),
        *((f"corrections: {name}", getattr(c, name)) for c in record.corrections for name in ("on",)),
        *((f"agreements: {name}", getattr(a, name)) for a in record.agreements for name in ("signed", "expires") if getattr(a, name)),
    ]


def is_day(text: str) -> bool:
    """Return whether a text is a day such as 2026-11-21."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _check_day(name: str, day: str, where: str) -> None:
    if not is_day(day):
        raise RegistryError(f"{name} {one_line(day, 40)!r} is no date", where=where, fix="Write it as 2026-11-21.")


def check_history(record: ToolRecord, where: str) -> None:
    """Raise RegistryError for a move in a history that the policy does not know, unless a correction in its log names the day of it.

    Known is what the status before may become, or what that had become when it ended; the same status again is no move. How a history begins is not
    looked at: a list may come from elsewhere.
    """
    policy, logged = read_statuses(), " ".join(one.what for one in record.corrections)
    for number, (before, entry) in enumerate(itertools.pairwise(record.history), 2):
        ended = policy.ended if before.until and before.until < entry.on and "until" in policy.meaning(before.status).ends else before.status
        allowed = dict.fromkeys((*policy.meaning(before.status).may_become, *policy.meaning(ended).may_become))
        if entry.status not in (before.status, *allowed) and entry.on not in logged:
            raise RegistryError(
                f"entry {number} of the history of {record.id}, {entry.status} on {entry.on}: {before.status} cannot become {entry.status}, only {', '.join(allowed)}",
                where=where, fix=f"Write in what is missing, or leave it and say for all to see what happened on {entry.on}: "
                f'audit registry correct FOLDER {record.id} --what "{entry.on}: …"',
            )


def check_move(record: ToolRecord, audits: Mapping[str, AuditSummary], entry: StatusEntry, where: str) -> None:
    """Raise RegistryError for an entry that the policy does not allow: a move, a day before the last one, what it must name; also for a move before it."""
    check_history(record, where)
    policy = read_statuses()
    meaning = policy.meaning(entry.status)
    last = record.history[-1] if record.history else None
    now = in_force(record, tuple(audits.values()), date.fromisoformat(entry.on)) if last else None
    if last is not None and entry.on < last.on:
        raise RegistryError(f"the last entry is of {last.on}, so a new one cannot be of {entry.on}", where=where,
                            fix=f"Decide from {last.on} on (--on). As long as that day has not come, its entry may be taken out of the file by hand instead.")
    allowed = policy.meaning(now.status).may_become if now else policy.first
    if entry.status not in allowed:
        said = f"{record.id} is {now.status}, which cannot become {entry.status}" if now else f"a history cannot begin with {entry.status}"
        raise RegistryError(said, where=where, fix=f"Allowed: {', '.join(allowed)}.")
    if "audit" in meaning.needs and not audits:
        raise RegistryError(f"{entry.status} rests on an audit, and {record.id} has none on file", where=where, fix="Add one: audit registry add.")
    if entry.audit and entry.audit not in audits:
        raise RegistryError(f"no audit of {record.id} has the digest {one_line(entry.audit, 80)}", where=where, fix=nearest(entry.audit, audits))
    if "conditions" in meaning.needs and not entry.conditions:
        raise RegistryError(f"{entry.status} needs at least one condition", where=where, fix='Name it: --condition "…".')
