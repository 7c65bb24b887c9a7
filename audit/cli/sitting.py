"""A sitting of collection as the terminal shows it: of a whole plan, or of the few probes of a pilot."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from audit.cli.screen import note, now
from audit.errors import Unfinished

if TYPE_CHECKING:
    from audit.cli.progress import Progress
    from audit.pipeline import Collected, Prepared
    from audit.pipeline.collected import Batches


class Piloted(Struct, frozen=True):
    """How a pilot ended. replies: that the run folder has now, `new` ones among them; most: that a pilot of this plan asks for.

    stopped: why it ended before it knew enough, and not because it had asked all that a pilot asks; empty otherwise.
    """

    run: Path
    replies: int
    new: int
    most: int
    enough: bool
    stopped: str = ""


def sit(prepared: "Prepared", folder: Path, only: "Batches | None" = None) -> "Collected":
    """Collect with progress, and say on standard error what was fixed before. Raises Unfinished where a person stops it."""
    from audit import pipeline
    from audit.cli.progress import progress

    hashes = ", ".join(f"{s.id} {s.digest[:12]}…" for s in prepared.sets.values())
    fixed = f"fixed before the first call: collection {prepared.collection[:12]}…, seed {prepared.plan.design.seed}, {hashes}"
    with progress() as shown:

        def start(total: int) -> "Progress":
            note(fixed)
            if prepared.plan.design.adaptive:
                note(pipeline.plan_in_words(prepared.plan))
            return shown.expect(total, most=only is not None)

        try:
            return asyncio.run(pipeline.collect_run(prepared, folder, os.environ, now, start, shown.say, only))
        except KeyboardInterrupt:
            raise Unfinished("stopped", fix="What was collected is kept; the same command goes on from here.") from None


def ask_a_few(prepared: "Prepared", run: Path | None) -> Piloted:
    """Ask a plan's pilot into its run folder, and say on standard error what came of it."""
    from audit.forecast import Sample, folder_of

    folder = folder_of(prepared, run)
    sample = Sample(prepared, folder)
    before, stopped, wanted = sample.replies, "", sample.wants_more
    if wanted:
        stopped = sit(prepared, folder, sample).stopped
        sample.look()
        stopped = stopped or ("the tool answered none of the probes" if sample.in_vain else "")
    done = Piloted(folder, sample.replies, sample.replies - before, sample.most, sample.enough, stopped)
    note(_in_words(done, prepared, wanted=wanted, mute=sample.mute, out=f" --out {folder}" if run else ""))
    return done


def _in_words(done: Piloted, prepared: "Prepared", *, wanted: bool, mute: bool, out: str) -> str:
    kept = f"{done.replies:,} of {len(prepared.probes):,} probes have a reply, kept in {done.run}"
    if done.stopped:
        return f"the pilot stopped: {done.stopped}. {kept}."
    if mute:
        kept += "; they do not tell their tokens, so the dollars stay assumed"
    if not wanted:
        return f"the pilot asked nothing: {kept}{', and these tell enough' if done.enough else '' if mute else ', and a pilot asks no more'}."
    return f"the pilot ended: {kept} ({done.new:,} new). audit collect{out} goes on from there."
