"""A bundle of anybody's → whether it is whole, who signed it, and whether every number and word in it follows from what it holds."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from audit import bundles, runs
from audit.bundles.parts import NOTE, strays
from audit.errors import BundleError
from audit.library import convert
from audit.pipeline.verifying.again import Again, Limits, assess_again
from audit.pipeline.verifying.differences import Tally, compare
from audit.pipeline.verifying.verdict import MARGINS, in_one_sentence, outcome_of
from audit.records import EvidenceFile, Json, Results, Scorecard
from audit.records.verification import NotRecomputed, PassedOn, Verification
from audit.untrusted import json_of
from audit.wording import one_line

SCHEMA: Final = "edtech-equity-audit/verification/1"
_RESULTS, _CARD = "run/results.json", "run/scorecard.json"
_SCHEMAS = {_RESULTS: "edtech-equity-audit/results/", _CARD: "edtech-equity-audit/scorecard/"}
_EDITION = 1
_DAY = 10
_PROGRAM = "edtech-equity-audit"
_TOOL, _AUDITOR = ("name", "vendor", "version"), ("organisation", "role")
_VERSIONS = "provenance.versions"
_PERSONAL = "provenance.personal_data.found"
_ALWAYS = (
    NotRecomputed("when the tool was asked, and that it was this tool and version", "only the one who asked it can know; the times, models and replies are what the journal says"),
    NotRecomputed("the answers to the checklists", "people gave them; that they lead to these findings was recomputed"),
)


class _Stated(Struct, frozen=True):
    """What a bundle says: its results and scorecard as JSON values, and the day of the scorecard."""

    results: dict[str, Any]
    card: dict[str, Any]
    day: date


def verify_bundle(
    path: Path, trusted: Sequence[bundles.TrustedKey] | None, today: date, owner: Path | None = None, limits: Limits | None = None
) -> Verification:
    """Check a bundle's hashes and signatures, and recompute everything that can be. Asks no tool, needs no network, runs nothing of the bundle.

    trusted: None where no list of keys was given. owner: a folder that opens withheld sets. limits: of the recomputation, which is then a process of its own.
    Raises BundleError: no bundle, a newer edition, an unsafe zip, no results in it.
    """
    with bundles.open_bundle(path) as bundle, tempfile.TemporaryDirectory(prefix="audit-", ignore_cleanup_errors=True) as folder:
        head = bundle.head
        begun = Verification(
            SCHEMA, path.name, bundle.digest, dict(head.tool), dict(head.auditor), head.as_of, head.decision, today.isoformat(), "not_recomputed", "",
            altered=tuple(bundle.altered()), signers=tuple(bundle.signatures(trusted or (), today)), keys_given=trusted is not None,
        )
        if begun.altered:
            return _ended(msgspec.structs.replace(begun, stopped="files are not what the bundle lists"))
        stated, begun = _stated(bundle), msgspec.structs.replace(begun, passed_on=passed_on(bundle))
        again = assess_again(bundle.extract(Path(folder)), stated.day, owner, limits)
        return _ended(_held(begun, head, stated, again))


def passed_on(bundle: bundles.Bundle) -> PassedOn | None:
    """Return why texts that seem to hold personal data are in a bundle, in its maker's words; None where there are none. Raises BundleError: damaged."""
    name = f"run/{NOTE}"
    if name not in bundle.head.files:
        return None
    where = f"{bundle.path}: {name}"
    said: PassedOn = convert(json_of(bundle.read(name), where, BundleError), PassedOn, BundleError, where)
    return said if said.personal_data or said.because.strip() else None


def _ended(found: Verification) -> Verification:
    found = msgspec.structs.replace(found, outcome=outcome_of(found))
    return msgspec.structs.replace(found, sentence=in_one_sentence(found))


def _stated(bundle: bundles.Bundle) -> _Stated:
    parts = {}
    for name, schema in _SCHEMAS.items():
        if name not in bundle.head.files:
            raise BundleError(f"it holds no {name}: there is nothing to verify", where=str(bundle.path))
        value = json_of(bundle.read(name), f"{bundle.path}: {name}", BundleError)
        edition = str(value.get("schema", "")).removeprefix(schema) if isinstance(value, dict) else ""
        if not edition.isdecimal():
            raise BundleError(f"{name} is of something else", where=str(bundle.path))
        if int(edition[:6]) > _EDITION:
            raise BundleError(f"{name} was made by a newer version", where=str(bundle.path), fix="Update edtech-equity-audit.")
        parts[name] = value
    try:
        day = date.fromisoformat(str(parts[_CARD].get("as_of"))[:_DAY])
    except ValueError:
        raise BundleError(f"the day of its scorecard, {one_line(str(parts[_CARD].get('as_of')), 40)!r}, is none", where=str(bundle.path)) from None
    return _Stated(parts[_RESULTS], parts[_CARD], day)


