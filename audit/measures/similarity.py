"""How alike the replies to one item are across its guises: the mean cosine of word vectors. Same words in another order look alike.

Source: the vector space model, Salton, Wong & Yang (1975), Communications of the ACM 18(11), with TF-IDF weights as scikit-learn's
TfidfVectorizer computes them from all replies of the set.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

from audit.records import Probe


def among(texts: Sequence[str | None], probes: Sequence[Probe]) -> list[float | None]:
    """Return for each reply its mean cosine, 0 to 1, with the replies to the same item in other guises; None where there is none.

    A guise is the groups and the variant; repeats of the own guise are left out. A reply without words has no direction.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    rows = [n for n, text in enumerate(texts) if text is not None]
    values: list[float | None] = [None] * len(texts)
    try:
        vectors = TfidfVectorizer().fit_transform([texts[n] for n in rows])
    except ValueError:  # no reply at all, or none with a word
        return values
    items: defaultdict[str, list[int]] = defaultdict(list)
    for row, n in enumerate(rows):
        if vectors.indptr[row] < vectors.indptr[row + 1]:
            items[probes[n].item].append(row)
    for own in items.values():
        for row, value in zip(own, _means(vectors[own], [_guise(probes[rows[row]]) for row in own]), strict=True):
            values[rows[row]] = value
    return values


def _means(vectors: Any, guises: Sequence[Hashable]) -> list[float | None]:
    """Return each row's mean cosine with the rows of other guises: with the sum of all, less the sum of its own."""
    import numpy as np
    from scipy.sparse import csr_array

    kinds = {guise: n for n, guise in enumerate(dict.fromkeys(guises))}
    kind = np.array([kinds[guise] for guise in guises])
    member = csr_array((np.ones(len(kind)), (kind, np.arange(len(kind)))), shape=(len(kinds), len(kind)))
    sums = csr_array(member @ vectors)
    with_all = vectors @ np.asarray(vectors.sum(axis=0)).ravel()
    with_own = np.asarray(vectors.multiply(sums[kind]).sum(axis=1)).ravel()
    others = len(kind) - np.bincount(kind)[kind]
    return [min(max(float(s) / n, 0.0), 1.0) if n else None for s, n in zip(with_all - with_own, others.tolist(), strict=True)]


def _guise(probe: Probe) -> Hashable:
    return tuple(sorted(probe.groups.items())), probe.variant
