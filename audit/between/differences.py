"""Every difference between every two tools, with its interval and what it shows."""

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from audit.between.audits.apart import Apart, ApartGaps, apart
from audit.between.contrasts import OTHERS, TwoGaps, one_gap, two_gaps
from audit.between.flips import DRAWS, LEVEL, Spread, Tested, together
from audit.between.grids import SHARES, STATISTICS, Grid, Ints, clusters_of, items_of, make_grid
from audit.between.material import MISSING, AskedSet, Question, Tool, shared_questions
from audit.records.comparisons import GapDifference, Refusal

_ALPHA = 1 - LEVEL
_ROUNDING = 1e-12
_FLAT = (0.0, 1.0)


@dataclass(frozen=True)
class Differences:
    """All differences, what was not compared and why, and what was tested together."""

    found: list[GapDifference]
    refused: list[Refusal]
    tested: int


@dataclass(frozen=True)
class _Asked:
    """A question put to two tools, with what came of it (None: no item was answered by both)."""

    tools: tuple[Tool, Tool]
    question: Question
    gaps: TwoGaps | ApartGaps | None

    @property
    def looks(self) -> int:
        """At how many looks an adaptive run could have ended, 1 where neither was one.

        Where a run ends, and so which items both answered, depends on its replies. Whatever made it end there, a difference passes a level of
        5% / looks at any look in 5% of audits at most (Bonferroni over the looks).
        """
        return max(t.sets[self.question.set].looks for t in self.tools)

    @property
    def spreads(self) -> "list[Spread] | list[Apart]":
        """The difference and the sum of the gaps; nothing where too few items are independent."""
        if self.gaps is None or self.gaps.clusters < max(t.minimum for t in self.tools):
            return []
        if isinstance(self.gaps, ApartGaps):
            return [self.gaps.difference, self.gaps.sum]
        share = self.question.about.statistic in SHARES
        return [Spread(q, share, self.gaps.step) for q in (self.gaps.difference, self.gaps.sum)]


def find_differences(tools: Sequence[Tool], seed: int) -> Differences:
    """Return every difference of two tools' gaps, tested together. tools: in their order, which fixes A and B."""
    material = _Material({t.label: t for t in tools})
    asked: list[_Asked] = []
    refused: list[Refusal] = []
    for a, b in itertools.combinations(tools, 2):
        questions, unlike = shared_questions(a, b)
        refused += unlike
        for question in questions:
            if question.about.statistic in STATISTICS:
                asked.append(_Asked((a, b), question, material.gaps(a, b, question)))
            else:
                refused.append(Refusal(a.label, b.label, f"{question.set}: {question.about.statistic}", "no difference between tools is defined for it"))
    asked.sort(key=lambda one: (isinstance(one.gaps, ApartGaps), one.question.set, material.digest(one)))
    result = _together(asked, material, seed)
    number = sum(len(one.spreads) for one in asked)
    values = iter(result.adjusted)
    found = [_difference(one, [min(1.0, one.looks * next(values)) for _ in one.spreads], result.critical(one.looks), number * one.looks) for one in asked]
    return Differences(found, list(dict.fromkeys(refused)), number)


class _Material:
    """Grids and clusters, made once."""

    def __init__(self, tools: Mapping[str, Tool]) -> None:
        self.tools = tools
        self._grids: dict[tuple[str, ...], Grid] = {}
        self._clusters: dict[str, Ints] = {}

    def clusters(self, asked: AskedSet) -> Ints:
        """Return the set's clusters."""
        known = asked.fixture_set
        if known.digest not in self._clusters:
            self._clusters[known.digest] = clusters_of(known, items_of(known))
        return self._clusters[known.digest]

    def digest(self, one: _Asked) -> str:
        """Return the digest of the set that a question is about."""
        return one.tools[0].sets[one.question.set].fixture_set.digest

    def gaps(self, a: Tool, b: Tool, question: Question) -> TwoGaps | ApartGaps | None:
        """Return the two tools' gaps in one question: on the same items, or on two draws of them."""
        about, asked = question.about, a.sets[question.set]
        groups = list(asked.fixture_set.attributes[about.attribute].groups)
        columns = groups.index(about.group), None if about.reference == OTHERS else groups.index(about.reference)
        one, other = (self._grid(t, question, groups) for t in (a, b))
        matched, bounds, second = about.design == "matched", _bounds(asked, question), b.sets[question.set]
        if asked.fixture_set.digest == second.fixture_set.digest:
            return two_gaps(one, other, columns, self.clusters(asked), matched=matched, bounds=bounds)
        each = [one_gap(grid, columns, self.clusters(own), matched=matched, bounds=bounds) for grid, own in ((one, asked), (other, second))]
        return apart(each[0], each[1], share=about.statistic in SHARES)

    def _grid(self, tool: Tool, question: Question, groups: list[str]) -> Grid:
        about, asked = question.about, tool.sets[question.set]
        measure = next(iter(asked.measurements)) if about.statistic == MISSING else about.measure
        key = tool.label, question.set, measure, about.statistic, about.attribute
        if key not in self._grids:
            items = items_of(asked.fixture_set)
            self._grids[key] = make_grid(asked.measurements[measure], items, about.attribute, groups, about.statistic)
        return self._grids[key]


def _bounds(asked: AskedSet, question: Question) -> tuple[float, float] | None:
    """Return the lowest and highest value that a missing reply could have had; None where it has no bound."""
    if question.about.statistic in SHARES:
        return _FLAT
    ends = asked.ranges.get(question.about.measure)
    if ends is None or question.about.statistic != "mean_error_difference":
        return ends
    return ends[0] - ends[1], ends[1] - ends[0]


