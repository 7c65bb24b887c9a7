"""Stand-in tools whose gap is known: replies of one audit, and the truth of every contrast.

Every reply is cut or bent from a latent standard normal value, so that each group's true rate or mean is exact
whatever the intraclass correlation, which is that of the latent value. The gap is planted in the last group of the
first attribute, in the first measure: in the rate of decisions, or in points of the mean score.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr, ndtri

from audit.disparity.readings import Readings
from audit.policy import read_policy
from audit.records import Attribute, FixtureSet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OTHERS = "others"
NORMAL_END = 3.9
"""Where normal scores end, so that they fit a scale below 10 SD: beyond that the policy's floor would be the margin."""
SCALES = {"normal": (-4.0, 4.6), "rubric": (1.0, 6.0)}
"""Of scores. Skewed ones are a measure of text, such as its length, and have no scale."""
LOG_SD = 0.8
"""Of the logarithm of lognormal scores: a skewness of 3.7 (exponential: 2)."""
RUBRIC_SD = 1.1
"""The SD of the latent rubric score, before rounding to 1 … 6 about 3.5."""
CORRELATION = 0.5
"""Of the latent values of different measures of the same reply."""
TEMPLATE_SHARE = 0.5
"""The part of an item's effect that the items of one template share, where there are templates."""
MARGINS = read_policy(None)[0].margins


class Cell(Struct, frozen=True):
    """One kind of stand-in tool and audit.

    shared: the part of an item's effect that its guises share. sizes: items of each group, as multiples of `items`
    (sampled). shape: of scores. spread: the last group's SD over the others' (their means stay equal). missing: the
    share of replies that are missing, in the other groups and in the last. second: the groups of a second, crossed
    attribute. names: how many stand for each group (0: the word is the group), name_effect: their share of the
    variance. template: how many items are made from one.

    Names go round as in the shipped sets: item i has the name i mod `names` of each group, and the items that share
    names are a cluster. The names are a sample: the gap is that of the population of names.
    """

    name: str
    design: str = "matched"
    outcome: str = "decision"
    items: int = 60
    groups: int = 6
    icc: float = 0.5
    rate: float = 0.2
    shared: float = 0.0
    repeats: int = 3
    sizes: tuple[float, ...] = ()
    shape: str = "normal"
    spread: float = 1.0
    missing: tuple[float, float] = (0.0, 0.0)
    second: int = 1
    measures: int = 1
    names: int = 0
    name_effect: float = 0.05
    template: int = 1

    @property
    def guises(self) -> int:
        """How many combinations of groups there are."""
        return self.groups * self.second

    @property
    def counts(self) -> Ints:
        """(groups × second,): the base items in each guise."""
        each = np.array(self.sizes or (1.0,) * self.groups) * self.items / (self.second if self.design == "sampled" else 1)
        return np.repeat(np.round(each).astype(np.int64), self.second)


@dataclass(frozen=True)
class Replies:
    """One audit's replies: U units (an item in a guise), R repeats, M measures.

    value: (M, U, R), NaN where missing. item, guise, cluster, name: (U,); guise // second is the first attribute's
    group, guise % second the second's; name is -1 where there are none.
    """

    cell: Cell
    value: Floats
    item: Ints
    guise: Ints
    cluster: Ints
    name: Ints

    def group(self, attribute: str) -> Ints:
        """(U,): each unit's group in an attribute, "a" or "b"."""
        return self.guise // self.cell.second if attribute == "a" else self.guise % self.cell.second


def attributes(cell: Cell) -> dict[str, int]:
    """Return the number of groups in each attribute."""
    return {"a": cell.groups} | ({"b": cell.second} if cell.second > 1 else {})


def measures(cell: Cell) -> list[str]:
    """Return the names of the measures."""
    return [f"m{i}" for i in range(cell.measures)] if of_text(cell) else [cell.outcome]


def of_text(cell: Cell) -> bool:
    """Whether the values are measures of a text: several at once, or skewed ones."""
    return cell.measures > 1 or cell.shape not in SCALES


def a_set(cell: Cell, *, random_names: bool = True) -> FixtureSet:
    """Return the fixture set of a cell: groups g0 (the reference) … gn."""
    variants = "random" if cell.names and random_names else "fixed"
    return FixtureSet(
        id="s", title="s", edition="1", use_case="", design=cell.design, rows=(), digest="",
        outcome="text" if of_text(cell) else cell.outcome,
        attributes={
            name: Attribute(groups={f"g{i}": f"g{i}" for i in range(n)}, reference="g0", variants=variants)
            for name, n in attributes(cell).items()
        },
        scale=SCALES[cell.shape] if cell.outcome == "score" and not of_text(cell) else None,
    )


