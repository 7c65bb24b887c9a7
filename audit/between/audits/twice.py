"""One tool audited twice: which of its replies can be compared, item by item or draw by draw, and which cannot.

A set of the same digest is the same probes. Else items count as the same where their whole content is (input, groups, truth and what is kept
beside it), whatever they are called: two draws may give one name to two texts. What is not the same is no change of the tool.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from audit.between.material import AskedSet
from audit.records import Attribute, FixtureSet, Measurement, Row

Kind = Literal["same", "common", "draws"]
_HEAD = ("design", "outcome", "scale", "positive", "positive_when", "prompt")
"""What of a set says what is asked and how a reply is read, beside its rows and attributes."""
WITHHELD = "withheld"
"""The only input of a row whose text is not passed on (private fixtures)."""
_SHOWN = 12


class Matched(Struct, frozen=True):
    """One set of two audits, ready to be compared. kind: the same probes, the items in common, or two draws of the same templates.

    items: of either audit, and how many are in common. unlike: attributes that are left out, and why.
    """

    old: AskedSet
    new: AskedSet
    kind: Kind
    items: tuple[int, int, int]
    unlike: dict[str, str]


def match_sets(old: AskedSet, new: AskedSet, minimum: int) -> Matched | str:
    """Return what of a set can be compared between two audits; why nothing can, in words. minimum: the fewest items in common.

    Paired where half of the smaller audit's items, or more, are in both; else two draws, where both are; else paired, where enough are common.
    """
    first, second = old.fixture_set, new.fixture_set
    if first.digest == second.digest:
        if [(row.item, row.groups) for row in first.rows] != [(row.item, row.groups) for row in second.rows]:
            return f"both say that they hold the same content (digest {first.digest[:_SHOWN]}), and their items differ: one of the two is damaged"
        number = len({row.item for row in first.rows})
        return Matched(_alike(old), _alike(new), "same", (number, number, number), {})
    if any(row.input.keys() == {WITHHELD} for row in (*first.rows, *second.rows)):
        return "its content differs, and its texts are withheld, so that it cannot be told which items are the same: compare the run folders"
    other = [name for name in _HEAD if getattr(first, name) != getattr(second, name)]
    if other:
        return f"what is asked, or how a reply is read, is another thing now ({', '.join(other)} in set.toml; editions {first.edition} and {second.edition})"
    unlike = _unlike(first.attributes, second.attributes)
    kept = [name for name in first.attributes if name in second.attributes and name not in unlike]
    if not kept:
        return f"no attribute has the same groups in both ({'; '.join(f'{name}: {why}' for name, why in unlike.items())})"
    contents = [_contents(s, kept) for s in (first, second)]
    return _matched(old, new, contents, kept, unlike, minimum)


def _matched(
    old: AskedSet, new: AskedSet, contents: "list[dict[bytes, list[str]]]", kept: list[str], unlike: dict[str, str], minimum: int
) -> Matched | str:
    names = {b: a for key, items in contents[0].items() for a, b in zip(items, contents[1].get(key, ()), strict=False)}
    numbers = [sum(len(items) for items in one.values()) for one in contents]
    sizes = numbers[0], numbers[1], len(names)
    enough = len(names) >= minimum
    if enough and 2 * len(names) >= min(numbers):
        return _common(old, new, names, kept, sizes, unlike)
    first, second = old.fixture_set, new.fixture_set
    if first.edition == second.edition and _templates(first, second):
        source = _digest([first.id, first.edition])
        one, other = (replace(_alike(_only(asked, kept)), drawn_from=source) for asked in (old, new))
        return Matched(one, other, "draws", sizes, unlike)
    if enough:
        return _common(old, new, names, kept, sizes, unlike)
    editions = f"editions {first.edition} and {second.edition}, digests {first.digest[:_SHOWN]} and {second.digest[:_SHOWN]}"
    return (
        f"its items are others ({editions}): {len(names)} of {numbers[0]} and {numbers[1]} are in both, at least {minimum} are needed, and they "
        "are not two random draws of the same templates. What differs between other items is no change of the tool"
    )


def _common(old: AskedSet, new: AskedSet, names: dict[str, str], kept: list[str], sizes: tuple[int, int, int], unlike: dict[str, str]) -> Matched:
    """Return both audits on the items that are in both, under the older one's names. names: newer → older."""
    own = {name: name for name in names.values()}
    one = _named(_only(old, kept), own)
    other = _named(_only(new, kept), names)
    together = replace(one.fixture_set, digest=_digest([old.fixture_set.digest, new.fixture_set.digest]))
    return Matched(_alike(replace(one, fixture_set=together)), _alike(replace(other, fixture_set=together)), "common", sizes, unlike)


def _named(asked: AskedSet, names: Mapping[str, str]) -> AskedSet:
    """Return only these items, under other names."""
    rows = tuple(replace(row, item=names[row.item]) for row in asked.fixture_set.rows if row.item in names)
    read = {key: tuple(replace(m, item=names[m.item]) for m in own if m.item in names) for key, own in asked.measurements.items()}
    return replace(asked, fixture_set=replace(asked.fixture_set, rows=rows), measurements=read)


def _only(asked: AskedSet, kept: list[str]) -> AskedSet:
    """Return a set with only these attributes."""
    about = {name: asked.fixture_set.attributes[name] for name in kept}
    rows = tuple(row for row in asked.fixture_set.rows if row.groups.keys() & about.keys())
    there = {row.item for row in rows}
    read: dict[str, tuple[Measurement, ...]] = {key: tuple(m for m in own if m.item in there) for key, own in asked.measurements.items()}
    return replace(
        asked, fixture_set=replace(asked.fixture_set, attributes=about, rows=rows), measurements=read, deciding=tuple(d for d in asked.deciding if d.attribute in about),
    )


def _alike(asked: AskedSet) -> AskedSet:
    """Return a set whose repeats stand in no comparison's way: an item's mean over its repeats means the same, however many they are."""
    return replace(asked, repeats=1)


def _unlike(old: Mapping[str, Attribute], new: Mapping[str, Attribute]) -> dict[str, str]:
    """Return why an attribute cannot be compared: each group is held against the others, so that all of them have to be the same."""
    found = {name: f"asked only of the {'newer' if name in new else 'older'} one" for name in old.keys() ^ new.keys()}
    for name in old.keys() & new.keys():
        a, b = old[name], new[name]
        if list(a.groups) != list(b.groups):
            found[name] = "its groups differ"
        elif a.reference != b.reference:
            found[name] = "its reference differs"
        elif a.variants != b.variants:
            found[name] = "its names are a sample in only one of them"
    return dict(sorted(found.items()))


def _contents(own: FixtureSet, kept: list[str]) -> dict[bytes, list[str]]:
    """Return content → the items that hold it, in the set's order."""
    rows: dict[str, list[bytes]] = defaultdict(list)
    for row in own.rows:
        groups = {name: group for name, group in row.groups.items() if name in kept}
        if groups:
            rows[row.item].append(msgspec.json.encode(replace(row, item="", groups=groups), order="sorted"))
    found: dict[bytes, list[str]] = defaultdict(list)
    for item, parts in rows.items():
        found[hashlib.sha256(b"\n".join(sorted(parts))).digest()].append(item)
    return found


def _templates(old: FixtureSet, new: FixtureSet) -> bool:
    """Return whether every item comes from a template, and one audit's templates are all among the other's."""
    a, b = ({_cluster(row) for row in s.rows} for s in (old, new))
    return "" not in a | b and (a <= b or b <= a)


def _cluster(row: Row) -> str:
    return row.cluster or ""


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
