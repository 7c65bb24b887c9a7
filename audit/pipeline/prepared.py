"""A plan, and everything it names, loaded and checked before anything is asked or written."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct

from audit import checklists, collect, fixtures, measures, report, runs, vendors
from audit.errors import PlanError
from audit.library import nearest
from audit.pipeline.documents import Documents, Watch, about, read_documents
from audit.pipeline.personal import check_personal_data
from audit.plan import INDICATORS, Plan, digest, read_plan
from audit.policy import Policy, check_criteria, read_policy
from audit.records import FixtureSet, Probe
from audit.wording import one_line


class Prepared(Struct, frozen=True):
    """A plan with everything it names loaded and checked; nothing has been asked or written."""

    plan: Plan
    sets: dict[str, FixtureSet]
    probes: list[Probe]
    policy: Policy
    policy_table: dict[str, Any]
    questions: list[checklists.Checklist]
    documents: Documents
    collection: str


def prepare(
    path: Path, environ: Mapping[str, str], today: date, watch: Watch = lambda _name, _share: None, *, adaptive: bool = False
) -> Prepared:
    """Read the plan and all that it names. Raises AuditError before anything is spent or written. watch: see `read_documents`; adaptive: see `read_plan`."""
    plan = read_plan(path, environ, adaptive=adaptive)
    vendors.check_settings(plan.connect, str(path))
    collect.parse_rate(plan.connect.rate)
    _check_reading(plan)
    for lang in plan.report.languages:
        report.Words(lang)
    policy, table = read_policy(plan.base / plan.policy.file if plan.policy.file else None)
    loaded = [fixtures.load_set(fixtures.find_set(name, plan.base)) for name in plan.design.fixtures]
    for one in loaded:
        measures.check_readable(one)
    sets = _chosen(plan, loaded)
    check_personal_data(plan, sets)
    lists = checklists.load_checklists(plan.checklists.use, plan.checklists.overlays, plan.base)
    _check_policy(plan, policy, lists)
    key = plan.collection_key() | {"fixtures": {s.id: s.digest for s in sets.values()}, "margins": table["margins"]}
    probes = probes_of(plan, sets)
    vendors.check_connection(plan.connect, site_of(plan, probes))
    return Prepared(plan, sets, probes, policy, table, lists, _documents(plan, lists, today, watch), digest(key))


def _check_policy(plan: Plan, policy: Policy, lists: Sequence[checklists.Checklist]) -> None:
    """Raise PlanError for a gate, waiver or weight of a question that there is not, in no checklist and no overlay of the plan."""
    every = [*lists, *checklists.load_checklists(INDICATORS, plan.checklists.overlays, plan.base)]
    known = {c.id for one in every for c in one.criteria} | {r.id for one in every for r in one.retired}
    check_criteria(policy, known, str(plan.base / plan.policy.file) if plan.policy.file else "policy.toml")


def _chosen(plan: Plan, loaded: Sequence[FixtureSet]) -> dict[str, FixtureSet]:
    """Return the sets by id, with only what the plan's design asks of each."""
    design, where = plan.design, str(plan.path)
    if len({s.id for s in loaded}) != len(loaded):
        raise PlanError("two fixture sets have the same id", where=where, fix="Give each set its own id.")
    known = {name for s in loaded for name in s.attributes}
    for name in design.attributes or ():
        if name not in known:
            raise PlanError(f"unknown attribute {name!r} in design.attributes", where=where, fix=nearest(name, known))
    sets = {}
    for one in loaded:
        if design.attributes is not None and not one.attributes.keys() & set(design.attributes):
            raise PlanError(
                f"the fixture set {one.id!r} has none of design.attributes", where=where,
                fix=f"It has: {', '.join(one.attributes)}.",
            )
        sets[one.id] = fixtures.narrow(one, design.items, design.seed, design.attributes)
    return sets


def probes_of(plan: Plan, sets: Mapping[str, FixtureSet]) -> list[Probe]:
    """Return the probes of a plan in their seeded order.

    The ids depend on the tool's name and version and on the probe itself: more items or another spelling of the
    vendor leave a worksheet that people have filled as good as it was.
    """
    return fixtures.make_probes(
        sets.values(), repeats=plan.design.repeats, seed=plan.design.seed, salt=digest([plan.tool.name, plan.tool.version])
    )


def at_once(plan: Plan) -> int:
    """Return how many calls to make at once (to start with)."""
    wanted = plan.connect.concurrency
    return wanted if isinstance(wanted, int) else vendors.default_concurrency(plan.connect)


def site_of(plan: Plan, probes: Sequence[Probe], run: Path | None = None, planned: Sequence[Probe] | None = None) -> vendors.Site:
    """Return what an adapter is given; run: the folder of the run that its replies are for; planned: see `vendors.Site`."""
    return vendors.Site(plan.base, str(plan.path), probes, plan.connect.timeout, at_once(plan), run / runs.PICTURES if run else None, planned)


def _check_reading(plan: Plan) -> None:
    for key, path in (("reply", plan.connect.reply), ("version", plan.connect.version)):
        if path is not None:
            measures.compiled(path, key)
    if plan.connect.positive_when is not None:
        measures.rule(plan.connect.positive_when)


def evidence_folder(plan: Plan) -> Path | None:
    """Return where the files lie that the answers point at; None where the plan names no folder."""
    return plan.base / plan.checklists.evidence if plan.checklists.evidence else None


def _documents(plan: Plan, lists: Sequence[checklists.Checklist], today: date, watch: Watch) -> Documents:
    if plan.checklists.answers is None:
        return Documents()
    return read_documents(plan.base / plan.checklists.answers, evidence_folder(plan), lists, about(plan.tool), today, watch)


def reading_of(plan: Plan) -> measures.Reading:
    """Return how a plan reads replies."""
    return measures.Reading(plan.connect.reply, plan.connect.positive, plan.connect.positive_when)


def no_match(plan: Plan, output: Any) -> PlanError:
    """Return the error of a reply path that matches nothing."""
    return PlanError(
        f"connect.reply = {plan.connect.reply!r} matches nothing in any reply", where=str(plan.path),
        fix=f"Correct the path and run again; the replies are kept. A reply was: {one_line(output)}",
    )
