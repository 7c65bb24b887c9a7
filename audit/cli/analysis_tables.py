"""The tables of an analysis: the groups' own values, the comparisons with their verdicts, and what only describes."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from audit.cli.screen import say, table
from audit.wording import OTHERS, amount, items_in_words, one_line, signed

if TYPE_CHECKING:
    from audit.records import Disparity, GroupValue, Omnibus

WIDTH = 98
_LABEL, _SHORTEST = 24, 10
_DIGITS = 1000
_HIDDEN = "hidden"
CROSSED = " × "
_VERDICTS = {
    "gap_found": "gap beyond the margin", "within_margin": "within the margin", "inconclusive": "not enough evidence",
    "not_assessed": "not assessed",
}
Rows = Sequence[Sequence[object]]


def print_deciding(deciding: "Sequence[Disparity]", groups: "Sequence[GroupValue]") -> None:
    """Print, for each statistic and measure, one table of the groups' own values and one of the comparisons with each reference."""
    several = len({d.measure for d in deciding}) > 1
    for measure, statistic in dict.fromkeys((d.measure, d.statistic) for d in deciding):
        own = [d for d in deciding if (d.measure, d.statistic) == (measure, statistic)]
        of = f" of {measure}" if several else ""
        _print_groups([g for g in groups if (g.measure, g.statistic) == (measure, of_group(statistic))], own[0].unit, of)
        for against in dict.fromkeys(d.reference for d in own):
            _print_comparisons([d for d in own if d.reference == against], of)


def of_group(statistic: str) -> str:
    """Return the groups' own statistic that a comparison is about."""
    return "mean" if statistic == "standardized_mean_difference" else statistic.removesuffix("_difference").removesuffix("_ratio")


def _print_groups(values: "Sequence[GroupValue]", unit: str, of: str) -> None:
    if not values:
        return
    say()
    say(f"  {values[0].statistic}{of}")
    _rows(("group", "n", "items", "missing", "value", "95% interval"), [
        (g.group, _count(g.n), _count(g.items), _count(g.missing), *_shown(g, unit)) for g in values
    ])


def _count(n: int | None) -> object:
    return _HIDDEN if n is None else n


def _shown(g: "GroupValue", unit: str) -> tuple[str, str]:
    """Return a group's value and its interval; of a hidden share the range that it lies in."""
    if not g.suppressed:
        return _value(g.value, unit), _interval(g.low, g.high, unit)
    return (_HIDDEN if g.low is None or g.high is None else f"{_bound(g.low)} to {_bound(g.high)}%, {_HIDDEN}"), "–"


