"""A comparison × a margin → a verdict, never from the point alone (STATISTICS.md, section 4)."""

import math
from collections.abc import Callable, Iterable, Mapping
from statistics import NormalDist

from msgspec import Struct

from audit.policy import Margin, Policy
from audit.records import (
    Comparison,
    Criterion,
    Disparity,
    Evidence,
    Finding,
    FindingOutcome,
    FixtureSet,
    Outcome,
    Results,
)
from audit.wording import attribute_sentence, attribute_title, verdict_sentence

ALPHA = 0.05
_POWER = 0.80
_Z = NormalDist().inv_cdf(1 - ALPHA)
_ROUNDING = 1e-12


class _Region(Struct, frozen=True):
    """The open range of differences that are smaller than the margin; unknown without a margin.

    error: the margin's standard error, where it is a part of an SD that is estimated; together: the correlation with the estimate's.
    """

    low: float | None
    high: float | None
    none: float = 0.0
    error: float = 0.0
    together: float = 0.0

    def holds(self, low: float | None, high: float | None) -> bool:
        """Whether an interval lies wholly inside."""
        if self.low is None or self.high is None or low is None or high is None:
            return False
        return self.low < low and high < self.high

    def excludes(self, low: float | None, high: float | None) -> bool:
        """Whether an interval lies wholly at or beyond one edge."""
        if self.low is None or self.high is None:
            return False
        below = high is not None and high <= self.low + _ROUNDING
        return below or (low is not None and low >= self.high - _ROUNDING)


def judge(comparisons: Iterable[Comparison], policy: Policy, sets: Mapping[str, FixtureSet]) -> tuple[Disparity, ...]:
    """Return each comparison with its verdict and the reason in one plain sentence."""
    return tuple(_judge(c, policy, sets[c.set]) for c in comparisons)


def _judge(c: Comparison, policy: Policy, fixture_set: FixtureSet) -> Disparity:
    rule = policy.margins.get(c.statistic)
    margin = _margin(c, rule, fixture_set)
    region = _region(rule, margin, *_margin_error(c, rule, fixture_set))
    outcome = _outcome(c, region, policy)
    verdict = Disparity(
        set=c.set, by=c.by, measure=c.measure, statistic=c.statistic, unit=c.unit, attribute=c.attribute,
        group=c.group, reference=c.reference, design=c.design, estimate=c.estimate, low=c.low, high=c.high,
        level=c.level, simultaneous=c.simultaneous, p_value=c.p_value, p_adjusted=c.p_adjusted, margin=margin,
        outcome=outcome, certain=outcome == "gap_found" and _still(c, region.excludes, *_beside(c, c.low, c.high, region)),
        detected=_detected(c, outcome, region), items_needed=_needed(c, margin, outcome, policy, rule, region),
        items=c.items, clusters=c.clusters, responses=c.responses, missing=c.missing, detectable=c.detectable,
        low90=c.low90, high90=c.high90, family=c.family, negative_control=c.negative_control, because="",
        standardized=c.estimate / c.scale_sd if c.scale_sd and c.estimate is not None else None,
    )
    undermined = (outcome == "inconclusive" and region.holds(*_beside(c, c.low90, c.high90, region))) or (
        outcome == "gap_found" and not _still(c, region.excludes, c.estimate, c.estimate)
    )
    return verdict_sentence(verdict, fixture_set, policy.minimum.items, undermined_by_missing=undermined)


def _outcome(c: Comparison, region: _Region, policy: Policy) -> Outcome:
    if c.family == "exploratory" or min(c.items, c.clusters) < policy.minimum.items or c.low is None:
        return "not_assessed"
    if c.p_adjusted is not None and c.p_adjusted <= ALPHA and region.excludes(c.estimate, c.estimate):
        return "gap_found"
    if _still(c, region.holds, *_beside(c, c.low90, c.high90, region)):
        return "within_margin"
    return "inconclusive"


def _margin(c: Comparison, rule: Margin | None, fixture_set: FixtureSet) -> float | None:
    """Return the margin in the comparison's own unit; None when it has none (nothing varies).

    In SD it is never less than the policy's share of the set's scale: a tool that hardly varies is not held to less.
    """
    if rule is None:
        return None
    if rule.unit == "sd":
        width = fixture_set.scale[1] - fixture_set.scale[0] if fixture_set.scale else 0.0
        return max(rule.value * c.scale_sd, rule.at_least_of_scale * width) if c.scale_sd else None
    return rule.value


