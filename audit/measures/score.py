"""A score: the output itself, a number on the set's scale."""

from audit.measures.reading import Reading, Unreadable, number
from audit.records import FixtureSet, Json


def measure(output: Json, fixture_set: FixtureSet, reading: Reading) -> float:
    """Return the score in the set's points. Raises Unreadable off the scale: a wrong scale is no score."""
    value = number(output)
    if fixture_set.scale is not None:
        low, high = fixture_set.scale
        if not low <= value <= high:
            raise Unreadable(f"{value:g} is outside the scale {low:g} to {high:g}")
    return value
