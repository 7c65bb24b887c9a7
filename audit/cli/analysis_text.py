"""An analysis as text for a specialist: what was read and tested together first, then the numbers, then the sentences."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from audit.cli.screen import say, table
from audit.wording import OTHERS, amount, one_line, safe, signed

if TYPE_CHECKING:
    from audit.analysis import Analysis
    from audit.policy import Margin
    from audit.records import Disparity, GroupValue

_WIDTH = 98
_LABEL = 24
_DIGITS = 1000
_DESIGNS = {"matched": "the same items are seen in several groups (matched)", "sampled": "the groups hold different items (sampled)"}
_VERDICTS = {
    "gap_found": "gap beyond the margin", "within_margin": "within the margin", "inconclusive": "not enough evidence",
    "not_assessed": "not assessed",
}


def print_analysis(a: "Analysis") -> None:
    """Print what was read, what is tested together and the margins, the tables, a sentence for each attribute, and notes."""
    _print_read(a)
    _print_family(a)
    for by, measure, attribute in _parts(a):
        own = [d for d in a.results.disparities if (d.by, d.measure, d.attribute) == (by, measure, attribute)]
        missing = [d for d in a.results.missingness if (d.by, d.measure, d.attribute) == (by, measure, attribute)]
        groups = [g for g in a.results.groups if (g.by, g.measure, g.attribute) == (by, measure, attribute)]
        say()
        say(_headline(a, by, measure, attribute))
        _print_deciding(a, [d for d in own if d.family == "confirmatory"], groups)
        if any(d.missing for d in missing):
            _print_deciding(a, missing, groups)
        _print_described(own, groups)
        _print_sentences(a, own, missing, attribute)
    if a.results.notes:
        say()
        say("Notes")
        for line in a.results.notes:
            _wrapped(f"- {safe(line)}", indent=2)


def _print_read(a: "Analysis") -> None:
    items = f"{a.items:,} items" if a.items is not None else "each an item of its own"
    count = "some" if a.request.min_cell is not None else f"{a.missing:,}"
    missing = f"{count} outcomes are missing" if a.missing else "no outcome is missing"
    _wrapped(f"{one_line(a.request.table.name, 60)}: {a.rows:,} rows, {items}; {missing}. SHA-256 {a.sha256[:16]}…", indent=2)
    for line in a.read:
        _wrapped(f"  {safe(line)}", indent=4)
    for name, attribute in a.table.attributes.items():
        _wrapped(f"  {one_line(name, 60)}: {len(attribute.groups)} groups; {_DESIGNS[a.designs[name]]}", indent=4)


def _print_family(a: "Analysis") -> None:
    say()
    _wrapped(safe(a.results.family))
    say("Margins:")
    for name, margin in a.margins.items():
        _wrapped(f"  {name}: {_margin(margin)}. {safe(margin.source)}", indent=4)


def _margin(margin: "Margin") -> str:
    words = {"sd": f"{margin.value:g} SD", "ratio": f"{margin.value:g} to {1 / margin.value:.4g}"}
    return words.get(margin.unit) or amount(margin.value, margin.unit)


def _parts(a: "Analysis") -> list[tuple[dict[str, str], str, str]]:
    found = {(tuple(d.by.items()), d.measure, d.attribute): None for d in (*a.results.disparities, *a.results.missingness)}
    return [(dict(by), measure, attribute) for by, measure, attribute in found]


def _headline(a: "Analysis", by: dict[str, str], measure: str, attribute: str) -> str:
    parts = [one_line(attribute, 60), *(f"{one_line(k, 30)} = {one_line(v, 40)}" for k, v in by.items())]
    return " · ".join([*parts, measure] if a.request.outcome == "text" else parts)


def _print_deciding(a: "Analysis", deciding: Sequence["Disparity"], groups: Sequence["GroupValue"]) -> None:
    """One table of the groups' own values for each statistic, then one of the comparisons with each reference."""
    for statistic, rows in groupby(deciding, key=lambda d: d.statistic):
        own = list(rows)
        _print_groups([g for g in groups if g.statistic == _of_group(statistic)], own[0].unit)
        for reference in dict.fromkeys(OTHERS if d.reference == OTHERS else d.reference for d in own):
            _print_comparisons(a, [d for d in own if d.reference == reference], reference)


