"""Every group of a text set against its reference: told apart or not, by which words, in which replies."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from audit.records import FixtureSet, Probe, ReplyPair, TextDifference
from audit.twosample.exchange import ToldApart, matched, sampled
from audit.twosample.scores import Floats, Ints, features, folds_of, held_out, similarities
from audit.twosample.text import neutral
from audit.twosample.words import carrying_words
from audit.wording import texts_sentence

ALPHA = 0.05
OTHERS = "others"
_DRAWS = 1_999
_MOST = 2_000
"""Replies in one test; more are left out item by item, by the seed, because the cost grows with their square."""
_FEWEST = 10
"""Clusters below which nothing is said."""
_SHOWN = 1_500


@dataclass(frozen=True)
class _Texts:
    """Replies (N,) of one contrast. group: 0 the one in question. beside: what two guises of an item must share to be a pair."""

    shown: list[str]
    words: list[str]
    item: Ints
    cluster: Ints
    group: Ints
    beside: Ints
    names: list[str]

    def some(self, rows: Ints) -> "_Texts":
        return _Texts(
            [self.shown[i] for i in rows], [self.words[i] for i in rows], self.item[rows], self.cluster[rows], self.group[rows],
            self.beside[rows], [self.names[i] for i in rows],
        )


def compare_texts(
    fixture_set: FixtureSet, probes: Sequence[Probe], texts: Mapping[str, str], *, seed: int, draws: int = _DRAWS,
    attributes: Collection[str] | None = None, share: float = 1.0,
) -> list[TextDifference]:
    """Return one answer for each group of each attribute of a text set, before they are adjusted for each other.

    texts: by probe, the reply with the signal masked; probes without a reply are not there. attributes: these alone; all without it.
    share: of the items planned, where the replies are an early look: its levels are lower, and more exchanges are drawn to reach them.
    """
    there = [probe for probe in probes if probe.id in texts and probe.set == fixture_set.id]
    words = {probe.id: neutral(texts[probe.id]) for probe in there}
    background = list(words.values())
    return [
        _one(fixture_set, name, group, [p for p in there if name in p.groups], texts, words, background, seed, draws, share)
        for name, about in fixture_set.attributes.items() if attributes is None or name in attributes
        for group in about.groups if group != about.reference
    ]


def settled(
    found: Sequence[TextDifference], p_adjusted: Sequence[float], sets: Mapping[str, FixtureSet]
) -> tuple[TextDifference, ...]:
    """Return the answers with their adjusted p-values (of those that have one, in order), whether the replies differ, and a sentence each."""
    adjusted = iter(p_adjusted)
    return tuple(_settled(d, next(adjusted) if d.p_value is not None else None, sets[d.set]) for d in found)


def _settled(d: TextDifference, p_adjusted: float | None, fixture_set: FixtureSet) -> TextDifference:
    if p_adjusted is not None:
        d = msgspec.structs.replace(d, p_adjusted=p_adjusted, outcome="differ" if p_adjusted <= ALPHA else "not_shown")
    return msgspec.structs.replace(d, because=texts_sentence(d, fixture_set))


def _one(
    fixture_set: FixtureSet, attribute: str, group: str, probes: Sequence[Probe], texts: Mapping[str, str], words: Mapping[str, str],
    background: Sequence[str], seed: int, draws: int, share: float,
) -> TextDifference:
    about = fixture_set.attributes[attribute]
    own = _texts(fixture_set, attribute, group, probes, texts, words)
    rng = np.random.default_rng(_own_seed(seed, fixture_set.id, attribute, group))
    own = _fewer(own, rng)
    clusters = min(len(set(own.cluster[side].tolist())) for side in (own.group == 0, own.group != 0))
    empty = TextDifference(
        set=fixture_set.id, attribute=attribute, group=group, reference=about.reference or OTHERS, design=fixture_set.design,
        items=len(set(own.item.tolist())), clusters=clusters, replies=len(own.item), told_apart=None, p_value=None, p_adjusted=None,
        outcome="not_assessed", negative_control=group in about.negative_controls,
    )
    why = _why_not(own, clusters, fixture_set, probes)
    if why:
        return msgspec.structs.replace(empty, because=why)
    weights = features(own.words)
    if weights is None:
        return msgspec.structs.replace(empty, because="no two replies have a word in common")
    kernel = similarities(weights)
    fold = folds_of(own.cluster, rng)
    h = held_out(kernel, fold)
    pairs, weight = _pairs(own)
    draws = _enough(draws, share, len(own.item))
    found = (
        matched(h, own.group, own.cluster, pairs, weight, draws, rng) if fixture_set.design == "matched"
        else sampled(h, own.group, own.cluster, fold, draws, rng)
    )
    return _told(empty, own, found, kernel, h, pairs, background)


def _enough(draws: int, share: float, replies: int) -> int:
    """Return how many exchanges a look needs: more, the earlier it is, as far as that costs no more than the largest test of a whole run."""
    return max(draws, min(round((draws + 1) / share**2) - 1, (draws + 1) * _MOST**2 // replies**2))


def _why_not(own: _Texts, clusters: int, fixture_set: FixtureSet, probes: Sequence[Probe]) -> str:
    if clusters < _FEWEST:
        return f"{clusters} independent items with replies in both groups, and at least {_FEWEST} are needed"
    if len({probe.language for probe in probes}) > 1:
        return "the replies are asked for in different languages"
    if fixture_set.design == "sampled":
        own_clusters, others = (set(own.cluster[own.group == g].tolist()) for g in (0, 1))
        if own_clusters & others:
            return "some items lie in both groups"
    elif not len(_pairs(own)[0][0]):
        return "no item has replies in both groups"
    return ""


def _own_seed(seed: int, *of: str) -> int:
    """Return a seed of the contrast's own, so that another one beside it changes nothing."""
    return int.from_bytes(hashlib.sha256(msgspec.json.encode([seed, "texts", *of])).digest()[:8], "big")


