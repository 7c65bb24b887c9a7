"""A tool's record grows: an entry is put at the end of its tool.toml, and all that a person wrote before it, comments too, stays as it is."""

from pathlib import Path
from typing import Any, Literal

import msgspec
import tomli_w

from audit.errors import RegistryError
from audit.library import write_whole
from audit.records.listings import Correction, StatusEntry, ToolRecord
from audit.registry.folder import RECORD, parse_record
from audit.untrusted import bytes_of, text_of
from audit.wording import one_line, safe

LARGEST = 10_000_000
_LONGEST = 4_000
_NEW = """\
# What the list knows of this tool. What is left out here is taken from its newest audit.
# The history, the corrections and the agreements only grow: new entries stand at the end, and none is changed.

"""


def new_record(record: ToolRecord) -> bytes:
    """Return the text of a tool.toml that holds an id, a name and a vendor."""
    return (_NEW + tomli_w.dumps({"id": record.id, "name": record.name, "vendor": record.vendor})).encode()


def append(path: Path, table: Literal["history", "corrections"], entry: StatusEntry | Correction) -> None:
    """Put an entry at the end of a tool.toml, whole or not at all.

    Raises RegistryError: an empty or too long text; a file that is no record, or whose table is written so that nothing can follow it.
    """
    raw, where = bytes_of(path, RegistryError, LARGEST), str(path)
    before = parse_record(text_of(raw, where, RegistryError), where)
    grown = raw + _block(raw, table, entry)
    try:
        after = parse_record(text_of(grown, where, RegistryError), where)
    except RegistryError as bad:
        raise RegistryError(f"nothing can be put at its end ({one_line(bad.what)})", where=where, fix=f"Write each entry of {table} as [[{table}]].") from None
    if after != msgspec.structs.replace(before, **{table: (*getattr(before, table), entry)}):
        raise RegistryError("an entry at its end would change what stands before it", where=where, fix=f"Write each entry of {table} as [[{table}]].")
    write_whole(path, grown, RegistryError)


def _block(raw: bytes, table: str, entry: StatusEntry | Correction) -> bytes:
    """Return an entry as text, with the file's own line breaks."""
    own: dict[str, Any] = msgspec.to_builtins(entry)
    end = "\r\n" if b"\r\n" in raw else "\n"
    text = f"\n[[{table}]]\n{tomli_w.dumps(own)}".replace("\n", end)
    return (("" if not raw or raw.endswith(b"\n") else end) + text).encode()


def a_text(option: str, text: str, *, longest: int = _LONGEST) -> str:
    """Return what a person wrote on one line. Raises RegistryError: empty, too long, or with characters that cannot be seen."""
    line = " ".join(text.split())
    if not line or len(line) > longest or safe(line) != line:
        raise RegistryError(f"{option} is a text of 1 to {longest:,} characters that can be seen", where=option, fix="Write who, or why, in a few words.")
    return line


def record_path(folder: Path, tool: str) -> Path:
    """Return where a new tool's record lies."""
    return folder / "tools" / tool / RECORD
