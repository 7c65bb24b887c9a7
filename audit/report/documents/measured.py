"""What was measured, for the full report: each attribute's answer in a sentence, a picture and its table; texts that differ; missing replies."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from msgspec import Struct

from audit.records import CarryingWord, Disparity, FixtureSet, GroupValue, ReplyPair, Scorecard, TextDifference
from audit.report.blocks import Block, Heading, Inline, Paragraph, Runs, Soft, Table
from audit.report.documents.parts import (
    Sets,
    attribute_name,
    badge,
    count,
    difference,
    english,
    group_name,
    interval,
    percent,
    probability,
    runs,
    size,
    slug,
    unit_name,
    worst,
)
from audit.report.documents.sentences import alike_sentence, attribute_result, statistic_name, turns_sentence
from audit.report.words import Words
from audit.wording import OTHERS

_MOST_ROWS = 40
_MOST_PAIRS = 2
_MANY, _PICTURED = 30, 12
"""From so many panels on, pictures and each group's own values are shown for so many: those that tell most. A page has to fit a mail."""
_TELLING = ("gap_found", "inconclusive", "not_assessed", "within_margin")


Values = dict[tuple[str, str, str, str, str], list[GroupValue]]
"""Set, attribute, measure, statistic and `by` of a panel → each group's own value."""


class Panel(Struct, frozen=True):
    """One attribute of one set in one statistic, for one value of `by`: all its comparisons, of which there is at least one."""

    fixture_set: FixtureSet
    attribute: str
    rows: tuple[Disparity, ...]

    @property
    def against(self) -> tuple[Disparity, ...]:
        """The comparisons with the reference; where there is none, with all the others."""
        return tuple(d for d in self.rows if d.reference != OTHERS) or self.rows

    @property
    def others(self) -> tuple[Disparity, ...]:
        """The comparisons with all the others together, where there is a reference too."""
        return tuple(d for d in self.rows if d.reference == OTHERS) if self.against != self.rows else ()


def panels(disparities: Iterable[Disparity], sets: Sets) -> list[Panel]:
    """Return the deciding comparisons in panels, in the order of the sets and of their attributes."""
    found: dict[tuple[str, str, str, str, str], list[Disparity]] = {}
    for d in disparities:
        if d.family == "confirmatory" and d.set in sets and d.attribute in sets[d.set].attributes:
            found.setdefault((d.set, d.attribute, d.measure, d.statistic, str(sorted(d.by.items()))), []).append(d)
    place = {(s.id, a): (i, j) for i, s in enumerate(sets.values()) for j, a in enumerate(s.attributes)}
    keys = sorted(found, key=lambda key: place.get(key[:2], (len(sets), 0)))
    return [Panel(sets[key[0]], key[1], tuple(found[key])) for key in keys]


def panel_title(panel: Panel, w: Words) -> str:
    """Return a panel's heading: the attribute, what was counted and, where it was asked for each of several, for which."""
    first = panel.rows[0]
    slots = {"attribute": attribute_name(panel.fixture_set, panel.attribute, w), "what": statistic_name(first, panel.fixture_set, w)}
    if not first.by:
        return w("{attribute}: {what}", **slots)
    return w("{attribute}: {what} ({by})", by=", ".join(f"{k} {v}" for k, v in sorted(first.by.items())), **slots)


