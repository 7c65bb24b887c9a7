"""Two audits of one tool → what changed between them; no tool is asked, and nothing is scored again."""

import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from audit import between, checklists
from audit.bundles import Opened, open_audit
from audit.errors import BundleError
from audit.pipeline.compared import Scored, looks_told, read_scored, tool_of
from audit.policy import FROM_WORST
from audit.records import DecisionStatus
from audit.records.changes import AuditBrief, AuditChange, NotCompared, Setting
from audit.runs import sha256
from audit.wording import attribute_title, one_line

SCHEMA = "edtech-equity-audit/change/1"
SEED = 20261121
"""Of the exchanges, where nobody gives another."""
_APART = ("tool", "auditor")
_DRIFT = ("grew", "moved", "changed")
_STATUS: Mapping[DecisionStatus, str] = {
    "approve": "approve", "approve_with_conditions": "approve with conditions", "pilot": "pilot only", "insufficient_evidence": "not enough evidence to decide",
    "do_not_approve": "do not approve",
}


def change_of(old: Path, new: Path, seed: int = SEED, *, renamed: bool = False) -> AuditChange:
    """Return what changed between two audits of one tool, each a bundle or a scored run folder. renamed: it is one tool under two names.

    Raises AuditError: no audit; two tools; the same audit twice; the newer one named first.
    """
    with open_audit(old) as first, open_audit(new) as second:
        before, after = read_scored(first.run), read_scored(second.run)
        _check_tool(before, after, new, renamed=renamed)
        _check_order((before, first), (after, second))
        return _changes((before, first), (after, second), seed, renamed=renamed)


def drift_of(change: AuditChange) -> list[str]:
    """Return what of the tool's measured behavior is shown to have changed since the older audit, a sentence each; empty where nothing is.

    A gap that shrank counts where the version is said to be the same: then the tool is not what was audited. Controls never count.
    """
    kinds = (*_DRIFT, "shrank") if change.old.version == change.new.version else _DRIFT
    return [g.because for kind in kinds for g in change.gaps if g.kind == kind and not g.negative_control]


def _check_tool(old: Scored, new: Scored, path: Path, *, renamed: bool) -> None:
    """Raise BundleError where the two audits are of two tools, unless somebody says that it is one under another name."""
    for field in ("name", "vendor"):
        said = [str(one.card.tool[field]) for one in (old, new)]
        if not renamed and _as_compared(said[0]) != _as_compared(said[1]):
            raise BundleError(
                f"these are audits of two tools: the {field} is {one_line(said[0], 80)!r} and {one_line(said[1], 80)!r}", where=str(path),
                fix="If it is one tool under another name, add --renamed; two tools are put side by side by audit compare.",
            )


