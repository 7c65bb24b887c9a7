"""When an attribute's verdict is settled, and when the planned items can hardly settle it any more."""

from collections.abc import Sequence

from msgspec import Struct
from scipy import special

from audit.records import Disparity

LITTLE = 0.05
"""With less than this chance of either verdict, the planned items can hardly settle a comparison."""


class Levels(Struct, frozen=True):
    """What the last look will ask: two-sided level of a test of one comparison in the family, and one-sided level of `within_margin`."""

    gap: float
    within: float


class Standing(Struct, frozen=True):
    """How an open comparison stands: its estimate, standard error and margin, in one unit. unsure: a chance about it cannot be told."""

    estimate: float
    standard_error: float
    margin: float
    unsure: bool = False


def is_settled(verdicts: Sequence[Disparity], missingness: Sequence[Disparity], *, every: bool) -> bool:
    """Whether what is said of an attribute cannot change by asking more.

    All comparisons within the margin, or a gap found. With a gap, `every` also waits for the other comparisons; without it only for those
    of missing replies, where any reply is missing. A gap that only a negative control shows settles nothing.
    """
    deciding = [d for d in verdicts if d.family == "confirmatory"]
    if not deciding:
        return False
    everything = [*deciding, *missingness]
    if any(d.outcome == "gap_found" and not d.negative_control for d in deciding):
        waits = everything if every else [d for d in missingness if d.missing]
        return all(_done(d) for d in waits)
    return all(_done(d) for d in everything) and not any(d.outcome == "gap_found" for d in deciding)


def _done(d: Disparity) -> bool:
    return d.outcome in ("gap_found", "within_margin")


def is_futile(open_ones: Sequence[Standing], levels: Levels, share: float) -> bool:
    """Whether the planned items can hardly settle an attribute: no gap is likely to be found, and some comparison not to be cleared.

    share: of the planned items that has been asked. Conditional power on the B-value scale (Lan & Wittes 1988, Biometrics 44:579), at the
    most favourable difference within one standard error of the estimate, so that little is given up by bad luck. No error rests on it.
    """
    if not open_ones or share >= 1:
        return False
    chances = [_chances(one, levels, share) for one in open_ones]
    return max(gap for gap, _ in chances) < LITTLE and min(within for _, within in chances) < LITTLE


def _chances(one: Standing, levels: Levels, share: float) -> tuple[float, float]:
    """Return the chances that the last look finds a gap, and that it finds the comparison within the margin; 1 where they cannot be told."""
    if one.unsure or one.standard_error <= 0:
        return 1.0, 1.0
    last = one.standard_error * share**0.5   # the standard error that all planned items will have
    spread = last * (1 - share) ** 0.5       # of the last estimate about share · estimate + (1 - share) · truth
    size = abs(one.estimate)
    least = max(one.margin, last * -float(special.ndtri(levels.gap / 2)))
    room = one.margin - last * -float(special.ndtri(levels.within))
    high = size + (1 - share) * one.standard_error
    low = share * size + (1 - share) * max(0.0, size - one.standard_error)
    gap = float(special.ndtr((high - least) / spread))
    within = float(special.ndtr((room - low) / spread) - special.ndtr((-room - low) / spread)) if room > 0 else 0.0
    return gap, within
