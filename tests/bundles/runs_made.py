"""Small scored runs for tests of bundles, made in this process; every tool, person and text in them is invented."""

import asyncio
import json
import zipfile
from datetime import date
from pathlib import Path

import msgspec

from audit import runs
from audit.pipeline import collect_run, prepare
from audit.pipeline.scored import assess_run, read_material
from tests.audits import write_plan, write_set
from tests.bundles.made import head_bytes, members

DAY = date(2026, 11, 22)
GAP = 'adapter = "scripted"\nbase_rate = 0.1\ngap = { "dialect=AAE" = 0.5 }\n'
WORDS = 'adapter = "scripted"\nanswers = "text"\nmean = 30\nsd = 8\n'
ANSWERS = '''
[answers.evidence-based-version-pinned]
answer = "yes"
evidence = "The contract names the version."
by = "R. Example, Lakeside Unified"
date = "2026-11-20"

[answers.inclusive-accessibility-report]
answer = "report.csv"
by = "R. Example, Lakeside Unified"
date = "2026-11-20"
'''


class Nobody:
    """A watch that looks away."""

    def done(self): ...
    def failed(self, reason): ...
    def retrying(self, reason, seconds): ...
    def down(self, reason, seconds): ...
    def up(self): ...


def a_run(folder: Path, connect: str = GAP, *, reply=None, path="", use="[]", plan_more="", answers=None, evidence=None, day=DAY, **set_fields) -> Path:
    """A run of one set, collected from a stand-in and scored. reply(probe, output): what stands in the journal in place of the stand-in's output; path: where the answer is in that."""
    write_set(folder / "tiny", **({"items": 24} | set_fields))
    plan = write_plan(folder, connect, use=use)
    if answers is not None:
        (folder / "answers.toml").write_text(answers, encoding="utf-8")
        plan_more = f'answers = "{(folder / "answers.toml").as_posix()}"\n{plan_more}'   # the section [checklists] is the plan's last
    if evidence is not None:
        (folder / "evidence").mkdir()
        for name, raw in evidence.items():
            (folder / "evidence" / name).write_bytes(raw)
        plan_more = f'evidence = "evidence"\n{plan_more}'
    plan.write_text(plan.read_text(encoding="utf-8") + plan_more, encoding="utf-8")
    prepared = prepare(plan, {}, day)
    run = folder / "run"
    asyncio.run(collect_run(prepared, run, {}, lambda: "2026-11-22T08:00:00.000Z", lambda _: Nobody()))
    if path:   # of the replies that stand in the journal, not of the stand-in's
        text = (run / "plan.toml").read_text(encoding="utf-8").replace("[connect]\n", f'[connect]\nreply = "{path}"\n')
        (run / "plan.toml").write_text(text, encoding="utf-8")
    if reply is not None:
        change_replies(run, {p.id: p for p in prepared.probes}, reply)
    score(run, day)
    return run


def change_replies(run: Path, probes, reply) -> None:
    lines = [json.loads(line) for line in (run / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    for line in lines:
        if line["event"] == "reply":
            line["output"] = reply(probes[line["probe"]], line["output"])
    (run / "journal.jsonl").write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


def score(run: Path, day=DAY) -> None:
    """What `audit score` writes, without the documents."""
    found = assess_run(run, read_material(run), day)
    runs.write_json(run / "results.json", found.results)
    runs.write_json(run / "scorecard.json", found.card)
    runs.write_manifest(run, {"design": 1})


def forged(path: Path, out: Path, **changed) -> Path:
    """A bundle in which a clever forger changed members (name → function of its bytes) and made every hash again, unsigned."""
    content = members(path)
    head = json.loads(content.pop("bundle.json"))
    content.pop("signature.json", None)
    head |= changed.pop("head", {})
    for name, change in changed.items():
        content[name] = change(content[name])
    head.pop("files")
    raw = head_bytes(content, **head)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", raw)
        for name, one in content.items():
            archive.writestr(name, one)
    return out


def in_json(change):
    """A change of a JSON member: `change` works on its value."""

    def changed(raw: bytes) -> bytes:
        value = json.loads(raw)
        change(value)
        return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"

    return changed
