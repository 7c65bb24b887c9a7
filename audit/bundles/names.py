"""Names of a bundle's files: one that is safe on Linux, macOS and Windows alike, or none."""

import re
import unicodedata
from collections.abc import Iterable

from audit.errors import BundleError

ROOT = "run/"
_LONGEST = 240
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\:*?\"<>|\ud800-\udfff\ufffe\uffff\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\.|$)", re.IGNORECASE)


def check_names(names: Iterable[str], where: str) -> None:
    """Raise BundleError unless each name is `run/…`, can be written on every system, and no two are one file on some system."""
    seen: dict[str, str] = {}
    folders: set[str] = set()
    for name in names:
        wrong = _wrong(name)
        if wrong:
            raise BundleError(f"the file name {name[:80]!r} {wrong}", where=where, fix="Rename the file and make the bundle again.")
        key = _folded(name)
        if key in seen:
            raise BundleError(f"{name[:80]!r} and {seen[key][:80]!r} are one file on some systems", where=where, fix="Rename one of them.")
        seen[key] = name
        parts = key.split("/")
        folders.update("/".join(parts[:n]) for n in range(1, len(parts)))
    both = sorted(folders & seen.keys())
    if both:
        raise BundleError(f"{seen[both[0]][:80]!r} is both a file and a folder", where=where, fix="Rename one of them.")


def _folded(name: str) -> str:
    """Return a name as a file system that knows neither case nor ways to write an accent sees it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", name).casefold())


def _wrong(name: str) -> str:
    """Return what is wrong with a name, or nothing."""
    parts = name.split("/")
    if not name.startswith(ROOT) or any(part in ("", ".", "..") for part in parts):
        return f"does not lie inside {ROOT}"
    if len(name) > _LONGEST:
        return f"has more than {_LONGEST} characters"
    if _FORBIDDEN.search(name):
        return "holds a character that some systems do not allow"
    if any(part[-1] in ". " or part[0] == " " for part in parts):
        return "begins with a space, or ends with one or a dot: some systems drop it"
    return "is a device on Windows" if any(_DEVICE.match(part) for part in parts) else ""
