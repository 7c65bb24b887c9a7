"""The adapter `scripted`: what is planted is what comes out, and the same each time."""

import asyncio
import math
import statistics

import pytest

from audit.errors import ConnectionSetupError
from audit.plan import Connect
from audit.records import Failure
from audit.vendors import open_adapter
from tests.builders import a_probe, a_site

N = 20_000


def answers(tmp_path, settings, probes):
    async def ask_all():
        async with open_adapter(Connect("scripted", settings=settings), a_site(tmp_path, probes)) as tool:
            heard = []
            for probe in probes:
                try:
                    heard.append((await tool.ask(probe)).output)
                except Failure:
                    heard.append(None)
            return heard

    return asyncio.run(ask_all())


def guises(n=N, truth=None):
    return [a_probe(id=f"p{i}{g}", item=f"i{i}", group=g, truth=truth) for i in range(n) for g in ("SAE", "AAE")]


def near(share, rate, n=N):
    """Within 5 standard errors of a binomial share: a false alarm once in 1.7 million."""
    return abs(share - rate) < 5 * math.sqrt(rate * (1 - rate) / n)


def test_rates_and_gaps_are_as_planted(tmp_path):
    heard = answers(tmp_path, {"base_rate": 0.2, "gap": {"dialect=AAE": 0.1}}, guises())
    assert near(sum(heard[0::2]) / N, 0.2)
    assert near(sum(heard[1::2]) / N, 0.3)


def test_a_true_case_is_found_at_the_hit_rate(tmp_path):
    heard = answers(tmp_path, {"base_rate": 0.2, "hit_rate": 0.7}, guises(truth=True))
    assert near(sum(heard[0::2]) / N, 0.7)


def test_failures_come_at_the_planted_rate_in_their_group_only(tmp_path):
    heard = answers(tmp_path, {"fail": {"dialect=AAE": 0.25}}, guises())
    assert heard[0::2].count(None) == 0
    assert near(heard[1::2].count(None) / N, 0.25)


def test_scores_have_the_planted_mean_spread_gap_and_correlation(tmp_path):
    heard = answers(tmp_path, {"answers": "score", "mean": 3, "sd": 2, "icc": 0.25, "gap": {"dialect=AAE": -0.5}}, guises())
    reference, group = heard[0::2], heard[1::2]
    error = 2 / math.sqrt(N)
    assert statistics.fmean(reference) == pytest.approx(3, abs=5 * error)
    assert statistics.fmean(group) == pytest.approx(2.5, abs=5 * error)
    assert statistics.stdev(reference) == pytest.approx(2, abs=5 * 2 / math.sqrt(2 * N))
    # A correlation's standard error is (1 - r²) / √n.
    assert statistics.correlation(reference, group) == pytest.approx(0.25, abs=5 * (1 - 0.25**2) / math.sqrt(N))


def test_scores_keep_to_the_scale_and_its_steps(tmp_path):
    heard = answers(tmp_path, {"answers": "score", "mean": 3.5, "sd": 3, "step": 0.5, "scale": [1, 6]}, guises(500))
    assert min(heard) == 1
    assert max(heard) == 6
    assert {value * 2 for value in heard} <= set(range(2, 13))


def test_a_text_has_the_planted_number_of_words(tmp_path):
    assert set(answers(tmp_path, {"answers": "text", "mean": 5, "sd": 0}, guises(3))) == {"word word word word word"}


def test_the_same_seed_gives_the_same_answers_and_another_does_not(tmp_path):
    probes = guises(200)
    first = answers(tmp_path, {"seed": 1}, probes)
    assert answers(tmp_path, {"seed": 1}, probes[::-1]) == first[::-1]
    assert answers(tmp_path, {"seed": 2}, probes) != first


def test_a_gap_for_a_group_that_no_probe_has_is_refused(tmp_path):
    with pytest.raises(ConnectionSetupError, match="dialect=AEA"):
        answers(tmp_path, {"gap": {"dialect=AEA": 0.1}}, guises(1))
