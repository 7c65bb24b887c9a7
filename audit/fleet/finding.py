"""Files and folders → plans, and where the run of each goes."""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from audit import runs
from audit.errors import FleetError
from audit.pipeline import Prepared

NAME = "plan.toml"
_LONGEST = 60
_DIGITS = 8


def find_plans(given: Sequence[Path]) -> list[Path]:
    """Return the plans as absolute paths, each once: files as given, and every plan.toml below a folder, in the order of paths.

    Links are not followed; run folders and what begins with a dot are left out. Raises FleetError: no such path, or no plan.
    """
    found: dict[Path, Path] = {}
    for path in given:
        if not path.exists():
            raise FleetError("there is no such plan or folder", where=str(path), fix="Check the path.")
        here = list(_below(path.absolute())) if path.is_dir() else [path.absolute()]
        if not here:
            raise FleetError(f"there is no {NAME} in this folder or below it", where=str(path), fix="Name the plans, or the folder that holds them.")
        for plan in here:
            found.setdefault(plan.resolve(), plan)
    return list(found.values())


def _below(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if "run.json" in files:
            folders.clear()
        elif NAME in files and not (plan := Path(here) / NAME).is_symlink():
            yield plan


def _refuse(bad: OSError) -> None:
    raise FleetError(f"cannot be read: {bad.strerror}", where=str(bad.filename), fix="Allow reading it, or name the plans one by one.")


def common_folder(plans: Iterable[Path]) -> Path:
    """Return the nearest folder that all plans lie below. Raises FleetError where they have none but the root."""
    folders = [plan.parent for plan in plans]
    try:
        folder = Path(os.path.commonpath(folders))
    except ValueError:
        folder = Path(folders[0].anchor)
    if folder == Path(folder.anchor):
        raise FleetError("the plans have no folder in common", where=f"{folders[0]}, …", fix="Name a folder for the results: --out DIR.")
    return folder


def run_folder(plan: Path, prepared: Prepared, out: Path | None) -> Path:
    """Return where a plan's run goes: beside it, or under `out` by a name that only what decides its replies can change.

    Such a name does not depend on where the plans lie or which others there are, so a longer list goes on in the same folders.
    """
    if out is None:
        return runs.default_folder(plan)
    return out / f"{slug(f'{prepared.plan.tool.name} {prepared.plan.tool.version}')}-{prepared.collection[:_DIGITS]}"


def slug(text: str) -> str:
    """Return a name for a folder: small Latin letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST].strip("-") or "tool"
