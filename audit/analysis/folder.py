"""The folder of one analysis: its results, its tables, and what it was asked; written whole or not at all.

    results.json    every measured difference, as printed by --format json
    tables/*.csv    disparities, missingness, groups, omnibus
    request.json    the options, the table's SHA-256 and size (where rows are no people), the margins, the versions
"""

import importlib.metadata
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from audit import runs
from audit.analysis.analysis import Analysis
from audit.errors import TableError
from audit.sheets import write_csv

_SCHEMA = "edtech-equity-audit/request/1"
_REQUEST = "request.json"
_TABLES = ("disparities", "missingness", "groups", "omnibus")


class _Head(msgspec.Struct, frozen=True):
    schema: str


def check_folder(folder: Path) -> None:
    """Raise TableError when the folder holds something that is not an earlier analysis: it would be replaced."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise TableError("this is a file, not a folder", where=str(folder), fix="Use another --out.")
    if any(folder.iterdir()) and not _is_analysis(folder):
        raise TableError("this folder holds something that is not an analysis", where=str(folder), fix="Use another --out.")


def _is_analysis(folder: Path) -> bool:
    try:
        return msgspec.json.decode((folder / _REQUEST).read_bytes(), type=_Head).schema == _SCHEMA
    except (OSError, msgspec.DecodeError):
        return False


def write_folder(folder: Path, analysis: Analysis) -> None:
    """Write an analysis beside the folder and put it in its place. Raises TableError where that is not possible."""
    check_folder(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name[:40]}-", dir=folder.parent) as beside:
            draft, old = Path(beside) / "new", Path(beside) / "old"
            _write(draft, analysis)
            if folder.exists():
                shutil.move(folder, old)
            shutil.move(draft, folder)
    except OSError as bad:
        raise TableError(f"cannot be written: {bad.strerror}", where=str(folder), fix="Use another --out.") from None


def _write(folder: Path, analysis: Analysis) -> None:
    (folder / "tables").mkdir(parents=True)
    runs.write_json(folder / "results.json", analysis.results)
    for name in _TABLES:
        rows = [msgspec.to_builtins(row) for row in getattr(analysis.results, name)]
        columns = list(dict.fromkeys(key for row in rows for key in row))
        write_csv(folder / "tables" / f"{name}.csv", columns, (_flat(row) for row in rows))
    runs.write_json(folder / _REQUEST, _about(analysis))


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _joined(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else value for key, value in row.items()}


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(parts)


def _about(analysis: Analysis) -> dict[str, Any]:
    options: dict[str, Any] = msgspec.to_builtins(analysis.request, enc_hook=str)
    read: Sequence[str] = analysis.read
    state = analysis.request.state
    names = {"table": analysis.request.table.name, "state": None if state is None else state.name}
    return {
        "schema": _SCHEMA, "options": options | names, "sha256": analysis.sha256, "state_sha256": analysis.state_sha256,
        "size": analysis.size, "designs": analysis.designs, "margins": analysis.margins, "read": read,
        "versions": runs.versions() | {"duckdb": importlib.metadata.version("duckdb")},
    }
