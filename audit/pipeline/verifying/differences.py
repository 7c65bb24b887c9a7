"""Two JSON values, value by value: what a bundle says, and what was recomputed."""

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import msgspec

from audit.records import Json
from audit.records.verification import Difference
from audit.wording import one_line

_RELATIVE = 1e-9
_ABSOLUTE = 1e-12
_MOST = 1_000
_LONGEST = 400
_BEFORE = 60
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_NAMES = ("set", "attribute", "group", "reference", "measure", "statistic", "criterion", "subject", "indicator", "rule", "path", "word", "kind", "item", "text", "by")
_LONGEST_NAME = 120


CAME_LATER: Mapping[str, str] = {}
"""Field, as `scorecard.json: findings[].owner` → the version of this program that first wrote it. What is not named here every version writes.

The list is what keeps a bundle of an older version from differing by a field that it could not have, and a forger from leaving one out by claiming an older version.
"""


class Tally:
    """What a comparison found so far. other_program: another version of this program made the bundle; later: fields that only one of the two versions knows."""

    def __init__(self, *, other_program: bool) -> None:
        self.other_program = other_program
        self.differences: list[Difference] = []
        self.compared = self.rounding = self.different = 0
        self.later: dict[str, None] = {}

    def note(self, file: str, path: str, was: Json, now: Json, **more: Any) -> None:
        """Keep a difference; beyond the first 1,000 it is counted."""
        self.different += 1
        if len(self.differences) < _MOST:
            self.differences.append(Difference(file, path, _short(was), _short(now), **more))


def compare(tally: Tally, file: str, was: Json, now: Json, skip: Collection[str] = (), kind: type | None = None) -> None:
    """Hold what a file says against what was recomputed, down to each number and word. skip: paths that are not compared; kind: the record that the file holds.

    Numbers within a billionth of each other are the same: another processor adds in another order. A field that the record does not have is read by nobody
    here: of another version of the program it is told, and is no difference. A key of a table by name (an indicator, a tool's vendor) is always compared.
    """
    _value(tally, file, "", _readable(tally, file, was, kind) if kind and tally.other_program else was, now, skip)


def _readable(tally: Tally, file: str, was: Json, kind: type) -> Json:
    """Return what this version reads of a file of another; what it does not know is told."""
    try:
        known = msgspec.json.decode(msgspec.json.encode(msgspec.convert(was, kind)))
    except (msgspec.ValidationError, OverflowError):
        return was
    return _known(tally, f"{file}: ", was, known)


def _known(tally: Tally, place: str, was: Json, known: Json) -> Json:
    dot = "" if place.endswith(" ") else "."
    if isinstance(was, dict) and isinstance(known, dict):
        for key in sorted(was.keys() - known.keys()):
            tally.later[f"{place}{dot}{one_line(key, _LONGEST_NAME)}"] = None
        return {key: _known(tally, f"{place}{dot}{one_line(key, _LONGEST_NAME)}", one, known[key]) for key, one in was.items() if key in known}
    if isinstance(was, list) and isinstance(known, list):
        return [_known(tally, f"{place}[]", a, b) for a, b in zip(was, known, strict=True)]
    return was


def _value(tally: Tally, file: str, path: str, was: Json, now: Json, skip: Collection[str]) -> None:
    if path in skip:
        return
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        _table(tally, file, path, was, now, skip)
    elif isinstance(was, list) and isinstance(now, list):
        _list(tally, file, path, was, now, skip)
    else:
        _leaf(tally, file, path, was, now)


def _table(tally: Tally, file: str, path: str, was: Mapping[str, Json], now: Mapping[str, Json], skip: Collection[str]) -> None:
    for key in dict.fromkeys((*was, *now)):
        place = f"{path}.{one_line(key, _LONGEST_NAME)}" if path else one_line(key, _LONGEST_NAME)
        if place in skip:
            continue
        if key in was and key in now:
            _value(tally, file, place, was[key], now[key], skip)
        elif key in now and tally.other_program and (field := f"{file}: {_general(place)}") in CAME_LATER:
            tally.later[field] = None
        else:
            tally.note(file, place, was.get(key), now.get(key), kind="only_stated" if key in was else "only_recomputed")


def _list(tally: Tally, file: str, path: str, was: Sequence[Json], now: Sequence[Json], skip: Collection[str]) -> None:
    old, new = _named(was), _named(now)
    if old is None or new is None:
        old, new = dict(enumerate(was)), dict(enumerate(now))
    for key in dict.fromkeys((*old, *new)):
        place = f"{path}[{key}]"
        if key in old and key in new:
            _value(tally, file, place, old[key], new[key], skip)
        else:
            tally.note(file, place, old.get(key), new.get(key), kind="only_stated" if key in old else "only_recomputed")
    if list(old) != list(new) and old.keys() == new.keys():
        tally.note(file, path, [str(key) for key in old], [str(key) for key in new], kind="order")


def _named(values: Sequence[Json]) -> dict[Any, Json] | None:
    """Return the elements of a list by what each is about; None where that does not tell them apart."""
    if not values or not all(isinstance(value, Mapping) for value in values):
        return None
    found = {one_line("/".join(_names(value)), _LONGEST_NAME): value for value in values}
    return found if len(found) == len(values) else None


def _names(value: Mapping[str, Json]) -> Iterator[str]:
    for name in _NAMES:
        part = value.get(name)
        if part and isinstance(part, str):
            yield part
        elif part and isinstance(part, Mapping):
            yield ", ".join(f"{k} {v}" for k, v in part.items())


def _leaf(tally: Tally, file: str, path: str, was: Json, now: Json) -> None:
    tally.compared += 1
    if _is_number(was) and _is_number(now):
        if was == now:
            return
        if _close(was, now):
            tally.rounding += 1
        else:
            tally.note(file, path, was, now, by=_minus(now, was))
    elif type(was) is not type(now) or was != now:
        if isinstance(was, str) and isinstance(now, str):
            was, now = _apart(was, now)
        tally.note(file, path, was, now, by=_days(was, now))


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _close(was: float, now: float) -> bool:
    with suppress(OverflowError):   # a whole number of hundreds of digits
        return math.isclose(was, now, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
    return False


def _minus(now: float, was: float) -> float | None:
    with suppress(OverflowError):
        return float(now - was)
    return None


def _days(was: Json, now: Json) -> float | None:
    with suppress(TypeError, ValueError):
        return float((date.fromisoformat(now[:10]) - date.fromisoformat(was[:10])).days)
    return None


def _short(value: Json) -> Json:
    """Return a value as a difference shows it: a long text or table is cut."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
    return one_line(value, _LONGEST) if isinstance(value, list | dict) else value


def _apart(was: str, now: str) -> tuple[str, str]:
    """Return two long texts from shortly before the place where they part."""
    at = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    start = max(0, at - _BEFORE)
    return (was, now) if start == 0 or max(len(was), len(now)) <= _LONGEST else (f"…{was[start:]}", f"…{now[start:]}")


def _general(path: str) -> str:
    """Return a path without the names in its brackets: a field of another version is told once."""
    return _BRACKETS.sub("[]", path)