def _held(begun: Verification, head: bundles.Head, stated: _Stated, again: Again) -> Verification:
    """Hold what a bundle says against what was recomputed."""
    made, here = _versions(stated.card), runs.versions()
    other = {name for name in made.keys() | here.keys() if made.get(name) != here.get(name)}
    tally = Tally(other_program=_PROGRAM in other)
    _head(tally, head, stated)
    if not again.stopped:
        skip = {_VERSIONS, *([_PERSONAL] if again.closed else [])}
        compare(tally, "results.json", stated.results, again.results, kind=Results)
        compare(tally, "scorecard.json", stated.card, again.card, skip, Scorecard)
        _shapes(tally, stated)
        _evidence(tally, head, again.card)
        for file, place, what in again.wrong:
            tally.note(file, one_line(place), None, what)
    return msgspec.structs.replace(
        begun, made_with={n: made[n] for n in sorted(other & made.keys())}, here_with={n: here[n] for n in sorted(other & here.keys())},
        compared=tally.compared, rounding=tally.rounding, different=tally.different, differences=tuple(tally.differences),
        evidence=again.evidence, shipped=again.shipped, not_recomputed=tuple(_left(again, tally)), stopped=again.stopped,
    )


def _versions(card: dict[str, Any]) -> dict[str, str]:
    provenance = card.get("provenance")
    found = provenance.get("versions") if isinstance(provenance, dict) else None
    return {one_line(k, 40): one_line(v, 40) for k, v in found.items()} if isinstance(found, dict) else {}


def _head(tally: Tally, head: bundles.Head, stated: _Stated) -> None:
    """Hold bundle.json, which is what a signature and a list of audits repeat, against the scorecard."""
    card = stated.card
    provenance, tool, auditor, decision = (_table(card.get(name)) for name in ("provenance", "tool", "auditor", "decision"))
    told = {
        "tool": {k: tool.get(k) for k in _TOOL}, "auditor": {k: auditor.get(k) for k in _AUDITOR}, "as_of": card.get("as_of"),
        "decision": decision.get("status"), "collection": provenance.get("collection"), "versions": provenance.get("versions"),
        "seeds": {"design": provenance.get("seed")},
    }
    said = msgspec.to_builtins(head)
    compare(tally, "bundle.json", {k: said[k] for k in told}, told)
    asked = str(provenance.get("collected_to") or "")[:_DAY]
    if asked > str(card.get("as_of")):
        tally.note("scorecard.json", "as_of", card.get("as_of"), f"{asked} or later: the last reply is of that day")


def _table(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _shapes(tally: Tally, stated: _Stated) -> None:
    """Note what lacks a field that every version writes: such a gap is not the mark of an older one."""
    for file, value, kind in (("results.json", stated.results, Results), ("scorecard.json", stated.card, Scorecard)):
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as bad:
            tally.note(file, "", None, one_line(str(bad), 300))


def _evidence(tally: Tally, head: bundles.Head, card: Json) -> None:
    """Note an evidence file that is in the bundle, or kept back, as another one than the scorecard rests on, and a file that belongs to no audit."""
    register = msgspec.convert(card["evidence"], tuple[EvidenceFile, ...])
    for name in strays(head, {file.path or file.check.file for file in register}):
        tally.note("bundle.json", one_line(name), None, "a file that is no part of an audit: nothing in it was looked at")
    for file in register:
        name = f"run/evidence/{file.path or file.check.file}"
        entry = head.files.get(name) or head.withheld.get(name)
        if entry is None or entry.sha256 != file.check.sha256:
            tally.note("bundle.json", one_line(name), entry.sha256 if entry else None, file.check.sha256)


def _left(again: Again, tally: Tally) -> Iterator[NotRecomputed]:
    """Yield what rests on the maker's word."""
    yield from _ALWAYS
    if not again.fixed and not again.stopped:
        yield NotRecomputed(MARGINS, "the digest of what was fixed, `collection`, is not that of the plan, fixtures and margins in the bundle: they, or a path in the plan, were changed since")
    for name in again.closed:
        yield NotRecomputed(f"that the texts of the set {one_line(name, 60)} are what its rows say", "private fixtures: the bundle holds commitments; their owner can open them (--fixtures)")
    for name in again.measured:
        yield NotRecomputed(f"what was measured of the replies to the set {one_line(name, 60)}, and whether they differ at all", "the replies would tell the private texts, and are withheld; everything from the measurements on was recomputed")
    if again.judges:
        yield NotRecomputed("what judges of texts said", "their answers would tell the private texts, and are withheld; everything from their scores on was recomputed")
    if again.closed:
        yield NotRecomputed("whether the private texts hold personal data", "the texts are withheld")
    elif _judges(again.card):
        yield NotRecomputed("the examination of the judge", "it was asked about other material, which is not in the bundle")
    for file in again.evidence:
        if file.outcome == "not_checked":
            yield NotRecomputed(f"the check of the evidence file {file.file}", file.because)
    for place in tally.later:
        yield NotRecomputed(place, "a field that only the maker's version or only this one has")


def _judges(card: Json) -> bool:
    return bool(_table(_table(card).get("provenance")).get("judges"))
