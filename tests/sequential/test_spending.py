"""Boundaries against published tables and against SciPy's multivariate normal distribution."""

import numpy as np
import pytest
from scipy import stats

from audit.sequential import Looks, alarms
from audit.sequential.spending import boundaries, crossed, cubic, quadratic

FIFTHS = (0.2, 0.4, 0.6, 0.8, 1.0)


def obrien_fleming_type(alpha: float, share: float) -> float:
    """Lan & DeMets 1983: 2 - 2 Φ(z / √t) of a one-sided error."""
    return float(2 * stats.norm.sf(stats.norm.isf(alpha / 2) / share**0.5))


def pocock_type(alpha: float, share: float) -> float:
    return float(alpha * np.log1p((np.e - 1) * share))


def test_boundaries_of_the_obrien_fleming_type_are_those_published_for_five_looks() -> None:
    """Reboussin, DeMets, Kim & Lan 2000, Control. Clin. Trials 21:190; R package ldbounds."""
    found = boundaries(0.05, FIFTHS, spending=obrien_fleming_type)
    assert found == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4)


def test_one_sided_boundaries_are_those_published_for_three_looks() -> None:
    """R package gsDesign: sfLDOF, k = 3, alpha = 0.025."""
    found = boundaries(0.025, (1 / 3, 2 / 3, 1.0), sides=1, spending=obrien_fleming_type)
    assert found == pytest.approx([3.7103, 2.5114, 1.9930], abs=1e-4)


def test_boundaries_of_the_pocock_type_are_those_published_for_five_looks() -> None:
    """R package ldbounds, iuse = 2: alpha · ln(1 + (e - 1) t)."""
    assert boundaries(0.05, FIFTHS, spending=pocock_type) == pytest.approx([2.4380, 2.4268, 2.4101, 2.3966, 2.3859], abs=2e-4)


@pytest.mark.parametrize(("looks", "pocock", "obrien_fleming"), [(2, 2.178, 1.977), (3, 2.289, 2.004), (4, 2.361, 2.024), (5, 2.413, 2.040), (10, 2.555, 2.087)])
def test_the_constants_of_jennison_and_turnbull_use_up_five_percent(looks: int, pocock: float, obrien_fleming: float) -> None:
    """Jennison & Turnbull 2000, tables 2.1 and 2.3, to their three decimals."""
    shares = Looks.even(looks).shares
    assert crossed([pocock] * looks, shares)[-1] == pytest.approx(0.05, abs=2e-4)
    assert crossed([obrien_fleming * share**-0.5 for share in shares], shares)[-1] == pytest.approx(0.05, abs=2e-4)


@pytest.mark.parametrize(("looks", "published"), [(2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193)])
def test_naive_looks_alarm_as_often_as_armitage_mcpherson_and_rowe_found(looks: int, published: float) -> None:
    """Armitage, McPherson & Rowe 1969, JRSS A 132:235, table 2."""
    assert alarms(Looks.even(looks).shares) == pytest.approx(published, abs=6e-4)


@pytest.mark.parametrize("shares", [(0.3, 1.0), (0.25, 0.5, 1.0), FIFTHS])
@pytest.mark.parametrize("alpha", [0.05, 0.004])
def test_the_chance_to_cross_is_that_of_the_multivariate_normal(shares: tuple[float, ...], alpha: float) -> None:
    z = boundaries(alpha, shares)
    t = np.array(shares)
    together = stats.multivariate_normal(cov=np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t)), seed=1, abseps=1e-7)
    inside = together.cdf(z, lower_limit=-z)
    assert 1 - inside == pytest.approx(alpha, rel=0.02)
    assert crossed(z, shares) == pytest.approx([cubic(alpha, share) for share in shares], rel=1e-6)
    one_sided = boundaries(alpha, shares, sides=1, spending=quadratic)
    assert crossed(one_sided, shares, sides=1) == pytest.approx([quadratic(alpha, share) for share in shares], rel=1e-6)


def test_one_look_is_an_ordinary_test() -> None:
    assert boundaries(0.05, (1.0,)) == pytest.approx([stats.norm.isf(0.025)])
    assert boundaries(0.05, (1.0,), sides=1) == pytest.approx([stats.norm.isf(0.05)])
