"""One audit of a stand-in, by this package and by the peers: what was said, counted against what is true."""

import zlib
from collections import Counter
from collections.abc import Iterable

import numpy as np

from audit.disparity import Audited, compare_all
from audit.policy import read_policy
from audit.records import Disparity
from audit.verdicts import judge
from benchmarks.calibration.peers import said
from benchmarks.calibration.standins import OTHERS, Cell, Replies, a_set, at_the_margin, measures, middling, readings, replies, truth

ALPHA = 0.05
DRAWS = 999
KINDS = ("alike", "margin", "gap")
"""A tool alike for every group; one whose gap is exactly the margin; one whose gap a good test finds every second time."""
Tally = Counter[tuple[str, str]]
"""(what, "yes" or "of") → a count. A share is yes / of."""


def gap_of(cell: Cell, kind: str) -> float:
    """Return the gap of one kind of tool."""
    return {"alike": 0.0, "margin": at_the_margin(cell), "gap": middling(cell)}[kind]


def one_audit(job: tuple[Cell, str, int, bool]) -> Tally:
    """Return what one audit said; the number seeds it; the last says whether the others are asked too."""
    cell, kind, number, beside = job
    rng = np.random.default_rng([zlib.crc32(cell.name.encode()), KINDS.index(kind), number])
    gap = gap_of(cell, kind)
    r = replies(cell, gap, rng)
    found, missing = ours(r, number)
    tally = _verdicts(kind, found, missing) + _coverage(cell, gap, found)
    if kind == "margin":
        return tally + _cleared(cell, gap, found)
    if not beside:
        return tally
    place = 0 if kind == "alike" else 1
    for method, answers in said(r, rng).items():
        tally += _one(f"{kind}: {method}", answers[place])
    if kind == "alike":
        tally += _one("alike: ours", any(_small(d) for d in found))
    else:
        tally += _one("gap: ours", any(_planted(cell, d) and _small(d) for d in found))
    if kind == "alike" and cell.names:
        tally += _one("alike: items only", any(d.outcome == "gap_found" for d in ours(r, number, random_names=False)[0]))
    return tally


def ours(r: Replies, seed: int, *, random_names: bool = True) -> tuple[list[Disparity], list[Disparity]]:
    """Return the confirmatory verdicts on the measures, and those on missing replies.

    Without `random_names` each name is taken to be its group, and items to be independent.
    """
    fixture_set = a_set(r.cell, random_names=random_names)
    compared = compare_all(
        [
            Audited(fixture_set, measure, "points", readings(r, m, None if random_names else r.item))
            for m, measure in enumerate(measures(r.cell))
        ],
        seed=seed, draws=DRAWS,
    )
    policy, sets = read_policy(None)[0], {fixture_set.id: fixture_set}
    verdicts = judge(compared.comparisons, policy, sets), judge(compared.missingness, policy, sets)
    return [d for d in verdicts[0] if d.family == "confirmatory"], list(verdicts[1])


def _one(what: str, yes: bool) -> Tally:
    return Counter({(what, "yes"): int(yes), (what, "of"): 1})


def _verdicts(kind: str, found: list[Disparity], missing: list[Disparity]) -> Tally:
    return (
        _one(f"{kind}: gap_found", any(d.outcome == "gap_found" for d in found))
        + _one(f"{kind}: gap_found in missing", any(d.outcome == "gap_found" for d in missing))
        + _one(f"{kind}: not assessed", all(d.outcome == "not_assessed" for d in found))
    )


def _coverage(cell: Cell, gap: float, found: list[Disparity]) -> Tally:
    """Return how often all 95% intervals of an audit hold the truth, each 95% one, and each 90% one."""
    pairs = [(d, truth(cell, gap, d.measure, d.attribute, d.group, d.reference)) for d in found if d.low is not None]
    each = [_holds(d.low, d.high, true) for d, true in pairs]
    narrow = [_holds(d.low90, d.high90, true) for d, true in pairs]
    tally: Tally = Counter({
        ("each 95%", "yes"): sum(each), ("each 95%", "of"): len(each), ("each 90%", "yes"): sum(narrow), ("each 90%", "of"): len(narrow),
    })
    return tally + _one("all 95%", all(each)) if each else tally


def _holds(low: float | None, high: float | None, true: float) -> bool:
    return low is not None and high is not None and low - 1e-12 <= true <= high + 1e-12


def _planted(cell: Cell, d: Disparity) -> bool:
    return d.attribute == "a" and d.group == f"g{cell.groups - 1}" and d.measure == measures(cell)[0]


def _small(d: Disparity) -> bool:
    return d.p_adjusted is not None and d.p_adjusted <= ALPHA


def _cleared(cell: Cell, gap: float, found: Iterable[Disparity]) -> Tally:
    """Return how often the comparisons whose true gap is the margin are `within_margin`."""
    tally: Tally = Counter()
    for d in found:
        if _planted(cell, d) and abs(truth(cell, gap, d.measure, d.attribute, d.group, d.reference) - gap) < 1e-12:
            tally += _one(f"cleared against {OTHERS if d.reference == OTHERS else 'the reference'}", d.outcome == "within_margin")
    return tally
