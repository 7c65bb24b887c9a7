"""Vendors' replies: each names the audit that it answers, is shown in full and unchanged, and may be signed."""

import tomllib
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from pathlib import Path

from audit.bundles import TrustedKey, check_detached
from audit.errors import AuditError, RegistryError
from audit.library import convert
from audit.records.listings import VendorReply
from audit.registry.reading import told
from audit.registry.statuses import is_day
from audit.untrusted import bytes_of, text_of
from audit.wording import one_line, safe

LONGEST = 20_000
_LARGEST = 200_000
_NAME = 160


def read_replies(
    folder: Path, files: Iterable[str], audits: Collection[str], trusted: Sequence[TrustedKey], today: date
) -> tuple[tuple[VendorReply, ...], list[str]]:
    """Return the replies, oldest first, and what is wrong with the others, a line each. audits: the digests that are on file."""
    found, problems = [], []
    for file in files:
        try:
            reply = read_reply(folder / file, trusted, today)
            if reply.to not in audits:
                raise RegistryError(f"it answers the audit {one_line(reply.to, 20)}, which is not on file for this tool", fix="Add that audit, or move the reply.")
            found.append(reply)
        except (AuditError, OSError) as bad:
            problems.append(told(file, bad if isinstance(bad, AuditError) else RegistryError(f"cannot be read: {bad.strerror}")))
    return tuple(sorted(found, key=lambda r: (r.on, r.to, r.by, r.text))), problems


def read_reply(path: Path, trusted: Sequence[TrustedKey], today: date) -> VendorReply:
    """Return a reply; `signed_by` is the name of the trusted key that signed it, whatever the file itself says.

    Raises RegistryError: no reply, a day that is none or has not come, a text that is empty or too long, a signature that is not of these bytes or of a revoked key.
    """
    where = path.name
    try:
        table = tomllib.loads(text_of(bytes_of(path, RegistryError, _LARGEST), where, RegistryError))
    except (ValueError, RecursionError) as bad:
        raise RegistryError(f"not valid TOML: {one_line(str(bad))}", where=where) from None
    table.pop("signed_by", None)
    reply = convert(table, VendorReply, RegistryError, where)
    if not is_day(reply.on) or not reply.text.strip() or not reply.by.strip() or len(reply.text) > LONGEST:
        raise RegistryError(f"a reply has a day (on), a name (by) and a text of at most {LONGEST:,} characters", where=where)
    if reply.on > today.isoformat():
        raise RegistryError(f"it is dated {reply.on}, a day that has not come", where=where, fix="Ask the vendor for the reply again.")
    signers = check_detached(path, trusted, today)
    refused = next((s for s in signers if s.standing in ("wrong", "revoked")), None)
    if refused is not None:
        raise RegistryError(f"its signature does not count: {one_line(refused.because)}", where=where, fix="Ask the vendor for the reply again.")
    signed_by = next((s.name for s in signers if s.standing == "trusted"), "")
    return VendorReply(reply.to, one_line(reply.by, _NAME), reply.on, safe(reply.text), one_line(reply.lang, 20), one_line(signed_by, _NAME))
