"""Adaptive collection on stand-in tools whose gap is known: python -m benchmarks.adaptive

Calls used against the fixed design of the same plan, and the promises: P(any gap found) for a tool alike for every group, P(within the margin)
where the true gap is the margin, both at most 0.05; beside naive looks at the same replies, which test at 5% each time. Everything from
measurements on is the package's own: the blocks, the looks, what settles an attribute, the verdicts (audit/pipeline/looking.py).
Stand-ins are those of benchmarks/calibration; nobody is in them. Exit code 1 where a promise is broken.

used: probes asked over probes planned, mean. gap found: any comparison of the audit. cleared: the planted comparisons (each against
the reference, and against the others). naive: the same after each look without any allowance for the looks, stopping at the first. (only): of the audits that all
three judged, on the very same replies, those in which only the adaptive and only the fixed design found a gap.
"""

import argparse
import dataclasses
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from audit import disparity, sequential
from audit.disparity import Audited
from audit.pipeline.looking import Sight
from audit.plan import DesignSection
from audit.policy import read_policy
from audit.records import Disparity, FixtureSet, Measurement, Probe
from audit.verdicts import judge
from benchmarks.calibration.standins import Cell, a_set, at_the_margin, measures, replies, truth

POLICY = read_policy(None)[0]
DRAWS = 199
KINDS = {"alike": 0.0, "at the margin": 1.0, "twice the margin": 2.0}
CELLS = (
    Cell("matched scores, 4 groups, 400 items", outcome="score", groups=4, items=400, repeats=1, icc=0.9, shared=1.0),
    Cell("matched decisions, 2 groups, 600 items", groups=2, items=600, repeats=1, icc=0.8, shared=1.0),
    Cell("matched scores, 3 groups, 60 items", outcome="score", groups=3, items=60, repeats=1, shared=0.5),
    Cell("sampled decisions, 4 groups, 100 items each", design="sampled", groups=4, items=100, repeats=1),
    Cell("sampled decisions, 2 groups, 1,000 items each", design="sampled", groups=2, items=1000, repeats=1),
    Cell("matched decisions, 4 × 3 groups of two attributes, 120 items", groups=4, second=3, items=120, repeats=1, shared=1.0),
    Cell("matched decisions, 2 × 2 groups of two attributes, 600 items", groups=2, second=2, items=600, repeats=1, icc=0.8, shared=1.0),
)
SHORT = (Cell("short: matched scores, 3 groups, 60 items", outcome="score", groups=3, items=60, repeats=1, icc=0.8, shared=1.0),)


@dataclass(frozen=True)
class Said:
    """One audit: probes asked over planned. gap: found; cleared: the planted comparisons; of adaptive, naive and fixed audits (the first alone without `beside`)."""

    used: float
    gap: tuple[bool, ...]
    cleared: tuple[tuple[bool, ...], ...]


def probes_of(cell: Cell, own: FixtureSet) -> list[Probe]:
    """Return the probes of a stand-in's set."""
    r = replies(cell, 0.0, np.random.default_rng(0))
    named = {name: r.group(name) for name in own.attributes}
    return [
        Probe(id=f"{u}.{n}", set=own.id, item=f"i{r.item[u]}", groups={name: f"g{g[u]}" for name, g in named.items()}, repeat=n, input={}, prompt="")
        for u in range(len(r.item)) for n in range(cell.repeats)
    ]


def one_audit(cell: Cell, times: float, seed: int, *, looks: int = 5, beside: bool = True, draws: int = DRAWS) -> Said:
    """Return what one adaptive audit said of a tool whose gap is so many times the margin."""
    gap, own = times * at_the_margin(cell), a_set(cell)
    r = replies(cell, gap, np.random.default_rng([seed, int(10 * times)]))
    probes = probes_of(cell, own)
    values = dict(zip((p.id for p in probes), r.value[0].ravel().tolist(), strict=True))

    def read(_set: FixtureSet, chosen: Sequence[Probe]) -> list[Measurement]:
        return [Measurement(p.id, p.set, p.item, p.item, p.groups, measures(cell)[0], values[p.id], None, None) for p in chosen]

    sight = Sight({own.id: own}, POLICY, DesignSection(fixtures=("s",), adaptive=True, looks=looks, seed=seed), read, draws)
    walk = sight.walk(probes, values.keys())
    final = verdicts_of(sight, sight.audited(walk.seen, walk.look_of))
    used, gap_found, cleared = len(walk.counted) / len(probes), found_any(final), _cleared(cell, gap, final)
    if not beside:
        return Said(used, (gap_found,), (cleared,))
    each = _naive(sight, probes)
    naive = tuple(any(one) for one in zip(*(_cleared(cell, gap, v) for v in each), strict=True))
    return Said(used, (gap_found, any(map(found_any, each)), found_any(each[-1])), (cleared, naive, _cleared(cell, gap, each[-1])))


