"""Rates by group with intervals, beside fairlearn: python benchmarks/inference.py

The same five rates by group, on the same rows, in one run: a bare kernel (one multinomial draw of the cell counts a
resample, then the rates, without intervals), ours with intervals, and fairlearn's MetricFrame(n_boot=…). fairlearn
takes so long that it gets few resamples (--peer); its time for one evaluation is taken off, and the rest is divided by
their number. Ours includes the pass over the rows where it is compared with fairlearn. Then 10,000,000 rows from a
Parquet file, through DuckDB, in a process of its own; and a whole audit's permutations on one core. Only the ratios mean anything on another machine; the exit code
is 1 where a promise is broken. Two minutes with the defaults; all rows are drawn at random, nobody is in them.
"""

import argparse
import itertools
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from scipy import stats
from threadpoolctl import threadpool_limits

from audit.disparity import Audited, Readings, compare_all
from audit.disparity.resample import RATES, rate_intervals, resample_counts
from audit.records import Attribute, FixtureSet

SMALL, LARGE = 2_000, 200_000
GROUPS = (6, 36)
TIMES_KERNEL = 3.0
TIMES_FAIRLEARN = {SMALL: 2_000, LARGE: 100_000}
GROWTH = 2.0  # the noise of a shared machine; a cost that grew with the rows would be 100 and 5,000 here
MEMORY = 2_000_000_000
TIMES_BARE_AUDIT = 6.0  # beyond the exchanges: sign flips of 25 pairs, variances, centred exchanges for the intervals, the family
ROUNDS = 7

type_of_rows = np.dtype([("group", np.int8), ("truth", np.int8), ("decision", np.int8)])


@dataclass
class Promises:
    kept: bool = True

    def check(self, words: str, measured: float, limit: float, *, at_least: bool) -> None:
        good = measured >= limit if at_least else measured <= limit
        self.kept &= good
        bound = f"promised: {'at least' if at_least else 'at most'} {limit:,.{0 if limit >= 100 else 1}f}"
        print(f"  {words:<68} {measured:>12,.{0 if measured >= 100 else 2}f}   {bound}{'' if good else '   BROKEN'}")


def a_table(rows: int, groups: int, seed: int = 7) -> np.ndarray:
    rng = np.random.default_rng(seed)
    table = np.empty(rows, dtype=type_of_rows)
    table["group"] = rng.integers(0, groups, rows)
    table["truth"] = rng.random(rows) < 0.4
    table["decision"] = rng.random(rows) < np.where(table["truth"], 0.8, 0.2)
    return table


def count(table: np.ndarray, groups: int) -> np.ndarray:
    place = table["group"].astype(np.int16) * 4 + table["truth"] * 2 + table["decision"]
    return np.bincount(place, minlength=groups * 4).reshape(groups, 2, 2)


