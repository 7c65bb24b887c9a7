"""What `audit analyze` was asked: every option, checked against the others before the table is opened."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from audit.errors import TableError
from audit.library import nearest
from audit.measures import BASIC, MEASURES, rule
from audit.records import OutcomeKind
from audit.wording import one_line

CROSSED = " × "
SMALLEST_CELL = 10
CELL_SIZE, N_SIZE = 10, 30
"""The largest minimums that 34 CFR 300.647(b)(1)(iv) presumes to be reasonable."""
_CELLS = (5, 30)
_WITHOUT_NAMES = frozenset({
    "selection_rate_ratio", "non_selection_rate_ratio", "standardized_mean_difference", "qwk_difference", "qwk_beyond_human_difference",
    "dsm_difference", "auc_difference",
})
"""Statistics whose intervals do not know of names."""


class Request(Struct, frozen=True):
    """The question. `references`: group column → value; `margin` for every deciding statistic, `margins` for named ones.

    `min_cell` is None unless the rows are people. `name`: the column of the names that stand for the groups. `state`: the file
    of the State's children; `cell_size`, `n_size`: the fewest with the outcome, and enrolled, for a ratio. `measures`: what is
    measured of texts.
    """

    table: Path
    groups: tuple[str, ...]
    outcome: OutcomeKind
    column: str
    truth: str | None
    second: str | None
    item: str | None
    name: str | None
    by: tuple[str, ...]
    references: dict[str, str]
    positive: str | None
    positive_when: str | None
    adverse: bool
    margin: str | None
    margins: dict[str, str]
    intersect: bool
    min_cell: int | None
    state: Path | None
    cell_size: int
    n_size: int
    seed: int
    measures: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that have a part in it."""
        return *self.groups, self.column, *(c for c in (self.truth, self.second, self.item, self.name) if c), *self.by


def make_request(
    table: Path, *, groups: Sequence[str], outcomes: Mapping[OutcomeKind, str | None], truth: str | None = None,
    second: str | None = None, item: str | None = None, name: str | None = None, by: Sequence[str] = (), references: Sequence[str] = (),
    positive: str | None = None, positive_when: str | None = None, adverse: bool = False, margin: str | None = None,
    margins: Sequence[str] = (), intersect: bool = False, people: bool = False, min_cell: int | None = None,
    state: Path | None = None, cell_size: int | None = None, n_size: int | None = None, seed: int = 1,
    measures: Sequence[str] = (),
) -> Request:
    """Return the question, or raise TableError for options that contradict each other or would do nothing."""
    given = [(outcome, column) for outcome, column in outcomes.items() if column is not None]
    if len(given) != 1:
        raise TableError("exactly one of --decision, --score and --text is needed", fix="Name the column that holds the outcome.")
    outcome, column = given[0]
    if not groups:
        raise TableError("--group is needed", fix="Name the column that says which group a row belongs to.")
    request = Request(
        table=table, groups=tuple(groups), outcome=outcome, column=column, truth=truth, second=second, item=item, name=name, by=tuple(by),
        references=_references(references, groups), positive=positive, positive_when=positive_when, adverse=adverse, margin=margin,
        margins=_pairs(margins), intersect=intersect, min_cell=_min_cell(min_cell, people=people),
        state=state, cell_size=_size(cell_size, CELL_SIZE, "--cell-size", state), n_size=_size(n_size, N_SIZE, "--n-size", state), seed=seed,
        measures=_measures(measures, outcome),
    )
    _check_roles(request)
    _check_outcome(request)
    _check_names(request)
    return request


def _check_roles(r: Request) -> None:
    twice = next((c for c in r.columns if r.columns.count(c) > 1), None)
    if twice is not None:
        raise TableError(f"the column {one_line(twice, 60)!r} is named for two things", fix="Each option takes a column of its own.")
    if r.intersect and len(r.groups) == 1:
        raise TableError("--intersect crosses group columns, and there is only one", fix="Give --group twice.")
    crossed = CROSSED.join(r.groups)
    if r.intersect and crossed in r.groups:
        raise TableError(f"a column is named {one_line(crossed, 60)!r}, as the crossing would be", fix="Rename the column.")


