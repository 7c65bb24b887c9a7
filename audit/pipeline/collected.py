"""Probes → responses: everything that is asked, and everything that comes back, in the run folder."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
from msgspec import Struct

from audit import collect, fixtures, measures, runs, vendors
from audit.errors import PlanError
from audit.masking import without_secrets
from audit.pipeline.blocks import Blocks
from audit.pipeline.documents import keep_documents
from audit.pipeline.prepared import Prepared, at_once, evidence_folder, no_match, reading_of, site_of
from audit.plan import Plan, secrets_of
from audit.records import Failure, Json, Measurement, Probe, Reply, Response

_REPLIES_TO_JUDGE_A_PATH = 5
_SHEET = "transcript"
"""The adapter that a person answers for: it is opened anew for each block, and writes the rows that its sheet lacks."""


class Collected(Struct, frozen=True):
    """How a sitting of collection ended; `corrected` answers were changed in a worksheet since.

    `missing` says where a person has given no answer yet. at_once: the calls at once that `concurrency = "auto"` ended with
    (None where it is fixed), and how often the tool sent calls away. not_needed: probes that an adaptive run leaves out, because what they
    serve is settled; they are not open.
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
    not_needed: int = 0


class Batches(Protocol):
    """Probes that are asked in batches, with a look at the run folder after each."""

    def look(self) -> list[str]:
        """Read the run folder's journal; return what there is to say of it."""

    def open_ones(self) -> list[Probe]:
        """Return the next batch of probes that have no reply; empty when no more are to be asked."""

    def most_left(self) -> int:
        """Return how many probes may still be asked."""


async def collect_run(
    prepared: Prepared, run: Path, environ: Mapping[str, str], clock: Callable[[], str],
    watching: Callable[[int], collect.Watch], tell: Callable[[str], None] = lambda _line: None, only: Batches | None = None,
) -> Collected:
    """Ask every probe that has no reply yet, and keep everything in the run folder.

    tell: hears of each look of an adaptive run, line by line. only: the few that are asked of a plan that a tool answers; all others stay open.
    """
    sitting = _Sitting(prepared, run, environ, clock, watching, tell)
    if only is not None:
        return await sitting.hold(prepared.probes, only)
    if not prepared.plan.design.adaptive:
        return await sitting.hold(prepared.probes)
    if prepared.plan.connect.adapter == _SHEET:
        return await _sheet_by_sheet(sitting)
    blocks = Blocks(prepared, run)
    found = await sitting.hold(prepared.probes, blocks)
    return msgspec.structs.replace(found, not_needed=blocks.not_needed, open=found.open - blocks.not_needed)


class _Sitting(Struct, frozen=True):
    """What a sitting of collection needs besides the probes."""

    prepared: Prepared
    run: Path
    environ: Mapping[str, str]
    clock: Callable[[], str]
    watching: Callable[[int], collect.Watch]
    tell: Callable[[str], None]

    async def hold(self, probes: Sequence[Probe], blocks: Batches | None = None) -> Collected:
        """Ask the probes that are open, in blocks where there are some."""
        prepared, run, plan = self.prepared, self.run, self.prepared.plan
        answered = sum(r.failure is None for r in collect.read_journal(run, outputs=False).responses.values())
        runs.check_folder(run, prepared.collection, replies=answered)
        site = site_of(plan, probes, run, prepared.probes if plan.design.adaptive else None)
        async with AsyncExitStack() as stack:
            tool = await stack.enter_async_context(vendors.open_adapter(plan.connect, site))
            stack.enter_context(collect.lock_run(run))
            collect.set_aside(run, prepared.collection)
            _keep_inputs(prepared, run)
            log = collect.read_journal(run, outputs=tool.answered is not None)
            journal = collect.Journal(run, prepared.collection, self.clock, secrets_of(plan, self.environ))
            stack.callback(journal.close)
            asking = _asking(prepared, tool, log)
            if blocks is not None:
                summary = await self._in_blocks(blocks, asking, journal)
            else:
                todo = [probe for probe in probes if _is_open(probe, log, tool)]
                summary = await collect.collect(todo, asking, journal, self.watching(len(todo)))
        return _collected(prepared, run, log, summary, tool)

    async def _in_blocks(self, blocks: Batches, asking: collect.Asking, journal: collect.Journal) -> collect.Summary:
        """Ask block by block, with a look after each, until nothing is left or the sitting is to stop."""
        total, lines = collect.Summary(), blocks.look()
        watch = self.watching(blocks.most_left())
        while True:
            for line in lines:
                self.tell(line)
            if not (todo := blocks.open_ones()):
                return total
            part = await collect.collect(todo, asking, journal, watch)
            total.replies, total.failures = total.replies + part.replies, total.failures + part.failures
            total.stopped, total.at_once, total.held_back = part.stopped, part.at_once, part.held_back
            if total.stopped:
                return total
            lines = blocks.look()


