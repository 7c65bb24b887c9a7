"""An analysis as text for a specialist: what was read and tested together first, then the numbers, and one sentence each last."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audit.cli.analysis_tables import WIDTH, print_deciding, print_described
from audit.cli.screen import say
from audit.wording import amount, attribute_sentence, items_in_words, omnibus_sentence, one_line, safe

if TYPE_CHECKING:
    from audit.analysis import Analysis
    from audit.policy import Margin
    from audit.records import Disparity, GroupValue, Omnibus, TextDifference

_DESIGNS = {"matched": "the same items are seen in several groups (matched)", "sampled": "the groups hold different items (sampled)"}
By = tuple[tuple[str, str], ...]


def print_analysis(a: "Analysis") -> None:
    """Print what was read, what is tested together and the margins, the tables, notes, and a sentence for each attribute."""
    _print_read(a)
    _print_family(a)
    sections = _sections(a)
    for by, attribute in sections:
        say()
        say(_headline(by, attribute))
        _print_section(a, by, attribute)
        if len(sections) > 1:
            say()
            _print_sentences(a, by, attribute)
    if a.results.notes:
        say()
        say("Notes")
        for line in a.results.notes:
            _wrapped(f"- {safe(line)}", indent=2)
    say()
    say("In one sentence each")
    for by, attribute in sections:
        _print_sentences(a, by, attribute, last=True)
    _print_none_missing(a)


def _print_read(a: "Analysis") -> None:
    _wrapped(f"{one_line(a.request.table.name, 60)}: {_size(a)}. SHA-256 {a.sha256[:16]}…", indent=2)
    for line in a.read:
        _wrapped(f"  {safe(line)}", indent=4)
    for name, attribute in a.table.attributes.items():
        _wrapped(f"  {one_line(name, 60)}: {len(attribute.groups)} groups; {_DESIGNS[a.designs[name]]}", indent=4)
    if a.request.name is not None:
        names = f"{a.size.names:,} names" if a.size and a.size.names is not None else "the names"
        _wrapped(
            f"  {one_line(a.request.name, 60)}: {names} stand for the groups and are taken to be a sample of such names: "
            "what decides is to hold for other names too, and what one name alone does is no difference between groups", indent=4,
        )
    if a.request.state is not None:
        sizes = f"a group or comparison group below {a.request.cell_size} with the outcome or {a.request.n_size} enrolled"
        _wrapped(f"  {one_line(a.request.state.name, 60)}: the State's children; risk ratios as in 34 CFR 300.647, none for {sizes}", indent=4)


def _size(a: "Analysis") -> str:
    """Of people no number is said: less the groups' own, it would tell how few are missing."""
    if a.size is None:
        return "rows are people; how many, and how many outcomes are missing, is not shown beside the groups' own numbers"
    items = f"{a.size.items:,} items" if a.size.items is not None else "each an item of its own"
    missing = "no outcome is missing" if not a.size.missing else "1 outcome is missing" if a.size.missing == 1 else f"{a.size.missing:,} outcomes are missing"
    return f"{a.size.rows:,} rows, {items}; {missing}"


def _print_family(a: "Analysis") -> None:
    say()
    _wrapped(safe(a.results.family))
    say("Margins:")
    for name, margin in a.margins.items():
        _wrapped(f"  {name}: {_margin(margin)}. {safe(margin.source)}", indent=4)


def _margin(margin: "Margin") -> str:
    words = {"sd": f"{margin.value:g} SD", "ratio": f"{margin.value:g} to {1 / margin.value:.4g}"}
    return words.get(margin.unit) or amount(margin.value, margin.unit)


def _sections(a: "Analysis") -> list[tuple[By, str]]:
    return list(dict.fromkeys((tuple(d.by.items()), d.attribute) for d in (*a.results.disparities, *a.results.missingness)))


def _headline(by: By, attribute: str, measure: str = "") -> str:
    parts = [one_line(attribute, 60), *(f"{one_line(k, 30)} = {one_line(v, 40)}" for k, v in by), *([measure] if measure else [])]
    return " · ".join(parts)


