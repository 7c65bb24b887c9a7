"""`judge.json`: what the examination of a judge found, and whether its scores may count."""

from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from audit.errors import RunFolderError
from audit.judge.agreement import WithPeople
from audit.judge.file import Usable
from audit.judge.heard import Answers
from audit.library import convert, read_text
from audit.raters.people import Estimate
from audit.records import Disparity, Outcome

SCHEMA: Final = "edtech-equity-audit/judge/1"
Met = Literal["met", "not_met", "open"]


class Part(Struct, frozen=True):
    """One thing that is asked of a judge, how it came out, and why in one sentence."""

    outcome: Met
    because: str


class OwnGap(Struct, frozen=True):
    """How far the judge's score moves with a group when the text is otherwise identical.

    outcome: of all attributes together. margin: in points. attributes: the outcome of each. largest: the largest difference of a
    group that is no control. masked_attributes: the same with the name or label masked, as a run shows texts (a control). masked: in
    mode "single" the score with the signal masked, minus that with it.
    """

    outcome: Outcome
    margin: float
    set: str
    digest: str
    attributes: dict[str, Outcome]
    largest: Disparity | None
    masked_attributes: dict[str, Outcome]
    masked: Estimate
    disparities: tuple[Disparity, ...]


class Noise(Struct, frozen=True):
    """What the same question asked again changes. sd: in points; same: the share of subjects with one score throughout; None with one repeat."""

    sd: float | None
    same: float | None
    subjects: int


class Place(Struct, frozen=True):
    """Mode "pair": what the place of a text does.

    shift: above 0 the second place is preferred, in points. same_place: the share of questions in which the same place was
    preferred whichever text stood there.
    """

    shift: Estimate
    same_place: float | None


class Ordered(Struct, frozen=True):
    """How many planted pairs came in the right order (a tie is not), with Wilson's 95% interval of the share."""

    pairs: int
    right: int
    tied: int
    low: float
    high: float


class Checked(Struct, frozen=True):
    """The whole examination. usable: None where there is not enough evidence. asked_for: by which thresholds. digest: of the judge that was examined."""

    schema: Literal["edtech-equity-audit/judge/1"]
    judge: str
    title: str
    question: str
    model: str
    models: tuple[str, ...]
    digest: str
    date: str
    usable: bool | None
    asked_for: Usable
    parts: dict[str, Part]
    cautions: tuple[str, ...]
    agreement: WithPeople | None
    own_gap: OwnGap
    noise: Noise
    place: Place | None
    ordered: Ordered | None
    injection: Estimate
    answers: Answers
    material: str
    versions: dict[str, str]

    @property
    def exit_code(self) -> int:
        """0 usable, 1 not, 3 not enough evidence."""
        return {True: 0, False: 1, None: 3}[self.usable]


def read_checked(path: Path) -> Checked:
    """Return what `audit judge check` wrote. Raises RunFolderError for anything else."""
    try:
        data = msgspec.json.decode(read_text(path, RunFolderError, "judge.json"))
    except (msgspec.DecodeError, RecursionError) as bad:
        raise RunFolderError(f"not a judge.json: {bad}", where=str(path), fix="Name the file that audit judge check wrote.") from None
    return convert(data, Checked, RunFolderError, str(path))
