"""What was set or stated otherwise in two audits: two nested tables, place by place."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from audit.records.changes import Setting


def setting_changes(area: Any, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Setting]:
    """Yield each place whose value is another: tables are gone into, lists are compared whole. area: of `records.changes.Setting`."""
    before, after = (dict(_flat(table)) for table in (old, new))
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield Setting(area, name, before.get(name), after.get(name))


def _flat(table: Mapping[str, Any], start: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        name = f"{start}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        elif value not in (None, "", [], ()):
            yield name, _said(value)


def _said(value: Any) -> str:
    """Return a value as a person writes it: a text as it is, a list of texts with commas, anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
        return ", ".join(value)
    return msgspec.json.encode(value).decode()
