"""Keeps secrets, and what no file could hold, out of everything that a tool sends back."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

from audit.records import Failure, Json, Reply

_SHORTEST = 6
_DEEPEST = 100
_ESCAPE = re.compile("%[0-9A-F]{2}")


class Redaction:
    """Replaces each secret, however it is escaped, by the name that it has in the plan."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._names = {form: name for secret, name in secrets.items() for form in _forms(secret) if len(form) >= _SHORTEST}
        self._names |= {secret: name for secret, name in secrets.items() if secret}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._any = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def reply(self, reply: Reply) -> Reply:
        """Return a reply without secrets. Raises Failure when it is nested too deeply to be kept."""
        return Reply(self._value(reply.output, 0), {self.text(k): self._value(v, 0) for k, v in reply.meta.items()})

    def failure(self, failure: Failure) -> Failure:
        """Return a failure without secrets, not even the beginning of one at the end of a cut text."""
        return Failure(
            self._cut(self.text(failure.reason)), detail=self._cut(self.text(failure.detail)),
            retry=failure.retry, retry_after=failure.retry_after,
        )

    def text(self, text: str) -> str:
        """Return a text without secrets; half characters, which UTF-8 cannot hold, become question marks."""
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode()
        return self._any.sub(lambda match: self._names[match[0]], text) if self._any else text

    def _value(self, value: Json, depth: int) -> Json:
        if depth > _DEEPEST:
            raise Failure(f"the reply is nested more than {_DEEPEST} levels deep")
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(k)): self._value(v, depth + 1) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(v, depth + 1) for v in value]
        return self._names.get(str(value), value)  # a secret made of digits, sent back as a number

    def _cut(self, text: str) -> str:
        for form in self._names:
            for length in range(min(len(form) - 1, len(text)), _SHORTEST - 1, -1):
                if text.endswith(form[:length]):
                    return text[:-length] + self._names[form]
        return text


def _forms(secret: str) -> Iterator[str]:
    """Give a secret as it may come back: trimmed, and escaped for a URL, HTML, JSON, or JSON inside JSON."""
    for plain in {secret, secret.strip(), " ".join(secret.split())}:
        yield plain
        yield html.escape(plain)
        for escaped in (quote(plain, safe=""), quote(plain), quote_plus(plain)):
            yield escaped
            yield _ESCAPE.sub(lambda match: match[0].lower(), escaped)
        for ascii_only in (False, True):
            once = json.dumps(plain, ensure_ascii=ascii_only)[1:-1]
            for escaped in (once, once.replace("/", "\\/")):
                yield escaped
                yield json.dumps(escaped)[1:-1]
