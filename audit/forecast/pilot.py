"""Replies that are already in a run folder → what they cost, and what a larger or another design can be planned from."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from audit import collect, disparity, measures, runs
from audit.errors import AuditError
from audit.forecast.costs import Heard, heard
from audit.pipeline import Prepared
from audit.pipeline.prepared import reading_of
from audit.pipeline.scored import Material, read_material
from audit.records import FixtureSet, Probe

Key = tuple[str, str, str, str, str]
"""Set, attribute, group, reference, statistic."""


class Told(Struct, frozen=True):
    """What a journal tells of costs. heard: of each reply; answered: the probes that have one.

    calls: that were made; ended: that would have been made for the same probes without any failure; spent: US dollars.
    """

    heard: tuple[Heard, ...] = ()
    answered: frozenset[str] = frozenset()
    calls: int = 0
    ended: int = 0
    spent: float = 0.0

    @property
    def per_probe(self) -> float:
        """The calls made for each that would have been made without any failure."""
        return max(1.0, self.calls / self.ended) if self.ended else 1.0


class Pilot(Struct, frozen=True):
    """What a run folder of the same tool holds. found: comparison → its components, one a measure. replies: by set.

    same: whether these are replies of the very same collection, whose probes need not be asked again. note: why a folder that is there is not used.
    """

    found: dict[Key, tuple[disparity.Components, ...]] = {}
    replies: dict[str, int] = {}
    same: bool = False
    told: Told = Told()
    note: str = ""

    @property
    def answered(self) -> frozenset[str]:
        """The probes that need not be asked again."""
        return self.told.answered if self.same else frozenset()


def told(log: collect.Log, probes: Sequence[Probe], prices: collect.Prices) -> Told:
    """Return what a journal (read with outputs) tells of costs."""
    known = {p.id: p for p in probes}
    answered = {probe: r for probe, r in log.responses.items() if r.failure is None and probe in known}
    return Told(
        tuple(heard(known[p], r.meta, r.seconds) for p, r in answered.items()), frozenset(answered), log.calls,
        sum(known[p].calls for p in log.responses if p in known), collect.spent_before(log, probes, prices),
    )


def read_pilot(prepared: Prepared, folder: Path, prices: collect.Prices, *, named: bool) -> Pilot:
    """Return what the run in `folder` teaches of this plan's tool; nothing where there is none, or it is of another tool.

    named: whether somebody asked for this folder; then what is wrong with it is an AuditError, and else a note.
    """
    if not (folder / "run.json").is_file() and not named:
        return Pilot()
    try:
        material = read_material(folder)
    except AuditError as bad:
        if named:
            raise
        return Pilot(note=f"the run folder {folder.name} is not used: {bad.what}")
    if _tool(material) != _own(prepared):
        return Pilot(note=f"the run folder {folder.name} is not used: it is of another tool, version or connection")
    return _learned(prepared, material, prices)


def _tool(material: Material) -> tuple[object, object]:
    key = material.plan.collection_key()
    return key["tool"], key["connect"]


def _own(prepared: Prepared) -> tuple[object, object]:
    key = prepared.plan.collection_key()
    return key["tool"], key["connect"]


def _learned(prepared: Prepared, material: Material, prices: collect.Prices) -> Pilot:
    log = material.log
    so_far = told(log, material.probes, prices)
    found: dict[Key, list[disparity.Components]] = {}
    replies: dict[str, int] = {}
    for name, own in material.sets.items():
        if name not in prepared.sets or not (count := sum(p.set == name and p.id in so_far.answered for p in material.probes)):
            continue
        replies[name] = count
        for one in _components(own, material):
            found.setdefault((name, one.attribute, one.group, one.reference, one.statistic), []).append(one)
    same = material.head.collection == prepared.collection and log.collection in (None, prepared.collection)
    return Pilot({key: tuple(own) for key, own in found.items()}, replies, same, so_far)


def _components(own: FixtureSet, material: Material) -> Sequence[disparity.Components]:
    probes = [p for p in material.probes if p.set == own.id]
    read = measures.measure_all(own, probes, material.log.responses, reading_of(material.plan))
    found: list[disparity.Components] = []
    for name in dict.fromkeys(m.measure for m in read):
        readings = disparity.of_measurements([m for m in read if m.measure == name], own.attributes)
        entry = measures.MEASURES[name]
        found += disparity.components(disparity.Audited(own, name, entry.unit, readings, entry.range, decides=measures.decides(name, own)))
    return found


def folder_of(prepared: Prepared, run: Path | None) -> Path:
    """Return the run folder that a plan's replies lie in."""
    return run or runs.default_folder(prepared.plan.path)
