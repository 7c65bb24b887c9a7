"""From a tool's output to the part that is read: the plan's JMESPath, and the words for a decision."""

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError
from msgspec import Struct

from audit.errors import PlanError
from audit.records import FixtureSet, Json, Probe

_RULE = re.compile(r"^\s*(>=|<=|==|>|<)\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*$")
_NUMBER = re.compile(r"^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$", re.ASCII)
_LONGEST_SHOWN = 40
_LARGEST_SHOWN = 1e300
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq,
}


class Unreadable(Exception):
    """The output does not hold what the measure reads; the message says what was there instead."""


class Reading(Struct, frozen=True):
    """How a plan reads a reply: `reply` is a JMESPath; the others replace the set's own words."""

    reply: str | None = None
    positive: Json = None
    positive_when: str | None = None


class Asked(Struct, frozen=True):
    """What a measure may know beside the output: the set, how the plan reads a reply, and the probe (None in a table)."""

    fixture_set: FixtureSet
    reading: Reading = Reading()
    probe: Probe | None = None


_DOES_NOT_FIT = (JMESPathError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)


def extract(output: Json, reading: Reading) -> Json:
    """Return what the reply path finds in the output; the whole output when there is no path.

    A text that is JSON is read as JSON. Raises Unreadable when the path finds nothing.
    """
    if reading.reply is None:
        return output
    try:
        found = compiled(reading.reply).search(_as_json(output) if isinstance(output, str) else output)
    except _DOES_NOT_FIT as bad:
        raise Unreadable(f"the reply path {reading.reply!r} does not fit: {bad}") from None
    if found is None:
        raise Unreadable(f"the reply path {reading.reply!r} matches nothing")
    return found


def searched(output: Json, path: str) -> Json:
    """Return what connect.version finds in an output; None where it finds nothing or does not fit: then no version is known."""
    try:
        return compiled(path, "version").search(_as_json(output) if isinstance(output, str) else output)
    except (*_DOES_NOT_FIT, Unreadable):
        return None


@lru_cache
def compiled(path: str, key: str = "reply") -> Any:
    """Return a compiled JMESPath of `[connect]`, or raise PlanError for one that is not valid."""
    try:
        return jmespath.compile(path)
    except (JMESPathError, ValueError, RecursionError) as bad:
        why = str(bad).splitlines()[0].rstrip(":") if str(bad) else type(bad).__name__
        raise PlanError(f"connect.{key} = {path!r} is not a JMESPath: {why}", fix="Write for example choices[0].text.") from None


@lru_cache
def rule(text: str) -> tuple[Callable[[float, float], bool], float]:
    """Return a rule such as `> 0.5` as an operator and a bound, or raise PlanError."""
    match = _RULE.match(text)
    if match is None:
        raise PlanError(
            f"positive_when = {text!r} is not a rule", fix='Write a comparison with a number, such as "> 0.5".'
        )
    return _OPERATORS[match[1]], float(match[2])


def number(output: Json) -> float:
    """Return a finite number, also from a text that is nothing but one; raise Unreadable otherwise."""
    if isinstance(output, bool) or not isinstance(output, int | float | str):
        raise Unreadable(f"a number was expected, not {kind(output)}")
    if isinstance(output, str) and not _NUMBER.match(output):
        raise Unreadable(f"a number was expected, not {kind(output)}")
    try:
        value = float(output)
    except (ValueError, OverflowError):
        raise Unreadable(f"a number was expected, not {kind(output)}") from None
    if value - value != 0.0:
        raise Unreadable("a finite number was expected")
    return value


def text(output: Json) -> str:
    """Return a reply's text, or raise Unreadable when it is none, or empty."""
    if not isinstance(output, str):
        raise Unreadable(f"a text was expected, not {kind(output)}")
    if not output.strip():
        raise Unreadable("a text was expected, not an empty one")
    return output


def kind(value: Json) -> str:
    """Return what a value is, in words, with the start of a text."""
    if isinstance(value, str):
        short = " ".join(value[: 4 * _LONGEST_SHOWN].split())
        cut = len(short) > _LONGEST_SHOWN or len(value) > 4 * _LONGEST_SHOWN
        return f"the text {short[:_LONGEST_SHOWN]!r}{'…' if cut else ''}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"the number {value:g}" if abs(value) < _LARGEST_SHOWN else "a number too large"
    names = {bool: "true or false", dict: "an object (set connect.reply)", list: "a list (set connect.reply)", type(None): "nothing"}
    return names.get(type(value), f"a {type(value).__name__}")


def _as_json(text: str) -> Json:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return text
