"""`raters`: blinded sheets for people who score, and what came back."""

from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.screen import Format, FormatOption, note, print_json, say, table

if TYPE_CHECKING:
    from audit.raters import RatersReport, Truths
    from audit.raters.agreement import Agreement
    from audit.raters.people import Estimate

raters = typer.Typer(no_args_is_help=True, help="Have people score a set's work, and make their scores its truth.", rich_markup_mode=None)
_LARGEST_SEED = 2**31
_MOST_PAIRS = 10


class Ending(StrEnum):
    """In which format the sheets are written."""

    XLSX = ".xlsx"
    CSV = ".csv"


class TruthRule(StrEnum):
    """How several scores of one work become its truth."""

    TWO = "two"
    CONSENSUS = "consensus"


@raters.command("export")
def export(
    set: Annotated[str, typer.Argument(metavar="SET", help="a shipped set's name, or the folder of your own", show_default=False)],
    raters: Annotated[int, typer.Option("--raters", min=1, max=200, help="how many people will score", show_default=False)],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="the new folder to write", show_default=False)],
    items: Annotated[int | None, typer.Option(min=1, help="use this many base items; all otherwise", show_default=False)] = None,
    twice: Annotated[float, typer.Option(min=0, max=0.3, help="the share of work that each rater sees a second time")] = 0.1,
    seed: Annotated[int | None, typer.Option(min=0, help="the same seed writes the same sheets; drawn otherwise", show_default=False)] = None,
    step: Annotated[float, typer.Option(min=0, help="the distance of two neighbouring scores; 0 allows any number on the scale")] = 1.0,
    question: Annotated[str | None, typer.Option(metavar="TEXT", help="what the raters are asked; yes means the tool's yes", show_default=False)] = None,
    show: Annotated[
        list[str] | None, typer.Option(metavar="FIELD", help="a field of the input to read; those that the prompt shows otherwise", show_default=False)
    ] = None,
    all_guises: Annotated[bool, typer.Option("--all-guises", help="each rater reads every guise of an item, not one")] = False,
    format_of_sheets: Annotated[Ending, typer.Option("--format-of-sheets", help="the format of the sheets")] = Ending.XLSX,
    format: FormatOption = Format.TEXT,
) -> None:
    """Write one blinded sheet a rater, in random order, without groups; the key stays with you."""
    import secrets

    from audit.fixtures import find_set, load_set
    from audit.raters import Order
    from audit.raters import export as write_sheets

    order = Order(
        raters=raters, seed=secrets.randbelow(_LARGEST_SEED) if seed is None else seed, items=items, twice=twice, step=step,
        question=question, show=tuple(show or ()), all_guises=all_guises, ending=format_of_sheets.value,
    )
    written = write_sheets(load_set(find_set(set, Path())), out, order)
    lines = {sheet.rater: len(sheet.lines) for sheet in written.key.sheets}
    if format is Format.JSON:
        print_json({"folder": str(out), "set": written.key.set, "sha256": written.key.digest, "seed": order.seed, "works": written.works,
                    "unread": written.unread, "lines": lines, "sheets": written.sheets, "question": written.key.question,
                    "answers": written.key.allowed()})
        return
    say(f"{len(lines)} sheets of {_range(lines.values())} lines in {out / 'sheets'}: give each rater one, with instructions.txt.")
    say(f"{written.works} work samples. The question: {written.key.question} ({written.key.allowed()})")
    say(f"The key is in {out / 'organiser'}: keep it from the raters. Seed {order.seed}.")
    if written.unread:
        say(f"{written.unread} guises are on nobody's sheet: {2 * written.guises} raters, or --all-guises, would have every guise read by two.")
    note(f"When the sheets are back in {out / 'sheets'}: audit raters import {out}")


