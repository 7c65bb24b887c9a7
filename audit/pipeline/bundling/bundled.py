"""A scored run → a bundle: which files go in, what is kept back, and what is never passed on (secrets, personal data, machine paths)."""

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import tomli_w
from msgspec import Struct

from audit import bundles, fixtures, runs
from audit.bundles.parts import FILES, NOTE, PATTERNS
from audit.errors import BundleError, PlanError
from audit.library import inside, read_text, read_toml
from audit.pipeline.bundling.commitments import texts_of
from audit.pipeline.bundling.hiding import SHORTEST_QUOTED, Source, hide, quoted
from audit.pipeline.bundling.leaks import find_secrets, is_clear
from audit.pipeline.bundling.passing import check_personal
from audit.pipeline.bundling.places import shorter_places, shorter_plan
from audit.pipeline.bundling.withheld import FOLDER
from audit.pipeline.documents import is_confidential, kept
from audit.pipeline.judged import JUDGES
from audit.pipeline.scored import Material, read_material
from audit.records import EvidenceFile, TextDifference
from audit.records.verification import Bundled, PassedOn
from audit.wording import one_line

SUFFIX = ".audit.zip"
_SCHEMA = "edtech-equity-audit/bundled/1"
_WITH_PLACES = ("answers.json", "evidence.json", "scorecard.json")
_LONGEST_NAMED = 120
_AGAIN = "Score it again: audit score RUN."


class _Tool(Struct, frozen=True):
    name: str
    vendor: str
    version: str


class _Auditor(Struct, frozen=True):
    organisation: str
    role: str


class _Status(Struct, frozen=True):
    status: str


class _Provenance(Struct, frozen=True):
    collection: str
    versions: dict[str, str]


class _Card(Struct, frozen=True):
    """What a bundle's head repeats of a scorecard."""

    tool: _Tool
    auditor: _Auditor
    as_of: str
    decision: _Status
    provenance: _Provenance


class _Texts(Struct, frozen=True):
    texts: tuple[TextDifference, ...] = ()


def bundle_run(
    run: Path, out: Path | None = None, key: bundles.SigningKey | None = None, signed_on: date | None = None,
    withhold: Sequence[str] = (), because: str = "",
) -> Bundled:
    """Write a scored run as one file: the same run gives the same bytes. out: beside the run without one; signed_on: the scorecard's day without one.

    withhold: private sets whose texts stay at home ("all": every set that is not shipped). because: why texts that seem to hold personal data may
    be passed on all the same. Raises BundleError: not scored, changed since, personal data, a secret, an unknown or shipped set to withhold.
    """
    material, card = _scored(run)
    target = out or run.resolve().parent / f"{run.resolve().name}{SUFFIX}"
    if target.resolve().is_relative_to(run.resolve()):
        raise BundleError("a bundle does not belong into the run folder itself", where=str(target), fix="Use another --out.")
    names = _private(material, withhold, run)
    with tempfile.TemporaryDirectory(prefix="audit-", ignore_cleanup_errors=True) as draft:
        files, gone = _chosen(run)
        sets, probes = material.sets, material.probes
        if names:
            told = kept(run / "results.json", _Texts).texts
            hidden = hide(run, material, names, told, Path(draft))
            files = {name: source for name, source in files.items() if name not in _at_home(hidden.gone)} | hidden.files
            gone |= {f"run/{name}": _entry(path, "private fixtures") for name, path in hidden.gone.items()}
            sets, probes = hidden.sets, hidden.probes
            _check_quoted(material, names, files)
        files |= _shortened(run, files)
        _check_secrets(run, files)
        found = check_personal(material.plan, {n: s for n, s in sets.items() if n not in names}, sets, probes, files, because, run)
        files[NOTE] = _json(PassedOn(_SCHEMA, found, because if found else ""))
        listed = {f"run/{name}": source for name, source in files.items()}
        digest = bundles.pack(target, _head(card, material, gone), listed, key, (signed_on.isoformat() if signed_on else card.as_of))
    return Bundled(
        str(target), digest, target.stat().st_size, len(listed), {name: entry.because for name, entry in gone.items()}, tuple(names),
        key.public.name if key else "",
    )


def _scored(run: Path) -> tuple[Material, _Card]:
    """Return a run and what its scorecard says, both as they were when it was scored. Raises AuditError."""
    runs.read_head(run)
    for name in ("scorecard.json", "results.json", "manifest.json"):
        if not (run / name).is_file():
            raise BundleError(f"this run has no {name}: it has not been scored", where=str(run), fix="Score it first: audit score RUN.")
    _check_unchanged(run)
    return read_material(run), kept(run / "scorecard.json", _Card)


class _Manifest(Struct, frozen=True):
    files: dict[str, str]


def _check_unchanged(run: Path) -> None:
    """Raise BundleError unless every file is as it was when the run was scored."""
    listed = kept(run / "manifest.json", _Manifest).files
    for name, digest in listed.items():
        path = inside(run, name, BundleError, str(run / "manifest.json"))
        there = path.is_file()
        if not there or runs.sha256(path) != digest:
            said = "has changed" if there else "is gone"
            raise BundleError(f"{one_line(name)} {said} since the run was scored", where=str(run), fix=f"Restore it, or score the run again. {_AGAIN}")
    for name in _there(run):
        if name not in listed:
            raise BundleError(f"{one_line(name)} has come since the run was scored", where=str(run), fix=_AGAIN)


def _there(run: Path) -> list[str]:
    """Return what a bundle takes of a run folder, the evidence apart."""
    found = {path for pattern in PATTERNS for path in run.glob(pattern) if path.is_file()} | {run / name for name in FILES if (run / name).is_file()}
    return sorted(path.relative_to(run).as_posix() for path in found)


