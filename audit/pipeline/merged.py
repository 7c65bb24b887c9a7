"""Several districts' audits of one tool → what they disagree on, and what their replies show together; no tool is asked, and nothing is scored again."""

import math
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from audit import between, bundles, disparity, measures, sequential, verdicts
from audit.errors import RunFolderError
from audit.pipeline.adopting.origin import read_origin
from audit.pipeline.bundling.withheld import FOLDER
from audit.pipeline.compared import Scored, read_scored, tool_of
from audit.pipeline.looking import interim
from audit.pipeline.prepared import reading_of
from audit.policy import Policy
from audit.records import Comparison
from audit.records.adoption import AdoptedFrom
from audit.records.merged import SCHEMA, Merged, MergedAudit, NotPooled, PooledGap
from audit.wording import one_line

_FEWEST = 2
_LONGEST = 80
_SAME_REPLIES = 0.05
"""Replies of two audits that came at the same moment: two collections share none, one that went on from another shares many."""
_ALPHA = 0.05
_ROUNDING = 1e-6
_AUDIT = "\naudit"
"""No name of an attribute."""


class _Audit(Struct, frozen=True):
    """One audit as read. replies: what tells each from any other one's; withheld: whether a bundle keeps fixtures back."""

    about: MergedAudit
    scored: Scored
    tool: between.Tool
    replies: frozenset[tuple[str, str, float]]
    withheld: bool


def merge_audits(paths: Sequence[Path], seed: int, *, with_vendor: bool = False) -> Merged:
    """Return several audits of one tool and version, merged; in which order they are named changes nothing.

    with_vendor: a vendor's own test of its product enters what is pooled; it is marked all the same. Raises AuditError: fewer than two, none
    that can be read, the same audit twice, audits of different tools or versions.
    """
    if len(paths) < _FEWEST:
        raise RunFolderError("to merge takes two audits or more", fix="Name their bundles or run folders: audit merge AUDIT AUDIT.")
    audits = _counted(_labelled([_read(path) for path in paths]), with_vendor=with_vendor)
    _check_one_tool(audits)
    pools, refused = _pools(audits)
    averages, family = averages_over(pools, {a.about.label: a.scored.material.policy for a in audits}, seed)
    pooled = _settled(list(between.pooled_gaps(averages, seed)), audits)
    findings = {a.about.label: a.scored.card.findings for a in audits}
    differ, agreed = between.disagreements(findings)
    tool = audits[0].scored.card.tool
    return Merged(
        schema=SCHEMA, tool=str(tool["name"]), vendor=str(tool["vendor"]), version=str(tool["version"]), audits=tuple(a.about for a in audits),
        same_decision=len({a.about.decision for a in audits}) == 1, agreed=agreed, disagreements=differ,
        conditions=between.shared_conditions({a.about.label: a.scored.card.decision.conditions for a in audits}), pooled=pooled,
        not_pooled=tuple(refused), family=family, seed=seed, titles=between.titles_of(pool.fixture_set for pool in pools),
        notes=tuple(_notes(audits, pooled)),
    )


def _read(path: Path) -> _Audit:
    with bundles.open_audit(path) as opened:
        scored, origin, withheld = read_scored(opened.run), read_origin(opened.run), (opened.run / FOLDER / "sets").is_dir()
    card, log, known = scored.card, scored.material.log, scored.card.provenance
    source = _first(origin)
    about = MergedAudit(
        label="", organisation=one_line(str(card.auditor.get("organisation", "")), _LONGEST), role=str(card.auditor["role"]), as_of=card.as_of,
        decision=card.decision.status, because=card.decision.because, review_by=card.review_by, kind=opened.kind, digest=opened.digest,
        collection=scored.material.head.collection, repeats=scored.material.plan.design.repeats, adapter=scored.material.plan.connect.adapter,
        models=tuple(str(m) for m in known.get("models", ())), from_day=log.started[:10], to_day=log.ended[:10],
        vendor_test="vendor" in (str(card.auditor["role"]), source.role if source else ""), adopted_from=_asker(source), counted=True,
    )
    replies = frozenset((r.probe, r.at, r.seconds) for r in log.responses.values())
    return _Audit(about, scored, tool_of(scored, ""), replies, withheld)


