"""Which questions an audit would be asked today and was not asked then: our own catalogue, in its newest edition."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from audit.checklists import (
    Answered,
    Checklist,
    Profile,
    changes,
    criteria_of,
    load_checklists,
    off,
    profile_of,
    shipped_checklists,
    shipped_overlays,
)
from audit.plan import Tool
from audit.records import Answer, Scorecard


def newer_questions(card: Scorecard, lists: Sequence[Checklist] | None = None) -> dict[str, str]:
    """Return criterion → the edition in which it was added or changed since the audit asked, of the questions that apply to its tool.

    lists: the questions of today; our own, with the overlays that the audit used, where nobody gives others.
    """
    editions = {str(k): str(v) for k, v in _asked(card).items()}
    now = lists if lists is not None else _today(tuple(sorted(editions.keys() & _shipped()[0])), _overlays(editions))
    given = {
        f.criterion: Answer(f.answer, edition=editions[f.indicator].split("+")[0]) for f in card.findings
        if f.assurance != "measured" and f.indicator in editions
    }
    known, profile = criteria_of(now), _profile(card)
    return {
        change.criterion: change.edition for change in changes(now, Answered(answers=given))
        if change.change in ("added", "changed") and off(known[change.criterion], profile, given, known) is None
    }


def _asked(card: Scorecard) -> dict[str, str]:
    asked = card.provenance.get("checklists")
    return asked if isinstance(asked, dict) else {}


def _overlays(editions: dict[str, str]) -> tuple[str, ...]:
    """Return the shipped overlays that an audit's checklists name in their editions, such as `2026-11-22+us-ny 2026-10`."""
    named = {part.split(" ")[0] for edition in editions.values() for part in edition.split("+")[1:]}
    return tuple(sorted(named & _shipped()[1]))


@lru_cache
def _shipped() -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of our checklists and overlays: looking into their folder takes longer than an audit's questions do."""
    return frozenset(shipped_checklists()), frozenset(shipped_overlays())


@lru_cache(maxsize=32)
def _today(names: tuple[str, ...], overlays: tuple[str, ...]) -> list[Checklist]:
    return load_checklists(names, overlays, Path())


def _profile(card: Scorecard) -> Profile:
    """Return what the audit says of the tool; of one whose words are not ours nothing is known, so that every question applies."""
    try:
        return profile_of(msgspec.convert(card.tool, Tool))
    except msgspec.ValidationError:
        return Profile()


@lru_cache
def shipped_editions() -> str:
    """Return the editions of our own questions: another one changes which questions are new to an audit."""
    return " ".join(f"{one.id} {one.edition}" for one in _today(tuple(shipped_checklists()), ()))
