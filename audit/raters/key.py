"""The key of a rating: which code on which sheet is which row of the set. It stays with the organiser."""

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from audit.errors import WorksheetError
from audit.fixtures import load_set
from audit.library import read_text
from audit.records import FixtureSet

SCHEMA: Final = "edtech-equity-audit/raters-key/1"
SHEETS, KEPT, KEY, SET = "sheets", "organiser", "key.json", "set"
"""`FOLDER/sheets/` goes to the raters; `FOLDER/organiser/key.json` and `FOLDER/organiser/set/` do not."""
_ROUNDING = 1e-6
_MOST_LISTED = 12


class Shown(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a sheet: its code, the row of the set (from 0), and whether the rater has seen it before."""

    code: str
    row: Annotated[int, Meta(ge=0)]
    again: bool = False


class Sheet(Struct, frozen=True, forbid_unknown_fields=True):
    """What one rater is shown, in the order of presentation."""

    rater: Annotated[str, Meta(pattern=r"^rater-[0-9]{1,3}$")]
    lines: tuple[Shown, ...]


class Key(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that the sheets do not say. `digest`: SHA-256 of the set whose copy lies beside the key.

    step: the distance of two neighbouring scores in points; 0 allows any number on the scale.
    fields: the parts of a probe's input that a rater reads.
    """

    schema: Literal["edtech-equity-audit/raters-key/1"]
    set: str
    edition: str
    digest: str
    outcome: Literal["score", "decision"]
    scale: tuple[float, float] | None
    step: float
    question: str
    fields: tuple[str, ...]
    seed: int
    twice: float
    all_guises: bool
    sheets: tuple[Sheet, ...]

    @property
    def answer(self) -> str:
        """The name of the column that a rater fills."""
        return "score" if self.outcome == "score" else "answer"

    @property
    def unit(self) -> float:
        """The smallest difference that is one: a step of the scale, or a whole decision."""
        if self.scale is None:
            return 1.0
        return self.step or (self.scale[1] - self.scale[0]) / 10

    def allowed(self) -> str:
        """Return in words what may stand in the column."""
        if self.scale is None:
            return "yes or no"
        low, high = self.scale
        if not self.step:
            return f"any number from {low:g} to {high:g}"
        points = [low + n * self.step for n in range(round((high - low) / self.step) + 1)]
        if len(points) > _MOST_LISTED:
            return f"{low:g} to {high:g} in steps of {self.step:g}"
        return f"{', '.join(f'{p:g}' for p in points[:-1])} or {points[-1]:g}"

    def holds(self, score: float) -> bool:
        """Return whether a number is a score on this scale."""
        if self.scale is None or not self.scale[0] <= score <= self.scale[1]:
            return False
        steps = (score - self.scale[0]) / self.step if self.step else 0.0
        return abs(steps - round(steps)) <= _ROUNDING


def key_text(key: Key) -> str:
    """Return the key as JSON, one field a line: the same key gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(key), indent=1).decode() + "\n"


def read_key(folder: Path) -> tuple[Key, FixtureSet]:
    """Return a rating's key and the set that was rated.

    Raises WorksheetError: no rating here, a key that is damaged, or a set that has been changed since.
    """
    path = folder / KEPT / KEY
    if not path.is_file():
        raise WorksheetError(
            f"there is no {KEPT}/{KEY} here", where=str(folder), fix="Name the folder that audit raters export wrote."
        )
    try:
        key = msgspec.json.decode(read_text(path, WorksheetError, "key"), type=Key)
    except (msgspec.DecodeError, RecursionError) as bad:
        raise WorksheetError(f"not a key of audit raters export: {bad}", where=str(path), fix="Restore the file as it was written.") from None
    fixture_set = load_set(folder / KEPT / SET)
    if fixture_set.digest != key.digest:
        raise WorksheetError(
            "the set beside the key is not the one that was rated: its SHA-256 differs", where=str(folder / KEPT / SET),
            fix="Restore the folder as it was written.",
        )
    _check_lines(key, len(fixture_set.rows), str(path))
    return key, fixture_set


def _check_lines(key: Key, rows: int, where: str) -> None:
    lines = [line for sheet in key.sheets for line in sheet.lines]
    sound = all(line.row < rows for line in lines) and len({line.code for line in lines}) == len(lines)
    if not sound or len({sheet.rater for sheet in key.sheets}) != len(key.sheets):
        raise WorksheetError("the key contradicts itself", where=where, fix="Restore the file as it was written.")
