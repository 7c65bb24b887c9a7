"""A vendor's reply, written: bound to one audit by its digest, plain text, and signed where the vendor has a key."""

import re
from pathlib import Path

import msgspec
import tomli_w

from audit.bundles import SigningKey, sign_file
from audit.errors import RegistryError
from audit.records.listings import VendorReply
from audit.registry.statuses import is_day
from audit.runs import write_text
from audit.untrusted import bytes_of, text_of
from audit.wording import one_line, safe

LONGEST = 10_000
"""Characters of a reply's text."""
_LARGEST = 1_000_000
_LONGEST_NAME = 160
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


def make_reply(digest: str, by: str, text: Path, lang: str, on: str) -> VendorReply:
    """Return a reply to the audit of this digest. text: a file of plain text. Raises RegistryError: empty, too long, no plain text; no name, day or language."""
    name = " ".join(by.split())
    if not name or len(name) > _LONGEST_NAME or safe(name) != name:
        raise RegistryError(f"--by is a name of at most {_LONGEST_NAME} characters", where="--by", fix='For example --by "Example Text".')
    if not is_day(on):
        raise RegistryError(f"{one_line(on, 40)!r} is no day", where="--on", fix="Write it as 2026-11-21.")
    if not _LANGUAGE.fullmatch(lang):
        raise RegistryError(f"{one_line(lang, 40)!r} is no language", where="--lang", fix="Write its tag, such as en, es or pt-BR.")
    return VendorReply(digest, name, on, _plain(text), lang)


def _plain(path: Path) -> str:
    """Return a file's text without the white space around it, with one kind of line break."""
    raw = bytes_of(path, RegistryError, _LARGEST)
    text = "\n".join(line.rstrip() for line in text_of(raw, str(path), RegistryError).replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()
    if not text:
        raise RegistryError("the reply is empty", where=str(path), fix="Write it as plain text.")
    if len(text) > LONGEST:
        raise RegistryError(f"the reply has {len(text):,} characters, more than {LONGEST:,}", where=str(path), fix="Shorten it, and name a page that says more.")
    if safe(text) != text:
        raise RegistryError("the reply holds control characters or marks that turn the direction of writing", where=str(path), fix="Save it as plain text.")
    return text


def write_reply(reply: VendorReply, out: Path, key: SigningKey | None) -> list[Path]:
    """Write a reply, and its signature beside it where there is a key; return what was written. Raises RegistryError: no .toml, or a file is there already."""
    if out.suffix != ".toml":
        raise RegistryError("a reply is a file NAME.toml", where=str(out), fix="Use another --out.")
    for path in (out, out.with_name(f"{out.name}.dsse.json")):
        if path.exists() or path.is_symlink():
            raise RegistryError("there is a file already", where=str(path), fix="Use another --out.")
    write_text(out, tomli_w.dumps(msgspec.to_builtins(reply) | {"lang": reply.lang}, multiline_strings=True))
    return [out, *([sign_file(out, key, reply.on)] if key is not None else [])]
