"""`check`, `collect`, `score` and `run`: one plan, one run folder."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.screen import Format, FormatOption, note, now, print_json, say, table, today

Plan = Annotated[Path, typer.Argument(metavar="PLAN", help="the plan.toml", show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", metavar="RUN", help="the run folder; beside the plan otherwise", show_default=False)]


def check(
    plan: Plan,
    ping: Annotated[bool, typer.Option("--ping", help="ask the tool one probe; show the raw reply and what was read")] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Say, before anything is spent, what would be asked, what it costs, and what it could show."""
    import time

    from audit import pipeline
    from audit.forecast import forecast

    prepared = pipeline.prepare(plan, os.environ, today())
    heard, seconds = None, None
    if ping:
        start = time.perf_counter()
        heard = asyncio.run(pipeline.ping(prepared))
        seconds = time.perf_counter() - start
    expected = forecast(prepared, seconds if heard and heard[2] is not None else None)
    if format is Format.JSON:
        print_json({"forecast": expected, "ping": _ping_json(heard)})
    else:
        _print_forecast(expected)
        if heard:
            _print_ping(heard)
    if heard and (heard[2] is None or heard[2].value is None):
        raise typer.Exit(3)


def collect(plan: Plan, out: Out = None, format: FormatOption = Format.TEXT) -> None:
    """Ask the tool; the same command again goes on where it stopped."""
    collected = _collect(plan, out)
    if format is Format.JSON:
        print_json(collected)
    else:
        say(f"{collected.answered} of {collected.planned} probes have a reply, {collected.failed} failed, {collected.open} are open.")
        say(f"Run folder: {collected.run}")
        say(f"Next: audit score {collected.run}")
    raise typer.Exit(3 if collected.open or collected.failed else 0)


def score(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="a run folder", show_default=False)],
    answers: Annotated[Path | None, typer.Option(help="checklist answers to use from now on (.xlsx, .csv, .toml)", show_default=False)] = None,
    evidence: Annotated[Path | None, typer.Option(help="the folder of the files that the answers name", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Responses to measurements, disparities, findings and scorecard; never asks the tool."""
    raise typer.Exit(_score(run, answers, evidence, format))


def run(plan: Plan, out: Out = None, format: FormatOption = Format.TEXT) -> None:
    """Collect, then score."""
    collected = _collect(plan, out)
    code = _score(collected.run, None, None, format)
    raise typer.Exit(code or (3 if collected.open else 0))


def _collect(plan: Path, out: Path | None):  # type: ignore[no-untyped-def]
    from audit import pipeline, runs
    from audit.cli.progress import progress

    prepared = pipeline.prepare(plan, os.environ, today())
    folder = out or runs.default_folder(plan)
    note(f"fixed before the first call: collection {prepared.collection[:16]}…, seed {prepared.plan.design.seed}, " + ", ".join(
        f"{s.id} {s.digest[:12]}…" for s in prepared.sets.values()
    ))
    with progress() as shown:
        collected = asyncio.run(pipeline.collect_run(prepared, folder, os.environ, now, shown.expect))
    if collected.asked_again:
        note(f"{collected.asked_again} probes that had failed before were asked again")
    if collected.stopped:
        note(f"stopped: {collected.stopped}. The same command goes on from here.")
    elif collected.open:
        note(f"{collected.open} probes have no answer yet.")
    return collected


def _score(folder: Path, answers: Path | None, evidence: Path | None, format: Format) -> int:
    from audit import pipeline, scorecard

    card = pipeline.score_run(folder, today(), answers, evidence)
    if format is Format.JSON:
        print_json(card)
    else:
        print_card(card, folder)
    return scorecard.exit_code(card)


def print_card(card, folder: Path) -> None:  # type: ignore[no-untyped-def]
    """Print a scorecard's decision, its measured findings and where the pages are."""
    from audit.report.html import OUTCOME, STATUS
    from audit.wording import safe

    say(safe(f"{card.tool['name']} {card.tool['version']}: {STATUS[card.decision.status]}"))
    say()
    for finding in card.findings:
        if finding.assurance == "measured":
            say(safe(f"  [{OUTCOME[finding.outcome]}] {finding.subject}"))
            say(safe(f"      {finding.because}"))
    gates = [g for g in card.gates]
    say()
    say(f"  Gates: {sum(g.passed is True for g in gates)} passed, {sum(g.passed is False for g in gates)} not passed, "
        f"{sum(g.passed is None for g in gates)} open.")
    say(f"  Scorecard: {(folder / 'scorecard.html').resolve()}")


def _print_forecast(f) -> None:  # type: ignore[no-untyped-def]
    table(("set", "base items", "probes", "calls"), [(s.set, s.items, s.probes, s.calls) for s in f.sets])
    say()
    say(f"Calls: {f.calls:,}. About {_minutes(f.minutes)}, ${f.dollars:,.2f}.")
    say(f"Assumed: {f.assumed}.")
    if not f.within_budget:
        say("This is more than the plan's budget: the run would stop before passing it, and exit with code 3.")
    say()
    say(f"What it could show (found 4 times of 5, {f.family_size} comparisons together):")
    rows = [
        (g.set, g.attribute, g.groups, g.items, f"{_size(g.low, g.unit)} to {_size(g.high, g.unit)}", _size(g.margin, g.unit),
         f"{g.items_for_margin[0]:,} to {g.items_for_margin[1]:,}", "" if g.enough else "too few items: not assessed")
        for g in f.gaps
    ]
    table(("set", "attribute", "groups", "items", "smallest gap", "margin", "items to clear a fair tool", ""), rows)
    say()
    say(f"Fixed before the first call: collection {f.collection[:16]}…, seed {f.seed}")
    for s in f.sets:
        say(f"  fixtures {s.set}: SHA-256 {s.digest}")
    say("  margins: " + ", ".join(f"{name} {value:g}" for name, value in f.margins.items()))


def _size(value: float, unit: str) -> str:
    return f"{100 * value:.1f} points" if unit == "share" else f"{value:.2f} SD"


def _minutes(minutes: float) -> str:
    if minutes < 1:
        return "less than a minute"
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"  # noqa: PLR2004 - how people speak of time


def _print_ping(heard) -> None:  # type: ignore[no-untyped-def]
    from audit.records import Failure
    from audit.wording import one_line

    probe, reply, measurement = heard
    say()
    say(f"Asked:     {one_line(probe.prompt)}")
    if isinstance(reply, Failure):
        say(f"Failed:    {one_line(reply.reason)}" + (f" | {one_line(reply.detail)}" if reply.detail else ""))
        return
    say(f"Raw reply: {one_line(reply.output, 400)}")
    say(f"Read as:   {measurement.value:g}" if measurement.value is not None else f"Read as:   nothing ({one_line(measurement.missing)})")


def _ping_json(heard):  # type: ignore[no-untyped-def]
    from audit.records import Failure

    if heard is None:
        return None
    probe, reply, measurement = heard
    if isinstance(reply, Failure):
        return {"probe": probe.id, "input": probe.input, "failure": reply.reason, "detail": reply.detail}
    return {"probe": probe.id, "input": probe.input, "output": reply.output, "value": measurement.value, "missing": measurement.missing}
