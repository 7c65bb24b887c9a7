"""Sensitivity: against weights at every corner and at random, and against margins tried one by one."""

import itertools
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import verdicts
from audit.policy import Ranges, with_margins
from audit.records import Attribute, Comparison, Criterion, Results
from tests.builders import a_set
from tests.scorecard.cases import ORDER, POLICY, a_card, a_finding, a_policy, some_findings

SETS = {"essays": a_set(id="essays", title="Essays", attributes={"dialect": Attribute({"AAE": "A", "CE": "C", "SAE": "S"})}, outcome="score", scale=(0, 6))}
MEASURED = Criterion("inclusive-measured-outcomes", "Alike?", "", "audit", "measured", "", required=True, weight=3, remedy="Mend it.", source=(),
                     measured="disparities", indicator="inclusive")
ANSWERED = [a_finding("met", criterion="safe-a", weight=3), a_finding("met", criterion="inclusive-a", indicator="inclusive", weight=3)]


def with_weights(findings, scale):
    """The findings with each weight times a number of its own; 64 keeps them whole for factors of a half and of two."""
    return [msgspec.structs.replace(f, weight=round(64 * f.weight * times)) for f, times in zip(findings, scale, strict=True)]


@settings(max_examples=60, deadline=None)
@given(some_findings, st.randoms())
def test_the_ranges_hold_for_weights_at_every_corner_and_at_random_and_are_reached(some, rng: random.Random):
    some = [*ANSWERED, *some[:4]]
    card = a_card(*some)
    found = {one.indicator: one for one in card.sensitivity.scores}
    corners = list(itertools.product([0.5, 2.0], repeat=len(some)))
    trials = [*corners, *([2 ** rng.uniform(-1, 1) for _ in some] for _ in range(40))]
    cards = [a_card(*with_weights(some, scale)) for scale in trials]
    for name, one in found.items():
        scores = [c.indicators[name].score for c in cards]
        if one.score is None:
            assert (one.low, one.high, set(scores)) == (None, None, {None})
        else:
            assert (min(scores), max(scores)) == (one.low, one.high)
            assert one.score == card.indicators[name].score
    reached = {c.decision.status for c in cards}
    assert reached <= set(card.sensitivity.status_by_weights)
    ends = {card.sensitivity.status_by_weights[0], card.sensitivity.status_by_weights[-1]}
    assert {one.decision.status for one in cards[: len(corners)]} >= ends
    assert list(card.sensitivity.status_by_weights) == sorted(card.sensitivity.status_by_weights, key=ORDER.index)
    assert card.sensitivity.holds == (set(card.sensitivity.status_by_weights) == {card.decision.status})


def advice(met, rest):
    return [a_finding("met" if n < met else "not_met", criterion=f"usable-{n}", indicator="usable", required=False) for n in range(met + rest)]


def test_a_score_of_half_reaches_from_a_fifth_to_four_fifths():
    """One of two with the weights 1/2 and 2: 0.5 / 2.5; and the other way round."""
    card = a_card(*ANSWERED, *advice(1, 1))
    (one,) = [s for s in card.sensitivity.scores if s.indicator == "usable"]
    assert (one.score, one.low, one.high) == (50.0, 20.0, 80.0)
    assert card.sensitivity.status_by_weights == ("pilot", "approve_with_conditions")
    assert (card.sensitivity.holds, card.sensitivity.sentence) == (
        False, 'The decision hangs on the weights: with other weights between 1/2 and 2 times the policy\'s it could be "pilot".',
    )


def test_an_edge_that_only_the_extreme_reaches_is_reached():
    """One of three with the met one at 2 and the others at 1/2: 2 of 3; edges at 66.7 and at exactly 2/3 differ."""
    def reached(edge):
        bands = (msgspec.structs.replace(POLICY.bands[0], status="pilot"), msgspec.structs.replace(POLICY.bands[1], score_from=edge, status="approve"))
        return a_card(*ANSWERED, *advice(1, 2), policy=a_policy(bands=bands)).sensitivity.status_by_weights

    assert reached(66.6) == ("pilot", "approve_with_conditions")
    assert reached(66.7) == ("pilot",)


def test_weights_that_may_not_move_move_nothing():
    card = a_card(*ANSWERED, *advice(1, 1), policy=a_policy(sensitivity=Ranges(1.0, 0.5, 2.0)))
    assert all(one.low == one.score == one.high for one in card.sensitivity.scores)
    assert card.sensitivity.status_by_weights == (card.decision.status,)


