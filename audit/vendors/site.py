"""What every adapter is given (`Site`) and what it gives (`Tool`)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit.errors import PlanError
from audit.library import nearest
from audit.records import Failure, Json, Probe, Reply
from audit.slots import slots_in

Ask = Callable[[Probe], Awaitable[Reply]]

LARGEST_REPLY = 5_000_000
"""Bytes of one reply that are read; more is a failed reply."""
DETAIL = 2_000
"""Bytes kept of what a tool sent instead of a reply."""


class Seen(Struct, frozen=True):
    """What a dry run saw at one step of asking, for a person who writes the steps: lines, all of them data of the tool's."""

    step: str
    lines: tuple[str, ...]


Looked = tuple[Reply | Failure, list[Seen]]


class Tool(Struct, frozen=True):
    """A tool that can be asked. `answered`: probe → output, of what people have answered; None: any can be asked.

    `missing` names, for people, the places where an answer is still wanted ("row 7"). `look` asks as `ask` does, and tells step by
    step what it saw (None where there are no steps); it takes little longer than the time that is given.
    """

    ask: Ask
    answered: Mapping[str, Json] | None = None
    missing: tuple[str, ...] = ()
    look: Callable[[Probe], Awaitable[Looked]] | None = None


class Site(Struct, frozen=True):
    """`base`: the plan's folder. `where`: the plan, for messages. `probes`: all that will be asked.

    keep: where pictures of failures may be kept, beside a run's journal; None where there is no run. planned: of an adaptive run all probes of
    its plan, of which `probes` are those of the blocks so far; None: `probes` is all.
    """

    base: Path
    where: str
    probes: Sequence[Probe]
    timeout: float
    concurrency: int
    keep: Path | None = None
    planned: Sequence[Probe] | None = None


def values_of(probe: Probe) -> dict[str, Any]:
    """Return what `{{ name }}` may stand for in a request: the input's fields, `prompt` and `id`; in a conversation also `messages` and `turn`."""
    conversation = {"messages": [{"role": "user", "content": probe.prompt}], "turn": 1} if probe.turns else {}
    return {"prompt": probe.prompt, "id": probe.id} | conversation | probe.input


def check_slots(template: Any, site: Site) -> None:
    """Raise PlanError when a request uses a slot that some probe of the plan does not fill."""
    used = slots_in(template)
    for probe in site.probes:
        missing = used - values_of(probe).keys()
        if missing:
            name = min(missing)
            raise PlanError(
                f"[connect] uses {{{{ {name} }}}}, which the probes of {probe.set!r} do not have",
                where=site.where, fix=nearest(name, values_of(probe)),
            )


def decoded(text: str | bytes) -> Json:
    """Return the JSON value that a tool wrote. Raises ValueError for anything else, however hostile."""
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def too_large() -> Failure:
    """Return the failure of a reply over the limit."""
    return Failure(f"the reply is larger than {LARGEST_REPLY // 1_000_000} MB")
