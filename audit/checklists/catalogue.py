"""The questions: checklists/*.toml, with overlays that add criteria or replace them by id."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from audit.checklists.rules import check_rule
from audit.errors import ChecklistError
from audit.library import convert, nearest, read_toml, shipped
from audit.plan import STUDENT_DATA
from audit.records import Criterion


class Checklist(Struct, frozen=True, forbid_unknown_fields=True):
    """One indicator's questions, in one edition."""

    id: str
    title: str
    edition: str
    criteria: tuple[Criterion, ...]
    about: str = ""


def shipped_checklists() -> list[str]:
    """Return the names of the indicators that ship with the package."""
    root = shipped("checklists")
    return sorted(p.stem for p in root.glob("*.toml") if p.stem != "policy") if root.is_dir() else []


def load_checklists(names: Sequence[str], overlays: Sequence[str], base: Path) -> list[Checklist]:
    """Return the named checklists with the overlays' criteria put in.

    An overlay is a checklist file whose id is the indicator it adds to; a path, or a shipped name.
    """
    for name in names:
        if name not in shipped_checklists():
            raise ChecklistError(f"unknown checklist {name!r}", where=str(base), fix=nearest(name, shipped_checklists()))
    lists = {name: _read(shipped("checklists") / f"{name}.toml") for name in names}
    for overlay in overlays:
        extra = _read(_find_overlay(overlay, base))
        if extra.id not in lists:
            raise ChecklistError(
                f"the overlay adds to the checklist {extra.id!r}, which is not in use",
                where=overlay, fix=nearest(extra.id, lists),
            )
        lists[extra.id] = _merged(lists[extra.id], extra)
    _unique([criterion.id for checklist in lists.values() for criterion in checklist.criteria], ", ".join(lists))
    return list(lists.values())


def _find_overlay(name: str, base: Path) -> Path:
    for path in (base / name, shipped("checklists") / "overlays" / f"{name}.toml"):
        if path.is_file():
            return path
    known = sorted(p.stem for p in (shipped("checklists") / "overlays").glob("*.toml"))
    raise ChecklistError(
        f"unknown overlay {name!r}", where=str(base),
        fix=nearest(name, known) or "None ships with this version; give the path of your own file.",
    )


def _read(path: Path) -> Checklist:
    checklist = convert(read_toml(path, ChecklistError, "checklist"), Checklist, ChecklistError, str(path))
    _unique([criterion.id for criterion in checklist.criteria], str(path))
    criteria = []
    for criterion in checklist.criteria:
        _check(criterion, str(path))
        check_rule(criterion, str(path))
        criteria.append(msgspec.structs.replace(criterion, indicator=checklist.id))
    return msgspec.structs.replace(checklist, criteria=tuple(criteria))


def _check(criterion: Criterion, where: str) -> None:
    start = f"criterion {criterion.id!r}"
    if (criterion.answer == "measured") != (criterion.measured is not None):
        raise ChecklistError(f'{start}: answer = "measured" goes with a measured key', where=where)
    if criterion.weight < 1:
        raise ChecklistError(f"{start}: the weight is at least 1", where=where)
    for kind in criterion.applies_to:
        if kind not in STUDENT_DATA:
            raise ChecklistError(f"{start}: applies_to names {kind!r}", where=where, fix=nearest(kind, STUDENT_DATA))


def _merged(checklist: Checklist, extra: Checklist) -> Checklist:
    own = {criterion.id: criterion for criterion in checklist.criteria} | {c.id: c for c in extra.criteria}
    return Checklist(checklist.id, checklist.title, f"{checklist.edition}+{extra.edition}", tuple(own.values()), checklist.about)


def _unique(ids: list[str], where: str) -> None:
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise ChecklistError(f"the criterion {twice[0]!r} appears twice", where=where)