def _check_outcome(r: Request) -> None:
    """An option that the outcome has no use for is refused, not ignored."""
    useless: dict[str, Mapping[str, str | bool | None]] = {
        "decision": {"--second-rater": r.second},
        "score": {"--positive": r.positive, "--positive-when": r.positive_when, "--adverse": r.adverse, "--state": bool(r.state)},
        "text": {
            "--positive": r.positive, "--positive-when": r.positive_when, "--adverse": r.adverse, "--truth": r.truth,
            "--second-rater": r.second, "--state": bool(r.state),
        },
    }
    for option, value in useless[r.outcome].items():
        if value:
            raise TableError(f"{option} has no meaning with --{r.outcome}", fix="Leave it out.")
    if r.second and not r.truth:
        raise TableError("--second-rater is another person's score beside --truth, which is missing", fix="Name the first rater's column with --truth.")
    if r.positive is not None and r.positive_when is not None:
        raise TableError("--positive and --positive-when exclude each other", fix="Give one of them.")
    if r.positive is not None and not r.positive.strip():
        raise TableError("--positive is empty", fix="Name the value that counts as selected.")
    if r.positive_when is not None:
        rule(r.positive_when)


def _check_names(r: Request) -> None:
    """A verdict that is to hold for other names too needs an interval that knows of them."""
    wrong = next((statistic for statistic in r.margins if statistic in _WITHOUT_NAMES), None)
    if r.name is not None and wrong is not None:
        raise TableError(
            f"--margin-for {wrong} cannot be judged with --name: its interval does not hold for other names",
            fix="Give the margin for a difference of rates or means.",
        )


def _measures(given: Sequence[str], outcome: OutcomeKind) -> tuple[str, ...]:
    """Return the measures of a text that were asked for; the basic ones otherwise."""
    if outcome != "text":
        if given:
            raise TableError(f"--measure has no meaning with --{outcome}", fix="Leave it out.")
        return ()
    known = [name for name, entry in MEASURES.items() if entry.outcome == "text" and entry.needs is None and entry.measure is not None]
    for name in given:
        if name not in known:
            raise TableError(f"--measure {one_line(name, 60)}: there is no such measure of a single text", fix=nearest(name, known))
    return tuple(dict.fromkeys(given)) or BASIC


def _size(given: int | None, otherwise: int, option: str, state: Path | None) -> int:
    if given is None:
        return otherwise
    if state is None:
        raise TableError(f"{option} has no meaning without --state", fix="Name the State's file, or leave it out.")
    if given < 1:
        raise TableError(f"{option} {given} is below 1")
    return given


def _min_cell(min_cell: int | None, *, people: bool) -> int | None:
    if min_cell is None:
        return SMALLEST_CELL if people else None
    if not people:
        raise TableError("--min-cell has no meaning without --people", fix="Add --people where rows are people.")
    if not _CELLS[0] <= min_cell <= _CELLS[1]:
        raise TableError(f"--min-cell {min_cell} is outside {_CELLS[0]} to {_CELLS[1]}")
    return min_cell


def _references(given: Sequence[str], groups: Sequence[str]) -> dict[str, str]:
    """Return column → reference value, from VALUE (one group column) or COLUMN=VALUE."""
    found: dict[str, str] = {}
    for one in given:
        column, value = _reference(one, groups)
        if column in found:
            raise TableError(f"--reference is given twice for {one_line(column, 60)!r}", fix="A group column has one reference.")
        found[column] = value
    return found


def _reference(one: str, groups: Sequence[str]) -> tuple[str, str]:
    named = [(g, one.removeprefix(f"{g}=")) for g in groups if one.startswith(f"{g}=")]
    if named:
        return max(named, key=lambda pair: len(pair[0]))
    if len(groups) == 1:
        return groups[0], one
    column, _, _ = one.partition("=")
    raise TableError(
        f"--reference {one_line(one, 60)!r} does not say of which group column", fix=f"Write COLUMN=VALUE. {nearest(column, groups)}"
    )


def _pairs(given: Collection[str]) -> dict[str, str]:
    """Return statistic → margin, from STATISTIC=X."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise TableError(f"--margin-for {one_line(one, 60)!r} is not STATISTIC=X", fix="For example selection_rate_difference=0.05.")
        if name.strip() in found:
            raise TableError(f"--margin-for is given twice for {one_line(name.strip(), 60)!r}")
        found[name.strip()] = value.strip()
    return found
