"""What a run gives to a comparison of tools, and which parts of two runs can be compared at all."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from audit.records import Disparity, Finding, FixtureSet, Indicator, Json, Measurement, Outcome
from audit.records.comparisons import ComparedTool, Refusal

MISSING = "missing_rate"
_SHOWN = 12


class AskedSet(Struct, frozen=True):
    """One fixture set of a run. measurements, ranges: by measure; ranges are the bounds of a value, None where it has none.

    deciding: the run's own comparisons that decide, those of missing replies too. outcomes: ("replies" | "missing", attribute) → verdict.
    drawn_from: what its items are a random draw of; two sets that name the same are compared although their items are others.
    looks: of an adaptive run, after how many looks it could have ended (1: a fixed design); stopped: attribute → the look, 0 …, that its
    verdicts rest on.
    """

    fixture_set: FixtureSet
    repeats: int
    measurements: Mapping[str, tuple[Measurement, ...]]
    ranges: Mapping[str, tuple[float, float] | None]
    deciding: tuple[Disparity, ...]
    outcomes: Mapping[tuple[str, str], Outcome]
    drawn_from: str = ""
    looks: int = 1
    stopped: Mapping[str, int] = {}


class Tool(Struct, frozen=True):
    """One run. margins: statistic → the policy's rule; minimum: base items below which nothing is said; basis: what its decision rests on.

    weight_factor: the range of weights that the policy asks an order to hold for, from w/factor to factor·w.
    """

    about: ComparedTool
    sets: Mapping[str, AskedSet]
    margins: Mapping[str, Json]
    minimum: int
    findings: tuple[Finding, ...]
    indicators: Mapping[str, Indicator]
    editions: Mapping[str, str]
    basis: str
    weight_factor: float

    @property
    def label(self) -> str:
        """The tool's name within the comparison."""
        return self.about.label

    @property
    def own_sets(self) -> list[FixtureSet]:
        """The sets that it was asked."""
        return [asked.fixture_set for asked in self.sets.values()]


class Question(Struct, frozen=True):
    """One comparison of groups that two tools were both put to; `own`: the tools' own answers to it."""

    set: str
    about: Disparity
    own: tuple[Disparity, Disparity]

    @property
    def kind(self) -> str:
        """Whether it is about replies, or about how often there was none."""
        return "missing" if self.about.statistic == MISSING else "replies"


def key_of(d: Disparity) -> tuple[str, str, str, str, str]:
    """Return what names a comparison within a set."""
    return d.measure if d.statistic != MISSING else "", d.statistic, d.attribute, d.group, d.reference


def shared_questions(a: Tool, b: Tool) -> tuple[list[Question], list[Refusal]]:
    """Return what both tools were asked alike, and what differs where it was not. Nothing of what differs is pooled."""
    found: list[Question] = []
    refused: list[Refusal] = []
    for name in sorted({*a.sets, *b.sets}):
        because = _unlike(a, b, name)
        if because:
            refused.append(Refusal(a.label, b.label, f"the fixture set {name}", because))
            continue
        for what, question, why in _questions(a, b, name):
            if question is not None:
                found.append(question)
            elif why:
                refused.append(Refusal(a.label, b.label, what, why))
    return found, list(dict.fromkeys(refused))


def _unlike(a: Tool, b: Tool, name: str) -> str:
    """Return why a set cannot be compared between two tools; empty where it can."""
    one, other = a.sets.get(name), b.sets.get(name)
    if one is None or other is None:
        return f"it was asked only of {(a if other is None else b).label}"
    if one.fixture_set.digest != other.fixture_set.digest and not (one.drawn_from and one.drawn_from == other.drawn_from):
        digests = " and ".join(x.fixture_set.digest[:_SHOWN] for x in (one, other))
        return f"its content differs (editions {one.fixture_set.edition} and {other.fixture_set.edition}, digests {digests}): other items, groups or attributes"
    if one.repeats != other.repeats:
        return f"the probes differ: each was asked {one.repeats} times of {a.label} and {other.repeats} times of {b.label}"
    return ""


def _questions(a: Tool, b: Tool, name: str) -> Iterator[tuple[str, Question | None, str]]:
    rows = {key_of(d): d for d in a.sets[name].deciding}, {key_of(d): d for d in b.sets[name].deciding}
    for key in dict.fromkeys([*rows[0], *rows[1]]):
        one, other = rows[0].get(key), rows[1].get(key)
        what = f"{name}: {key[1]}{f' of {key[0]}' if key[0] else ''}"
        if one is None or other is None:
            only = (a if other is None else b).label
            yield what, None, f"the statistic decides only for {only}"
        elif a.margins.get(one.statistic) != b.margins.get(one.statistic):
            yield what, None, f"the margins differ ({_rule(a, one.statistic)} and {_rule(b, one.statistic)})"
        elif one.design != other.design:
            yield what, None, f"the designs differ ({one.design} and {other.design})"
        else:
            yield what, Question(name, one, (one, other)), ""


def _rule(tool: Tool, statistic: str) -> str:
    rule = tool.margins.get(statistic)
    return f"{rule['value']:g} {rule['unit']}" if rule else "none"


def titles_of(sets: Iterable[FixtureSet]) -> dict[str, str]:
    """Return the names for people of sets, attributes and groups: "set", "set/attribute", "set/attribute/group" → title. The first set that has one names it."""
    found: dict[str, str] = {}
    for own in sets:
        found.setdefault(own.id, own.title)
        for attribute, about in own.attributes.items():
            found.setdefault(f"{own.id}/{attribute}", about.title or attribute)
            for group, title in about.groups.items():
                found.setdefault(f"{own.id}/{attribute}/{group}", (title or group).split(" (")[0])
    return found
