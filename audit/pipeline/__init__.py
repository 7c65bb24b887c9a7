"""The audit in order; knows the order and nothing else.

    prepared   plan → sets → probes, policy, questions, answers     before anything is spent
    collected  probes ─ vendors, collect ─→ responses               in the run folder
    adaptive   responses so far → what is settled, the next block   only where the plan is adaptive; looking: what a look sees; blocks: of a run being collected
    scored     responses → measurements → comparisons → verdicts ─┐
               questions + answers ───────────────────────────────┴→ findings → scorecard
    judged     responses ─ a judge of texts ─→ more measurements    only where somebody asked one
    documents  answers + the files they point at → what was found   read when a plan is prepared, kept in the run folder
    importing  a vendor's HECVAT, OpenACR or own form → answers
    compared, changed, merged   several audits side by side: tools, two audits of one tool, several districts' of one tool
    bundling/  a scored run → one file for others                   without the texts of private fixtures, nor secrets
    verifying/ anybody's bundle → what holds, what differs          scored once more, within bounds
    adopting/  another's audit under one's own rules and answers    nothing is asked
"""

from audit.pipeline.adaptive import next_block, plan_in_words
from audit.pipeline.collected import Collected, collect_run, ping
from audit.pipeline.documents import About, Documents, about, read_documents
from audit.pipeline.importing import Imported, import_form
from audit.pipeline.judged import Bench, Sitting, hold, seat, texts_to_rate
from audit.pipeline.prepared import Prepared, evidence_folder, prepare
from audit.pipeline.scored import score_run
from audit.pipeline.written import write_again

__all__ = [
    "About", "Bench", "Collected", "Documents", "Imported", "Prepared", "Sitting", "about", "collect_run", "evidence_folder", "hold", "import_form", "next_block", "ping",
    "plan_in_words", "prepare", "read_documents", "score_run", "seat", "texts_to_rate", "write_again",
]
