"""A response → numbers. One file a measure; this table is all that the rest of the audit knows of them.

A measure is `measure(output, fixture_set, reading) -> float`; it raises `Unreadable` with the reason
when the output does not hold what it measures. To add one: a file here, a line below, and its tests.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from audit.errors import FixtureError, PlanError
from audit.measures import decision, score, tone, words
from audit.measures.reading import Reading, Unreadable, compiled, extract, rule
from audit.records import NOT_ASKED, FixtureSet, Json, Measurement, OutcomeKind, Probe, Response
from audit.slots import mask

Measure = Callable[[Json, FixtureSet, Reading], float]


class Entry(NamedTuple):
    """What a measure reads, its unit, and where it comes from."""

    outcome: OutcomeKind
    measure: Measure
    unit: str
    about: str
    source: str
    range: tuple[float, float] | None = None


MEASURES: Mapping[str, Entry] = {
    "decision": Entry("decision", decision.measure, "share", "1 when the output counts as selected, 0 otherwise", "the set's own rule"),
    "score": Entry("score", score.measure, "points", "the output itself, on the set's scale", "the set's own scale"),
    "words": Entry("text", words.measure, "words", "length of the reply in words", "count of word tokens"),
    "tone": Entry("text", tone.measure, "points", "tone of the reply from -1 to 1, with the signal masked", "VADER compound score, Hutto & Gilbert 2014", (-1.0, 1.0)),
}

__all__ = ["MEASURES", "Entry", "Reading", "Unreadable", "check_readable", "compiled", "extract", "measure_all", "reply_path_matches", "rule"]


def measure_all(
    fixture_set: FixtureSet, probes: Sequence[Probe], responses: Mapping[str, Response], reading: Reading
) -> list[Measurement]:
    """Return one measurement a probe and measure, in probe order; a probe without a number says why."""
    names = [name for name, entry in MEASURES.items() if entry.outcome == fixture_set.outcome]
    return [_one(name, fixture_set, probe, responses.get(probe.id), reading) for name in names for probe in probes]


def _one(name: str, fixture_set: FixtureSet, probe: Probe, response: Response | None, reading: Reading) -> Measurement:
    value: float | None = None
    missing: str | None = None
    if response is None:
        missing = NOT_ASKED
    elif response.failure is not None:
        missing = response.failure
    else:
        try:
            output = extract(response.output, reading)
            value = MEASURES[name].measure(_masked(output, probe, fixture_set), fixture_set, reading)
        except Unreadable as bad:
            missing = f"unreadable: {bad}"
    return Measurement(
        probe=probe.id, set=fixture_set.id, item=probe.item, cluster=probe.cluster or probe.item,
        groups=probe.groups, measure=name, value=value, missing=missing,
        truth=truth_of(probe.truth, fixture_set), variant=probe.variant, second_truth=truth_of(probe.second_truth, fixture_set),
    )


def _masked(output: Json, probe: Probe, fixture_set: FixtureSet) -> Json:
    """Return a text reply with the signal (the name or word that stands for the group) masked."""
    if fixture_set.outcome == "text" and isinstance(output, str) and probe.variant:
        return mask(output, probe.variant)
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
    return reader(truth, fixture_set, Reading())


def reply_path_matches(output: Json, reading: Reading) -> bool:
    """Return whether the plan's reply path finds anything in this output."""
    try:
        extract(output, reading)
    except Unreadable:
        return False
    return True