def verdicts_of(sight: Sight, audited: Sequence[Audited]) -> list[Disparity]:
    found = disparity.decide(audited, seed=sight.design.seed, draws=sight.draws, memory=sight.memory)
    return [*judge(sight.kept(found.comparisons), sight.policy, sight.sets), *judge(sight.kept(found.missingness), sight.policy, sight.sets)]


def _naive(sight: Sight, probes: Sequence[Probe]) -> list[list[Disparity]]:
    """Return the verdicts of each look as if it were the only one; those of the last are the fixed design's."""
    blocks = sequential.blocks_of(probes, sight.sets, sight.looks.shares, sight.design.seed)
    found = []
    for look in range(len(sight.looks)):
        seen = [p for p in probes if blocks[p.set, p.item] <= look]
        audited = [alone(a) for a in sight.audited(lambda _, seen=seen: seen, lambda _: 0)]
        found.append(verdicts_of(dataclasses.replace(sight, memory={}, reached={}), audited))
    return found


def alone(a: Audited) -> Audited:
    return Audited(a.set, a.measure, a.unit, a.readings, a.text_range, a.by, a.decides)


def found_any(verdicts: Sequence[Disparity]) -> bool:
    return any(d.outcome == "gap_found" for d in verdicts)


def _cleared(cell: Cell, gap: float, verdicts: Sequence[Disparity]) -> tuple[bool, ...]:
    """Return whether each comparison whose true gap is the planted one was cleared; without a gap, whether all were."""
    own = [d for d in verdicts if d.statistic != "missing_rate"]
    if not gap:
        return (all(d.outcome == "within_margin" for d in own),) if own else ()
    planted = [d for d in own if abs(truth(cell, gap, d.measure, d.attribute, d.group, d.reference) - gap) < 1e-12]
    return tuple(d.outcome == "within_margin" for d in planted)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.adaptive", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audits", type=int, default=600, help="audits of each tool in each cell; a third of it for a gap of twice the margin")
    parser.add_argument("--beside", type=int, default=150, help="of these, audits in which naive looks and the fixed design are asked too")
    parser.add_argument("--looks", type=int, default=5)
    parser.add_argument("--cell", default="", help="only cells whose name holds this")
    options = parser.parse_args()
    kept = True
    print(f"naive looks at one comparison would alarm on {sequential.alarms(sequential.Looks.even(options.looks).shares):.3f}\n")
    print("| tool | used | gap found: adaptive / naive / fixed (only) | cleared: adaptive / naive / fixed | CPU s |\n| --- | --- | --- | --- | --- |")
    for cell in (c for c in CELLS if options.cell in c.name):
        for kind, times in KINDS.items():
            kept &= _row(cell, kind, times, max(1, options.audits // (3 if times > 1 else 1)), options)
    return 0 if kept else 1


def _row(cell: Cell, kind: str, times: float, audits: int, options: argparse.Namespace) -> bool:
    start = time.process_time()
    with threadpool_limits(1):
        said = [one_audit(cell, times, seed, looks=options.looks, beside=seed < options.beside) for seed in range(audits)]
    used = np.array([s.used for s in said])
    gaps = [np.mean([s.gap[n] for s in said if n < len(s.gap)]) for n in range(3)]
    clears = [np.max(np.mean([s.cleared[n] for s in said if n < len(s.gap)], axis=0), initial=0.0) for n in range(3)]
    pairs = [(s.gap[0], s.gap[2]) for s in said if len(s.gap) > 1]
    only = f"({sum(a and not f for a, f in pairs)}, {sum(f and not a for a, f in pairs)} of {len(pairs)})"
    told = [" / ".join(f"{x:.3f}" for x in three) for three in (gaps, clears)]
    print(f"| {cell.name}: {kind} | {used.mean():.2f} (most {used.max():.2f}) | {told[0]} {only} | {told[1]} | {time.process_time() - start:.0f} |", flush=True)
    allowed = 0.05 + 2 * (0.05 * 0.95 / audits) ** 0.5
    kept = used.max() <= 1 and (times > 0 or gaps[0] <= allowed) and (times != 1 or clears[0] <= allowed)
    if not kept:
        print("  BROKEN", flush=True)
    return bool(kept)


if __name__ == "__main__":
    sys.exit(main())
