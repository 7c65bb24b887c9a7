"""`judge`: a language model that scores texts, examined before its scores count."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from audit.cli.screen import Format, FormatOption, note, now, print_json, say, table, today
from audit.errors import FixtureError, PlanError, Unfinished

if TYPE_CHECKING:
    from audit.collect import Watch
    from audit.judge import Answers, Checked, Cost

T = TypeVar("T")
judge = typer.Typer(
    no_args_is_help=True, help="Ask a language model about texts, and find out first whether it can be believed.", rich_markup_mode=None,
)
_NAME = "judge.toml"
_LONG = 400
JudgeFile = Annotated[Path, typer.Argument(metavar="JUDGE", help="judge.toml", show_default=False)]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="a run folder", show_default=False)]


@judge.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="where to write judge.toml", show_default=False)]) -> None:
    """Write a commented judge.toml to start from."""
    from audit.judge import STARTER
    from audit.runs import write_text

    path = folder / _NAME
    if path.exists():
        raise PlanError("there is one already, and it is not overwritten", where=str(path), fix="Name another folder.")
    write_text(path, STARTER)
    say(f"{path}: edit it, then audit judge check {path} --out {folder / 'judge-check'}")


@judge.command()
def check(
    file: JudgeFile,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="where the answers and judge.json go", show_default=False)],
    sheets: Annotated[Path | None, typer.Option(metavar="FOLDER", help="of audit raters export: texts that people scored", show_default=False)] = None,
    items: Annotated[int | None, typer.Option(min=1, help="use this many base items of the neutral replies; all otherwise", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Examine a judge: its agreement with people, its own gap on neutral texts, its noise, and what moves it that should not.

    Exit code 0: usable. 1: not usable. 3: not enough evidence.
    """
    from audit import collect, runs
    from audit import judge as court

    one = court.read_judge(file, os.environ)
    material = court.read_material(one, sheets, items)
    where = court.place(out, one, material.digest)
    shown = court.showings(one, court.subjects(one, material))
    _say_cost(court.cost(one, shown, out))
    stopped = _watched(lambda watching: court.ask(one, shown, where, os.environ, now, watching))
    checked = court.examined(one, material, shown, collect.read_journal(out), today())
    runs.write_json(out / court.CHECKED, checked)
    if stopped:
        note(f"stopped: {stopped}. The same command goes on from here.")
    if format is Format.JSON:
        print_json(checked)
    else:
        _print_checked(checked, out / court.CHECKED)
    raise typer.Exit(checked.exit_code)


@judge.command()
def texts(
    run: Run,
    file: JudgeFile,
    out: Annotated[Path, typer.Option("--out", metavar="NEWSET", help="the new folder to write", show_default=False)],
    set: Annotated[str | None, typer.Option(metavar="SET", help="which set of the run, where it has several of texts", show_default=False)] = None,
    items: Annotated[int | None, typer.Option(min=1, help="use this many base items; all otherwise", show_default=False)] = None,
) -> None:
    """Write a run's replies, masked, as a set that people can score: then audit raters export NEWSET."""
    from audit import fixtures, pipeline
    from audit.judge import read_judge

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FixtureError("this folder is not empty", where=str(out), fix="Name a new one.")
    one = read_judge(file, None)
    rated = pipeline.texts_to_rate(run, one, set, items)
    fixtures.write_set(rated, out)
    say(f"{len(rated.rows)} replies to {len({row.item for row in rated.rows})} base items in {out}")
    note(f'Next: audit raters export {out} --raters 2 --step {one.about.step:g} --out RATING --question "{one.about.question}"')


@judge.command("run")
def run_(
    run: Run,
    file: JudgeFile,
    checked: Annotated[Path | None, typer.Option(metavar="FILE", help="judge.json of audit judge check; fixed with the first question", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Ask the judge about a run's replies, blind and in random order; audit score RUN then has one more measure."""
    from audit import pipeline
    from audit.judge import cost, read_judge

    bench = pipeline.seat(run, read_judge(file, os.environ), checked)
    _say_cost(cost(bench.one, bench.shown, bench.where.folder))
    sitting = _watched(lambda watching: pipeline.hold(bench, os.environ, now, watching))
    if sitting.stopped:
        note(f"stopped: {sitting.stopped}. The same command goes on from here.")
    if format is Format.JSON:
        print_json(sitting)
    else:
        _say_answers(sitting.answers)
        say(f"{sitting.measure} {'decides' if sitting.decides else 'only describes'}: {sitting.because}.")
        say(f"Next: audit score {run}")
    raise typer.Exit(3 if sitting.answers.open or sitting.answers.failed else 0)


def _say_cost(cost: "Cost") -> None:
    note(f"{cost.calls:,} questions to ask" + (f", about ${cost.dollars:,.2f}" if cost.dollars else ""))


def _watched(asking: Callable[[Callable[[int], "Watch"]], Coroutine[Any, Any, T]]) -> T:
    from audit.cli.progress import progress

    with progress() as shown:
        try:
            return asyncio.run(asking(shown.expect))
        except KeyboardInterrupt:
            raise Unfinished("stopped", fix="What was answered is kept; the same command goes on from here.") from None


def _say_answers(answers: "Answers") -> None:
    say(f"{answers.read:,} of {answers.wanted:,} answers hold a score; {answers.unreadable:,} do not, {answers.failed:,} failed, {answers.open:,} are open.")
    for reason, count in answers.reasons:
        say(f"  {count:,} times {reason}")


def _print_checked(checked: "Checked", path: Path) -> None:
    from audit.wording import one_line

    verdict = {True: "usable", False: "not usable", None: "not enough evidence"}[checked.usable]
    say(f"{one_line(checked.title)} ({one_line(checked.model)}): {verdict}.")
    say()
    words = {"met": "met", "not_met": "not met", "open": "open"}
    for part in checked.parts.values():
        say(f"[{words[part.outcome]}] {one_line(part.because, _LONG)}")
    for caution in checked.cautions:
        say(f"[note] {one_line(caution, _LONG)}")
    say()
    table(("beside it", "estimate", "95% interval"), _lines(checked))
    say()
    _say_answers(checked.answers)
    say(f"Written: {path}")


def _lines(checked: "Checked") -> list[tuple[str, str, str]]:
    """Return what was measured beside the verdict; – where nothing could be."""
    gap = checked.own_gap
    lines = [(f"own gap: {name}", outcome.replace("_", " "), f"masked: {gap.masked_attributes[name].replace('_', ' ')}") for name, outcome in gap.attributes.items()]
    if checked.agreement is not None:
        people = checked.agreement
        for name, a in ((people.coefficient, people.agreement), ("correlation", people.correlation), ("people with each other (QWK)", people.between)):
            lines.append((name, _number(a.value), _interval(a.low, a.high)))
        lines.append(("judge minus people", _number(people.mean_error.value), _interval(people.mean_error.low, people.mean_error.high)))
    for name, e in (("masked minus shown", checked.own_gap.masked), ("an order in the text moves the score by", checked.injection),
                    *((("second place over first", checked.place.shift),) if checked.place else ())):
        lines.append((name, _number(e.value), _interval(e.low, e.high)))
    if checked.place is not None:
        lines.append(("same place preferred in both orders", _share(checked.place.same_place), ""))
    lines.append(("noise: SD of the same question asked again", _number(checked.noise.sd), ""))
    lines.append(("noise: one score throughout", _share(checked.noise.same), ""))
    return lines


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{low:.2f} to {high:.2f}"