def bare_kernel(cells: np.ndarray, draws: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    c = rng.multinomial(cells.sum(), cells.ravel() / cells.sum(), size=draws).reshape(draws, -1, 4)
    tn, fp, fn, tp = c[:, :, 0], c[:, :, 1], c[:, :, 2], c[:, :, 3]
    n, positive, negative = tn + fp + fn + tp, fn + tp, tn + fp
    return np.stack([(tp + fp) / n, tp / positive, fp / negative, fn / positive, (tp + tn) / n])


def ours(cells: np.ndarray, draws: int) -> object:
    return rate_intervals(cells, resample_counts(cells, draws, np.random.default_rng(1)))


def fastest(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        took.append(time.perf_counter() - start)
    return min(took)


def fairlearn_seconds(table: np.ndarray, resamples: int) -> float:
    """Seconds a resample of MetricFrame with the same five rates."""
    import pandas as pd
    from fairlearn import metrics
    from sklearn.metrics import accuracy_score

    names = {name: getattr(metrics, name) for name in RATES[:4]} | {"accuracy": accuracy_score}
    data = {"y_true": table["truth"].astype(int), "y_pred": table["decision"].astype(int)}
    groups = pd.Series(table["group"].astype(int), name="group")

    def frame(**resampling: object) -> float:
        start = time.perf_counter()
        metrics.MetricFrame(metrics=names, sensitive_features=groups, **data, **resampling)
        return time.perf_counter() - start

    frame()  # whatever is loaded or compiled at the first call
    once = frame()
    return max(frame(n_boot=resamples, ci_quantiles=[0.025, 0.975], random_state=1) - once, 1e-9) / resamples


def compare(rows: int, groups: int, draws: int, peer: int, promises: Promises) -> float:
    """Print one size's ratios; return our seconds beyond the pass."""
    table = a_table(rows, groups)
    cells = count(table, groups)
    kernel, beyond = fastest(lambda: bare_kernel(cells, draws)), fastest(lambda: ours(cells, draws))
    whole = fastest(lambda: ours(count(table, groups), draws))
    print(f"{rows:,} rows, {groups} groups, {draws:,} resamples")
    promises.check("ours with intervals, over the bare kernel", beyond / kernel, TIMES_KERNEL, at_least=False)
    if peer:
        times = fairlearn_seconds(table, peer) * draws / whole
        limit = TIMES_FAIRLEARN[rows]
        promises.check(f"fairlearn ({peer} resamples, scaled) over ours with its pass", times, limit, at_least=True)
    return beyond


def write_parquet(path: str, rows: int, groups: int) -> None:
    """Write rows that DuckDB draws itself, so that this process never holds them."""
    with duckdb.connect(config={"memory_limit": "1GB"}) as base:
        base.sql("select setseed(0.5)")
        base.execute(
            "create temp table answers as select cast(random() * $groups - 0.5 as integer) as g,"
            " random() < 0.4 as truth, random() as luck from range($rows)",
            {"groups": groups, "rows": rows},
        )
        base.sql(
            "select least(greatest(g, 0), $groups - 1) as g, truth, luck < if(truth, 0.8, 0.2) as decision from answers",
            params={"groups": groups},
        ).write_parquet(path)


def from_parquet(path: str, groups: int, draws: int) -> tuple[float, float, int, int]:
    """Return seconds of the pass, seconds of the rest, rows, and the peak of this process's memory in bytes."""
    start = time.perf_counter()
    with duckdb.connect(config={"memory_limit": "1GB"}) as base:
        found = base.read_parquet(path).aggregate("g, truth, decision, count(*)").fetchall()
    cells = np.zeros((groups, 2, 2), dtype=np.int64)
    for group, truth, decision, number in found:
        cells[group, int(truth), int(decision)] = number
    passed = time.perf_counter() - start
    rest = fastest(lambda: ours(cells, draws))
    unit = 1 if sys.platform == "darwin" else 1024
    return passed, rest, int(cells.sum()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def in_a_process(function: Callable[..., object], *values: object) -> object:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, values)


def many_rows(rows: int, draws: int, few: dict[int, float], promises: Promises) -> None:
    for groups in GROUPS:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "rows.parquet")
            in_a_process(write_parquet, path, rows, groups)
            passed, rest, seen, peak = in_a_process(from_parquet, path, groups, draws)
        print(f"{seen:,} rows from Parquet, {groups} groups, {draws:,} resamples")
        print(f"  {'the pass, over all that comes after it':<68} {passed / rest:>12,.1f}")
        promises.check(f"what comes after the pass, over the same at {SMALL:,} rows", rest / few[groups], GROWTH, at_least=False)
        promises.check("peak memory, over 2 GB", peak / MEMORY, 1.0, at_least=False)


def an_audit() -> tuple[list[Audited], np.ndarray]:
    """A matched audit of 60 items, 6 groups, 3 repeats and 5 measures of a text: what enters, and the means (5, 60, 6)."""
    measures, items, groups, repeats = 5, 60, 6, 3
    scores = np.random.default_rng(5).standard_normal((measures, items, groups, repeats))
    item, group, _ = (index.ravel() for index in np.indices((items, groups, repeats)))
    about = Attribute(groups={f"g{g}": f"g{g}" for g in range(groups)}, reference="g0")
    fixture_set = FixtureSet(
        id="s", title="s", edition="1", use_case="", design="matched", outcome="text", attributes={"a": about}, rows=(), digest="",
    )
    n = len(item)
    columns = {
        "truth": np.full(n, np.nan), "item": item, "cluster": item, "times": np.ones(n), "weight": np.ones(items),
        "asked": np.ones(n, dtype=bool), "groups": {"a": group}, "variant": np.full(n, -1),
    }
    audited = [Audited(fixture_set, f"m{m}", "points", Readings(value=one.ravel(), **columns)) for m, one in enumerate(scores)]
    return audited, scores.mean(axis=3)


def bare_permutation(means: np.ndarray, draws: int) -> np.ndarray:
    """(draws, 5, 6): each guise's mean after the guises of each item were put in a random order, and nothing else."""
    rng = np.random.default_rng(1)
    every = np.array(list(itertools.permutations(range(means.shape[2]))))
    order = every[rng.integers(0, len(every), (draws, means.shape[1]))]
    rows = np.arange(means.shape[1])[None, :, None]
    return np.stack([one[rows, order].mean(axis=1) for one in means], axis=1)


def permutations_of_an_audit(draws: int, promises: Promises) -> None:
    """All 55 comparisons of the audit, their intervals, 5 omnibus tests and the family, beside SciPy's test of one."""
    audited, means = an_audit()
    with threadpool_limits(1):
        bare = fastest(lambda: bare_permutation(means, draws), 3)
        whole = fastest(lambda: compare_all(audited, seed=1, draws=draws), 3)
        pair = np.ascontiguousarray(means[0, :, 1] - means[0, :, 0])
        one = fastest(lambda: stats.permutation_test(
            (pair,), lambda d, axis: d.mean(axis=axis) / d.std(axis=axis, ddof=1), permutation_type="samples", vectorized=True,
            n_resamples=draws, rng=np.random.default_rng(1),
        ), 3)
    print(f"{draws:,} permutations of 60 items, 6 groups, 5 measures, on one core:")
    promises.check("a whole audit over bare exchanges of its guises", whole / bare, TIMES_BARE_AUDIT, at_least=False)
    promises.check("SciPy's test of one comparison, times 55, over the whole audit", 55 * one / whole, 1.0, at_least=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resamples", type=int, default=1000, help="for the kernel and for us (default: 1000)")
    parser.add_argument("--peer", type=int, default=20, help=f"fairlearn's at {SMALL:,} rows; a tenth of it at {LARGE:,}; 0: none (default: 20)")
    parser.add_argument("--rows", type=int, default=10_000_000, help="in the Parquet file; 0: none (default: 10,000,000)")
    parser.add_argument("--permutations", type=int, default=10_000, help="of an audit (default: 10,000)")
    asked = parser.parse_args()
    promises = Promises()
    few = {}
    for groups in GROUPS:
        few[groups] = compare(SMALL, groups, asked.resamples, asked.peer, promises)
        more = compare(LARGE, groups, asked.resamples, -(-asked.peer // 10), promises)
        promises.check(f"what comes after the pass, over the same at {SMALL:,} rows", more / few[groups], GROWTH, at_least=False)
    permutations_of_an_audit(asked.permutations, promises)
    if asked.rows:
        many_rows(asked.rows, asked.resamples, few, promises)
    print("Every promise is kept." if promises.kept else "A promise is broken.")
    return 0 if promises.kept else 1


if __name__ == "__main__":
    sys.exit(main())
