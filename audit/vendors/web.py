"""What `http` and `chat` share: a pooled client, and from an HTTP answer to its text or a Failure."""

import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import msgspec

from audit.records import Failure, Json
from audit.vendors.site import LARGEST_REPLY, Site, too_large

_CONNECT_SECONDS = 10.0
_DETAIL = 2_000
_AGAIN = {408, 425, 429}
_OK = range(200, 300)
_REDIRECT = range(300, 400)
_SERVER_ERROR = 500


@asynccontextmanager
async def session(site: Site) -> AsyncIterator[aiohttp.ClientSession]:
    """Open one connection pool as wide as the plan's concurrency; proxies come from the environment."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=min(_CONNECT_SECONDS, site.timeout))
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        timeout=timeout, connector=connector, trust_env=True, cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "edtech-equity-audit"},
    ) as client:
        yield client


async def send(
    client: aiohttp.ClientSession, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> str:
    """Return the answer's text. Raises Failure with the reason, and whether asking again may help.

    Redirects are not followed: they could carry a key to another host.
    """
    try:
        async with client.request(method, url, headers=headers, data=body, allow_redirects=False) as answer:
            raw = await _read(answer)
            _check_status(answer, raw)
    except aiohttp.InvalidURL:
        raise Failure("the URL is not valid") from None
    except aiohttp.ClientPayloadError:
        raise Failure("the reply broke off", retry=True) from None
    except (aiohttp.ClientConnectionError, ConnectionError, OSError) as bad:
        raise Failure(f"no connection: {_reason(bad)}", retry=True) from None
    except aiohttp.ClientError as bad:
        raise Failure(f"not HTTP as expected: {type(bad).__name__}", retry=True) from None
    except ValueError as bad:
        raise Failure(f"the request cannot be sent: {bad}") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Failure("the reply is not UTF-8", detail=_text(raw)) from None


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    raw = bytearray()
    async for chunk in answer.content.iter_chunked(65_536):
        raw += chunk
        if len(raw) > LARGEST_REPLY:
            raise too_large()
    return bytes(raw)


def _check_status(answer: aiohttp.ClientResponse, raw: bytes) -> None:
    if answer.status in _OK:
        return
    again = answer.status in _AGAIN or answer.status >= _SERVER_ERROR
    reason = f"HTTP {answer.status} {answer.reason or ''}".strip()
    if answer.status in _REDIRECT:
        reason += " (a redirect; write the final address into connect.url)"
    raise Failure(
        reason, detail=_text(raw), retry=again, retry_after=retry_after(answer.headers.get("Retry-After")),
    )


def retry_after(value: str | None) -> float | None:
    """Return a Retry-After header (seconds, or an HTTP date) in seconds from now; None when unusable."""
    if value is None:
        return None
    with contextlib.suppress(ValueError):
        seconds = float(value)
        return max(0.0, seconds) if seconds - seconds == 0.0 else None
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    return None


def as_output(text: str) -> Json:
    """Return a reply's JSON value; the text itself when it is not JSON."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def encode(body: Any) -> bytes:
    """Return a body as it is sent: a text as UTF-8, anything else as JSON."""
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def _text(raw: bytes) -> str:
    return raw[:_DETAIL].decode("utf-8", "replace")


def _reason(bad: Exception) -> str:
    inner = getattr(bad, "os_error", None) or bad
    return getattr(inner, "strerror", None) or type(bad).__name__
