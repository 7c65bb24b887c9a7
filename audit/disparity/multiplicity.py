"""Many comparisons at once: Holm for the confirmatory family, Benjamini–Hochberg for exploration."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the family-wise error is held (Holm 1979, Scand. J. Stat. 6:65)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [1.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the false discovery rate is held (1995, JRSS B 57:289)."""
    m = len(p_values)
    order = sorted(range(m), key=p_values.__getitem__, reverse=True)
    adjusted = [1.0] * m
    running = 1.0
    for position, index in enumerate(order):
        running = min(running, p_values[index] * m / (m - position))
        adjusted[index] = running
    return adjusted
