"""`check`, `collect`, `score` and `run`: one plan, one run folder."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.expected import print_forecast
from audit.cli.printing import ping_as_json, print_card, print_ping
from audit.cli.screen import Format, FormatOption, note, print_json, say, today
from audit.cli.sitting import ask_a_few, sit
from audit.errors import AuditError

if TYPE_CHECKING:
    from audit.pipeline import Collected

_MOST_PLACES = 5
Plan = Annotated[Path, typer.Argument(metavar="PLAN", help="the plan.toml", show_default=False)]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="RUN", help="the run folder; beside the plan otherwise", show_default=False)
]
Ping = Annotated[bool, typer.Option("--ping", help="ask the tool one probe; show the raw reply and what was read")]
Pilot = Annotated[bool, typer.Option("--pilot", help="ask a few of the plan's probes, until the dollars are known within 20%; audit collect never asks them again")]
Adaptive = Annotated[bool, typer.Option("--adaptive", help="ask in blocks, and stop asking what is settled, as adaptive = true in the plan does")]
MarginOption = Annotated[float | None, typer.Option(
    "--margin", min=0.001, max=0.99, help="the margin to reach in place of the policy's: a share (0.05 is 5 percentage points) or a part of an SD", show_default=False)]
LearnFrom = Annotated[Path | None, typer.Option(
    "--run", metavar="RUN", help="a run folder of this tool whose replies are learned from (a pilot asks into it); the plan's own otherwise", show_default=False)]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="a run folder", show_default=False)]
Answers = Annotated[
    Path | None, typer.Option(help="checklist answers to use from now on (.xlsx, .csv, .toml)", show_default=False)
]
EvidenceFolder = Annotated[
    Path | None, typer.Option(help="the folder of the files that the answers name", show_default=False)
]


def check(
    plan: Plan, ping: Ping = False, pilot: Pilot = False, margin: MarginOption = None, run: LearnFrom = None, adaptive: Adaptive = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Say, before anything is spent, what would be asked, what it costs, what it could show, and which design is the cheapest."""
    import time

    from audit import pipeline
    from audit.forecast import forecast
    from audit.records import Reply

    if ping and pilot:
        raise AuditError("--ping and --pilot together: a pilot asks more, and keeps it", where="audit check", fix="Leave one of them out.")
    prepared = pipeline.prepare(plan, os.environ, today(), adaptive=adaptive)
    asked = ask_a_few(prepared, run) if pilot else None
    heard, told = None, None
    if ping:
        start = time.perf_counter()
        heard = asyncio.run(pipeline.ping(prepared, os.environ))
        if isinstance(heard[1], Reply):
            told = heard[0], heard[1].meta, time.perf_counter() - start
    expected = forecast(prepared, told, run=run, margin=margin)
    if format is Format.JSON:
        print_json({"forecast": expected, "ping": ping_as_json(heard) if heard else None, "pilot": asked})
    else:
        print_forecast(expected, str(plan))
        if prepared.plan.design.adaptive:
            say(f"  {pipeline.plan_in_words(prepared.plan)}")
        if heard:
            print_ping(heard)
    if (heard and (heard[2] is None or heard[2].value is None)) or (asked and asked.stopped):
        raise typer.Exit(3)


def collect(plan: Plan, out: Out = None, adaptive: Adaptive = False, format: FormatOption = Format.TEXT) -> None:
    """Ask the tool; the same command again goes on where it stopped."""
    collected = collect_and_tell(plan, out, adaptive=adaptive)
    if format is Format.JSON:
        print_json(collected)
    else:
        say(f"{collected.answered} of {collected.planned} probes have a reply, {collected.failed} failed, {collected.open} are open.")
        if collected.not_needed:
            say(f"{collected.not_needed} were not needed: what they serve is settled.")
        say(f"Run folder: {collected.run}")
        say(f"Next: audit score {collected.run}")
    raise typer.Exit(3 if collected.open or collected.failed else 0)


def score(
    run: Run, answers: Answers = None, evidence: EvidenceFolder = None, format: FormatOption = Format.TEXT
) -> None:
    """Responses to measurements, disparities, findings and scorecard; never asks the tool."""
    raise typer.Exit(score_and_print(run, format, answers, evidence))


def report(
    run: Run,
    lang: Annotated[list[str] | None, typer.Option("--lang", metavar="LANG", help="a language, en or es; may be given again; the first is that of scorecard.html", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Write a scored run's documents again: report, memo for the board, public summary and staff guide, as pages and as PDFs."""
    from audit import pipeline

    written = pipeline.write_again(run, lang or ["en"])
    if format is Format.JSON:
        print_json({"written": written})
        return
    for path in written:
        say(str(path))


def run(plan: Plan, out: Out = None, adaptive: Adaptive = False, format: FormatOption = Format.TEXT) -> None:
    """Collect, then score."""
    collected = collect_and_tell(plan, out, adaptive=adaptive)
    code = score_and_print(collected.run, format)
    raise typer.Exit(code or (3 if collected.open else 0))


def collect_and_tell(plan: Path, out: Path | None, *, adaptive: bool = False) -> "Collected":
    """Collect with progress; say on standard error what was fixed before, and what is still open."""
    from audit import pipeline, runs

    prepared = pipeline.prepare(plan, os.environ, today(), adaptive=adaptive)
    collected = sit(prepared, out or runs.default_folder(plan))
    if collected.asked_again:
        note(f"{collected.asked_again} probes that had failed before were asked again")
    if collected.corrected:
        note(f"{collected.corrected} answers were changed in the worksheet since: the new ones count, the journal keeps both")
    if collected.at_once is not None:
        sent = f"; it sent calls away {collected.held_back} time{'s' if collected.held_back > 1 else ''}" if collected.held_back else ""
        note(f'concurrency = "auto" ended with {collected.at_once} calls at once{sent}')
    if collected.stopped:
        note(f"stopped: {collected.stopped}. The same command goes on from here.")
    elif collected.open:
        note(f"{collected.open} probes have no answer yet{_first(collected.missing)}.")
    return collected


def _first(missing: Sequence[str]) -> str:
    """Return the first few places without an answer, for a person to look up."""
    more = f" and {len(missing) - _MOST_PLACES} more" if len(missing) > _MOST_PLACES else ""
    return f": {', '.join(missing[:_MOST_PLACES])}{more}" if missing else ""


def score_and_print(folder: Path, format: Format, answers: Path | None = None, evidence: Path | None = None) -> int:
    """Score a run folder, print the scorecard, and return the exit code."""
    from audit import pipeline, scorecard

    card = pipeline.score_run(folder, today(), answers, evidence)
    if format is Format.JSON:
        print_json(card)
    else:
        print_card(card, folder)
    return scorecard.exit_code(card)
