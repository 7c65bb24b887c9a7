"""Whole audits on stand-ins, for the tests of what comes out: a plan and a set in a folder, and the commands."""

import atexit
import json
import os
import subprocess
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

from benchmarks.warm import warm_checkout

SET = '''
id = "{id}"
title = "{title}"
design = "{design}"
outcome = "{outcome}"
{extra}
[attributes.dialect]
reference = "SAE"
groups = {{ SAE = "Standardized American English", AAE = "African American English" }}
'''
PLAN = '''
[tool]
name = "{name}"
vendor = "{vendor}"
version = "{version}"

[auditor]
organisation = "{organisation}"
role = "{role}"

[connect]
{connect}

[design]
fixtures = [{sets}]
repeats = {repeats}
{design}

[checklists]
use = {use}
'''


def write_set(folder: Path, *, items=40, design="matched", outcome="decision", extra="", id="tiny", title="A tiny set", text="Text {i} {g}") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "set.toml").write_text(SET.format(id=id, title=title, design=design, outcome=outcome, extra=extra), encoding="utf-8")
    rows = [
        {"item": f"i{i:03}" if design == "matched" else f"i{i:03}{g}", "groups": {"dialect": g}, "input": {"text": text.format(i=i, g=g)}}
        for i in range(items) for g in ("SAE", "AAE")
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def write_plan(folder: Path, connect: str, *, sets=("tiny",), repeats=1, design="", use="[]", **tool) -> Path:
    fields = {"name": "Stand-in", "vendor": "Nobody", "version": "1", "organisation": "Test", "role": "district"} | tool
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "plan.toml"
    names = ", ".join(json.dumps(s) for s in sets)
    escaped = {k: json.dumps(v, ensure_ascii=False)[1:-1] for k, v in fields.items()}
    path.write_text(PLAN.format(connect=connect, sets=names, repeats=repeats, design=design, use=use, **escaped), encoding="utf-8")
    return path


@lru_cache(maxsize=1)
def warm() -> str:
    """Return the command line, its libraries loaded once for this process of the tests. Each command is a process of its own all the same."""
    stack = ExitStack()
    atexit.register(stack.close)
    return str(stack.enter_context(warm_checkout()))


def audit(*arguments: object, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    return subprocess.run(
        [warm(), *map(str, arguments)], cwd=cwd, capture_output=True, text=True, encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment, check=False, timeout=300,
    )
