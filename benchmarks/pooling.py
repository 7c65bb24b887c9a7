"""Several districts' audits of one tool, pooled as `audit merge` does and as if they were independent: python -m benchmarks.pooling

Stand-ins whose gap is known ask the same items in k districts. Side by side, of the very same replies: the average over these audits
(interval and verdict), the test of "the audits do not differ", and from three audits up the mean over districts and the prediction for one more; beside
them what statsmodels' combine_effects makes of the audits' estimates and standard errors, which it takes to be independent. Minutes with
the defaults; all items and replies are drawn at random, nobody is in them.
"""

import argparse
from dataclasses import dataclass

import numpy as np
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from audit.between import AskedSet, Asker, Pool, pooled_gaps
from audit.pipeline.merged import averages_over
from audit.policy import read_policy
from audit.records import Attribute, FixtureSet, Measurement, Row

GROUPS = ("a", "b")
_DECIDES = {"score": "mean_difference", "decision": "selection_rate_difference"}


@dataclass(frozen=True)
class Kind:
    """k districts and their repeats; the SD of an item's own gap (shared by all districts), of that in one district, and of the districts' gaps.

    noise: SD of one reply; gap: the mean difference over districts and items. Of decisions: the share of items in which the guise matters, and `noise` is unused.
    """

    name: str
    repeats: tuple[int, ...]
    items: int = 60
    outcome: str = "score"
    shared: float = 1.0
    own: float = 0.3
    tau: float = 0.0
    noise: float = 0.5
    gap: float = 0.0

    @property
    def k(self) -> int:
        return len(self.repeats)


KINDS = (
    Kind("scores, 2 alike", (2, 2)),
    Kind("scores, 4 alike", (2, 2, 2, 2)),
    Kind("scores, 4 alike, repeats 1 to 6", (1, 2, 3, 6)),
    Kind("scores, 4 alike, 15 items", (2, 2, 2, 2), items=15),
    Kind("scores, 4, hardly shared", (2, 2, 2, 2), shared=0.1, own=1.0),
    Kind("scores, 3 alike, no noise at all", (1, 1, 1), own=0.0, noise=0.0),
    Kind("scores, 3 districts differ", (2, 2, 2), tau=0.4),
    Kind("scores, 6 districts differ", (2,) * 6, tau=0.4),
    Kind("decisions, 3 alike, rate 0.2", (2, 2, 2), outcome="decision", shared=0.3, gap=0.0),
    Kind("decisions, 3 alike, rate 0.02", (1, 1, 1), outcome="decision", shared=0.04, items=60),
    Kind("decisions, 4, gap 0.1", (3, 3, 3, 3), outcome="decision", shared=0.3, gap=0.1, items=90),
)


def replies(kind: Kind, rng: np.random.Generator) -> tuple[list[np.ndarray], np.ndarray, float]:
    """Return each district's replies (items, 2, repeats), the districts' true gaps, and that of one more district."""
    districts = kind.tau * rng.normal(size=kind.k + 1)
    height, item = rng.normal(size=kind.items), rng.normal(size=kind.items)
    if kind.outcome == "score":
        tables = []
        for a, r in enumerate(kind.repeats):
            gap = kind.gap + districts[a] + kind.shared * item + kind.own * rng.normal(size=kind.items)
            mean = np.stack([height + gap / 2, height - gap / 2], axis=1)
            tables.append(mean[..., None] + kind.noise * rng.normal(size=(kind.items, 2, r)))
        return tables, kind.gap + districts[:-1], kind.gap + float(districts[-1])
    up = rng.random(kind.items) < 0.5 * (1 + kind.gap / kind.shared)
    matters = rng.random(kind.items) < kind.shared
    base = 0.2 if kind.shared > 0.1 else 0.02
    p = np.where(matters[:, None], np.where(up[:, None], [1.0, 0.0], [0.0, 1.0]), base)
    return [(rng.random((kind.items, 2, r)) < p[..., None]).astype(float) for r in kind.repeats], np.full(kind.k, kind.gap), kind.gap


