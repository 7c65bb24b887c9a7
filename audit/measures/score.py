"""A score: the output itself, a number on the set's scale."""

from audit.measures.reading import Asked, Unreadable, number
from audit.records import Json


def measure(output: Json, asked: Asked) -> float:
    """Return the score in the set's points. Raises Unreadable off the scale: a wrong scale is no score."""
    value = number(output)
    if asked.fixture_set.scale is not None:
        low, high = asked.fixture_set.scale
        if not low <= value <= high:
            raise Unreadable(f"{value:g} is outside the scale {low:g} to {high:g}")
    return value