def _of_group(statistic: str) -> str:
    return statistic.removesuffix("_difference").removesuffix("_ratio")


def _print_groups(values: Sequence["GroupValue"], unit: str) -> None:
    if not values:
        return
    short = _short([g.group for g in values])
    say()
    say(f"  {values[0].statistic}")
    _rows(("group", "n", "items", "missing", "value", "95% interval"), [
        (short[g.group], "hidden", "", "", "", "") if g.suppressed and g.value is None else
        (short[g.group], g.n, g.items, g.missing, _value(g.value, unit), _interval(g.low, g.high, unit)) for g in values
    ])


def _print_comparisons(a: "Analysis", own: Sequence["Disparity"], reference: str) -> None:
    short = _short([d.group for d in own])
    against = "all the others together" if reference == OTHERS else one_line(reference, 40)
    margin = f"; margin {amount(own[0].margin, own[0].unit)}" if own[0].margin is not None else ""
    say()
    say(f"  {own[0].statistic} against {against}{margin}")
    _rows(("group", "items", "estimate", f"{100 * own[0].level:.0f}% interval", "p adj.", "verdict"), [
        (short[d.group], d.items if d.items is not None else "hidden", _difference(d.estimate, d.unit), _range(d.low, d.high, d.unit), _p(d.p_adjusted), _verdict(d)) for d in own
    ])


def _verdict(d: "Disparity") -> str:
    words = _VERDICTS[d.outcome]
    if d.outcome == "gap_found":
        return f"{words}, for certain" if d.certain else words
    if d.outcome == "inconclusive" and d.items_needed:
        return f"{words} (needs {d.items_needed:,} items)"
    return f"{words}, a difference is there" if d.outcome == "within_margin" and d.detected else words


def _print_described(own: Sequence["Disparity"], groups: Sequence["GroupValue"]) -> None:
    """The groups' values in what only describes; its comparisons are in the JSON and the tables."""
    judged = {_of_group(d.statistic) for d in own if d.family == "confirmatory"} | {"missing_rate"}
    units = {_of_group(d.statistic): d.unit for d in own if d.unit != "ratio"}
    names = [s for s in dict.fromkeys(g.statistic for g in groups) if s not in judged]
    if not names:
        return
    cells = {(g.group, g.statistic): _value(g.value, units.get(g.statistic, "")) for g in groups}
    short = _short(list(dict.fromkeys(g.group for g in groups)))
    say()
    say("  Described, not judged (every comparison: --format json or --out)")
    for chunk in _fitting(names):
        _rows(("group", *chunk), [(label, *(cells.get((group, name), "") for name in chunk)) for group, label in short.items()])


def _fitting(names: Sequence[str]) -> list[list[str]]:
    chunks: list[list[str]] = [[]]
    for name in names:
        if chunks[-1] and _LABEL + sum(len(n) + 2 for n in (*chunks[-1], name)) > _WIDTH:
            chunks.append([])
        chunks[-1].append(name)
    return chunks


def _print_sentences(a: "Analysis", own: Sequence["Disparity"], missing: Sequence["Disparity"], attribute: str) -> None:
    from audit.verdicts import attribute_outcome
    from audit.wording import attribute_sentence

    say()
    for rows, start in ((own, ""), (missing, "Missing outcomes: ")):
        if rows:
            _wrapped(safe(start + attribute_sentence(attribute_outcome(rows), rows, a.table, attribute)))


def _short(labels: Iterable[str]) -> dict[str, str]:
    """Return label → what of it is printed: cut, but never so that two become the same."""
    names = list(dict.fromkeys(labels))
    for width in (_LABEL, 2 * _LABEL, 8 * _LABEL):
        short = {name: one_line(name, width) for name in names}
        if len(set(short.values())) == len(names):
            return short
    return {name: f"{one_line(name, _LABEL)} ({i})" for i, name in enumerate(names, 1)}


def _rows(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table([f"  {head[0]}", *head[1:]], [[f"  {row[0]}", *row[1:]] for row in rows])


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.1f}%" if unit == "share" else _plain(value)


def _plain(value: float) -> str:
    return f"{value:.3f}" if abs(value) < _DIGITS else f"{value:,.1f}"


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


def _wrapped(text: str, indent: int = 0) -> None:
    import textwrap

    for line in textwrap.wrap(text, _WIDTH, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False):
        say(line)