def _margin_error(c: Comparison, rule: Margin | None, fixture_set: FixtureSet) -> tuple[float, float]:
    """Return the standard error of a margin in SD and its correlation with the estimate's.

    0 where the policy's share of the scale sets the margin for all that is known, and where not one item differs: then the
    interval is in SD too, and the error falls out. Where either could set it, the larger is taken, which is too large on
    average: the errors then count as if they went together wholly.
    """
    if rule is None or rule.unit != "sd" or c.unchanged or not c.scale_sd:
        return 0.0, 0.0
    width = fixture_set.scale[1] - fixture_set.scale[0] if fixture_set.scale else 0.0
    least, most = (rule.value * (c.scale_sd + sign * _Z * c.scale_sd_error) for sign in (-1, 1))
    floor = rule.at_least_of_scale * width
    if floor >= most:
        return 0.0, 0.0
    return rule.value * c.scale_sd_error, 1.0 if floor > least else abs(c.scale_sd_correlation)


def _region(rule: Margin | None, margin: float | None, error: float = 0.0, together: float = 0.0) -> _Region:
    if rule is None or margin is None:
        return _Region(None, None)
    if rule.unit == "ratio":
        return _Region(margin, 1 / margin, none=1.0)
    return _Region(-margin, margin, error=error, together=together)


def _beside(c: Comparison, low: float | None, high: float | None, region: _Region) -> tuple[float | None, float | None]:
    """Return an interval as it stands beside the margin: with the error of a margin that is estimated.

    Whether a difference is smaller than m SD is asked of (difference - m SD), whose error holds that of the SD (delta
    method). It is as many standard errors wide as the interval itself; that the two errors go together never makes it shorter.
    """
    if low is None or high is None or c.estimate is None or not c.standard_error or region.error <= 0:
        return low, high
    below, above = (_with_error(reach, c.standard_error, region) for reach in (c.estimate - low, high - c.estimate))
    return c.estimate - below, c.estimate + above


def _with_error(reach: float, standard_error: float, region: _Region) -> float:
    more = max(reach / standard_error, _Z) * region.error
    return math.sqrt(reach**2 + more**2 + 2 * region.together * reach * more)


def _still(c: Comparison, test: Callable[[float | None, float | None], bool], low: float | None, high: float | None) -> bool:
    """Whether a test of an interval holds as it is, and shifted by the most that the missing replies could do."""
    if not test(low, high):
        return False
    if not c.missing or c.statistic == "missing_rate":
        return True
    if c.worst_low is None or c.worst_high is None or c.estimate is None or low is None or high is None:
        return False
    return test(low + c.worst_low - c.estimate, high + c.worst_high - c.estimate)


def _detected(c: Comparison, outcome: Outcome, region: _Region) -> bool:
    """Whether the data show a difference at all, whatever its size."""
    if outcome == "not_assessed":
        return False
    if outcome == "within_margin" and c.low90 is not None and c.high90 is not None:
        return not c.low90 <= region.none <= c.high90
    return c.p_adjusted is not None and c.p_adjusted <= ALPHA


def _needed(
    c: Comparison, margin: float | None, outcome: Outcome, policy: Policy, rule: Margin | None, region: _Region
) -> int | None:
    if outcome == "not_assessed":
        few = min(c.items, c.clusters) < policy.minimum.items
        return math.ceil(policy.minimum.items * max(1.0, c.items / max(c.clusters, 1))) if few else None
    unknown = margin is None or c.estimate is None or c.standard_error is None or rule is None or rule.unit == "ratio"
    if outcome != "inconclusive" or unknown:
        return None
    low, high = _beside(c, c.low90, c.high90, region) if abs(c.estimate or 0.0) < (margin or 0.0) else (c.low90, c.high90)
    if low is None or high is None or region.holds(low, high):
        return None  # only the missing replies stand in the way
    if c.unchanged:
        return items_to_rule_out((margin or 0.0) / (c.scale_sd or 1.0), c.items, c.clusters)
    error = max(c.standard_error or 0.0, (high - low) / 2 / NormalDist().inv_cdf((1 + c.level90) / 2))
    floor = math.ceil((1 - math.log2(c.alpha)) * c.items / max(c.clusters, 1)) if c.design == "matched" else 0
    needed = items_for_verdict(c.estimate or 0.0, error, c.items, margin or 0.0, c.alpha)
    return max(needed, floor) if needed is not None else None


