"""`merge`: several districts' audits of one tool, with what they disagree on and what their replies show together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.screen import Format, FormatOption, note, print_json, say, table

if TYPE_CHECKING:
    from audit.records.merged import Disagreement, Merged, PooledGap, Said

_SEED = 20261121
_MOST = 20
_LONG = 110
_MISSING = "missing_rate"
Audits = Annotated[list[Path], typer.Argument(metavar="AUDIT…", help="two or more bundles or scored run folders of one version of one tool", show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="write merged.json, merged.html and merged.pdf here", show_default=False)]


def merge(
    audits: Audits, out: Out = None,
    with_vendor: Annotated[bool, typer.Option("--with-vendor", help="pool a vendor's own test of its product too; it stays marked")] = False,
    seed: Annotated[int, typer.Option(min=0, help="of the exchanges between groups and between audits")] = _SEED,
    lang: Annotated[str, typer.Option(help="of the documents that --out writes")] = "en", format: FormatOption = Format.TEXT,
) -> None:
    """Put several districts' audits of one tool side by side; pool what they measured on the same items.

    Exit code 0: pooled. 1: a pooled difference is beyond its margin, or an audit says "do not approve". 2: no audit, the same one twice,
    or of different tools or versions. 3: nothing could be pooled.
    """
    from audit.pipeline.merged import merge_audits

    found = merge_audits(audits, seed, with_vendor=with_vendor)
    if out is not None:
        _write(found, out, lang)
    if format is Format.JSON:
        print_json(found)
    else:
        _print(found)
    if _code(found):
        raise typer.Exit(_code(found))


def _code(found: "Merged") -> int:
    gap = any(g.average.outcome == "gap_found" and not g.average.negative_control for g in found.pooled)
    if gap or any(a.decision == "do_not_approve" for a in found.audits):
        return 1
    return 0 if found.pooled else 3


def _write(found: "Merged", out: Path, lang: str) -> None:
    from audit.report.beside import write_beside
    from audit.report.documents.merged import merged_document
    from audit.report.words import Words

    w = Words(lang)
    note(write_beside(out, "merged", found, merged_document(found, w), w))


def _print(found: "Merged") -> None:
    from audit.report.documents.parts import status_name
    from audit.report.words import Words
    from audit.wording import one_line

    w = Words("en")
    say(f"{one_line(found.tool)} {one_line(found.version)} ({one_line(found.vendor)})")
    names = {a.label: a.label + (" [vendor's own test]" if a.vendor_test else "") for a in found.audits}
    table(("audit", "role", "as of", "decision", "pooled"), [
        (names[a.label], a.role, a.as_of, status_name(a.decision, w), "yes" if a.counted else f"no: {one_line(a.not_counted)}")
        for a in found.audits
    ])
    say("All came to the same decision." if found.same_decision else "They did not come to the same decision.")
    _disagreements(found.disagreements, found.agreed, names)
    if found.conditions:
        say()
        say("Conditions:")
        for c in found.conditions:
            say(f"  {one_line(c.condition.text, 300)} ({', '.join(names[a] for a in c.audits)})")
    _pooled(found, names)
    if found.not_pooled:
        say()
        say("Not pooled:")
        for r in found.not_pooled:
            say(f"  {one_line(r.what)} ({', '.join(names[a] for a in r.audits)}): {one_line(r.because, 400)}.")
    for one in found.notes:
        say()
        say(one_line(one, 400))


def _disagreements(rows: "Sequence[Disagreement]", agreed: int, names: Mapping[str, str]) -> None:
    told = [d for d in rows if d.kind != "asked"]
    say()
    say(f"Criteria: {agreed} alike in all audits, {len(told)} on which they disagree, {len(rows) - len(told)} not asked in all.")
    for d in told[:_MOST]:
        say(f"  {d.criterion}{' (required)' if d.required else ''}: {'; '.join(_said(s, names[s.audit]) for s in d.said)}")
    if len(told) > _MOST:
        say(f"  … and {len(told) - _MOST} more: merged.json, which --out writes, has all.")


def _said(s: "Said", name: str) -> str:
    from audit.wording import one_line

    if s.outcome is None:
        return f"{name} was not asked"
    evidence = ", ".join(one_line(e.what, 60) for e in s.evidence if e.kind in ("file", "link"))
    return f"{name} {s.outcome.replace('_', ' ')}" + (f" (“{one_line(s.answer, 60)}”)" if s.answer else "") + (f" on {evidence}" if evidence else "")


def _pooled(found: "Merged", names: Mapping[str, str]) -> None:
    """Print the comparisons, of many those that show something, and how all came out."""
    rows = [g for g in found.pooled if g.average.statistic != _MISSING or g.average.missing]
    shown = rows if len(rows) <= _MOST else [g for g in rows if g.average.outcome == "gap_found" or g.differ or g.held_back]
    say()
    if not found.pooled:
        say("Nothing could be pooled.")
    else:
        counts = Counter(g.average.outcome.replace("_", " ") for g in found.pooled)
        say(f"Pooled: {len(found.pooled)} comparisons; each audit counts the same ({', '.join(f'{n} {outcome}' for outcome, n in sorted(counts.items()))}).")
    if shown:
        table(("group against reference", "each audit", "average (95% interval)", "outcome", "audits differ", "one more district"), [_row(g, found, names) for g in shown])
    say()
    say(found.family)


def _row(g: "PooledGap", found: "Merged", names: Mapping[str, str]) -> tuple[str, ...]:
    from audit.wording import OTHERS, one_line, signed

    a, e = g.average, g.elsewhere
    start = f"{a.set}/{a.attribute}"
    other = "all others" if a.reference == OTHERS else found.titles.get(f"{start}/{a.reference}", a.reference)
    about = one_line(f"{a.set}: {found.titles.get(f'{start}/{a.group}', a.group)} against {other}, {a.statistic.replace('_', ' ')}", _LONG)
    ends = [signed(x, a.unit) if x is not None else "?" for x in (a.estimate, a.low, a.high)]
    more = f"{signed(e.predicted_low, a.unit)} to {signed(e.predicted_high, a.unit)}" if e else "–"
    each = ", ".join(f"{names[o.audit]} {signed(o.estimate, a.unit)}" for o in g.audits)
    return (about, each, f"{ends[0]} ({ends[1]} to {ends[2]})", a.outcome.replace("_", " "), "yes" if g.differ else "not shown", more)
