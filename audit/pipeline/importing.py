"""What a vendor has already filled in elsewhere → answers: HECVAT, OpenACR, or any form with ids and a map of its own."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from msgspec import Struct

from audit import checklists, evidence
from audit.errors import ChecklistError
from audit.records import Answer

FormKind = Literal["hecvat", "openacr", "form"]
_OPENACR = (".yaml", ".yml", ".json")


class Imported(Struct, frozen=True):
    """What a form gave: its name, the answers by criterion, what it says beside questions that it does not settle, and what a person has to read."""

    form: str
    answers: dict[str, Answer]
    notes: dict[str, str]
    not_carried: tuple[checklists.NotCarried, ...]


def import_form(path: Path, kind: FormKind | None, map_file: Path | None, lists: Sequence[checklists.Checklist], today: date) -> Imported:
    """Return what a form gives. kind: found out by the file's ending without one; map_file: the map of a form of one's own.

    Raises ChecklistError: no such form, a map that does not fit, a file that cannot be read.
    """
    criteria = checklists.criteria_of(lists)
    edition = {name: c.edition for name, c in criteria.items()}
    kind = kind or ("form" if map_file else "openacr" if path.suffix.lower() in _OPENACR else "hecvat")
    if kind == "form":
        if map_file is None:
            raise ChecklistError("a form of your own needs its map", where=str(path), fix="Give it with --map map.toml (docs/checklists.md shows one).")
        crosswalk = checklists.load_crosswalk(map_file, ChecklistError)
        title, given = crosswalk.title, checklists.read_mapping(path, crosswalk, ChecklistError)
    elif kind == "hecvat":
        crosswalk = checklists.find_crosswalk("hecvat-4")
        version, given = checklists.read_hecvat(path)
        title = f"HECVAT {version}"
    else:
        crosswalk = checklists.find_crosswalk("openacr")
        title, given = _openacr(path, today)
    carried, left = checklists.carry(given, crosswalk, criteria, title)
    answers = {c.criterion: Answer(c.answer, note=c.note, edition=edition[c.criterion], origin=c.origin, evidence=_evidence(kind, path)) for c in carried}
    notes: dict[str, list[str]] = {}
    for one in left:
        if one.criterion and one.criterion not in answers:
            notes.setdefault(one.criterion, []).append(one.beside)
    return Imported(title, answers, {name: f"{title} says, for a person to judge: " + "; ".join(said) for name, said in notes.items()}, tuple(left))


def _evidence(kind: FormKind, path: Path) -> str:
    """An accessibility report is itself the evidence; a questionnaire is only what its author says."""
    return path.name if kind == "openacr" else ""


def _openacr(path: Path, today: date) -> tuple[str, list[checklists.ForeignAnswer]]:
    found = evidence.inspect(path, today, "openacr")
    facts: Mapping[str, object] = found.facts
    title = " ".join(str(facts[key]) for key in ("product", "product_version") if key in facts)
    return f"OpenACR {title}".strip(), [
        checklists.ForeignAnswer(name, ", ".join(map(str, value)) if isinstance(value, list) else str(value), where=f"{path.name}, {name}")
        for name, value in facts.items()
    ]
