"""Several run folders → tools side by side; no tool is asked, and nothing is scored again."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from audit import between, measures, runs, verdicts
from audit.errors import RunFolderError
from audit.library import convert, read_text
from audit.pipeline.prepared import reading_of
from audit.pipeline.scored import Material, read_material
from audit.plan import digest
from audit.records import NOT_ASKED, Disparity, FixtureSet, Measurement, Outcome, Results, Scorecard
from audit.records.comparisons import ComparedTool, ToolComparison
from audit.wording import OTHERS, one_line

_FEWEST = 2
_LONGEST_LABEL = 80
_AGAIN = "Score the run again with this version: audit score RUN."


class Scored(Struct, frozen=True):
    """A scored run as read. replies: the SHA-256 of its journal; empty where it has none."""

    folder: Path
    replies: str
    material: Material
    card: Scorecard
    results: Results


def compare_runs(folders: Sequence[Path], seed: int) -> ToolComparison:
    """Return the tools of two or more scored runs side by side; the order of the folders changes nothing.

    Raises RunFolderError: fewer than two, a folder that is no run or not scored, the same run twice.
    """
    if len(folders) < _FEWEST:
        raise RunFolderError("a comparison needs two runs or more", fix="Name their folders: audit compare RUN RUN.")
    loaded = [read_scored(folder) for folder in folders]
    _check_once(loaded)
    named = list(zip(loaded, _labels(loaded), strict=True))
    found = between.compare_tools([tool_of(one, label) for one, label in named], seed)
    return msgspec.structs.replace(found, notes=(*found.notes, *looks_told(named)))


def looks_told(named: Sequence[tuple[Scored, str]]) -> list[str]:
    """Return how a comparison allows for runs that ended when their own replies settled them; nothing where there is none. named: with their names in it."""
    adaptive = [(label, one.material.plan.design.looks) for one, label in named if one.material.plan.design.adaptive]
    if not adaptive:
        return []
    most = max(looks for _, looks in adaptive)
    return [(
        f"{', '.join(label for label, _ in adaptive)}: collected adaptively, so that each could end after any of its looks, and what both answered depends on "
        f"the replies. A p-value of a difference from such a run counts {most} times, and its interval is as much wider: they hold wherever the run ended."
    )]


class _Tool(Struct, frozen=True):
    name: str
    vendor: str
    version: str


class _Auditor(Struct, frozen=True):
    role: Literal["district", "state", "vendor", "independent"]
    organisation: str = ""


class _Stop(Struct, frozen=True):
    set: str
    attribute: str
    look: int


class _Looks(Struct, frozen=True):
    made: int = 1
    stopped: tuple[_Stop, ...] = ()


class _Known(Struct, frozen=True):
    """What is read of a provenance: of a stranger's too."""

    checklists: dict[str, str] = {}
    versions: dict[str, str] = {}
    models: tuple[str, ...] = ()
    collected_from: str | None = None
    collected_to: str | None = None
    adaptive: _Looks = _Looks()


def read_scored(folder: Path) -> Scored:
    """Return a scored run. Raises AuditError: no run, not scored, or damaged."""
    runs.read_head(folder)
    card, results = _kept(folder / "scorecard.json", Scorecard), _kept(folder / "results.json", Results)
    for part, kind in ((card.tool, _Tool), (card.auditor, _Auditor), (card.provenance, _Known)):
        convert(part, kind, RunFolderError, str(folder / "scorecard.json"))
    journal = folder / "journal.jsonl"
    return Scored(folder.resolve(), runs.sha256(journal) if journal.is_file() else "", read_material(folder), card, results)


