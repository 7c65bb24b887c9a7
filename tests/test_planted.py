"""An effect that is planted in a scripted writer is seen by its measure, named by the words, and laid to nobody else.

The full run, with every habit, is `python -m benchmarks.planted`.
"""

import pytest

from benchmarks.planted.audits import audit
from benchmarks.planted.grid import GRID

PLANTED = [("recommendation-letters", "more hedged"), ("teacher-coaching", "vaguer")]
ITEMS = 40


def plant(of, habit):
    (found,) = (p for p in GRID if (p.set, p.habit) == (of, habit))
    return found


@pytest.mark.parametrize(("of", "habit"), PLANTED)
def test_a_planted_habit_is_seen_and_named_and_nobody_else_is_accused(of, habit):
    said = audit(plant(of, habit), 1, items=ITEMS)
    assert said.sees()[0]
    assert said.accused() == {said.plant.group}
    assert said.differ == {said.plant.group}
    assert said.naming()
    assert said.shown()


def test_writers_who_are_alike_are_not_accused():
    """Of two audits at a promise of 5% each, both would be accused with a chance of 0.25%."""
    said = [audit(plant(of, habit), 100 + n, alike=True, items=ITEMS) for n, (of, habit) in enumerate(PLANTED)]
    assert not all(s.accused() | s.accused(directly=False) for s in said)
    assert not all(s.differ for s in said)
