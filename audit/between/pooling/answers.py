"""What several assessors answered and judged: where they differ, who said what on which evidence, and what all agree on."""

from collections.abc import Mapping, Sequence

from audit.records import Condition, Finding
from audit.records.merged import Disagreement, Said, SharedCondition

Key = tuple[str, str]
_ORDER = ("outcome", "answer", "asked")


def disagreements(audits: Mapping[str, Sequence[Finding]]) -> tuple[tuple[Disagreement, ...], int]:
    """Return every criterion on which audits (label → findings) differ, and how many came out alike with the same answer in all of them.

    Differences of outcome come first, required criteria before others; within that, the checklists' own order.
    """
    rows: dict[Key, dict[str, Finding]] = {}
    for label, findings in audits.items():
        for f in findings:
            rows.setdefault((f.criterion, f.subject), {})[label] = f
    found = [one for one in (_disagreement(row, list(audits)) for row in rows.values()) if one is not None]
    return tuple(sorted(found, key=lambda d: (_ORDER.index(d.kind), not d.required))), len(rows) - len(found)


def _disagreement(row: Mapping[str, Finding], labels: Sequence[str]) -> Disagreement | None:
    findings = list(row.values())
    asked_of_all = len(findings) == len(labels)
    outcomes, answers = {f.outcome for f in findings}, {_plain(f.answer) for f in findings}
    if len(outcomes) == 1 and len(answers) == 1 and asked_of_all:
        return None
    first = findings[0]
    return Disagreement(
        first.criterion, first.subject, first.indicator, first.question, any(f.required for f in findings),
        "outcome" if len(outcomes) > 1 else "answer" if len(answers) > 1 else "asked", tuple(_said(label, row.get(label)) for label in labels),
        reworded=len({f.question for f in findings}) > 1,
    )


def _plain(answer: str) -> str:
    """Return an answer without what makes no other answer of it: case and spaces."""
    return " ".join(answer.split()).casefold()


def _said(label: str, f: Finding | None) -> Said:
    if f is None:
        return Said(label, None)
    return Said(label, f.outcome, f.answer, f.because, f.assurance, f.answered_by, f.answered_on, f.evidence)


def shared_conditions(audits: Mapping[str, Sequence[Condition]]) -> tuple[SharedCondition, ...]:
    """Return the conditions of all audits (label → conditions), each once with the audits that set it: first those that most audits set."""
    found: dict[tuple[str, str, str], tuple[Condition, list[str]]] = {}
    for label, conditions in audits.items():
        for one in conditions:
            own = found.setdefault((one.kind, _plain(one.text), one.subject), (one, []))[1]
            if label not in own:
                own.append(label)
    return tuple(sorted((SharedCondition(one, tuple(labels)) for one, labels in found.values()), key=lambda c: -len(c.audits)))