def _bound(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")


def _print_comparisons(own: "Sequence[Disparity]", of: str) -> None:
    first = own[0]
    against = "all the others together" if first.reference == OTHERS else one_line(first.reference, 40)
    margin = f"; margin {_size(first.margin, first.unit)}" if first.margin is not None else ""
    say()
    say(f"  {first.statistic}{of} against {against}{margin}")
    _rows(("group", "items", "estimate", f"{100 * first.level:.0f}% interval", "p adj.", "verdict"), [(d.group, *_compared(d)) for d in own])


def _compared(d: "Disparity") -> tuple[object, ...]:
    if d.suppressed:
        return _count(d.items), _HIDDEN, "–", "–", "hidden: too few people"
    return _count(d.items), _difference(d.estimate, d.unit), _range(d.low, d.high, d.unit), _p(d.p_adjusted), _verdict(d)


def _size(margin: float, unit: str) -> str:
    return f"{margin:.3g} to {1 / margin:.3g}" if unit == "ratio" else amount(margin, unit)


def _verdict(d: "Disparity") -> str:
    words = _VERDICTS[d.outcome]
    if d.outcome == "gap_found":
        return f"{words}, for certain" if d.certain else words
    if d.outcome == "inconclusive" and d.items_needed:
        return f"{words}; needs {items_in_words(d.items_needed).removeprefix('about ')}"
    return f"{words}, a difference is there" if d.outcome == "within_margin" and d.detected else words


def print_described(own: "Sequence[Disparity]", groups: "Sequence[GroupValue]", omnibus: "Sequence[Omnibus]") -> None:
    """Print the groups' values in what only describes, and RSMTool's regressions; the comparisons are in the JSON and the tables."""
    judged = {of_group(d.statistic) for d in own if d.family == "confirmatory"} | {"missing_rate"}
    units = {of_group(d.statistic): d.unit for d in own if d.unit not in ("ratio", "sd")} | {"scoring_rate": "share"}
    names = list(dict.fromkeys(g.statistic for g in groups if g.statistic not in judged))
    models = [o for o in omnibus if o.p_cluster is not None or o.statistic in ("osa", "osd", "csd")]
    if not names and not models:
        return
    shut = [name for name in names if all(g.suppressed for g in groups if g.statistic == name)]
    cells = {(g.group, g.statistic): _HIDDEN if g.suppressed else _value(g.value, units.get(g.statistic, "")) for g in groups}
    labels = list(dict.fromkeys(g.group for g in groups))
    say()
    say("  Described, not judged (every comparison: --format json or --out)")
    for chunk in _fitting([name for name in names if name not in shut]):
        _rows(("group", *chunk), [(label, *(cells.get((label, name), "") for name in chunk)) for label in labels])
    if shut:
        say(f"  {_HIDDEN} in every group: {', '.join(shut)}")
    if models:
        _rows(("regression of all groups", "adjusted R²", "p, rows independent", "p, by item"), [
            (o.statistic, "–" if o.value is None else f"{o.value:.4f}", _p(o.p_value), _p(o.p_cluster)) for o in models
        ])


def _fitting(names: Sequence[str]) -> list[list[str]]:
    chunks: list[list[str]] = [[]] if names else []
    for name in names:
        if chunks[-1] and _LABEL + sum(len(n) + 2 for n in (*chunks[-1], name)) > WIDTH:
            chunks.append([])
        chunks[-1].append(name)
    return chunks


def _rows(head: Sequence[str], rows: Rows) -> None:
    """Print a table whose labels, the first column, are cut where that is needed for the width."""
    others = sum(2 + max(len(str(row[i])) for row in (head, *rows)) for i in range(1, len(head)))
    short = _short([str(row[0]) for row in rows], min(_LABEL, max(_SHORTEST, WIDTH - 2 - others)))
    table([f"  {head[0]}", *head[1:]], [[f"  {short[str(row[0])]}", *row[1:]] for row in rows])


def _short(labels: Iterable[str], least: int) -> dict[str, str]:
    """Return label → what of it is printed: cut, but never so that two become the same."""
    names = list(dict.fromkeys(labels))
    for width in (least, _LABEL, 2 * _LABEL, 8 * _LABEL):
        short = {name: _cut(name, width) for name in names}
        if len(set(short.values())) == len(names):
            return short
    return {name: f"{one_line(name, _LABEL)} ({i})" for i, name in enumerate(names, 1)}


def _cut(label: str, width: int) -> str:
    """Return a label within a width; of a crossing, a part of each group, the longest cut first."""
    parts = label.split(CROSSED)
    room = [len(part) for part in parts]
    while sum(room) > max(width - len(CROSSED) * (len(parts) - 1), 2 * len(parts)):
        room[room.index(max(room))] -= 1
    return CROSSED.join(one_line(part, most) for part, most in zip(parts, room, strict=True))


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.1f}%" if unit == "share" else f"{value:.3f}" if abs(value) < _DIGITS else f"{value:,.1f}"


def _interval(low: float | None, high: float | None, unit: str) -> str:
    return f"{_value(low, unit)} to {_value(high, unit)}" if low is not None or high is not None else "–"


def _difference(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if unit == "ratio" else signed(value, unit)


def _range(low: float | None, high: float | None, unit: str) -> str:
    if low is None and high is None:
        return "–"
    return " to ".join("open" if end is None else _difference(end, unit) for end in (low, high))


def _p(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