def _range(counts: Collection[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"


@raters.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="the folder that audit raters export wrote", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", metavar="NEWSET", help="write the set with the raters' truth here", show_default=False)] = None,
    truth: Annotated[
        TruthRule | None,
        typer.Option(help="two: two people's own scores (truth, second_truth); consensus: median or majority; two where nobody's work has more",
                     show_default=False),
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Read the filled sheets back: agreement, each rater's severity and drift, and the set with its new truth.

    Exit code 3 when a line is still empty or agreement cannot be measured; what is there is reported and written.
    """
    from audit.raters import Rule, collect, read_key, report_on, with_truth, write_rated

    key, fixture_set = read_key(folder)
    collected = collect(folder, key, fixture_set)
    report = report_on(collected, key, fixture_set)
    truths = None
    if out is not None:
        rated, truths = with_truth(fixture_set, collected, key, report, Rule(truth.value) if truth else None)
        write_rated(rated, out)
    if format is Format.JSON:
        print_json({"report": report, "truth": truths, "folder": out})
    else:
        _print_report(report)
        if truths is not None:
            _print_truths(truths, out)
    raise typer.Exit(0 if report.complete else 3)


def _print_report(report: "RatersReport") -> None:
    from audit.wording import one_line

    say(f"{report.works} work samples have a score, {report.shared} of them two or more; {report.unscored} have none.")
    for metric, agreement in report.alpha.items():
        say(f"Krippendorff's alpha ({metric}): {_agreed(agreement)}")
    kappa = "quadratic weighted kappa" if report.outcome == "score" else "Cohen's kappa"
    say(f"Mean {kappa} of the pairs: {_agreed(report.mean_qwk)}")
    if report.pairs:
        say()
        shown = sorted(report.pairs, key=lambda p: (p.qwk.value is None, p.qwk.value))[:_MOST_PAIRS]
        table(("raters", "work", "same", "kappa", "95% interval"), [
            (" and ".join(p.raters), p.works, _share(p.exact), _number(p.qwk.value), _interval(p.qwk.low, p.qwk.high, "")) for p in shown
        ])
        if len(report.pairs) > len(shown):
            say(f"… and {len(report.pairs) - len(shown)} pairs that agree more, or share too little; all in --format json.")
    say()
    table(("rater", "answered", "empty", "mean", "against the others (95%)", "drift, first to last (95%)", "same again"), [
        (r.rater, r.lines - r.empty, r.empty, _number(r.mean), _estimate(r.severity), _estimate(r.drift),
         f"{_share(r.again.same)} of {r.again.works}" if r.again.works else "–") for r in report.raters
    ])
    say("Of 20 such intervals of raters who are alike, about one leaves out 0 by chance.")
    for comment in report.comments:
        say(f"{comment.rater} on {comment.code}: {one_line(comment.text)}")
    unfinished = [f"{r.rater} ({f'{r.empty} of {r.lines} lines empty' if r.file else 'no sheet'})" for r in report.raters if r.empty]
    if unfinished:
        say(f"Not finished: {', '.join(unfinished)}.")


def _print_truths(truths: "Truths", out: Path | None) -> None:
    from audit.raters import Rule

    how = "two people's own scores" if truths.rule is Rule.TWO else "the median or majority of the raters"
    say(f"{out}: {truths.truths} rows with a truth ({how}), {truths.second} of them with a second one.")
    if truths.tied or truths.unscored:
        say(f"Without a truth: {truths.tied} tied, {truths.unscored} without a score.")


def _agreed(agreement: "Agreement") -> str:
    if agreement.value is None:
        return "cannot be measured (no two people scored the same work, or all scores are the same)"
    return f"{agreement.value:.2f} (95% interval {agreement.low:.2f} to {agreement.high:.2f}; {agreement.works} work samples of {agreement.items} base items)"


def _estimate(estimate: "Estimate") -> str:
    if estimate.value is None:
        return "too little work"
    return f"{estimate.value:+.2f} ({_interval(estimate.low, estimate.high, '+')})"


def _interval(low: float | None, high: float | None, sign: str) -> str:
    return "–" if low is None or high is None else f"{low:{sign}.2f} to {high:{sign}.2f}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f}%"
