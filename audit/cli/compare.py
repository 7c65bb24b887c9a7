"""`compare`: tools side by side on the same criteria and fixtures."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.screen import Format, FormatOption, note, print_json, say, table

if TYPE_CHECKING:
    from audit.records.comparisons import GapDifference, PairOrder, Ranking, ToolComparison

_SEED = 20261121
_NO_SCORE = "–"
Runs = Annotated[list[Path], typer.Argument(metavar="RUN…", help="two or more scored run folders", show_default=False)]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="write comparison.json, comparison.html and comparison.pdf here", show_default=False)
]


def compare(
    runs: Runs, out: Out = None, seed: Annotated[int, typer.Option(min=0, help="of the exchanges between tools")] = _SEED,
    lang: Annotated[str, typer.Option(help="of the documents that --out writes")] = "en", format: FormatOption = Format.TEXT,
) -> None:
    """Put tools side by side; test the differences between them; rank only where that is supported.

    Exit code 0: compared. 2: no run, or the same one twice. 3: no difference between any two tools could be tested.
    """
    from audit.pipeline.compared import compare_runs

    found = compare_runs(runs, seed)
    if out is not None:
        _write(found, out, lang)
    if format is Format.JSON:
        print_json(found)
    else:
        _print(found)
    if not any(d.magnitude is not None for d in found.differences):
        note("No difference between tools could be tested: too few independent base items, or what is named under \"Not compared\".")
        raise typer.Exit(3)


def _write(found: "ToolComparison", out: Path, lang: str) -> None:
    from audit.report.beside import write_beside
    from audit.report.documents.comparison import comparison_document
    from audit.report.words import Words

    w = Words(lang)
    note(write_beside(out, "comparison", found, comparison_document(found, w), w))


def _print(found: "ToolComparison") -> None:
    from audit.report.documents.parts import status_name
    from audit.report.words import Words
    from audit.wording import one_line

    w = Words("en")
    table(("tool", "version", "audited by", "role", "as of", "decision"), [
        (t.label, one_line(t.version), one_line(t.organisation) or _NO_SCORE, t.role, t.as_of, status_name(t.decision, w)) for t in found.tools
    ])
    say()
    say("Order that everything together supports (tools of one tier: no order between them as a whole is shown):")
    _tiers(found.overall)
    for pair in found.overall.pairs:
        say(f"  {_told(pair)}")
    say()
    labels = [t.label for t in found.tools]
    table(("criterion", *labels, "order"), [_row(r, labels) for r in found.rankings])
    _differences(found)
    if found.refused:
        say()
        say("Not compared:")
        for r in found.refused:
            say(f"  {one_line(r.what)} ({r.tool_a}, {r.tool_b}): {one_line(r.because, 400)}.")
    say()
    say(found.family)
    for one in found.notes:
        say(one)


def _tiers(ranking: "Ranking") -> None:
    for place, tier in enumerate(ranking.tiers, 1):
        say(f"  {place}. {', '.join(tier)}{' (tied)' if len(tier) > 1 else ''}")


def _told(pair: "PairOrder") -> str:
    if pair.above is None:
        return f"{pair.tool_a} and {pair.tool_b}: tied; {pair.because}."
    return f"{pair.above} above {pair.tool_b if pair.above == pair.tool_a else pair.tool_a}: {pair.because}."


def _row(r: "Ranking", labels: list[str]) -> tuple[str, ...]:
    from audit.wording import one_line

    order = " > ".join(" = ".join(tier) for tier in r.tiers)
    return (one_line(r.title), *(r.outcomes.get(label, _NO_SCORE).replace("_", " ") for label in labels), order if len(r.tiers) > 1 else "tied")


def _differences(found: "ToolComparison") -> None:
    """Print every difference in size that is shown; the others are counted."""
    shown = [d for d in found.differences if d.smaller or d.undermined]
    say()
    say(f"Differences between tools: {len(found.differences)} compared; shown or undone by missing replies: {len(shown)}.")
    if shown:
        table(("group against reference", "tools", "gaps", "difference of sizes (95% interval)", "shown"), list(_shown(shown, found.titles)))


def _shown(rows: "list[GapDifference]", titles: Mapping[str, str]) -> "Iterator[tuple[str, ...]]":
    from audit.wording import OTHERS, one_line, signed

    for d in rows:
        start = f"{d.set}/{d.attribute}"
        other = "all others" if d.reference == OTHERS else titles.get(f"{start}/{d.reference}", d.reference)
        about = one_line(f"{titles.get(f'{start}/{d.group}', d.group)} against {other}, {d.statistic.replace('_', ' ')}")
        gaps = [signed(x or 0.0, d.unit) for x in (d.gap_a, d.gap_b)]
        ends = [signed(x or 0.0, d.unit) for x in (d.magnitude, d.magnitude_low, d.magnitude_high)]
        yield about, f"{d.tool_a}, {d.tool_b}", f"{gaps[0]}, {gaps[1]}", f"{ends[0]} ({ends[1]} to {ends[2]})", d.smaller or "undone by missing replies"
