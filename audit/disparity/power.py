"""What a design can show: the smallest detectable gap, and the smallest margin within which a tool without a gap is cleared.

The unit is what is independent: templates (clusters), items within them, repeats within these, and names where they are a sample. A
comparison's variance is between/C + within/K + noise/(K·R) over its two sides, or over its differences where it is matched: with one item a
cluster the Var(d) = (2σ²/K)·[(1-ρ)/R + ρ - ρx] of Miller (2024, arXiv 2411.00640).
"""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from scipy import special

from audit.records import Design

POWER = 0.80
LEVEL = 0.95
_LEAST_RATE = 0.005
_HALF = 0.5
_ROUNDS = 30
_PSEUDO = 4
_DRAWS = 20_000
_SEED = 5


class Part(Struct, frozen=True):
    """The variance of one item's value (of a group), or of its difference from the reference (matched).

    between: of what the items of a cluster have in common. within: of an item's own part. noise: of a single reply about that.
    """

    between: float
    within: float
    noise: float

    def scaled(self, factor: float) -> "Part":
        """Return all three times a factor."""
        return Part(self.between * factor, self.within * factor, self.noise * factor)


class Units(Struct, frozen=True):
    """How much there is of one side: items, and the clusters they lie in (as many of equal size as count the same)."""

    items: float
    clusters: float


class Precision(Struct, frozen=True):
    """How well a design knows a comparison: its standard error and the degrees of freedom of that."""

    standard_error: float
    df: float


def precision(parts: Sequence[Part], units: Sequence[Units], repeats: float, fixed: float = 0.0) -> Precision:
    """Return what a design knows: one part and its units where matched, two where not. fixed: variance that more items leave as it is (names).

    Degrees of freedom by Welch and Satterthwaite, of clusters less one a side. A side without any unit knows nothing: an infinite standard error.
    """
    if any(u.clusters <= 0 or u.items <= 0 for u in units):
        return Precision(math.inf, 1.0)
    terms = [p.between / u.clusters + (p.within + p.noise / repeats) / u.items for p, u in zip(parts, units, strict=True)]
    total = sum(terms)
    below = sum(v**2 / max(u.clusters - 1, 1) for v, u in zip(terms, units, strict=True))
    df = total**2 / below if below > 0 else max(1.0, min(u.clusters for u in units) - 1)
    return Precision(math.sqrt(total + fixed), max(1.0, df))


def detectable(standard_error: float, alpha: float, df: float) -> float:
    """Return the smallest gap that a t test at `alpha` (two-sided) finds with 80% power: its non-centrality (Cohen 1988, ch. 2) in standard errors."""
    df = max(df, 1.0)
    found = float(special.nctdtrinc(df, 1 - POWER, special.stdtrit(df, 1 - alpha / 2)))
    return found * standard_error


def detectable_in_rates(gap: float, rate: float, share: float = 0.5) -> float:
    """Return the smallest gap in rates, given what it would be did both sides vary as they do at the base rate.

    A group whose rate lies nearer to one half varies more, as rate · (1 - rate): the gap is taken towards that side. share: of the variance, the
    part that is the group's own. By fixed point.
    """
    own = max(min(rate, 1 - rate), _LEAST_RATE)
    found = gap
    for _ in range(_ROUNDS):
        there = min(own + found, _HALF)
        found = min(1.0, gap * math.sqrt(1 - share + share * there * (1 - there) / (own * (1 - own))))
    return found


def steadied(standard_error: float, clusters: float) -> float:
    """Return a rate's standard error with the pseudo-clusters of its intervals (about 4: Agresti & Coull 1998, Am. Stat. 52:119)."""
    return standard_error * math.sqrt((clusters + _PSEUDO) / clusters) if clusters > 0 else math.inf


def clearing_margin(known: Precision) -> float:
    """Return the smallest margin within which two one-sided tests at 5% clear a tool without a gap with 80% power.

    Schuirmann (1987, J. Pharmacokin. Biopharm. 15:657): each of the two has to succeed in 90 of 100.
    """
    found = float(special.nctdtrinc(known.df, (1 - POWER) / 2, special.stdtrit(known.df, LEVEL)))
    return found * known.standard_error


def declared(design: Design, *, sd: float, icc: float, shared: float, between: float) -> tuple[Part, ...]:
    """Return a comparison's parts before any reply. sd: of single replies; icc: ρ, the part that is the item's.

    shared: the part of the item's effect that its guises share (ρx = shared·ρ), matched only. between: the part of what is left that all
    items of a cluster have in common.
    """
    sides, own = (1, 2 * sd**2) if design == "matched" else (2, sd**2)
    effect = own * icc * (1 - shared if design == "matched" else 1.0)
    return (Part(effect * between, effect * (1 - between), own * (1 - icc)),) * sides


def family_level(families: Sequence[tuple[int, bool, int]]) -> float:
    """Return the two-sided level of one comparison so that all hold together at 5%, as the step-down test asks of its first.

    families: (groups, whether one is the reference, statistics) of each attribute. Contrasts of one attribute and statistic go together as
    differences of equally well known groups do; all else is taken as independent. By 20,000 normal draws: to about 0.02 standard errors.
    """
    rng = np.random.default_rng(_SEED)
    furthest = np.zeros(_DRAWS)
    comparisons = 0
    for groups, reference, statistics in families:
        contrasts = _contrasts(groups, reference=reference)
        for _ in range(statistics):
            furthest = np.maximum(furthest, np.abs(rng.standard_normal((_DRAWS, groups)) @ contrasts.T).max(axis=1))
        comparisons += len(contrasts) * statistics
    if comparisons <= 1:
        return 1 - LEVEL
    return 2 * float(special.ndtr(-np.quantile(furthest, LEVEL)))


def _contrasts(groups: int, *, reference: bool) -> np.ndarray:
    """(M, G): each group against the first, and (from three up, or without a reference) against all the others, with variance 1."""
    own = np.eye(groups)
    rows = [own[g] - own[0] for g in range(1, groups)] if reference else []
    if groups > 2 or not reference:  # noqa: PLR2004 - with two, "others" is the other one
        rows += [own[g] - (1 - own[g]) / (groups - 1) for g in range(groups)]
    found = np.array(rows)
    scaled: np.ndarray = found / np.sqrt((found**2).sum(axis=1))[:, None]
    return scaled
