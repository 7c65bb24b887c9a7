"""Several districts' audits of one stand-in, for the tests of merging them: asked, scored, and copied with changes. Everybody in them is invented."""

import asyncio
import hashlib
import itertools
import json
import shutil
from datetime import date
from pathlib import Path

from audit import runs
from audit.pipeline import collect_run, prepare
from audit.pipeline.scored import assess_run, read_material
from tests.audits import write_plan, write_set

DAY = date(2026, 11, 22)
FAIR = 'adapter = "scripted"\nanswers = "score"\nsd = 0.6\nicc = 0.8\nseed = {seed}\n'
GAP = FAIR + 'gap = {{ "dialect=AAE" = 0.8 }}\n'
SCALE = "scale = [1, 6]"


class Nobody:
    """Nobody watches."""

    def done(self): ...
    def failed(self, reason): ...
    def retrying(self, reason, seconds): ...
    def down(self, reason, seconds): ...
    def up(self): ...


def a_district(folder: Path, connect: str, organisation: str, *, answers=None, use="[]", policy="", outcome="score", extra=SCALE, items=40, repeats=2, day=DAY, role="district", **tool) -> Path:
    """Ask and score; return the run folder."""
    write_set(folder / "tiny", items=items, outcome=outcome, extra=extra)
    plan = write_plan(folder, connect, repeats=repeats, organisation=organisation, role=role, use=use, **tool)
    if answers is not None:
        (folder / "answers.toml").write_text(answers, encoding="utf-8")
        plan.write_text(plan.read_text(encoding="utf-8") + 'answers = "answers.toml"\n', encoding="utf-8")
    if policy:
        (folder / "policy.toml").write_text(policy, encoding="utf-8")
        plan.write_text(plan.read_text(encoding="utf-8") + '[policy]\nfile = "policy.toml"\n', encoding="utf-8")
    ticks = itertools.count()
    start = int(hashlib.sha256(organisation.encode()).hexdigest()[:6], 16) % 80_000
    asyncio.run(collect_run(prepare(plan, {}, day), folder / "run", {}, lambda: _clock(start * 1000 + next(ticks)), lambda _: Nobody()))
    score(folder / "run", day)
    return folder / "run"


def _clock(ms: int) -> str:
    seconds = ms // 1000
    return f"2026-11-21T{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms % 1000:03}Z"


def score(run: Path, day=DAY) -> None:
    """What `audit score` writes, without the documents."""
    found = assess_run(run, read_material(run), day)
    runs.write_json(run / "results.json", found.results)
    runs.write_json(run / "scorecard.json", found.card)
    runs.write_manifest(run, {"design": 1})


def a_twin(run: Path, folder: Path, organisation: str, *, again: bool, **auditor) -> Path:
    """A copy that says that another district audited; again: it asked the tool itself, and got the very same replies at another time."""
    shutil.copytree(run, folder)
    card = json.loads((folder / "scorecard.json").read_text(encoding="utf-8"))
    card["auditor"] |= {"organisation": organisation} | auditor
    (folder / "scorecard.json").write_text(json.dumps(card), encoding="utf-8")
    if again:
        change_lines(folder, lambda line: line | {"at": line["at"].replace("2026-11-21", "2026-11-20")})
    runs.write_manifest(folder, {"design": 1})
    return folder


def change_lines(run: Path, change) -> None:
    """Change every line of a journal; `change` works on its value."""
    lines = [json.loads(line) for line in (run / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    (run / "journal.jsonl").write_text("".join(json.dumps(change(line)) + "\n" for line in lines), encoding="utf-8")
