"""What a bundle keeps of private fixtures (`run/withheld/`), written from a run and read back: commitments, and what was measured of replies.

    sets/SET.json             that its texts are withheld, its digest, and whether its replies are
    sets/SET.measured.jsonl   one line a probe and measure, where the replies would tell the texts
    sets/SET.texts.json       whether the replies differ at all, as it was found
    judges.json, judges.measured.jsonl   what judges of texts said of them
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from audit import disparity, measures
from audit.errors import RunFolderError
from audit.library import read_text
from audit.measures import truth_of
from audit.pipeline.judged import Judged
from audit.records import FixtureSet, Json, Measurement, Probe, TextDifference
from audit.records.verification import WithheldSet

FOLDER = "withheld"
SCHEMA: Final = "edtech-equity-audit/withheld/1"
_EDITION = 1


class Told(Struct, frozen=True):
    """What stands in for texts that are withheld. sets, measured: by the set's name; judges: None where no judge was asked or its answers are here."""

    sets: dict[str, WithheldSet] = {}
    measured: dict[str, tuple[Measurement, ...]] = {}
    texts: tuple[TextDifference, ...] = ()
    judges: Judged | None = None


class _Read(Struct, frozen=True, omit_defaults=True):
    """One line of what was measured: a value, or why there is none."""

    probe: str
    measure: str
    value: float | None = None
    missing: str | None = None


class _JudgeMeasure(Struct, frozen=True):
    measure: str
    set: str
    unit: str
    range: tuple[float, float] | None
    decides: bool


class _Judges(Struct, frozen=True):
    schema: str
    measures: tuple[_JudgeMeasure, ...]
    notes: tuple[str, ...]
    provenance: tuple[dict[str, Json], ...]


def files_of(one: WithheldSet, measured: Sequence[Measurement], texts: Sequence[TextDifference]) -> dict[str, bytes]:
    """Return path → bytes of what a bundle keeps of one private set. measured: with the probe ids of the bundle."""
    start = f"{FOLDER}/sets/{one.set}"
    files = {f"{start}.json": _json(one)}
    if one.replies == "withheld":
        files[f"{start}.measured.jsonl"] = _lines(measured)
        files[f"{start}.texts.json"] = _json(texts)
    return files


def files_of_judges(judged: Judged, ids: Mapping[str, str]) -> dict[str, bytes]:
    """Return path → bytes of what judges said of texts that are withheld. ids: probe → its id in the bundle."""
    about = tuple(_JudgeMeasure(a.measure, a.set.id, a.unit, a.text_range, a.decides) for a in judged.audited)
    read = [msgspec.structs.replace(m, probe=ids.get(m.probe, m.probe)) for m in judged.measurements]
    return {
        f"{FOLDER}/judges.json": _json(_Judges(SCHEMA, about, judged.notes, judged.provenance)),
        f"{FOLDER}/judges.measured.jsonl": _lines(read),
    }


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _lines(read: Iterable[Measurement]) -> bytes:
    return b"".join(msgspec.json.encode(_Read(m.probe, m.measure, m.value, m.missing)) + b"\n" for m in read)


def read_told(run: Path, sets: Mapping[str, FixtureSet], probes: Sequence[Probe]) -> Told:
    """Return what a run folder out of a bundle holds in place of withheld texts; nothing for a run that holds them.

    probes: made from the sets as they are here. Raises RunFolderError: a newer edition, damaged, of probes or measures that there are not.
    """
    names = [name for name in sets if (run / FOLDER / "sets" / f"{name}.json").is_file()]
    if not names:
        return Told()
    heads = {name: _kept(run / FOLDER / "sets" / f"{name}.json", WithheldSet) for name in names}
    measured: dict[str, tuple[Measurement, ...]] = {}
    texts: list[TextDifference] = []
    for name, head in heads.items():
        if head.replies == "withheld":
            start = run / FOLDER / "sets"
            measured[name] = _measurements(start / f"{name}.measured.jsonl", {sets[name].id: sets[name]}, probes, measures.MEASURES)
            texts += _kept(start / f"{name}.texts.json", tuple[TextDifference, ...])
    known = {sets[name].id for name in measured}
    return Told(heads, measured, tuple(d for d in texts if d.set in known), _judges(run, sets, probes))


