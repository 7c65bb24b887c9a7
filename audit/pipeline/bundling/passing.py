"""Before a bundle is made: whether texts of your own, or what a tool replied to them, hold personal data, and why they may be passed on."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from audit import fixtures, personal
from audit.collect.journal import NAME as JOURNAL
from audit.collect.journal import Answered, Event, Failed
from audit.errors import BundleError
from audit.pipeline.bundling.commitments import WITHHELD
from audit.pipeline.bundling.hiding import Source
from audit.pipeline.bundling.withheld import FOLDER
from audit.pipeline.judged import JUDGES
from audit.plan import Plan
from audit.records import FixtureSet, Json, Probe
from audit.slots import mask
from audit.wording import one_line

_EVENT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_MOST_NAMED = 3


def check_personal(
    plan: Plan, told: Mapping[str, FixtureSet], sets: Mapping[str, FixtureSet], probes: Sequence[Probe], files: Mapping[str, Source], because: str, run: Path
) -> dict[str, int]:
    """Return kind → in how many texts of a bundle it seems to be. Raises BundleError where there is any and nobody says why it may be passed on.

    told: the sets whose texts go in. Sets that ship with the package are invented: neither they nor the replies to them are looked through.
    """
    shipped = set(plan.design.fixtures) & set(fixtures.shipped_sets())
    places: dict[str, list[str]] = {}
    for name, one in told.items():
        if name not in shipped and f"{FOLDER}/sets/{name}.json" not in files:
            for kind, items in fixtures.personal_data_of(one).items():
                places.setdefault(kind, []).extend(f"{name}, item {item}" for item in items)
    own = {one.id for name, one in sets.items() if name not in shipped}
    asked = {probe.id: probe for probe in probes if probe.set in own}
    for place, text, probe in _replies(files, asked):
        signal = probe.variant if probe is not None else None
        for kind in personal.personal_data_in(mask(text, signal, "") if signal else text):
            places.setdefault(kind, []).append(place)
    found = {kind: list(dict.fromkeys(where)) for kind, where in sorted(places.items())}
    if found and not because.strip():
        raise BundleError(
            f"the bundle would hold what seems to be personal data: {_said(found)}", where=str(run),
            fix="Take it out of the texts, withhold the set (--withhold SET), or, where it may be passed on, say why: "
            f'--personal-data-reason "…". {personal.CANNOT_FIND}',
        )
    return {kind: len(where) for kind, where in found.items()}


def _said(found: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(
        f"{kind} in {len(where):,} place{'s' if len(where) > 1 else ''} ({'; '.join(one_line(w, 80) for w in where[:_MOST_NAMED])}{'; …' if len(where) > _MOST_NAMED else ''})"
        for kind, where in found.items()
    )


def _replies(files: Mapping[str, Source], asked: Mapping[str, Probe]) -> Iterator[tuple[str, str, Probe | None]]:
    """Yield (place, text, probe) for each text in what came back to these probes, and in what judges of texts said."""
    if not asked:
        return
    for name, source in files.items():
        if name != JOURNAL and not (name.startswith(f"{JUDGES}/") and name.endswith(f"/{JOURNAL}")):
            continue
        for number, line in enumerate(_lines(source), 1):
            event = _EVENT.decode(line)
            probe = asked.get(event.probe) if isinstance(event, Answered | Failed) else None
            if name == JOURNAL and probe is None:
                continue
            for text in dict.fromkeys(_texts(event)):
                yield f"{name}, line {number}", text, probe


def _lines(source: Source) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield from (line for line in source.splitlines() if line)
        return
    with source.open("rb") as file:
        yield from (line for line in file if line.endswith(b"\n"))


def _texts(event: Event) -> Iterator[str]:
    if isinstance(event, Answered):
        yield from _inner(event.output)
        yield from _inner(event.meta)
    elif isinstance(event, Failed):
        yield event.reason
        yield event.detail


def _inner(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        if not value.startswith(f"{WITHHELD}:"):
            yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from () if key == WITHHELD else _inner(one)
    elif isinstance(value, list):
        for one in value:
            yield from _inner(one)