def _chosen(run: Path) -> tuple[dict[str, Source], dict[str, bundles.Withheld]]:
    """Return the files that go in, and those of the evidence that stay at home with their SHA-256."""
    files: dict[str, Source] = {name: run / name for name in _there(run)}
    gone: dict[str, bundles.Withheld] = {}
    evidence = kept(run / "evidence.json", dict[str, EvidenceFile]) if (run / "evidence.json").is_file() else {}
    for file in evidence.values():
        name = f"evidence/{file.path or file.check.file}"
        path = inside(run, name, BundleError, str(run))
        if path.is_file() and not is_confidential(file):
            files[name] = path
        else:
            gone[f"run/{name}"] = bundles.Withheld(file.check.sha256, file.check.size, "confidential" if is_confidential(file) else "too large")
    return files, gone


def _at_home(gone: Mapping[str, Path]) -> set[str]:
    return {name.removeprefix("private/") for name in gone if name.startswith(f"private/{JUDGES}/")}


def _entry(path: Path, because: str) -> bundles.Withheld:
    return bundles.Withheld(runs.sha256(path), path.stat().st_size, because)


def _private(material: Material, withhold: Sequence[str], run: Path) -> list[str]:
    """Return the sets whose texts are withheld. Raises BundleError: an unknown set, a shipped one, one whose maker withholds it already."""
    shipped = set(material.plan.design.fixtures) & set(fixtures.shipped_sets())
    already = {path.stem for path in (run / FOLDER / "sets").glob("*.json") if "." not in path.stem}
    own = [name for name in material.sets if name not in shipped | already]
    if "all" in withhold:
        if not own:
            raise BundleError("there is no private set to withhold", where=str(run), fix="Leave --withhold out: sets that ship with this program are public.")
        return own
    for name in withhold:
        if name in shipped:
            raise BundleError(f"the set {name!r} ships with this program: everybody has it", where=str(run), fix="Leave --withhold out for it.")
        if name in already:
            raise BundleError(f"the texts of the set {name!r} are not in this run: its maker withholds them", where=str(run))
        if name not in own:
            raise BundleError(f"the run has no set {one_line(name, 60)!r} to withhold", where=str(run), fix=f"It has: {', '.join(own) or 'only shipped sets'}.")
    return list(dict.fromkeys(withhold))


def _check_quoted(material: Material, names: Collection[str], files: Mapping[str, Source]) -> None:
    """Raise BundleError where a file tells a text that is to be withheld."""
    texts = {
        text: row.item for name in names for row in material.sets[name].rows for text in texts_of(row.input) if len(text) >= SHORTEST_QUOTED
    }
    for name, item in quoted(files, texts):
        raise BundleError(
            f"{one_line(name)} repeats the text of the item {one_line(item, 60)!r}, which is to be withheld",
            fix="Take the text out of that file and score the run again, or bundle it without --withhold.",
        )


def _shortened(run: Path, files: Mapping[str, Source]) -> dict[str, Source]:
    """Return the files that name places on the maker's machine, with file names in place of paths."""
    made: dict[str, Source] = {}
    for name in files:
        if name == "plan.toml" or name.endswith("/judge.toml"):
            written = read_toml(run / name, PlanError, "plan")
            if not is_clear(written.get("connect", {})):
                raise BundleError("its [connect] holds a secret in clear", where=str(run / name), fix="Replace it by ${NAME} and score the run again.")
            shorter = shorter_plan(written)
            made |= {name: tomli_w.dumps(shorter).encode()} if shorter != written else {}
        elif name in _WITH_PLACES:
            value = msgspec.json.decode(read_text(run / name, BundleError, "part of a run"))
            told = shorter_places(value)
            made |= {name: _json(told)} if told != value else {}
    return made


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _check_secrets(run: Path, files: Mapping[str, Source]) -> None:
    """Raise BundleError at the first value that looks like a key or token. It says where, never what."""
    evidence = kept(run / "evidence.json", dict[str, EvidenceFile]) if "evidence.json" in files else {}
    tokens = {f"evidence/{file.path}" for file in evidence.values() if file.check.kind == "lti-launch"}
    for name, source in sorted(files.items()):
        for found in find_secrets(_lines(source), ("a signed token (JWT)",) if name in tokens else ()):
            raise BundleError(
                f"{one_line(name, _LONGEST_NAMED)}, line {found.line} holds what looks like {found.kind}: nothing was written", where=str(run),
                fix="Revoke it if it is real, take it out of the file, and score the run again.",
            )


def _lines(source: Source) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield from source.splitlines()
        return
    try:
        with source.open("rb") as file:
            yield from file
    except OSError as bad:
        raise BundleError(f"cannot be read: {bad.strerror}", where=str(source)) from None


def _head(card: _Card, material: Material, gone: Mapping[str, bundles.Withheld]) -> bundles.Head:
    if card.provenance.collection != material.head.collection:
        raise BundleError("the scorecard is of another collection than the replies", where=str(material.plan.path), fix=_AGAIN)
    try:
        date.fromisoformat(card.as_of)
    except ValueError:
        raise BundleError(f"the scorecard's day {one_line(card.as_of, 40)!r} is none", where=str(material.plan.path), fix=_AGAIN) from None
    return bundles.Head(
        versions=card.provenance.versions, seeds={"design": material.plan.design.seed}, collection=card.provenance.collection,
        tool=msgspec.to_builtins(card.tool), auditor=msgspec.to_builtins(card.auditor), as_of=card.as_of, decision=card.decision.status,
        withheld=dict(sorted(gone.items())),
    )
