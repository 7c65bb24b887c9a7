"""Whether a tool stayed the same while it was asked: the versions that its replies name, and a shift of its replies over time."""

from typing import Literal

from msgspec import Struct


class VersionSeen(Struct, frozen=True):
    """One version or model name that replies carry: in how many, and when the first and the last of them came (ISO 8601)."""

    version: str
    replies: int
    first: str
    last: str


class Shift(Struct, frozen=True):
    """A test of "the replies did not move" in one measure of one set.

    over: "time", from the first reply to the last; "version", from the version seen most to the one seen next. change: of the mean, in the
    measure's unit, with its 95% interval (None where nothing could be told). prompts: the same questions that were asked at several times, of
    so many base items. p_adjusted: over all such tests of the run (Holm).
    """

    set: str
    measure: str
    over: Literal["time", "version"]
    change: float | None
    low: float | None
    high: float | None
    p_value: float | None
    p_adjusted: float | None
    prompts: int
    items: int
    outcome: Literal["shifted", "not_shown", "not_assessed"]


class RunDrift(Struct, frozen=True):
    """What is known of a tool's change within one run; `sentences` say it in words, none where there is nothing to say."""

    versions: tuple[VersionSeen, ...] = ()
    shifts: tuple[Shift, ...] = ()
    sentences: tuple[str, ...] = ()