def _first(origin: AdoptedFrom | None) -> AdoptedFrom | None:
    """Return the audit that asked the tool, however often its replies were taken over since."""
    while origin is not None and origin.earlier is not None:
        origin = origin.earlier
    return origin


def _asker(source: AdoptedFrom | None) -> str:
    return "" if source is None else one_line(source.organisation, _LONGEST) or source.role


def _labelled(audits: Sequence[_Audit]) -> list[_Audit]:
    """Return the audits in their order, each under a name that no other one has: who audited, then when, at last its digest."""
    ordered = sorted(audits, key=lambda a: (a.about.organisation.casefold(), a.about.as_of, a.about.digest))
    names = [a.about.organisation or a.about.role for a in ordered]
    choices = [
        names, [f"{name}, {a.about.as_of}" for name, a in zip(names, ordered, strict=True)],
        [f"{name}, {a.about.as_of} ({a.about.digest[:8]})" for name, a in zip(names, ordered, strict=True)],
    ]
    chosen = next((c for c in choices if len({name.casefold() for name in c}) == len(c)), choices[-1])
    return [_renamed(a, label) for a, label in zip(ordered, chosen, strict=True)]


def _renamed(a: _Audit, label: str) -> _Audit:
    tool = msgspec.structs.replace(a.tool, about=msgspec.structs.replace(a.tool.about, label=label))
    return msgspec.structs.replace(a, about=msgspec.structs.replace(a.about, label=label), tool=tool)


def _check_one_tool(audits: Sequence[_Audit]) -> None:
    """Raise RunFolderError unless all are of one version of one tool, but for the spelling of case, spaces and points."""
    known: dict[str, _Audit] = {}
    for a in audits:
        known.setdefault("\n".join(_plain(str(a.scored.card.tool[part])) for part in ("name", "vendor", "version")), a)
    if len(known) > 1:
        first, second, *_ = ([one_line(str(a.scored.card.tool[part]), _LONGEST) for part in ("name", "vendor", "version")] for a in known.values())
        what = "versions of the tool" if [_plain(p) for p in first[:2]] == [_plain(p) for p in second[:2]] else "tools"
        raise RunFolderError(
            f"these audits are of different {what}: {', '.join(first)} and {', '.join(second)}",
            fix="Use audit diff for two versions of a tool, and audit compare for different tools.",
        )


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"[\w.+#]+", plain)) or "".join(plain.split())   # "Reader+" is not "Reader"; a name of signs alone is told by its signs


def _counted(audits: Sequence[_Audit], *, with_vendor: bool) -> list[_Audit]:
    """Return the audits with whether their replies count. The same audit twice is refused; replies that two share count once, for who asked."""
    found: dict[str, _Audit] = {}
    for a in sorted(audits, key=lambda a: bool(a.about.adopted_from)):
        twin = next((b for b in found.values() if _shared(a, b)), None)
        if twin is not None and _plain(twin.about.organisation) == _plain(a.about.organisation):
            raise RunFolderError(
                f"the same audit is named twice: {one_line(a.about.label)} rests on the same replies as {one_line(twin.about.label)}", fix="Name each audit once.",
            )
        because = f"it rests on the same replies as {twin.about.label}, which count once" if twin else ""
        if a.about.vendor_test and not with_vendor:
            because = "it is the vendor's own test of its product"
        found[a.about.label] = msgspec.structs.replace(a, about=msgspec.structs.replace(a.about, counted=not because, not_counted=because))
    return [found[a.about.label] for a in audits]


def _shared(a: _Audit, b: _Audit) -> bool:
    return a.scored.replies == b.scored.replies or len(a.replies & b.replies) > _SAME_REPLIES * min(len(a.replies), len(b.replies))


def _pools(audits: Sequence[_Audit]) -> tuple[list[between.Pool], list[NotPooled]]:
    """Return what can be pooled, set by set, and what cannot."""
    counted = [a for a in audits if a.about.counted]
    labels = [a.about.label for a in counted]
    pools, refused = [], [NotPooled("everything measured", (a.about.label,), a.about.not_counted) for a in audits if not a.about.counted]
    for name in sorted({name for a in counted for name in (*a.tool.sets, *a.scored.card.provenance.get("fixtures", {}))}):
        askers = [between.Asker(a.about.label, a.tool.sets[name], _reading(a), a.tool.margins) for a in counted if name in a.tool.sets]
        withheld = [a.about.label for a in counted if name not in a.tool.sets and name in a.scored.card.provenance.get("fixtures", {})]
        if withheld:
            refused.append(NotPooled(name, tuple(withheld), "its fixtures are withheld, so that its replies belong to no known items"))
        if askers:
            groups, why = between.sort_out(askers, [label for label in labels if label not in withheld])
            pools += [between.Pool(group) for group in groups]
            refused += why
    return pools, refused


