"""Tone of a reply from -1 to 1: VADER's compound score. It reads words, not meaning or irony.

Source: Hutto & Gilbert (2014), VADER, ICWSM; the package vaderSentiment is their own.
"""

from functools import lru_cache
from typing import Any

from audit.measures.reading import Reading
from audit.measures.words import text
from audit.records import FixtureSet, Json


@lru_cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def measure(output: Json, fixture_set: FixtureSet, reading: Reading) -> float:
    """Return the compound score, -1 (negative) to 1 (positive)."""
    return float(_analyzer().polarity_scores(text(output))["compound"])
