"""One tool under audit in several dresses: a web API, a chat endpoint, a program and a function.

The probe's text says what it does: `ok 7` answers 7 after its own short while, `fail 7` fails,
`hostile KIND 7` answers with something that no tool should.
"""

import asyncio
import json
import os
import sys
import threading
import time
from pathlib import Path

from aiohttp import web

HOSTILE: dict[str, bytes] = {
    "escapes": b"\x1b]0;owned\x07\x1b[2J\x1b[31mred",
    "html": b"<script>alert(1)</script><img src=x onerror=alert(2)>",
    "long": b"x" * 6_000_000,
    "utf8": b"caf\xe9 \xff\xfe",
    "nan": b"NaN",
    "infinity": b"1e999",
    "half": b'{"answer": 12, "te',
    "empty": b"",
    "deep": b"[" * 100_000,
    "surrogate": rb'"\ud800"',
    "huge-number": b"9" * 5_000,
    "null": b"null",
}
SEEN: list[str] = []
_LOCK = threading.Lock()


def delay(number: int) -> float:
    """Return a short while that does not grow with the number, so that replies come in another order."""
    return (number * 7919 % 13) * 0.004


def words(text: str) -> tuple[str, str, int]:
    kind, *rest = text.split()
    return kind, rest[0] if kind == "hostile" else "", int(rest[-1])


async def web_answer(request: web.Request, body: str) -> web.StreamResponse:
    SEEN.append(str(request.rel_url) + str(dict(request.headers)) + body)
    asked = json.loads(body)
    chat = "messages" in asked
    kind, sort, number = words(asked["messages"][-1]["content"] if chat else asked["text"])
    await asyncio.sleep(delay(number))
    if kind == "fail":
        return web.json_response({"error": "no such thing"}, status=404)
    if kind == "hostile" and sort == "half":
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(HOSTILE["half"])
        request.transport.close()
        return response
    if kind == "hostile":
        return web.Response(body=_in_completion(sort) if chat else HOSTILE[sort])
    return web.json_response({"choices": [{"message": {"content": str(number)}}]} if chat else {"answer": number})


def _in_completion(sort: str) -> bytes:
    text = HOSTILE[sort].decode("utf-8", "surrogateescape")
    if sort in ("escapes", "html", "long", "empty"):
        return json.dumps({"choices": [{"message": {"content": text}}]}).encode()
    return b'{"choices": [{"message": {"content": ' + HOSTILE[sort] + b"}}]}"


def function(given: dict):
    SEEN.append(json.dumps(given))
    kind, sort, number = words(given["text"])
    if kind == "fail":
        raise RuntimeError("no such thing")
    if kind == "hostile":
        return _object(sort)
    time.sleep(delay(number))
    return {"answer": number}


def _object(sort: str):
    class Strange:
        def __getattr__(self, name):
            raise RuntimeError(name)

    nested: list = []
    for _ in range(100_000):
        nested = [nested]
    return {
        "nan": float("nan"), "infinity": float("inf"), "surrogate": "\ud800", "deep": nested, "null": None, "utf8": b"\xff",
        "huge-number": 10 ** 5_000, "half": Strange(), "empty": "", "long": "x" * 6_000_000,
    }.get(sort, HOSTILE[sort].decode("latin-1"))


def run_program() -> None:
    """Answer lines on standard output, each after its while, so that they come in another order."""
    _keep(sys.argv[1], f"{os.getpid()}\n")
    _write(b'Welcome to the tool, version 1\n[1, 2]\n{not json\n{"id": "nobody", "output": 1}\n')
    for line in sys.stdin:
        _keep(sys.argv[2], line)
        asked = json.loads(line)
        kind, sort, number = words(asked["input"]["text"])
        if kind == "hostile":
            _write(_hostile_line(asked["id"], sort), die=sort == "half")
        else:
            said = {"error": "no such thing"} if kind == "fail" else {"output": {"answer": number}}
            answer = json.dumps({"id": asked["id"]} | said).encode() + b"\n"
            threading.Timer(delay(number), _write, [answer]).start()


def _keep(path: str, text: str) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(text)


def _write(raw: bytes, *, die: bool = False) -> None:
    with _LOCK:
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
        if die:
            os._exit(3)


def _hostile_line(name: str, sort: str) -> bytes:
    raw = HOSTILE[sort]
    if sort in ("escapes", "html", "long", "empty"):
        raw = json.dumps(raw.decode()).encode()
    return b'{"id": "' + name.encode() + b'", "output": ' + raw + (b"" if sort == "half" else b"}\n")


if __name__ == "__main__":
    run_program()
