"""Probes → responses: everything that is asked, and everything that comes back, in the run folder."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
from msgspec import Struct

from audit import collect, fixtures, measures, runs, vendors
from audit.pipeline.documents import keep_documents
from audit.pipeline.prepared import Prepared, at_once, evidence_folder, no_match, reading_of, site_of
from audit.plan import Plan, secrets_of, without_secrets
from audit.records import Failure, Measurement, Probe, Reply, Response

_REPLIES_TO_JUDGE_A_PATH = 5


class Collected(Struct, frozen=True):
    """How a sitting of collection ended; `corrected` answers were changed in a worksheet since.

    `missing` says where a person has given no answer yet. at_once: the calls at once that `concurrency = "auto"` ended with
    (None where it is fixed), and how often the tool sent calls away.
    """

    run: Path
    planned: int
    answered: int
    failed: int
    open: int
    asked_again: int
    corrected: int
    stopped: str
    missing: tuple[str, ...] = ()
    at_once: int | None = None
    held_back: int = 0


async def collect_run(
    prepared: Prepared, run: Path, environ: Mapping[str, str], clock: Callable[[], str],
    watching: Callable[[int], collect.Watch],
) -> Collected:
    """Ask every probe that has no reply yet, and keep everything in the run folder."""
    plan = prepared.plan
    answered = sum(r.failure is None for r in collect.read_journal(run, outputs=False).responses.values())
    runs.check_folder(run, prepared.collection, replies=answered)
    site = site_of(plan, prepared.probes)
    async with AsyncExitStack() as stack:
        tool = await stack.enter_async_context(vendors.open_adapter(plan.connect, site))
        stack.enter_context(collect.lock_run(run))
        collect.set_aside(run, prepared.collection)
        _keep_inputs(prepared, run)
        log = collect.read_journal(run, outputs=tool.answered is not None)
        journal = collect.Journal(run, prepared.collection, clock, secrets_of(plan, environ))
        stack.callback(journal.close)
        todo = [probe for probe in prepared.probes if _is_open(probe, log, tool)]
        watch = watching(len(todo))
        summary = await collect.collect(todo, _asking(prepared, tool.ask, log), journal, watch)
    return _collected(prepared, run, log, summary, tool)


def _is_open(probe: Probe, log: collect.Log, tool: vendors.Tool) -> bool:
    """Whether a probe is still to be asked: no reply yet, or another answer in the worksheet than before."""
    known = log.responses.get(probe.id)
    if tool.answered is None:
        return known is None or known.failure is not None
    return probe.id in tool.answered and (known is None or known.output != tool.answered[probe.id])


def _keep_inputs(prepared: Prepared, run: Path) -> None:
    written = dict(prepared.plan.written) | {"connect": without_secrets(prepared.plan.written["connect"])}
    runs.write_inputs(run, prepared.collection, written, prepared.policy_table, prepared.questions)
    keep_documents(run, prepared.documents, evidence_folder(prepared.plan))
    for name, fixture_set in prepared.sets.items():
        fixtures.write_set(fixture_set, run / "fixtures" / name)


def _asking(prepared: Prepared, ask: vendors.Ask, log: collect.Log) -> collect.Asking:
    connect, budget = prepared.plan.connect, prepared.plan.budget
    prices = collect.Prices(**msgspec.to_builtins(budget.price))
    return collect.Asking(
        ask=ask, timeout=connect.timeout, retries=connect.retries,
        limit=collect.Limit(at_once(prepared.plan), auto=connect.concurrency == "auto"), pace=collect.Pace(collect.parse_rate(connect.rate)),
        budget=collect.Budget(
            prices, most_calls=budget.calls, most_dollars=budget.dollars, calls=log.calls,
            spent=collect.spent_before(log, prepared.probes, prices),
        ),
        seen=_path_watch(prepared.plan),
    )


def _path_watch(plan: Plan) -> Callable[[Reply], None]:
    """Return a look at each reply that stops the run when the reply path matches nothing in the first few."""
    reading, unmatched, matched = reading_of(plan), 0, reading_of(plan).reply is None

    def seen(reply: Reply) -> None:
        nonlocal unmatched, matched
        matched = matched or measures.reply_path_matches(reply.output, reading)
        unmatched += not matched
        if not matched and unmatched >= _REPLIES_TO_JUDGE_A_PATH:
            raise no_match(plan, reply.output)

    return seen


def _collected(
    prepared: Prepared, run: Path, before: collect.Log, summary: collect.Summary, tool: vendors.Tool
) -> Collected:
    after = collect.read_journal(run, outputs=tool.answered is not None)
    ids = {probe.id for probe in prepared.probes}
    answered = sum(r.failure is None for p, r in after.responses.items() if p in ids)
    failed = sum(r.failure is not None for p, r in after.responses.items() if p in ids)
    again = sum(r.failure is not None for r in before.responses.values())
    corrected = sum(
        r.output != after.responses[p].output for p, r in before.responses.items() if p in ids and r.failure is None
    )
    return Collected(
        run, len(ids), answered, failed, len(ids) - answered - failed, again, corrected, summary.stopped, tool.missing,
        summary.at_once if prepared.plan.connect.concurrency == "auto" and summary.at_once else None, summary.held_back,
    )


async def ping(prepared: Prepared, environ: Mapping[str, str]) -> tuple[Probe, Reply | Failure, Measurement | None]:
    """Ask the first probe once; keep nothing. Returns what came back, without secrets, and what was read from it."""
    plan, probe = prepared.plan, prepared.probes[0]
    redaction = collect.Redaction(secrets_of(plan, environ))
    site = site_of(plan, prepared.probes)
    async with vendors.open_adapter(plan.connect, site) as tool:
        try:
            reply = redaction.reply(await collect.within(tool.ask(probe), plan.connect.timeout))
        except Failure as failure:
            return probe, redaction.failure(failure), None
    response = Response(probe.id, reply.output, None, "", 0.0, 1, "", reply.meta)
    read = measures.measure_all(prepared.sets[probe.set], [probe], {probe.id: response}, reading_of(plan))
    return probe, reply, read[0]
