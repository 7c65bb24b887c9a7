"""The processes that a test has started, at any depth, found by a mark in their environment (Linux)."""

import os
from pathlib import Path


def marked(mark: str, word: str = "chrom", *, without: bool = False) -> list[int]:
    """Return the living processes, other than this one, that inherited a mark and (do not) name a word in their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(folder.name) == os.getpid() or mark.encode() not in (folder / "environ").read_bytes():
                continue
            line = (folder / "cmdline").read_bytes()
            if not line or b"chrom" not in line.split(b"\0")[0] or (word.encode() in line) is without:
                continue
            found.append(int(folder.name))
        except (OSError, ValueError):
            continue
    return found
