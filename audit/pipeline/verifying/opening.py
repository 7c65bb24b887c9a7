"""Withheld sets, opened by their owner: each text is held against its commitment, then the run is as if nothing had been withheld."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from audit import collect, fixtures, runs
from audit.collect.journal import NAME as JOURNAL
from audit.errors import BundleError
from audit.pipeline.bundling.commitments import hidden_set
from audit.pipeline.bundling.hiding import SALT, Cover, cover_of, read_salt
from audit.pipeline.bundling.withheld import FOLDER
from audit.pipeline.judged import JUDGES
from audit.pipeline.prepared import probes_of
from audit.pipeline.scored import Material
from audit.records import FixtureSet, Probe, Response


class Opening(Struct, frozen=True):
    """A run's material with the owner's texts in it. run: where its judges are; wrong: (file, item or probe, what); sets: those that were opened."""

    material: Material
    run: Path
    wrong: tuple[tuple[str, str, str], ...]
    sets: tuple[str, ...]


def withheld_sets(run: Path, material: Material) -> list[str]:
    """Return the names of the sets whose texts are not in the run."""
    return [name for name in material.sets if (run / FOLDER / "sets" / f"{name}.json").is_file()]


def open_sets(run: Path, material: Material, owner: Path) -> Opening:
    """Open every withheld set that the owner's folder holds: `fixtures/SET/`, `private/salt` and, for replies that are withheld too, `journal.jsonl`.

    A run folder is such a folder. What does not fit its commitment is told, not raised, and that set stays closed.
    Raises BundleError: nothing to open, no salt, none of the sets.
    """
    names = [name for name in withheld_sets(run, material) if (owner / "fixtures" / name / "set.toml").is_file()]
    if not names:
        closed = withheld_sets(run, material)
        what = f"it holds none of the withheld sets ({', '.join(closed)})" if closed else "the bundle withholds no set: there is nothing to open"
        raise BundleError(what, where=str(owner), fix="Give the owner's run folder." if closed else "Leave --fixtures out.")
    salt = read_salt(owner / SALT)
    wrong: list[tuple[str, str, str]] = []
    real: dict[str, FixtureSet] = {}
    for name in names:
        found = fixtures.load_set(owner / "fixtures" / name)
        faults = _faults(name, found, material.sets[name], salt)
        wrong += faults
        if not faults:
            real[name] = found
    return _with_texts(run, material, owner, real, salt, wrong)


def _faults(name: str, found: FixtureSet, closed: FixtureSet, salt: bytes) -> list[tuple[str, str, str]]:
    """Return where a set is not the one that was committed to."""
    file, own = f"fixtures/{name}/items.jsonl", hidden_set(found, salt)
    faults = [(file, a.item, "is not what its commitment stands for") for a, b in zip(own.rows, closed.rows, strict=False) if a != b]
    if len(own.rows) != len(closed.rows):
        faults.append((file, "", f"holds {len(own.rows)} rows, and the bundle {len(closed.rows)}"))
    if not faults and found.digest != closed.digest:
        faults.append((f"fixtures/{name}/set.toml", "", "is not the set that was asked: another SHA-256"))
    return faults


def _with_texts(
    run: Path, material: Material, owner: Path, real: dict[str, FixtureSet], salt: bytes, wrong: list[tuple[str, str, str]]
) -> Opening:
    closed = {name: material.sets[name] for name in real}
    whole = material.sets | real
    probes = probes_of(material.plan, whole)
    opened = msgspec.structs.replace(material, sets=whole, probes=probes)
    cover = cover_of(opened, closed, salt)
    hidden_replies = {p.id for p in probes for name in real if p.set == real[name].id and name in material.measured}
    cover = msgspec.structs.replace(cover, whole=frozenset(hidden_replies))
    known = collect.read_journal(owner).responses if (owner / JOURNAL).is_file() else {}
    taken = {cover.ids[own.id]: _taken(own, cover, known, material.log.responses.get(cover.ids[own.id])) for own in probes if own.id in cover.ids}
    wrong += [(JOURNAL, own.id, fault) for own in probes if own.id in cover.ids and (fault := taken[cover.ids[own.id]][1])]
    unfit = {own.set for own in probes if own.id in cover.ids and taken[cover.ids[own.id]][1]}
    # in the order of the journal: where two replies came at the same moment, it says which was first
    responses = {r.probe: r for name, one in material.log.responses.items() if (r := taken[name][0] if name in taken else one) is not None}
    ids = {closed_id: own for own, closed_id in cover.ids.items()}
    measured = {
        n: tuple(msgspec.structs.replace(m, probe=ids.get(m.probe, m.probe)) for m in read)
        for n, read in material.measured.items() if n not in real or not known or real[n].id in unfit
    }
    opened = msgspec.structs.replace(opened, log=msgspec.structs.replace(material.log, responses=responses), measured=measured)
    return _with_judges(run, opened, owner, wrong, tuple(real))


def _taken(own: Probe, cover: Cover, known: Mapping[str, Response], closed: Response | None) -> tuple[Response | None, str]:
    """Return the owner's reply to a probe in the place of the bundle's, if it is the one that was committed to; and what is wrong with it."""
    mine = known.get(own.id)
    if mine is not None and closed is not None and cover.response(mine) == closed:
        return mine, ""
    there = msgspec.structs.replace(closed, probe=own.id) if closed is not None else None
    return there, "the owner's journal has another reply than the bundle's" if known and (mine is not None or closed is not None) else ""


def _with_judges(run: Path, opened: Material, owner: Path, wrong: list[tuple[str, str, str]], sets: tuple[str, ...]) -> Opening:
    """Hear the judges again where the owner's folder has their answers and every text that they read is here."""
    folders = sorted(path.parent for path in (run / JUDGES).glob("*/judge.toml"))
    here = folders and all((owner / JUDGES / folder.name / JOURNAL).is_file() for folder in folders)
    if opened.judges is None or opened.measured or not here:
        return Opening(opened, run, tuple(wrong), sets)
    for folder in folders:
        for name in ("judge.toml", "judge.json"):
            mine, theirs = owner / JUDGES / folder.name / name, folder / name
            if name == "judge.json" and mine.is_file() and theirs.is_file() and runs.sha256(mine) != runs.sha256(theirs):
                wrong.append((f"{JUDGES}/{folder.name}/{name}", "", "is another examination than the bundle's"))
    return Opening(msgspec.structs.replace(opened, judges=None), owner, tuple(wrong), sets)
