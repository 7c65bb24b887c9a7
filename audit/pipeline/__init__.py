"""The audit in order; knows the order and nothing else.

    prepared   plan → sets → probes, policy, questions, answers     before anything is spent
    collected  probes ─ vendors, collect ─→ responses               in the run folder
    scored     responses → measurements → comparisons → verdicts ─┐
               questions + answers ───────────────────────────────┴→ findings → scorecard
"""

from audit.pipeline.collected import Collected, collect_run, ping
from audit.pipeline.prepared import Prepared, prepare
from audit.pipeline.scored import score_run

__all__ = ["Collected", "Prepared", "collect_run", "ping", "prepare", "score_run"]
