"""Any OpenAI-style chat endpoint: one user message a probe, the set's prompt filled with its input."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from msgspec import Struct

from audit.records import Failure, Json, Probe, Reply
from audit.vendors.site import DETAIL, Site, Tool
from audit.vendors.web import as_output, check_address, encode, one_header, send, session, with_defaults


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`base_url` is the address up to and including `/v1`; `json_schema` asks for an object."""

    base_url: str
    model: str
    api_key: str | None = None
    system: str | None = None
    temperature: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    json_schema: dict[str, Any] | None = None
    headers: dict[str, str] = {}


def check(settings: Settings, site: Site) -> None:
    """Refuse an address that is none, before anything is asked."""
    authorized = settings.api_key is not None or "authorization" in {name.lower() for name in settings.headers}
    check_address(settings.base_url, "base_url", site, authorized=authorized)


@asynccontextmanager
async def connect(settings: Settings, site: Site) -> AsyncIterator[Tool]:
    """Give `ask`, over one connection pool."""
    check(settings, site)
    url = address(settings.base_url)
    headers = with_defaults({k: one_header(v) for k, v in settings.headers.items()}, Content_Type="application/json")
    if settings.api_key:
        headers = with_defaults(headers, Authorization=f"Bearer {one_header(settings.api_key)}")
    async with session(site) as client:

        async def ask(probe: Probe) -> Reply:
            answer = as_output(await send(client, "POST", url, headers, encode(request(settings, probe))))
            return read_completion(answer, as_object=settings.json_schema is not None)

        yield Tool(ask)


def address(base_url: str) -> str:
    """Return the address of the completions; a query (`?api-version=…`) stays at the end."""
    path, mark, query = base_url.partition("?")
    return path.rstrip("/").removesuffix("/chat/completions") + "/chat/completions" + mark + query


def request(settings: Settings, probe: Probe) -> dict[str, Any]:
    """Return the request body; only what the plan sets is sent."""
    messages = [{"role": "system", "content": settings.system}] if settings.system else []
    for said, replied in probe.history:
        messages += [{"role": "user", "content": said}, {"role": "assistant", "content": replied}]
    messages.append({"role": "user", "content": probe.prompt})
    body: dict[str, Any] = {"model": settings.model, "messages": messages}
    for key in ("temperature", "seed", "max_tokens"):
        if (value := getattr(settings, key)) is not None:
            body[key] = value
    if settings.json_schema is not None:
        schema = {"name": "reply", "schema": settings.json_schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def read_completion(answer: Json, *, as_object: bool) -> Reply:
    """Return the message's text (or the object in it), with the model's name and token counts as meta."""
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        text, refusal, finish = _text(message["content"]), message.get("refusal"), choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise Failure("not a chat completion: no choices[0].message.content", detail=str(answer)[:DETAIL]) from None
    if refusal or not text.strip():
        raise Failure("the model gave no text", detail=str(refusal or finish or "")[:DETAIL])
    meta: dict[str, Json] = {k: answer[k] for k in ("model", "system_fingerprint", "usage") if answer.get(k)}
    if finish:
        meta["finish_reason"] = finish
    return Reply(as_output(text) if as_object else text, meta)


def _text(content: Json) -> str:
    """Return a message's text, which some endpoints give in parts; "" for none. Raises TypeError."""
    if content is None:
        return ""
    if isinstance(content, list):
        return "".join(part["text"] for part in content if part.get("type") == "text")
    if not isinstance(content, str):
        raise TypeError
    return content