def pool_of(kind: Kind, tables: list[np.ndarray]) -> Pool:
    """Return the districts' replies as audits of one set."""
    names = [f"i{i}" for i in range(kind.items)]
    rows = tuple(Row(item=n, groups={"attr": g}, input={}) for n in names for g in GROUPS)
    own = FixtureSet(
        id="set", title="A set", edition="1", use_case="", design="matched", outcome=kind.outcome, rows=rows, digest="d", scale=(-5.0, 5.0),
        attributes={"attr": Attribute(groups={"a": "A", "b": "B"}, reference="b", title="An attribute")},
    )
    askers = []
    for a, table in enumerate(tables):
        read = tuple(
            Measurement(f"p{i}{g}{r}", "set", row, row, {"attr": GROUPS[g]}, kind.outcome, float(table[i, g, r]), None, None)
            for i, row in enumerate(names) for g in range(2) for r in range(table.shape[2])
        )
        asked = AskedSet(own, table.shape[2], {kind.outcome: read}, {kind.outcome: None}, (), {})
        askers.append(Asker(f"district {a + 1}", asked, "", {}))
    return Pool(askers)


@dataclass
class Count:
    """How often something held, of how many."""

    held: int = 0
    of: int = 0

    def add(self, held: bool) -> None:
        self.held += bool(held)
        self.of += 1

    @property
    def share(self) -> float:
        return self.held / self.of if self.of else float("nan")


COLUMNS = ("average 95%", "naive fixed", "gap found", "differ", "naive Q", "mean 95%", "naive DL", "naive HKSJ", "next 95%", "naive next")


def play(kind: Kind, audits: int, seed: int = 1, draws: int = 399) -> dict[str, Count]:
    """Return how each method did in so many merges of a kind of stand-ins."""
    rng = np.random.default_rng(seed)
    counts = {name: Count() for name in COLUMNS}
    policy = read_policy(None)[0]
    for n in range(audits):
        tables, truths, one_more = replies(kind, rng)
        pool = pool_of(kind, tables)
        averages, _ = averages_over([pool], {a.label: policy for a in pool.askers}, n, draws)
        found = next(g for g in pooled_gaps(averages, n) if g.average.statistic == _DECIDES[kind.outcome])
        _count(counts, kind, found, truths, one_more)
    return counts


def _count(counts: dict[str, Count], kind: Kind, found: object, truths: np.ndarray, one_more: float) -> None:
    average, own = found.average, found.audits
    estimates, variances = (np.array(x) for x in ([o.estimate for o in own], [max(o.standard_error, 1e-6) ** 2 for o in own]))
    with np.errstate(all="ignore"):
        naive = combine_effects(estimates, variances, method_re="dl")
    tail = stats.norm.ppf(0.975)
    weights = 1 / variances / (1 / variances).sum()
    counts["average 95%"].add(average.low <= truths.mean() <= average.high)
    counts["naive fixed"].add(abs(weights @ estimates - weights @ truths) <= tail / (1 / variances).sum() ** 0.5)
    counts["gap found"].add(average.outcome == "gap_found")
    counts["differ"].add(found.p_differ is not None and found.p_differ <= 0.05)
    counts["naive Q"].add(stats.chi2.sf(naive.q, kind.k - 1) <= 0.05)
    if found.elsewhere is None:
        return
    e = found.elsewhere
    tau2 = max(naive.tau2, 0.0)  # statsmodels goes on with a variance below 0
    mean, error, refined = (
        (naive.mean_effect_re, naive.sd_eff_w_re, naive.sd_eff_w_re_hksj) if tau2 else (naive.mean_effect_fe, naive.sd_eff_w_fe, naive.sd_eff_w_fe_hksj)
    )
    counts["mean 95%"].add(e.low <= kind.gap <= e.high)
    counts["naive DL"].add(abs(mean - kind.gap) <= tail * error)
    counts["naive HKSJ"].add(abs(mean - kind.gap) <= stats.t.ppf(0.975, kind.k - 1) * refined)
    counts["next 95%"].add(e.predicted_low <= one_more <= e.predicted_high)
    counts["naive next"].add(abs(mean - one_more) <= stats.t.ppf(0.975, kind.k - 2) * (error**2 + tau2) ** 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--merges", type=int, default=1000)
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    chosen = parser.parse_args()
    print("| kind | " + " | ".join(COLUMNS) + " |\n|" + " --- |" * (len(COLUMNS) + 1))
    for kind in KINDS:
        if chosen.only in kind.name:
            counts = play(kind, chosen.merges)
            print(f"| {kind.name} | " + " | ".join(f"{c.share:.3f}" if c.of else "–" for c in counts.values()) + " |", flush=True)


if __name__ == "__main__":
    main()
