"""A security.txt held to RFC 9116 (IETF, April 2022): whom to tell of a security problem, and until when that is right."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from audit.evidence.addresses import Addresses, split
from audit.evidence.fields import TIME, shown
from audit.evidence.specimen import Facts, Problems, Specimen

_FIELD = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*(.*)")
_HAS_CONTACT = re.compile(r"^contact:", re.IGNORECASE | re.MULTILINE)
_HAS_EXPIRES = re.compile(r"^expires:", re.IGNORECASE | re.MULTILINE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*|\*")
_KNOWN = ("acknowledgments", "canonical", "contact", "encryption", "expires", "hiring", "policy", "preferred-languages", "csaf", "bug-bounty")
_WEB_ONLY = ("acknowledgments", "canonical", "hiring", "policy", "csaf")
_SIGNED, _SIGNATURE, _END = "-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP SIGNATURE-----", "-----END PGP SIGNATURE-----"
_YEAR, _SOON = timedelta(days=366), timedelta(days=30)
_LONGEST = 32_768
_CLEAR = "Sign the file again with gpg --clearsign."


class _Line(NamedTuple):
    number: int
    name: str
    value: str

    @property
    def where(self) -> str:
        return f"line {self.number}"


def recognises(specimen: Specimen) -> bool:
    """Return whether a text is a security.txt, by its fields or its name."""
    start = specimen.head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"[", b"<") or start.startswith(b"PK") or b"\0" in start:
        return False
    text = start.decode("utf-8", "replace").replace("\r\n", "\n")
    named = specimen.where.lower().endswith("security.txt")
    return bool(_HAS_CONTACT.search(text)) + bool(_HAS_EXPIRES.search(text)) + named >= 2   # noqa: PLR2004  (two of three signs)


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return `valid_until`, whether it is `signed`, and how to send something encrypted (`encryption_offered`)."""
    text = specimen.text
    if len(text.encode()) > _LONGEST:
        problems.warning("security.size", specimen.where, "longer than 32 KB: readers may cut it", "Keep it short.")
    if "PRIVATE KEY" in text:
        problems.error("security.private", specimen.where, "the file holds a private key", "Replace that key now: it is no longer secret.")
    rows, signed = _unwrapped(text, problems)
    lines = list(_fields(rows, problems))
    addresses = Addresses(problems, "security")
    for line in lines:
        _check(line, addresses, problems)
    expires = _expires(lines, specimen, problems)
    _whole(lines, specimen.where, problems, signed=signed)
    facts: Facts = {
        "signed": signed, "contacts": sum(one.name == "contact" for one in lines),
        "encryption_offered": any(one.name == "encryption" for one in lines), "private_keys": int("PRIVATE KEY" in text), **addresses.facts(),
    }
    return facts if expires is None else {**facts, "valid_until": expires.date().isoformat()}


def _unwrapped(text: str, problems: Problems) -> tuple[list[tuple[int, str]], bool]:
    """Return the lines with their numbers, without a clear signature's wrapper (RFC 9580 section 7), and whether there was one."""
    rows = list(enumerate(text.replace("\r\n", "\n").split("\n"), start=1))
    begin = next((i for i, (_, row) in enumerate(rows) if row.rstrip() == _SIGNED), None)
    if begin is None:
        return rows, False
    if any(row.strip() and not row.startswith("#") for _, row in rows[:begin]):
        problems.error("security.wrapper", "line 1", "there is text before the signed part, which nobody has signed", _CLEAR)
    end = next((i for i, (_, row) in enumerate(rows) if row.rstrip() == _SIGNATURE), None)
    if end is None or not any(row.rstrip() == _END for _, row in rows[end:]):
        problems.error("security.wrapper", f"line {begin + 1}", "the signed part has no whole signature", _CLEAR)
    inner = rows[begin + 1 : end]
    blank = next((i for i, (_, row) in enumerate(inner) if not row.strip()), -1)
    if any(row.lower().replace(" ", "") in ("hash:sha1", "hash:md5") for _, row in inner[: max(blank, 0)]):
        problems.warning("security.hash", f"line {begin + 2}", "signed with a hash that can be forged", "Sign with SHA-256 or better.")
    problems.note("security.signed", f"line {begin + 1}", "the signature is not verified here: its key is not part of the file")
    return [(number, row.removeprefix("- ")) for number, row in inner[blank + 1 :]], True


