"""The measured gaps of one tool in two audits: which of them changed, tested together, and which cannot be compared."""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from audit.between.audits.twice import Matched, match_sets
from audit.between.differences import Differences, find_differences
from audit.between.flips import DRAWS
from audit.between.material import AskedSet, Tool, key_of, titles_of
from audit.records import Disparity
from audit.records.changes import GapChange, GapKind, NotCompared
from audit.records.comparisons import GapDifference
from audit.wording import OTHERS, signed, statistic_phrase

OLD, NEW = "the older audit", "the newer audit"
_HOW = {
    "common": "{set}: only the {common} base items that are the same in both are compared (the older audit has {old}, the newer one {new}).",
    "draws": "{set}: the items are two draws of the same templates ({old} and {new}, {common} of them the same), so that the two gaps are compared as independent estimates.",
}


class GapChanges(Struct, frozen=True):
    """What became of the measured gaps; how: in words, of sets that are not compared on the very same probes."""

    gaps: tuple[GapChange, ...]
    not_compared: tuple[NotCompared, ...]
    how: tuple[str, ...]
    family: str
    titles: dict[str, str]


def find_changes(old: Tool, new: Tool, seed: int) -> GapChanges:
    """Return every change of a gap, tested together. old, new: the two audits; margins, editions and repeats may differ, and do not matter here."""
    matched: dict[str, Matched] = {}
    refused: list[NotCompared] = []
    for name in sorted({*old.sets, *new.sets}):
        found = _match(old.sets.get(name), new.sets.get(name), max(old.minimum, new.minimum))
        if isinstance(found, Matched):
            matched[name] = found
            refused += [NotCompared(f"{name}: {attribute}", why) for attribute, why in found.unlike.items()]
        else:
            refused.append(NotCompared(name, found))
    tools = [_tool(new, NEW, {k: m.new for k, m in matched.items()}), _tool(old, OLD, {k: m.old for k, m in matched.items()})]
    compared = find_differences(tools, seed)
    refused += [NotCompared(r.what, r.because) for r in compared.refused]
    return GapChanges(tuple(_changes(compared, matched, titles := titles_of((*new.own_sets, *old.own_sets)))), tuple(refused), tuple(_how(matched)), _family(compared), titles)


def _match(old: AskedSet | None, new: AskedSet | None, minimum: int) -> Matched | str:
    if old is None or new is None:
        return f"it was asked only in {NEW if old is None else OLD}"
    return match_sets(old, new, minimum)


def _tool(tool: Tool, label: str, sets: Mapping[str, AskedSet]) -> Tool:
    return replace(tool, about=replace(tool.about, label=label), sets=sets, margins={})


def _how(matched: Mapping[str, Matched]) -> Iterator[str]:
    for name, one in matched.items():
        if one.kind in _HOW:
            old, new, common = one.items
            yield _HOW[one.kind].format(set=name, old=old, new=new, common=common)


def _changes(compared: Differences, matched: Mapping[str, Matched], titles: Mapping[str, str]) -> Iterator[GapChange]:
    for d in compared.found:
        one = matched[d.set]
        key = d.measure if d.statistic != "missing_rate" else "", d.statistic, d.attribute, d.group, d.reference
        own = [next(x for x in asked.deciding if key_of(x) == key) for asked in (one.old, one.new)]
        found = _change(d, own[0], own[1], one)
        yield replace(found, because=_because(found, d, titles))


def _change(d: GapDifference, old: Disparity, new: Disparity, one: Matched) -> GapChange:
    other_side = d.differs and _side(old) * _side(new) < 0
    return GapChange(
        set=d.set, measure=d.measure, statistic=d.statistic, unit=d.unit, attribute=d.attribute, group=d.group, reference=d.reference, design=d.design, how=one.kind,
        kind=_kind(d, other_side=other_side), other_side=other_side, old=d.gap_b, new=d.gap_a, change=d.difference, low=d.low, high=d.high, size=d.magnitude,
        size_low=d.magnitude_low, size_high=d.magnitude_high, p_change=d.p_difference, p_sum=d.p_sum, old_outcome=old.outcome, new_outcome=new.outcome,
        items=d.items, clusters=d.clusters, missing=d.missing, negative_control=d.negative_control,
        what=statistic_phrase(d.statistic, one.new.fixture_set, d.measure), because="",
    )


def _side(own: Disparity) -> int:
    """Return on which side an audit's own interval shows the gap; 0 where it does not."""
    return 0 if own.low is None or own.high is None else 1 if own.low > 0 else -1 if own.high < 0 else 0


def _kind(d: GapDifference, *, other_side: bool) -> GapKind:
    """Every claim needs the change itself to be told from zero, so that where nothing changed at most 5% of audits claim any."""
    if d.magnitude is None:
        return "not_tested"
    if d.smaller and d.differs:
        return "grew" if d.smaller == OLD else "shrank"
    if d.differs:
        return "moved" if other_side else "changed"
    return "undone" if d.undermined else "none"


def _because(g: GapChange, d: GapDifference, titles: Mapping[str, str]) -> str:
    start = f"{g.set}/{g.attribute}"
    reference = "all other groups together" if g.reference == OTHERS else titles.get(f"{start}/{g.reference}", g.reference)
    about = f"{titles.get(g.set, g.set)}, {titles.get(start, g.attribute)}: {titles.get(f'{start}/{g.group}', g.group)} against {reference}, {g.what}"
    if g.kind == "not_tested":
        return f"{about}: {d.because.replace('both tools', 'both audits')}."
    values = [signed(x or 0.0, g.unit) for x in (g.old, g.new, g.low, g.high)]
    unit = {"share": " percentage points", "ratio": ""}.get(g.unit, f" {g.unit}")
    said = {
        "grew": "the measured gap grew", "shrank": "the measured gap shrank", "moved": "the measured gap moved to the other side",
        "changed": "the measured gap changed; whether it is larger or smaller is not shown",
        "undone": f"no change is shown, because the missing replies ({g.missing:,}) could undo it", "none": "no change is shown",
    }[g.kind]
    side = " and points to the other side" if g.other_side and g.kind in ("grew", "shrank") else ""
    return f"{about}: {said}{side}, from {values[0]} to {values[1]}{unit} (the change lies between {values[2]} and {values[3]})."


def _family(compared: Differences) -> str:
    tested = compared.tested // 2
    if not tested:
        return "No change of a measured gap could be tested."
    return (
        f"{tested} changes of gaps, and as many sums of old and new, are tested together, step by step, at 5%: by {DRAWS:,} exchanges of signs within clusters of base "
        "items where the items are the same, and by Welch's test where they are two draws. All intervals hold together at 95%. A gap is shown to have grown or shrunk "
        "where both the change and the sum are told from zero."
    )
