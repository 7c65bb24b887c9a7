"""The audit in order; knows the order and nothing else.

    plan → sets → probes ─ collect ─→ responses → measurements → comparisons → verdicts ─┐
    checklists + answers ────────────────────────────────────────────────────────────────┴→ findings → scorecard
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit import checklists, collect, disparity, fixtures, measures, report, runs, scorecard, vendors, verdicts
from audit.errors import ChecklistError, PlanError, Unfinished
from audit.library import convert, read_text
from audit.plan import Plan, digest, read_plan, secrets_of, without_secrets
from audit.policy import Policy, read_policy
from audit.records import Failure, FixtureSet, Measurement, Probe, Reply, Response, Results, Scorecard
from audit.wording import one_line

_REPLIES_TO_JUDGE_A_PATH = 5


class Prepared(Struct, frozen=True):
    """A plan with everything it names loaded and checked; nothing has been asked or written."""

    plan: Plan
    sets: dict[str, FixtureSet]
    probes: list[Probe]
    policy: Policy
    policy_table: dict[str, Any]
    questions: list[checklists.Checklist]
    answers: dict[str, checklists.Answer]
    collection: str


class Collected(Struct, frozen=True):
    """How a sitting of collection ended; `missing` says where a person has given no answer yet."""

    run: Path
    planned: int
    answered: int
    failed: int
    open: int
    asked_again: int
    stopped: str
    missing: tuple[str, ...] = ()


def prepare(path: Path, environ: Mapping[str, str], today: date) -> Prepared:
    """Read the plan and all that it names. Raises AuditError before anything is spent or written."""
    plan = read_plan(path, environ)
    vendors.check_settings(plan.connect, str(path))
    collect.parse_rate(plan.connect.rate)
    _check_reading(plan)
    policy, table = read_policy(plan.base / plan.policy.file if plan.policy.file else None)
    loaded = [fixtures.load_set(fixtures.find_set(name, plan.base)) for name in plan.design.fixtures]
    for one in loaded:
        measures.check_readable(one)
    sets = {s.id: fixtures.narrow(s, plan.design.items, plan.design.seed) for s in loaded}
    if len(sets) != len(loaded):
        raise PlanError("two fixture sets have the same id", where=str(path), fix="Give each set its own id.")
    lists = checklists.load_checklists(plan.checklists.use, plan.checklists.overlays, plan.base)
    key = plan.collection_key() | {"fixtures": {s.id: s.digest for s in sets.values()}, "margins": table["margins"]}
    return Prepared(plan, sets, _probes(plan, sets), policy, table, lists, _answers(plan, lists, today), digest(key))


def _probes(plan: Plan, sets: Mapping[str, FixtureSet]) -> list[Probe]:
    key = plan.collection_key()
    return fixtures.make_probes(
        sets.values(), repeats=plan.design.repeats, seed=plan.design.seed, salt=digest([key["tool"], key["design"]])
    )


def _check_reading(plan: Plan) -> None:
    if plan.connect.reply is not None:
        measures.compiled(plan.connect.reply)
    if plan.connect.positive_when is not None:
        measures.rule(plan.connect.positive_when)


def _answers(plan: Plan, lists: Sequence[checklists.Checklist], today: date) -> dict[str, checklists.Answer]:
    if plan.checklists.answers is None:
        return {}
    evidence = plan.base / plan.checklists.evidence if plan.checklists.evidence else None
    return checklists.read_answers(plan.base / plan.checklists.answers, lists, today, evidence)


async def collect_run(
    prepared: Prepared, run: Path, environ: Mapping[str, str], clock: Callable[[], str],
    watching: Callable[[int], collect.Watch],
) -> Collected:
    """Ask every probe that has no reply yet, and keep everything in the run folder."""
    plan = prepared.plan
    answered = sum(r.failure is None for r in collect.read_journal(run).responses.values())
    runs.check_folder(run, prepared.collection, replies=answered)
    site = vendors.Site(plan.base, str(plan.path), prepared.probes, plan.connect.timeout, _at_once(plan))
    async with AsyncExitStack() as stack:
        tool = await stack.enter_async_context(vendors.open_adapter(plan.connect, site))
        stack.enter_context(collect.lock_run(run))
        collect.set_aside(run, prepared.collection)
        _keep_inputs(prepared, run)
        log = collect.read_journal(run)
        journal = collect.Journal(run, prepared.collection, clock, secrets_of(plan, environ))
        stack.callback(journal.close)
        known = {probe for probe, response in log.responses.items() if response.failure is None}
        todo = [p for p in prepared.probes if p.id not in known and (tool.answered is None or p.id in tool.answered)]
        watch = watching(len(todo))
        summary = await collect.collect(todo, _asking(prepared, tool.ask, log), journal, watch)
    return _collected(prepared, run, log, summary, tool.missing)


def _at_once(plan: Plan) -> int:
    wanted = plan.connect.concurrency
    return wanted if isinstance(wanted, int) else vendors.default_concurrency(plan.connect)


def _keep_inputs(prepared: Prepared, run: Path) -> None:
    written = dict(prepared.plan.written) | {"connect": without_secrets(prepared.plan.written["connect"])}
    runs.write_inputs(
        run, prepared.collection, written, prepared.policy_table, prepared.questions, prepared.answers
    )
    for name, fixture_set in prepared.sets.items():
        fixtures.write_set(fixture_set, run / "fixtures" / name)


def _asking(prepared: Prepared, ask: vendors.Ask, log: collect.Log) -> collect.Asking:
    connect, budget = prepared.plan.connect, prepared.plan.budget
    prices = collect.Prices(**msgspec.to_builtins(budget.price))
    return collect.Asking(
        ask=ask, timeout=connect.timeout, retries=connect.retries,
        limit=collect.Limit(_at_once(prepared.plan), auto=connect.concurrency == "auto"), pace=collect.Pace(collect.parse_rate(connect.rate)),
        budget=collect.Budget(
            prices, most_calls=budget.calls, most_dollars=budget.dollars, calls=log.calls,
            spent=collect.spent_before(log, prepared.probes, prices),
        ),
        seen=_path_watch(prepared.plan),
    )


def reading_of(plan: Plan) -> measures.Reading:
    """Return how a plan reads replies."""
    return measures.Reading(plan.connect.reply, plan.connect.positive, plan.connect.positive_when)


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


def no_match(plan: Plan, output: Any) -> PlanError:
    """Return the error of a reply path that matches nothing."""
    return PlanError(
        f"connect.reply = {plan.connect.reply!r} matches nothing in any reply", where=str(plan.path),
        fix=f"Correct the path and run again; the replies are kept. A reply was: {one_line(output)}",
    )


def _collected(
    prepared: Prepared, run: Path, before: collect.Log, summary: collect.Summary, missing: tuple[str, ...]
) -> Collected:
    after = collect.read_journal(run)
    ids = {probe.id for probe in prepared.probes}
    answered = sum(r.failure is None for p, r in after.responses.items() if p in ids)
    failed = sum(r.failure is not None for p, r in after.responses.items() if p in ids)
    again = sum(r.failure is not None for r in before.responses.values())
    return Collected(run, len(ids), answered, failed, len(ids) - answered - failed, again, summary.stopped, missing)


async def ping(prepared: Prepared, environ: Mapping[str, str]) -> tuple[Probe, Reply | Failure, Measurement | None]:
    """Ask the first probe once; keep nothing. Returns what came back, without secrets, and what was read from it."""
    plan, probe = prepared.plan, prepared.probes[0]
    redaction = collect.Redaction(secrets_of(plan, environ))
    site = vendors.Site(plan.base, str(plan.path), prepared.probes, plan.connect.timeout, 1)
    async with vendors.open_adapter(plan.connect, site) as tool:
        try:
            reply = redaction.reply(await collect.within(tool.ask(probe), plan.connect.timeout))
        except Failure as failure:
            return probe, redaction.failure(failure), None
    response = Response(probe.id, reply.output, None, "", 0.0, 1, "", reply.meta)
    read = measures.measure_all(prepared.sets[probe.set], [probe], {probe.id: response}, reading_of(plan))
    return probe, reply, read[0]


def score_run(run: Path, today: date, answers: Path | None = None, evidence: Path | None = None) -> Scorecard:
    """Responses → scorecard, from what the run folder holds; never asks the tool. Writes every result."""
    head = runs.read_head(run)
    plan = read_plan(run / "plan.toml", None)
    policy, _ = read_policy(run / "policy.toml")
    sets = {f.name: fixtures.load_set(f) for f in sorted((run / "fixtures").iterdir()) if f.is_dir()}
    lists = [_kept(path, checklists.Checklist) for path in sorted((run / "checklists").glob("*.json"))]
    if answers is not None:
        runs.write_json(run / "answers.json", checklists.read_answers(answers, lists, today, evidence))
    given = _kept(run / "answers.json", dict[str, checklists.Answer])
    log = collect.read_journal(run)
    results, read = _measure(plan, sets, log)
    judged = _judged(results, policy, sets)
    criteria = [c for checklist in lists for c in checklist.criteria] + _always_measured(lists)
    findings = [
        *verdicts.measured_findings(criteria, judged, sets),
        *checklists.documentary_findings(lists, given, student_data=plan.tool.student_data, today=today),
    ]
    card = scorecard.make_scorecard(
        tool=msgspec.to_builtins(plan.tool), auditor=msgspec.to_builtins(plan.auditor),
        titles={c.id: c.title for c in checklists.load_checklists(checklists.shipped_checklists(), (), run)},
        findings=findings, results=judged, policy=policy, today=today,
        provenance=_provenance(plan, policy, sets, log, head, lists),
    )
    report.write_report(run, card, judged, sets, read, log.responses)
    runs.write_manifest(run, {"design": plan.design.seed})
    return card


def _always_measured(lists: Sequence[checklists.Checklist]) -> list[Any]:
    """What was measured is judged even where the plan uses no checklist."""
    if any(checklist.id == "inclusive" for checklist in lists):
        return []
    inclusive = checklists.load_checklists(["inclusive"], (), Path())[0]
    return [c for c in inclusive.criteria if c.measured]


def _kept(path: Path, kind: Any) -> Any:
    try:
        return convert(msgspec.json.decode(read_text(path, ChecklistError, "kept input")), kind, ChecklistError, str(path))
    except msgspec.DecodeError as bad:
        raise ChecklistError(f"damaged: {bad}", where=str(path)) from None


def _measure(
    plan: Plan, sets: Mapping[str, FixtureSet], log: collect.Log
) -> tuple[disparity.Compared, list[Measurement]]:
    probes = _probes(plan, sets)
    outputs = [r.output for r in log.responses.values() if r.failure is None]
    if not outputs:
        raise Unfinished("the tool has not given a single reply, so nothing can be scored", where=str(plan.path))
    reading = reading_of(plan)
    if reading.reply and not any(measures.reply_path_matches(output, reading) for output in outputs):
        raise no_match(plan, outputs[0])
    audited = []
    for fixture_set in sets.values():
        own = [p for p in probes if p.set == fixture_set.id]
        read = measures.measure_all(fixture_set, own, log.responses, reading)
        for name in dict.fromkeys(m.measure for m in read):
            own_measure = [m for m in read if m.measure == name]
            audited.append(disparity.Audited(fixture_set, name, measures.MEASURES[name].unit, own_measure))
    return disparity.compare_all(audited, seed=plan.design.seed), [m for a in audited for m in a.measurements]


def _judged(compared: disparity.Compared, policy: Policy, sets: Mapping[str, FixtureSet]) -> Results:
    return Results(
        schema="edtech-equity-audit/results/1",
        disparities=verdicts.judge(compared.comparisons, policy, sets), groups=tuple(compared.groups),
        missingness=verdicts.judge(compared.missingness, policy, sets),
        family=(
            f"{compared.family_size} comparisons are tested together at 5% (Holm), fixed by the fixture sets before "
            "the first call; exploratory ones use Benjamini-Hochberg and decide nothing."
        ),
    )


def _provenance(
    plan: Plan, policy: Policy, sets: Mapping[str, FixtureSet], log: collect.Log, head: runs.Head,
    lists: Sequence[checklists.Checklist],
) -> dict[str, Any]:
    replies = sum(r.failure is None for r in log.responses.values())
    return {
        "collection": head.collection, "versions": runs.versions(), "seed": plan.design.seed, "repeats": plan.design.repeats,
        "adapter": plan.connect.adapter, "calls": log.calls, "replies": replies, "failures": len(log.responses) - replies,
        "in_flight_when_stopped": log.in_flight, "collected_from": log.started, "collected_to": log.ended,
        "models": sorted({str(r.meta["model"]) for r in log.responses.values() if r.meta.get("model")}),
        "policy": {"id": policy.id, "edition": policy.edition, "digest": digest(policy)},
        "checklists": {c.id: c.edition for c in lists},
        "fixtures": {
            s.id: {"title": s.title, "edition": s.edition, "digest": s.digest, "licence": s.licence, "items": len({r.item for r in s.rows}),
                   "cannot_show": s.validity.cannot_show, "not_validated": s.validity.not_validated}
            for s in sets.values()
        },
    }
