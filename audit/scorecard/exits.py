"""What a command's exit code says of a scorecard (CONTRACT.md, section 1)."""

from audit.records import Scorecard


def exit_code(card: Scorecard) -> int:
    """Return 1 when something required is not met or a gap lies beyond its margin, 3 when something required is open, else 0."""
    if any(f.outcome == "not_met" and (f.required or f.assurance == "measured") for f in card.findings):
        return 1
    if any(f.required and f.outcome in ("inconclusive", "not_assessed") for f in card.findings):
        return 3
    return 0