def items_to_rule_out(margin: float, items: int, clusters: int) -> int:
    """Return the base items that rule out a gap of the margin when not one item differs.

    n unchanged clusters leave an upper 95% bound of 1 - 0.05^(1/n) on the share that changes; the margin
    is a share, or in SD (a changed item is taken to change by one SD). Scaled up to items.
    """
    needed = math.ceil(math.log(ALPHA) / math.log1p(-min(margin, 0.99)))
    return max(items + 1, math.ceil(needed * items / max(clusters, 1)))


def items_for_verdict(estimate: float, standard_error: float, items: int, margin: float, alpha: float) -> int | None:
    """Return the base items that would settle the verdict with 80% power, were the estimate true, in as many more clusters (templates, names).

    More items of the same clusters leave what these differ in as it is: what they are worth `audit check` says, from the same replies. For `gap_found` at the comparison's share `alpha` of the family's error, for `within_margin` by two one-sided tests
    (Schuirmann 1987, J. Pharmacokin. Biopharm. 15:657). None when the estimate is so near the margin
    that no number of items would do.
    """
    z = NormalDist().inv_cdf
    if abs(estimate) >= margin:
        wanted = abs(estimate) / (z(1 - alpha / 2) + z(_POWER))
    else:
        wanted = (margin - abs(estimate)) / (z(1 - ALPHA) + z((1 + _POWER) / 2))
    if wanted <= margin / 1000:
        return None
    return max(items + 1, math.ceil(items * (standard_error / wanted) ** 2))


def attribute_outcome(disparities: Iterable[Disparity]) -> Outcome:
    """Return one attribute's outcome: a gap anywhere is a gap; within the margin only if all are.

    A gap that only a negative control shows is no gap of the groups: the tool reacts to any word there.
    """
    confirmatory = [d for d in disparities if d.family == "confirmatory"]
    outcomes = {d.outcome for d in confirmatory}
    if any(d.outcome == "gap_found" and not d.negative_control for d in confirmatory):
        return "gap_found"
    if outcomes == {"within_margin"}:
        return "within_margin"
    if not outcomes or outcomes == {"not_assessed"}:
        return "not_assessed"
    return "inconclusive"


_FINDINGS: Mapping[Outcome, FindingOutcome] = {
    "gap_found": "not_met", "within_margin": "met", "inconclusive": "inconclusive", "not_assessed": "not_assessed",
}


def measured_findings(
    criteria: Iterable[Criterion], results: Results, sets: Mapping[str, FixtureSet]
) -> list[Finding]:
    """Return one finding for each measured criterion × fixture set × attribute."""
    found = []
    for criterion in criteria:
        if criterion.measured is None:
            continue
        rows = results.disparities if criterion.measured == "disparities" else results.missingness
        for fixture_set in sets.values():
            for attribute in fixture_set.attributes:
                own = [d for d in rows if d.set == fixture_set.id and d.attribute == attribute]
                found.append(_finding(criterion, fixture_set, attribute, own))
    return found


def _lost(missingness: list[Disparity]) -> tuple[int, int]:
    """Return the missing and the planned replies of the largest comparison of missing rates."""
    counted = [(d.responses, d.missing) for d in missingness if d.responses is not None and d.missing is not None]
    planned, missing = max(counted, key=lambda c: c[0], default=(0, 0))
    return missing, planned


def _finding(
    criterion: Criterion, fixture_set: FixtureSet, attribute: str, disparities: list[Disparity]
) -> Finding:
    outcome = attribute_outcome(disparities)
    because = attribute_sentence(outcome, disparities, fixture_set, attribute)
    lost, planned = _lost(disparities) if criterion.measured == "missingness" else (0, 0)
    if outcome != "gap_found" and 2 * lost > planned:
        outcome = "not_assessed"
        because = f"Most replies are missing or cannot be read ({lost} of {planned}): nothing can be said about groups."
    gaps = [d for d in disparities if d.outcome == "gap_found" and d.family == "confirmatory"]
    return Finding(
        criterion=criterion.id, indicator=criterion.indicator, question=criterion.question,
        subject=f"{fixture_set.title}: {attribute_title(fixture_set, attribute)}",
        outcome=_FINDINGS[outcome], because=because,
        required=criterion.required, weight=criterion.weight, assurance="measured",
        evidence=(Evidence("run", f"results.json: {criterion.measured}, set {fixture_set.id}, attribute {attribute}"),),
        remedy=criterion.remedy, severe=any(d.certain and not d.negative_control for d in gaps),
        answered_by=criterion.answered_by, sources=criterion.source,
    )
