"""Web addresses of a vendor's file: whole, https, and on a host that a district can reach; and which domains nobody owns (RFC 2606, RFC 6761)."""

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from audit.evidence.fields import Part
from audit.evidence.specimen import Facts, Problems
from audit.wording import one_line

_NOT_IN_A_URI = re.compile(r"[^\x21-\x7e]|[<>\"{}|\\^`]")
_NOBODYS = re.compile(r"(?:.*\.)?(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost)\.?", re.IGNORECASE)
_INSIDE = re.compile(r"(?:.*\.)?(?:localhost|local|internal|lan|home\.arpa)\.?", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+%'-]{1,64}@((?:[\w-]{1,63}\.){0,8}[\w-]{1,63})")
_SHOWN = re.compile(r"[A-Za-z0-9.:\[\]-]{1,80}")


def split(value: str) -> SplitResult | None:
    """Return the parts of a whole address with a scheme and a host (RFC 3986, ASCII); None for anything else."""
    if _NOT_IN_A_URI.search(value):
        return None
    try:
        url = urlsplit(value)
        whole = bool(url.scheme and url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        return None
    return url if whole else None


def is_nobodys(host: str) -> bool:
    """Return whether a host is reserved for examples and tests, so that no real person's address is there."""
    return bool(_NOBODYS.fullmatch(host))


def holds_real_mail(text: str) -> bool:
    """Return whether a text holds an e-mail address that somebody may own."""
    return any(not is_nobodys(match.group(1)) for match in _MAIL.finditer(text) if "." in match.group(1))


def plain(text: str) -> str:
    """Return a vendor's text for the facts: one line, 160 characters, nothing that cannot be printed."""
    return one_line(text.encode("utf-8", "replace").decode())


class Addresses:
    """The addresses of one file: each is checked as it is met. topic: the start of the rules' names ("oidc" → "oidc.https")."""

    def __init__(self, problems: Problems, topic: str) -> None:
        self._problems, self._topic = problems, topic
        self.hosts: dict[str, str] = {}
        self.https_only: bool | None = None

    def web(self, value: str, where: str) -> str | None:
        """Return the host of an https address in lower case; note an error for http, another scheme, or no whole address."""
        url = split(value)
        if url is None:
            self._error("address", where, "not a whole web address", "Write it as https://host/path, in ASCII.")
            return None
        secure = url.scheme.lower() == "https"
        self.https_only = secure and self.https_only is not False
        if not secure:
            self._error("https", where, "the address is not https", "Serve it over TLS and write https://.")
        if url.username is not None or url.password is not None:
            self._error("password", where, "the address holds a user name or password", "Take it out of the file and change it.")
        host = (url.hostname or "").lower()
        self.hosts.setdefault(host, where)
        if _is_inside(host):
            what = "the address is on the maker's own machine or network, which a district cannot reach"
            self._problems.warning(f"{self._topic}.host", where, what, "Give the address of the service that the district will use.")
        return host

    def member(self, part: Part, name: str, *, required: bool = False) -> str | None:
        """Return the host of an object's member; whatever is wrong with it is noted."""
        value = part.text(name, required=required)
        return self.web(value, part.at(name)) if value is not None else None

    def elsewhere(self, host: str | None, own: Collection[str] = ()) -> list[str]:
        """Return the other hosts, for a reader to look at: neither this one, nor one below it or below `own`."""
        known = [one for one in (host, *own) if one]
        others = (one for one in self.hosts if not any(one == k or one.endswith(f".{k}") for k in known))
        return [one for one in others if _SHOWN.fullmatch(one)] if known else []

    def facts(self) -> Facts:
        """Return `https_only`, where there was any address."""
        return {} if self.https_only is None else {"https_only": self.https_only}

    def _error(self, rule: str, where: str, what: str, fix: str) -> None:
        self._problems.error(f"{self._topic}.{rule}", where, what, fix)


def _is_inside(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(_INSIDE.fullmatch(host))
    return address.is_private or address.is_loopback or address.is_link_local
