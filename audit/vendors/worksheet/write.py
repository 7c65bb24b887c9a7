"""The rows of a worksheet and the words on it: which columns, in which order, how to fill it in."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from audit.errors import WorksheetError
from audit.records import Probe
from audit.sheets import write_sheet
from audit.vendors.worksheet.append import append_rows
from audit.vendors.worksheet.order import pastes, sittings

COLUMNS = ("probe", "prompt", "output")
MINUTES_A_ROW = 1.0
"""A guess for copying, pasting and waiting; `audit check` guesses the same."""
_HOW = """How to fill this in
1. For each row, copy the text in the column "prompt" and paste it into the tool, in a new conversation each time.
2. Copy the tool's whole answer and paste it into the column "output" of the same row.
3. Leave "output" empty where you have not asked yet. If the tool refuses, paste what it says.
4. Do not change the column "probe". You may sort the rows, and save and go on later.
5. Save, and run the same audit command again."""
_NEW = "Start a new conversation in the tool for each row."
_TURNS = """Look at the column "turn". When it starts with 1, start a new conversation in the tool.
   When it starts with 2 or more, go on in the same conversation. Finish one conversation before you start the next.
   Use each text as it stands, even if the tool asks for something else."""
_STEPS = """1. Go from the top to the bottom. {start}
2. Copy the text in the column "prompt" and paste it into the tool.
3. Copy the tool's whole answer and paste it into the column "output" of the same row.
   If the tool says no, or shows an error, paste what it says. If you have not asked yet, leave "output" empty.
4. Some texts look alike. That is meant. Ask each one as if it were the first.
5. If you like, put your initials into "by", and what was odd into "note". They are kept with the answers.
6. Do not change the other columns. Save when you like, under the same name, and go on later.{pause}
7. When you are done, save and close the file{back}."""
_PAUSE = """
   The column "sitting" and a thick line show where to pause. One sitting is at most {rows} rows: about {minutes:.0f} minutes."""


class Style(Struct, frozen=True):
    """What a plan's worksheets have: whether rows are put in order (else as the plan has them), turns, and how many rows a sitting has.

    plain: the three columns and the plan's own order.
    """

    plain: bool
    paste: str
    turns: bool
    sitting: int | None

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which no answer can be told."""
        return ("probe", "turn", "output") if self.turns else ("probe", "output")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a sheet that is written."""
        if self.plain:
            return COLUMNS
        own = [*["sitting"] * (self.sitting is not None), *["turn"] * self.turns]
        return ("probe", *own, "prompt", "output", "by", "note")


def to_paste(probe: Probe, paste: str, turn: int = 1) -> str:
    """Return what a person pastes into the tool, of a conversation at one of its turns (from 1)."""
    if probe.turns:
        return probe.turns[turn - 1]
    text = probe.input.get("text")
    return text if paste == "text" and isinstance(text, str) else probe.prompt


def write_worksheet(path: Path, probes: Sequence[Probe], paste: str = "prompt") -> None:
    """Write one row a probe, in the probes' (random) order."""
    write_part(path, probes, Style(plain=True, paste=paste, turns=False, sitting=None))


def write_part(path: Path, probes: Sequence[Probe], style: Style, part: str = "") -> None:
    """Write a worksheet, whole or not at all. part: which of several it is, in words."""
    if style.plain:
        write_sheet(path, style.columns, [r for p in probes for r in _rows(p, style.paste)], WorksheetError, _HOW)
        return
    groups = sittings(probes, style.sitting)
    rows = _marked(groups, style, 0)
    firsts = [0]
    for group in groups[:-1]:
        firsts.append(firsts[-1] + pastes(group))
    write_sheet(path, style.columns, rows, WorksheetError, how_to(style, groups, part), firsts[1:])


def add_below(path: Path, probes: Sequence[Probe], style: Style, done: int) -> tuple[int, int]:
    """Add the rows of probes below a worksheet; done: the sittings that it has. Returns the first and the last new row's number."""
    needed = [c for c in style.columns if c not in ("by", "note", "sitting")]
    return append_rows(path, needed, _marked(sittings(probes, style.sitting), style, done))


def _marked(groups: Sequence[Sequence[Probe]], style: Style, done: int) -> list[dict[str, str]]:
    every = done + len(groups)
    return [
        {"sitting": f"{n} of {every}"} | row
        for n, group in enumerate(groups, done + 1) for probe in group for row in _rows(probe, style.paste)
    ]


def _rows(probe: Probe, paste: str) -> list[dict[str, str]]:
    return [
        {"probe": probe.id, "turn": f"{turn} of {probe.calls}", "prompt": to_paste(probe, paste, turn), "output": ""}
        for turn in range(1, probe.calls + 1)
    ]


def how_to(style: Style, groups: Sequence[Sequence[Probe]], part: str) -> str:
    """Return how to fill a worksheet in, and how long it takes, in plain words."""
    rows = [pastes(group) for group in groups]
    minutes = sum(rows) * MINUTES_A_ROW
    head = f"How to fill this in{f' ({part})' if part else ''}: {sum(rows)} rows, about {in_time(minutes)}"
    pause = _PAUSE.format(rows=max(rows, default=0), minutes=max(rows, default=0) * MINUTES_A_ROW) if style.sitting is not None else ""
    back = " and give it back to the one who sent it. Do not share rows with others" if part else ", and run the same audit command again"
    steps = _STEPS.format(start=_TURNS if style.turns else _NEW, pause=pause, back=back)
    times = [f"   Sitting {n} of {len(rows)}: {count} rows, about {in_time(count * MINUTES_A_ROW)}" for n, count in enumerate(rows, 1)]
    return "\n".join([head, steps, *(times if style.sitting is not None else [])])


def in_time(minutes: float) -> str:
    """Return a guess of minutes as a person says it."""
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"  # noqa: PLR2004 - a way of speaking


def longest(probes: Sequence[Probe], paste: str) -> Mapping[int, Probe]:
    """Return {length: probe} of the longest text to paste, in characters as spreadsheet programs count them."""
    lengths = {len(to_paste(p, paste, turn).encode("utf-16-le", "replace")) // 2: p for p in probes for turn in range(1, p.calls + 1)}
    most = max(lengths, default=0)
    return {most: lengths[most]} if lengths else {}
