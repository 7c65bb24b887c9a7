"""`fleet`: many plans, each into a run folder of its own, on this machine or on a Dask cluster."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.screen import Format, FormatOption, note, now, print_json, say, table, today
from audit.errors import FleetError
from audit.wording import one_line

if TYPE_CHECKING:
    from audit.fleet import Board, Checked, Cluster, Ended, Job, Stop
    from audit.records.fleets import Fleet, FleetPlan

_AT_ONCE = 4
_LONG = 400
Plans = Annotated[list[Path], typer.Argument(metavar="PLAN…", help="plans, and folders: every plan.toml below one", show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="a folder for all run folders and fleet.json; beside the plans otherwise", show_default=False)]
AtOnce = Annotated[int | None, typer.Option("--at-once", min=1, metavar="N", help=f"plans at a time: {_AT_ONCE} on this machine, as many as a cluster takes", show_default=False)]
Scheduler = Annotated[str | None, typer.Option("--scheduler", metavar="ADDRESS", help="run on an existing Dask cluster, for example tcp://host:8786", show_default=False)]
Score = Annotated[bool, typer.Option("--score/--no-score", help="score each plan as well, or only ask")]
SkipWrong = Annotated[bool, typer.Option("--skip-wrong", help="run the others when plans are wrong; otherwise nothing starts")]
Minutes = Annotated[float | None, typer.Option("--minutes", min=0.01, metavar="M", help="end a plan that takes longer; what it has is kept", show_default=False)]


def fleet(
    plans: Plans, out: Out = None, at_once: AtOnce = None, scheduler: Scheduler = None, score: Score = True, skip_wrong: SkipWrong = False,
    minutes: Minutes = None, format: FormatOption = Format.TEXT,
) -> None:
    """Run many plans, some at a time; the same command again goes on where it stopped.

    All plans are checked before anything is asked. Exit code: the worst of the plans. 0: each is done, every required criterion met. 1: something
    required is not met, or a gap beyond its margin. 2: a plan is wrong, and nothing was started. 3: a plan failed, was stopped or skipped, or something
    required could not be assessed.
    """
    from audit import fleet as fleets

    found = fleets.find_plans(plans)
    folder = out.absolute() if out is not None else fleets.common_folder(found)
    stop = fleets.Stop()
    if scheduler is None:
        checked = [fleets.check_plan(plan, folder if out else None, os.environ, today(), score=score) for plan in found]
        board = _board(checked, folder, "", skip_wrong=skip_wrong)
        _run(checked, board, stop, at_once or _AT_ONCE, minutes, score=score)
    else:
        with fleets.cluster(scheduler) as cluster:
            checked = cluster.check(found, folder if out else None, today(), score=score)
            board = _board(checked, folder, scheduler, skip_wrong=skip_wrong)
            _run(checked, board, stop, at_once or len(checked), minutes, score=score, cluster=cluster)
    result = board.finish()
    if format is Format.JSON:
        print_json(result)
    else:
        _print(result, folder)
    if stop.asked.is_set():
        note("stopped. What was collected is kept; the same command goes on from here.")
    raise typer.Exit(result.exit_code or 0)


def _board(checked: "Sequence[Checked]", folder: Path, scheduler: str, *, skip_wrong: bool) -> "Board":
    """Say what is wrong, and begin fleet.json. Raises FleetError where nothing is to start: nothing has been written then."""
    from audit.fleet import Board

    wrong = [one for one in checked if one.ended is not None and one.ended.status == "wrong"]
    for one in wrong:
        note(f"wrong: {one.ended.because if one.ended else ''}")
    if len(wrong) == len(checked) or (wrong and not skip_wrong):
        raise FleetError(
            f"{len(wrong)} of {len(checked)} plans {'is' if len(wrong) == 1 else 'are'} wrong, so nothing was started",
            fix="Mend what is named above" + (", or use --skip-wrong." if len(wrong) < len(checked) else "."),
        )
    _check_folders(checked)
    return Board(folder, checked, scheduler, now, lambda name, line: note(one_line(f"{name}: {line}" if name else line, _LONG)))


def _check_folders(checked: "Sequence[Checked]") -> None:
    seen: dict[str, str] = {}
    for one in checked:
        if one.run and (other := seen.setdefault(one.run, one.plan)) != one.plan:
            raise FleetError(
                f"this plan and {other} would be run in one folder, {one.run}", where=one.plan, fix="They ask one tool the same: leave one of them out.",
            )


def _run(
    checked: "Sequence[Checked]", board: "Board", stop: "Stop", at_once: int, minutes: float | None, *, score: bool, cluster: "Cluster | None" = None
) -> None:
    from audit.fleet import lanes_of, run_alone, run_lanes

    todo = [one for one in checked if one.ended is None]
    lanes = lanes_of(todo)
    note(f"{len(checked)} plans: {len(todo)} to run with {sum(one.planned for one in todo):,} probes, {len(checked) - len(todo)} complete or skipped")
    if shared := sum(len(lane) for lane in lanes if len(lane) > 1):
        note(f"{shared} plans ask hosts that they share, and run one after the other for each host")

    def one(job: "Job", plan: "Checked") -> "Ended":
        if cluster is not None:
            return cluster.run(job, stop, minutes)
        return run_alone(job, stop.asked.is_set, stop.now.is_set, lambda line: board.tell(board.name(plan), line), minutes=minutes)

    if lanes:
        run_lanes(lanes, one, board, stop, at_once=at_once, score=score)


def _print(result: "Fleet", folder: Path) -> None:
    table(("tool", "decision", "exit", "replies", "why"), [
        (one_line(f"{p.tool} {p.version}".strip() or p.plan, 50), p.decision or p.status, p.exit_code or 0, f"{p.answered} of {p.planned - p.not_needed}", one_line(p.because, 150))
        for p in result.plans
    ])
    say()
    say(_counts(result.plans))
    say(f"Results: {folder / 'fleet.json'}")


def _counts(plans: "Sequence[FleetPlan]") -> str:
    """Return how many plans ended how, in the order in which they first did."""
    counts: dict[str, int] = {}
    for plan in plans:
        counts[plan.status] = counts.get(plan.status, 0) + 1
    return f"{len(plans)} plans: " + ", ".join(f"{count} {status}" for status, count in counts.items()) + "."
