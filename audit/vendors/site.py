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


class Tool(Struct, frozen=True):
    """A tool that can be asked. `answered`: what people have answered, by probe; None: any can be asked.

    `missing` names, for people, the places where an answer is still wanted ("row 7").
    """

    ask: Ask
    answered: Mapping[str, str] | None = None
    missing: tuple[str, ...] = ()


class Site(Struct, frozen=True):
    """`base`: the plan's folder. `where`: the plan, for messages. `probes`: all that will be asked."""

    base: Path
    where: str
    probes: Sequence[Probe]
    timeout: float
    concurrency: int


def values_of(probe: Probe) -> dict[str, Any]:
    """Return what `{{ name }}` may stand for in a request: the input's fields, `prompt` and `id`."""
    return {"prompt": probe.prompt, "id": probe.id} | probe.input


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