def _together(asked: Sequence[_Asked], material: _Material, seed: int) -> Tested:
    """Test all of it together; one set's comparisons share the exchanges, which no other set's beside it changes."""
    blocks, generators = [], []
    paired = [one for one in asked if not isinstance(one.gaps, ApartGaps)]
    for digest, members in itertools.groupby(paired, key=material.digest):
        own = list(members)
        clusters = material.clusters(own[0].tools[0].sets[own[0].question.set])
        blocks.append(([s for one in own for s in one.spreads if isinstance(s, Spread)], int(clusters.max()) + 1))
        generators.append(_generator(f"{seed} between tools {digest}"))
    beside = [s.statistic for one in asked for s in one.spreads if isinstance(s, Apart)]
    return together(blocks, generators, DRAWS, (beside, _generator(f"{seed} between draws")) if beside else None)


def _generator(mark: str) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(hashlib.sha256(mark.encode()).digest()[:8], "big"))


def _difference(one: _Asked, adjusted: list[float], critical: float, number: int) -> GapDifference:
    (a, b), about, gaps = one.tools, one.question.about, one.gaps
    blank = GapDifference(
        set=one.question.set, measure=about.measure, statistic=about.statistic, unit=about.unit, attribute=about.attribute, group=about.group,
        reference=about.reference, design=about.design, tool_a=a.label, tool_b=b.label, gap_a=gaps.gap_a if gaps else None, gap_b=gaps.gap_b if gaps else None,
        difference=None, low=None, high=None, p_difference=None, p_sum=None, magnitude=None, magnitude_low=None, magnitude_high=None,
        smaller=None, differs=False, changes_sign=False, undermined=False, items=gaps.items if gaps else 0, clusters=gaps.clusters if gaps else 0,
        missing=gaps.missing if gaps else 0, negative_control=about.negative_control, because="",
    )
    if gaps is None or not adjusted:
        need = max(a.minimum, b.minimum)
        return msgspec.structs.replace(blank, because=f"not compared: {blank.clusters} independent base items that both tools answered, and at least {need} are needed")
    ends = [spread.interval(critical, number) for spread in one.spreads]
    return _shown(msgspec.structs.replace(blank, difference=gaps.difference.estimate, low=ends[0][0], high=ends[0][1], p_difference=adjusted[0], p_sum=adjusted[1],
                            changes_sign=gaps.gap_a * gaps.gap_b < -_ROUNDING), gaps, ends)


def _shown(d: GapDifference, gaps: TwoGaps | ApartGaps, ends: Sequence[tuple[float, float]]) -> GapDifference:
    """Return the difference with what it shows.

    |a| differs from |b| exactly where a - b and a + b are both other than zero: an intersection-union test (Berger 1982,
    Technometrics 24:295; 1996, NC State Mimeo 2288), which holds its level without knowing on which sides the gaps lie.
    """
    low, high = magnitude_interval(*ends)
    worst = [_shifted(end, q.estimate, q.worst, lost=d.missing > 0) for end, q in zip(ends, (gaps.difference, gaps.sum), strict=True)]
    both = max(d.p_difference or 0.0, d.p_sum or 0.0) <= _ALPHA
    certain = [end for end in worst if end is not None]
    robust = magnitude_interval(*certain) if len(certain) == len(ends) else (-np.inf, np.inf)
    side, still = _side(low, high) if both else 0, _side(*robust)
    smaller = (d.tool_a if side < 0 else d.tool_b) if side and side == still else None
    first = worst[0]
    differs = (d.p_difference or 0.0) <= _ALPHA and _side(*ends[0]) != 0 and first is not None and _side(*first) == _side(*ends[0])
    d = msgspec.structs.replace(d, magnitude=abs(gaps.gap_a) - abs(gaps.gap_b), magnitude_low=low, magnitude_high=high, smaller=smaller, differs=differs,
                  undermined=side not in (0, still))
    return msgspec.structs.replace(d, because=_because(d))


def _because(d: GapDifference) -> str:
    sides = " The two gaps point to opposite sides, so their sizes are compared." if d.changes_sign else ""
    if d.smaller:
        return f"the gap of {d.smaller} is shown to be the smaller one.{sides}"
    if d.undermined:
        return f"the missing replies ({d.missing:,}) could undo what is measured.{sides}"
    if d.differs:
        return f"the gaps differ, and which one is the smaller in size is not shown.{sides}"
    return f"no difference between the tools is shown.{sides}"


def magnitude_interval(difference: tuple[float, float], total: tuple[float, float]) -> tuple[float, float]:
    """Return the range of |a| - |b| where a - b and a + b lie in these intervals.

    |a| - |b| is the smaller in size of D = a - b and S = a + b, with the sign of D·S: for a fixed S it is D cut off at ±S, and
    the other way round, so that its ends lie at corners.
    """
    corners = [magnitude(d, s) for d in difference for s in total]
    return min(corners), max(corners)


def magnitude(difference: float, total: float) -> float:
    """Return |a| - |b| from a - b and a + b."""
    return abs((total + difference) / 2) - abs((total - difference) / 2)


def _shifted(end: tuple[float, float], estimate: float, worst: tuple[float, float] | None, *, lost: bool) -> tuple[float, float] | None:
    """Return an interval moved by the most that the missing replies could do; None where there is no bound on that."""
    if not lost:
        return end
    return None if worst is None else (end[0] + min(worst[0] - estimate, 0.0), end[1] + max(worst[1] - estimate, 0.0))


def _side(low: float, high: float) -> int:
    return 1 if low > 0 else -1 if high < 0 else 0