def _print_section(a: "Analysis", by: By, attribute: str) -> None:
    """One value of `by` and one attribute: what decides, missing outcomes if there are any, what describes."""
    own = [d for d in a.results.disparities if (d.by, d.attribute) == (dict(by), attribute)]
    missing = [d for d in a.results.missingness if (d.by, d.attribute) == (dict(by), attribute)]
    groups: list[GroupValue] = [g for g in a.results.groups if (g.by, g.attribute) == (dict(by), attribute)]
    omnibus: list[Omnibus] = [o for o in a.results.omnibus if (o.by, o.attribute) == (dict(by), attribute)]
    deciding = [d for d in own if d.family == "confirmatory"]
    print_deciding(deciding, groups)
    _print_alike(a, deciding, omnibus)
    if any(d.missing != 0 and not d.suppressed for d in missing):
        print_deciding(missing, groups)
    print_described(own, groups, omnibus)
    _print_texts([d for d in a.results.texts if (d.by, d.attribute) == (dict(by), attribute)])


def _print_texts(compared: "Sequence[TextDifference]") -> None:
    """Whether the texts differ at all, and by which words."""
    if not compared:
        return
    say()
    say("  Do the texts differ at all? (a classifier two-sample test; it decides nothing)")
    for d in compared:
        _wrapped(safe(f"  {d.because}"), indent=4)
        if d.outcome == "differ":
            more, less = ([w.word for w in d.words if (w.z > 0) is side] for side in (True, False))
            _wrapped(safe(f"    more often: {', '.join(more) or 'no word'}; less often: {', '.join(less) or 'no word'}"), indent=6)


def _print_alike(a: "Analysis", deciding: "Sequence[Disparity]", omnibus: "Sequence[Omnibus]") -> None:
    """The answers to "are all groups alike?"; of two groups their comparison is the answer."""
    units = {(d.measure, d.statistic): d.unit for d in deciding}
    asked = [o for o in omnibus if (o.measure, o.statistic) in units and o.groups > 2]  # noqa: PLR2004 - of two groups
    questions = sum(o.p_adjusted is not None for o in a.results.omnibus)
    said = {(o.measure, o.statistic): omnibus_sentence(o, units[o.measure, o.statistic], questions, a.table) for o in asked}
    if any(said.values()):
        say()
    for (measure, statistic), sentence in said.items():
        what = measure if a.request.outcome == "text" else statistic
        if sentence:
            _wrapped(safe(f"  {what if len(said) > 1 else ''}{': ' if len(said) > 1 else ''}{sentence}"), indent=4)


def _print_sentences(a: "Analysis", by: By, attribute: str, *, last: bool = False) -> None:
    """A sentence for each measure, and one on missing outcomes where any is missing; at the end only where they are not within the margin."""
    own = [d for d in a.results.disparities if (d.by, d.attribute) == (dict(by), attribute)]
    missing = [d for d in a.results.missingness if (d.by, d.attribute) == (dict(by), attribute)]
    bullet = "- " if last else ""
    for measure in dict.fromkeys(d.measure for d in own):
        title = _headline(by, attribute, measure if a.request.outcome == "text" else "")
        _print_sentence(a, [d for d in own if d.measure == measure], attribute, bullet + title)
    if any(d.missing != 0 and (d.outcome != "within_margin" or not last) for d in missing):
        _print_sentence(a, missing, attribute, f"{bullet}{_headline(by, attribute)}, missing outcomes")


def _print_none_missing(a: "Analysis") -> None:
    """Why missing outcomes can be an open question where there are none."""
    few = [d for d in a.results.missingness if d.missing == 0 and d.outcome != "within_margin"]
    if few:
        needed = max((d.items_needed for d in few if d.items_needed), default=None)
        words = "" if needed is None else items_in_words(needed)
        size = f"fewer than {words} items" if words.startswith("about") else "too few items"
        _wrapped(f"- where no outcome is missing, groups with {size} cannot yet rule out a difference of {amount(few[0].margin or 0.0, 'share')}.", indent=2)


def _print_sentence(a: "Analysis", rows: "Sequence[Disparity]", attribute: str, title: str) -> None:
    from audit.verdicts import attribute_outcome

    _wrapped(safe(attribute_sentence(attribute_outcome(rows), rows, a.table, attribute, title=title)), indent=2)


def _wrapped(text: str, indent: int = 0) -> None:
    import textwrap

    for line in textwrap.wrap(text, WIDTH, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False):
        say(line)
