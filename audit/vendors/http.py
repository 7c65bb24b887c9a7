"""A web API: `url`, `method`, `headers` and `body`, in which `{{ name }}` fills from the probe."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from audit.records import Probe, Reply
from audit.slots import SLOT, as_text, fill
from audit.vendors.site import Site, Tool, check_slots, values_of, with_usage
from audit.vendors.web import as_output, check_address, encode, one_header, send, session, with_defaults


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`method` is POST with a body and GET without one, unless given."""

    url: str
    method: str | None = None
    headers: dict[str, str] = {}
    body: Any = None


def check(settings: Settings, site: Site) -> None:
    """Refuse an address that is none, and a slot that a probe does not fill, before anything is asked."""
    authorized = "authorization" in {name.lower() for name in settings.headers}
    check_address(SLOT.sub("x", settings.url), "url", site, authorized=authorized)
    check_slots([settings.url, settings.headers, settings.body], site)


@asynccontextmanager
async def connect(settings: Settings, site: Site) -> AsyncIterator[Tool]:
    """Give `ask`, over one connection pool."""
    check(settings, site)
    method = (settings.method or ("GET" if settings.body is None else "POST")).upper()
    kind = "text/plain; charset=utf-8" if isinstance(settings.body, str) else "application/json"
    async with session(site) as client:

        async def ask(probe: Probe) -> Reply:
            values = values_of(probe)
            url = fill(settings.url, {k: quote(as_text(v), safe="") for k, v in values.items()})
            headers = {k: one_header(as_text(fill(v, values))) for k, v in settings.headers.items()}
            body = None
            if settings.body is not None:
                body = encode(fill(settings.body, values))
                headers = with_defaults(headers, Content_Type=kind)
            return with_usage(as_output(await send(client, method, url, headers, body)))

        yield Tool(ask)
