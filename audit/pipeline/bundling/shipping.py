"""Checklists, policy and fixture sets of a run beside those that ship here: an edition's name says nothing unless its content is the same."""

from collections.abc import Iterator
from pathlib import Path

from audit import checklists, fixtures
from audit.errors import AuditError
from audit.pipeline.scored import Material
from audit.policy import read_policy
from audit.records.verification import Standing
from audit.wording import one_line

_ALTERED = "it calls itself edition {edition}, and is not what ships here under that name"


def standings(material: Material) -> Iterator[Standing]:
    """Yield how each part of a run that could have shipped with the program stands to what ships here."""
    yield _policy(material)
    yield from _lists(material)
    yield from _sets(material)


def _policy(material: Material) -> Standing:
    name, edition = f"policy {_word(material.policy.id)}", _word(material.policy.edition)
    ours, _ = read_policy(None)
    if ours == material.policy:
        return Standing(name, edition, "as_shipped")
    if material.plan.policy.file:
        return Standing(name, edition, "own", "the auditor's own policy: read what it asks for")
    if (ours.id, ours.edition) == (material.policy.id, material.policy.edition):
        return Standing(name, edition, "altered", _ALTERED.format(edition=edition))
    return Standing(name, edition, "other_edition", f"here: {ours.edition}")


def _lists(material: Material) -> Iterator[Standing]:
    plan = material.plan
    try:
        ours = {one.id: one for one in checklists.load_checklists(plan.checklists.use, plan.checklists.overlays, Path("no-such-folder"))}
    except AuditError:
        ours = {}
    for one in material.lists:
        name, edition = f"checklist {_word(one.id)}", _word(one.edition)
        if one.id not in ours:
            yield Standing(name, edition, "own", "with an overlay of the auditor's own, or of another version")
        elif ours[one.id] == one:
            yield Standing(name, edition, "as_shipped")
        elif ours[one.id].edition == one.edition:
            yield Standing(name, edition, "altered", _ALTERED.format(edition=edition))
        else:
            yield Standing(name, edition, "other_edition", f"here: {ours[one.id].edition}")


def _sets(material: Material) -> Iterator[Standing]:
    shipped, design = set(fixtures.shipped_sets()), material.plan.design
    for name, one in material.sets.items():
        title, edition = f"fixture set {_word(name)}", _word(one.edition)
        if name not in shipped or name not in design.fixtures:
            yield Standing(title, edition, "own", "the auditor's own fixtures")
            continue
        try:
            ours = fixtures.narrow(fixtures.load_set(fixtures.find_set(name, Path())), design.items, design.seed, design.attributes)
        except AuditError:
            ours = None
        if ours is not None and ours.digest == one.digest:
            yield Standing(title, edition, "as_shipped")
        elif ours is not None and ours.edition == one.edition:
            yield Standing(title, edition, "altered", _ALTERED.format(edition=edition))
        else:
            yield Standing(title, edition, "other_edition", f"here: {ours.edition}" if ours is not None else "")


def _word(text: str) -> str:
    return one_line(text, 80)
