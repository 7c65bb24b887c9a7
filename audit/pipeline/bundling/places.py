"""Where a file lies on somebody's machine is nobody else's business: paths are shortened before a run is passed on."""

import re
from typing import Any

from audit.records import Json

_ABSOLUTE = re.compile(r"(?:file://)?(?:/(?!/)|~[\w.-]*[/\\]|[A-Za-z]:[\\/]|\\\\)")
_ANSWERS = re.compile(r"^.*?(?P<name>[^/\\]+\.(?:toml|xlsx|csv|json|yaml|yml)\b.*)$", re.DOTALL | re.IGNORECASE)
_INSIDE = re.compile(r"(?P<before>^|[\s=,;\"'(\[])(?P<path>(?:file://)?(?:/(?!/)|~[\w.-]*[/\\]|[A-Za-z]:[\\/]|\\\\)[^\s\"',;()\[\]]*[/\\][^\s\"',;()\[\]/\\]+)")


def last_part(text: str) -> str:
    """Return an absolute path's last part, any other text as it is."""
    if not _ABSOLUTE.match(text):
        return text
    parts = [part for part in re.split(r"[/\\]", text) if part]
    return parts[-1] if parts else text


def shorter_plan(written: dict[str, Any]) -> dict[str, Any]:
    """Return a plan's (or judge's) table with file names in place of absolute paths. What is asked of a tool (urls, headers, bodies, prompts) stays.

    A fixture set of your own stays one: `/home/me/essays` becomes `./essays`, which is no shipped set's name.
    """
    made = {name: _shorter(section) if name in _WITH_PATHS else section for name, section in written.items()}
    if isinstance(made.get("design"), dict) and isinstance(made["design"].get("fixtures"), list):
        own = [name if (short := last_part(name)) == name else f"./{short}" for name in written["design"]["fixtures"]]
        made["design"] = made["design"] | {"fixtures": own}
    return made


_WITH_PATHS = {"connect", "design", "checklists", "policy", "judge"}
_ASKED = {"url", "base_url", "headers", "body", "system", "prompt", "reply", "json_schema", "method", "model", "question", "anchors", "personal_data_reason"}


def _shorter(value: Json, key: str = "") -> Json:
    if key in _ASKED:
        return value
    if isinstance(value, dict):
        return {k: _shorter(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_shorter(v, key) for v in value]
    if not isinstance(value, str):
        return value
    return _INSIDE.sub(lambda m: m["before"] + last_part(m["path"]), last_part(value))


def shorter_places(value: Json) -> Json:
    """Return a JSON value in which each text under the key `where` names a file without its folders."""
    if isinstance(value, dict):
        return {k: _place(v) if k == "where" and isinstance(v, str) else shorter_places(v) for k, v in value.items()}
    return [shorter_places(v) for v in value] if isinstance(value, list) else value


def _place(text: str) -> str:
    """Return `/home/me/answers.xlsx, sheet Safe, row 4` as `answers.xlsx, sheet Safe, row 4`."""
    if not _ABSOLUTE.match(text):
        return text
    found = _ANSWERS.match(text)
    return found["name"] if found else last_part(text)