def replies(cell: Cell, gap: float, rng: np.random.Generator) -> Replies:
    """Return one audit's replies of a tool with this gap (0: alike in every group)."""
    item, guise, cluster, name = _units(cell)
    last = guise // cell.second == cell.groups - 1
    latent = _latent(cell, item, guise, cluster, name, rng)
    values = np.empty_like(latent)
    for m in range(cell.measures):
        values[m] = _bent(cell, latent[m], np.where(last, gap if m == 0 else 0.0, 0.0)[:, None], last[:, None])
    if any(cell.missing):
        values[:, rng.random(latent.shape[1:]) < np.where(last, cell.missing[1], cell.missing[0])[:, None]] = np.nan
    return Replies(cell, values, item, guise, cluster, name)


def _units(cell: Cell) -> tuple[Ints, Ints, Ints, Ints]:
    if cell.design == "matched":
        item, guise = np.repeat(np.arange(cell.items), cell.guises), np.tile(np.arange(cell.guises), cell.items)
    else:
        guise = np.repeat(np.arange(cell.guises), cell.counts)
        item = np.arange(len(guise))
    name = guise * cell.names + item % cell.names if cell.names else np.full(len(item), -1)
    return item, guise, item % cell.names if cell.names else item // cell.template, name


def _latent(cell: Cell, item: Ints, guise: Ints, cluster: Ints, name: Ints, rng: np.random.Generator) -> Floats:
    """(M, U, R): standard normal values with the cell's correlations."""
    u = len(item)
    item_effect = _normal(cell, int(item.max()) + 1, rng)[:, item]
    own = _normal(cell, u, rng)
    if cell.template > 1:
        templates = int(cluster.max()) + 1
        item_effect = _mix(TEMPLATE_SHARE, _normal(cell, templates, rng)[:, cluster], item_effect)
        own = _mix(TEMPLATE_SHARE, _normal(cell, templates * cell.guises, rng)[:, cluster * cell.guises + guise], own)
    effect = _mix(cell.shared, item_effect, own)
    latent = _mix(cell.icc, effect[:, :, None], _normal(cell, (u, cell.repeats), rng))
    return _mix(cell.name_effect, _normal(cell, int(name.max()) + 1, rng)[:, name, None], latent) if cell.names else latent


def _mix(share: float, one: Floats, other: Floats) -> Floats:
    mixed: Floats = np.sqrt(share) * one + np.sqrt(1 - share) * other
    return mixed


def _normal(cell: Cell, shape: int | tuple[int, ...], rng: np.random.Generator) -> Floats:
    shape = (shape,) if isinstance(shape, int) else shape
    own = rng.standard_normal((cell.measures, *shape))
    return own if cell.measures == 1 else _mix(CORRELATION, rng.standard_normal((1, *shape)), own)


def _bent(cell: Cell, z: Floats, gap: Floats, last: NDArray[np.bool_]) -> Floats:
    if cell.outcome == "decision":
        return (z < ndtri(cell.rate + gap)).astype(float)
    if cell.shape == "rubric":
        shift = np.where(gap != 0, rubric_shift(float(gap.max() + gap.min())), 0.0)
        return np.clip(np.rint(3.5 + RUBRIC_SD * z + shift), 1, 6)
    return _score(cell.shape, z) * np.where(last, cell.spread, 1.0) + gap


def _score(shape: str, z: Floats) -> Floats:
    """Latent values as scores of mean 0: normal, exponential, or lognormal (each of SD 1, the first a hair less)."""
    if shape == "normal":
        return np.clip(z, -NORMAL_END, NORMAL_END)
    if shape == "exponential":
        return -log_ndtr(-z) - 1.0
    variance = LOG_SD**2
    return (np.exp(LOG_SD * z - variance / 2) - 1.0) / np.sqrt(np.expm1(variance))


def _grid() -> tuple[Floats, Floats]:
    """Points and weights of the standard normal distribution: the midpoints of 400,000 strips between -9 and 9."""
    edges = np.linspace(-9, 9, 400_001)
    return (edges[1:] + edges[:-1]) / 2, np.diff(ndtr(edges))


def rubric_moments(shift: float) -> tuple[float, float]:
    """Return mean and variance of the rubric score of a group whose latent mean is 3.5 + shift: exact."""
    at_least = np.array([1.0, *ndtr((3.5 + shift - np.arange(1.5, 6)) / RUBRIC_SD), 0.0])
    p = at_least[:-1] - at_least[1:]
    points = np.arange(1, 7)
    mean = float(p @ points)
    return mean, float(p @ (points - mean) ** 2)


