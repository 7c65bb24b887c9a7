"""Asks each probe once and loses nothing: runner · pacing · budget · journal, log and redaction."""

from audit.collect.budget import REPLY_TOKENS, Budget, Prices, expected_cost, spent_before
from audit.collect.journal import Journal, lock_run
from audit.collect.log import Log, read_journal, set_aside
from audit.collect.pacing import Limit, Pace, parse_rate
from audit.collect.redaction import Redaction
from audit.collect.runner import Asking, Summary, Watch, collect, within

__all__ = [
    "REPLY_TOKENS", "Asking", "Budget", "Journal", "Limit", "Log", "Pace", "Prices", "Redaction", "Summary", "Watch",
    "collect", "expected_cost", "lock_run", "parse_rate", "read_journal", "set_aside", "spent_before", "within",
]
