"""The words that carry a difference: log-odds with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008, Political Analysis 16:372)."""

import math
from collections import Counter
from collections.abc import Sequence

from audit.records import CarryingWord

PRIOR = 500.0
"""Words that the prior counts for: the set's own frequencies, so that rare words need more than one reply to stand out."""
_FEWEST_ITEMS = 3
_SHOWN = 12


def carrying_words(own: Sequence[tuple[str, str]], other: Sequence[tuple[str, str]], background: Sequence[str]) -> tuple[CarryingWord, ...]:
    """Return the words that the group's replies hold more often, and those that the reference's do, the clearest first.

    own, other: (item, text). background: all replies of the set. A word counts from three items up, and where it stands in at most half of the replies. `z` takes words to be
    independent, which they are not: it ranks, and proves nothing.
    """
    prior = Counter(word for text in background for word in text.split())
    counts = [Counter(word for _, text in side for word in text.split()) for side in (own, other)]
    items: dict[str, set[str]] = {}
    for item, text in (*own, *other):
        for word in set(text.split()):
            items.setdefault(word, set()).add(item)
    # a word in most replies is grammar, and says nothing about either side
    common = len(own) + len(other)
    within = Counter(word for _, text in (*own, *other) for word in set(text.split()))
    found = [
        CarryingWord(word, round(log_odds_z(word, counts[0], counts[1], prior), 2), counts[0][word], counts[1][word], len(items[word]))
        for word in items if len(items[word]) >= _FEWEST_ITEMS and 2 * within[word] <= common
    ]
    ordered = sorted(found, key=lambda w: (-w.z, w.word))
    return tuple(w for w in ordered[:_SHOWN] if w.z > 0) + tuple(w for w in ordered[: -_SHOWN - 1 : -1] if w.z < 0)


def log_odds_z(word: str, own: Counter[str], other: Counter[str], prior: Counter[str]) -> float:
    """Return the standardized log-odds ratio of a word: above 0 where the first side uses it more (Monroe et al. 2008, equation 22)."""
    total = sum(prior.values())
    a = PRIOR * prior[word] / total
    n, m = sum(own.values()), sum(other.values())
    delta = math.log((own[word] + a) / (n + PRIOR - own[word] - a)) - math.log((other[word] + a) / (m + PRIOR - other[word] - a))
    return delta / math.sqrt(1 / (own[word] + a) + 1 / (other[word] + a))
