"""The run folder: what went into a run, what came out, and a manifest of it all (CONTRACT.md, section 6).

    plan.toml          as run, without secrets          journal.jsonl    every call, reply and failure
    policy.toml        margins and consequences         results.json     every measured difference
    fixtures/SET/      the probes as asked              scorecard.json   the decision and all it rests on
    checklists/        the questions                    scorecard.html   the same, for people
    answers.json       the answers as given             documents/LANG/  report, memo, public summary, staff guide
    evidence.json      what was found in each file      tables/*.csv     the same, for spreadsheets (and tables.xlsx)
    evidence/          the files that may be passed on  junit.xml, summary.md   the same, for a vendor's CI
    screenshots/       of failures of a web page: not passed on, not in the manifest
                                                        manifest.json    SHA-256 of each, versions, seeds
"""

import hashlib
import importlib.metadata
import platform
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import tomli_w
from msgspec import Struct

from audit import __version__
from audit.errors import RunFolderError
from audit.library import inside, read_text, write_whole

EDITION = 1
PICTURES = "screenshots"
"""What a browser showed when a probe failed: for the auditor alone, since it may show whose login it is. Never listed, never passed on."""
_NOT_LISTED = {"manifest.json", ".lock"}
_PACKAGES = ("numpy", "scipy", "scikit-learn", "aiohttp", "msgspec")


class Head(Struct, frozen=True):
    """`run.json`: which edition the folder is of, and which collection it belongs to."""

    run: int
    collection: str
    version: str


def default_folder(plan: Path) -> Path:
    """Return where a plan's run goes when nobody says: beside the plan, `plan-run` for plan.toml."""
    return plan.parent / f"{plan.stem}-run"


def check_folder(folder: Path, collection: str, *, replies: int) -> None:
    """Raise RunFolderError when the folder holds another plan's run (with replies) or something else."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise RunFolderError("this is a file, not a run folder", where=str(folder), fix="Use another --out.")
    if not (folder / "run.json").is_file():
        if any(p.name != ".lock" for p in folder.iterdir()):
            raise RunFolderError("this folder holds something that is not a run", where=str(folder), fix="Use another --out.")
        return
    head = read_head(folder)
    if head.collection != collection and replies:
        raise RunFolderError(
            "this run folder was made by another plan (tool, connection, design, fixtures or margins differ)",
            where=str(folder), fix="Use another --out, or restore the plan.",
        )


def read_head(folder: Path) -> Head:
    """Return a run folder's head. Raises RunFolderError when there is none, or a newer one."""
    text = read_text(folder / "run.json", RunFolderError, "run folder (no run.json)")
    try:
        head = msgspec.json.decode(text, type=Head)
    except msgspec.DecodeError as bad:
        raise RunFolderError(f"run.json is damaged: {bad}", where=str(folder)) from None
    if head.run > EDITION:
        raise RunFolderError(
            f"this run folder was made by a newer version ({head.version})", where=str(folder), fix="Update edtech-equity-audit."
        )
    return head


def write_inputs(
    folder: Path, collection: str, plan: Mapping[str, Any], policy: Mapping[str, Any], checklists: Sequence[Any]
) -> None:
    """Keep what the run is made of; what an earlier sitting kept is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "plan.toml", tomli_w.dumps(plan))
    write_text(folder / "policy.toml", tomli_w.dumps(policy))
    for kept in ("checklists", "fixtures"):
        shutil.rmtree(folder / kept, ignore_errors=True)
    for checklist in checklists:
        write_json(folder / "checklists" / f"{checklist.id}.json", checklist)
    write_json(folder / "run.json", Head(EDITION, collection, __version__))


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON, two spaces deep, in the order of its fields."""
    write_bytes(path, msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def write_bytes(path: Path, raw: bytes) -> None:
    """Write a file whole or not at all."""
    write_whole(path, raw, RunFolderError)


def keep_files(folder: Path, sources: Mapping[str, tuple[Path, str]]) -> None:
    """Copy files into a folder: path → (source, its SHA-256); what was there before is replaced, all of it or nothing. Nothing in them runs.

    Raises RunFolderError: a path that leaves the folder, a file that cannot be copied or was changed since it was looked at.
    """
    draft = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        for name, (source, digest) in sources.items():
            target = inside(draft, name, RunFolderError, str(source))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            if sha256(target) != digest:
                raise RunFolderError("the file was changed while it was read", where=str(source), fix="Run the command again.")
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)
    except OSError as bad:
        raise RunFolderError(f"cannot be copied: {bad.strerror or bad}", where=str(folder)) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_manifest(folder: Path, seeds: Mapping[str, int]) -> None:
    """Write manifest.json: the SHA-256 of every file, the versions and the seeds."""
    files = {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in _NOT_LISTED and folder / PICTURES not in path.parents
    }
    write_json(folder / "manifest.json", {
        "schema": "edtech-equity-audit/manifest/1", "versions": versions(), "seeds": dict(seeds), "files": files,
    })


def sha256(path: Path) -> str:
    """Return a file's SHA-256, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Return the versions that a number can depend on."""
    found = {"edtech-equity-audit": __version__, "python": platform.python_version()}
    return found | {name: importlib.metadata.version(name) for name in _PACKAGES}
