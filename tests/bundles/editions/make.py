"""Makes this edition's bundles of an invented stand-in: `python -m tests.bundles.editions.make`. Once for each edition; what is there is never overwritten."""

import sys
import tempfile
from pathlib import Path

import msgspec
import tomli_w

from audit.bundles.head import EDITION
from audit.pipeline.bundling.bundled import bundle_run
from tests.bundles.made import a_key
from tests.bundles.runs_made import GAP, WORDS, a_run

HERE = Path(__file__).parent
ANSWERS = """
[answers.evidence-based-version-pinned]
answer = "yes"
evidence = "The contract names the version."
by = "R. Example, Lakeside Unified (invented)"
date = "2026-11-20"

[answers.evidence-based-known-errors]
answer = "yes"
evidence = "errors.csv"
date = "2026-11-19"

[answers.evidence-based-limits]
answer = "yes"
evidence = "limits.csv"

[evidence."limits.csv"]
confidential = "yes"
issued = "2026-10-01"
expires = "2027-10-01"
"""
FILES = {"errors.csv": b"group,errors\nall,12\n", "limits.csv": b"limit,value\nlength,500 words\n"}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = a_key(folder, "Lakeside Unified (invented)", b"\x07" * 32)
        decisions = a_run(folder / "d", GAP, use='["evidence-based", "inclusive"]', answers=ANSWERS, evidence=FILES)
        texts = a_run(folder / "t", WORDS, outcome="text", items=14, use='["evidence-based", "inclusive"]', answers=ANSWERS, evidence=FILES)
        wanted = {"": (decisions, ()), "-withheld": (decisions, ("tiny",)), "-texts-withheld": (texts, ("tiny",))}
        for suffix, (run, withhold) in wanted.items():
            path = HERE / f"edition-{EDITION}{suffix}.audit.zip"
            if path.exists():
                sys.exit(f"{path} is there: a bundle of a past edition is never made again")
            print(bundle_run(run, path, key, withhold=withhold))  # noqa: T201 - a script for a person
        (HERE / "keys.toml").write_text(tomli_w.dumps({"key": [msgspec.to_builtins(key.public)]}), encoding="utf-8")


if __name__ == "__main__":
    main()
