"""`{{ name }}`: plain substitution, the only templating there is; and `mask`, its way back.

Nothing in a text can execute.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

SLOT = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*\}\}")


def slots_in(value: Any) -> set[str]:
    """Return the names of all slots in a string, list or object, at any depth."""
    if isinstance(value, str):
        return set(SLOT.findall(value))
    if isinstance(value, Mapping):
        return set().union(*(slots_in(v) for v in value.values()), set())
    if isinstance(value, list | tuple):
        return set().union(*(slots_in(v) for v in value), set())
    return set()


def fill(value: Any, values: Mapping[str, Any]) -> Any:
    """Return `value` with each known slot replaced, once: what is filled in is never read again.

    A string that is one slot and nothing else takes the value as it is (a number stays a number).
    An unknown slot stays as written; use `slots_in` to find such slots beforehand.
    """
    if isinstance(value, str):
        whole = SLOT.fullmatch(value.strip())
        if whole and whole[1] in values:
            return values[whole[1]]
        return SLOT.sub(lambda m: as_text(values[m[1]]) if m[1] in values else m[0], value)
    if isinstance(value, Mapping):
        return {k: fill(v, values) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [fill(v, values) for v in value]
    return value


def as_text(value: Any) -> str:
    """Return a value as it reads in a sentence: strings as they are, true and false in lower case."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def mask(text: str, signal: str, mark: str = "[…]") -> str:
    """Return the text with each whole-word occurrence of the signal replaced by `mark`.

    Found as written, with a capital, and in capitals: the name Will is masked, the verb will is not.
    """
    return _whole(signal).sub(lambda _: mark, text) if signal else text


@lru_cache(maxsize=4_096)
def _whole(signal: str) -> re.Pattern[str]:
    """Return the pattern of a signal as a whole word, in its spellings."""
    spellings = {signal, signal[:1].upper() + signal[1:], signal.upper()}
    pattern = "|".join(re.escape(spelling) for spelling in sorted(spellings, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")
