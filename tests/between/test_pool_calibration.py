"""The short form of benchmarks/pooling.py: pooled as `audit merge` does and as if the audits were independent, on the very same replies."""

import pytest

from benchmarks.pooling import Kind, play

SCORES = Kind("scores", (1, 1, 2, 2), items=24)
DECISIONS = Kind("decisions", (1, 1, 1), items=40, outcome="decision", shared=0.3)


@pytest.fixture(scope="module")
def scores():
    return play(SCORES, 80, seed=5, draws=199)


def test_the_average_of_audits_of_the_same_items_covers_and_taking_them_as_independent_does_not(scores):
    assert scores["average 95%"].share >= 0.90
    assert scores["naive fixed"].share <= 0.85
    assert scores["gap found"].share <= 0.10


def test_audits_that_do_not_differ_are_told_apart_in_one_of_twenty_merges_and_taking_them_as_independent_sees_no_difference_at_all(scores):
    assert scores["differ"].share <= 0.10
    assert scores["naive Q"].share == 0


def test_the_mean_over_districts_and_the_next_district_are_covered(scores):
    assert scores["mean 95%"].share >= 0.90
    assert scores["next 95%"].share >= 0.90
    assert max(scores["naive DL"].share, scores["naive HKSJ"].share) <= 0.85


def test_decisions_are_covered_too():
    found = play(DECISIONS, 40, seed=6, draws=199)
    assert found["average 95%"].share >= 0.90
    assert found["naive fixed"].share <= 0.88
    assert max(found["differ"].share, found["gap found"].share) <= 0.12
