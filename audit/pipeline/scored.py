"""Responses → scorecard, from what the run folder holds; the tool is never asked."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit import checklists, collect, disparity, fixtures, measures, report, runs, scorecard, twosample, verdicts
from audit.errors import Unfinished
from audit.pipeline.adaptive import View, view
from audit.pipeline.adopting.origin import origin_as_provenance, read_origin
from audit.pipeline.bundling.withheld import read_told, with_digest
from audit.pipeline.constancy import drift_of, model_of
from audit.pipeline.documents import Documents, about, keep_documents, kept, kept_documents, read_documents
from audit.pipeline.judged import Judged, judges_of
from audit.pipeline.personal import personal_data_sent
from audit.pipeline.prepared import no_match, probes_of, reading_of
from audit.plan import INDICATORS, Plan, digest, read_plan
from audit.policy import Policy, read_policy, with_margins
from audit.records import Criterion, Finding, FixtureSet, Measurement, Probe, Results, Scorecard, TextDifference
from audit.records.adoption import AdoptedFrom
from audit.wording import one_line

_MOST_REASONS = 3
_LONGEST_REASON = 120


class Material(Struct, frozen=True):
    """What a run is scored from. adopted: whose audit it was.

    measured: set → its measurements, where the texts that they were read from are withheld (private fixtures in a bundle); told, judges:
    what was found of those texts, for the same reason (None: the run's own judges are heard).
    """

    head: runs.Head
    plan: Plan
    policy: Policy
    sets: dict[str, FixtureSet]
    probes: list[Probe]
    lists: list[checklists.Checklist]
    documents: Documents
    log: collect.Log
    measured: dict[str, tuple[Measurement, ...]] = {}
    told: tuple[TextDifference, ...] = ()
    judges: Judged | None = None
    adopted: AdoptedFrom | None = None


class Assessed(Struct, frozen=True):
    """A run as scored: nothing has been written. measurements: one a probe and measure, judges' too."""

    card: Scorecard
    results: Results
    measurements: list[Measurement]
    material: Material


def score_run(run: Path, today: date, answers: Path | None = None, evidence: Path | None = None) -> Scorecard:
    """Responses → scorecard, from what the run folder holds; never asks the tool. Writes every result."""
    material = read_material(run)
    if answers is not None:
        keep_documents(run, read_documents(answers, evidence, material.lists, about(material.plan.tool), today), evidence)
        material = msgspec.structs.replace(material, documents=kept_documents(run))
    found = assess_run(run, material, today)
    report.write_report(run, found.card, found.results, material.sets, found.measurements, material.log.responses, material.plan.report.languages)
    runs.write_manifest(run, {"design": material.plan.design.seed})
    return found.card


def read_material(run: Path) -> Material:
    """Return what a run folder is scored from. Raises AuditError: no run, or a damaged one."""
    head, plan = runs.read_head(run), read_plan(run / "plan.toml", None)
    policy, _ = read_policy(run / "policy.toml")
    sets = {f.name: with_digest(f.name, fixtures.load_set(f), run) for f in sorted((run / "fixtures").iterdir()) if f.is_dir()}
    lists = [kept(path, checklists.Checklist) for path in sorted((run / "checklists").glob("*.json"))]
    probes = probes_of(plan, sets)
    told = read_told(run, sets, probes)
    return Material(
        head, plan, policy, sets, probes, lists, kept_documents(run), collect.read_journal(run), told.measured, told.texts, told.judges,
        adopted=read_origin(run),
    )


def assess_run(run: Path, material: Material, today: date) -> Assessed:
    """Return everything that follows from a run as of a day: writes nothing, asks nobody. Raises Unfinished: not a single reply."""
    plan, policy, sets, lists, documents, log = (
        material.plan, material.policy, material.sets, material.lists, material.documents, material.log)
    seen = view(plan, policy, {s.id: s for s in sets.values()}, material.probes, log, material.measured) if plan.design.adaptive else None
    counted = msgspec.structs.replace(material, probes=list(seen.counted)) if seen else material
    judges = material.judges or judges_of(run, sets, counted.probes, log, reading_of(plan))
    results, read = _measure(counted, judges, seen)
    drift = drift_of(plan, *_by_place(log, read))
    judged = msgspec.structs.replace(_judged(results, policy, sets, _texts(counted, seen), (*drift.sentences, *judges.notes)), drift=drift)
    judged = seen.told(judged) if seen else judged
    criteria = [c for checklist in lists for c in checklist.criteria] + _always_measured(lists)
    contradictions = checklists.find_contradictions(
        checklists.criteria_of(lists), documents.answered, documents.files, judged.disparities, today
    )
    measured = verdicts.measured_findings(criteria, judged, sets)
    findings = [*measured, *checklists.documentary_findings(
        lists, documents.answered, profile=checklists.profile_of(plan.tool),
        papers=checklists.Papers(documents.files, contradictions, plan.tool.vendor), today=today,
    )]
    card = scorecard.make_scorecard(
        tool=msgspec.to_builtins(plan.tool), auditor=msgspec.to_builtins(plan.auditor),
        titles={c.id: c.title for c in checklists.load_checklists(INDICATORS, (), run)},
        findings=findings, results=judged, policy=policy, today=today,
        papers=scorecard.Papers(
            tuple(documents.files.values()), tuple(contradictions), scorecard.beside_claims(documents.answered.claims, judged.disparities, measured, sets),
            tuple(f"{r.id}: {r.because}" for one in lists for r in one.retired if r.by),
        ),
        sets=sets, rejudge=_rejudging(results, judged, policy, criteria, sets),
        provenance=_provenance(plan, policy, sets, log, material.head, lists) | _lost(read)
        | {"judges": judges.provenance, "drift": list(drift.sentences), "drift_tests": len(drift.shifts)} | origin_as_provenance(material.adopted, policy)
        | (seen.provenance if seen else {}),
    )
    return Assessed(card, judged, [*read, *judges.measurements], material)


def _by_place(log: collect.Log, read: Sequence[Measurement]) -> tuple[collect.Log, list[Measurement]]:
    """Return both with a probe's place in the journal for its id: of two replies at one moment the journal says which was first, ids do not."""
    places = {probe: f"{place:012}" for place, probe in enumerate(log.responses)}
    return (
        msgspec.structs.replace(log, responses={places[probe]: one for probe, one in log.responses.items()}),
        [msgspec.structs.replace(m, probe=places.get(m.probe, m.probe)) for m in read],
    )


def _rejudging(
    compared: disparity.Compared, judged: Results, policy: Policy, criteria: Sequence[Criterion], sets: Mapping[str, FixtureSet]
) -> Callable[[float], list[Finding]]:
    """Return what was measured, judged again with every margin times a factor."""

    def again(factor: float) -> list[Finding]:
        scaled = with_margins(policy, factor)
        results = msgspec.structs.replace(
            judged, disparities=verdicts.judge([c for c in compared.comparisons if c.family == "confirmatory"], scaled, sets),
            missingness=verdicts.judge(compared.missingness, scaled, sets),
        )
        return verdicts.measured_findings(criteria, results, sets)

    return again


def _always_measured(lists: Sequence[checklists.Checklist]) -> list[Any]:
    """What was measured is judged even where the plan uses no checklist."""
    if any(checklist.id == "inclusive" for checklist in lists):
        return []
    inclusive = checklists.load_checklists(["inclusive"], (), Path())[0]
    return [c for c in inclusive.criteria if c.measured]


def _measure(material: Material, judges: Judged, seen: View | None = None) -> tuple[disparity.Compared, list[Measurement]]:
    """Return the comparisons of all measures together, those of judges after each set's own, and what the set's own read.

    seen: of an adaptive run, whose attributes are compared as of the look that their verdicts rest on.
    """
    plan, log, reading = material.plan, material.log, reading_of(material.plan)
    outputs = [r.output for r in log.responses.values() if r.failure is None]
    if not outputs:
        raise Unfinished("the tool has not given a single reply, so nothing can be scored", where=str(plan.path))
    if reading.reply and not material.measured and not any(measures.reply_path_matches(output, reading) for output in outputs):
        raise no_match(plan, outputs[0])
    audited: list[disparity.Audited] = []
    everything: list[Measurement] = []
    for name, fixture_set in material.sets.items():
        own = [p for p in material.probes if p.set == fixture_set.id]
        ids = {p.id for p in own}
        if name in material.measured:
            read: Sequence[Measurement] = [m for m in material.measured[name] if m.probe in ids]
        else:
            read = seen.sight.read(fixture_set, own) if seen else measures.measure_all(fixture_set, own, log.responses, reading)
        everything += read
        audited += [_audited(fixture_set, measure, read) for measure in dict.fromkeys(m.measure for m in read)]
    compared = disparity.compare_all(seen.audited(judges) if seen else [*audited, *judges.audited], seed=plan.design.seed)
    return seen.kept(compared, judges) if seen else compared, everything


def _audited(fixture_set: FixtureSet, name: str, read: Sequence[Measurement]) -> disparity.Audited:
    """Return what one measure read in a set, ready to be compared."""
    entry = measures.MEASURES[name]
    return disparity.Audited(
        fixture_set, name, entry.unit, disparity.of_measurements([m for m in read if m.measure == name], fixture_set.attributes), entry.range,
        decides=measures.decides(name, fixture_set),
    )


def _texts(material: Material, seen: View | None = None) -> tuple[TextDifference, ...]:
    """Return whether the replies of text sets differ at all, adjusted over all such questions of the audit (Holm).

    seen: of an adaptive run: each attribute's replies are those of the look that its verdicts rest on, and p-values count over all looks.
    """
    reading, found = reading_of(material.plan), []
    for name, fixture_set in material.sets.items():
        if name in material.measured:
            found += [d for d in material.told if d.set == fixture_set.id]
        elif fixture_set.outcome == "text":
            own = [p for p in material.probes if p.set == fixture_set.id]
            texts = measures.masked_texts(fixture_set, own, material.log.responses, reading)
            ask = partial(twosample.compare_texts, fixture_set, texts=texts, seed=material.plan.design.seed)
            found += seen.texts(fixture_set, ask) if seen else ask(own)
    settled = twosample.settled(found, disparity.holm([d.p_value for d in found if d.p_value is not None]), material.sets)
    return tuple(was if was.p_value is None and was in material.told else now for was, now in zip(found, settled, strict=True))


def _judged(
    compared: disparity.Compared, policy: Policy, sets: Mapping[str, FixtureSet], texts: tuple[TextDifference, ...],
    notes: tuple[str, ...] = (),
) -> Results:
    return Results(
        schema="edtech-equity-audit/results/1",
        disparities=verdicts.judge(compared.comparisons, policy, sets), groups=tuple(compared.groups),
        missingness=verdicts.judge(compared.missingness, policy, sets),
        family=compared.family, omnibus=tuple(compared.omnibus), texts=texts, notes=notes,
    )


def _lost(read: Sequence[Measurement]) -> dict[str, Any]:
    """Count the probes without a readable reply, with the most frequent reasons, safe to show."""
    there = {m.probe for m in read if m.missing is None}
    lost = {m.probe: one_line(m.missing, _LONGEST_REASON) for m in read if m.missing is not None and m.probe not in there}
    reasons = Counter(lost.values()).most_common(_MOST_REASONS)
    return {"planned": len({m.probe for m in read}), "missing": len(lost), "missing_reasons": reasons}


def _provenance(
    plan: Plan, policy: Policy, sets: Mapping[str, FixtureSet], log: collect.Log, head: runs.Head,
    lists: Sequence[checklists.Checklist],
) -> dict[str, Any]:
    replies = sum(r.failure is None for r in log.responses.values())
    return {
        "collection": head.collection, "versions": runs.versions(), "seed": plan.design.seed, "repeats": plan.design.repeats,
        "adapter": plan.connect.adapter, "calls": log.calls, "replies": replies, "failures": len(log.responses) - replies,
        "in_flight_when_stopped": log.in_flight, "collected_from": log.started, "collected_to": log.ended,
        "models": sorted({v for r in log.responses.values() if (v := model_of(r, plan.connect.version))}),
        "policy": {"id": policy.id, "edition": policy.edition, "digest": digest(policy)},
        "checklists": {c.id: c.edition for c in lists},
        "personal_data": personal_data_sent(plan, sets),
        "fixtures": {
            s.id: {"title": s.title, "edition": s.edition, "digest": s.digest, "licence": s.licence, "items": len({r.item for r in s.rows}),
                   "cannot_show": s.validity.cannot_show, "not_validated": s.validity.not_validated}
            for s in sets.values()
        },
    }
