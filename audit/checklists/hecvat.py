"""A HECVAT 4.1 workbook, as vendors fill it in: its answers by id, whatever the order of sheets and rows.

The questions' wording stays in the workbook (EDUCAUSE holds its copyright): only ids, answers and places are read.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from audit.checklists.forms import Box, ForeignAnswer, Said, Tab, gathered, tabs_of
from audit.checklists.rules import as_yes_no, is_not_applicable
from audit.errors import ChecklistError

_ID = re.compile(r"^[A-Z]{4}-\d{2}$")
_VERSION = re.compile(r"^version\s+v?(\d+(?:\.\d+)+)$", re.IGNORECASE)
_READ = re.compile(r"^4\.1(?:\.\d+)*$")
_OTHER_EDITION = re.compile(r"hecvat\W{0,5}(lite|on-?\s?prem\w*|triage)", re.IGNORECASE)
_TOP_ROWS = 5
_ANSWER, _NOTE, _ANALYST = "answer", "additional information", "compliant override"
_FIX = "Ask the vendor for the full HECVAT 4.1 (.xlsx), or read this form with a crosswalk of your own that has a [form]."

_ROUTES = {
    "REQU-01": ("AAAI", "APPL", "DATA", "DCTR", "FIDP", "HFIH", "VULN"),
    "REQU-02": ("ITAC",),
    "REQU-04": ("AIQU", "AIGN", "AIPL", "AISC", "AIML", "AILM", "DPAI"),
    "REQU-08": ("PRGN", "PCOM", "PDOC", "PTHP", "PCHG", "PDAT", "PRPO", "INTL", "DRPV", "DPAI"),
    "AIQU-01": ("AIML",),
    "AIQU-02": ("AILM",),
}
"""Gates, and the sections that a "no" to them closes. REQU-03, -05, -06, -07 close sections that nothing of ours asks about."""

_OVERRIDES = {
    "mark as compliant": "The institution marked this as compliant.",
    "mark as non-compliant": "The institution marked this as not compliant.",
}


class _Remark(NamedTuple):
    """What an institution's analyst set for one id."""

    ref: str
    words: str
    where: str


def read_hecvat(path: Path) -> tuple[str, list[ForeignAnswer]]:
    """Return the edition ("4.1.4") and the answers of a full HECVAT 4.1 workbook, in the order of the form.

    An id that stands on several sheets counts once. Questions that the form itself closes (no AI features, no interface, no cloud
    product, no personal data) come as "N/A" with that reason. What an institution's analyst set is told in the note and changes no
    answer. Ids left empty are left out. Raises ChecklistError: not a workbook, no HECVAT, another edition.
    """
    tabs = tabs_of(path, ChecklistError)
    version = _version(tabs, path)
    rows = [row for tab in tabs if _is_response(tab) for row in _said(tab)]
    if not rows:
        raise ChecklistError(f"no sheet of this HECVAT {version} has ids (such as DATA-03) beside a column Answer", where=str(path), fix=_FIX)
    given = {one.ref: one for one in gathered(rows)}
    answers = [one for ref in dict.fromkeys(row.ref for row in rows) if (one := _routed(ref, given)) is not None]
    return version, _with_remarks(answers, [remark for tab in tabs if _has(tab, _ANALYST) and not tab.hidden for remark in _remarks(tab)])


def _version(tabs: Sequence[Tab], path: Path) -> str:
    """Return the edition, from the first cell that says it: hidden sheets hold the text that the visible ones point at."""
    top = [text for tab in tabs for text in (tab.title, *(box.text for row in tab.rows[:_TOP_ROWS] for box in row.values()))]
    if not any("hecvat" in text.casefold() for text in top):
        raise ChecklistError("this is no HECVAT workbook", where=str(path), fix=_FIX)
    other = next((match[1] for text in top if (match := _OTHER_EDITION.search(text))), None)
    if other is not None:
        raise ChecklistError(f"this is another edition of HECVAT ({other}), not the full one", where=str(path), fix=_FIX)
    found = next((match[1] for tab in tabs for row in tab.rows for box in row.values() if (match := _VERSION.match(box.text))), None)
    if found is None or not _READ.match(found):
        which = f"of version {found}" if found else "that does not say its version"
        raise ChecklistError(f"this is a HECVAT {which}; version 4.1 is what can be read", where=str(path), fix=_FIX)
    return found


