"""The questions: checklists/*.toml, with overlays that add, tighten or retire some of them (`overlays`)."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from audit.checklists.branches import check_branches
from audit.checklists.criteria import check_criterion
from audit.checklists.overlays import Overlay, Retired, apply, read_overlay
from audit.errors import ChecklistError
from audit.library import convert, nearest, read_toml, shipped
from audit.records import Criterion


class Checklist(Struct, frozen=True, forbid_unknown_fields=True):
    """One indicator's questions, in one edition. topics: their order and titles. retired: questions that are asked no more, and why."""

    id: str
    title: str
    edition: str
    criteria: tuple[Criterion, ...]
    about: str = ""
    topics: dict[str, str] = {}
    retired: tuple[Retired, ...] = ()


def shipped_checklists() -> list[str]:
    """Return the names of the indicators that ship with the package."""
    root = shipped("checklists")
    return sorted(p.stem for p in root.glob("*.toml") if p.stem not in ("policy", "contradictions", "statuses")) if root.is_dir() else []


def load_checklists(names: Sequence[str], overlays: Sequence[str], base: Path) -> list[Checklist]:
    """Return the named checklists, in that order, with the overlays' questions put in. An overlay is a path, or a shipped name."""
    for name in names:
        if name not in shipped_checklists():
            raise ChecklistError(f"unknown checklist {name!r}", where=str(base), fix=nearest(name, shipped_checklists()))
    lists = {name: _read(shipped("checklists") / f"{name}.toml") for name in names}
    return overlaid(list(lists.values()), {one.id: one for one in (read_overlay(name, base) for name in overlays)}.values())


def overlaid(given: Sequence[Checklist], overlays: Iterable[Overlay]) -> list[Checklist]:
    """Return checklists with these overlays' questions put in, each over those before it. Raises ChecklistError: one that does not fit them."""
    lists = {one.id: one for one in given}
    for overlay in overlays:
        known = {c.id for one in lists.values() for c in one.criteria} | {r.id for one in lists.values() for r in one.retired}
        for indicator, one in lists.items():
            criteria, retired = apply(overlay, indicator, one.criteria)
            changed = criteria != one.criteria
            lists[indicator] = Checklist(
                one.id, one.title, f"{one.edition}+{overlay.id} {overlay.edition}" if changed else one.edition, criteria, one.about, one.topics,
                (*one.retired, *retired),
            )
        overlay.check_all_used(known, lists)
    every = [criterion for one in lists.values() for criterion in one.criteria]
    _unique([criterion.id for criterion in every], ", ".join(lists))
    check_branches(every)
    return list(lists.values())


def criteria_of(lists: Sequence[Checklist]) -> dict[str, Criterion]:
    """Return id → criterion of all lists, those that people answer (what the audit measures itself is left out)."""
    return {c.id: c for one in lists for c in one.criteria if c.answer != "measured"}


def _read(path: Path) -> Checklist:
    where = str(path)
    checklist = convert(read_toml(path, ChecklistError, "checklist"), Checklist, ChecklistError, where)
    _unique([criterion.id for criterion in checklist.criteria], where)
    for criterion in checklist.criteria:
        check_criterion(criterion, where)
        if criterion.topic and criterion.topic not in checklist.topics:
            raise ChecklistError(f"criterion {criterion.id!r}: unknown topic {criterion.topic!r}", where=where, fix=nearest(criterion.topic, checklist.topics))
    criteria = tuple(msgspec.structs.replace(c, indicator=checklist.id, edition=checklist.edition) for c in checklist.criteria)
    return msgspec.structs.replace(checklist, criteria=criteria)


def _unique(ids: list[str], where: str) -> None:
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise ChecklistError(f"the criterion {twice[0]!r} appears twice", where=where)
