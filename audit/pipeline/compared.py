"""Several run folders → tools side by side; no tool is asked, and nothing is scored again."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit import between, collect, fixtures, measures, runs, verdicts
from audit.errors import RunFolderError
from audit.library import read_text
from audit.pipeline.prepared import probes_of, reading_of
from audit.plan import Plan, digest, read_plan
from audit.policy import read_policy
from audit.records import DecisionStatus, Finding, FixtureSet, Indicator, Measurement, Outcome, Results
from audit.records.comparisons import ComparedTool, ToolComparison
from audit.wording import one_line

_FEWEST = 2
_LONGEST_LABEL = 80
_AGAIN = "Score the run again with this version: audit score RUN."


class _Status(Struct, frozen=True):
    status: DecisionStatus


class _Card(Struct, frozen=True):
    """What a comparison reads of a scorecard."""

    tool: dict[str, Any]
    auditor: dict[str, Any]
    as_of: str
    decision: _Status
    indicators: dict[str, Indicator]
    findings: tuple[Finding, ...]
    provenance: dict[str, Any]


class _Loaded(Struct, frozen=True):
    """A run folder as read. replies: the SHA-256 of its journal."""

    folder: Path
    collection: str
    replies: str
    plan: Plan
    card: _Card
    results: Results


def compare_runs(folders: Sequence[Path], seed: int) -> ToolComparison:
    """Return the tools of two or more scored runs side by side; the order of the folders changes nothing.

    Raises RunFolderError: fewer than two, a folder that is no run or not scored, the same run twice.
    """
    if len(folders) < _FEWEST:
        raise RunFolderError("a comparison needs two runs or more", fix="Name their folders: audit compare RUN RUN.")
    loaded = [_load(folder) for folder in folders]
    _check_once(loaded)
    return between.compare_tools([_tool(one, label) for one, label in zip(loaded, _labels(loaded), strict=True)], seed)


def _load(folder: Path) -> _Loaded:
    head = runs.read_head(folder)
    return _Loaded(
        folder.resolve(), head.collection, runs.sha256(folder / "journal.jsonl") if (folder / "journal.jsonl").is_file() else "",
        read_plan(folder / "plan.toml", None), _kept(folder / "scorecard.json", _Card), _kept(folder / "results.json", Results),
    )


def _kept(path: Path, kind: Any) -> Any:
    """Return a result file of a run as `kind`. Raises RunFolderError: not scored, damaged, or of another version."""
    if not path.is_file():
        raise RunFolderError(f"this run has no {path.name}: it has not been scored", where=str(path.parent), fix="Score it first: audit score RUN.")
    try:
        return msgspec.json.decode(read_text(path, RunFolderError, path.name), type=kind)
    except msgspec.DecodeError as bad:
        raise RunFolderError(f"{path.name} is damaged or of another version: {one_line(str(bad))}", where=str(path.parent), fix=_AGAIN) from None


def _check_once(loaded: Sequence[_Loaded]) -> None:
    """Raise RunFolderError for a run that is there twice: the same folder, or a copy of it."""
    known: dict[tuple[str, str], _Loaded] = {}
    for one in loaded:
        first = known.setdefault((one.collection, one.replies), one)
        if first is not one:
            what = "the same run is named twice" if first.folder == one.folder else f"this run holds the same replies as {first.folder}"
            raise RunFolderError(what, where=str(one.folder), fix="Name each run once.")


def _labels(loaded: Sequence[_Loaded]) -> list[str]:
    """Return a name for each tool that no other one has: its own with its version, then with its folder, at last with its collection."""
    tools = [(one_line(str(x.card.tool["name"]), _LONGEST_LABEL), one_line(str(x.card.tool["version"]), _LONGEST_LABEL)) for x in loaded]
    choices: list[list[str]] = [
        [f"{name} {version}" for name, version in tools],
        [f"{name} {version} ({one_line(x.folder.name, _LONGEST_LABEL)})" for (name, version), x in zip(tools, loaded, strict=True)],
        [f"{name} {version} ({one_line(f'{x.folder.parent.name}/{x.folder.name}', _LONGEST_LABEL)})" for (name, version), x in zip(tools, loaded, strict=True)],
        [f"{name} {version} ({x.collection[:6]} {x.replies[:6]})" for (name, version), x in zip(tools, loaded, strict=True)],
    ]
    for found in choices:
        if len({label.casefold() for label in found}) == len(found):
            return found
    return choices[-1]


def _tool(one: _Loaded, label: str) -> between.Tool:
    card, plan = one.card, one.plan
    policy, _ = read_policy(one.folder / "policy.toml")
    sets = {s.id: s for s in (fixtures.load_set(f) for f in sorted((one.folder / "fixtures").iterdir()) if f.is_dir())}
    known = card.provenance
    basis = {"policy": known.get("policy"), "checklists": known.get("checklists"), "sets": {s.id: s.digest for s in sets.values()}, "repeats": plan.design.repeats}
    return between.Tool(
        about=ComparedTool(
            label=label, name=str(card.tool["name"]), vendor=str(card.tool["vendor"]), version=str(card.tool["version"]), run=one.folder.name,
            collection=one.collection, organisation=str(card.auditor.get("organisation", "")), role=str(card.auditor["role"]), as_of=card.as_of,
            decision=card.decision.status,
        ),
        sets={name: _asked(one, s, sets) for name, s in sets.items()},
        margins={name: {k: v for k, v in msgspec.to_builtins(rule).items() if k != "source"} for name, rule in policy.margins.items()},
        minimum=policy.minimum.items, findings=card.findings, indicators=card.indicators,
        editions={str(k): str(v) for k, v in known.get("checklists", {}).items()}, basis=digest(basis), weight_factor=policy.sensitivity.weight_factor,
    )


def _asked(one: _Loaded, own: FixtureSet, sets: dict[str, FixtureSet]) -> between.AskedSet:
    """Return what a run holds of one set. Judges' scores are left out: each run has its own judge."""
    probes = [p for p in probes_of(one.plan, sets) if p.set == own.id]
    read = measures.measure_all(own, probes, collect.read_journal(one.folder).responses, reading_of(one.plan))
    rows = {
        "replies": [d for d in one.results.disparities if d.set == own.id and d.family == "confirmatory"],
        "missing": [d for d in one.results.missingness if d.set == own.id],
    }
    by_measure = {name: tuple(m for m in read if m.measure == name) for name in dict.fromkeys(m.measure for m in read)}
    return between.AskedSet(
        own, one.plan.design.repeats, by_measure, {name: _range(name, own) for name in by_measure},
        tuple(d for kind in rows.values() for d in kind if d.statistic == between.MISSING or d.measure in by_measure),
        {(kind, attribute): _outcome([d for d in found if d.attribute == attribute], by_measure.values())
         for kind, found in rows.items() for attribute in own.attributes},
    )


def _range(measure: str, own: FixtureSet) -> tuple[float, float] | None:
    return own.scale if own.outcome == "score" else measures.MEASURES[measure].range


def _outcome(found: Sequence[Any], read: Iterable[Sequence[Measurement]]) -> Outcome:
    """Return an attribute's verdict; none where most replies are missing, as on the scorecard."""
    outcome = verdicts.attribute_outcome(found)
    first = next(iter(read), ())
    lost = sum(m.missing is not None for m in first)
    return "not_assessed" if outcome != "gap_found" and 2 * lost > len(first) else outcome
