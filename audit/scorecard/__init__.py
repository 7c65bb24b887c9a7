"""Findings × policy → the scorecard: indicators, gates, a decision with its reasons, and whether it would hold otherwise."""

from audit.scorecard.card import Papers, make_scorecard
from audit.scorecard.case import Case, make_case
from audit.scorecard.claims import beside_claims
from audit.scorecard.conditions import BEFORE_USE
from audit.scorecard.decide import decide
from audit.scorecard.exits import exit_code
from audit.scorecard.steps import RULES

__all__ = ["BEFORE_USE", "RULES", "Case", "Papers", "beside_claims", "decide", "exit_code", "make_case", "make_scorecard"]