def _kept(path: Path, kind: Any) -> Any:
    """Return a result file of a run as `kind`. Raises RunFolderError: not scored, damaged, or of another version."""
    if not path.is_file():
        raise RunFolderError(f"this run has no {path.name}: it has not been scored", where=str(path.parent), fix="Score it first: audit score RUN.")
    try:
        return msgspec.json.decode(read_text(path, RunFolderError, path.name), type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as bad:
        raise RunFolderError(f"{path.name} is damaged or of another version: {one_line(str(bad))}", where=str(path.parent), fix=_AGAIN) from None


def _check_once(loaded: Sequence[Scored]) -> None:
    """Raise RunFolderError for a run that is there twice: the same folder, or a copy of it."""
    known: dict[tuple[str, str], Scored] = {}
    for one in loaded:
        first = known.setdefault((one.material.head.collection, one.replies), one)
        if first is not one:
            what = "the same run is named twice" if first.folder == one.folder else f"this run holds the same replies as {first.folder}"
            raise RunFolderError(what, where=str(one.folder), fix="Name each run once.")


def _labels(loaded: Sequence[Scored]) -> list[str]:
    """Return a name for each tool that no other one has: its own with its version, then with its folder, at last with its collection."""
    tools = [(one_line(str(x.card.tool["name"]), _LONGEST_LABEL), one_line(str(x.card.tool["version"]), _LONGEST_LABEL)) for x in loaded]
    choices: list[list[str]] = [
        [f"{name} {version}" for name, version in tools],
        [f"{name} {version} ({one_line(x.folder.name, _LONGEST_LABEL)})" for (name, version), x in zip(tools, loaded, strict=True)],
        [f"{name} {version} ({one_line(f'{x.folder.parent.name}/{x.folder.name}', _LONGEST_LABEL)})" for (name, version), x in zip(tools, loaded, strict=True)],
        [f"{name} {version} ({x.material.head.collection[:6]} {x.replies[:6]})" for (name, version), x in zip(tools, loaded, strict=True)],
    ]
    for found in choices:
        if len({label.casefold() for label in found}) == len(found):
            return found
    return choices[-1]


def tool_of(one: Scored, label: str) -> between.Tool:
    """Return what a run gives to a comparison. label: the tool's name there."""
    card, plan, policy, sets, known = one.card, one.material.plan, one.material.policy, one.material.sets, one.card.provenance
    basis = {"policy": known.get("policy"), "checklists": known.get("checklists"), "sets": {s.id: s.digest for s in sets.values()}, "repeats": plan.design.repeats}
    return between.Tool(
        about=ComparedTool(
            label=label, name=str(card.tool["name"]), vendor=str(card.tool["vendor"]), version=str(card.tool["version"]), run=one.folder.name,
            collection=one.material.head.collection, organisation=str(card.auditor.get("organisation", "")), role=str(card.auditor["role"]), as_of=card.as_of,
            decision=card.decision.status,
        ),
        sets={s.id: _asked(one, s) for s in sets.values()},
        margins={name: {k: v for k, v in msgspec.to_builtins(rule).items() if k != "source"} for name, rule in policy.margins.items()},
        minimum=policy.minimum.items, findings=card.findings, indicators=card.indicators,
        editions={str(k): str(v) for k, v in known.get("checklists", {}).items()}, basis=digest(basis), weight_factor=policy.sensitivity.weight_factor,
    )


def _asked(one: Scored, own: FixtureSet) -> between.AskedSet:
    """Return what a run holds of one set. Judges' scores are left out: each run has its own judge."""
    read = _measurements(one.material, own)
    rows = {
        "replies": [d for d in one.results.disparities if d.set == own.id and d.family == "confirmatory"],
        "missing": [d for d in one.results.missingness if d.set == own.id],
    }
    by_measure = {name: tuple(m for m in read if m.measure == name) for name in dict.fromkeys(m.measure for m in read)}
    return between.AskedSet(
        own, one.material.plan.design.repeats, by_measure, {name: _range(name, own) for name in by_measure},
        tuple(d for kind in rows.values() for d in kind if _is_about(d, own) and (d.statistic == between.MISSING or d.measure in by_measure)),
        {(kind, attribute): _outcome([d for d in found if d.attribute == attribute], by_measure.values())
         for kind, found in rows.items() for attribute in own.attributes},
        looks=one.material.plan.design.looks if one.material.plan.design.adaptive else 1, stopped=_stopped(one, own),
    )


def _stopped(one: Scored, own: FixtureSet) -> dict[str, int]:
    """Return the look, 0 …, that each attribute of an adaptive run rests on, as its scorecard says; nothing for a fixed design."""
    design = one.material.plan.design
    if not design.adaptive:
        return {}
    known = convert(one.card.provenance, _Known, RunFolderError, str(one.folder / "scorecard.json")).adaptive
    ended = {s.attribute: s.look for s in known.stopped if s.set == own.id}
    return {name: min(max(ended.get(name, known.made), 1), design.looks) - 1 for name in own.attributes}


def _is_about(d: Disparity, own: FixtureSet) -> bool:
    """Return whether a comparison is of the set's own groups, as one of a stranger's results need not be."""
    about = own.attributes.get(d.attribute)
    return about is not None and d.design == own.design and d.group in about.groups and (d.reference == OTHERS or d.reference in about.groups)


def _measurements(material: Material, own: FixtureSet) -> Sequence[Measurement]:
    """Return what is read from a set's replies, or what was read from them where these are withheld."""
    if own.id in material.measured:
        read: Sequence[Measurement] = material.measured[own.id]
    else:
        read = measures.measure_all(own, [p for p in material.probes if p.set == own.id], material.log.responses, reading_of(material.plan))
    return [m for m in read if m.missing != NOT_ASKED] if material.plan.design.adaptive else read   # what was not needed is not missing


def _range(measure: str, own: FixtureSet) -> tuple[float, float] | None:
    return own.scale if own.outcome == "score" else measures.MEASURES[measure].range


def _outcome(found: Sequence[Any], read: Iterable[Sequence[Measurement]]) -> Outcome:
    """Return an attribute's verdict; none where most replies are missing, as on the scorecard."""
    outcome = verdicts.attribute_outcome(found)
    first = next(iter(read), ())
    lost = sum(m.missing is not None for m in first)
    return "not_assessed" if outcome != "gap_found" and 2 * lost > len(first) else outcome
