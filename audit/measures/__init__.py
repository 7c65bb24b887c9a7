"""A response → numbers. One file a measure; this table is all that the rest of the audit knows of them.

A measure is `measure(output, asked) -> float`; it raises `Unreadable` with the reason when the output does not hold what it
measures. One that looks at all replies of a set at once is `among(texts, probes) -> values`. To add one: a file here, a line
in `texts.py`, and its tests.
"""

from collections.abc import Mapping, Sequence

from audit.errors import FixtureError, PlanError
from audit.measures import decision, score
from audit.measures.entry import Entry
from audit.measures.reading import Asked, Reading, Unreadable, compiled, extract, rule, searched
from audit.measures.texts import BASIC, TEXT_MEASURES
from audit.measures.turns import heard, read_turns, spoken
from audit.records import NOT_ASKED, FixtureSet, Json, Measurement, Probe, Response
from audit.slots import mask

MEASURES: Mapping[str, Entry] = {
    "decision": Entry("decision", decision.measure, "share", "1 when the output counts as selected, 0 otherwise", "the set's own rule"),
    "score": Entry("score", score.measure, "points", "the output itself, on the set's scale", "the set's own scale"),
    **TEXT_MEASURES,
}

__all__ = ["BASIC", "MEASURES", "Asked", "Entry", "Memory", "Reading", "Unreadable", "check_readable", "compiled", "decides", "extract", "heard", "masked_texts", "measure_all", "measures_of", "reply_path_matches", "rule", "searched"]


class _Missing(str):
    """Why there is no value."""

    __slots__ = ()


Memory = dict[tuple[str, str, str], tuple[Json | _Missing, float | _Missing]]
"""(set, measure, probe) → what was read, and its value: of measures that look at one reply at a time."""


def measures_of(fixture_set: FixtureSet) -> list[str]:
    """Return the measures that apply to a set, those that decide first.

    A measure that needs something of a probe (its facts, its language) applies where some probe has it.
    """
    own = [
        name for name, entry in MEASURES.items()
        if entry.outcome == fixture_set.outcome and (entry.needs is None or any(getattr(row, entry.needs) for row in fixture_set.rows))
    ]
    return sorted(own, key=lambda name: not decides(name, fixture_set))


def decides(name: str, fixture_set: FixtureSet) -> bool:
    """Return whether a measure decides in this set, or only describes: a text set names those that do."""
    return fixture_set.outcome != "text" or name in (fixture_set.measures or BASIC)


def measure_all(
    fixture_set: FixtureSet, probes: Sequence[Probe], responses: Mapping[str, Response], reading: Reading, *, memory: Memory | None = None,
    deciding: bool = False,
) -> list[Measurement]:
    """Return one measurement a probe and measure, in probe order; a probe without a number says why.

    memory: what was read before with the same reading, of replies that may have come again; it is added to. deciding: only the measures that decide.
    """
    read = {probe.id: _output(fixture_set, probe, responses.get(probe.id), reading) for probe in probes}
    known = memory if memory is not None else {}
    return [
        _measurement(name, fixture_set, probe, value) for name in measures_of(fixture_set) if not deciding or decides(name, fixture_set)
        for probe, value in zip(probes, _values(name, fixture_set, probes, read, reading, known), strict=True)
    ]


def masked_texts(
    fixture_set: FixtureSet, probes: Sequence[Probe], responses: Mapping[str, Response], reading: Reading
) -> dict[str, str]:
    """Return each probe's reply as the measures of a text set read it: the signal masked; no entry where there is none."""
    read = {probe.id: _output(fixture_set, probe, responses.get(probe.id), reading) for probe in probes}
    return {name: output for name, output in read.items() if isinstance(output, str) and not isinstance(output, _Missing) and output.strip()}


def _output(fixture_set: FixtureSet, probe: Probe, response: Response | None, reading: Reading) -> Json | _Missing:
    """Return what is measured of a response, the signal masked."""
    if response is None:
        return _Missing(NOT_ASKED)
    if response.failure is not None:
        return _Missing(response.failure)
    try:
        return _masked(read_turns(response.output, fixture_set, reading), probe, fixture_set)
    except Unreadable as bad:
        return _Missing(f"unreadable: {bad}")


