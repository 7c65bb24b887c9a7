"""Findings × policy → the scorecard: indicators, gates and a decision with its reasons."""

from audit.scorecard.card import Papers, make_scorecard
from audit.scorecard.claims import beside_claims
from audit.scorecard.decide import decide
from audit.scorecard.exits import exit_code

__all__ = ["Papers", "beside_claims", "decide", "exit_code", "make_scorecard"]
