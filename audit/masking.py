"""What in a `[connect]` table is a secret, told by the name of its place: a key, a password, a login in an address."""

import re
from collections.abc import Callable
from typing import Any

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_NAME = re.compile(
    r"(?:^|[-_])key$|^x-.*key|(?:api|access|auth|private|subscription|license)[-_]?key|token(?!s)|secret|passw|passphrase"
    r"|authorization|credential|cookie|bearer|signature",
    re.IGNORECASE,
)
_SECRET_QUERY = re.compile(r"([?&][^=&]*(?:key|token|secret|password|sig)[^=&]*=)([^&#\s]+)", re.IGNORECASE)
_SECRET_USERINFO = re.compile(r"(://[^/@\s:]*:)([^/@\s]+)(@)")
_SECRET_OPTION = re.compile(r"(--?[\w-]+=)(.+)", re.DOTALL)


def without_secrets(value: Any, key: str = "") -> Any:
    """Return a copy of a `[connect]` table in which a secret written in clear is ***."""
    return masked(value, key, lambda _: "***")


def masked(value: Any, key: str, mask: Callable[[str], str]) -> Any:
    """Return a copy with `mask(text)` in place of each text that is a secret by the name of its place."""
    if isinstance(value, dict):
        return {k: masked(v, k, mask) for k, v in value.items()}
    if isinstance(value, list):
        before = ["", *(v if isinstance(v, str) and v.startswith("-") and "=" not in v else "" for v in value)]
        return [masked(v, option or key, mask) for v, option in zip(value, before, strict=False)]
    if not isinstance(value, str):
        return value

    def one(text: str) -> str:
        return text if not text or VARIABLE.search(text) else mask(text)

    if _SECRET_NAME.search(key):
        return one(value)
    option = _SECRET_OPTION.fullmatch(value)
    if option and _SECRET_NAME.search(option[1].strip("-=")):
        return option[1] + one(option[2])
    value = _SECRET_QUERY.sub(lambda m: m[1] + one(m[2]), value)
    return _SECRET_USERINFO.sub(lambda m: m[1] + one(m[2]) + m[3], value)
