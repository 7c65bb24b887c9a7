"""Asks a judge by the same adapter, pacing, budget and journal as a tool: every answer is kept before it counts."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import tomli_w
from msgspec import Struct

from audit import collect, runs, vendors
from audit.errors import RunFolderError
from audit.judge.checked import Checked
from audit.judge.file import Judge
from audit.judge.prompt import Showing
from audit.plan import digest
from audit.records import Probe

JUDGE, CHECKED = "judge.toml", "judge.json"
"""In a judge's folder: the judge as asked, without secrets; and its examination."""
_OWN = {".lock", JUDGE, CHECKED, "journal.jsonl"}


class Cost(Struct, frozen=True):
    """What is still to be asked: calls, and US dollars at the budget's prices."""

    calls: int
    dollars: float


class Where(Struct, frozen=True):
    """Where the answers go, and which questions they belong to (a digest): other questions need another folder."""

    folder: Path
    collection: str


def place(folder: Path, judge: Judge, *of: object) -> Where:
    """Return the place of a judge's answers about something (`of`). Raises RunFolderError when the folder holds other answers."""
    where = Where(folder, digest([judge.digest, judge.about.seed, *of]))
    _check_folder(where)
    return where


def _check_folder(where: Where) -> None:
    folder = where.folder
    if folder.exists() and not folder.is_dir():
        raise RunFolderError("this is a file, not a folder", where=str(folder), fix="Name another one.")
    log = collect.read_journal(folder)
    if log.collection is None and folder.exists() and any(p.name not in _OWN for p in folder.iterdir()):
        raise RunFolderError("this folder holds something that is not a judge's", where=str(folder), fix="Name a new one.")
    answered = any(r.failure is None for r in log.responses.values())
    if log.collection not in (None, where.collection) and answered:
        raise RunFolderError(
            "this folder holds the answers of another judge, or to other questions (model, prompt, question, scale, material or --checked differ)",
            where=str(folder), fix="Restore what was changed, or move this folder away and ask anew.",
        )


def cost(judge: Judge, shown: Sequence[Showing], folder: Path) -> Cost:
    """Return what is still to be asked, before anything is."""
    prices = _prices(judge)
    todo = _open(shown, collect.read_journal(folder))
    return Cost(len(todo), sum(collect.expected_cost(probe, prices) for probe in todo))


def _open(shown: Sequence[Showing], log: collect.Log) -> list[Probe]:
    return [s.probe for s in shown if (known := log.responses.get(s.probe.id)) is None or known.failure is not None]


async def ask(
    judge: Judge, shown: Sequence[Showing], where: Where, environ: Mapping[str, str], clock: Callable[[], str],
    watching: Callable[[int], collect.Watch], checked: Checked | None = None,
) -> str:
    """Ask what has no answer yet; return why it stopped early, "" when it did not. What was answered is in the folder's journal.

    checked: the examination that is kept beside it, before the first question.
    """
    probes = [s.probe for s in shown]
    site = vendors.Site(judge.base, str(judge.path), probes, judge.connect.timeout, _at_once(judge))
    async with AsyncExitStack() as stack:
        tool = await stack.enter_async_context(vendors.open_adapter(judge.connect, site))
        stack.enter_context(collect.lock_run(where.folder))
        _check_folder(where)
        collect.set_aside(where.folder, where.collection)
        runs.write_text(where.folder / JUDGE, tomli_w.dumps(judge.kept()))
        if checked is not None:
            runs.write_json(where.folder / CHECKED, checked)
        log = collect.read_journal(where.folder)
        todo = _open(shown, log)
        watch = watching(len(todo))
        if not todo:
            return ""
        journal = collect.Journal(where.folder, where.collection, clock, judge.secrets(environ))
        stack.callback(journal.close)
        summary = await collect.collect(todo, _asking(judge, tool, log, probes), journal, watch)
    return summary.stopped


def _asking(judge: Judge, tool: vendors.Tool, log: collect.Log, probes: Sequence[Probe]) -> collect.Asking:
    connect, budget, prices = judge.connect, judge.budget, _prices(judge)
    return collect.Asking(
        ask=tool.ask, visit=tool.visit, timeout=connect.timeout, retries=connect.retries, pace=collect.Pace(collect.parse_rate(connect.rate)),
        limit=collect.Limit(_at_once(judge), auto=connect.concurrency == "auto"), seen=lambda _: None,
        budget=collect.Budget(
            prices, most_calls=budget.calls, most_dollars=budget.dollars, calls=log.calls, spent=collect.spent_before(log, probes, prices),
        ),
    )


def _prices(judge: Judge) -> collect.Prices:
    return collect.Prices(**msgspec.to_builtins(judge.budget.price))


def _at_once(judge: Judge) -> int:
    wanted = judge.connect.concurrency
    return wanted if isinstance(wanted, int) else vendors.default_concurrency(judge.connect)


def models_in(log: collect.Log) -> tuple[str, ...]:
    """Return the models that the answers themselves name."""
    named = {str(r.meta["model"]) for r in log.responses.values() if r.failure is None and r.meta.get("model")}
    return tuple(sorted(named))