def a_comparison(estimate, half, *, group="AAE", p=0.5, missing=0, worst=None, sd_error=0.0, controls=False):
    return Comparison(
        set="essays", measure="score", statistic="mean_difference", unit="points", attribute="dialect", group=group, reference="SAE", design="matched",
        estimate=estimate, low=estimate - half, high=estimate + half, low90=estimate - 0.8 * half, high90=estimate + 0.8 * half, standard_error=half / 2,
        p_value=p, p_adjusted=p, items=60, clusters=60, responses=360, missing=missing, worst_low=estimate - worst if worst else None,
        worst_high=estimate + worst if worst else None, scale_sd=1.0, scale_sd_error=sd_error, negative_control=controls,
    )


def judged(comparisons, factor):
    disparities = verdicts.judge(comparisons, with_margins(POLICY, factor), SETS)
    return disparities, verdicts.measured_findings([MEASURED], Results("r", disparities, (), (), ""), SETS)


def tried(*comparisons, policy=POLICY):
    disparities, findings = judged(comparisons, 1.0)
    calls = []

    def rejudge(factor):
        calls.append(factor)
        return judged(comparisons, factor)[1]

    card = a_card(*ANSWERED, *findings, results=Results("r", disparities, (), (), ""), policy=policy, rejudge=rejudge)
    return card, calls


def test_a_gap_becomes_open_where_the_margin_passes_the_estimate_and_clear_where_it_passes_the_interval():
    """Margin 0.1: estimate 0.12, 90% interval up to 0.152. Three bands, with edges at 1.2 and 1.52."""
    card, _ = tried(a_comparison(0.12, 0.04, p=0.001))
    ranges = [(pytest.approx(one.from_factor), pytest.approx(one.to_factor), one.status) for one in card.sensitivity.margins]
    assert ranges == [(0.5, 1.2, "do_not_approve"), (1.2, 1.52, "pilot"), (1.52, 2.0, "approve")]
    assert not card.sensitivity.holds
    assert card.sensitivity.sentence == (
        "The decision hangs on the margins: it is the same for all weights between 1/2 and 2 times the policy's; "
        '"pilot" with margins between 1.2 and 1.52 times the policy\'s; "approve" with margins between 1.52 and 2 times the policy\'s.'
    )


def test_a_decision_that_holds_says_so():
    card, calls = tried(a_comparison(0.0, 0.02))
    assert (card.sensitivity.holds, len(card.sensitivity.margins), len(calls)) == (True, 1, 3)
    assert card.sensitivity.sentence == (
        "The decision is the same for all weights between 1/2 and 2 times the policy's and for all margins between 0.5 and 2 times the policy's."
    )


comparisons = st.lists(st.builds(
    a_comparison, st.floats(-0.25, 0.25).map(lambda v: round(v, 3)), st.floats(0.01, 0.1).map(lambda v: round(v, 3)), group=st.sampled_from(["AAE", "CE"]),
    p=st.sampled_from([0.001, 0.5]), missing=st.sampled_from([0, 4]), worst=st.sampled_from([None, 0.01, 0.05]), sd_error=st.sampled_from([0.0, 0.05, 0.3]),
    controls=st.booleans(),
), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(comparisons, st.sampled_from(["do_not_approve", "pilot"]))
def test_the_ranges_of_margins_are_those_of_factors_tried_one_by_one(some, gap):
    policy = a_policy(decision=msgspec.structs.replace(POLICY.decision, gap=gap))
    card, calls = tried(*some, policy=policy)
    margins = card.sensitivity.margins
    assert (margins[0].from_factor, margins[-1].to_factor) == (0.5, 2.0)
    assert all(a.to_factor == b.from_factor and a.status != b.status for a, b in itertools.pairwise(margins))
    for step in range(0, 301, 3):
        factor = 0.5 + step * 0.005
        if any(abs(factor - one.from_factor) < 1e-6 for one in margins) or factor > 2.0 - 1e-6:
            continue   # at an edge itself, the ends of the range among them, the more cautious side holds
        (here,) = [one for one in margins if one.from_factor <= factor < one.to_factor or (factor == one.to_factor == 2.0)]
        assert a_card(*ANSWERED, *judged(some, factor)[1], policy=policy).decision.status == here.status
    assert len(calls) <= 250


def test_without_a_way_to_judge_again_only_weights_are_tried():
    assert a_card(*ANSWERED).sensitivity.margins == ()
    assert a_card(*ANSWERED).sensitivity.sentence == "The decision is the same for all weights between 1/2 and 2 times the policy's."
