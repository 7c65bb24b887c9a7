"""A state's audit of a stand-in, for the tests of taking it over: a plan with an overlay, answers and evidence, asked and scored. Everybody in it is invented."""

import asyncio
from datetime import date
from pathlib import Path
from unittest.mock import Mock

from audit import pipeline
from tests.audits import write_plan, write_set

STATE_DAY = date(2026, 11, 30)
OVERLAY = '''
id = "{id}"
title = "{title}"
edition = "{edition}"
[[tighten]]
criterion = "safe-breach-notice"
good = "<= {hours}"
unit = "hours"
because = "An invented rule."
[[tighten.source]]
title = "Invented agreement"
date = "2026-01-01"
'''
ANSWERS = '''
[answers.safe-breach-notice]
answer = "2"
by = "Vendor desk"
[answers.safe-agreement]
answer = "yes"
evidence = "agreement.pdf"
by = "State office"
[answers.safe-deletion]
answer = "30"
evidence = "report.txt"
[evidence."agreement.pdf"]
what = "agreement"
issuer = "Nobody and Example State"
issued = "2026-01-10"
expires = "2026-12-31"
[evidence."report.txt"]
what = "report"
issued = "2026-06-01"
confidential = "yes"
'''
PLAN = '["safe", "inclusive"]\noverlays = ["state.toml"]\nanswers = "answers.toml"\nevidence = "evidence/"'


def overlay(path: Path, hours: int, id="lakeside", title="Lakeside Unified", edition="2027-01") -> Path:
    path.write_text(OVERLAY.format(id=id, title=title, edition=edition, hours=hours), encoding="utf-8")
    return path


def state_audit(folder: Path, connect='adapter = "scripted"\nbase_rate = 0.1\n', *, day=STATE_DAY, **plan) -> Path:
    """Ask and score; return the run folder."""
    write_set(folder / "tiny")
    overlay(folder / "state.toml", 72, "example-state", "Example State", "2026-11")
    (folder / "answers.toml").write_text(ANSWERS, encoding="utf-8")
    (folder / "evidence").mkdir(exist_ok=True)
    (folder / "evidence" / "agreement.pdf").write_bytes(b"%PDF-1.4 the state's\n")
    (folder / "evidence" / "report.txt").write_bytes(b"Given in confidence.\n")
    path = write_plan(folder, connect, **({"use": PLAN, "organisation": "Example State", "role": "state"} | plan))
    prepared = pipeline.prepare(path, {}, day)
    asyncio.run(pipeline.collect_run(prepared, folder / "run", {}, lambda: f"{day}T10:00:00.000Z", lambda _total: Mock()))
    pipeline.score_run(folder / "run", day)
    return folder / "run"
