"""How often the verdicts are wrong, on stand-in tools whose gap is known: `python benchmarks/calibration.py`.

For each cell (design, outcome, rate, items, groups, intraclass correlation): the share of fair tools with any
`gap_found`, of tools with a gap exactly at the margin that are `within_margin`, and of 95% and 90% intervals that
cover the true difference (unadjusted for the family). `--audits` sets the audits a cell, `--jobs` the processes.
"""

import argparse
import itertools
from collections.abc import Iterator
from multiprocessing import Pool
from statistics import NormalDist

import msgspec
import numpy as np
from msgspec import Struct

from audit.disparity import Audited, compare_all
from audit.policy import read_policy
from audit.records import Attribute, FixtureSet, Measurement
from audit.verdicts import judge


class Cell(Struct, frozen=True):
    """One kind of stand-in. `shared`: guises of an item share this part of the item's effect."""

    design: str
    outcome: str
    items: int
    groups: int
    icc: float
    rate: float = 0.2
    shared: float = 1.0
    gap: float = 0.0
    repeats: int = 3


def a_set(cell: Cell) -> FixtureSet:
    """The fixture set of a cell: groups g0 (reference) … gn."""
    names = {f"g{i}": f"g{i}" for i in range(cell.groups)}
    return FixtureSet(
        id="s", title="s", edition="1", use_case="", design=cell.design, outcome=cell.outcome,
        attributes={"a": Attribute(groups=names, reference="g0")}, rows=(), digest="",
        scale=(-4.0, 4.0) if cell.outcome == "score" else None,
    )


def replies(cell: Cell, rng: np.random.Generator) -> list[Measurement]:
    """One audit's measurements; the gap is planted in the last group, in points or in the rate."""
    k, g, r = cell.items, cell.groups, cell.repeats
    if cell.design == "matched":
        common, own = rng.standard_normal((k, 1, 1)), rng.standard_normal((k, g, 1))
        effect = np.sqrt(cell.shared) * common + np.sqrt(1 - cell.shared) * own
    else:
        effect = rng.standard_normal((k, g, 1))
    latent = np.sqrt(cell.icc) * effect + np.sqrt(1 - cell.icc) * rng.standard_normal((k, g, r))
    gaps = np.zeros(g)
    gaps[-1] = cell.gap
    if cell.outcome == "decision":
        cuts = np.array([NormalDist().inv_cdf(min(max(cell.rate + d, 1e-12), 1 - 1e-12)) for d in gaps])
        values = (latent < cuts[None, :, None]).astype(float)
    else:
        values = latent + gaps[None, :, None]
    found = []
    for i, j, n in itertools.product(range(k), range(g), range(r)):
        item = f"i{i}" if cell.design == "matched" else f"i{i}-{j}"
        found.append(Measurement(
            probe=f"{i}-{j}-{n}", set="s", item=item, cluster=item, groups={"a": f"g{j}"}, measure=cell.outcome,
            value=float(values[i, j, n]), missing=None, truth=None,
        ))
    return found


def one_audit(job: tuple[Cell, int]) -> tuple[bool, bool, list[bool], list[bool]]:
    """(any gap_found, planted group within_margin against the reference, 95% and 90% intervals cover)."""
    cell, seed = job
    fixture_set = a_set(cell)
    audited = [Audited(fixture_set, cell.outcome, "points", replies(cell, np.random.default_rng(seed)))]
    compared = compare_all(audited, seed=seed, draws=999)
    verdicts = [d for d in judge(compared.comparisons, read_policy(None)[0], {"s": fixture_set}) if d.family == "confirmatory"]
    last = f"g{cell.groups - 1}"
    cleared = any(d.outcome == "within_margin" and d.group == last and d.reference == "g0" for d in verdicts)
    cover90 = [
        d.low90 <= (cell.gap if d.group == last else 0.0) <= d.high90 for d in verdicts if d.reference == "g0"
    ]
    return any(d.outcome == "gap_found" for d in verdicts), cleared, [all(
        d.low <= (cell.gap if d.group == last else 0.0) <= d.high for d in verdicts if d.reference == "g0"
    )], cover90


def cells() -> Iterator[Cell]:
    """The cells measured; `benchmarks/` is where more are added."""
    for design, shared in (("matched", 1.0), ("matched", 0.0), ("sampled", 0.0)):
        for items in (20, 60):
            for rate in (0.02, 0.2, 0.5):
                yield Cell(design, "decision", items, 6, 0.5, rate, shared)
            yield Cell(design, "score", items, 6, 0.5, 0.2, shared)


def at_the_margin(cell: Cell) -> Cell:
    """The same cell with a gap exactly at the margin: 0.05, or 0.10 SD (single replies have an SD of 1)."""
    return msgspec.structs.replace(cell, gap=0.05 if cell.outcome == "decision" else 0.1)


def measure(cell: Cell, audits: int, pool: "Pool") -> dict[str, float]:
    """The four shares of a cell."""
    fair = pool.map(one_audit, [(cell, seed) for seed in range(audits)], chunksize=8)
    edge = pool.map(one_audit, [(at_the_margin(cell), 10**6 + seed) for seed in range(audits)], chunksize=8)
    return {
        "accused": float(np.mean([f[0] for f in fair])),
        "cleared_at_margin": float(np.mean([e[1] for e in edge])),
        "family_cover_95": float(np.mean([c for f in [*fair, *edge] for c in f[2]])),
        "cover_90": float(np.mean([c for f in [*fair, *edge] for c in f[3]])),
    }


def main() -> None:
    """Print one line a cell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audits", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    print("design   shared outcome  items rate | fair accused  cleared at margin  95% family covers  90% covers")
    with Pool(options.jobs) as pool:
        for cell in cells():
            m = measure(cell, options.audits, pool)
            print(
                f"{cell.design:8} {cell.shared:6.1f} {cell.outcome:8} {cell.items:5} {cell.rate:4} | {m['accused']:12.3f}"
                f" {m['cleared_at_margin']:18.3f} {m['family_cover_95']:18.3f} {m['cover_90']:11.3f}", flush=True,
            )


if __name__ == "__main__":
    main()
