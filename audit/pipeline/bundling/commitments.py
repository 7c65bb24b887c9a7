"""Private fixtures: what a bundle holds in place of a text, so that its owner can show later which text it was.

A commitment is SHA-256(salt ‖ canonical JSON), hex; canonical JSON: sorted keys, UTF-8, no spaces. Without the 32 bytes of salt nobody can
try texts out; with them anybody can check a text. Probe ids would be such a trial too, as they depend on the input: those of a withheld
set are made from its commitments.
"""

import hashlib
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

import msgspec

from audit.records import FixtureSet, Json, Row

SALT_BYTES = 32
WITHHELD = "withheld"
_LONGEST_KEPT = 40
_SHORTEST_TELLING = 4
_VARIANT_DIGITS = 16
_META_KEPT = ("model", "system_fingerprint", "usage")


def commitment(salt: bytes, value: Json) -> str:
    """Return the salted SHA-256 (hex) of a JSON value."""
    return hashlib.sha256(salt + msgspec.json.encode(value, order="sorted")).hexdigest()


def hidden_set(one: FixtureSet, salt: bytes) -> FixtureSet:
    """Return a set without its texts: rows keep item, groups, truth, cluster and language; the input becomes a commitment, a variant a salted name.

    The set's `digest` stays that of the set as it was asked.
    """
    return msgspec.structs.replace(one, prompt=None, rows=tuple(_hidden_row(row, salt, texts=one.outcome == "text") for row in one.rows))


def _hidden_row(row: Row, salt: bytes, *, texts: bool) -> Row:
    variant = commitment(salt, ["variant", row.variant])[:_VARIANT_DIGITS] if row.variant is not None else None
    return Row(
        item=row.item, groups=row.groups, input={WITHHELD: commitment(salt, row.input)}, truth=None if texts else row.truth,
        variant=variant, cluster=row.cluster, second_truth=None if texts else row.second_truth, language=row.language,
    )


def hidden_reply(output: Json, salt: bytes, *, whole: bool, given: Collection[str], version: str = "") -> Json:
    """Return a reply without texts that could tell the probe's: numbers, decisions and short labels stay.

    whole: nothing stays (replies of a set of texts). given: the texts of the probe's input, casefolded; no label that holds one stays.
    version: the version of the tool that the reply names, which stays where it is.
    """
    if isinstance(output, dict | list) and (version or not whole):
        hidden = partial(hidden_reply, salt=salt, whole=whole, given=given, version=version)
        return {_label(k, salt, given): hidden(v) for k, v in output.items()} if isinstance(output, dict) else [hidden(v) for v in output]
    if version and not isinstance(output, dict | list) and str(output) == version:
        return output
    if whole:
        return {WITHHELD: commitment(salt, output)}
    return _label(output, salt, given) if isinstance(output, str) else output


def _label(text: str, salt: bytes, given: Collection[str]) -> str:
    folded = text.casefold()
    tells = len(text) > _LONGEST_KEPT or any(one in folded for one in given)
    return f"{WITHHELD}:{commitment(salt, text)}" if tells else text


def hidden_meta(meta: dict[str, Any]) -> dict[str, Any]:
    """Return what a reply says of itself without anything but its model, with its fingerprint, and its tokens."""
    return {key: meta[key] for key in _META_KEPT if key in meta}


def texts_of(value: Json) -> Iterator[str]:
    """Yield every text of a JSON value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts_of(inner)


def telling_texts(value: Json) -> frozenset[str]:
    """Return the texts of an input that a reply may not repeat, casefolded."""
    return frozenset(text for one in texts_of(value) if len(text := one.strip().casefold()) >= _SHORTEST_TELLING)
