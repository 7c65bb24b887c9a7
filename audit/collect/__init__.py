"""Asks each probe once and loses nothing: runner · pacing · budget · journal."""

from audit.collect.budget import REPLY_TOKENS, Budget, Prices, expected_cost
from audit.collect.journal import Journal, Log, lock_run, read_journal, set_aside
from audit.collect.pacing import Limit, Pace, parse_rate
from audit.collect.runner import Asking, Summary, Watch, collect, within

__all__ = [
    "REPLY_TOKENS", "Asking", "Budget", "Prices", "expected_cost", "Journal", "Limit", "Log", "Pace", "Summary", "Watch",
    "collect", "lock_run", "parse_rate", "read_journal", "set_aside", "within",
]
