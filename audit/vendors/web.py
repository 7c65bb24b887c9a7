"""What `http` and `chat` share: a pooled client, and from an HTTP answer to its text or a Failure."""

import asyncio
import contextlib
import os
import ssl
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import msgspec
from yarl import URL

from audit.errors import ConnectionSetupError
from audit.records import Failure, Json
from audit.vendors.site import DETAIL, LARGEST_REPLY, Site, decoded, too_large

_CONNECT_SECONDS = 10.0
_DETAIL_SECONDS = 1.0
_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_REASON = 100
_AGAIN = {408, 425, 429}
_OK = range(200, 300)
_REDIRECT = range(300, 400)
_SERVER_ERROR = 500


class Client(NamedTuple):
    """One connection pool, and the proxies of the environment."""

    pool: aiohttp.ClientSession
    proxies: Mapping[str, str]

    def proxy(self, url: URL) -> str | None:
        """Return the proxy for an address; None for none."""
        proxy = self.proxies.get(url.scheme)
        return None if proxy is None or urllib.request.proxy_bypass(url.host or "") else proxy


@asynccontextmanager
async def session(site: Site) -> AsyncIterator[Client]:
    """Open one connection pool. Proxies come from the environment, logins do not.

    aiohttp's own `trust_env` would also send a login from ~/.netrc to the tool under audit.
    """
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=min(_CONNECT_SECONDS, site.timeout))
    async with aiohttp.ClientSession(
        timeout=timeout, connector=aiohttp.TCPConnector(limit=0, ssl=_trust(site)), cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "edtech-equity-audit"},
    ) as pool:
        yield Client(pool, urllib.request.getproxies())


def _trust(site: Site) -> ssl.SSLContext | bool:
    """Return whose certificates are trusted: those of the first variable that names a file or folder, the system's otherwise.

    Raises ConnectionSetupError for a file that is not there or holds no certificate. SSL_CERT_FILE is OpenSSL's variable,
    the others are those of the tools that a network's own authority (a school's filter, say) is usually made known to.
    """
    for name in _AUTHORITIES:
        if place := os.environ.get(name):
            path = Path(place)
            try:
                return ssl.create_default_context(cafile=None if path.is_dir() else place, capath=place if path.is_dir() else None)
            except OSError as bad:
                raise ConnectionSetupError(
                    f"the environment variable {name} names {place}, which cannot be read as certificates: {bad.strerror or bad}", where=site.where,
                    fix="Name a file of certificates in PEM form, or unset it.",
                ) from None
    return True


def check_address(url: str, key: str, site: Site, *, authorized: bool) -> None:
    """Raise ConnectionSetupError for what is no http(s) address, or one with a login where a header has one as well.

    The address itself may hold a key: it is not shown.
    """
    what = ""
    if not url.startswith(("http://", "https://")):
        what = "does not start with http:// or https://"
    else:
        try:
            what = "" if URL(url).host else "names no host"
            if authorized and URL(url).user is not None:
                what = "holds a login, and there is an Authorization as well: keep one"
        except ValueError:
            what = "is not a valid address"
    if what:
        raise ConnectionSetupError(f"connect.{key} {what}", where=site.where, fix="Give the full address.")


def with_defaults(headers: Mapping[str, str], **defaults: str) -> dict[str, str]:
    """Return the plan's headers, and each default (`Content_Type`) that the plan does not set in any case of letters."""
    given = {name.lower() for name in headers}
    named = {name.replace("_", "-"): value for name, value in defaults.items()}
    return {name: value for name, value in named.items() if name.lower() not in given} | dict(headers)


def one_header(text: str) -> str:
    """Return a text that stays inside its header: no line break, no control character."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


async def send(client: Client, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> str:
    """Return the answer's text. Raises Failure with the reason, and whether asking again may help.

    Redirects are not followed: they could carry a key to another host.
    """
    try:
        address = URL(url)
        async with client.pool.request(
            method, address, headers=headers, data=body, allow_redirects=False, proxy=client.proxy(address)
        ) as answer:
            if answer.status not in _OK:
                raise await _refused(answer)
            raw = await _read(answer)
    except aiohttp.InvalidURL:
        raise Failure("the URL is not valid") from None
    except aiohttp.ClientPayloadError:
        raise Failure("the reply broke off", retry=True) from None
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as bad:
        raise Failure(
            "no secure connection: the certificate is not trusted, or the server speaks no TLS",
            detail=f"{bad}"[:DETAIL] + "\nIf your network has an authority of its own, name its file in the environment variable SSL_CERT_FILE.",
        ) from None
    except (aiohttp.ClientConnectionError, ConnectionError, OSError) as bad:
        raise Failure(f"no connection: {_reason(bad)}", retry=True) from None
    except aiohttp.ClientError as bad:
        raise Failure(f"not HTTP as expected: {type(bad).__name__}", retry=True) from None
    except ValueError as bad:
        raise Failure(f"the request cannot be sent: {bad}") from None
    return _text_of(raw)


def _text_of(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Failure("the reply is not UTF-8", detail=_shown(raw)) from None
    if not text.strip():
        raise Failure("the reply is empty")
    return text


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    raw = bytearray()
    async for chunk in answer.content.iter_chunked(65_536):
        raw += chunk
        if len(raw) > LARGEST_REPLY:
            raise too_large()
    return bytes(raw)


async def _refused(answer: aiohttp.ClientResponse) -> Failure:
    """Return the failure of a status that is no success; how its body ends does not matter."""
    raw = b""
    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with asyncio.timeout(_DETAIL_SECONDS):
            while len(raw) < DETAIL and (chunk := await answer.content.read(DETAIL)):
                raw += chunk
    reason = f"HTTP {answer.status} {(answer.reason or '')[:_REASON]}".strip()
    if answer.status in _REDIRECT:
        reason += " (a redirect; write the final address into [connect])"
    return Failure(
        reason, detail=_shown(raw), retry=may_pass(answer.status),
        retry_after=retry_after(answer.headers.get("Retry-After")),
    )


def may_pass(status: int) -> bool:
    """Return whether asking again may help after an HTTP status."""
    return status in _AGAIN or status >= _SERVER_ERROR


def retry_after(value: str | None) -> float | None:
    """Return a Retry-After header (seconds, or an HTTP date) in seconds from now; None when unusable."""
    if value is None:
        return None
    with contextlib.suppress(ValueError):
        seconds = float(value)
        return max(0.0, seconds) if seconds - seconds == 0.0 else None
    with contextlib.suppress(ValueError, TypeError, OverflowError, OSError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    return None


def as_output(text: str) -> Json:
    """Return a reply's JSON value; the text itself when it is not JSON."""
    try:
        return decoded(text)
    except ValueError:
        return text


def encode(body: Any) -> bytes:
    """Return a body as it is sent: a text as UTF-8, anything else as JSON."""
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def _shown(raw: bytes) -> str:
    return raw[:DETAIL].decode("utf-8", "replace")


def _reason(bad: Exception) -> str:
    inner = getattr(bad, "os_error", None) or bad
    return getattr(inner, "strerror", None) or type(bad).__name__
