"""People's scores → the `truth` and `second_truth` of a set."""

import random
import statistics
from enum import StrEnum
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from audit.errors import FixtureError
from audit.fixtures import write_set
from audit.raters.collected import Collected
from audit.raters.key import Key
from audit.raters.report import RatersReport, score_table
from audit.records import FixtureSet, Row

_TWO = 2


class Rule(StrEnum):
    """How several scores of one work become its truth.

    TWO: two people's own scores, drawn by seed where there are more: one is `truth`, the other `second_truth`, so that
    human–human agreement can be compared with the tool's (as RSMTool does with h1 and h2). CONSENSUS: the median of
    all scores, or the majority of all decisions, without a second truth.
    """

    TWO = "two"
    CONSENSUS = "consensus"


class Truths(Struct, frozen=True):
    """What was put into the set: rows with a truth, with a second one, tied (no majority), and with no score."""

    rule: Rule
    truths: int
    second: int
    tied: int
    unscored: int


def with_truth(
    fixture_set: FixtureSet, collected: Collected, key: Key, report: RatersReport, rule: Rule | None = None
) -> tuple[FixtureSet, Truths]:
    """Return the set with the raters' truth in place of its own, a line of provenance, and what was done.

    rule: None takes TWO where no work has more than two scores, and CONSENSUS otherwise. Rows without a score have no
    truth. Who is first of two is drawn by the key's seed, so that no one rater's severity sits in `truth`.
    """
    scores = [list(map(float, row[~np.isnan(row)])) for row in score_table(collected, fixture_set)]
    rule = rule or (Rule.TWO if max(map(len, scores), default=0) <= _TWO else Rule.CONSENSUS)
    rng = random.Random(f"{key.seed} {key.digest} truth")  # noqa: S311 - a seeded draw, not a secret
    rows = tuple(_scored(row, own, rule, key, rng) for row, own in zip(fixture_set.rows, scores, strict=True))
    truths = Truths(
        rule, sum(row.truth is not None for row in rows), sum(row.second_truth is not None for row in rows),
        sum(row.truth is None and bool(own) for row, own in zip(rows, scores, strict=True)), sum(not own for own in scores),
    )
    if not truths.truths:
        raise FixtureError("no work has a score that could be its truth", where=fixture_set.id, fix="Have the sheets filled in first.")
    source = " ".join(f"{fixture_set.source} {_provenance(key, report, rule)}".split())
    return msgspec.structs.replace(fixture_set, rows=rows, source=source, edition=f"{fixture_set.edition}+raters"), truths


def _scored(row: Row, scores: list[float], rule: Rule, key: Key, rng: random.Random) -> Row:
    drawn = rng.sample(scores, min(_TWO, len(scores))) if rule is Rule.TWO else _consensus(scores, key)
    truth, second = ([*(_as_truth(score, key) for score in drawn), None, None])[:2]
    return msgspec.structs.replace(row, truth=truth, second_truth=second)


def _consensus(scores: list[float], key: Key) -> list[float]:
    """Return the median, or the majority; nothing without a score, and nothing where a decision is tied."""
    middle = [statistics.median(scores)] if scores else []
    return [m for m in middle if key.outcome == "score" or m in (0.0, 1.0)]


def _as_truth(score: float, key: Key) -> float | bool:
    return score if key.outcome == "score" else score == 1.0


def _provenance(key: Key, report: RatersReport, rule: Rule) -> str:
    how = {Rule.TWO: "two people's own scores, in random order", Rule.CONSENSUS: "the median or majority of all raters"}[rule]
    agreed = [f"Krippendorff's alpha ({m}) {a.value:.2f}, 95% {a.low:.2f} to {a.high:.2f}" for m, a in report.alpha.items() if a.value is not None]
    people = sum(rater.lines > rater.empty for rater in report.raters)
    return (
        f"The truth is from {people} raters, taken in with audit raters: {how}; {'; '.join(agreed) or 'agreement not measured'}; "
        f'asked "{key.question}"; the set rated had SHA-256 {key.digest}, seed {key.seed}.'
    )


def write_rated(fixture_set: FixtureSet, folder: Path) -> None:
    """Write the set whole or not at all. Raises FixtureError for a folder that is not empty or cannot be written."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FixtureError("this folder is not empty", where=str(folder), fix="Name a new one.")
    draft = folder.with_name(f".{folder.name}.part")
    try:
        write_set(fixture_set, draft)
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except OSError as bad:
        raise FixtureError(f"cannot be written: {bad.strerror}", where=str(folder)) from None