def measured_blocks(card: Scorecard, sets: Sets, w: Words, taken: set[str]) -> list[Block]:
    """Return the section "What was measured". taken: ids that the document has, to which this adds its own."""
    blocks: list[Block] = [Heading(2, w("What was measured"), slug("measured", taken))]
    if card.family:
        blocks.append(Paragraph((english(card.family, w),), "soft"))
    by_set = {name: list(own) for name, own in groupby(panels(card.disparities, sets), key=lambda p: p.fixture_set.id)}
    values, drawn = _by_panel(card.groups), pictured([p for own in by_set.values() for p in own])
    asked = sum(o.p_adjusted is not None for o in card.omnibus)
    for name, fixture_set in sets.items():
        texts = [d for d in card.texts if d.set == name]
        if name not in by_set and not texts:
            continue
        blocks.append(Heading(3, w.plain(fixture_set.title), slug(f"set-{name}", taken)))
        if fixture_set.turns:
            blocks.append(Paragraph((turns_sentence(fixture_set, w),)))
        for panel in by_set.get(name, []):
            blocks += _panel_blocks(card, panel, values if id(panel) in drawn else None, asked, w, taken)
        blocks += _texts(texts, fixture_set, w, taken)
    if len(drawn) < sum(map(len, by_set.values())):
        blocks.insert(1, Paragraph((w("Pictures are here for the {n} that tell most. All numbers are in the folder tables.", n=len(drawn)),), "soft"))
    if len(blocks) == 1:
        blocks.append(Paragraph((w("Nothing was measured in this audit."),)))
    return [*blocks, *_missing(card, sets, w, taken)]


def pictured(every: Sequence[Panel]) -> frozenset[int]:
    """Return which panels get pictures, by `id`: all, or of very many the gaps first, then what is open."""
    telling = sorted(every, key=lambda panel: _TELLING.index(worst(panel.rows)))
    return frozenset(map(id, telling if len(every) <= _MANY else telling[:_PICTURED]))


def _by_panel(groups: Iterable[GroupValue]) -> Values:
    found: Values = {}
    for g in groups:
        found.setdefault((g.set, g.attribute, g.measure, g.statistic, str(sorted(g.by.items()))), []).append(g)
    return found


def values_of(panel: Panel, values: Values) -> list[GroupValue]:
    """Return the groups' own values of a panel's statistic."""
    d = panel.rows[0]
    return values.get((d.set, d.attribute, d.measure, d.statistic.removesuffix("_difference"), str(sorted(d.by.items()))), [])


def _panel_blocks(
    card: Scorecard, panel: Panel, values: Values | None, asked: int, w: Words, taken: set[str]
) -> list[Block]:
    """Return one panel. values: None for one without pictures and without each group's own values."""
    from audit.report.pictures import intervals_figure, rates_figure

    title, first, own = panel_title(panel, w), panel.rows[0], panel.fixture_set
    blocks: list[Block | None] = [
        Heading(4, title, slug(f"{first.set}-{panel.attribute}", taken)),
        Paragraph(runs(*attribute_result(panel.rows, own, w)), "lead"),
        None if values is None else intervals_figure(panel.against, own, w, title),
        comparison_table(panel.against, own, w),
    ]
    if panel.others:
        against = group_name(own, panel.attribute, panel.against[0].reference, w)
        blocks += [Paragraph((w(
            "This table is pulled by the groups that differ most: the reference and the control move in it too. The sentence above rests on the table"
            " against {other}.", other=against),), "soft"), comparison_table(panel.others, own, w)]
    alike = [alike_sentence(o, first.unit, asked, own, w) for o in card.omnibus if _same(o, first)]
    blocks += [Paragraph((sentence,)) for sentence in alike if sentence]
    groups = values_of(panel, values or {})
    if groups:
        each = w("Each group by itself: {what}", what=statistic_name(first, own, w))
        blocks += [rates_figure(groups, own, first.unit, w, each), _values_table(groups, own, first.unit, each, w)]
    return [block for block in blocks if block is not None]


def _same(one: object, d: Disparity) -> bool:
    return all(getattr(one, name) == getattr(d, name) for name in ("set", "by", "measure", "attribute", "statistic"))


