"""Bundles and run folders of invented tools, as small as a list can read, for the tests of lists."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

import msgspec
import tomli_w
from msgspec.structs import replace

from audit.bundles import Head, pack
from audit.bundles.private import SigningKey
from audit.records import Scorecard
from tests.report.cards import GROUPS, a_card, a_set, rows_of

DAY = "2026-11-22"
SET = {
    "id": "essays", "title": "Essay scores", "design": "matched", "outcome": "score", "scale": [1, 6],
    "attributes": {key: {"title": title, "reference": reference, "groups": groups} for key, (title, reference, groups) in GROUPS.items()},
}


@lru_cache
def _plain() -> Scorecard:
    one = a_set()
    return a_card(one, rows_of(one, {("label", "blind"): "gap_found"}))


def a_card_of(name="Bright Tutor", vendor="Acorn Learning", version="2.1", *, as_of=DAY, role="district", organisation="Lakeside Unified", tool=None, **changes) -> Scorecard:
    """The scorecard of an audit in which one group's scores are lower; every name is invented."""
    card = replace(_plain(), provenance=_plain().provenance | {"checklists": {}})   # whose questions are of no edition
    about = card.tool | {"name": name, "vendor": vendor, "version": version} | (tool or {})
    return replace(card, **{"tool": about, "auditor": {"organisation": organisation, "role": role}, "as_of": as_of, "review_by": "2027-11-22", "review_because": ()} | changes)


def a_bundle(path: Path, card: Scorecard | None = None, *, key: SigningKey | None = None, signed_on=DAY, files=None, **tool) -> str:
    """A bundle at `path`, and its digest. tool: what `a_card_of` takes."""
    card = card or a_card_of(**tool)
    head = Head(
        versions={}, seeds={"design": 1}, collection="c" * 64, tool={k: card.tool[k] for k in ("name", "vendor", "version")},
        auditor={k: card.auditor.get(k, "") for k in ("organisation", "role")}, as_of=card.as_of, decision=card.decision.status)
    content = {"run/run.json": b"{}", "run/scorecard.json": msgspec.json.encode(card), "run/fixtures/essays/set.toml": tomli_w.dumps(SET).encode()}
    path.parent.mkdir(parents=True, exist_ok=True)
    return pack(path, head, content | (files or {}), key, signed_on)


def a_run(folder: Path, card: Scorecard | None = None, **tool) -> str:
    """A scored run folder, with only what a list reads, and its digest."""
    folder.mkdir(parents=True)
    raw = msgspec.json.encode(card or a_card_of(**tool))
    (folder / "run.json").write_text('{"run": 1, "collection": "c", "version": "0.1.0"}', encoding="utf-8")
    (folder / "scorecard.json").write_bytes(raw)
    manifest = json.dumps({"schema": "edtech-equity-audit/manifest/1", "versions": {}, "seeds": {}, "files": {"scorecard.json": hashlib.sha256(raw).hexdigest()}}).encode()
    (folder / "manifest.json").write_bytes(manifest)
    return hashlib.sha256(manifest).hexdigest()


def a_record(folder: Path, id="bright-tutor", name="Bright Tutor", vendor="Acorn Learning", more="") -> Path:
    """A tool.toml in FOLDER/tools/ID."""
    path = folder / "tools" / id / "tool.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"id = {json.dumps(id)}\nname = {json.dumps(name)}\nvendor = {json.dumps(vendor)}\n{more}", encoding="utf-8")
    return path


def entry(status="approved", on="2026-11-01", **more) -> str:
    """A [[history]] entry as a person writes it."""
    fields = {"status": status, "on": on, "by": "C. Officer", "because": "As the audit says."} | more
    return "\n[[history]]\n" + tomli_w.dumps(fields)
