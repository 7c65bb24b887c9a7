"""What the rest of the audit knows of a measure."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from audit.measures.reading import Asked
from audit.records import Json, OutcomeKind, Probe

Measure = Callable[[Json, Asked], float]
Among = Callable[[Sequence[str | None], Sequence[Probe]], list[float | None]]


class Entry(NamedTuple):
    """What a measure reads, its unit, where it comes from, and what it cannot see.

    range: the lowest and highest value, None where there is no bound. needs: what a probe must have. among: for a measure
    that looks at all replies of a set at once (`measure` is None then).
    """

    outcome: OutcomeKind
    measure: Measure | None
    unit: str
    about: str
    source: str
    range: tuple[float, float] | None = None
    blind: str = ""
    needs: Literal["facts", "language"] | None = None
    among: Among | None = None