@cache
def rubric_shift(gap: float) -> float:
    """Return the latent shift that moves the mean rubric score by `gap` points."""
    return float(brentq(lambda shift: rubric_moments(shift)[0] - rubric_moments(0.0)[0] - gap, -3, 3, xtol=1e-13))


@cache
def single_sd(cell: Cell, gap: float = 0.0) -> float:
    """Return the true SD of single replies within groups, pooled as the margin pools it."""
    if cell.outcome == "decision":
        return float(np.sqrt(cell.rate * (1 - cell.rate)))
    if cell.shape == "rubric":
        base, last = rubric_moments(0.0)[1], rubric_moments(rubric_shift(gap))[1]
    else:
        z, weight = _grid()
        base = float(weight @ _score(cell.shape, z) ** 2)
        last = base * cell.spread**2
    share = float(cell.counts[-cell.second:].sum() / cell.counts.sum())
    return float(np.sqrt((1 - share) * base + share * last))


def at_the_margin(cell: Cell) -> float:
    """Return the gap that is exactly the margin: in the rate, or in SD of single replies; downwards near 100%."""
    if cell.outcome == "decision":
        return MARGINS["selection_rate_difference"].value * (-1 if cell.rate > 0.9 else 1)
    gap = 0.0
    for _ in range(20):  # the rubric's SD moves with its gap, a little
        gap = MARGINS["mean_difference"].value * single_sd(cell, gap)
    return gap


def correlation(cell: Cell, latent: float) -> float:
    """Return the correlation of two replies whose latent values correlate so: less for decisions."""
    if cell.outcome == "score":
        return latent
    z, weight = _grid()
    both = weight @ ndtr((ndtri(cell.rate) - np.sqrt(latent) * z) / np.sqrt(1 - latent)) ** 2
    return float((both - cell.rate**2) / (cell.rate * (1 - cell.rate)))


@cache
def middling(cell: Cell) -> float:
    """Return a gap that a good test finds in about every second audit: 3 standard errors of group against others."""
    own, shared = correlation(cell, cell.icc), correlation(cell, cell.icc * cell.shared) if cell.design == "matched" else 0.0
    factor = (1 - own) / cell.repeats + own - shared + (own - shared) * TEMPLATE_SHARE * (cell.template - 1)
    n = cell.counts.reshape(cell.groups, cell.second).sum(axis=1).astype(float)
    names = cell.name_effect / cell.names if cell.names else 0.0
    down = -1 if cell.outcome == "decision" and cell.rate > 0.9 else 1
    gap = 0.0
    for _ in range(30):  # the variance of decisions moves with the planted rate
        rate = cell.rate + down * gap / cell.groups
        variance = rate * (1 - rate) if cell.outcome == "decision" else single_sd(cell) ** 2
        gap = 3.0 * float(np.sqrt(variance * (factor * (1 / n[-1] + 1 / n[:-1].sum()) + names * (1 + 1 / (cell.groups - 1)))))
    return down * gap


def truth(cell: Cell, gap: float, measure: str, attribute: str, group: str, reference: str) -> float:
    """Return the true difference of one contrast; the others of a sampled group are their items together."""
    if attribute != "a" or measure != measures(cell)[0]:
        return 0.0
    means = np.zeros(cell.groups)
    means[-1] = gap
    own = int(group[1:])
    if reference != OTHERS:
        return float(means[own] - means[int(reference[1:])])
    weight = cell.counts.reshape(cell.groups, cell.second).sum(axis=1).astype(float) if cell.design == "sampled" else np.ones(cell.groups)
    weight[own] = 0.0
    return float(means[own] - weight @ means / weight.sum())


def unit_means(r: Replies) -> Floats:
    """(M, U): the mean of a unit's replies; NaN where none came."""
    there = ~np.isnan(r.value)
    count = there.sum(axis=2)
    return np.where(count > 0, np.where(there, r.value, 0.0).sum(axis=2) / np.maximum(count, 1), np.nan)


def readings(r: Replies, measure: int, cluster: Ints | None = None) -> Readings:
    """Return one measure's readings as columns; `cluster` (U,) in place of the replies' own."""
    repeats, cluster = r.cell.repeats, r.cluster if cluster is None else cluster
    value = r.value[measure].ravel()
    return Readings(
        value=value, truth=np.full(len(value), np.nan), item=np.repeat(r.item, repeats), cluster=np.repeat(cluster, repeats),
        times=np.ones(len(value)), weight=np.ones(int(cluster.max()) + 1), asked=np.ones(len(value), dtype=bool),
        groups={name: np.repeat(r.group(name), repeats) for name in attributes(r.cell)}, variant=np.repeat(r.name, repeats),
    )
