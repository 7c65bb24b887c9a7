"""Similarity against scikit-learn's vectors and cosines, pair by pair."""

import random

import msgspec
import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from audit.measures import MEASURES, Reading, measure_all
from audit.records import Response
from tests.builders import a_probe, a_set


def among(texts, probes):
    return MEASURES["similarity"].among(texts, probes)


def probe(item, group, variant=None, repeat=1):
    return msgspec.structs.replace(a_probe(item=item, group=group, repeat=repeat), variant=variant)


TEXTS = ["good map and title", "good map but no title", "add a reason", "good map and title", "the ending is clear", "clear ending", "alone here"]
PROBES = [probe("i", "a"), probe("i", "b", "x"), probe("i", "b", "y"), probe("i", "a", repeat=2), probe("j", "a"), probe("j", "b"), probe("k", "a")]


def test_it_is_the_mean_cosine_with_the_other_guises_of_the_item():
    cosines = cosine_similarity(TfidfVectorizer().fit_transform(TEXTS))
    others = {0: [1, 2], 1: [0, 2, 3], 2: [0, 1, 3], 3: [1, 2], 4: [5], 5: [4]}
    found = among(TEXTS, PROBES)
    assert found[6] is None
    for reply, rest in others.items():
        assert found[reply] == pytest.approx(np.mean(cosines[reply, rest]), abs=1e-12)
    assert 0 < found[0] < 1


def test_the_same_reply_is_1_and_one_without_a_common_word_0():
    assert among(["good map", "good map"], PROBES[:2]) == pytest.approx([1, 1])
    assert among(["good map", "weak ending"], PROBES[:2]) == [0, 0]


@pytest.mark.parametrize("texts", [[], [None, None], ["", "!!!"], ["good map", None], ["good map", "…"]])
def test_nothing_to_compare_with_is_no_value(texts):
    assert among(texts, PROBES[:len(texts)]) == [None] * len(texts)


def test_a_reply_that_failed_leaves_the_others_their_value():
    probes = PROBES[:3]
    responses = {p.id + str(n): Response(p.id, text, None, "", 0.1, 1, "") for n, (p, text) in enumerate(zip(probes, ["good map", "good map", None], strict=True))}
    probes = [msgspec.structs.replace(p, id=name) for p, name in zip(probes, responses, strict=True)]
    rows = [m for m in measure_all(a_set(outcome="text"), probes, responses, Reading()) if m.measure == "similarity"]
    assert [row.value for row in rows] == [pytest.approx(1), pytest.approx(1), None]
    assert rows[2].missing.startswith("unreadable")


@pytest.mark.parametrize("items", [1, 500])
def test_ten_thousand_replies_are_compared(items):
    words = [f"word{n}" for n in range(3000)]
    draw = random.Random(1)
    texts = [" ".join(draw.choices(words, k=150)) for _ in range(10_000)]
    probes = [probe(f"i{n % items}", f"g{n % 20}", str(n // items % 7)) for n in range(10_000)]
    found = among(texts, probes)
    assert all(value is not None and 0 <= value <= 1 for value in found)
