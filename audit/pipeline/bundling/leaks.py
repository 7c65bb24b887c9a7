"""Secrets in what is to be passed on: values that are keys or tokens by their shape, or by the name that they stand under."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from audit.masking import without_secrets

_SHAPES: Mapping[str, re.Pattern[bytes]] = {
    "a private key": re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\bAGE-SECRET-KEY-1[0-9A-Z]{20,}"),
    "a private key (JWK)": re.compile(rb'"d"\s*:\s*"[A-Za-z0-9_-]{40,}"'),
    "a token of an AI service": re.compile(rb"(?<![A-Za-z0-9_-])(?:sk-(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{30,}|AIza[0-9A-Za-z_-]{35}|gsk_[A-Za-z0-9]{40,})"),
    "a token of a code host": re.compile(rb"(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{36}|pypi-AgE[A-Za-z0-9_-]{50,})"),
    "a key of a cloud service": re.compile(rb"(?<![A-Za-z0-9])(?:(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Z])|ya29\.[0-9A-Za-z_-]{20,}|AccountKey=[A-Za-z0-9+/]{60,}={0,2})"),
    "a token of a service": re.compile(rb"(?<![A-Za-z0-9_])(?:xox[abeoprs]-[A-Za-z0-9-]{10,}|(?:sk|rk)_live_[A-Za-z0-9]{16,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{30,})"),
    "a signed token (JWT)": re.compile(rb"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    "a bearer token": re.compile(rb"\b[Bb]earer\s+(?=[A-Za-z._~+/-]*\d)[A-Za-z0-9._~+/-]{24,}"),
    "a password in an address": re.compile(rb"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'<>]{1,80}:(?!\*\*\*@|\$\{)[^\s/@\"'<>]{4,120}@[A-Za-z0-9]"),
}
_NAMED = re.compile(
    rb"(?:api|access|auth|private|secret|subscription|session)[-_ ]?(?:key|token|secret)|(?:client|app)[-_ ]secret|passw(?:or)?d|passphrase|credential"
    rb"|authorization|\btoken|\bsecret",
    re.IGNORECASE,
)
_VALUE = re.compile(rb"[\\\"']{0,4}\s*[:=]\s*[\\\"']{0,4}(?P<value>[A-Za-z0-9+/_.~-]{20,200}={0,2})(?![A-Za-z0-9+/_.~=-])")
_RANDOM = 3.5
"""Bits a character: words and hexadecimal digests lie below or hardly above, base64 of random bytes above 4."""
_HEX = re.compile(rb"[0-9a-fA-F-]+")


class Secret(NamedTuple):
    """What looks like a secret: its line (from 1) and what it looks like. The secret itself is in no message."""

    line: int
    kind: str


def find_secrets(lines: Iterable[bytes], allowed: Collection[str] = ()) -> Iterator[Secret]:
    """Yield what looks like a secret in the lines of a file. allowed: kinds that belong there, such as the token in a file that is one."""
    for number, line in enumerate(lines, 1):
        for kind, shape in _SHAPES.items():
            if kind not in allowed and shape.search(line):
                yield Secret(number, kind)
        if _named(line):
            yield Secret(number, "a key or password by the name before it")


def _named(line: bytes) -> bool:
    """Return whether a value that looks random stands under the name of a secret."""
    for match in _NAMED.finditer(line):
        value = _VALUE.match(line, match.end())
        if value and _is_random(value["value"]):
            return True
    return False


def _is_random(value: bytes) -> bool:
    if _HEX.fullmatch(value):
        return len(value) >= 32 and any(c in b"0123456789" for c in value) and any(c in b"abcdefABCDEF" for c in value)  # noqa: PLR2004 - 128 bits
    counts = Counter(value)
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    return bits >= _RANDOM and any(c in b"0123456789" for c in value) and not value.isdigit()


def is_clear(section: Mapping[str, Any]) -> bool:
    """Return whether a `[connect]` table holds no secret in clear, by the names of its places."""
    return bool(without_secrets(section) == section)
