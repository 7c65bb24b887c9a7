"""The audit in order; knows the order and nothing else.

    prepared   plan → sets → probes, policy, questions, answers     before anything is spent
    collected  probes ─ vendors, collect ─→ responses               in the run folder
    scored     responses → measurements → comparisons → verdicts ─┐
               questions + answers ───────────────────────────────┴→ findings → scorecard
    judged     responses ─ a judge of texts ─→ more measurements    only where somebody asked one
"""

from audit.pipeline.collected import Collected, collect_run, ping
from audit.pipeline.judged import Bench, Sitting, hold, seat, texts_to_rate
from audit.pipeline.prepared import Prepared, prepare
from audit.pipeline.scored import score_run

__all__ = ["Bench", "Collected", "Prepared", "Sitting", "collect_run", "hold", "ping", "prepare", "score_run", "seat", "texts_to_rate"]
