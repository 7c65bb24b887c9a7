"""What several audits of one tool show together (`merged.json` of `audit merge`), as much of it as everybody may read.

Answers, reasons and evidence of the audits stay out. A comparison is hidden where one audit hides a group of its attribute: from an average and
one audit's number another's could be worked out.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from audit.errors import RegistryError
from audit.library import convert, inside
from audit.records.listings import GapRow, Listing
from audit.records.merged import Disagreement, Merged, PooledGap
from audit.records.results import Disparity
from audit.registry.site.measured import Part, parts_of
from audit.registry.site.names import ENGLISH, listed, named
from audit.report.documents.parts import outcome_name
from audit.untrusted import bytes_of, json_of
from audit.wording import OTHERS, one_line

_LARGEST = 50_000_000
_MOST = 40


class Split(Struct, frozen=True):
    """A question on which the audits differ in the outcome: the outcome in words beside each audit's label."""

    question: str
    required: bool
    said: tuple[tuple[str, str], ...]


class Together(Struct, frozen=True):
    """Several audits together. alike: questions that came out alike; splits: those that did not, the first of `split`; left_out: whose numbers do not count, and why."""

    labels: tuple[str, ...]
    alike: int
    split: int
    splits: tuple[Split, ...]
    parts: tuple[Part, ...]
    differ: tuple[str, ...]
    left_out: tuple[str, ...]


def read_merged(folder: Path, listing: Listing) -> Merged | None:
    """Return what `listing.merged` names in the list's folder; None where it names nothing. Raises RegistryError: no merged.json."""
    if not listing.merged:
        return None
    path = inside(folder, listing.merged, RegistryError, listing.record.id)
    return convert(json_of(bytes_of(path, RegistryError, _LARGEST), str(path), RegistryError), Merged, RegistryError, str(path))


def together_of(merged: Merged | None, listing: Listing, small: int) -> Together | None:
    """Return what may be shown of it; None where it rests on an audit that is not on the page. small: base items below which a group is hidden."""
    known = {audit.digest for audit in listing.audits}
    if merged is None or not merged.audits or not {audit.digest for audit in merged.audits} <= known:
        return None
    split = [d for d in merged.disagreements if d.kind == "outcome"]
    shown = [g for g in merged.pooled if g.average.statistic != "missing_rate" or g.average.missing]
    hidden = _hidden(merged, listing, small)
    counted = [audit for audit in merged.audits if audit.counted]
    return Together(
        labels=tuple(_label(audit.label) for audit in counted), alike=merged.agreed, split=len(split), splits=tuple(_split(d) for d in split[:_MOST]),
        parts=parts_of([_row(g, merged, _words(listing), hidden) for g in shown]),
        differ=tuple(dict.fromkeys(_about(g.average, merged) for g in shown if g.differ and _key(g.average) not in hidden)),
        left_out=tuple(_left_out(merged)),
    )


def _label(label: str) -> str:
    return named(label, 80)


def _split(d: Disagreement) -> Split:
    said = tuple((_label(s.audit), "not asked" if s.outcome is None else outcome_name(s.outcome, ENGLISH).lower()) for s in d.said)
    return Split(one_line(d.question, 400), d.required, said)


def _left_out(merged: Merged) -> Iterator[str]:
    for audit in merged.audits:
        if not audit.counted:
            yield f"{_label(audit.label)}: {'the vendor tested its own product' if audit.vendor_test else one_line(audit.not_counted, 200)}"
    for one in merged.not_pooled:
        title = merged.titles.get(one.what, one.what)
        yield f"{named(title, 100)} ({listed([_label(a) for a in one.audits])}): {one_line(one.because, 300)}"


Key = tuple[str, str, str, str, str]


def _key(d: Disparity) -> Key:
    return d.set, d.attribute, d.measure, d.statistic, d.group


def _hidden(merged: Merged, listing: Listing, small: int) -> frozenset[Key]:
    """Return the comparisons not to show: too few base items, with the next smallest where that is one alone; attributes of which an audit hides a group."""
    secret = {row.attribute for audit in listing.audits for row in audit.measured if row.hidden}
    sizes: dict[tuple[str, ...], dict[Key, int]] = {}
    for g in merged.pooled:
        sizes.setdefault(_key(g.average)[:4], {})[_key(g.average)] = 0 if g.average.suppressed else g.average.items or 0
    found = {_key(g.average) for g in merged.pooled if _title(merged, g.average.set, g.average.attribute) in secret}
    for own in sizes.values():
        few = [key for key, size in own.items() if size < small]
        rest = sorted((size, key) for key, size in own.items() if size >= small)
        found |= {*few, *([rest[0][1]] if len(few) == 1 and rest else [])}
    return frozenset(found)


def _title(merged: Merged, *names: str) -> str:
    return merged.titles.get("/".join(names), names[-1])


def _group(merged: Merged, d: Disparity, group: str) -> str:
    return "all other groups together" if group == OTHERS else _title(merged, d.set, d.attribute, group).split(" (")[0]


def _about(d: Disparity, merged: Merged) -> str:
    return f"{named(_title(merged, d.set, d.attribute), 80)}: {named(_group(merged, d, d.group), 80)}"


def _words(listing: Listing) -> Mapping[tuple[str, str], str]:
    """Measure and statistic → what was counted, as the audits call it."""
    return {(row.measure, row.statistic): row.what for audit in listing.audits for row in audit.measured}


def _row(g: PooledGap, merged: Merged, words: Mapping[tuple[str, str], str], hidden: frozenset[Key]) -> GapRow:
    d = g.average
    away = _key(d) in hidden
    numbers = {name: None if away else getattr(d, name) for name in ("estimate", "low", "high", "low90", "high90", "margin")}
    return GapRow(
        set=_title(merged, d.set), attribute=_title(merged, d.set, d.attribute), group=_group(merged, d, d.group), reference=_group(merged, d, d.reference),
        measure=d.measure, statistic=d.statistic, unit=d.unit, outcome="not_assessed" if away else d.outcome, negative_control=d.negative_control, hidden=away,
        what=words.get((d.measure, d.statistic), ""), **numbers,
    )