def _fields(rows: list[tuple[int, str]], problems: Problems) -> Iterator[_Line]:
    for number, row in rows:
        if not row.strip() or row.startswith("#"):
            continue
        match = _FIELD.fullmatch(row.rstrip())
        if match is None:
            problems.error("security.line", f"line {number}", "neither a comment (#) nor a field (Name: value)", "Take the line out or put # before it.")
        else:
            yield _Line(number, match[1].lower(), match[2].strip())


def _check(line: _Line, addresses: Addresses, problems: Problems) -> None:
    if line.name not in _KNOWN:
        problems.note("security.unknown", line.where, f"the field {shown(line.name)} is not registered: readers pass it over")
    elif line.name in _WEB_ONLY:
        addresses.web(line.value, line.where)
    elif line.name in ("contact", "encryption"):
        _uri(line, addresses, problems)
    elif line.name == "preferred-languages":
        tags = [tag.strip() for tag in line.value.split(",")]
        if not all(_LANGUAGE.fullmatch(tag) for tag in tags):
            problems.error("security.languages", line.where, "not a list of language tags", "For example: Preferred-Languages: en, es")


def _uri(line: _Line, addresses: Addresses, problems: Problems) -> None:
    schemes = ("mailto:", "tel:") if line.name == "contact" else ("openpgp4fpr:", "dns:")
    value = line.value.lower()
    if value.startswith(schemes):
        if value in schemes or re.search(r"\s", value) or (value.startswith("mailto:") and "@" not in value):
            problems.error(f"security.{line.name}", line.where, "the address is not whole")
    elif "://" in value:
        addresses.web(line.value, line.where)
    else:
        fix = "Write mailto:, tel: or https:// before it." if line.name == "contact" else "Give the address of the key, not the key."
        problems.error(f"security.{line.name}", line.where, "not an address with its scheme (a URI)", fix)


def _expires(lines: list[_Line], specimen: Specimen, problems: Problems) -> datetime | None:
    found = [line for line in lines if line.name == "expires"]
    if len(found) != 1:
        what, where = ("Expires is missing", specimen.where) if not found else ("Expires appears more than once", found[1].where)
        problems.error("security.expires", where, what, "Write one Expires with the day after which the file is not to be trusted.")
    if not found:
        return None
    try:
        when = datetime.fromisoformat(found[0].value.upper()) if TIME.fits(found[0].value) else None
        when = when.astimezone(UTC) if when else None
    except (ValueError, OverflowError):
        when = None
    if when is None:
        problems.error("security.expires", found[0].where, f"Expires must be {TIME.what} (RFC 3339)")
        return None
    left = when.date() - specimen.today
    if left < timedelta(0):
        problems.error("security.expired", found[0].where, f"expired on {when.date()}", "Look the file over and set a new date.")
    elif left > _YEAR:
        problems.warning("security.long", found[0].where, "expires more than a year from now", "Less than a year is recommended (RFC 9116 section 2.5.5).")
    elif left < _SOON:
        problems.warning("security.soon", found[0].where, f"expires on {when.date()}", "Look the file over and set a new date.")
    return when


def _whole(lines: list[_Line], where: str, problems: Problems, *, signed: bool) -> None:
    names = [line.name for line in lines]
    if "contact" not in names:
        problems.error("security.contact", where, "Contact is missing", "Write Contact: mailto:security@… or an https address.")
    twice = [line for line in lines if line.name == "preferred-languages"][1:]
    for line in twice:
        problems.error("security.languages", line.where, "Preferred-Languages appears more than once")
    canonical = [line for line in lines if line.name == "canonical"]
    if not canonical and signed:
        problems.warning("security.canonical", where, "signed, and no Canonical says on which address the file belongs", "Add Canonical (RFC 9116 section 2.3).")
    elif not canonical:
        problems.note("security.canonical", where, "no Canonical says on which address the file belongs")
    for line in canonical:
        url = split(line.value)
        if url is not None and url.path != "/.well-known/security.txt":
            problems.warning("security.canonical", line.where, "Canonical is not /.well-known/security.txt", "Serve the file there.")
    for name, what in (("encryption", "no Encryption: reports cannot be sent encrypted"), ("policy", "no Policy: finders do not know what is allowed")):
        if name not in names:
            problems.note(f"security.{name}", where, what)
