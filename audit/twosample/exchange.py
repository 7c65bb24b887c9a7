"""How well the replies of two sides are told apart, and how often chance alone would do as well."""

from dataclasses import dataclass

import numpy as np

from audit.twosample.scores import Flags, Floats, Ints

_AT_ONCE = 4_000_000
"""Pairs × relabellings that are worked on at a time: about 32 MB."""


@dataclass(frozen=True)
class ToldApart:
    """told_apart: share of pairs in which the group's reply has the higher score; 0.5 by chance. p_value: one-sided, by permutation."""

    told_apart: float
    p_value: float


def matched(h: Floats, group: Ints, cluster: Ints, pairs: tuple[Ints, Ints], weight: Floats, draws: int, rng: np.random.Generator) -> ToldApart:
    """Return how well guises of the same item are told apart; groups are exchanged within clusters.

    h: (N, N) of `held_out`. group: (N,) codes, 0 the group in question, the others what it is compared with. pairs: (P,) twice, replies of
    one item in two groups; weight: (P,), which sums to 1 over the pairs of each item and group.
    """
    groups = int(group.max()) + 1
    _, place = np.unique(cluster, return_inverse=True)
    chosen = np.column_stack([np.zeros(place.max() + 1, dtype=np.int64), rng.integers(0, groups, (place.max() + 1, draws))])
    step = max(1, _AT_ONCE // max(len(pairs[0]), len(group)))
    found = np.concatenate([_share(h, group, place, pairs, weight, chosen[:, i : i + step]) for i in range(0, draws + 1, step)])
    return _against(found)


def _share(h: Floats, group: Ints, place: Ints, pairs: tuple[Ints, Ints], weight: Floats, chosen: Ints) -> Floats:
    """(B,): the share of pairs told apart where, in each cluster, the `chosen` (C, B) group takes the place of the one in question."""
    own = group[:, None] == chosen[place]
    groups = int(group.max()) + 1
    score = h @ np.where(own, 1.0, -1.0 / (groups - 1))
    one, other = pairs
    side = own[one].astype(float) - own[other]
    ahead = np.sign(score[one] - score[other]) * side
    counted = weight[:, None] * np.abs(side)
    shares: Floats = 0.5 + 0.5 * (counted * ahead).sum(axis=0) / counted.sum(axis=0)
    return shares


def sampled(h: Floats, group: Ints, cluster: Ints, fold: Ints, draws: int, rng: np.random.Generator) -> ToldApart:
    """Return how well replies to different items are told apart (AUC within folds); groups are exchanged between clusters.

    group: (N,) 0 for the group in question, others for the rest; each cluster lies in one of them.
    """
    _, first, place = np.unique(cluster, return_index=True, return_inverse=True)
    own = group[first] == 0
    labels = np.column_stack([own, *(rng.permutation(own) for _ in range(draws))])
    step = max(1, _AT_ONCE // len(group))
    found = np.concatenate([_auc(h, labels[place, i : i + step], fold) for i in range(0, draws + 1, step)])
    return _against(found)


def _auc(h: Floats, own: Flags, fold: Ints) -> Floats:
    """(B,): the share of pairs of replies in the same fold whose scores are in the right order, for each relabelling (N, B)."""
    from scipy import stats

    score = h @ own.astype(float)
    ahead, pairs = np.zeros(own.shape[1]), np.zeros(own.shape[1])
    for one in np.unique(fold):
        mine = own[fold == one]
        n = mine.sum(axis=0)
        ahead += (stats.rankdata(score[fold == one], axis=0) * mine).sum(axis=0) - n * (n + 1) / 2
        pairs += n * (len(mine) - n)
    return np.where(pairs > 0, ahead / np.maximum(pairs, 1), 0.5)


def _against(found: Floats) -> ToldApart:
    """The first is the observed one."""
    return ToldApart(float(found[0]), float((1 + (found[1:] >= found[0] - 1e-12).sum()) / len(found)))
