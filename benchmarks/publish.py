"""A vetted list of a state's size, published: python -m benchmarks.publish

Makes a registry of 5,000 invented tools with four audits each: the real scorecard of a stand-in, varied, in signed bundles with everything else that a bundle
holds. Then, each in a process of its own: the whole site, the same again with nothing changed, and again with ten tools changed; the whole site of a tenth of the
tools, for the memory; and a plain loop that reads every bundle, checks every SHA-256 in it and does nothing else. Prints processor time and memory as ratios,
which are all that mean anything on another machine, and how long the search in a browser takes for a key. Ten minutes and 6 GB; `--tools` for fewer. Let Python keep its byte code.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from functools import lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import tomli_w

from audit.bundles import Entry, Head, SigningKey, load_signing_key
from audit.bundles.editing import make_pair
from audit.bundles.head import HEAD, SIGNATURE, head_json
from audit.bundles.statements import signed_audit

TOOLS, AUDITS, CHANGED = 5_000, 4, 10
AS_OF = "2026-11-21"
PLAN = '''
[tool]
name = "Invented Tutor"
vendor = "Invented Learning"
version = "1"
use_cases = ["ai-writing-detection"]
audience = ["students"]
student_data = "none"
[auditor]
organisation = "Invented District"
role = "district"
[connect]
adapter = "scripted"
base_rate = 0.2
[design]
fixtures = ["writing-samples"]
repeats = 1
'''
STATUSES = ("approved", "approved_with_conditions", "teacher_use_only", "pilot", "denied", "suspended", "under_review", "requested")
DECISIONS = ("approve", "approve_with_conditions", "pilot", "do_not_approve", "insufficient_evidence")
USES = ("ai-writing-detection", "writing-feedback", "tutoring", "essay-scoring", "family-communication", "lesson-planning")
FIRST = ("Bright", "Calm", "Clear", "Green", "Kind", "Open", "Quiet", "Swift", "True", "Warm")
SECOND = ("Bridge", "Compass", "Harbor", "Lantern", "Meadow", "Pencil", "River", "Slate", "Tutor", "Window")
PUBLISHER = {
    "organisation": "Invented State Education Department", "title": "Vetted tools (invented)", "url": "https://tools.example.org/list/", "contact": "mailto:tools@example.org",
    "appeals": "https://tools.example.org/objections",
}
KEPT = ("answers.json", "evidence.json", "journal.jsonl", "plan.toml", "policy.toml", "results.json", "run.json", "checklists/*", "fixtures/*/*")


class Member(NamedTuple):
    """A file that every bundle holds, deflated once."""

    entry: Entry
    crc: int
    deflated: bytes


def member(raw: bytes) -> Member:
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
    return Member(Entry(hashlib.sha256(raw).hexdigest(), len(raw)), zlib.crc32(raw), squeeze.compress(raw) + squeeze.flush())


def archive(members: Mapping[str, Member]) -> bytes:
    """A zip of members that are deflated already, its fields as zipfile writes them."""
    body, directory = bytearray(), bytearray()
    for name, one in members.items():
        raw = name.encode()
        common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, one.crc, len(one.deflated), one.entry.size, len(raw), 0)
        directory += b"PK\x01\x02" + struct.pack("<BB", 20, 3) + common + struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, len(body)) + raw
        body += b"PK\x03\x04" + common + raw + one.deflated
    return bytes(body + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0))


def the_run(folder: Path) -> Path:
    """A run folder of a stand-in, made by the commands."""
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "audit", "run", folder / "plan.toml", "--out", folder / "run"], capture_output=True, text=True, check=False)
    assert (folder / "run" / "scorecard.json").is_file(), done.stderr
    return folder / "run"


class Model(NamedTuple):   # what every bundle is varied from
    card: dict[str, Any]
    kept: dict[str, Member]
    versions: dict[str, str]
    key: SigningKey


def card_of(model: Model, tool: int, audit: int, draw: random.Random) -> dict[str, Any]:
    """The stand-in's scorecard with another tool, auditor, day and decision, and other numbers everywhere."""
    card = model.card
    day = date.fromisoformat(AS_OF) - timedelta(days=draw.randint(1, 300) + 200 * audit)
    moved = [d | {"estimate": d["estimate"] + draw.uniform(-0.01, 0.01)} if d["estimate"] is not None else d for d in card["disparities"]]
    indicators = {k: v | {"score": round(draw.uniform(30, 100), 1) if draw.random() < 0.8 else None} for k, v in card["indicators"].items()}
    scope = card["decision"]["scope"] | {"version": f"{4 - audit}.{draw.randint(0, 9)}", "use_cases": [USES[tool % len(USES)]]}
    return card | {
        "tool": card["tool"] | {"name": f"{FIRST[tool % 10]} {SECOND[tool // 10 % 10]} {tool}", "vendor": f"Invented Vendor {tool % 400}", "version": scope["version"], "use_cases": scope["use_cases"]},
        "auditor": {"organisation": f"Invented District {draw.randint(1, 300)}", "role": draw.choice(("district", "district", "state", "independent", "vendor"))},
        "as_of": day.isoformat(), "review_by": (day + timedelta(days=365)).isoformat(), "indicators": indicators, "disparities": moved,
        "decision": card["decision"] | {"status": draw.choice(DECISIONS), "scope": scope},
    }