def _values(
    name: str, fixture_set: FixtureSet, probes: Sequence[Probe], read: Mapping[str, Json | _Missing], reading: Reading, memory: Memory
) -> list[float | _Missing]:
    entry = MEASURES[name]
    if entry.among is None:
        return [_remembered(memory, (fixture_set.id, name, probe.id), entry, read[probe.id], Asked(fixture_set, reading, probe)) for probe in probes]
    texts = [read[probe.id] if isinstance(read[probe.id], str) and not isinstance(read[probe.id], _Missing) else None for probe in probes]
    found = entry.among(texts, probes)
    return [
        value if value is not None else output if isinstance(output := read[probe.id], _Missing) else _Missing("unreadable: nothing to compare it with")
        for value, probe in zip(found, probes, strict=True)
    ]


def _remembered(memory: Memory, key: tuple[str, str, str], entry: Entry, output: Json | _Missing, asked: Asked) -> float | _Missing:
    known = memory.get(key)
    if known is None or type(known[0]) is not type(output) or known[0] != output:
        known = memory[key] = output, _one(entry, output, asked)
    return known[1]


def _one(entry: Entry, output: Json | _Missing, asked: Asked) -> float | _Missing:
    if isinstance(output, _Missing) or entry.measure is None:
        return output
    try:
        return entry.measure(output, asked)
    except Unreadable as bad:
        return _Missing(f"unreadable: {bad}")


def _measurement(name: str, fixture_set: FixtureSet, probe: Probe, value: float | _Missing) -> Measurement:
    missing = str(value) if isinstance(value, _Missing) else None
    return Measurement(
        probe=probe.id, set=fixture_set.id, item=probe.item, cluster=probe.cluster or probe.item,
        groups=probe.groups, measure=name, value=None if isinstance(value, _Missing) else value, missing=missing,
        truth=truth_of(probe.truth, fixture_set), variant=probe.variant, second_truth=truth_of(probe.second_truth, fixture_set),
    )


def _masked(output: Json, probe: Probe, fixture_set: FixtureSet) -> Json:
    """Return a text reply with the signal (the name or word that stands for the group, and what else gives it away) masked."""
    if fixture_set.outcome != "text" or not isinstance(output, str):
        return output
    for signal in sorted(filter(None, (probe.variant, *probe.also)), key=len, reverse=True):
        output = mask(output, signal)
    return output


def check_readable(fixture_set: FixtureSet) -> None:
    """Raise FixtureError when a set's own rule or one of its truths cannot be read: before anything is asked."""
    try:
        if fixture_set.positive_when is not None:
            rule(fixture_set.positive_when)
        for row in fixture_set.rows:
            for truth in (row.truth, row.second_truth):
                truth_of(truth, fixture_set)
    except PlanError as bad:
        raise FixtureError(bad.what, where=f"fixture set {fixture_set.id}", fix=bad.fix) from None
    except Unreadable as bad:
        raise FixtureError(
            f"item {row.item!r}: the truth {truth!r} cannot be read: {bad}", where=f"fixture set {fixture_set.id}",
            fix="Write it as the tool is to answer: a score on the scale, or true and false.",
        ) from None


def truth_of(truth: float | bool | str | None, fixture_set: FixtureSet) -> float | None:
    """Return a row's truth as a number: a score in points, or 1.0 / 0.0 for the right decision."""
    if truth is None or fixture_set.outcome == "text":
        return None
    reader = decision.measure if fixture_set.outcome == "decision" else score.measure
    return reader(truth, Asked(fixture_set))


def reply_path_matches(output: Json, reading: Reading) -> bool:
    """Return whether the plan's reply path finds anything in this output, or in any turn of a conversation."""
    return any(_matches(one, reading) for one in spoken(output))


def _matches(output: Json, reading: Reading) -> bool:
    try:
        extract(output, reading)
    except Unreadable:
        return False
    return True
