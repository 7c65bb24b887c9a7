"""How often the classifier two-sample test says that replies differ: of alike writers, and of writers with a habit for one group.

`python -m benchmarks.texts [--audits 500]` prints the table of docs/texts.md.
"""

import argparse

import numpy as np

from audit.twosample import compare_texts
from tests.twosample.writers import written

DRAWS = 199
ITEMS = 20


def shares(design: str, habit: float, audits: int, levels: tuple[float, ...]) -> list[float]:
    """Return, for each level, the share of audits whose p-value is at most that."""
    p_values = []
    for seed in range(audits):
        fixture_set, probes, texts = written(10_000 + seed, items=ITEMS, groups=("ref", "a"), habit=habit, design=design)
        p_values += [d.p_value for d in compare_texts(fixture_set, probes, texts, seed=seed, draws=DRAWS)]
    return [float(np.mean(np.array(p_values) <= level)) for level in levels]


def main() -> None:
    """Print one row a design."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audits", type=int, default=500)
    audits = parser.parse_args().audits
    print("| design | said to differ, alike | p ≤ 0.01, alike | habit in half of the replies found | in all replies found |")
    print("|---|---|---|---|---|")
    for design in ("matched", "sampled"):
        alike, strict = shares(design, 0.0, audits, (0.05, 0.01))
        half, whole = (shares(design, habit, audits, (0.05,))[0] for habit in (0.5, 1.0))
        print(f"| {design} | {alike:.3f} | {strict:.3f} | {half:.3f} | {whole:.3f} |")


if __name__ == "__main__":
    main()
