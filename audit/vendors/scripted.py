"""A stand-in with a known planted gap: the audit's own accuracy can be measured on it.

Its answers depend only on `seed` and the probe, so that a re-run gives the same ones.
"""

import hashlib
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import NormalDist
from typing import Annotated, Literal

from msgspec import Meta, Struct

from audit.errors import ConnectionSetupError
from audit.records import Failure, Probe, Reply
from audit.vendors.site import Site, Tool

_NORMAL = NormalDist()


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`gap` and `fail` are by group, `"attribute=group" = amount`; amounts of several groups add up.

    answers = "decision": selected at `base_rate` (`hit_rate` where the truth is true) plus the gap.
    answers = "score": `mean` plus the gap, rounded to `step`. answers = "text": `mean` words.
    `icc` is the share of the variance that an item's guises and repeats have in common (0 to 1).
    """

    answers: Literal["decision", "score", "text"] = "decision"
    base_rate: Annotated[float, Meta(ge=0, le=1)] = 0.2
    hit_rate: Annotated[float, Meta(ge=0, le=1)] = 0.8
    mean: float = 3.5
    sd: Annotated[float, Meta(ge=0)] = 1.0
    step: Annotated[float, Meta(ge=0)] = 0.0
    scale: tuple[float, float] | None = None
    icc: Annotated[float, Meta(ge=0, le=1)] = 0.5
    gap: dict[str, float] = {}
    fail: dict[str, float] = {}
    seed: int = 0


@asynccontextmanager
async def connect(settings: Settings, site: Site) -> AsyncIterator[Tool]:
    """Give `ask`."""
    _check_groups(settings, site)

    async def ask(probe: Probe) -> Reply:
        if _uniform(settings.seed, "fail", probe.id) < _planted(settings.fail, probe):
            raise Failure("the stand-in was told to fail")
        return Reply(answer(settings, probe))

    yield Tool(ask)


def answer(settings: Settings, probe: Probe) -> bool | float | str:
    """Return the stand-in's answer; its gap is exact in expectation over items."""
    shared = _NORMAL.inv_cdf(_uniform(settings.seed, "item", probe.set, probe.item))
    own = _NORMAL.inv_cdf(_uniform(settings.seed, "own", probe.id))
    latent = math.sqrt(settings.icc) * shared + math.sqrt(1 - settings.icc) * own
    gap = _planted(settings.gap, probe)
    if settings.answers == "decision":
        rate = (settings.hit_rate if probe.truth is True else settings.base_rate) + gap
        return _NORMAL.cdf(latent) < rate
    value = settings.mean + settings.sd * latent + gap
    if settings.answers == "text":
        return " ".join(["word"] * max(1, round(value)))
    if settings.step:
        value = round(value / settings.step) * settings.step
    if settings.scale:
        value = min(max(value, settings.scale[0]), settings.scale[1])
    return value


def _planted(amounts: dict[str, float], probe: Probe) -> float:
    return sum(amounts.get(f"{attribute}={group}", 0.0) for attribute, group in probe.groups.items())


def _uniform(seed: int, *parts: str) -> float:
    raw = hashlib.sha256("\x1f".join((str(seed), *parts)).encode()).digest()
    return (int.from_bytes(raw[:8], "big") + 0.5) / 2**64


def _check_groups(settings: Settings, site: Site) -> None:
    known = {f"{attribute}={group}" for probe in site.probes for attribute, group in probe.groups.items()}
    for name in (*settings.gap, *settings.fail):
        if known and name not in known:
            raise ConnectionSetupError(
                f"the stand-in's gap names {name!r}, which no probe has",
                where=site.where, fix=f"Known: {', '.join(sorted(known))}.",
            )