async def _sheet_by_sheet(sitting: _Sitting) -> Collected:
    """Take what a worksheet holds of the blocks so far; where that completes one, have the adapter write the rows of the next (it then stops)."""
    found, made = None, -1
    while True:
        blocks = Blocks(sitting.prepared, sitting.run)   # anew: an answer may have been corrected in a block that was looked at before
        lines = blocks.look()
        if found is not None and len(blocks.walk.made) == made:
            return msgspec.structs.replace(found, not_needed=blocks.not_needed, open=found.open - blocks.not_needed)
        made = len(blocks.walk.made)
        for line in lines:
            sitting.tell(line)
        found = await sitting.hold(blocks.so_far())


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


def _asking(prepared: Prepared, tool: vendors.Tool, log: collect.Log) -> collect.Asking:
    connect, budget = prepared.plan.connect, prepared.plan.budget
    prices = collect.Prices(**msgspec.to_builtins(budget.price))
    return collect.Asking(
        ask=tool.ask, visit=tool.visit, timeout=connect.timeout, retries=connect.retries,
        limit=collect.Limit(at_once(prepared.plan), auto=connect.concurrency == "auto"), pace=collect.Pace(collect.parse_rate(connect.rate)),
        budget=collect.Budget(
            prices, most_calls=budget.calls, most_dollars=budget.dollars, calls=log.calls,
            spent=collect.spent_before(log, prepared.probes, prices), dearest=log.dearest, most_received=_most_received(prepared.plan),
        ),
        seen=_path_watch(prepared.plan), heard=_hearing(prepared.plan),
    )


def _hearing(plan: Plan) -> Callable[[Json], str]:
    """Return how a turn's text is read from its output, for the turns to come."""
    return lambda output: measures.heard(output, reading_of(plan))


def _most_received(plan: Plan) -> int | None:
    """Return the tokens that the tool is told to stop a reply at; None where the plan does not say."""
    most = plan.connect.settings.get("max_tokens") if plan.connect.adapter == "chat" else None
    return most if isinstance(most, int) else None


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


class Pinged(NamedTuple):
    """A probe, what came back without secrets, what was read from it, and what was seen on the way, step by step, where there are steps."""

    probe: Probe
    reply: Reply | Failure
    read: Measurement | None
    seen: tuple[vendors.Seen, ...] = ()


def _middling(probes: Sequence[Probe]) -> Probe:
    """Return the probe whose length is nearest to the mean: its cost tells most of all others'."""
    mean = sum(len(p.prompt) for p in probes) / len(probes)
    return min(probes, key=lambda p: abs(len(p.prompt) - mean))


async def ping(prepared: Prepared, environ: Mapping[str, str]) -> Pinged:
    """Ask one probe of about the mean length once; keep nothing, an adapter's pictures of its steps apart."""
    plan, probe = prepared.plan, _middling(prepared.probes)
    if plan.connect.adapter == "transcript":
        raise PlanError("--ping asks the tool one probe, and here a person does", where=str(plan.path), fix="Leave --ping out; audit collect writes the worksheet.")
    redaction = collect.Redaction(secrets_of(plan, environ))
    site = site_of(plan, prepared.probes)
    async with vendors.open_adapter(plan.connect, site) as tool:
        reply, seen = await _asked_once(tool, probe, plan)
    seen = tuple(vendors.Seen(one.step, tuple(map(redaction.text, one.lines))) for one in seen)
    try:
        reply = redaction.failure(reply) if isinstance(reply, Failure) else redaction.reply(reply)
    except Failure as failure:  # nested too deeply
        reply = failure
    if isinstance(reply, Failure):
        return Pinged(probe, reply, None, seen)
    response = Response(probe.id, reply.output, None, "", 0.0, 1, "", reply.meta)
    read = measures.measure_all(prepared.sets[probe.set], [probe], {probe.id: response}, reading_of(plan))
    return Pinged(probe, reply, read[0], seen)


async def _asked_once(tool: vendors.Tool, probe: Probe, plan: Plan) -> tuple[Reply | Failure, Sequence[vendors.Seen]]:
    """Return how one call ended, and what an adapter that works in steps saw at each."""
    seen: list[vendors.Seen] = []
    try:
        if tool.visit is None:
            return await collect.reply_to(probe, tool.ask, plan.connect.timeout, _hearing(plan)), seen
        async with tool.visit(probe, seen) as ask:
            return await collect.reply_to(probe, ask, None, _hearing(plan)), seen
    except Failure as failure:
        return failure, seen
