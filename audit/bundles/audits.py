"""An audit wherever it lies: in a bundle or in a run folder."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from audit.bundles.opened import Bundle, open_bundle
from audit.errors import BundleError
from audit.runs import read_head, sha256


@dataclass(frozen=True)
class Opened:
    """An audit to read. run: its folder, a temporary one for a bundle; digest: its identity; bundle: None for a run folder."""

    run: Path
    digest: str
    kind: Literal["bundle", "run"]
    path: Path
    bundle: Bundle | None = None


@contextmanager
def open_audit(path: Path) -> Iterator[Opened]:
    """Open a bundle or a scored run folder. The digest of a run folder is the SHA-256 of its manifest.json.

    Raises BundleError: neither, not scored yet, or a bundle that is altered or not safe; RunFolderError: a run of a newer version, or damaged.
    """
    if path.is_dir():
        yield _run(path)
        return
    with open_bundle(path) as bundle, tempfile.TemporaryDirectory(prefix="audit-", ignore_cleanup_errors=True) as folder:
        run = bundle.extract(Path(folder))
        yield Opened(run, bundle.digest, "bundle", path, bundle)


def _run(path: Path) -> Opened:
    if not (path / "run.json").is_file():
        raise BundleError("neither a bundle nor a run folder", where=str(path), fix="Give a file NAME.audit.zip, or the folder of a run.")
    read_head(path)
    if not (path / "manifest.json").is_file():
        raise BundleError("this run is not scored yet", where=str(path), fix="Score it: audit score.")
    return Opened(path, sha256(path / "manifest.json"), "run", path)
