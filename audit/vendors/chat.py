"""Any OpenAI-style chat endpoint: one user message a probe, the set's prompt filled with its input."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from msgspec import Struct

from audit.errors import ConnectionSetupError
from audit.records import Failure, Json, Probe, Reply
from audit.vendors.site import Site, Tool
from audit.vendors.web import as_output, encode, send, session


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


@asynccontextmanager
async def connect(settings: Settings, site: Site) -> AsyncIterator[Tool]:
    """Give `ask`, over one connection pool."""
    if not settings.base_url.startswith(("http://", "https://")):
        raise ConnectionSetupError(
            "connect.base_url does not start with http:// or https://", where=site.where, fix="Give the full address."
        )
    url = settings.base_url.rstrip("/") + "/chat/completions"
    headers = {"Content-Type": "application/json"} | settings.headers
    if settings.api_key:
        headers["Authorization"] = f"Bearer {settings.api_key}"
    async with session(site) as client:

        async def ask(probe: Probe) -> Reply:
            answer = as_output(await send(client, "POST", url, headers, encode(request(settings, probe))))
            return read_completion(answer, as_object=settings.json_schema is not None)

        yield Tool(ask)


def request(settings: Settings, probe: Probe) -> dict[str, Any]:
    """Return the request body; only what the plan sets is sent."""
    messages = [{"role": "system", "content": settings.system}] if settings.system else []
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
        content = choice["message"]["content"]
    except (KeyError, IndexError, TypeError):
        raise Failure("not a chat completion: no choices[0].message.content", detail=str(answer)[:2000]) from None
    if content is None:
        refusal = choice["message"].get("refusal")
        raise Failure("the model gave no text", detail=str(refusal or choice.get("finish_reason") or ""))
    meta: dict[str, Json] = {k: answer[k] for k in ("model", "system_fingerprint", "usage") if answer.get(k)}
    if choice.get("finish_reason"):
        meta["finish_reason"] = choice["finish_reason"]
    return Reply(as_output(content) if as_object else content, meta)
