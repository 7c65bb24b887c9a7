"""Findings × policy → the scorecard: indicators, gates and a decision with its reasons."""

from audit.scorecard.card import make_scorecard
from audit.scorecard.decide import decide
from audit.scorecard.exits import exit_code

__all__ = ["decide", "exit_code", "make_scorecard"]