def _as_compared(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _check_order(old: tuple[Scored, Opened], new: tuple[Scored, Opened]) -> None:
    """Raise BundleError for the same audit twice, and where the first one is the newer: by its replies, of the same replies by its day."""
    cards = [sha256(one.folder / "scorecard.json") for one, _ in (old, new)]
    if old[1].digest == new[1].digest or cards[0] == cards[1]:
        raise BundleError("this is the same audit twice: nothing can have changed", where=str(new[1].path), fix="Name an older audit and a newer one.")
    days = [_day(one) for one, _ in (old, new)]
    if days[0] > days[1]:
        raise BundleError(
            f"the first audit is the newer one ({_said(days[0])}, the second {_said(days[1])})", where=str(old[1].path), fix="Name the older one first: audit diff OLD NEW.",
        )


def _day(one: Scored) -> tuple[str, str]:
    return str(one.card.provenance.get("collected_to") or ""), one.card.as_of


def _said(day: tuple[str, str]) -> str:
    return f"replies of {one_line(day[0][:10], 20)}, as of {one_line(day[1], 20)}" if day[0] else f"as of {one_line(day[1], 20)}"


def _changes(old: tuple[Scored, Opened], new: tuple[Scored, Opened], seed: int, *, renamed: bool) -> AuditChange:
    before, after = old[0], new[0]
    same = _same_replies(before, after)
    gaps = between.find_changes(tool_of(before, "old"), tool_of(after, "new"), seed)
    if same:
        gaps = msgspec.structs.replace(gaps, gaps=(), how=(), not_compared=(NotCompared("every set", "both audits rest on the very same replies, so that nothing measured can have changed"),),
                                       family="No change of a measured gap could be tested.")
    papers = [_papers(one) for one in (before, after)]
    settings = tuple(_settings(before, after))
    inputs = between.Inputs(
        papers[0], papers[1], tuple(between.answer_changes(*papers)), tuple(between.evidence_changes(papers[0].files, papers[1].files)),
        tuple(between.contradiction_changes(papers[0].contradictions, papers[1].contradictions)), settings, gaps.gaps, _places(before) | _places(after), same, gaps.titles,
    )
    a, b = before.card, after.card
    found = AuditChange(
        schema=SCHEMA, old=_brief(*old), new=_brief(*new), renamed=renamed and _named(before) != _named(after), same_replies=same, worse=(), gaps=gaps.gaps,
        not_compared=gaps.not_compared, gates=tuple(between.gate_changes((a.gates, a.findings), (b.gates, b.findings))),
        conditions=tuple(between.condition_changes(a.decision.conditions, b.decision.conditions)), scores=tuple(between.score_changes(a.indicators, b.indicators)),
        findings=tuple(between.finding_changes(a.findings, b.findings, inputs)), answers=inputs.answers, evidence=inputs.evidence,
        contradictions=inputs.contradictions, waivers=tuple(between.waiver_changes(*papers)), settings=settings, family=gaps.family, level=between.LEVEL,
        seed=seed, titles=gaps.titles, notes=(*gaps.how, *_notes(before, after, settings, same=same)),
    )
    return msgspec.structs.replace(found, worse=tuple(_worse(found)))


def _same_replies(old: Scored, new: Scored) -> bool:
    """Return whether both rest on the very same replies, in a bundle that withholds some too: then their journals differ, and their times do not."""
    times = [(one.material.head.collection, one.card.provenance.get("collected_from"), one.card.provenance.get("collected_to")) for one in (old, new)]
    return bool(old.replies and old.replies == new.replies) or bool(times[0] == times[1] and times[0][1])


def _named(one: Scored) -> tuple[str, str]:
    return _as_compared(str(one.card.tool["name"])), _as_compared(str(one.card.tool["vendor"]))


def _brief(one: Scored, opened: Opened) -> AuditBrief:
    card, known = one.card, one.card.provenance
    return AuditBrief(
        str(card.tool["name"]), str(card.tool["vendor"]), str(card.tool["version"]), str(card.auditor.get("organisation", "")), str(card.auditor["role"]), card.as_of,
        str(known.get("collected_from") or ""), str(known.get("collected_to") or ""), card.review_by, card.decision.status,
        tuple(str(m) for m in known.get("models", ())), one.material.head.collection, opened.kind, opened.digest,
    )


def _papers(one: Scored) -> between.Papers:
    material = one.material
    return between.Papers(
        checklists.criteria_of(material.lists), material.documents.answered.answers, {r.id: r.because for each in material.lists for r in each.retired},
        material.documents.files, one.card.contradictions, material.policy.waivers, one.card.as_of,
    )


def _places(one: Scored) -> dict[str, tuple[str, str]]:
    """Return a measured finding's subject → its set and attribute."""
    return {f"{s.title}: {attribute_title(s, name)}": (s.id, name) for s in one.material.sets.values() for name in s.attributes}


def _settings(old: Scored, new: Scored) -> Iterator[Setting]:
    tables = [_tables(one) for one in (old, new)]
    for area in tables[0]:
        yield from between.setting_changes(area, tables[0][area], tables[1][area])


def _tables(one: Scored) -> dict[str, dict[str, Any]]:
    """Return everything that was set or stated, by area."""
    card, material, known = one.card, one.material, one.card.provenance
    policy = msgspec.to_builtins(material.policy)
    return {
        "tool": {**card.tool, "models": [str(m) for m in known.get("models", ())]}, "auditor": card.auditor,
        "dates": {"as_of": card.as_of, "review_by": card.review_by} | {name: known.get(name) for name in ("collected_from", "collected_to")},
        "plan": {name: table for name, table in material.plan.written.items() if name not in _APART},
        "policy": {name: value for name, value in policy.items() if name != "waivers"}, "checklists": {each.id: each.edition for each in material.lists},
        "fixtures": {s.id: {"edition": s.edition, "sha256": s.digest, "base items": len({row.item for row in s.rows})} for s in material.sets.values()},
        "program": known.get("versions", {}),
    }


def _notes(old: Scored, new: Scored, settings: tuple[Setting, ...], *, same: bool) -> Iterator[str]:
    if not same and any(s.area == "plan" and s.name.startswith(("connect.positive", "connect.reply")) for s in settings):
        yield "How a reply is read was set otherwise: a change of a gap may come from that, and not from the tool."
    if not same:
        yield from looks_told([(old, "The older audit"), (new, "The newer audit")])
    repeats = [one.material.plan.design.repeats for one in (old, new)]
    if not same and repeats[0] != repeats[1]:
        yield f"Each probe was asked {repeats[0]} and {repeats[1]} times: an item's mean over its repeats is compared."
    if new.material.adopted is not None or old.material.adopted is not None:
        yield "An audit that was adopted from another organisation is compared: its replies are that organisation's."


def _worse(found: AuditChange) -> Iterator[str]:
    """Yield what is a change for the worse: the decision, a gate that was lost, a gap that is shown to have grown."""
    if FROM_WORST.index(found.new.decision) < FROM_WORST.index(found.old.decision):
        yield f"The decision was {_STATUS[found.old.decision]!r}, and is {_STATUS[found.new.decision]!r}."
    for g in found.gates:
        if g.kind == "lost":
            yield f"A required criterion was met, and is {'not met' if g.new is False else 'open'} now: {g.question}{f' ({g.subject})' if g.subject else ''}"
    for gap in found.gaps:
        if gap.kind == "grew" and not gap.negative_control:
            yield gap.because
