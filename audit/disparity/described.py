"""Every quantity that is no plain mean or share of one measure and attribute, in the order in which it is shown.

    scores with a person's    qwk, dsm, smd, corr, rmse; osa, osd, csd       quality.py, models.py
    … and a second person's   qwk_human, human_mean_error, and the tool's gap beyond theirs
    scores with a yes or no   auc, abroca                                    ranked.py
    scores                    standardized mean differences
    decisions                 impact and risk ratios                         shares.py
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

import msgspec
import numpy as np

from audit.disparity.describe import describe
from audit.disparity.frames import Audited, frame
from audit.disparity.models import models
from audit.disparity.quality import (
    BEYOND,
    BEYOND_ERROR,
    DSM,
    HUMAN_ERROR,
    PEOPLE,
    QWK,
    SMD,
    bounded,
    standardized,
    with_one_person,
    with_two_people,
)
from audit.disparity.ranked import AUC, with_yes_or_no
from audit.disparity.readings import Ints
from audit.disparity.scored import Described, double, judged, make_scores
from audit.disparity.shares import State, rule_ratios
from audit.disparity.statistics import Statistic
from audit.disparity.testing import Tested, measured

_BY_NAME: Mapping[str, Statistic] = {s.name: s for s in (SMD, QWK, DSM, AUC, BEYOND, BEYOND_ERROR)}
"""What decides where the user gives it a margin. All have the contrasts of a mean."""


def deciding(a: Audited, confirm: Collection[str]) -> list[Statistic]:
    """Return the statistics of this file that decide about a measure, fixed by what the data are and not by how they came out."""
    named = {SMD.name} | ({AUC.name} if _yes_or_no(a) else {QWK.name, DSM.name} if judged(a.readings).any() else set())
    if double(a.readings).any() and not _yes_or_no(a):
        named |= {BEYOND.name, BEYOND_ERROR.name}
    chosen = [s for name, s in _BY_NAME.items() if a.measure == "score" and name in named and name in confirm]
    return [msgspec.structs.replace(s, confirmatory=True) for s in chosen]


def describe_more(
    a: Audited, attribute: str, sample: Ints, known: Mapping[str, Tested], confirm: Collection[str], *, seed: int, draws: int,
    state: State | None = None,
) -> Iterator[Described]:
    """Yield the quantities of one measure and attribute; `known`: the tests of its mean differences."""
    if a.measure == "score":
        tests = known["mean_difference"].p_values if "mean_difference" in known else {}
        yield standardized(make_scores(a, attribute, SMD, sample), tests, confirm=SMD.name in confirm)
        if judged(a.readings).any():
            yield from _with_truth(a, attribute, sample, confirm.__contains__, seed, draws)
    yield from rule_ratios(a, attribute, sample, seed, state)


def _with_truth(
    a: Audited, attribute: str, sample: Ints, confirm: Callable[[str], bool], seed: int, draws: int
) -> Iterator[Described]:
    scores = make_scores(a, attribute, QWK, sample)
    if _yes_or_no(a):
        yield from with_yes_or_no(scores, seed, confirm)
        return
    yield from with_one_person(scores, confirm)
    yield from models(scores)
    if double(a.readings).any():
        people = make_scores(a, attribute, PEOPLE, sample)
        yield from with_two_people(people, make_scores(a, attribute, BEYOND, sample), confirm)
        for statistic in (HUMAN_ERROR, BEYOND_ERROR):
            yield _mean(a, attribute, msgspec.structs.replace(statistic, confirmatory=confirm(statistic.name)), sample, seed, draws)


def _mean(a: Audited, attribute: str, statistic: Statistic, sample: Ints, seed: int, draws: int) -> Described:
    """Return a mean of two people's scores, compared and tested as every mean is."""
    f = replace(frame(a, statistic, attribute, sample), bounds=bounded(statistic, a.set.scale))
    return Described(f.head, measured(f, seed, draws)[0], describe(f))


def _yes_or_no(a: Audited) -> bool:
    """Whether the truth of a score is only ever 0 or 1."""
    truth = a.readings.truth[judged(a.readings)]
    return len(truth) > 0 and bool(np.isin(truth, (0.0, 1.0)).all())
