"""Asks each probe once and loses nothing: runner · talking · limit, pacing, circuit · budget · journal, log and redaction."""

from audit.collect.budget import REPLY_TOKENS, Budget, Prices, expected_cost, spent_before
from audit.collect.circuit import Circuit
from audit.collect.journal import Journal, lock_run
from audit.collect.limit import Limit
from audit.collect.log import Log, read_journal, set_aside
from audit.collect.pacing import Pace, parse_rate
from audit.collect.redaction import Redaction
from audit.collect.runner import Asking, Summary, Watch, collect
from audit.collect.talking import CONVERSATION, reply_to, within

__all__ = [
    "CONVERSATION", "REPLY_TOKENS", "Asking", "Budget", "Circuit", "Journal", "Limit", "Log", "Pace", "Prices", "Redaction", "Summary", "Watch",
    "collect", "expected_cost", "lock_run", "parse_rate", "read_journal", "reply_to", "set_aside", "spent_before", "within",
]
