"""Tone of a reply from -1 to 1: VADER's compound score. It reads words, not meaning or irony.

Source: Hutto & Gilbert (2014), VADER, ICWSM; the package vaderSentiment is their own.
"""

from functools import lru_cache
from typing import Any

from audit.measures.reading import Asked, Unreadable, text
from audit.records import Json

_LONGEST = 20_000
"""Characters. VADER's time grows with the square of the length: ten times this takes a minute a reply."""


@lru_cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def measure(output: Json, asked: Asked) -> float:
    """Return the compound score, -1 (negative) to 1 (positive). Raises Unreadable for a text of over 20,000 characters."""
    reply = text(output)
    if len(reply) > _LONGEST:
        raise Unreadable(f"a text of {len(reply):,} characters is too long to judge its tone")
    return float(_analyzer().polarity_scores(reply)["compound"])
