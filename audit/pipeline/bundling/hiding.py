"""A run's private fixtures taken out of what is passed on: commitments for texts, and what was measured where the replies would tell them."""

import os
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from audit import fixtures, measures
from audit.collect.journal import NAME as JOURNAL
from audit.collect.journal import Answered, Ask, Begin, Event, Failed
from audit.errors import BundleError
from audit.pipeline.bundling.commitments import SALT_BYTES, commitment, hidden_meta, hidden_reply, hidden_set, telling_texts
from audit.pipeline.bundling.withheld import SCHEMA, Replies, files_of, files_of_judges
from audit.pipeline.constancy import model_of
from audit.pipeline.judged import JUDGES, judges_of
from audit.pipeline.prepared import probes_of, reading_of
from audit.pipeline.scored import Material
from audit.records import FixtureSet, Measurement, Probe, Response, TextDifference
from audit.records.verification import WithheldSet

SALT = "private/salt"
_EVENT: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_ID_DIGITS = 15
_LARGEST_READ = 20_000_000
SHORTEST_QUOTED = 20

Source = Path | bytes


class Hidden(Struct, frozen=True):
    """What is passed on of a run with private sets. files: path in the run → what stands there now; gone: path → the owner's file that stays at home."""

    files: dict[str, Source]
    gone: dict[str, Path]
    sets: dict[str, FixtureSet]
    probes: list[Probe]


class Cover(Struct, frozen=True):
    """How replies are hidden. ids: probe → its id in the bundle; whole: probes of which no reply is kept; given: probe → what its reply may not repeat.

    version: where a reply names the tool's version (connect.version), which stays.
    """

    salt: bytes
    ids: dict[str, str]
    whole: frozenset[str]
    given: dict[str, frozenset[str]]
    version: str | None = None

    def id(self, probe: str) -> str:
        """Return a probe's id in the bundle; one that is no probe of this plan gets one that tells nothing."""
        return self.ids.get(probe) or f"p{commitment(self.salt, probe)[:_ID_DIGITS]}"

    def covers(self, probe: str, shown: Collection[str]) -> bool:
        """Return whether a probe's reply is hidden: all but those of the sets that are shown."""
        return probe in self.ids or probe not in shown

    def response(self, one: Response) -> Response:
        """Return a reply as the bundle has it."""
        whole = one.probe in self.whole or one.probe not in self.ids
        version = model_of(one, self.version) if self.version and one.failure is None else ""
        given = self.given.get(one.probe, frozenset())
        output = hidden_reply(one.output, self.salt, whole=whole, given=given, version=version) if one.failure is None else None
        return msgspec.structs.replace(one, probe=self.id(one.probe), output=output, detail="", meta=hidden_meta(one.meta))


def read_salt(path: Path) -> bytes:
    """Return the salt of a run's commitments. Raises BundleError: there is none, or it is damaged."""
    try:
        salt = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        raise BundleError("there is no salt here, and without it no commitment can be opened", where=str(path)) from None
    except (OSError, ValueError):
        salt = b""
    if len(salt) != SALT_BYTES:
        raise BundleError("this is not the salt of a run's commitments", where=str(path), fix="Restore it from a copy: no other one opens the bundles made with it.")
    return salt


def own_salt(run: Path) -> bytes:
    """Return the salt of a run, made the first time: the same run gives the same bundle again. Only its owner can read the file."""
    path = run / SALT
    if not path.exists():
        try:
            path.parent.mkdir(exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_hex(SALT_BYTES) + "\n")
        except OSError as bad:
            raise BundleError(f"the salt cannot be written: {bad.strerror or bad}", where=str(path)) from None
    return read_salt(path)


def cover_of(material: Material, hidden: dict[str, FixtureSet], salt: bytes) -> Cover:
    """Return how the replies to these sets are hidden. hidden: name → the set without its texts."""
    probes = probes_of(material.plan, material.sets | hidden)
    private = {one.id for one in hidden.values()}
    ids = {own.id: other.id for own, other in zip(material.probes, probes, strict=True) if own.set in private}
    given = {p.id: telling_texts(p.input) for p in material.probes if p.id in ids}
    return Cover(salt, ids, frozenset(), given, material.plan.connect.version)


def hide(run: Path, material: Material, names: Collection[str], told: Sequence[TextDifference], draft: Path) -> Hidden:
    """Take the texts of sets out of a run. told: the differences of texts that its results hold; draft: an empty folder for what is written.

    Raises BundleError where the salt cannot be read or written.
    """
    salt = own_salt(run)
    hidden = {name: hidden_set(material.sets[name], salt) for name in names}
    cover = cover_of(material, hidden, salt)
    sets = material.sets | hidden
    probes = probes_of(material.plan, sets)
    files: dict[str, Source] = {}
    gone: dict[str, Path] = {}
    whole: set[str] = set()
    for name, own in hidden.items():
        replies, read = _measured(material, name, own, probes, cover)
        if replies == "withheld":
            whole |= {p.id for p in material.probes if p.set == own.id}
            gone["private/journal.jsonl"] = run / JOURNAL
        files |= files_of(WithheldSet(SCHEMA, own.id, own.digest, replies), read, [d for d in told if d.set == own.id])
        files |= _set_files(own, name, draft)
        gone[f"private/fixtures/{name}/items.jsonl"] = run / "fixtures" / name / "items.jsonl"
    cover = msgspec.structs.replace(cover, whole=frozenset(whole))
    _check_versions(material, cover)
    files[JOURNAL] = _journal(run, draft, cover, {p.id for p in material.probes})
    if any(own.outcome == "text" for own in hidden.values()):
        files |= _judges(run, material, cover, gone)
    return Hidden(files, gone, sets, probes)


