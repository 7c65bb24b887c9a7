"""How the demonstration calls its tools; a plan of yours points at a function like these.

None of these tools is ours. They run offline, with their models inside their packages.
"""

from functools import lru_cache
from typing import Any


def profanity(given: dict[str, Any]) -> float:
    """Return alt-profanity-check's probability that a message is profane or offensive."""
    from profanity_check import predict_prob

    return float(predict_prob([given["text"]])[0])


def ai_writing(given: dict[str, Any]) -> dict[str, Any]:
    """Return lmscan's probability that a text was written by an AI system, and its verdict in words."""
    import lmscan

    result = lmscan.scan(given["text"])
    return {"ai_probability": result.ai_probability, "verdict": result.verdict}


def tone(given: dict[str, Any]) -> float:
    """Return VADER's tone of a text, -1 to 1."""
    return float(_vader().polarity_scores(given["text"])["compound"])


@lru_cache
def _vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
