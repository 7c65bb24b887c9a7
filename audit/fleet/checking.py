"""A plan → wrong, complete, or ready to be run: before anything is spent or written."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from audit import collect, runs, scorecard
from audit.errors import AuditError, PlanError
from audit.fleet.finding import run_folder
from audit.fleet.jobs import Ended
from audit.library import read_toml
from audit.masking import without_secrets
from audit.pipeline import Prepared, prepare
from audit.pipeline.blocks import Blocks
from audit.pipeline.documents import kept_documents
from audit.plan import Connect
from audit.records import Scorecard
from audit.wording import one_line

_LONGEST_ERROR = 1_000
_BY_PEOPLE = "transcript"
_AS_A_PERSON = "browser"
_PORTS = {"http": 80, "https": 443}


class Checked(Struct, frozen=True):
    """A plan as far as it is known before it is run. Holds no secret.

    run: empty where the plan is wrong. host: whom it asks over the network, empty where that is not known. apart: seconds between two of
    its calls (its `rate`), 0 without one. alone: not beside another plan of that host. ended: what is known without running it: that
    it is wrong, or complete.
    """

    plan: str
    run: str = ""
    tool: str = ""
    vendor: str = ""
    version: str = ""
    host: str = ""
    apart: float = 0.0
    alone: bool = False
    planned: int = 0
    ended: Ended | None = None


def check_plan(plan: Path, out: Path | None, environ: Mapping[str, str], today: date, *, score: bool) -> Checked:
    """Return what a plan would do; `ended` says what is wrong with it. Asks nobody and writes nothing."""
    try:
        prepared = prepare(plan, environ, today)
        run = run_folder(plan, prepared, out)
        complete = _complete(prepared, run, score=score)
    except AuditError as error:
        return Checked(str(plan), ended=Ended("wrong", 2, because=one_line(str(error), _LONGEST_ERROR)))
    tool, connect = prepared.plan.tool, prepared.plan.connect
    rate = collect.parse_rate(connect.rate)
    return Checked(
        str(plan), str(run), tool.name, tool.vendor, tool.version, host=_host(connect), apart=1 / rate if rate else 0.0,
        alone=rate is not None or connect.adapter == _AS_A_PERSON, planned=len(prepared.probes), ended=complete,
    )


def _host(connect: Connect) -> str:
    """Return the host and port that an adapter asks, in small letters; nothing where it is no address."""
    address = connect.settings.get("url", connect.settings.get("base_url"))
    if not isinstance(address, str):
        return ""
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return ""
    return f"{parts.hostname}:{port}" if parts.hostname else ""


def _complete(prepared: Prepared, run: Path, *, score: bool) -> Ended | None:
    """Return how a run ended that has all its replies, and is scored as its plan stands now; None where something is left to do.

    Raises AuditError: a run folder that this plan cannot use.
    """
    log = collect.read_journal(run, outputs=False)
    answered = {p for p, r in log.responses.items() if r.failure is None}
    runs.check_folder(run, prepared.collection, replies=len(answered))
    if not (run / "run.json").is_file() or log.collection != prepared.collection or prepared.plan.connect.adapter == _BY_PEOPLE:
        return None
    left_out = _left_out(prepared, run) if prepared.plan.design.adaptive else 0
    own = sum(p.id in answered for p in prepared.probes)
    if left_out is None or own + left_out < len(prepared.probes):
        return None
    ended = Ended("complete", 0, planned=len(prepared.probes), answered=own, not_needed=left_out, because="complete: nothing was asked")
    if not score:
        return ended
    card = _card(run) if _unchanged(prepared, run) else None
    if card is None:
        return None
    code = scorecard.exit_code(card)
    because = f"{ended.because}. {one_line(card.decision.because[0], _LONGEST_ERROR)}" if code and card.decision.because else ended.because
    return msgspec.structs.replace(ended, exit_code=code, decision=card.decision.status, because=because)


def _left_out(prepared: Prepared, run: Path) -> int | None:
    """Return how many probes an adaptive run has settled without; None where a block is still open."""
    blocks = Blocks(prepared, run)
    blocks.look()
    return None if blocks.open_ones() else blocks.not_needed


def _unchanged(prepared: Prepared, run: Path) -> bool:
    """Return whether the run folder holds the plan, policy, questions, answers and files as they are now."""
    written = dict(prepared.plan.written) | {"connect": without_secrets(prepared.plan.written["connect"])}
    try:
        lists = {path.stem: msgspec.json.decode(path.read_bytes()) for path in (run / "checklists").glob("*.json")}
        kept = kept_documents(run)
        return (
            read_toml(run / "plan.toml", PlanError, "plan") == written and read_toml(run / "policy.toml", PlanError, "policy") == prepared.policy_table
            and lists == {one.id: msgspec.to_builtins(one) for one in prepared.questions}
            and (kept.answered, kept.files) == (prepared.documents.answered, prepared.documents.files)
        )
    except (AuditError, OSError, msgspec.DecodeError):
        return False


def _card(run: Path) -> Scorecard | None:
    """Return the scorecard, if it is of the journal as it is now; None where it is not, or cannot be read."""
    try:
        manifest: Any = msgspec.json.decode((run / "manifest.json").read_bytes())
        if manifest["files"]["journal.jsonl"] != runs.sha256(run / "journal.jsonl"):
            return None
        return msgspec.json.decode((run / "scorecard.json").read_bytes(), type=Scorecard)
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return None
