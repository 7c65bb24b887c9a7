"""Audit every planted habit and as many writers who are alike, and print the tables of docs/measures.md."""

import argparse
from multiprocessing import Pool
from typing import NamedTuple

from threadpoolctl import threadpool_limits

from benchmarks.planted.audits import Said, audit
from benchmarks.planted.grid import GRID, Plant


class Row(NamedTuple):
    """One audit, in short."""

    place: int
    alike: bool
    sees: list[bool]
    differ: bool
    naming: list[str]
    words: list[str]
    shown: bool
    accused: list[str]
    beside_others: list[str]
    differ_too: list[str]
    moved: dict[str, tuple[float, bool]]


def one(job) -> Row:
    """Return what one audit said; the job is (place in the grid, seed, alike)."""
    place, seed, alike = job
    with threadpool_limits(1):
        return in_short(place, audit(GRID[place], seed, alike=alike), alike=alike)


def in_short(place: int, said: Said, *, alike: bool) -> Row:
    """Return an audit's row. Accused: groups without the habit."""
    own = set() if alike else {GRID[place].group}
    assessed = said.told().p_value is not None
    return Row(
        place, alike, said.sees(), GRID[place].group in said.differ, said.naming() if assessed else [],
        [w.word for w in said.told().words if w.z > 0], shown=assessed and said.shown(), accused=sorted(said.accused() - own),
        beside_others=sorted(said.accused(directly=False) - own), differ_too=sorted(said.differ - own),
        moved={m: (d.standardized or 0.0, d.outcome == "gap_found") for m, d in said.moved().items()},
    )


def print_seen(rows):
    print("| set | habit of the replies to | intended measure: gaps found | texts differ | words shown of the group |\n|---|---|---|---|---|")
    for place, plant in enumerate(GRID):
        own = [r for r in rows if r.place == place]
        if own:
            found = ", ".join(
                f"`{m}` {'up' if way > 0 else 'down'}: {sum(r.sees[i] for r in own)} of {len(own)}" for i, (m, way) in enumerate(plant.intended)
            )
            words = ", ".join(dict.fromkeys(w for r in own for w in worded(r))) or "–"
            differ = f"{sum(r.differ for r in own)} of {len(own)}" if any(r.words for r in own) else "not assessed"
            print(f"| {plant.set} | {plant.habit}: {plant.group} | {found} | {differ} | {words} |")


def worded(row: Row) -> list[str]:
    """Return the words of the group's side, those that name the habit in bold; of a habit that leaves out, the words left out."""
    return [f"**{w}**" if w in row.naming else w for w in row.words] + [f"without **{w}**" for w in row.naming if w not in row.words]


def print_moved(rows):
    names = list(dict.fromkeys(m for r in rows for m in r.moved))
    print(f"| habit | {' | '.join(f'`{n}`' for n in names)} |\n|{'---|' * (len(names) + 1)}")
    for place, plant in enumerate(GRID):
        own = [r for r in rows if r.place == place]
        if own:
            print(f"| {plant.habit} ({plant.set}) | {' | '.join(_cell(own, plant, name) for name in names)} |")


def _cell(rows: list[Row], plant: Plant, name: str) -> str:
    """Return the mean standardized difference; in bold where the measure was intended, empty below 0.2 (about the chance of one audit)."""
    values = [r.moved[name][0] for r in rows if name in r.moved]
    mean = sum(values) / len(values) if values else 0.0
    said = f"{mean:+.1f}" if abs(mean) >= 0.2 else ""
    return f"**{said or '0.0'}**" if name in dict(plant.intended) else said


def print_shares(rows):
    planted, alike = ([r for r in rows if r.alike is kind] for kind in (False, True))
    assessed = [r for r in planted if r.words]
    for said, of, what in (
        ("planted: the first intended measure finds the gap, in the right direction", planted, lambda r: r.sees[0]),
        ("planted: the texts are said to differ", assessed, lambda r: r.differ),
        ("planted: a word shown names the habit", assessed, lambda r: r.naming),
        ("planted: a reply shown side by side holds it", assessed, lambda r: r.shown),
        ("planted: another group or a control is accused, against the reference", planted, lambda r: r.accused),
        ("planted: another group is beyond the margin against all others together", planted, lambda r: r.beside_others),
        ("planted: the texts of another group are said to differ", assessed, lambda r: r.differ_too),
        ("alike: a gap is found for any group", alike, lambda r: r.accused or r.beside_others),
        ("alike: texts are said to differ for any group", alike, lambda r: r.differ_too),
    ):
        print(f"- {said}: {sum(bool(what(r)) for r in of)} of {len(of)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audits", type=int, default=1, help="of each habit, and of as many writers who are alike")
    parser.add_argument("--only", type=int, nargs="*", help="places in the grid")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    places = asked.only if asked.only is not None else range(len(GRID))
    jobs = [(place, 1_000 * kind + n, bool(kind)) for kind in (0, 1) for n in range(1, asked.audits + 1) for place in places]
    rows = []
    with Pool(asked.processes) as pool:
        for row in pool.imap_unordered(one, jobs):
            rows.append(row)
            print(row, flush=True)
    rows.sort(key=lambda r: r.place)
    planted = [r for r in rows if not r.alike]
    print_seen(planted)
    print_moved(planted)
    print_shares(rows)


if __name__ == "__main__":
    main()
