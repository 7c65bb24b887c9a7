"""Filled sheets, as spreadsheet programs and careless hands save them → scores; whatever is wrong is said at once."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from audit.errors import WorksheetError
from audit.raters.key import SHEETS, Key, Sheet, Shown
from audit.raters.sheets import work_of
from audit.records import FixtureSet
from audit.sheets import KINDS, read_sheet
from audit.wording import one_line

_MOST_NAMED = 6
_SHORT = 40
_NUMBER = re.compile(r"^[-+]?(?:\d+[.,]?\d*|[.,]\d+)$", re.ASCII)
_YES, _NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0"}


class Score(Struct, frozen=True):
    """One answer: points, or 1.0 for yes and 0.0 for no. place: of its line among all that the rater was shown, from 0."""

    row: int
    place: int
    again: bool
    value: float


class Scored(Struct, frozen=True):
    """One rater's answers, and how many lines are still empty. `file` is None when no sheet came back."""

    rater: str
    file: str | None
    lines: int
    scores: tuple[Score, ...]

    @property
    def empty(self) -> int:
        """The lines without an answer."""
        return self.lines - len(self.scores)


class Comment(Struct, frozen=True):
    """What a rater wrote beside a line: untrusted text, for the organiser to read."""

    rater: str
    code: str
    text: str


class Collected(Struct, frozen=True):
    """All raters of the key, in its order, and what they wrote."""

    raters: tuple[Scored, ...]
    comments: tuple[Comment, ...]


def collect(folder: Path, key: Key, fixture_set: FixtureSet) -> Collected:
    """Return what the sheets in `folder` hold. The codes say whose sheet a file is, so it may be renamed.

    Raises one WorksheetError that names file, row and what, for everything that is wrong: an answer that is none,
    a code that is unknown, another rater's or there twice, a work beside another's code, two sheets of one rater.
    """
    owner = {line.code: (sheet.rater, place, line) for sheet in key.sheets for place, line in enumerate(sheet.lines)}
    works = {line.code: work_of(fixture_set.rows[line.row].input, key.fields) for _, _, line in owner.values()}
    wrong: list[str] = []
    read: dict[str, tuple[str, dict[str, Score]]] = {}
    comments: list[Comment] = []
    for path in _sheets_in(folder / SHEETS):
        lines = [(n, _bare(row["code"]).upper(), row) for n, row in read_sheet(path, ("code", key.answer), WorksheetError)]
        whose = Counter(owner[code][0] for _, code, _ in lines if code in owner).most_common(1)
        if not whose:
            wrong.append(f"{path.name}: none of its codes is in the key, it belongs to another rating")
            continue
        rater = whose[0][0]
        if rater in read:
            wrong.append(f"{path.name}: a second sheet of {rater}, beside {read[rater][0]}; keep the right one")
            continue
        reader = _Reader(rater, key, owner, works, path.name)
        read[rater] = path.name, {code: score for number, code, row in lines if (score := reader.score(number, code, row))}
        wrong += reader.wrong
        comments += reader.comments
    if wrong:
        more = f"; and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
        raise WorksheetError("; ".join(wrong[:_MOST_NAMED]) + more, where=str(folder / SHEETS), fix="Mend that and run the command again.")
    return Collected(tuple(_scored(sheet, read.get(sheet.rater)) for sheet in key.sheets), tuple(comments))


def _sheets_in(folder: Path) -> Sequence[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in KINDS and path.name[0] not in "~.")
    except OSError as bad:
        raise WorksheetError(f"cannot be read: {bad.strerror}", where=str(folder), fix="Put the sheets back into this folder.") from None
    if not files:
        raise WorksheetError("there is no sheet here", where=str(folder), fix="Put the filled sheets back into this folder.")
    return files


def _scored(sheet: Sheet, found: tuple[str, dict[str, Score]] | None) -> Scored:
    file, scores = found or (None, {})
    return Scored(sheet.rater, file, len(sheet.lines), tuple(sorted(scores.values(), key=lambda score: score.place)))


class _Reader:
    """Reads the lines of one rater's file and gathers what is wrong with them."""

    def __init__(self, rater: str, key: Key, owner: dict[str, tuple[str, int, Shown]], works: dict[str, str], file: str) -> None:
        self.rater, self.key, self.owner, self.works, self.file = rater, key, owner, works, file
        self.first: dict[str, int] = {}
        self.wrong: list[str] = []
        self.comments: list[Comment] = []

    def score(self, number: int, code: str, row: dict[str, str]) -> Score | None:
        """Return a line's answer; None where it is empty or something is wrong."""
        if trouble := self._misplaced(number, code, row.get("work", "")):
            self._refuse(number, trouble)
            return None
        if said := row.get("comment", "").strip():
            self.comments.append(Comment(self.rater, code, said))
        text = _bare(row[self.key.answer])
        if not text:
            return None
        value = _number(text) if self.key.outcome == "score" else _decision(text)
        if value is None or (self.key.outcome == "score" and not self.key.holds(value)):
            self._refuse(number, f"the {self.key.answer} {one_line(text, _SHORT)!r} is not {self.key.allowed()}")
            return None
        _, place, line = self.owner[code]
        return Score(line.row, place, line.again, value)

    def _misplaced(self, number: int, code: str, work: str) -> str | None:
        if code not in self.owner:
            return f"the code {one_line(code, _SHORT)!r} is not in the key" if code else "there is no code"
        if self.owner[code][0] != self.rater:
            return f"the code {code} is {self.owner[code][0]}'s, and the rest of the sheet is {self.rater}'s"
        if self.first.setdefault(code, number) != number:
            return f"the code {code} is in row {self.first[code]} too"
        if work.strip() and _letters(work) != _letters(self.works[code]):
            return f"the work is not the one of the code {code}: was a single column sorted or moved?"
        return None

    def _refuse(self, number: int, what: str) -> None:
        self.wrong.append(f"{self.file}, row {number}: {what}")


def _bare(text: str) -> str:
    """Return a cell without spaces at its ends and the apostrophe that guards it."""
    return text.strip().removeprefix("'").strip()


def _letters(text: str) -> str:
    """Return what no spreadsheet program changes of a longer text: its letters, without case."""
    return "".join(filter(str.isalpha, text.replace("_x000D_", ""))).casefold()


def _number(text: str) -> float | None:
    """Return a number, also with a decimal comma; None for anything else."""
    return float(text.replace(",", ".")) if _NUMBER.match(text) else None


def _decision(text: str) -> float | None:
    word = text.rstrip(".!").casefold()
    return 1.0 if word in _YES else 0.0 if word in _NO else None
