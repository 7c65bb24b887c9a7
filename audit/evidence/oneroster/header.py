"""The header of a file: every column, in the standard's order, then `metadata.…` columns if any."""

from collections.abc import Sequence

from audit.evidence.oneroster.notes import Notes
from audit.evidence.oneroster.tables import OLDER, Table

_EXTENSION = "metadata."
_MOST_NAMED = 5


def check_header(notes: Notes, table: Table, version: str, header: Sequence[str]) -> dict[str, int]:
    """Note what is wrong with a header; return where each column that can be told is (by its first place).

    A name that the standard does not know is not repeated: without a header the first row's people would be named.
    """
    wanted = table.header
    places: dict[str, int] = {}
    for at, name in enumerate(header):
        if (name in wanted or name.startswith(_EXTENSION)) and name not in places:
            places[name] = at
        elif name in places:
            _say(notes, "header.twice", f"column {at + 1} has the name of an earlier one")
        elif table.name == "users" and version == "1.2" and name == OLDER:
            notes.problems.warning("users.header.older", "users.csv line 1", f"{OLDER} is of 1.2.0; 1.2.1 has userResources.csv instead")
        else:
            _say(notes, "header.unknown", f"column {at + 1} is none of the standard's, and no metadata. column", _near(name, wanted))
    missing = [name for name in wanted if name not in places]
    if missing:
        more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        what = f"these columns are not there: {', '.join(missing[:_MOST_NAMED])}{more}"
        _say(notes, "header.missing", what, "Add them, blank where nothing is known.")
    found = [name for name in header if name in wanted]
    if found != [name for name in wanted if name in places] and len(found) == len(set(found)):
        _say(notes, "header.order", "the columns are not in the standard's order", f"Begin {','.join(wanted[:6])}…")
    extended = [at for name, at in places.items() if name.startswith(_EXTENSION)]
    if extended and any(at > extended[0] for name, at in places.items() if name in wanted):
        _say(notes, "header.metadata", "metadata. columns come after all others")
    return places


def _near(name: str, wanted: Sequence[str]) -> str:
    """Return the standard's spelling of a name that differs only in case or spaces."""
    plain = name.strip().casefold()
    return next((f"Write {one}." for one in wanted if one.casefold() == plain), "Name it metadata.… or leave it out.")


def _say(notes: Notes, rule: str, what: str, fix: str = "") -> None:
    say = notes.problems.error if notes.sure else notes.problems.warning
    say(f"{notes.name}.{rule}", f"{notes.name}.csv line 1", what, fix)
