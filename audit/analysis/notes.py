"""What was left out, changed or assumed, and what looks wrong, in sentences.

Of people no number is said: a small one could be worked out from it.
"""

from collections.abc import Mapping

import numpy as np

from audit.analysis.counts import Counts
from audit.analysis.groups import Groups, unpaired
from audit.analysis.request import Request
from audit.analysis.source import Source
from audit.records import Design

_MOST_ROWS = 20_000_000


def notes_on(r: Request, counts: Counts, groups: Groups, designs: Mapping[str, Design], copied: int | None) -> list[str]:
    """Return the notes. copied: as `copies` returns it."""
    return [*groups.notes, *_left_out(r, counts), *_truth(r, counts), *_missing(r, counts), *_unpaired(r, counts, groups, designs), *_copied(r, copied), *_single_names(r, counts, groups)]


def copies(source: Source, r: Request, rows: int) -> int | None:
    """Return how many rows are the same as another one in every column; None where there are too many rows to look.

    0 where a copy says nothing: without columns beside those used, and without an item, alike rows are what a table is made of.
    """
    if r.item is None and not set(source.columns) - set(r.columns):
        return 0
    if rows > _MOST_ROWS:
        return None
    ((different,),) = source.ask("SELECT count(*) FROM (SELECT DISTINCT hash(source_rows) FROM source_rows)")
    return rows - int(different)


def missing(counts: Counts) -> int:
    """Return the rows without an outcome; of texts, without the first measure."""
    first = next(iter(counts.values.values()))
    return int(counts.times[np.isnan(first)].sum())


def _number(r: Request, n: int) -> str:
    return f"{n:,}" if r.min_cell is None else "some"


def _left_out(r: Request, counts: Counts) -> list[str]:
    found = []
    for name, n in counts.left_out.items():
        role = "group" if name in r.groups else "item" if name == r.item else "value"
        where = "are left out of its comparisons" if role == "group" else "are left out of everything"
        found.append(f"Rows without a {role} in {name!r}: {_number(r, n)}; they {where}.")
    return found


def _truth(r: Request, counts: Counts) -> list[str]:
    """Return a note where the rule that reads the outcome was not used on the truth."""
    if r.truth is None or r.positive_when is None or counts.about["truth"] == counts.about["value"]:
        return []
    return [f"The truth in {r.truth!r} is read as yes and no, as it stands; the rule {r.positive_when.strip()!r} is for the outcome only."]


def _missing(r: Request, counts: Counts) -> list[str]:
    found = []
    if counts.truth is not None and (n := int(counts.times[np.isnan(counts.truth)].sum())):
        found.append(
            f"Rows without a truth in {r.truth!r}: {_number(r, n)}; they count for the rates and means that need none, and as missing for the others."
        )
    if r.outcome == "score" and missing(counts):
        found.append("A missing score is taken to lie within the range of the scores that are there.")
    return found


def _unpaired(r: Request, counts: Counts, groups: Groups, designs: Mapping[str, Design]) -> list[str]:
    found = []
    for attribute, place in groups.places.items():
        if designs[attribute] == "matched" and (n := unpaired(counts, place)):
            found.append(
                f"{attribute!r} is compared within items, and {_number(r, n)} of them are not in all of its groups: in a comparison of two "
                "groups, an item that only one of them has counts as missing in the other."
            )
    return found


def _copied(r: Request, copied: int | None) -> list[str]:
    if copied is None:
        return [f"Whether rows are copies of each other was not looked at: there are more than {_MOST_ROWS:,}."]
    if not copied:
        return []
    other = "" if r.item is not None else "; if one thing answered several times, name it with --item"
    are = f"{copied:,} row is an exact copy of another" if copied == 1 and r.min_cell is None else f"{_number(r, copied)} rows are exact copies of others"
    return [f"{are[0].upper()}{are[1:]}: if they are the same response twice, remove them{other}."]


def _single_names(r: Request, counts: Counts, groups: Groups) -> list[str]:
    """Return a note on the groups that have one name only: about other names nothing can be said."""
    if counts.name is None:
        return []
    found = []
    for attribute, place in groups.places.items():
        there = place >= 0
        width = int(counts.name.max(initial=0)) + 1
        names = np.bincount(np.unique(place[there] * width + counts.name[there]) // width)
        alone = [label for label, n in zip(groups.attributes[attribute].groups, names, strict=False) if n == 1]
        if alone:
            shown = ", ".join(repr(label) for label in alone)
            found.append(f"{attribute!r}: only one name in {r.name!r} stands for {shown}, so nothing can be said about other names.")
    return found