def bundle(model: Model, card: Mapping[str, Any]) -> bytes:
    """A signed bundle of a scorecard."""
    members = dict(sorted((model.kept | {"run/scorecard.json": member(msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")}).items()))
    tool, auditor = card["tool"], card["auditor"]
    head = Head(
        versions=model.versions, seeds={"design": 20261121}, collection="0" * 64, tool={k: tool[k] for k in ("name", "vendor", "version")}, auditor=auditor,
        as_of=card["as_of"], decision=card["decision"]["status"], files={name: one.entry for name, one in members.items()},
    )
    raw = head_json(head)
    signature = signed_audit(head, hashlib.sha256(raw).hexdigest(), model.key, card["as_of"])
    return archive({HEAD: member(raw), **members, SIGNATURE: member(signature)})


def record_of(tool: int, draw: random.Random) -> dict[str, Any]:
    status = STATUSES[tool % len(STATUSES)]
    on = date.fromisoformat(AS_OF) - timedelta(days=draw.randint(10, 700))
    entry = {"status": status, "on": on.isoformat(), "by": "C. Officer (invented)", "because": "As the audit says."}
    if status in STATUSES[:4]:
        entry |= {"until": (on + timedelta(days=730)).isoformat(), "conditions": ["A teacher reads every result first."]}
    first = {"status": "requested" if status == "requested" else "pilot", "on": "2024-01-15", "by": "A. Clerk (invented)", "because": "A school asked."}
    return {
        "id": f"tool-{tool:05}", "name": f"{FIRST[tool % 10]} {SECOND[tool // 10 % 10]} {tool}", "vendor": f"Invented Vendor {tool % 400}", "grades": [draw.choice(("K-2", "3-5", "6-8", "9-12"))],
        "languages": draw.sample(["en", "es", "zh", "ar"], draw.randint(1, 3)), "funding": draw.sample(["title-i", "title-ii-a", "idea"], draw.randint(0, 2)),
        "agreements": [{"family": "NDPA", "state": draw.choice(("NY", "CA", "TX")), "expires": "2028-06-30", "open_to_others": True}] if draw.random() < 0.5 else [],
        "history": [first, *([entry] if status != "requested" else [])],
    }


@lru_cache(maxsize=1)
def the_model(folder: Path) -> Model:
    """The model, read once in each process."""
    run = folder / "run"
    kept = {f"run/{path.relative_to(run).as_posix()}": member(path.read_bytes()) for pattern in KEPT for path in sorted(run.glob(pattern))}
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    return Model(json.loads((run / "scorecard.json").read_text(encoding="utf-8")), kept, manifest["versions"], load_signing_key(folder / "invented.key", ""))


def make_tool(model_folder: Path, registry: Path, tool: int, *, seed: int = 0) -> None:
    """Write a tool with its audits into a registry."""
    model, draw = the_model(model_folder), random.Random(1_000_003 * seed + tool)
    folder = registry / "tools" / f"tool-{tool:05}"
    folder.mkdir(parents=True, exist_ok=True)
    for audit in range(AUDITS):
        (folder / f"{audit}.audit.zip").write_bytes(bundle(model, card_of(model, tool, audit, draw)))
    (folder / "tool.toml").write_bytes(tomli_w.dumps(record_of(tool, draw)).encode())


def make_registry(model_folder: Path, registry: Path, tools: int) -> None:
    registry.mkdir()
    (registry / "registry.toml").write_bytes(tomli_w.dumps({"publisher": PUBLISHER}).encode())
    (registry / "trusted-keys.toml").write_bytes((model_folder / "invented.pub.toml").read_bytes())
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(make_tool, model_folder, registry), range(tools), chunksize=20))


class Spent(NamedTuple):
    """What a process and those that it started took. cpu, wall: seconds; peak: bytes of the largest of them."""

    cpu: float
    wall: float
    peak: int
    said: str


def spent(*command: object) -> Spent:
    """Run a command of Python in a process of its own. Raises where it fails."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, subprocess.Popen([sys.executable, *map(str, command)], stdout=out) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, command
        out.seek(0)
        return Spent(used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024), out.read())


def read_plainly(registry: Path) -> None:
    """What nobody can do without who trusts no bundle: read each, and hold every file in it against its SHA-256."""
    for path in sorted(registry.rglob("*.audit.zip")):
        with zipfile.ZipFile(path) as opened:
            for name, entry in json.loads(opened.read(HEAD))["files"].items():
                assert hashlib.sha256(opened.read(name)).hexdigest() == entry["sha256"]


def publish(registry: Path, site: Path) -> Spent:
    return spent("-m", "audit", "publish", registry, "--out", site, "--as-of", AS_OF, "--format", "json")


def keystrokes(site: Path) -> list[float]:
    """Milliseconds that the search takes for each key of some words, in Chromium, until the list stands there anew."""
    from playwright.sync_api import sync_playwright

    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        page.wait_for_selector("#word")
        found = page.evaluate(TYPED, ["green lantern", "invented vendor 12", "tutor 4", "zzz", ""])
        browser.close()
    server.shutdown()
    return list(found)


TYPED = """words => {
  const field = document.getElementById("word"), spent = [];
  for (const word of words) for (let end = 0; end <= word.length; end += 1) {
    const start = performance.now();
    field.value = word.slice(0, end);
    field.dispatchEvent(new Event("input", {bubbles: true}));
    document.body.offsetHeight;   // the page is laid out
    spent.push(performance.now() - start);
  }
  return spent;
}"""


def main() -> None:
    reads = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reads.add_argument("--tools", type=int, default=TOOLS)
    reads.add_argument("--folder", type=Path, help="keep the registries and the sites here, and use those that are there")
    reads.add_argument("--plain", type=Path, help=argparse.SUPPRESS)
    given = reads.parse_args()
    if given.plain:
        read_plainly(given.plain)
        return
    with tempfile.TemporaryDirectory(prefix="audit-publish-") as temporary:
        measure(given.tools, given.folder or Path(temporary))


def made(folder: Path, name: str, tools: int) -> Path:
    registry = folder / f"{name}-{tools}"
    if not registry.exists():
        print(f"making {tools:,} tools with {AUDITS} audits each …", flush=True)
        make_registry(folder, registry, tools)
    return registry


def measure(tools: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "invented.key").exists():
        the_run(folder)
        make_pair("Invented District", "district", folder / "invented", "")
    small, large = made(folder, "small", max(tools // 10, 1)), made(folder, "large", tools)
    size = sum(path.stat().st_size for path in large.rglob("*.audit.zip"))
    print(f"{tools * AUDITS:,} bundles, {size / 1e6:,.0f} MB; scorecards of {(folder / 'run/scorecard.json').stat().st_size / 1000:,.0f} kB", flush=True)
    few, many = fresh(small), fresh(large)
    plain = spent("-m", "benchmarks.publish", "--plain", large)
    tenth, whole = publish(small, few), publish(large, many)
    again = publish(large, many)
    for tool in range(0, tools, max(tools // CHANGED, 1)):
        make_tool(folder, large, tool, seed=int(time.time()))
    changed = publish(large, many)
    print(f"{'':32} {'CPU':>6} {'time':>6} {'peak, MB':>9}   files written, as they were")
    for name, one in {"read and hashed, nothing else": plain, "the whole site": whole, "again, nothing changed": again, f"again, {CHANGED} tools changed": changed}.items():
        said = json.loads(one.said) if one.said else {}
        files = f"{said['written']:,}, {said['unchanged']:,}" if said else ""
        print(f"{name:32} {one.cpu / plain.cpu:6.2f} {one.wall / plain.wall:6.2f} {one.peak / 1e6:9.0f}   {files}")
    print(f"On {os.cpu_count()} cores: the plain loop took {plain.cpu:.0f} s of processor time and {plain.wall:.0f} s, the whole site {whole.cpu:.0f} s and {whole.wall:.0f} s.")
    print(f"Memory for {tools:,} tools over that for {max(tools // 10, 1):,}: {whole.peak / tenth.peak:.2f}.")
    keys = sorted(keystrokes(many))
    print(f"A key in the search: {keys[len(keys) // 2]:.1f} ms in the middle, {keys[-1]:.1f} ms at most; search.json {(many / 'assets/search.json').stat().st_size / 1000:,.0f} kB.")


def fresh(registry: Path) -> Path:
    """Forget what an earlier build of a registry made."""
    site = registry.with_name(f"{registry.name}-site")
    shutil.rmtree(site, ignore_errors=True)
    for path in registry.glob(".index*"):
        path.unlink()
    return site


if __name__ == "__main__":
    main()
