"""The judge's own gap: the statistics of an audit, on texts in which nothing differs but a name or a label."""

from collections.abc import Mapping, Sequence

import msgspec

from audit import disparity, verdicts
from audit.judge.checked import OwnGap
from audit.judge.file import Judge
from audit.judge.heard import Heard
from audit.judge.material import Guise, Material, compared, is_reference
from audit.judge.prompt import Texts
from audit.policy import Margin, Policy, read_policy
from audit.raters.people import Estimate, severity
from audit.records import Disparity, FixtureSet, Measurement, Outcome
from audit.verdicts import attribute_outcome

_SDS = 6.0
"""Standard deviations that a scale is wide: what one change is taken to be where the judge never changes."""


def own_gap(judge: Judge, material: Material, heard: Mapping[Texts, Heard]) -> OwnGap:
    """Return what groups do to the judge's score. The verdicts are those of an audit, with the judge's own margin."""
    shown, hidden = (_judged(judge, material, heard, masked=masked) for masked in (False, True))
    outcomes, behind = ({name: attribute_outcome([d for d in all_ if d.attribute == name]) for name in material.neutral.attributes} for all_ in (shown, hidden))
    real = [d for d in shown if not d.negative_control and d.family == "confirmatory" and d.estimate is not None]
    return OwnGap(
        _together(list(outcomes.values())), judge.own_gap, material.neutral.id, material.neutral.digest, outcomes,
        max(real, key=lambda d: abs(d.estimate or 0.0), default=None), behind, _masked(judge, material, heard), shown,
    )


def _judged(judge: Judge, material: Material, heard: Mapping[Texts, Heard], *, masked: bool) -> tuple[Disparity, ...]:
    width = judge.range[1] - judge.range[0]
    # outcome "text": the range bounds what is missing; the scale only stands in for a typical distance where nothing varies
    neutral = msgspec.structs.replace(material.neutral, outcome="text", scale=(0.0, width / _SDS), measures=())
    read = [m for guise in material.guises for m in _measured(judge, guise, heard, neutral, masked=masked)]
    audited = disparity.Audited(neutral, judge.measure, judge.about.unit, disparity.of_measurements(read, neutral.attributes), judge.range)
    found = disparity.compare_all([audited], seed=judge.about.seed)
    return verdicts.judge(found.comparisons, _policy(judge), {neutral.id: neutral})


def _measured(judge: Judge, guise: Guise, heard: Mapping[Texts, Heard], neutral: FixtureSet, *, masked: bool) -> list[Measurement]:
    """Return one measurement a repeat. In mode "pair" the reference guise is 0 and the others are how far they are above it."""
    row = guise.row
    if judge.about.mode == "pair" and is_reference(row.groups, neutral):
        values: list[float | None] = [0.0] * judge.about.repeats
    else:
        said = heard[compared(judge, *guise.of(masked=masked))[-1]]
        values = [*said.each, *[None] * (judge.about.repeats - len(said.each))]
    return [
        Measurement(f"{row.item}-{n}", neutral.id, row.item, row.cluster or row.item, row.groups, judge.measure, value,
                    None if value is not None else "judge: no score", None, row.variant)
        for n, value in enumerate(values)
    ]


def _policy(judge: Judge) -> Policy:
    policy, _ = read_policy(None)
    margin = Margin(judge.own_gap, "points", "judge.toml")
    return msgspec.structs.replace(policy, margins=policy.margins | {"mean_difference": margin})


def _together(outcomes: Sequence[Outcome]) -> Outcome:
    if "gap_found" in outcomes:
        return "gap_found"
    if set(outcomes) == {"within_margin"}:
        return "within_margin"
    return "not_assessed" if set(outcomes) <= {"not_assessed"} else "inconclusive"


def _masked(judge: Judge, material: Material, heard: Mapping[Texts, Heard]) -> Estimate:
    """Return the mean over base items of the masked text's score minus that with the signal; nothing in mode "pair"."""
    by_item: dict[str, list[float]] = {}
    for guise in material.guises if judge.about.mode == "single" else ():
        masked, shown = heard[(guise.masked,)].value, heard[(guise.text,)].value
        if masked is not None and shown is not None:
            by_item.setdefault(guise.row.item, []).append(masked - shown)
    return mean_of([sum(values) / len(values) for values in by_item.values()], judge.unit)


def mean_of(values: Sequence[float], unit: float) -> Estimate:
    """Return a mean of independent differences with its interval, which is never of zero width."""
    import numpy as np

    return severity(np.array(values, dtype=float), np.arange(len(values), dtype=np.int64), unit)
