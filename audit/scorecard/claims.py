"""A vendor's claims beside what was measured of them."""

from collections.abc import Iterable, Mapping

from audit.records import Claim, ClaimBeside, Disparity, Finding, FixtureSet
from audit.wording import attribute_title

_WORST = ("gap_found", "inconclusive", "not_assessed", "within_margin")


def beside_claims(
    claims: Iterable[Claim], disparities: Iterable[Disparity], findings: Iterable[Finding], sets: Mapping[str, FixtureSet]
) -> tuple[ClaimBeside, ...]:
    """Return each claim with the outcome of the comparisons it speaks of: those of its set and attribute, of all sets where it names none.

    The outcome is the worst of the confirmatory comparisons; empty where nothing of the kind was measured.
    """
    rows = [d for d in disparities if d.family == "confirmatory" and not d.negative_control]
    said = {(f.subject, f.because) for f in findings if f.assurance == "measured"}
    return tuple(_beside(claim, rows, said, sets) for claim in claims)


def _beside(claim: Claim, rows: list[Disparity], said: set[tuple[str, str]], sets: Mapping[str, FixtureSet]) -> ClaimBeside:
    own = [d for d in rows if claim.set in ("", d.set) and claim.attribute in ("", d.attribute)] if claim.set or claim.attribute else []
    outcomes = {d.outcome for d in own}
    subjects = {f"{sets[d.set].title}: {attribute_title(sets[d.set], d.attribute)}" for d in own if d.set in sets}
    return ClaimBeside(
        claim, next((o for o in _WORST if o in outcomes), ""), tuple(sorted(f"{subject}. {because}" for subject, because in said if subject in subjects)),
    )
