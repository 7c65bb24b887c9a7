"""The steps of a plan: what is done on the tool's page, in order, to ask one probe. Read and checked before anything is started."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote, urljoin, urlsplit

from msgspec import Meta, Struct, field, structs

from audit.errors import PlanError
from audit.library import convert, nearest
from audit.slots import as_text, fill, slots_in

Text = Annotated[str, Meta(min_length=1)]
_PORTS = {"http": 80, "https": 443}


class Open(Struct, frozen=True, forbid_unknown_fields=True):
    """Go to an address, relative to `connect.url`; `{{ name }}` in it fills from the probe, percent-encoded."""

    open: str


class Fill(Struct, frozen=True, forbid_unknown_fields=True):
    """Put a text into the one visible field that matches; what was there before is replaced."""

    fill: Text
    with_: str = field(name="with")


class Choose(Struct, frozen=True, forbid_unknown_fields=True):
    """Choose an entry of a list (`<select>`) by the words that it shows."""

    choose: Text
    option: str


class Press(Struct, frozen=True, forbid_unknown_fields=True):
    """Press a key where the cursor is: "Enter", "Control+Enter"."""

    press: Text


class Click(Struct, frozen=True, forbid_unknown_fields=True):
    """Click the one visible element that matches."""

    click: Text


class Wait(Struct, frozen=True, forbid_unknown_fields=True):
    """Wait until something that matches is visible."""

    wait: Text


class Gone(Struct, frozen=True, forbid_unknown_fields=True):
    """Wait until nothing that matches is visible any more: a "stop" button, a spinner."""

    gone: Text


class Settle(Struct, frozen=True, forbid_unknown_fields=True):
    """Wait until the text of the last match is there and has not changed for so many seconds."""

    settle: Text
    for_: Annotated[float, Meta(gt=0, le=600)] = field(default=2.0, name="for")


class Read(Struct, frozen=True, forbid_unknown_fields=True):
    """Take the text of the last match (of `all`, a line each) as the reply, or as the part of it named in `as`."""

    read: Text
    as_: Text | None = field(default=None, name="as")
    all: bool = False


class Error(Struct, frozen=True, forbid_unknown_fields=True):
    """From here on, a visible text that matches is the reason why there is no reply; `retry`: asking again may help."""

    error: Text
    retry: bool = False


Step = Open | Fill | Choose | Press | Click | Wait | Gone | Settle | Read | Error
VERBS: Mapping[str, type[Step]] = {
    "open": Open, "fill": Fill, "choose": Choose, "press": Press, "click": Click, "wait": Wait, "gone": Gone, "settle": Settle,
    "read": Read, "error": Error,
}


def read_steps(written: Sequence[Mapping[str, Any]], where: str) -> tuple[Step, ...]:
    """Return a plan's steps, those of a start at `connect.url` with it. Raises PlanError with the step's number and the nearest word."""
    steps = _listed(written, "steps", where)
    return tuple(steps if isinstance(steps[0], Open) else [Open(""), *steps])


def read_follow_up(written: Sequence[Mapping[str, Any]], where: str, *, replaces: bool) -> tuple[Step, ...]:
    """Return the steps of each further turn of a conversation; none where the plan has none. Raises PlanError.

    replaces: answers take each other's place; a named part may then stay as it was, so something else has to tell that there is an answer.
    """
    steps = _listed(written, "follow_up", where) if written else []
    if any(isinstance(step, Open) for step in steps):
        raise PlanError("a step of connect.follow_up opens a page, which would end the conversation", where=where, fix="Leave it out.")
    first = next((n for n, step in enumerate(steps) if isinstance(step, Read) and step.as_), None)
    if replaces and first is not None and not any(isinstance(step, Wait | Settle) for step in steps[:first]):
        raise PlanError(
            "connect.follow_up reads a part before it waits for a new answer", where=where, fix='Add { settle = "…" } for a text that each answer changes.',
        )
    return tuple(steps)


def _listed(written: Sequence[Mapping[str, Any]], key: str, where: str) -> list[Step]:
    steps = [_read_step(one, f"{where} [connect] {key}, step {number}") for number, one in enumerate(written, 1)]
    names = [step.as_ for step in steps if isinstance(step, Read)]
    if not names:
        raise PlanError("no step reads anything", where=where, fix=f'End connect.{key} with {{ read = "…" }}.')
    if len(names) > 1 and (None in names or len(set(names)) < len(names)):
        raise PlanError("two steps read a reply", where=where, fix='Name each part: { read = "…", as = "score" }.')
    return steps


def _read_step(written: Mapping[str, Any], where: str) -> Step:
    verbs = [key for key in written if key in VERBS]
    if not verbs:
        raise PlanError(f"unknown step {next(iter(written), '')!r}", where=where, fix=nearest(next(iter(written), ""), VERBS))
    if len(verbs) > 1:
        raise PlanError(f"{' and '.join(map(repr, verbs))} in one step", where=where, fix="Write a step for each, in the order in which they are done.")
    known = [one.encode_name for one in structs.fields(VERBS[verbs[0]])]
    for key in written:
        if key not in known:
            raise PlanError(f"unknown key {key!r} in a step that says {verbs[0]!r}", where=where, fix=nearest(key, known))
    return convert(dict(written), VERBS[verbs[0]], PlanError, where)


def described(step: Step) -> str:
    """Return a step as the plan writes it: `fill "textarea"`."""
    if step == Open(""):
        return "open connect.url"
    verb = type(step).__name__.lower()
    return f'{verb} "{getattr(step, verb)}"'


def looked_for(steps: Iterable[Step]) -> list[str]:
    """Return the selectors of what the steps wait for and read."""
    return [getattr(step, type(step).__name__.lower()) for step in steps if isinstance(step, Wait | Settle | Read)]


def slots_of(steps: Iterable[Step]) -> set[str]:
    """Return the names of the slots that the steps fill from a probe."""
    texts = [getattr(step, name) for step in steps for name in ("open", "with_", "option") if hasattr(step, name)]
    return slots_in(texts)


def filled(text: str, values: Mapping[str, Any]) -> str:
    """Return a text with its slots filled."""
    return as_text(fill(text, values))


def address(url: str, step: Open, values: Mapping[str, Any]) -> str:
    """Return the address that a step opens; what a probe fills in is percent-encoded, and so changes neither host nor path."""
    return urljoin(url, filled(step.open, {name: quote(as_text(value), safe="") for name, value in values.items()}))


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address ("https://tool.example"); "" for one that is not http or https."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port == _PORTS[parts.scheme] else f":{port}")
