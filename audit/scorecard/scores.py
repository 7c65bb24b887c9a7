"""An indicator's score and coverage, and the band that a score lies in."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from audit.policy import Band, Policy
from audit.records import Finding, Indicator


class Share(Struct, frozen=True):
    """What an indicator earned. met, rest: weights (rest: not met or open); answered, asked: questions."""

    met: int
    rest: int
    answered: int
    asked: int

    @property
    def earned(self) -> Fraction:
        """0 to 100: the weight that is met over all that applies. Unanswered earns nothing; 0 where nothing applies."""
        total = self.met + self.rest
        return Fraction(100 * self.met, total) if total else Fraction(0)

    @property
    def coverage(self) -> float:
        """0 to 1: the share of the questions that are answered or measured."""
        return self.answered / self.asked if self.asked else 0.0


def share_of(findings: Sequence[Finding], indicator: str) -> Share:
    """Return what an indicator earned; questions that do not apply count on neither side."""
    own = [f for f in findings if f.indicator == indicator and f.outcome != "not_applicable"]
    met = sum(f.weight for f in own if f.outcome == "met")
    return Share(met, sum(f.weight for f in own) - met, sum(f.outcome in ("met", "not_met") for f in own), len(own))


def shown(score: Fraction) -> float:
    """Return a score as it is shown: cut after one decimal, so that nothing below a band's edge is shown at it."""
    return int(score * 10) / 10


def exactly(value: float) -> Fraction:
    """Return the number that a policy file says, not the float nearest to it."""
    return Fraction(str(value))


def band_at(score: Fraction, bands: Sequence[Band]) -> int:
    """Return the place of the band that a score lies in: the last one that starts at or below it."""
    return max(place for place, band in enumerate(bands) if exactly(band.score_from) <= score)


def too_few(share: Share, policy: Policy) -> bool:
    """Whether so few questions are answered that no score is shown."""
    return share.coverage < policy.minimum.coverage


def indicator_of(title: str, name: str, findings: Sequence[Finding], policy: Policy) -> Indicator:
    """Return an indicator: its score (None below the policy's coverage, and where nothing applies) with the coverage beside it."""
    own = [f for f in findings if f.indicator == name and f.outcome != "not_applicable"]
    share, said = share_of(findings, name), Counter(f.outcome for f in own)
    return Indicator(
        title=title, score=None if too_few(share, policy) else shown(share.earned), coverage=round(share.coverage, 4),
        assurance=dict(Counter(f.assurance for f in own if f.assurance and f.outcome in ("met", "not_met"))),
        met=said["met"], not_met=said["not_met"], open=len(own) - said["met"] - said["not_met"],
    )
