"""Where a run was taken over from (`adopted.json`), and what has to be said of it: nothing was asked again, and margins chosen late."""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit.pipeline.documents import kept
from audit.policy import Policy
from audit.records.adoption import AdoptedFrom, MarginUsed

ADOPTED = "adopted.json"


class LateMargin(Struct, frozen=True):
    """One margin as fixed before the first call and as it is judged by now; None: the statistic had, or has, none."""

    statistic: str
    before: MarginUsed | None
    after: MarginUsed | None


def read_origin(run: Path) -> AdoptedFrom | None:
    """Return what a run was taken over from; None for one that was asked here. Raises ChecklistError: damaged."""
    found: AdoptedFrom | None = kept(run / ADOPTED, AdoptedFrom) if (run / ADOPTED).is_file() else None
    return found


def margins_of(policy: Policy) -> dict[str, MarginUsed]:
    """Return a policy's margins without their sources."""
    return {name: MarginUsed(m.value, m.unit, m.at_least_of_scale) for name, m in policy.margins.items()}


def first_margins(origin: AdoptedFrom | None, policy: Policy) -> dict[str, MarginUsed]:
    """Return the margins that were fixed before the first call, however often the run was taken over since."""
    return margins_of(policy) if origin is None else origin.margins


def late_margins(origin: AdoptedFrom, policy: Policy) -> tuple[LateMargin, ...]:
    """Return the margins that are other ones than were fixed before the first call."""
    now = margins_of(policy)
    return tuple(
        LateMargin(name, origin.margins.get(name), now.get(name)) for name in dict.fromkeys((*origin.margins, *now))
        if origin.margins.get(name) != now.get(name)
    )


def margins_in_words(late: tuple[LateMargin, ...]) -> str:
    """Return late margins as one sentence, empty where there are none."""
    if not late:
        return ""
    told = ", ".join(f"{one.statistic} {_size(one.after)} instead of {_size(one.before)}" for one in late)
    return f"Judged again with margins other than those fixed before the first call ({told}): they were chosen after the replies were known."


def _size(margin: MarginUsed | None) -> str:
    return "none" if margin is None else f"{margin.value:g} {margin.unit}"


def origin_as_provenance(origin: AdoptedFrom | None, policy: Policy) -> dict[str, Any]:
    """Return what a scorecard's provenance says of the audit that the run was taken over from; nothing for one that was asked here."""
    if origin is None:
        return {}
    return {"adopted_from": msgspec.to_builtins(origin) | {"late_margins": msgspec.to_builtins(late_margins(origin, policy))}}
