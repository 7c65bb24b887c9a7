"""Do the texts of a table differ at all? The table's rows as probes, for the classifier two-sample test."""

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np

from audit import disparity, twosample
from audit.analysis.counts import Counts
from audit.analysis.groups import Groups
from audit.analysis.parts import parts
from audit.analysis.request import Request
from audit.records import Design, FixtureSet, Probe, TextDifference


def compare_whole_texts(r: Request, counts: Counts, groups: Groups, designs: Mapping[str, Design], table: FixtureSet) -> tuple[TextDifference, ...]:
    """Return one answer for each group, attribute and value of `by`, adjusted together (Holm); nothing where the texts were not kept.

    A table does not say which words in a text only repeat the group: none are masked.
    """
    if counts.texts is None or r.min_cell is not None:
        return ()
    found = list(_compared(r, counts, groups, designs, table))
    return twosample.settled(found, disparity.holm([d.p_value for d in found if d.p_value is not None]), {table.id: table})


def _compared(r: Request, counts: Counts, groups: Groups, designs: Mapping[str, Design], table: FixtureSet) -> Iterator[TextDifference]:
    for by, part in parts(counts):
        rows = np.arange(len(counts.times)) if part is None else part
        for attribute, about in groups.attributes.items():
            one = msgspec.structs.replace(table, design=designs[attribute], attributes={attribute: about})
            probes, texts = _probes(counts, groups, attribute, rows, one)
            for d in twosample.compare_texts(one, probes, texts, seed=r.seed):
                yield msgspec.structs.replace(d, by=by)


def _probes(counts: Counts, groups: Groups, attribute: str, rows: np.ndarray, one: FixtureSet) -> tuple[list[Probe], dict[str, str]]:
    names, place = list(one.attributes[attribute].groups), groups.places[attribute]
    probes, texts = [], {}
    for row in rows.tolist():
        text = "" if counts.texts is None else str(counts.texts[row])
        if place[row] >= 0 and text.strip():
            item = str(row if counts.item is None else counts.item[row])
            probes.append(Probe(id=str(row), set=one.id, item=item, groups={attribute: names[place[row]]}, repeat=1, input={}, prompt=""))
            texts[str(row)] = text
    return probes, texts