def comparison_table(rows: Sequence[Disparity], fixture_set: FixtureSet, w: Words) -> Table:
    """Return comparisons of one unit and reference as a table; of very many the first, with a word about the rest in its caption."""
    first = rows[0]
    against = group_name(fixture_set, first.attribute, first.reference, w)
    caption = w("Each group against {reference}", reference=against) if first.margin is None else w(
        "Each group against {reference}; margin {margin}", reference=against, margin=size(first.margin, first.unit, w))
    if len(rows) > _MOST_ROWS:
        caption = w("{caption} (the first {shown} of {all}; all are in tables/disparities.csv)", caption=caption, shown=_MOST_ROWS, all=len(rows))
    unit = unit_name(first.unit, w)
    head = w("Difference ({unit})", unit=unit) if unit else w("Value")
    return Table(
        caption=caption,
        head=(w("Group"), w("Verdict"), head, w("90% interval"), w("95%, all together"), w("p, adjusted"), w("Base items"), w("Missing replies")),
        rows=tuple(_comparison(d, fixture_set, w) for d in rows[:_MOST_ROWS]), numbers=(2, 3, 4, 5, 6, 7),
    )


def _comparison(d: Disparity, fixture_set: FixtureSet, w: Words) -> tuple[Runs, ...]:
    return (
        _who(d, fixture_set, w), (badge(d.outcome, w),), (difference(d.estimate, d.unit, w),), (interval(d.low90, d.high90, d.unit, w),),
        (interval(d.low, d.high, d.unit, w),), (probability(d.p_adjusted),), (count(d.items, w),), (count(d.missing, w),),
    )


def _who(d: Disparity | TextDifference, fixture_set: FixtureSet, w: Words) -> Runs:
    name = group_name(fixture_set, d.attribute, d.group, w)
    return runs(name, Soft(w("(control: should not matter)"))) if d.negative_control else (name,)


def _values_table(groups: Sequence[GroupValue], fixture_set: FixtureSet, unit: str, caption: str, w: Words) -> Table:
    named = unit_name(unit, w) if unit != "share" else w("percent")
    return Table(
        caption=caption, head=(w("Group"), w("Value ({unit})", unit=named) if named else w("Value"), w("95% interval"), w("Replies"), w("Missing")),
        rows=tuple(
            ((group_name(fixture_set, g.attribute, g.group, w),), (w("hidden") if g.suppressed else _own(g.value, unit, w),),
             (_own_interval(g, unit, w),), (count(g.n, w),), (count(g.missing, w),))
            for g in groups[:_MOST_ROWS]
        ), numbers=(1, 2, 3, 4),
    )


def _own(value: float | None, unit: str, w: Words) -> str:
    if value is None:
        return w("none")
    return f"{100 * value:.1f}" if unit == "share" else f"{value:.3g}"


def _own_interval(g: GroupValue, unit: str, w: Words) -> str:
    return "–" if g.low is None or g.high is None else w("{low} to {high}", low=_own(g.low, unit, w), high=_own(g.high, unit, w))


def _texts(texts: Sequence[TextDifference], fixture_set: FixtureSet, w: Words, taken: set[str]) -> list[Block]:
    blocks: list[Block] = []
    for attribute in dict.fromkeys(d.attribute for d in texts):
        own = [d for d in texts if d.attribute == attribute]
        title = w("{attribute}: do the replies differ at all?", attribute=attribute_name(fixture_set, attribute, w))
        blocks += [Heading(4, title, slug(f"{fixture_set.id}-texts-{attribute}", taken)), Paragraph((w(
            "The comparisons above count what we thought of. This asks whether there is any difference in wording. A classifier reads the"
            " replies to other items, with names and labels taken out. Then it says for two replies to the same item whose is whose. By"
            " chance it is right half of the time. It decides nothing by itself."),), "soft"), _texts_table(own, fixture_set, title, w)]
        for d in own:
            if d.outcome == "differ":
                blocks += _carried(d, fixture_set, w)
    return blocks