def with_digest(name: str, one: FixtureSet, run: Path) -> FixtureSet:
    """Return a set with the digest that it had when it was asked, where its texts are withheld."""
    path = run / FOLDER / "sets" / f"{name}.json"
    return msgspec.structs.replace(one, digest=_kept(path, WithheldSet).digest) if path.is_file() else one


def _judges(run: Path, sets: Mapping[str, FixtureSet], probes: Sequence[Probe]) -> Judged | None:
    path = run / FOLDER / "judges.json"
    if not path.is_file():
        return None
    about: _Judges = _kept(path, _Judges)
    by_id = {one.id: one for one in sets.values()}
    read = _measurements(run / FOLDER / "judges.measured.jsonl", by_id, probes, {m.measure for m in about.measures})
    for one in about.measures:
        if one.set not in by_id:
            raise RunFolderError(f"it names the set {one.set[:60]!r}, which is not in the run", where=str(path))
    return Judged(tuple(_audited(one, by_id[one.set], read) for one in about.measures), read, about.notes, about.provenance)


def _audited(one: _JudgeMeasure, own: FixtureSet, read: Sequence[Measurement]) -> disparity.Audited:
    mine = [m for m in read if m.measure == one.measure and m.set == own.id]
    return disparity.Audited(own, one.measure, one.unit, disparity.of_measurements(mine, own.attributes), one.range, decides=one.decides)


def _measurements(
    path: Path, sets: Mapping[str, FixtureSet], probes: Sequence[Probe], known: Iterable[str]
) -> tuple[Measurement, ...]:
    """Return the measurements of a file; all but value and reason is the probe's own."""
    by_id, names, found, seen = {p.id: p for p in probes if p.set in sets}, set(known), [], set()
    for number, line in enumerate(read_text(path, RunFolderError, "file of measurements").split("\n"), 1):
        if not line.strip():
            continue
        one: _Read = _decoded(line, _Read, f"{path}, line {number}")
        if one.probe not in by_id or one.measure not in names or (one.value is None) is (one.missing is None) or (one.probe, one.measure) in seen:
            raise RunFolderError(f"line {number} fits no probe and measure of this run", where=str(path))
        seen.add((one.probe, one.measure))
        found.append(_measurement(one, by_id[one.probe], sets[by_id[one.probe].set]))
    return tuple(found)


def _measurement(one: _Read, probe: Probe, own: FixtureSet) -> Measurement:
    truths = (None, None) if one.measure not in measures.MEASURES else (truth_of(probe.truth, own), truth_of(probe.second_truth, own))
    return Measurement(
        probe.id, own.id, probe.item, probe.cluster or probe.item, probe.groups, one.measure, one.value, one.missing, truths[0], probe.variant, truths[1],
    )


def _kept(path: Path, kind: Any) -> Any:
    text = read_text(path, RunFolderError, "part of a bundle")
    _check_edition(text, path)
    return _decoded(text, kind, str(path))


def _decoded(text: str, kind: Any, where: str) -> Any:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as bad:
        raise RunFolderError(f"damaged: {bad}", where=where) from None


def _check_edition(text: str, path: Path) -> None:
    head = _decoded(text, Any, str(path))
    schema = head.get("schema") if isinstance(head, dict) else None
    edition = schema.rsplit("/", 1)[-1] if isinstance(schema, str) else ""
    if edition.isdigit() and int(edition) > _EDITION:
        raise RunFolderError("this bundle was made by a newer version", where=str(path), fix="Update edtech-equity-audit.")


Replies = Literal["kept", "withheld"]