def _reading(a: _Audit) -> str:
    """Return in words how an audit reads a reply."""
    how = {name: value for name, value in msgspec.structs.asdict(reading_of(a.scored.material.plan)).items() if value is not None}
    return ", ".join(f"{name} = {one_line(value, _LONGEST)}" for name, value in how.items()) or "as the set says"


def averages_over(
    pools: Sequence[between.Pool], policies: Mapping[str, Policy], seed: int, draws: int | None = None
) -> tuple[list[between.Average], str]:
    """Return the mean over the audits of each pool in every deciding comparison, judged as one audit is whose replies these all were.

    An audit counts as much as any other, however often it asked: its replies are counted so many times that all come to the same number.
    policies: label → policy. draws: permutations a comparison, by default as many as the family needs. Also what was tested together, in words.
    """
    if not pools:
        return [], "Nothing could be pooled."
    named: dict[str, between.Pool] = {}
    for pool in pools:  # of a second pool of one set, with other items, the name says which
        own = pool.fixture_set
        named[own.id if own.id not in named else f"{own.id} {own.digest[:8]}"] = pool
    compared = disparity.compare_all([one for name, pool in named.items() for one in _audited(pool, name)], seed=seed, draws=draws)
    deciding = [*(c for c in compared.comparisons if c.family == "confirmatory"), *compared.missingness]
    return [_average(named[c.set], c, policies) for c in deciding], compared.family


def _average(pool: between.Pool, c: Comparison, policies: Mapping[str, Policy]) -> between.Average:
    """Return an average with its verdict; replies are counted as often as they were given."""
    stated = [d for a in pool.askers for d in a.asked.deciding if between.key_of(d) == _key(c)]
    if len(stated) == len(pool.askers):
        c = msgspec.structs.replace(c, responses=sum(d.responses or 0 for d in stated), missing=sum(d.missing or 0 for d in stated))
    chosen = [policies[a.label] for a in pool.askers]
    policy = msgspec.structs.replace(chosen[0], minimum=max((p.minimum for p in chosen), key=lambda m: m.items))
    own = pool.fixture_set
    return between.Average(pool, verdicts.judge([msgspec.structs.replace(c, set=own.id)], policy, {own.id: own})[0], c.standard_error)


def _key(c: Comparison) -> tuple[str, str, str, str, str]:
    return c.measure if c.statistic != between.MISSING else "", c.statistic, c.attribute, c.group, c.reference


