"""The words that carry a difference between the replies of two groups: a bar on each side."""

from collections.abc import Sequence

from audit.records import CarryingWord, FixtureSet, TextDifference
from audit.report.blocks import Figure
from audit.report.pictures.marks import group_words
from audit.report.pictures.svg import ALL_SAID, LINE, MOST_ROWS, SMALL, block, drawing, patterned, text, wrap
from audit.report.words import Words
from audit.wording import one_line, safe

_LEFT, _RIGHT, _LONGEST, _ROW = 290.0, 470.0, 220.0, 26
_LONGEST_WORD = 60


def words_figure(difference: TextDifference, fixture_set: FixtureSet, w: Words, title: str) -> Figure | None:
    """Return how many replies of each side hold each word, the most telling for the group first; None where no word does. At most 20."""
    words = sorted(difference.words, key=lambda word: (-word.z, word.word))
    if not words:
        return None
    clearest = sorted(words, key=lambda word: (-abs(word.z), word.word))[:MOST_ROWS]
    shown = [word for word in words if word in clearest][:MOST_ROWS]
    group, reference = (group_words(fixture_set, difference.attribute, name, {}, w) for name in (difference.group, difference.reference))
    if difference.by:
        group = group_words(fixture_set, difference.attribute, difference.group, difference.by, w)
    alt = _alt(words, group, reference, w)
    caption = f"{safe(title).rstrip('.')}. {w('Bars: how many replies hold the word.')}"
    return Figure(svg=_svg(shown, group, reference, alt, w, len(words)), alt=alt, caption=caption)


def _svg(words: Sequence[CarryingWord], group: str, reference: str, alt: str, w: Words, total: int) -> str:
    most = max(max(word.group, word.reference) for word in words) or 1
    heads = [wrap(name, _LEFT - 16, bold=True, most=3) for name in (reference, group)]
    top = 10 + LINE * max(len(h) for h in heads)
    parts = [block(_LEFT, 4 + LINE * len(heads[0]) / 2, heads[0], anchor="end", bold=True), block(_RIGHT, 4 + LINE * len(heads[1]) / 2, heads[1], bold=True)]
    for i, word in enumerate(words):
        y = top + _ROW * i + _ROW / 2
        left, right = (_LONGEST * max(count, 0) / most for count in (word.reference, word.group))
        parts += [
            block((_LEFT + _RIGHT) / 2, y, wrap(_shown(word), _RIGHT - _LEFT - 12, most=1), anchor="middle"),
            patterned(_LEFT - left, y - 7, left, 14, "axis", "striped"), patterned(_RIGHT, y - 7, right, 14, "side", "solid"),
            text(_LEFT - left - 6, y + 4, f"{word.reference:,}", "soft", size=SMALL, anchor="end"), text(_RIGHT + right + 6, y + 4, f"{word.group:,}", "soft", size=SMALL),
        ]
    end = top + _ROW * len(words) + 4
    if total > len(words):
        lines = wrap(w.plural("{n} more word is in the table.", "{n} more words are in the table.", total - len(words)), 700, SMALL)
        parts.append(block(0, end + LINE / 2, lines, "soft", size=SMALL))
        end += LINE * len(lines)
    return drawing(end + 4, alt, parts)


def _shown(word: CarryingWord) -> str:
    return one_line(word.word, _LONGEST_WORD)


def _alt(words: Sequence[CarryingWord], group: str, reference: str, w: Words) -> str:
    start = w("Words that replies for {group} and for {reference} hold unequally often.", group=group, reference=reference)
    said = [
        w("“{word}”: {group} replies for {name}, {reference} for {other}, in {items} items.", word=_shown(word), group=f"{word.group:,}", name=group,
          reference=f"{word.reference:,}", other=reference, items=f"{word.items:,}")
        for word in (words if len(words) <= ALL_SAID else sorted(words, key=lambda word: (-abs(word.z), word.word))[:3])
    ]
    if len(words) <= ALL_SAID:
        return " ".join([start, *said])
    listed = [w("More often for {name}: {words}.", name=name, words=", ".join(_shown(x) for x in words if (x.z > 0) is more))
              for name, more in ((group, True), (reference, False)) if any((x.z > 0) is more for x in words)]
    return " ".join([start, *listed, w("The clearest:"), *said, w("The table has all numbers.")])
