"""A stranger's run, scored again from what it holds: nothing is asked, nothing in it runs, and the work has bounds.

Bounds: a process of its own, so many minutes, and (not on Windows) so many bytes of memory. What goes beyond is stopped and told.
"""

import multiprocessing
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit import checklists, evidence
from audit.errors import AuditError, BundleError
from audit.library import inside, is_there
from audit.pipeline.bundling.shipping import standings
from audit.pipeline.documents import about, kept
from audit.pipeline.scored import Material, assess_run, read_material
from audit.pipeline.verifying.opening import Opening, open_sets, withheld_sets
from audit.plan import digest
from audit.policy import read_policy
from audit.records import EvidenceFile, Json
from audit.records.verification import CheckedAgain, Standing
from audit.wording import one_line

_MEGABYTE = 1_000_000
_LARGEST_ANSWER = 1_000_000_000
_DAY = 10
_READ_MORE = ("lti-launch", "portability")
"""Kinds of evidence whose checkers look at other files of the folder: keys, data sets."""


class Limits(Struct, frozen=True):
    """How long and with how much memory a stranger's run is scored. megabytes: not bounded on Windows."""

    minutes: float = 60.0
    megabytes: int = 8_000


class Again(Struct, frozen=True):
    """A run scored once more, as JSON values. closed: sets whose texts stay withheld; measured: those of them whose replies are withheld too.

    judges: whether their scores are the maker's word. wrong: what does not fit its commitment. fixed: whether tool, connection, design, fixtures and margins
    are those that were fixed before the first call. stopped: why there is nothing of this.
    """

    results: Json = None
    card: Json = None
    evidence: tuple[CheckedAgain, ...] = ()
    shipped: tuple[Standing, ...] = ()
    closed: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    judges: bool = False
    wrong: tuple[tuple[str, str, str], ...] = ()
    fixed: bool = True
    stopped: str = ""


def assess_again(run: Path, day: date, owner: Path | None, limits: Limits | None) -> Again:
    """Return a run scored again as of a day. owner: the folder that opens withheld sets; limits: None for this process, without bounds."""
    if limits is None:
        return _again(run, day, owner)
    with tempfile.TemporaryDirectory(prefix="audit-", ignore_cleanup_errors=True) as folder:
        target = Path(folder) / "again.json"
        child = multiprocessing.get_context("spawn").Process(target=_child, args=(run, day, owner, limits, target), daemon=True)
        child.start()
        child.join(limits.minutes * 60)
        if child.is_alive():
            child.kill()
            child.join()
            return Again(stopped=f"scoring it took more than {limits.minutes:g} minutes and was stopped")
        if not target.is_file() or target.stat().st_size > _LARGEST_ANSWER:
            return Again(stopped=f"scoring it failed: it may need more than {limits.megabytes:,} MB of memory")
        return msgspec.json.decode(target.read_bytes(), type=Again)


def _child(run: Path, day: date, owner: Path | None, limits: Limits, target: Path) -> None:
    """Score in a process of its own; the answer is a file, written whole."""
    _bound_memory(limits.megabytes)
    try:
        found = _again(run, day, owner)
    except MemoryError:
        return
    draft = target.with_suffix(".part")
    draft.write_bytes(msgspec.json.encode(found))
    draft.replace(target)


def _bound_memory(megabytes: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = megabytes * _MEGABYTE
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))


def _again(run: Path, day: date, owner: Path | None) -> Again:
    try:
        return _scored(run, day, owner)
    except AuditError as bad:
        return Again(stopped=one_line(str(bad).replace(str(run), "run"), 600))
    except MemoryError:
        raise
    except Exception as bad:   # whatever a stranger has put together, it is no fault of this program
        return Again(stopped=one_line(f"its parts do not fit together ({type(bad).__name__}: {str(bad).replace(str(run), 'run')})", 600))


def _scored(run: Path, day: date, owner: Path | None) -> Again:
    material = read_material(run)
    closed, fixed = withheld_sets(run, material), is_as_fixed(run, material)
    found = open_sets(run, material, owner) if owner is not None else Opening(material, run, (), ())
    material = found.material
    scored = assess_run(found.run, material, day)
    return Again(
        results=_plain(scored.results), card=_plain(scored.card), evidence=tuple(_evidence(run, material, day)), shipped=tuple(standings(material)),
        closed=tuple(name for name in closed if name not in found.sets), measured=tuple(material.measured), opened=found.sets,
        judges=material.judges is not None, wrong=found.wrong, fixed=fixed,
    )


def is_as_fixed(run: Path, material: Material) -> bool:
    """Return whether the digest `collection`, which was made before the first call, is that of what the run holds now (`prepare` says of what)."""
    _, table = read_policy(run / "policy.toml")
    key = material.plan.collection_key() | {"fixtures": {s.id: s.digest for s in material.sets.values()}, "margins": table["margins"]}
    return digest(key) == material.head.collection


def _plain(value: Any) -> Json:
    """Return a record as the JSON value that its file holds."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _evidence(run: Path, material: Material, day: date) -> Iterator[CheckedAgain]:
    """Yield how each evidence file checks now, as of the days on which it can have been checked: of the score, or of the collection."""
    stated = kept(run / "evidence.json", dict[str, EvidenceFile]) if (run / "evidence.json").is_file() else {}
    days = [day, *(date.fromisoformat(t[:_DAY]) for t in (material.log.started, material.log.ended) if _is_day(t[:_DAY]))]
    seen: set[str] = set()
    for file in stated.values():
        if file.path in seen:
            continue
        seen.add(file.path)
        name = one_line(file.path or file.check.file)
        path = inside(run / "evidence", file.path, BundleError, "run/evidence.json")
        if not is_there(path):
            yield CheckedAgain(name, "not_checked", "its maker kept it back")
            continue
        yield _compared(name, file, [_checked(path, file, material, one) for one in dict.fromkeys(days)])


def _checked(path: Path, file: EvidenceFile, material: Material, day: date) -> EvidenceFile | AuditError:
    whose = about(material.plan.tool)
    try:
        check = evidence.inspect(path, day, file.filed.kind or None)
    except AuditError as bad:
        return bad
    return msgspec.structs.replace(checklists.registered(check, file.filed, whose.vendor, whose.version, day), path=file.path)


def _compared(name: str, stated: EvidenceFile, found: list[EvidenceFile | AuditError]) -> CheckedAgain:
    if any(one == stated or _plain(one) == _plain(stated) for one in found if isinstance(one, EvidenceFile)):
        return CheckedAgain(name, "same")
    first = found[0]
    if stated.check.kind in _READ_MORE and isinstance(first, EvidenceFile) and first.check.sha256 == stated.check.sha256:
        return CheckedAgain(name, "not_checked", "its checker reads files beside it too, and these are not in the bundle")
    if isinstance(first, AuditError):
        return CheckedAgain(name, "differs", one_line(f"it cannot be checked any more: {first.what}", 300))
    fields = [field for field in first.check.__struct_fields__ if getattr(first.check, field) != getattr(stated.check, field)]
    fields += [field for field in ("expires", "expired") if getattr(first, field) != getattr(stated, field)]
    return CheckedAgain(name, "differs", f"another {', '.join(fields)} than evidence.json tells: {_told(first)}, and it tells {_told(stated)}")


def _told(file: EvidenceFile) -> str:
    return f"{file.check.errors} errors, {file.check.warnings} warnings, SHA-256 {one_line(file.check.sha256, 12)}"


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
