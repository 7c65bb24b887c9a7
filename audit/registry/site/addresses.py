"""Addresses of the site's files, names for ever (RFC 4151), and which addresses of strangers may be linked."""

from urllib.parse import quote, urlsplit

from audit.records.listings import Publisher

_SINCE = "2026"
_LONGEST_HOST = 253
_UNNAMED = "example.invalid"


class Addresses:
    """Where the files of one publisher's site lie on the web. Without `url` in registry.toml addresses are relative to the site's folder."""

    def __init__(self, publisher: Publisher) -> None:
        self.base = _with_slash(web_address(publisher.url))
        self._authority = _host(self.base) or _UNNAMED

    def of(self, path: str) -> str:
        """Return the address of a file of the site; a folder's page has the folder's address."""
        return self.base + quote(path.removesuffix("index.html") if path == "index.html" or path.endswith("/index.html") else path)

    def tag(self, specific: str, on: str = _SINCE) -> str:
        """Return a tag URI (RFC 4151) that names a thing for ever. on: the year or the day on which the publisher gave it."""
        return f"tag:{self._authority},{on}:{quote(specific, safe='/')}"


def web_address(text: str) -> str:
    """Return an address of the web as it may be linked; empty for anything else (another scheme, no host, spaces, a name and password)."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        allowed = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return ""
    return text if allowed and text.isprintable() and not set(text) & set(' "<>\\^`{|}') else ""


def mailbox(text: str) -> str:
    """Return a mailbox as a link may hold it ("mailto:a@b.example"); empty for anything else."""
    plain = text.strip().removeprefix("mailto:")
    local, at, host = plain.partition("@")
    good = bool(at and local and "." in host) and plain.isascii() and all(c.isalnum() or c in ".-_+@" for c in plain) and plain.count("@") == 1
    return f"mailto:{plain}" if good else ""


def _with_slash(address: str) -> str:
    return address if not address or address.endswith("/") else f"{address}/"


def _host(address: str) -> str:
    """The host as a tag URI may name it: small letters, other scripts in Punycode; empty for an address in numbers with colons."""
    host = (urlsplit(address).hostname or "").rstrip(".") if address else ""
    try:
        plain = host.encode("idna").decode().lower()
    except UnicodeError:
        return ""
    return plain if len(plain) <= _LONGEST_HOST and plain.replace("-", "").replace(".", "").isalnum() else ""
