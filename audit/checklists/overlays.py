"""What a state, a consortium or a district adds to the questions, tightens or retires, without copying the rest.

Of several rules for one question the strictest counts, and says which law or agreement set it.
"""

from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from audit.checklists.criteria import check_criterion
from audit.checklists.rules import strictest
from audit.errors import ChecklistError
from audit.library import convert, is_there, nearest, read_toml, shipped
from audit.plan import INDICATORS
from audit.records import Criterion, Source


class Retired(Struct, frozen=True, forbid_unknown_fields=True):
    """A question that is asked no more: since which edition, why, what took its place, and which overlay took it out."""

    id: str
    edition: str
    because: str
    replaced_by: str = ""
    by: str = ""


class Tighten(Struct, frozen=True, forbid_unknown_fields=True):
    """A stricter rule for one question, and the law or agreement that sets it."""

    criterion: str
    because: str
    source: tuple[Source, ...]
    good: str | tuple[str, ...] = ""
    unit: str = ""
    required: bool = False


class Retire(Struct, frozen=True, forbid_unknown_fields=True):
    """A question that is not to be asked here, and why."""

    criterion: str
    because: str
    replaced_by: str = ""


class Overlay(Struct, frozen=True, forbid_unknown_fields=True):
    """An overlay file. add: criteria, each with the `indicator` it belongs to."""

    id: str
    title: str
    edition: str
    about: str = ""
    jurisdiction: str = ""
    as_of: str = ""
    add: tuple[Criterion, ...] = ()
    tighten: tuple[Tighten, ...] = ()
    retire: tuple[Retire, ...] = ()

    def check_all_used(self, known: Collection[str], lists: Iterable[str]) -> None:
        """Raise ChecklistError when it names a question or an indicator that does not exist at all. `known`: asked or retired before it was applied."""
        in_use = set(lists)
        for criterion in self.add:
            if criterion.indicator not in in_use | set(INDICATORS):
                raise ChecklistError(f"{criterion.id!r} is of the unknown indicator {criterion.indicator!r}", where=self.id, fix=nearest(criterion.indicator, in_use))
        for name in [t.criterion for t in self.tighten] + [r.criterion for r in self.retire]:
            elsewhere = name.startswith(tuple(f"{indicator}-" for indicator in INDICATORS if indicator not in in_use))
            if name not in known and not elsewhere:   # of a list that is not in use nothing is known
                raise ChecklistError(f"the overlay names the unknown criterion {name!r}", where=self.id, fix=nearest(name, known))


def shipped_overlays() -> list[str]:
    """Return the names of the overlays that ship with the package."""
    return sorted(p.stem for p in (shipped("checklists") / "overlays").glob("*.toml"))


def read_overlay(name: str, base: Path) -> Overlay:
    """Return an overlay: a path from `base`, or a shipped name. Raises ChecklistError with the place of what does not fit."""
    path = next((p for p in (base / name, shipped("checklists") / "overlays" / f"{name}.toml") if is_there(p)), None)
    if path is None:
        raise ChecklistError(f"unknown overlay {name!r}", where=str(base), fix=nearest(name, shipped_overlays()))
    overlay = convert(read_toml(path, ChecklistError, "overlay"), Overlay, ChecklistError, str(path))
    for criterion in overlay.add:
        check_criterion(criterion, str(path))
    return overlay


def apply(overlay: Overlay, indicator: str, criteria: tuple[Criterion, ...]) -> tuple[tuple[Criterion, ...], tuple[Retired, ...]]:
    """Return an indicator's criteria with the overlay put in, and those that it retires."""
    known = {c.id: c for c in criteria}
    for criterion in overlay.add:
        if criterion.indicator == indicator:
            if criterion.id in known:
                raise ChecklistError(f"the overlay adds {criterion.id!r}, which is there already", where=overlay.id, fix="Use [[tighten]], or another id.")
            known[criterion.id] = msgspec.structs.replace(criterion, edition=overlay.edition, set_by=overlay.title)
    for tighten in overlay.tighten:
        if tighten.criterion in known:
            known[tighten.criterion] = _tightened(known[tighten.criterion], tighten, overlay)
    measured = next((r.criterion for r in overlay.retire if r.criterion in known and known[r.criterion].answer == "measured"), None)
    if measured:
        raise ChecklistError(f"the overlay retires {measured!r}, which the audit measures", where=overlay.id, fix="A policy can make it advisory; it cannot be left out.")
    gone = [retire for retire in overlay.retire if known.pop(retire.criterion, None) is not None]
    return tuple(known.values()), tuple(Retired(r.criterion, overlay.edition, r.because, r.replaced_by, overlay.id) for r in gone)


def _tightened(criterion: Criterion, tighten: Tighten, overlay: Overlay) -> Criterion:
    good, wins = criterion.good, False
    if tighten.good:
        good, wins = strictest(criterion, tighten.good, tighten.unit, overlay.id)
    law = "; ".join(s.clause or s.title for s in tighten.source) or overlay.title
    sets = wins or (tighten.good and good == criterion.good and not criterion.set_by and _same_rule(criterion, tighten, overlay.id))
    return msgspec.structs.replace(
        criterion, good=good, required=criterion.required or tighten.required, source=tuple(dict.fromkeys((*criterion.source, *tighten.source))),
        set_by=f"{overlay.title}: {law}" if sets else criterion.set_by,
    )


def _same_rule(criterion: Criterion, tighten: Tighten, where: str) -> bool:
    """Whether a law asks for just what the question asks for already: it then sets the rule. Neither is stricter than the other."""
    theirs = msgspec.structs.replace(criterion, good=tighten.good, unit=tighten.unit or criterion.unit)
    return not strictest(theirs, criterion.good, criterion.unit, where)[1]
