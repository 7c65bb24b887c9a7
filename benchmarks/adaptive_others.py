"""Adaptive collection on tools of other kinds than the stand-ins' own: python -m benchmarks.adaptive_others

Five tools that are alike for all three groups on average, each unlike the normal scores that most simulations use. Every audit is judged by the adaptive
and by the fixed design on the very same replies: alarms of each, and audits in which the one alone alarms. Nobody is in them.
"""

import argparse
import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from audit.disparity import Audited
from audit.pipeline.looking import Sight
from audit.plan import DesignSection
from audit.records import Attribute, FixtureSet, Measurement, Probe
from benchmarks.adaptive import DRAWS, POLICY, alone, found_any, verdicts_of

GROUPS = 3
LOOKS = 5
Floats = NDArray[np.float64]


class Kind(NamedTuple):
    """A tool. replies: rng → (items, groups); templates: so many that share their items' effects, 0 for none."""

    title: str
    replies: Callable[[np.random.Generator], Floats]
    items: int = 60
    templates: int = 0
    decision: bool = False


def heavy(rng: np.random.Generator) -> Floats:
    return rng.standard_t(3, (60, 1)) + rng.standard_t(3, (60, GROUPS))


def skewed(rng: np.random.Generator) -> Floats:
    own = rng.lognormal(0, 0.9, (60, GROUPS)) - np.exp(0.405)
    own[:, 2] *= 3
    return rng.lognormal(0, 0.9, (60, 1)) + own


def noisy(rng: np.random.Generator) -> Floats:
    own = rng.standard_normal((60, GROUPS))
    own[:, 2] *= 3
    return rng.standard_normal((60, 1)) + own


def templates(rng: np.random.Generator) -> Floats:
    of = np.repeat(np.arange(20), 6)
    shared = rng.standard_normal((20, 1))[of] + rng.standard_normal((20, GROUPS))[of] * 0.7
    return shared + rng.standard_normal((120, 1)) * 0.7 + rng.standard_normal((120, GROUPS))


def rare(rng: np.random.Generator) -> Floats:
    tendency = rng.standard_normal((150, 1)) * 0.8 + rng.standard_normal((150, GROUPS)) * 0.6
    return (tendency > 1.7507).astype(float)


KINDS: Mapping[str, Kind] = {
    "t3": Kind("t with 3 degrees of freedom, 60 items", heavy),
    "noise": Kind("normal, one group's own noise three times the others', 60 items", noisy),
    "templates": Kind("20 templates of 6 items, 120 items", templates, items=120, templates=20),
    "rare": Kind("decisions at 4%, 150 items", rare, items=150, decision=True),
    "skew": Kind("lognormal (sigma 0.9), one group's own noise three times the others', 60 items", skewed),
}


def one_audit(name: str, seed: int, draws: int = DRAWS) -> tuple[bool, bool, float]:
    """Return whether the adaptive and the fixed design found a gap, and the share of the probes that the first one asked."""
    kind = KINDS[name]
    values = kind.replies(np.random.default_rng([seed, sum(map(ord, name))]))
    measure = "decision" if kind.decision else "words"
    own = FixtureSet(
        id="s", title="s", edition="1", use_case="", design="matched", rows=(), digest="", outcome="decision" if kind.decision else "text",
        measures=() if kind.decision else (measure,), attributes={"a": Attribute(groups={f"g{g}": f"g{g}" for g in range(GROUPS)}, reference="g0")},
    )
    template = [i * kind.templates // kind.items if kind.templates else i for i in range(kind.items)]
    probes = [
        Probe(id=f"{i}.{g}", set="s", item=f"i{i}", groups={"a": f"g{g}"}, repeat=1, input={}, prompt="", cluster=f"c{template[i]}")
        for i in range(kind.items) for g in range(GROUPS)
    ]
    said = {p.id: float(values[divmod(n, GROUPS)]) for n, p in enumerate(probes)}

    def read(_set: FixtureSet, chosen: Sequence[Probe]) -> list[Measurement]:
        return [Measurement(p.id, p.set, p.item, p.cluster or p.item, p.groups, measure, said[p.id], None, None) for p in chosen]

    sight = Sight({"s": own}, POLICY, DesignSection(fixtures=("s",), adaptive=True, looks=LOOKS, seed=seed), read, draws)
    walk = sight.walk(probes, said.keys())
    adaptive = found_any(verdicts_of(sight, sight.audited(walk.seen, walk.look_of)))
    whole: list[Audited] = [alone(a) for a in sight.audited(lambda _: probes, lambda _: 0)]
    return adaptive, found_any(verdicts_of(dataclasses.replace(sight, memory={}, reached={}), whole)), len(walk.counted) / len(probes)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.adaptive_others", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audits", type=int, default=300)
    parser.add_argument("--kind", choices=KINDS, action="append")
    options = parser.parse_args()
    print("| scores or decisions | audits | used | gap found: adaptive / fixed (only) | CPU s |\n| --- | --- | --- | --- | --- |")
    for name in options.kind or KINDS:
        start = time.process_time()
        with threadpool_limits(1):
            adaptive, fixed, used = (np.array(one) for one in zip(*(one_audit(name, seed) for seed in range(options.audits)), strict=True))
        only = (adaptive & ~fixed).sum(), (fixed & ~adaptive).sum()
        print(f"| {KINDS[name].title} | {options.audits:,} | {used.mean():.2f} | {adaptive.mean():.3f} / {fixed.mean():.3f} ({only[0]}, {only[1]}) "
              f"| {time.process_time() - start:.0f} |", flush=True)


if __name__ == "__main__":
    main()