def _audited(pool: between.Pool, name: str) -> Iterator[disparity.Audited]:
    """Yield what each measure read in all audits of a pool. Which audit a reply is of is one more thing to group by: an SD is that within audits."""
    often = math.lcm(*(a.asked.repeats for a in pool.askers))
    own = msgspec.structs.replace(pool.fixture_set, id=name)
    for measure in dict.fromkeys(m for a in pool.askers for m in a.asked.measurements):
        parts = [a.asked.measurements.get(measure, ()) for a in pool.askers]
        sizes = [len(p) for p in parts]
        readings = disparity.of_measurements([m for part in parts for m in part], own.attributes)
        times = np.repeat([float(often // a.asked.repeats) for a in pool.askers], sizes)
        groups = {**readings.groups, _AUDIT: np.repeat(np.arange(len(parts), dtype=np.int64), sizes)}
        entry = measures.MEASURES[measure]
        for at, names in _looks(pool).items():
            some = msgspec.structs.replace(own, attributes={name: own.attributes[name] for name in names})
            yield disparity.Audited(
                some, measure, entry.unit, replace(readings, times=times, groups=groups), entry.range, decides=measures.decides(measure, own), interim=at,
            )


def _looks(pool: between.Pool) -> dict[disparity.Interim | None, list[str]]:
    """Return the attributes by the look that an average of adaptive runs counts as: the earliest that one of them ended at. None: all were fixed.

    An average is tested at the levels of that look, although it rests on more replies: that is what makes up for runs that end when their own
    replies say so (measured: docs/adaptive.md).
    """
    found: dict[disparity.Interim | None, list[str]] = {}
    runs = [a.asked for a in pool.askers if a.asked.looks > 1]
    for name in pool.fixture_set.attributes:
        ends = [((run.stopped[name] + 1) / run.looks, run.looks, run.stopped[name]) for run in runs]
        found.setdefault(_at(*min(ends)[1:]) if ends else None, []).append(name)
    return found


@cache
def _at(looks: int, look: int) -> disparity.Interim:
    return interim(sequential.Looks.even(looks), look)


def _settled(found: Sequence[PooledGap], audits: Sequence[_Audit]) -> tuple[PooledGap, ...]:
    """Return the pooled comparisons with their tests of "the audits do not differ" adjusted together, and no average that hides a difference."""
    adjusted = iter(disparity.holm([g.p_differ for g in found if g.p_differ is not None]))
    vendor = {a.about.label for a in audits if a.about.vendor_test}
    return tuple(_settle(g, next(adjusted) if g.p_differ is not None else None, vendor) for g in found)


def _settle(g: PooledGap, p_adjusted: float | None, vendor: Collection[str]) -> PooledGap:
    """An average within the margin clears nobody where the audits are shown to differ, or where one of them by itself shows a gap."""
    differ = p_adjusted is not None and p_adjusted <= _ALPHA
    gaps = [one.audit for one in g.audits if one.outcome == "gap_found"]
    held_back, average = "", g.average
    if average.outcome == "within_margin" and (differ or gaps):
        held_back = "the audits are shown to differ" if differ else f"by itself {', '.join(gaps)} shows a difference beyond the margin"
        average = msgspec.structs.replace(
            average, outcome="inconclusive", because=f"{average.because} Their average clears nobody all the same, because {held_back}.",
        )
    own = tuple(msgspec.structs.replace(one, vendor_test=one.audit in vendor) for one in g.audits)
    return msgspec.structs.replace(g, average=average, audits=own, p_adjusted=p_adjusted, differ=differ, held_back=held_back)


def _notes(audits: Sequence[_Audit], pooled: Sequence[PooledGap]) -> Iterator[str]:
    """Yield what a reader has to know beside the numbers."""
    ways = {(a.about.adapter, *a.about.models) for a in audits if a.about.counted}
    if len(ways) > 1:
        yield "The audits did not all reach the tool in the same way, or it answered with other models: an average is over these ways."
    adaptive = [a.about.label for a in audits if a.about.counted and a.scored.material.plan.design.adaptive]
    if adaptive:
        yield f"{', '.join(adaptive)}: collected adaptively, so that each ended when its own replies settled it. An average with them is tested as an early look is: at the levels of the earliest look that one of them ended at."
    editions: dict[str, set[str]] = {}
    for a in audits:
        for name, edition in a.tool.editions.items():
            editions.setdefault(name, set()).add(edition)
    for name, own in sorted(editions.items()):
        if len(own) > 1:
            yield f"Not all audits used the same edition of the checklist {one_line(name, _LONGEST)} ({', '.join(sorted(one_line(e, _LONGEST) for e in own))})."
    hidden = [a.about.label for a in audits if a.about.counted and a.withheld]
    if hidden and pooled:
        yield f"{', '.join(hidden)}: fixtures are withheld; that they are the same as the others' rests on the bundle's word until audit verify has held them against the fixtures."
    for label in dict.fromkeys(label for g in pooled for label in _misstated(g, audits)):
        yield f"The results that {label} states are not what its replies give; here its replies count. Check it with audit verify."


def _misstated(g: PooledGap, audits: Sequence[_Audit]) -> list[str]:
    """Return the audits whose own results state another difference than their replies give; of adaptive ones these rest on fewer replies."""
    stated = {
        a.about.label: d.estimate for a in audits for d in (*a.scored.results.disparities, *a.scored.results.missingness)
        if not a.scored.material.plan.design.adaptive and d.set == g.average.set and between.key_of(d) == between.key_of(g.average)
    }
    return [one.audit for one in g.audits if (told := stated.get(one.audit)) is not None and abs(told - one.estimate) > _ROUNDING]
