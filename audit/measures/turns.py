"""Of a conversation, what is measured: the turn that the set names, or all of the tool's turns together."""

from audit.measures.reading import Reading, Unreadable, extract
from audit.records import FixtureSet, Json
from audit.slots import as_text

_TRANSCRIPT = {"conversation"}


def spoken(output: Json) -> list[Json]:
    """Return the outputs of a conversation's turns (collect.talking writes the transcript); the output itself where it is none."""
    if isinstance(output, dict) and output.keys() == _TRANSCRIPT and isinstance(output["conversation"], list) and output["conversation"]:
        return [turn.get("output") if isinstance(turn, dict) else None for turn in output["conversation"]]
    return [output]


def read_turns(output: Json, fixture_set: FixtureSet, reading: Reading) -> Json:
    """Return what is measured of an output. Raises Unreadable: the reply path finds nothing, or the conversation broke off before that turn."""
    if not fixture_set.turns:
        return extract(output, reading)
    outputs = spoken(output)
    if len(outputs) != len(fixture_set.turns):
        raise Unreadable(f"a conversation of {len(outputs)} turns, and {len(fixture_set.turns)} were planned")
    if fixture_set.reads == "all":
        return "\n\n".join(as_text(extract(one, reading)) for one in outputs)
    place = {"first": 0, "last": -1}.get(fixture_set.reads, -1) if isinstance(fixture_set.reads, str) else fixture_set.reads - 1
    return extract(outputs[place], reading)


def heard(output: Json, reading: Reading) -> str:
    """Return what the tool said in one turn, as the person in the conversation reads it; the whole output where the reply path finds nothing."""
    try:
        return as_text(extract(output, reading))
    except Unreadable:
        return as_text(output)
