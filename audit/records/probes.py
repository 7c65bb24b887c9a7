"""What is asked, and what came back: FixtureSet → Probe → Reply or Failure → Response."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Json = Any
"""A JSON value: null, a boolean, a number, a string, a list or an object."""

Design = Literal["matched", "sampled"]
OutcomeKind = Literal["score", "decision", "text"]
Reads = Annotated[int, Meta(ge=1)] | Literal["first", "last", "all"]
"""Which of the tool's turns in a conversation is measured: one of them (1 is the first), or all, joined."""


class Attribute(Struct, frozen=True, forbid_unknown_fields=True):
    """What the groups of a fixture set differ in: dialect, the name's association, a label.

    `variants = "random"` says that the words or names that stand for a group are a sample, so that
    a verdict must hold for other names too; `negative_controls` are groups that should not matter.
    """

    groups: dict[str, str]
    reference: str | None = None
    title: str = ""
    variants: Literal["fixed", "random"] = "fixed"
    negative_controls: tuple[str, ...] = ()


class Validity(Struct, frozen=True, forbid_unknown_fields=True):
    """What a set is for, what it cannot show, and what no person has checked yet."""

    intended_use: str = ""
    cannot_show: str = ""
    not_validated: str = ""


class Row(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of `items.jsonl`: a base item in one guise.

    `item` is the base item, shared by its guises. `variant` is the particular word or name that
    stands for the group. Items that share a `cluster` (a template, a name) are not independent.
    `truth` is a human score or the right decision, where there is one; `second_truth` a second person's.
    `also`: what else in a reply gives the variant away. `facts`: what the reply must keep. `language`: the ISO 639 code of the
    language it should be in. None of these is sent.
    """

    item: str
    groups: dict[str, str]
    input: dict[str, Json]
    truth: float | bool | str | None = None
    variant: str | None = None
    cluster: str | None = None
    second_truth: float | bool | str | None = None
    also: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    language: str | None = None


class FixtureSet(Struct, frozen=True):
    """Probe material, ready to be asked: what is expected of a reply, and the rows.

    measures: of a text set, the measures that decide; the others describe. None named: all decide. crossed: attributes that are
    the crossing of others, and of which. named_items: the items in whose texts an import found a known person's name. turns: of a
    conversation, what the person says, turn by turn, each filled as `prompt` is; reads: which of the tool's turns is measured.
    """

    id: str
    title: str
    edition: str
    use_case: str
    design: Design
    outcome: OutcomeKind
    attributes: dict[str, Attribute]
    rows: tuple[Row, ...]
    digest: str
    scale: tuple[float, float] | None = None
    positive: Json = None
    positive_when: str | None = None
    adverse: bool = False
    prompt: str | None = None
    turns: tuple[str, ...] = ()
    reads: Reads = "last"
    measures: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""
    validity: Validity = Validity()
    notice: str = ""
    named_items: tuple[str, ...] = ()
    crossed: dict[str, tuple[str, ...]] = {}

    def beside(self, groups: dict[str, str], attribute: str) -> tuple[tuple[str, str], ...]:
        """Return the other groups of a row that stay as they are where only the attribute changes."""
        free = {attribute, *self.crossed.get(attribute, ()), *(name for name, parts in self.crossed.items() if attribute in parts)}
        return tuple(sorted((name, group) for name, group in groups.items() if name not in free))


class Probe(Struct, frozen=True):
    """One question to the tool. Only `input`, `prompt` and `turns` leave the machine.

    turns: of a conversation, what is said to the tool, one after the other; `prompt` is the first. Where an adapter is asked for one
    turn of it, `prompt` is that turn, `turns` is empty, and `history` holds what was said and replied before.
    """

    id: str
    set: str
    item: str
    groups: dict[str, str]
    repeat: int
    input: dict[str, Json]
    prompt: str
    truth: float | bool | str | None = None
    variant: str | None = None
    cluster: str | None = None
    second_truth: float | bool | str | None = None
    also: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    language: str | None = None
    turns: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()

    @property
    def calls(self) -> int:
        """How many calls to the tool it takes."""
        return max(1, len(self.turns))


class Reply(Struct, frozen=True):
    """What a tool gave back: the whole output, and what the reply says about itself (model, tokens)."""

    output: Json
    meta: dict[str, Json] = {}


class Failure(Exception):
    """The tool gave no usable reply. Raised by adapters, recorded by the collector, never a zero.

    `retry` says whether asking again may help; `retry_after` is the tool's own wish, in seconds;
    `detail` is what it sent instead, for a person to read.
    """

    def __init__(
        self, reason: str, *, detail: str = "", retry: bool = False, retry_after: float | None = None
    ) -> None:
        self.reason = reason
        self.detail = detail
        self.retry = retry
        self.retry_after = retry_after
        super().__init__(reason)


class Response(Struct, frozen=True):
    """How one probe ended: an output, or the reason why there is none. `seconds` is the last call's."""

    probe: str
    output: Json
    failure: str | None
    detail: str
    seconds: float
    attempts: int
    at: str
    meta: dict[str, Json] = {}