def _texts_table(own: Sequence[TextDifference], fixture_set: FixtureSet, title: str, w: Words) -> Table:
    return Table(
        caption=title,
        head=(w("Group"), w("Against"), w("Answer"), w("Pairs sorted rightly"), w("p, adjusted"), w("Distance: same prompt again"),
              w("Distance: two guises"), w("Base items")),
        rows=tuple(
            (_who(d, fixture_set, w), (group_name(fixture_set, d.attribute, d.reference, w),), (badge(d.outcome, w),), (percent(d.told_apart),),
             (probability(d.p_adjusted),), (_distance(d.between_repeats),), (_distance(d.between_guises),), (f"{d.items:,}",))
            for d in own[:_MOST_ROWS]
        ), numbers=(3, 4, 5, 6, 7),
    )


def _distance(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _carried(d: TextDifference, fixture_set: FixtureSet, w: Words) -> list[Block]:
    """Return the words that carry a difference, and real replies side by side, for people to judge."""
    from audit.report.pictures import words_figure

    sides = {"group": group_name(fixture_set, d.attribute, d.group, w), "other": group_name(fixture_set, d.attribute, d.reference, w)}
    title = w("Words that carry the difference between {group} and {other}", **sides)
    blocks: list[Block | None] = [
        Paragraph((w("The replies for {group} and {other} differ. Whether the difference matters is for people to judge, from the words and the replies.", **sides),)),
    ]
    if d.words:
        blocks += [words_figure(d, fixture_set, w, title), _words_table(d.words, title, sides, w)]
    blocks += [_pair(pair, sides, w) for pair in d.pairs[:_MOST_PAIRS]]
    return [block for block in blocks if block is not None]


def _words_table(words: Sequence[CarryingWord], title: str, sides: dict[str, str], w: Words) -> Table:
    ordered = sorted(words, key=lambda word: (-word.z, word.word))
    return Table(
        caption=title, head=(w("Word"), w("Times for {side}", side=sides["group"]), w("Times for {side}", side=sides["other"]), w("Base items with it")),
        rows=tuple(((o.word,), (f"{o.group:,}",), (f"{o.reference:,}",), (f"{o.items:,}",)) for o in ordered), numbers=(1, 2, 3),
    )


def _pair(pair: ReplyPair, sides: dict[str, str], w: Words) -> Table:
    caption = w("The two replies that are told apart most clearly (item {item})", item=pair.item) if pair.kind == "clearest" else w(
        "Two typical replies (item {item})", item=pair.item)
    return Table(
        caption=caption, head=(sides["group"], sides["other"]), rows=(((pair.group,), (pair.reference,)),), quoted=True,
    )


def _missing(card: Scorecard, sets: Sets, w: Words, taken: set[str]) -> list[Block]:
    """Return the replies that never came, and whether one group has more of them."""
    blocks: list[Block] = [Heading(3, w("Replies that never came"), slug("missing", taken))]
    lost, planned = card.provenance.get("missing"), card.provenance.get("planned")
    if not lost:
        return [*blocks, Paragraph((w("Every probe has a reply."),))]
    texts: list[Inline] = [w("{lost} of {planned} probes have no reply that could be read.", lost=lost, planned=planned)]
    reasons = [w("{reason}: {n} times.", reason=reason, n=times) for reason, times in card.provenance.get("missing_reasons") or ()]
    texts += [*reasons, w("A missing reply is not counted as zero. A tool that answers one group less often has a difference of its own.")]
    blocks.append(Paragraph(runs(*texts)))
    every = panels(card.missingness, sets)
    shown = pictured(every)
    for panel in (p for p in every if id(p) in shown):
        title = panel_title(panel, w)
        blocks += [
            Heading(4, w("{set}, {panel}", set=w.plain(panel.fixture_set.title), panel=title), slug(f"missing-{panel.rows[0].set}-{panel.attribute}", taken)),
            Paragraph(runs(*attribute_result(panel.rows, panel.fixture_set, w))),
            comparison_table(panel.against, panel.fixture_set, w),
        ]
    if len(shown) < len(every):
        blocks.append(Paragraph((w("These are the {n} that tell most. All numbers are in the folder tables.", n=len(shown)),), "soft"))
    return blocks
