"""The analysis in order: source → columns → readings → comparisons → verdicts → (suppression) → results."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from audit import disparity, suppression, verdicts
from audit.analysis.counts import Counts, count
from audit.analysis.groups import Groups, designs, make_groups
from audit.analysis.margins import chosen_policy
from audit.analysis.notes import copies, missing, notes_on
from audit.analysis.parts import parts
from audit.analysis.request import Request
from audit.analysis.source import opened
from audit.analysis.state import check_state, read_state
from audit.analysis.texts import compare_whole_texts
from audit.errors import TableError
from audit.library import nearest
from audit.measures import MEASURES
from audit.plan import digest
from audit.policy import Margin, Policy, read_policy
from audit.records import Comparison, Design, FixtureSet, GroupValue, Omnibus, Results
from audit.wording import one_line

T = TypeVar("T", Comparison, GroupValue, Omnibus)
_SCHEMA = "edtech-equity-audit/results/1"
_ROW_WORDS: Mapping[str, str] = {"value": "the outcome", "truth": "the truth", "second": "the second rater"}


class Size(Struct, frozen=True):
    """How much a table holds: rows, items and names (None without such a column), and rows without an outcome."""

    rows: int
    items: int | None
    missing: int
    names: int | None


class Analysis(Struct, frozen=True):
    """A table's results, and what they rest on.

    table: the table as one set. designs: by attribute. margins: of the statistics that decide. read: how cells were read.
    size: None where rows are people: less the groups' own numbers, it would tell how few are missing or not recorded.
    """

    request: Request
    results: Results
    table: FixtureSet
    designs: dict[str, Design]
    margins: dict[str, Margin]
    sha256: str
    state_sha256: str | None
    size: Size | None
    read: tuple[str, ...]


def analyze(request: Request) -> Analysis:
    """Return the results of a table. Raises AuditError, before anything is written, for what cannot be read or compared."""
    policy = chosen_policy(read_policy(None)[0], request)
    state, of_state = read_state(request)
    with opened(request.table) as source:
        counts, sha256 = count(source, request), source.sha256
        copied = copies(source, request, counts.rows)
    groups = make_groups(counts, request)
    by_attribute = designs(counts, groups.places)
    notes = [*notes_on(request, counts, groups, by_attribute, copied), *check_state(state, request, counts, groups)]
    table = _set(request, groups, sha256, counts)
    compared = disparity.compare_all(
        list(_audited(counts, groups, by_attribute, table)), seed=request.seed, confirm=frozenset(request.margins), state=state
    )
    texts = compare_whole_texts(request, counts, groups, by_attribute, table)
    results = msgspec.structs.replace(_results(request, compared, policy, table, notes), texts=texts)
    return Analysis(
        request=request, results=results, table=table, designs=by_attribute,
        margins={d.statistic: policy.margins[d.statistic] for d in (*results.disparities, *results.missingness) if d.family == "confirmatory"},
        sha256=sha256, state_sha256=of_state, size=None if request.min_cell is not None else _size(counts),
        read=tuple(f"{_ROW_WORDS[name]}: {said}" for name, said in counts.about.items() if said),
    )


def _size(counts: Counts) -> Size:
    return Size(counts.rows, _numbered(counts.item), missing(counts), _numbered(counts.name))


def _numbered(codes: NDArray[np.int64] | None) -> int | None:
    return None if codes is None else int(codes.max(initial=-1)) + 1


def _set(r: Request, groups: Groups, sha256: str, counts: Counts) -> FixtureSet:
    """The table as a set of probes. The scale of a score is the range that was seen: no missing score is taken to lie outside."""
    scale = None
    if r.outcome == "score":
        seen = np.concatenate([x[~np.isnan(x)] for x in (*counts.values.values(), counts.truth) if x is not None])
        scale = (float(seen.min()), float(seen.max())) if len(seen) and seen.min() < seen.max() else None
    return FixtureSet(
        id=r.table.stem, title=r.table.name, edition="", use_case="", design="sampled", outcome=r.outcome, attributes=groups.attributes,
        rows=(), digest=digest([sha256, msgspec.to_builtins(r, enc_hook=str)]), scale=scale, positive=r.positive,
        positive_when=r.positive_when, adverse=r.adverse,
    )


def _audited(counts: Counts, groups: Groups, by_attribute: Mapping[str, Design], table: FixtureSet) -> Iterator[disparity.Audited]:
    """Yield the readings of each measure, value of `by` and design: a set has one design, so each design makes a set."""
    for design in dict.fromkeys(by_attribute.values()):
        own = {name: a for name, a in groups.attributes.items() if by_attribute[name] == design}
        one = msgspec.structs.replace(table, id=f"{table.id}/{design}", design=design, attributes=own)
        for by, rows in parts(counts):
            for measure in counts.values:
                entry = MEASURES[measure]
                yield disparity.Audited(one, measure, entry.unit, _readings(counts, groups, own, measure, rows), entry.range, by)


def _readings(
    counts: Counts, groups: Groups, attributes: Mapping[str, Any], measure: str, rows: NDArray[np.int64] | None
) -> disparity.Readings:
    """Return one measure's readings. Items, and classes of alike rows, have the same number in every part."""
    whole = len(counts.times)
    n = whole if rows is None else len(rows)
    numbered = counts.item if counts.item is not None else np.arange(whole, dtype=np.int64)
    items = int(numbered.max(initial=-1)) + 1

    def part(column: NDArray[Any] | None, otherwise: float = np.nan) -> NDArray[Any]:
        if column is None:
            return np.broadcast_to(np.float64(otherwise), n)
        return column if rows is None else column[rows]

    item = part(numbered)
    return disparity.Readings(
        value=part(counts.values[measure]), truth=part(counts.truth), item=item, cluster=item,
        times=part(counts.times if counts.item is not None else None, 1.0),
        weight=np.ones(items) if counts.item is not None else counts.times,
        asked=np.broadcast_to(np.True_, n), groups={name: part(groups.places[name]) for name in attributes},
        variant=np.broadcast_to(np.int64(-1), n) if counts.name is None else part(counts.name), **({} if counts.second is None else {"second": part(counts.second)}),
    )


def _results(
    r: Request, compared: disparity.Compared, policy: Policy, table: FixtureSet, notes: Sequence[str]
) -> Results:
    found = {c.statistic for c in (*compared.comparisons, *compared.missingness)}
    for statistic in r.margins:
        if statistic not in found:
            raise TableError(
                f"--margin-for {one_line(statistic, 60)}: nothing is compared in it here", where=str(r.table), fix=nearest(statistic, found)
            )
    named = {table.id: table}
    results = Results(
        schema=_SCHEMA, disparities=verdicts.judge(_renamed(compared.comparisons, table.id), policy, named),
        groups=tuple(_renamed(compared.groups, table.id)),
        missingness=verdicts.judge(_renamed(compared.missingness, table.id), policy, named), family=compared.family,
        notes=tuple(notes), omnibus=tuple(_renamed(compared.omnibus, table.id)),
    )
    return results if r.min_cell is None else suppression.suppress(results, r.min_cell)


def _renamed(rows: Sequence[T], name: str) -> list[T]:
    """Return rows under the table's own name, whichever design their set had."""
    return [msgspec.structs.replace(row, set=name) for row in rows]


def exit_code(results: Results) -> int:
    """Return 0 when every deciding comparison is within its margin, 1 for any gap, 3 when something is open."""
    outcomes = {d.outcome for d in (*results.disparities, *results.missingness) if d.family == "confirmatory"}
    if "gap_found" in outcomes:
        return 1
    return 0 if outcomes == {"within_margin"} else 3
