"""`answers check`: where the answers stand: what is open, what a newer edition changed, what the files show, what does not fit together."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct

from audit.cli.answers import Asked, File, Overlays, PlanOption, asked
from audit.cli.evidence import print_check
from audit.cli.progress import Shares
from audit.cli.screen import Format, FormatOption, print_json, say, table, today

if TYPE_CHECKING:
    from audit.checklists import Change
    from audit.pipeline import Documents
    from audit.records import Contradiction, Finding

_MOST_OPEN = 12


class _Standing(Struct, frozen=True):
    """What `answers check` says."""

    findings: "list[Finding]"
    contradictions: "list[Contradiction]"
    changes: "list[Change]"
    documents: "Documents"


def check(
    file: File, plan: PlanOption = None, overlay: Overlays = None,
    evidence: Annotated[Path | None, typer.Option(metavar="DIR", help="the folder of the files that the answers name; the plan's otherwise", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Say where the answers stand: open, met and not met, what the files show, what contradicts itself, and what a newer edition changed."""
    wanted = asked(plan, overlay)
    found = _standing(file, wanted, evidence or wanted.evidence)
    if format is Format.JSON:
        print_json({
            "findings": found.findings, "contradictions": found.contradictions, "changes": found.changes, "evidence": found.documents.files,
            "unused_files": found.documents.left, "retired_answers": found.documents.answered.retired,
        })
    else:
        _say(found, wanted)
    required = {f.outcome for f in found.findings if f.required}
    failing = "not_met" in required or any(one.check.errors for one in found.documents.files.values())
    raise typer.Exit(1 if failing else 3 if required & {"not_assessed", "inconclusive"} else 0)


def _standing(file: Path, wanted: Asked, evidence: Path | None) -> _Standing:
    from audit import checklists, pipeline

    with Shares() as shown:
        documents = pipeline.read_documents(file, evidence, wanted.lists, wanted.whose, today(), shown.show)
    contradictions = checklists.find_contradictions(checklists.criteria_of(wanted.lists), documents.answered, documents.files, (), today())
    findings = checklists.documentary_findings(
        wanted.lists, documents.answered, profile=wanted.profile,
        papers=checklists.Papers(documents.files, contradictions, wanted.whose.vendor), today=today(),
    )
    return _Standing(findings, contradictions, checklists.changes(wanted.lists, documents.answered), documents)


def _say(found: _Standing, wanted: Asked) -> None:
    from audit.wording import one_line

    rows = []
    for one in wanted.lists:
        count = Counter(f.outcome for f in found.findings if f.indicator == one.id)
        rows.append((one.title, count["met"], count["not_met"], count["inconclusive"], count["not_assessed"], count["not_applicable"]))
    table(("indicator", "met", "not met", "does not fit together", "open", "does not apply"), rows)
    required = [f for f in found.findings if f.required and f.outcome in ("not_met", "inconclusive", "not_assessed")]
    say(f"\nRequired and not met, or open: {len(required)}")
    for f in required[:_MOST_OPEN]:
        say(f"  [{f.outcome.replace('_', ' ')}] {f.criterion}: {one_line(f.question, 140)} {one_line(f.because, 200)}")
    if len(required) > _MOST_OPEN:
        say(f"  and {len(required) - _MOST_OPEN} more (--format json lists all)")
    if found.contradictions:
        say(f"\nContradictions: {len(found.contradictions)}")
    for c in found.contradictions:
        say(f"  {c.criterion}: {one_line(c.because, 300)}")
    _say_changes(found)
    if found.documents.files:
        say("\nEvidence")
    for file in found.documents.files.values():
        print_check(file.check)
    if found.documents.left:
        say(f"\nIn the evidence folder, and named by no answer: {', '.join(one_line(name, 80) for name in found.documents.left)}")


def _say_changes(found: _Standing) -> None:
    from audit.wording import one_line

    words = {"added": "new question", "changed": "changed since it was answered", "retired": "no longer asked; the answer is kept"}
    if found.changes:
        say(f"\nSince the edition that was answered: {', '.join(f'{n} {kind}' for kind, n in Counter(c.change for c in found.changes).items())}")
    for c in found.changes[:_MOST_OPEN]:
        say(f"  {c.criterion}: {words[c.change]} ({c.edition}): {one_line(c.what, 160)}")
    if len(found.changes) > _MOST_OPEN:
        say(f"  and {len(found.changes) - _MOST_OPEN} more (--format json lists all)")