def _has(tab: Tab, header: str) -> bool:
    return _column(tab, header) is not None


def _column(tab: Tab, header: str) -> int | None:
    """Return the column (from 0) in which a header stands, in any row."""
    return next((i for row in tab.rows for i, box in row.items() if box.text.casefold() == header), None)


def _is_response(tab: Tab) -> bool:
    return not tab.hidden and _has(tab, _ANSWER) and not _has(tab, _ANALYST)


def _said(tab: Tab) -> Iterator[Said]:
    """Yield a response sheet's rows that have an id in column A."""
    answer, note = _column(tab, _ANSWER), _column(tab, _NOTE)
    assert answer is not None   # _is_response
    for row in tab.rows:
        ref = row.get(0, Box()).text
        if _ID.match(ref):
            yield Said(ref, row.get(answer, Box()), row.get(answer + 1 if note is None else note, Box()), tab.title)


def _routed(ref: str, given: dict[str, ForeignAnswer]) -> ForeignAnswer | None:
    """Return the answer to an id; where there is none and the form closed its section, that it does not apply, and why."""
    one = given.get(ref)
    if one is not None and (one.answer or one.problem):
        return one
    for gate, sections in _ROUTES.items():
        closed = given.get(gate)
        if closed is not None and not closed.problem and ref[:4] in sections and as_yes_no(closed.answer) == "no":
            because = f"The form closes this question, because {gate} is answered with no."
            return ForeignAnswer(ref, "N/A", f"{because} {one.note}" if one else because, f"{closed.where} ({gate})")
    return one


def _remarks(tab: Tab) -> Iterator[_Remark]:
    """Yield what the analyst set on an evaluation sheet. An id that cannot be read leaves `ref` empty."""
    columns = [_column(tab, name) for name in (_ANALYST, "importance override", "non-negotiable?")]
    for row in tab.rows:
        override, importance, firm = (row.get(-1 if i is None else i, Box()).text for i in columns)
        words = _OVERRIDES.get(override.casefold(), "")
        if importance and importance.casefold() != "importance override":
            words += f" The institution set its importance to: {importance}."
        if as_yes_no(firm) == "yes":
            words += " The institution marked this as non-negotiable."
        ref = row.get(0, Box())
        if words and (_ID.match(ref.text) or ref.problem):
            yield _Remark(ref.text, words.strip(), f"sheet {tab.title!r}, cell {ref.place}")


def _with_remarks(answers: Sequence[ForeignAnswer], remarks: Sequence[_Remark]) -> list[ForeignAnswer]:
    """Return the answers with the institution's remarks in their notes: never as a reason why something does not apply."""
    words: dict[str, str] = {}
    for remark in remarks:
        if remark.words not in words.get(remark.ref, ""):
            words[remark.ref] = f"{words.get(remark.ref, '')} {remark.words}".strip()
    told = [_remarked(one, words.pop(one.ref)) if one.ref in words else one for one in answers]
    lost = [ForeignAnswer("evaluation", r.words, "", r.where, f"{r.words} The question's id is a formula without a saved result.") for r in remarks if not r.ref]
    return told + lost + [ForeignAnswer(r.ref, "", words.pop(r.ref), r.where) for r in remarks if r.ref in words and r.ref]


def _remarked(one: ForeignAnswer, words: str) -> ForeignAnswer:
    if is_not_applicable(one.answer) and not one.note and not one.problem:
        return msgspec.structs.replace(one, problem=f"not applicable, and no reason is given. {words}")
    return msgspec.structs.replace(one, note=f"{one.note} {words}".strip())
