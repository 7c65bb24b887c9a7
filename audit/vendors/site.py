"""What every adapter is given (`Site`) and what it gives (`Tool`)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

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


class Visit(Protocol):
    """Opens a place of its own for one probe, in which all its turns are asked, and closes it whatever happens.

    Opening is our work: it has its own time, and raises an AuditError where it fails, never a Failure, which would be the tool's. The `ask`
    that it gives keeps `Site.timeout` for each call by itself, from when the tool is asked. seen: takes, step by step, what a dry run is shown.
    """

    def __call__(self, probe: Probe, seen: list[Seen] | None = None) -> AbstractAsyncContextManager[Ask]:
        """Open the place, give what asks there, and close it."""



class Tool(Struct, frozen=True):
    """A tool that can be asked. `answered`: probe → output, of what people have answered; None: any can be asked.

    `missing` names, for people, the places where an answer is still wanted ("row 7"). `visit`: of a tool that has to be opened for each
    probe; whoever asks many probes, or several turns, asks through it. None: `ask` is all.
    """

    ask: Ask
    answered: Mapping[str, Json] | None = None
    missing: tuple[str, ...] = ()
    visit: Visit | None = None


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


def with_usage(output: Json) -> Reply:
    """Return a reply that has told its tokens where its output is an object with a `usage` in it, as chat endpoints name it."""
    usage = output.get("usage") if isinstance(output, dict) else None
    return Reply(output, {"usage": usage} if isinstance(usage, dict) else {})
