"""A map: which column of a table is what. Small TOML files; some ship with the package for well-known corpora."""

import hashlib
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from audit.errors import FixtureError
from audit.library import convert, nearest, read_text, read_toml
from audit.records import Design, OutcomeKind, Validity

Columns = str | tuple[str, ...]
"""A column's name, or several of which the first that the table has is taken."""
Text = Annotated[str, Meta(min_length=1)]
_SHIPPED = Path(__file__).parent / "maps"


class ColumnsSection(Struct, frozen=True, forbid_unknown_fields=True):
    """What the columns hold. item: the sample's own name. cluster: what makes samples depend on each other (a student).

    names: columns with people's names, which are looked for in the texts and never written.
    """

    text: Columns
    item: Columns | None = None
    truth: Columns | None = None
    second_truth: Columns | None = None
    cluster: Columns | None = None
    names: tuple[str, ...] = ()


class GroupSection(Struct, frozen=True, forbid_unknown_fields=True):
    """An attribute from a column of the table, or (`demographic`) of the side file; `values`: cell → group, others are left out.

    Without `values` each different cell is a group. titles: group → its name for people.
    """

    column: Columns | None = None
    demographic: str | None = None
    values: dict[str, str] | None = None
    reference: str | None = None
    title: str = ""
    titles: dict[str, str] = {}


class Join(Struct, frozen=True, forbid_unknown_fields=True):
    """The student's number: its column in the table (`student`) and in the side file (`key`; the format's own otherwise)."""

    student: Columns
    key: str | None = None


class DemographicsSection(Struct, frozen=True, forbid_unknown_fields=True):
    """The side file with the groups. users: the OneRoster users.csv, for the names. names: the name columns of a `table`."""

    file: Text
    kind: Literal["oneroster", "clever", "edfi", "table"]
    join: Join
    users: str | None = None
    names: tuple[str, ...] = ()


class MapFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A map as written (docs/samples.md)."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    title: Text
    columns: ColumnsSection
    outcome: OutcomeKind
    use_case: str = ""
    edition: str = "1"
    design: Design | None = None
    scale: tuple[float, float] | None = None
    positive: bool | int | float | str | None = None
    positive_when: str | None = None
    adverse: bool = False
    prompt: str | None = None
    licence: str = "not for publication: student work"
    source: str = ""
    missing: tuple[str, ...] = ("NA", "N/A", "NULL", "None", "nan", "#N/A")
    personal_data: Literal["report", "mask"] = "report"
    inputs: dict[str, Columns] = {}
    groups: dict[str, GroupSection] = {}
    demographics: DemographicsSection | None = None
    validity: Validity = Validity()


class Map(NamedTuple):
    """A map that was read: what it says, its name for people, its folder and its SHA-256."""

    file: MapFile
    name: str
    folder: Path
    sha256: str


def shipped_maps() -> list[str]:
    """Return the names of the maps that ship with the package."""
    return sorted(path.stem for path in _SHIPPED.glob("*.toml"))


def map_text(name: str) -> str:
    """Return a shipped map as it is written. Raises FixtureError."""
    if name not in shipped_maps():
        raise FixtureError(f"unknown map {name!r}", where="audit fixtures map", fix=nearest(name, shipped_maps()))
    return read_text(_SHIPPED / f"{name}.toml", FixtureError, "map")


def read_map(name: str) -> Map:
    """Return a shipped map by its name, or one of your own by its path. Raises FixtureError."""
    path = _SHIPPED / f"{name}.toml" if name in shipped_maps() else Path(name)
    if not path.suffix and not path.exists():
        raise FixtureError(f"unknown map {name!r}", where="--map", fix=f"{nearest(name, shipped_maps())} Or give the path of your own.")
    where = str(path)
    file = convert(read_toml(path, FixtureError, "map"), MapFile, FixtureError, where)
    _check(file, where)
    sha256 = hashlib.sha256(read_text(path, FixtureError, "map").encode()).hexdigest()
    return Map(file, path.name, path.resolve().parent, sha256)


def _check(file: MapFile, where: str) -> None:
    if file.outcome == "score" and (file.scale is None or not file.scale[0] < file.scale[1]):
        raise FixtureError('outcome = "score" needs scale = [lowest, highest]', where=where)
    if file.outcome == "text" and (file.columns.truth or file.columns.second_truth):
        raise FixtureError('outcome = "text" has no right answer: leave columns.truth out', where=where)
    if file.columns.second_truth and not file.columns.truth:
        raise FixtureError("columns.second_truth needs columns.truth beside it", where=where)
    if file.columns.item is not None and set(_listed(file.columns.item)) & set(file.columns.names):
        raise FixtureError("columns.item holds names of people, which would be written into the set", where=where, fix="Leave it out.")
    if "text" in file.inputs:
        raise FixtureError("inputs.text is columns.text", where=where, fix="Leave it out of [inputs].")
    side = file.demographics
    _check_groups(file, where)
    if side is not None:
        _check_side(file, side, where)


def _check_groups(file: MapFile, where: str) -> None:
    side = file.demographics
    if not file.groups and (side is None or side.kind == "table"):
        raise FixtureError("no [groups.…]: nothing to compare", where=where, fix='For example [groups.ell_status] column = "ELL".')
    for name, group in file.groups.items():
        if (group.column is None) == (group.demographic is None):
            raise FixtureError(f"groups.{name} needs one of column and demographic", where=where)
        if group.demographic is not None and side is None:
            raise FixtureError(f"groups.{name} takes a demographic, but there is no [demographics]", where=where)


def _check_side(file: MapFile, side: DemographicsSection, where: str) -> None:
    if side.kind == "table" and side.join.key is None:
        raise FixtureError('demographics.kind = "table" needs join.key, the column with the student\'s number', where=where)
    if side.users is not None and side.kind != "oneroster":
        raise FixtureError('demographics.users is for kind = "oneroster"', where=where)
    if side.names and side.kind != "table":
        raise FixtureError('demographics.names is for kind = "table": the other formats name their own columns', where=where)
    if file.columns.item is not None and set(_listed(file.columns.item)) & set(_listed(side.join.student)):
        raise FixtureError(
            "columns.item is the student's own number, which would be written into the set", where=where,
            fix="Leave it out (samples are then named by their row), and set columns.cluster to it.",
        )


def _listed(columns: Columns) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else columns