def _measured(material: Material, name: str, own: FixtureSet, probes: Sequence[Probe], cover: Cover) -> tuple[Replies, list[Measurement]]:
    """Return whether the replies of a set can be kept, and its measurements with the bundle's probe ids: they cannot where a reading would change."""
    real = [p for p in material.probes if p.set == own.id]
    reading, source = reading_of(material.plan), material.sets[name]
    read = measures.measure_all(source, real, material.log.responses, reading)
    shown = [msgspec.structs.replace(m, probe=cover.id(m.probe)) for m in read]
    if own.outcome == "text":
        return "withheld", shown
    responses = {cover.id(p.id): cover.response(material.log.responses[p.id]) for p in real if p.id in material.log.responses}
    again = measures.measure_all(own, [p for p in probes if p.set == own.id], responses, reading)
    same = [(m.value, m.missing) for m in read] == [(m.value, m.missing) for m in again]
    return "kept" if same else "withheld", shown


def _check_versions(material: Material, cover: Cover) -> None:
    """Raise BundleError where the version that replies name would be hidden with them: then nobody could say which version was audited."""
    path = cover.version
    hidden = (one for one in material.log.responses.values() if one.failure is None and one.probe in cover.ids)
    if path and any(model_of(one, path) != model_of(cover.response(one), path) for one in hidden):
        raise BundleError("connect.version reads the tool's version out of texts that are to be withheld", where=str(material.plan.path),
                          fix="Read it from a field of the reply, or take connect.version out of the run's plan.toml and score it again.")


def _set_files(own: FixtureSet, name: str, draft: Path) -> dict[str, Source]:
    folder = draft / "fixtures" / name
    fixtures.write_set(own, folder)
    return {f"fixtures/{name}/{path.name}": path for path in sorted(folder.iterdir())}


def _journal(run: Path, draft: Path, cover: Cover, probes: Collection[str]) -> Path:
    """Write a journal in which the replies to private sets are hidden, line by line; the other lines are as they were."""
    shown = set(probes) - cover.ids.keys()
    target = draft / JOURNAL
    with (run / JOURNAL).open("rb") as source, target.open("wb") as file:
        for line in source:
            if line.endswith(b"\n"):
                event = _EVENT.decode(line)
                kept = isinstance(event, Begin) or not cover.covers(event.probe, shown)
                file.write(line if kept else msgspec.json.encode(_event(event, cover)) + b"\n")
    return target


def _event(event: Event, cover: Cover) -> Event:
    if isinstance(event, Begin):
        return event
    if isinstance(event, Ask):
        return msgspec.structs.replace(event, probe=cover.id(event.probe))
    if isinstance(event, Failed):
        return msgspec.structs.replace(event, probe=cover.id(event.probe), detail="")
    known = cover.response(Response(event.probe, event.output, None, "", event.seconds, event.attempt, event.at, event.meta))
    return Answered(known.probe, event.attempt, event.at, event.seconds, known.output, known.meta)


def _judges(run: Path, material: Material, cover: Cover, gone: dict[str, Path]) -> dict[str, Source]:
    """Return what judges said, without their answers: these quote the texts."""
    folders = sorted(path.parent for path in (run / JUDGES).glob(f"*/{JOURNAL}"))
    judged = material.judges or judges_of(run, material.sets, material.probes, material.log, reading_of(material.plan))
    if not judged.measurements:
        return {}
    gone |= {f"private/{JUDGES}/{folder.name}/{JOURNAL}": folder / JOURNAL for folder in folders}
    return {**files_of_judges(judged, cover.ids)}


def quoted(files: Mapping[str, Source], texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (file, item) where a file repeats a withheld text word by word. texts: text of 20 letters or more → its item.

    Of a file larger than 20 MB only the beginning is looked through.
    """
    wanted: dict[bytes, list[tuple[bytes, str]]] = {}
    for text, item in texts.items():
        raw = msgspec.json.encode(text)[1:-1]
        wanted.setdefault(raw[:SHORTEST_QUOTED], []).append((raw, item))
    for name, source in files.items():
        whole = source[:_LARGEST_READ] if isinstance(source, bytes) else _beginning(source)
        for at in range(len(whole) - SHORTEST_QUOTED + 1):
            for raw, item in wanted.get(whole[at:at + SHORTEST_QUOTED], ()):
                if whole.startswith(raw, at):
                    yield name, item


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST_READ)
