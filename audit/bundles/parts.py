"""Which files of a run a bundle holds, and none besides."""

import re
from collections.abc import Collection

from audit.bundles.head import Head
from audit.bundles.names import ROOT

NOTE = "bundled.json"
"""What the maker says beside the run."""
FILES = ("run.json", "plan.toml", "policy.toml", "adopted.json", "journal.jsonl", "answers.json", "evidence.json", "results.json", "scorecard.json")
PATTERNS = (
    "checklists/*.json", "fixtures/*/set.toml", "fixtures/*/items.jsonl", "fixtures/*/NOTICE", "judge/*/judge.toml", "judge/*/judge.json", "judge/*/journal.jsonl",
    "withheld/*.json", "withheld/*.jsonl", "withheld/sets/*.json", "withheld/sets/*.jsonl",
)
_SHAPES = tuple(re.compile(re.escape(pattern).replace(r"\*", "[^/]+")) for pattern in PATTERNS)


def strays(head: Head, evidence: Collection[str]) -> list[str]:
    """Return the files in a bundle that belong to no audit. evidence: the files on the audit's register, by their path in `evidence/`."""
    known = {f"{ROOT}{name}" for name in (*FILES, NOTE, *(f"evidence/{name}" for name in evidence))}
    return [name for name in head.files if name not in known and not any(shape.fullmatch(name.removeprefix(ROOT)) for shape in _SHAPES)]