def _texts(fixture_set: FixtureSet, attribute: str, group: str, probes: Sequence[Probe], texts: Mapping[str, str], words: Mapping[str, str]) -> _Texts:
    about = fixture_set.attributes[attribute]
    kept = [p for p in probes if about.reference is None or p.groups[attribute] in (group, about.reference)]
    order = [group, *(g for g in about.groups if g != group)]
    item, cluster, beside = (
        np.unique([key(p) for p in kept] or [""], return_inverse=True)[1][: len(kept)] for key in (
            lambda p: p.item, lambda p: p.cluster or p.item,
            lambda p: str([p.item, fixture_set.beside(p.groups, attribute) if about.reference is not None else ()]),
        )
    )
    there = {p.groups[attribute] for p in kept}
    code = {g: i for i, g in enumerate(g for g in order if g == group or g in there)}
    return _Texts(
        [texts[p.id] for p in kept], [words[p.id] for p in kept], item, cluster,
        np.array([code[p.groups[attribute]] for p in kept], dtype=np.int64), beside, [p.item for p in kept],
    )


def _fewer(own: _Texts, rng: np.random.Generator) -> _Texts:
    """Return whole items, so many that the replies are at most `_MOST`."""
    if len(own.item) <= _MOST:
        return own
    order = rng.permutation(int(own.item.max()) + 1)
    size = np.cumsum(np.bincount(own.item)[order])
    return own.some(np.flatnonzero(np.isin(own.item, order[size <= _MOST])))


def _pairs(own: _Texts) -> tuple[tuple[Ints, Ints], Floats]:
    """Return the pairs (P,) of replies to one item in two groups, and their weights: each item and pair of groups counts once."""
    one, other, weight = [], [], []
    order = np.argsort(own.beside, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(own.beside[order])) + 1) if len(order) else []:
        a, b = np.triu_indices(len(rows), 1)
        apart = own.group[rows[a]] != own.group[rows[b]]
        a, b = rows[a[apart]], rows[b[apart]]
        kinds = np.minimum(own.group[a], own.group[b]) * 10_000 + np.maximum(own.group[a], own.group[b])
        _, kind, times = np.unique(kinds, return_inverse=True, return_counts=True)
        one.append(a)
        other.append(b)
        weight.append(1.0 / times[kind])
    joined = [np.concatenate(x) if x else np.empty(0) for x in (one, other, weight)]
    return (joined[0].astype(np.int64), joined[1].astype(np.int64)), joined[2].astype(float)


def _told(
    empty: TextDifference, own: _Texts, found: ToldApart, kernel: Floats, h: Floats, pairs: tuple[Ints, Ints], background: Sequence[str]
) -> TextDifference:
    mine, rest = own.group == 0, own.group != 0
    one, other = ([(own.names[i], own.words[i]) for i in np.flatnonzero(side)] for side in (mine, rest))
    return msgspec.structs.replace(
        empty, told_apart=found.told_apart, p_value=found.p_value,
        between_repeats=_distance(kernel, own.beside, own.group, same=True), between_guises=_distance(kernel, own.beside, own.group, same=False),
        words=carrying_words(one, other, background), pairs=_examples(own, h @ np.where(mine, 1.0, -1.0 / max(1, int(own.group.max()))), pairs),
    )


def _distance(kernel: Floats, beside: Ints, group: Ints, *, same: bool) -> float | None:
    """Return the mean distance of two replies to one item in the same guise, or in two."""
    together = (beside[:, None] == beside[None, :]) & ((group[:, None] == group[None, :]) == same)
    np.fill_diagonal(together, val=False)
    return float(np.mean(1 - kernel[together])) if together.any() else None


def _examples(own: _Texts, score: Floats, pairs: tuple[Ints, Ints]) -> tuple[ReplyPair, ...]:
    """Return the pair of replies told apart most clearly, and one in the middle; nothing between different items."""
    flip = own.group[pairs[0]] != 0
    one, other = np.where(flip, pairs[1], pairs[0]), np.where(flip, pairs[0], pairs[1])
    kept = own.group[one] == 0
    one, other = one[kept], other[kept]
    if not len(one):
        return ()
    order = np.argsort(score[other] - score[one], kind="stable")
    clearest, typical = int(order[0]), int(order[len(order) // 2])
    return (
        ReplyPair("clearest", own.names[one[clearest]], own.shown[one[clearest]][:_SHOWN], own.shown[other[clearest]][:_SHOWN]),
        ReplyPair("typical", own.names[one[typical]], own.shown[one[typical]][:_SHOWN], own.shown[other[typical]][:_SHOWN]),
    )
