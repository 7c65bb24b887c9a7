"""One probe → its reply; of a conversation, turn by turn, the transcript of it all.

The transcript of a conversation is `{"conversation": [{"prompt": …, "output": …}, …]}`: what was said, and the whole output of each turn. A tool
that keeps no memory is given all that was said so far: the input's `messages` (OpenAI's form), and `turn`, from 1.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec

from audit.errors import AuditError
from audit.records import Failure, Json, Probe, Reply

CONVERSATION = "conversation"
"""The one key of a transcript."""
_REASON = 200
_COUNTS = ("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens")

Ask = Callable[[Probe], Awaitable[Reply]]
Visit = Callable[[Probe], AbstractAsyncContextManager[Ask]]
"""Opens a place of its own for a probe, a page say, in which each turn is asked. What it gives keeps the time of each call by itself."""


async def reply_to(
    probe: Probe, ask: Ask, seconds: float | None, heard: Callable[[Json], str], before: Callable[[], Awaitable[None]] | None = None
) -> Reply:
    """Return the tool's reply to a probe, each call within so many seconds (None: `ask` keeps the time by itself).

    heard: output → the text of it, for the turns to come. before: awaited before each further turn, which is a call of its own. Raises
    Failure, of a conversation with the turn that it broke off at.
    """
    if not probe.turns:
        return await within(ask(probe), seconds)
    history: list[tuple[str, str]] = []
    said: list[dict[str, Json]] = []
    meta: dict[str, Json] = {}
    for number, text in enumerate(probe.turns, 1):
        if number > 1 and before is not None:
            await before()
        try:
            reply = await within(ask(turn_of(probe, text, history, number)), seconds)
            history.append((text, heard(reply.output)))
        except Failure as failure:
            raise Failure(
                f"turn {number} of {len(probe.turns)}: {failure.reason}", detail=failure.detail, retry=failure.retry, retry_after=failure.retry_after
            ) from None
        said.append({"prompt": text, "output": reply.output})
        meta = _together(meta, reply.meta)
    return Reply({CONVERSATION: said}, meta)


def turn_of(probe: Probe, text: str, history: list[tuple[str, str]], number: int) -> Probe:
    """Return the probe that asks for one turn of a conversation."""
    messages = [{"role": role, "content": content} for pair in history for role, content in zip(("user", "assistant"), pair, strict=True)]
    given = probe.input | {"prompt": text, "messages": [*messages, {"role": "user", "content": text}], "turn": number}
    return msgspec.structs.replace(probe, prompt=text, input=given, turns=(), history=tuple(history))


def _together(before: dict[str, Json], now: dict[str, Json]) -> dict[str, Json]:
    """Return what the turns' replies say of themselves: token counts added up, otherwise the last one's word."""
    usage: list[dict[str, Any]] = [one["usage"] for one in (before, now) if isinstance(one.get("usage"), dict)]
    if not usage:
        return before | now
    counts = {name: sum(u[name] for u in usage if type(u.get(name)) is int) for name in _COUNTS if any(type(u.get(name)) is int for u in usage)}
    return before | now | {"usage": counts}


async def within(call: Awaitable[Reply], seconds: float | None) -> Reply:
    """Await one call. Raises Failure, also when it takes longer than `seconds` or the adapter stumbles."""
    clock = asyncio.timeout(seconds)
    try:
        async with clock:
            return await call
    except (Failure, AuditError):
        raise
    except Exception as bad:
        if clock.expired():
            raise Failure(f"no reply within {seconds:g} seconds", retry=True) from None
        raise Failure(f"the adapter stumbled: {type(bad).__name__}: {bad}"[:_REASON]) from None
