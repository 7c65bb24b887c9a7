"""A web API: `url`, `method`, `headers` and `body`, in which `{{ name }}` fills from the probe."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from audit.errors import ConnectionSetupError
from audit.records import Probe, Reply
from audit.slots import as_text, fill
from audit.vendors.site import Site, Tool, check_slots, values_of
from audit.vendors.web import as_output, encode, send, session


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`method` is POST with a body and GET without one, unless given."""

    url: str
    method: str | None = None
    headers: dict[str, str] = {}
    body: Any = None


@asynccontextmanager
async def connect(settings: Settings, site: Site) -> AsyncIterator[Tool]:
    """Give `ask`, over one connection pool."""
    if not settings.url.startswith(("http://", "https://")):
        raise ConnectionSetupError(
            "connect.url does not start with http:// or https://", where=site.where, fix="Give the full address."
        )
    check_slots([settings.url, settings.headers, settings.body], site)
    method = (settings.method or ("GET" if settings.body is None else "POST")).upper()
    kind = "text/plain; charset=utf-8" if isinstance(settings.body, str) else "application/json"
    async with session(site) as client:

        async def ask(probe: Probe) -> Reply:
            values = values_of(probe)
            url = fill(settings.url, {k: quote(as_text(v), safe="") for k, v in values.items()})
            headers = {k: " ".join(as_text(fill(v, values)).split()) for k, v in settings.headers.items()}
            body = None
            if settings.body is not None:
                body = encode(fill(settings.body, values))
                headers = {"Content-Type": kind} | headers
            return Reply(as_output(await send(client, method, url, headers, body)))

        yield Tool(ask)
