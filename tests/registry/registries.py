"""Folders of invented audits as a state would keep them, for tests of what is made of a whole list."""

import json
from collections.abc import Sequence
from pathlib import Path

import tomli_w

from audit.bundles import SigningKey
from tests.registry.made import a_bundle, a_card_of, a_run

DAY = "2026-10-01"
PROBE, REPLY = "Words-of-a-probe-that-nobody-may-publish", "Words-of-a-reply-that-nobody-may-publish"
"""What stands in the fixtures and in the journal of every bundle and run, and in no file of a site but the bundles."""
PAPER = "Contract-with-Acme-in-confidence.pdf"
TEXTS = {"run/fixtures/essays/items.jsonl": json.dumps({"input": {"text": PROBE}}).encode(), "run/journal.jsonl": json.dumps({"output": REPLY}).encode()}


def a_card(name="Bright Tutor", vendor="Acorn Learning Co", **changes):
    """A scorecard of another tool. changes: as `a_card_of` takes them, or at the top of the scorecard."""
    as_of = changes.pop("as_of", DAY)
    return a_card_of(name, vendor, as_of=as_of, **{"review_by": f"{int(as_of[:4]) + 1}{as_of[4:]}"} | changes)


def a_loose_run(folder: Path, **changes) -> None:
    """A run folder with texts of probes and replies."""
    a_run(folder, a_card("Loose Lantern", **changes))
    for name, raw in TEXTS.items():
        path = folder / name.removeprefix("run/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)


def a_tool(registry: Path, id: str, name: str, *, vendor="Acorn Learning Co", audits: Sequence[dict] = ({},), key: SigningKey | None = None, **record) -> list[str]:
    """Add a tool to a registry with a bundle for each of `audits` (what `a_card` is given); return their digests. record: fields of its tool.toml."""
    cards = [a_card(name, vendor, **changes) for changes in audits]
    folder = registry / "tools" / id
    folder.mkdir(parents=True)
    digests = [a_bundle(folder / f"{n}.audit.zip", card, key=key, signed_on=card.as_of, files=TEXTS) for n, card in enumerate(cards)]
    history = ({"status": "approved", "on": "2026-10-10", "by": "C. Officer (invented)", "because": "As the audit says.", "until": "2027-10-10", "audit": digests[0]},) if digests else ()
    write_record(registry, id, {"id": id, "name": name, "vendor": vendor, "history": history} | record)
    return digests


def write_record(registry: Path, id: str, record: dict) -> None:
    (registry / "tools" / id / "tool.toml").write_bytes(tomli_w.dumps(record).encode())


def a_registry(folder: Path, **publisher) -> Path:
    """A registry of nobody's tools yet, with a publisher."""
    folder.mkdir(parents=True)
    known = {"organisation": "Invented State Education Department", "title": "Vetted tools (invented)", "url": "https://tools.example.org/list/", "contact": "mailto:tools@example.org",
             "appeals": "https://tools.example.org/objections"}
    (folder / "registry.toml").write_bytes(tomli_w.dumps({"publisher": known | publisher}).encode())
    return folder
