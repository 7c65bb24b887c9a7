"""`diff`: what changed between two audits of one tool, with a test of the change of every measured gap."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.screen import Format, FormatOption, note, print_json, say, table

if TYPE_CHECKING:
    from audit.records.changes import AuditChange
    from audit.report.words import Words

_SEED = 20261121
_MOST = 20
_LONG = 70
_NONE = "–"
Old = Annotated[Path, typer.Argument(metavar="OLD", help="the older audit: a bundle or a scored run folder", show_default=False)]
New = Annotated[Path, typer.Argument(metavar="NEW", help="the newer audit of the same tool", show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="write change.json, change.html and change.pdf here", show_default=False)]


def diff(
    old: Old, new: New, out: Out = None, renamed: Annotated[bool, typer.Option("--renamed", help="it is one tool, although its name or vendor differs")] = False,
    seed: Annotated[int, typer.Option(min=0, help="of the exchanges between the audits")] = _SEED,
    lang: Annotated[str, typer.Option(help="of the documents that --out writes")] = "en", format: FormatOption = Format.TEXT,
) -> None:
    """Tell what changed between two audits of one tool, and test whether its measured gaps did.

    Exit code 0: no change for the worse is shown. 1: the decision is worse, a required criterion is met no more, or a gap is shown to have grown. 2: two
    tools, the same audit twice, the newer one first. 3: no change of a measured gap could be tested.
    """
    from audit.pipeline.changed import change_of

    found = change_of(old, new, seed, renamed=renamed)
    if out is not None:
        _write(found, out, lang)
    if format is Format.JSON:
        print_json(found)
    else:
        _print(found)
    if found.worse:
        raise typer.Exit(1)
    if not found.same_replies and all(g.kind == "not_tested" for g in found.gaps):
        note("No change of a measured gap could be tested: too few independent base items, or what is named under \"Not compared\".")
        raise typer.Exit(3)


def _write(found: "AuditChange", out: Path, lang: str) -> None:
    from audit.report.beside import write_beside
    from audit.report.documents.change import change_document
    from audit.report.words import Words

    w = Words(lang)
    note(write_beside(out, "change", found, change_document(found, w), w))


def _print(found: "AuditChange") -> None:
    from audit.report.documents.change_words import decision_sentence, lost_sentences, measured_sentence
    from audit.report.documents.parts import status_name
    from audit.report.words import Words
    from audit.wording import one_line

    w = Words("en")
    table(("audit", "tool", "version", "audited by", "as of", "decision"), [
        (which, one_line(one.name, _LONG), one_line(one.version, _LONG), one_line(one.organisation, _LONG) or one.role, one_line(one.as_of), status_name(one.decision, w))
        for which, one in (("older", found.old), ("newer", found.new))
    ])
    say()
    say("A change for the worse is shown." if found.worse else "No change for the worse is shown.")
    for sentence in (decision_sentence(found, w), *lost_sentences(found, w), measured_sentence(found, w), *found.notes):
        say(f"  {one_line(sentence, 400)}")
    _measured(found, w)
    _rest(found, w)
    say()
    say(found.family)


def _measured(found: "AuditChange", w: "Words") -> None:
    from audit.report.documents.change_words import SHOWN, gap_sentence
    from audit.wording import one_line

    shown = sorted((g for g in found.gaps if g.kind in SHOWN), key=lambda g: (g.negative_control, SHOWN.index(g.kind)))
    _list("Measured gaps", [f"{'(control) ' if g.negative_control else ''}{one_line(gap_sentence(g, found, w), 500)}" for g in shown])
    quiet = [g for g in found.gaps if g.kind == "none"]
    widest = max(quiet, key=lambda g: (g.high or 0.0) - (g.low or 0.0), default=None)
    if widest is not None:
        say(f"  No change is shown of {len(quiet)} of {len(found.gaps)} gaps. The one known least closely: {one_line(gap_sentence(widest, found, w), 500)}")
    _list("Not compared", [f"{one_line(n.what)}: {one_line(n.because, 500)}." for n in found.not_compared])


def _rest(found: "AuditChange", w: "Words") -> None:
    from audit.report.documents.change_words import answer_words, area_name, evidence_words, gate_words, reason_words
    from audit.report.documents.parts import outcome_name
    from audit.wording import one_line

    def outcome(kind: str | None) -> str:
        return "not asked" if kind is None else outcome_name(kind, w).lower()

    _list("Required", [f"{one_line(g.question, 300)}{f' ({one_line(g.subject)})' if g.subject else ''}: {gate_words(g.kind, w)}" for g in found.gates])
    _list("Findings that came out otherwise", [
        f"{one_line(f.criterion)}{f' ({one_line(f.subject)})' if f.subject else ''}: {outcome(f.old)} → {outcome(f.new)}; changed too: {'; '.join(one_line(reason_words(r, w), 300) for r in f.reasons)}"
        for f in found.findings
    ])
    _list("Answers", [
        f"{one_line(a.criterion)}: {answer_words(a, w)}{f' ({_short(a.old)} → {_short(a.new)})' if a.kind in ('added', 'removed', 'changed') else ''}" for a in found.answers
    ])
    _list("Files", [f"{one_line(e.file)}: {evidence_words(e, w)}" for e in found.evidence])
    _list("What does not fit together", [f"{c.kind}: {one_line(c.because, 300)}" for c in found.contradictions])
    _list("Waivers", [f"{one_line(x.gate)}: {x.kind}, by {one_line(x.by)}, until {one_line(x.expires)}" for x in found.waivers])
    _list("Set or stated otherwise", [f"{area_name(s.area, w)}, {one_line(s.name)}: {_short(s.old)} → {_short(s.new)}" for s in found.settings])


def _short(text: str | None) -> str:
    from audit.wording import one_line

    return one_line(text, _LONG) if text else _NONE


def _list(title: str, lines: Sequence[str]) -> None:
    """Print the first 20 lines under their title; the others are counted."""
    if not lines:
        return
    say()
    say(f"{title}:")
    for line in lines[:_MOST]:
        say(f"  {line}")
    if len(lines) > _MOST:
        say(f"  … and {len(lines) - _MOST} more (--format json, or --out DIR)")
