"""A table and a map → a fixture set folder, whole or not at all."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from audit import fixtures
from audit.errors import FixtureError
from audit.records import Attribute, Design, FixtureSet, Row, Validity
from audit.samples.layout import GroupSection, Map, MapFile, read_map
from audit.samples.notice import Imported, notice_text
from audit.samples.roster import TITLES, Roster, read_roster
from audit.samples.rows import Made, Maker, check_values
from audit.samples.table import opened_table

_FEWEST_GROUPS = 2
_CANNOT_SHOW = (
    "Other students wrote the samples of each group: a difference may come from what they wrote. Where there is a human score, the "
    "comparison at the same score says more. The groups are as the records give them."
)
_NOT_VALIDATED = "The texts, the groups and the human scores are as imported; nobody has checked them for this audit."


def import_samples(path: Path, map_name: str, out: Path) -> Imported:
    """Read a table as a map says, and write a fixture set that `audit fixtures check` and a plan accept.

    Raises AuditError: an unreadable file, a column or value that is not there, a folder that is not empty. Nothing is then written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FixtureError("this folder is not empty", where=str(out), fix="Name a new one.")
    layout = read_map(map_name)
    with opened_table(path) as table:
        side = layout.file.demographics
        wanted = [group.demographic for group in layout.file.groups.values() if group.demographic is not None]
        roster = read_roster(side, layout.folder, wanted) if side else None
        made = Maker(layout.file, table, roster).make()
        files = {path.name: table.sha256, **(roster.files if roster else {}), layout.name: layout.sha256}
    check_values(layout.file, made)
    attributes, rows = _attributes(layout, made)
    design = layout.file.design or _design(rows)
    draft = _set(layout.file, attributes, rows, design, made, path.name)
    told = Imported(
        set=draft.id, folder=str(out), sha256="", design=design, items=len({row.item for row in rows}), probes=len(rows), rows_read=made.read,
        files=files, left_out=made.left_out, groups={name: _counts(rows, name) for name in attributes}, without_group=made.without,
        other_values={f"{name}: {value}": count for (name, value), count in made.other_values.items()}, without_truth=made.without_truth,
        not_in_roster=made.not_in_roster, merged=roster.merged if roster else 0, unread=_unread(roster),
        not_used=tuple(name for name in layout.file.groups if name not in attributes), personal_data=made.found,
        masked=layout.file.personal_data == "mask",
    )
    sha256 = _write(msgspec.structs.replace(draft, notice=notice_text(told, layout.file)), out, layout.name)
    return msgspec.structs.replace(told, sha256=sha256)


def _unread(roster: Roster | None) -> dict[str, int]:
    return {f"{what}: {value}": count for (what, value), count in roster.unread.items()} if roster else {}


def _attributes(layout: Map, made: Made) -> tuple[dict[str, Attribute], list[Row]]:
    """Return the attributes with at least two groups, and the rows with only these. Raises FixtureError where none has."""
    names = layout.file.groups or {name: GroupSection(demographic=name) for name in TITLES}
    attributes = {name: one for name, section in names.items() if (one := _attribute(layout, name, section, made.rows)) is not None}
    if not attributes:
        seen = {name: list(_counts(made.rows, name)) for name in names}
        said = "; ".join(f"{name} has {', '.join(groups) or 'none'}" for name, groups in seen.items() if groups or layout.file.groups)
        raise FixtureError(f"no attribute has two groups to compare ({said})", where=layout.name, fix="Check [groups] in the map.")
    rows = [msgspec.structs.replace(row, groups={a: g for a, g in row.groups.items() if a in attributes}) for row in made.rows]
    return attributes, [row for row in rows if row.groups]


def _attribute(layout: Map, name: str, section: GroupSection, rows: Sequence[Row]) -> Attribute | None:
    title, titles, reference = TITLES.get(section.demographic or "", ("", {}, None))
    there = _counts(rows, name)
    if len(there) < _FEWEST_GROUPS:
        return None
    if section.reference is not None and section.reference not in there:
        raise FixtureError(
            f"groups.{name}.reference = {section.reference!r} is no group of the table", where=layout.name, fix=f"Its groups: {', '.join(there)}."
        )
    known = {**titles, **section.titles}
    groups = {group: known.get(group, group.replace("_", " ")) for group in [*(g for g in known if g in there), *sorted(there.keys() - known.keys())]}
    return Attribute(groups, section.reference or (reference if reference in there else None), section.title or title)


def _counts(rows: Sequence[Row], attribute: str) -> dict[str, int]:
    items = {(row.groups[attribute], row.item) for row in rows if attribute in row.groups}
    return dict(sorted(Counter(group for group, _ in items).items()))


def _design(rows: Sequence[Row]) -> Design:
    """Matched where most items come in several guises: in two groups of one attribute; sampled otherwise."""
    groups: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        for attribute, group in row.groups.items():
            groups.setdefault(row.item, {}).setdefault(attribute, set()).add(group)
    several = sum(any(len(found) > 1 for found in own.values()) for own in groups.values())
    return "matched" if several > len(groups) / 2 else "sampled"


def _set(
    file: MapFile, attributes: Mapping[str, Attribute], rows: Sequence[Row], design: Design, made: Made, name: str
) -> FixtureSet:
    validity = Validity(
        file.validity.intended_use, file.validity.cannot_show or (_CANNOT_SHOW if design == "sampled" else "Only what these samples hold."),
        file.validity.not_validated or _NOT_VALIDATED,
    )
    items = {row.item for row in rows}
    return FixtureSet(
        id=file.id, title=file.title, edition=file.edition, use_case=file.use_case, design=design, outcome=file.outcome, attributes=dict(attributes),
        rows=tuple(rows), digest="", scale=file.scale, positive=file.positive, positive_when=file.positive_when, adverse=file.adverse,
        prompt=file.prompt, licence=file.licence, source=file.source or f"imported from {name}", validity=validity,
        named_items=tuple(item for item in made.named if item in items),
    )


def _write(fixture_set: FixtureSet, out: Path, where: str) -> str:
    """Write the set beside its place, read it back, and move it there; return its SHA-256."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as bad:
        raise FixtureError(f"cannot be written: {bad.strerror}", where=str(out)) from None
    try:
        fixtures.write_set(fixture_set, draft / "set")
        try:
            loaded = fixtures.load_set(draft / "set")
        except FixtureError as bad:
            raise FixtureError(bad.what, where=where, fix=bad.fix) from None
        if out.is_dir():
            out.rmdir()   # empty, as checked: Windows does not rename onto a folder
        (draft / "set").replace(out)
    except OSError as bad:
        raise FixtureError(f"cannot be written: {bad.strerror}", where=str(out)) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return loaded.digest
