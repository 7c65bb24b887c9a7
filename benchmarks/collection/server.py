"""A stand-in for a tool: answers every chat completion after a fixed time, whatever it is asked. python -m benchmarks.collection.server SECONDS

Written on asyncio's protocols, so that it takes far less CPU than the clients that it measures. Prints its port, then serves until it is
killed. `GET /calls` tells how many completions it has answered, and how many prompts came twice.
"""

import asyncio
import sys

BODY = (
    b'{"id":"c","object":"chat.completion","created":1,"model":"stand-in-1","choices":[{"index":0,"finish_reason":"stop",'
    b'"message":{"role":"assistant","content":"A good start. Add one more example."}}],'
    b'"usage":{"prompt_tokens":40,"completion_tokens":9,"total_tokens":49}}'
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Answering(asyncio.Protocol):
    """One connection, kept alive."""

    seconds = 0.05
    asked: dict[bytes, int]

    def __init__(self) -> None:
        self.buffer = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            size = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + size:
                return
            body, self.buffer = self.buffer[end + 4 : end + 4 + size], self.buffer[end + 4 + size :]
            if head.startswith(b"get /calls"):
                twice = sum(n - 1 for n in self.asked.values())
                self.reply(b'{"calls":%d,"twice":%d}' % (sum(self.asked.values()), twice))
            else:
                asyncio.get_running_loop().call_later(self.seconds, self.answer, body)

    def answer(self, body: bytes) -> None:
        if not self.transport.is_closing():
            mark = body[body.find(b"probe ") :][:14]
            self.asked[mark] = self.asked.get(mark, 0) + 1
            self.reply(BODY)

    def reply(self, body: bytes) -> None:
        self.transport.write(HEAD % len(body) + body)


async def main() -> None:
    Answering.seconds, Answering.asked = float(sys.argv[1]), {}
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=2000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
