"""Run the cells, print one line as each finishes, and at the end the two tables, in Markdown."""

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from multiprocessing import Pool

from threadpoolctl import threadpool_limits

import benchmarks.calibration as about
from benchmarks.calibration.audits import KINDS, Tally, one_audit
from benchmarks.calibration.cells import CELLS, SHORT
from benchmarks.calibration.standins import Cell, at_the_margin, middling

METHODS = {
    "ours": "ours", "permutation": "permutation", "permutation, pooled SD": "permutation_pooled", "t + Holm": "t_holm",
    "rows": "rows_independent", "4/5": "four_fifths", "4/5 of the rest": "four_fifths_rest", "fairlearn": "fairlearn_above_0",
}
CLEARED = ("cleared against the reference", "cleared against others")


def share(tally: Tally, what: str) -> float | None:
    """Return how often something was so; None where it was never asked."""
    return tally[what, "yes"] / tally[what, "of"] if tally[what, "of"] else None


def shown(value: float | None) -> str:
    """Return a share as the tables print it."""
    return "–" if value is None else f"{value:.3f}"


def cleared(tally: Tally) -> float | None:
    """Return the larger share of the comparisons at the margin that were cleared."""
    return max((s for s in (share(tally, what) for what in CLEARED) if s is not None), default=None)


def promises(cell: Cell, tally: Tally) -> list[str]:
    """Return a cell's row of the first table."""
    return [cell.name, *map(shown, (
        share(tally, "alike: gap_found"), share(tally, "alike: gap_found in missing"), cleared(tally),
        share(tally, "all 95%"), share(tally, "each 95%"), share(tally, "each 90%"), share(tally, "alike: not assessed"),
    ))]


def beside(cell: Cell, tally: Tally) -> list[str]:
    """Return a cell's row of the second table."""
    pairs = ((share(tally, f"alike: {method}"), share(tally, f"gap: {method}")) for method in METHODS.values())
    said = ["–" if pair == (None, None) else " / ".join(map(shown, pair)) for pair in pairs]
    return [cell.name, f"{middling(cell):.3f}", *said, shown(share(tally, "alike: items only"))]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.calibration", description=about.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--audits", type=int, default=2_000, help="audits of each tool in each cell")
    parser.add_argument("--beside", type=int, default=500, help="audits of each tool in each cell in which the others are asked too")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--cells", default="*", metavar="PATTERN", help='only cells of this name, such as "sampled*"')
    parser.add_argument("--quick", action="store_true", help="the few small cells of the test suite")
    options = parser.parse_args()
    chosen = [cell for cell in (SHORT if options.quick else CELLS) if fnmatch(cell.name, options.cells)]
    done: list[tuple[Cell, Tally]] = []
    with Pool(options.jobs, initializer=threadpool_limits, initargs=(1,)) as pool:
        for cell in chosen:
            start, tally = time.monotonic(), Counter()
            few = min(options.beside, options.audits)
            jobs = [(cell, kind, n, n < few) for kind in KINDS for n in range(few if kind == "gap" else options.audits)]
            for part in pool.imap_unordered(one_audit, jobs, chunksize=10):
                tally.update(part)
            done.append((cell, tally))
            print(
                f"{cell.name:62} gap found {shown(share(tally, 'alike: gap_found'))}  cleared {shown(cleared(tally))} (at"
                f" {at_the_margin(cell):.3f})  all 95% {shown(share(tally, 'all 95%'))}  {time.monotonic() - start:.0f} s", flush=True,
            )
    error = (0.05 * 0.95 / options.audits) ** 0.5
    print(f"\n{options.audits} audits of each tool in each cell; the standard error of a share of 0.05 is {error:.4f}, and that of")
    print(f"`all 95%` (twice as many audits, or more) {error / 2**0.5:.4f}. Beside others: {min(options.beside, options.audits)} audits of each.\n")
    print(table(
        ["cell", "gap found", "gap found in missing", "cleared", "all 95%", "each 95%", "each 90%", "not assessed"],
        [promises(*pair) for pair in done],
    ))
    print()
    print(table(["cell", "gap", *METHODS, "items only"], [beside(*pair) for pair in done]))


if __name__ == "__main__":
    main()
