"""What came back from a judge: untrusted text → one number on the scale, or the reason why there is none."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from audit.judge.file import Judge
from audit.judge.prompt import Showing, Texts
from audit.measures.reading import Reading, Unreadable, extract, number
from audit.records import NOT_ASKED, Json, Response
from audit.wording import one_line

_ROUNDING = 1e-6
_MOST_REASONS = 5
_LONGEST = 120


class Heard(Struct, frozen=True):
    """What a judge said of one subject. each: one value a repeat that can be read: a score, or how far the second text is above the first.

    place: one value a repeat of mode "pair": above 0 the second place was preferred, whichever text stood there. missing: why
    there is no value at all.
    """

    each: tuple[float, ...] = ()
    place: tuple[float, ...] = ()
    missing: str | None = None

    @property
    def value(self) -> float | None:
        """The mean of the repeats."""
        return sum(self.each) / len(self.each) if self.each else None


class Answers(Struct, frozen=True):
    """How many answers were wanted, could be read, could not, failed (the endpoint gave none) and are open; reasons: the most frequent."""

    wanted: int
    read: int
    unreadable: int
    failed: int
    open: int
    reasons: tuple[tuple[str, int], ...] = ()


def score_of(output: Json, judge: Judge) -> float:
    """Return the one number that an answer holds. Raises Unreadable for anything else: prose, off the scale, between its steps."""
    value = number(extract(output, Reading(judge.connect.reply)))
    low, high = judge.about.scale
    if not low <= value <= high:
        raise Unreadable(f"{value:g} is outside the scale {low:g} to {high:g}")
    steps = (value - low) / judge.about.step if judge.about.step else 0.0
    if abs(steps - round(steps)) > _ROUNDING:
        raise Unreadable(f"{value:g} is not in steps of {judge.about.step:g}")
    return value


def hear(judge: Judge, shown: Iterable[Showing], responses: Mapping[str, Response]) -> tuple[dict[Texts, Heard], Answers]:
    """Return what was said of each subject, and the count of all answers."""
    by_subject: dict[Texts, dict[tuple[int, bool], float]] = {}
    missing: dict[Texts, str] = {}
    ends: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for showing in shown:
        said = by_subject.setdefault(showing.texts, {})
        end, value, why = _end(judge, responses.get(showing.probe.id))
        ends[end] += 1
        if value is not None:
            said[showing.repeat, showing.swapped] = value
        else:
            missing[showing.texts] = why
            reasons[why] += end != "open"
    told = tuple((why, n) for why, n in reasons.most_common(_MOST_REASONS) if n)
    answers = Answers(ends.total(), ends["read"], ends["unreadable"], ends["failed"], ends["open"], told)
    return {texts: _heard(judge, said, missing.get(texts, NOT_ASKED)) for texts, said in by_subject.items()}, answers


def _end(judge: Judge, response: Response | None) -> tuple[str, float | None, str]:
    if response is None:
        return "open", None, NOT_ASKED
    if response.failure is not None:
        return "failed", None, one_line(f"judge: {response.failure}", _LONGEST)
    try:
        return "read", score_of(response.output, judge), ""
    except Unreadable as bad:
        return "unreadable", None, one_line(f"judge: unreadable: {bad}", _LONGEST)


def _heard(judge: Judge, said: Mapping[tuple[int, bool], float], missing: str) -> Heard:
    if judge.about.mode == "single":
        each = tuple(said[key] for key in sorted(said))
        return Heard(each, missing=None if each else missing)
    both = [(said[r, False] - judge.middle, said[r, True] - judge.middle) for r in _repeats(said)]
    differences = tuple((one - other) / 2 for one, other in both)
    return Heard(differences, tuple((one + other) / 2 for one, other in both), None if both else missing)


def _repeats(said: Mapping[tuple[int, bool], float]) -> Sequence[int]:
    """Return the repeats whose two orders can both be read."""
    return sorted(repeat for repeat, swapped in said if not swapped and (repeat, True) in said)
