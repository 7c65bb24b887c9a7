"""What a district puts over an audit that it takes over: overlays over its questions, a policy, and answers with their files."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit import checklists
from audit.errors import BundleError, ChecklistError
from audit.library import inside
from audit.pipeline.documents import LARGEST_KEPT, Documents, is_confidential
from audit.plan import INDICATORS, Tool
from audit.policy import Policy, check_criteria, read_policy
from audit.records import Answer, EvidenceFile
from audit.runs import sha256
from audit.wording import one_line

_LONGEST_NAME = 160
Sources = dict[str, tuple[Path, str]]
"""Path inside the evidence folder → (where the file lies now, its SHA-256)."""


class Local(Struct, frozen=True):
    """What a district gives. base: where its overlays are looked for; evidence: the folder of the files that its answers name."""

    organisation: str = ""
    overlays: tuple[str, ...] = ()
    base: Path = Path()
    policy: Path | None = None
    answers: Path | None = None
    evidence: Path | None = None


def name_of(organisation: str) -> str:
    """Return a name as it stands on every page. Raises BundleError: too long, or characters that cannot be seen or that turn the direction of writing."""
    plain = " ".join(organisation.split())
    if not plain.isprintable() or len(plain) > _LONGEST_NAME:
        raise BundleError(
            f"this is no name of 1 to {_LONGEST_NAME} characters that can be seen: {one_line(plain, 80)!r}", where="--organisation", fix="Type it anew, without copying it.",
        )
    return plain


class Questions(Struct, frozen=True):
    """An audit's questions with local overlays over them. overlays: id → edition of those that were put in; notes: why one was not."""

    lists: list[checklists.Checklist]
    overlays: dict[str, str]
    notes: tuple[str, ...]


def questions_with(given: Sequence[checklists.Checklist], local: Local) -> Questions:
    """Return an audit's own questions, as its overlays made them, with the local overlays over them.

    One that the audit used already, in the same edition, is left as it is. Raises ChecklistError: one that does not fit, or is there in another edition.
    """
    _check_questions(given)
    wanted = {one.id: one for one in (checklists.read_overlay(name, local.base) for name in local.overlays)}
    there = {name for name, overlay in wanted.items() if _is_in(overlay, given)}
    lists = checklists.overlaid(given, [one for name, one in wanted.items() if name not in there])
    return Questions(
        lists, {name: one.edition for name, one in wanted.items()},
        tuple(f"the overlay {name} {wanted[name].edition} is part of the audit already" for name in sorted(there)),
    )


def _check_questions(given: Sequence[checklists.Checklist]) -> None:
    """Raise ChecklistError for a question that is none: an audit of others may hold anything."""
    for one in given:
        for criterion in one.criteria:
            as_written = msgspec.structs.replace(criterion, edition="", set_by="")
            checklists.check_criterion(as_written, f"checklists/{one_line(one.id, 60)}.json")


def _is_in(overlay: checklists.Overlay, given: Sequence[checklists.Checklist]) -> bool:
    """Return whether the audit's questions hold an overlay already. Raises ChecklistError where they hold another edition of it."""
    held = {part.removeprefix(f"{overlay.id} ") for one in given for part in one.edition.split("+")[1:] if part.startswith(f"{overlay.id} ")}
    if held - {overlay.edition}:
        raise ChecklistError(
            f"the audit was made with the edition {one_line(', '.join(sorted(held)), 60)} of the overlay {overlay.id!r}, and this is {overlay.edition}",
            where=overlay.id, fix="Put what is new into an overlay with an id of its own.",
        )
    return bool(held)


def policy_with(run: Path, local: Local, lists: Sequence[checklists.Checklist]) -> tuple[Policy, dict[str, Any]]:
    """Return the policy that the audit is judged by, the district's where it gives one, and its table. Raises PlanError as `read_policy`, `check_criteria`."""
    if local.policy is None:
        return read_policy(run / "policy.toml")
    policy, table = read_policy(local.policy)
    every = [*lists, *checklists.load_checklists(INDICATORS, (), run)]
    check_criteria(policy, {c.id for one in every for c in one.criteria} | {r.id for one in every for r in one.retired}, str(local.policy))
    return policy, table


def documents_as_of(given: Documents, lists: Sequence[checklists.Checklist], tool: Tool, today: date) -> Documents:
    """Return the audit's documents with the register looked at anew: what ran out since counts as run out. Raises ChecklistError: an answer that is none."""
    known = checklists.criteria_of(lists)
    answers = {name: answer for name, answer in given.answered.answers.items() if name in known}
    retired = {name: answer for name, answer in given.answered.answers.items() if name not in known}
    for name, answer in answers.items():
        checklists.check_answer(known[name], answer, today)
    answered = msgspec.structs.replace(given.answered, answers=answers, retired=given.answered.retired | retired)
    return Documents(answered, {name: _as_of(file, tool, today) for name, file in given.files.items()}, given.left)


def _as_of(file: EvidenceFile, tool: Tool, today: date) -> EvidenceFile:
    check = file.check
    of_register = [p for p in check.problems if p.rule.startswith("register.")]
    bare = msgspec.structs.replace(
        check, problems=tuple(p for p in check.problems if p not in of_register),
        errors=check.errors - sum(p.level == "error" for p in of_register), warnings=check.warnings - sum(p.level == "warning" for p in of_register),
    )
    return msgspec.structs.replace(checklists.registered(bare, file.filed, tool.vendor, tool.version, today), path=file.path)


def documents_with(theirs: Documents, mine: Documents, organisation: str, lists: Sequence[checklists.Checklist]) -> tuple[Documents, dict[str, str]]:
    """Return the audit's documents with the district's over them, and new path → old path of its files that had to be renamed.

    A local answer takes the place of the audit's to the same question and says whose it is. Of two files of one name both are kept: the
    district's then lies under local/.
    """
    new_names, new_paths = _renamed(theirs, mine)
    said, whose = mine.answered, organisation or "the district"
    kinds = {name: criterion.answer for name, criterion in checklists.criteria_of(lists).items()}
    answers = {name: _marked(_renaming(one, new_names, is_file=kinds[name] == "file"), whose) for name, one in said.answers.items()}
    filed = {new_names.get(name, name): msgspec.structs.replace(one, file=new_names.get(name, name)) for name, one in said.filed.items()}
    files = dict(theirs.files)
    for name, file in mine.files.items():
        if new_names.get(name, name) not in files or name in said.filed:
            files[new_names.get(name, name)] = msgspec.structs.replace(file, path=new_paths.get(file.path, file.path))
    answered = checklists.Answered(
        theirs.answered.answers | answers, theirs.answered.filed | filed, tuple(dict.fromkeys((*theirs.answered.claims, *said.claims))),
        theirs.answered.retired | said.retired,
    )
    return Documents(answered, files, ()), {new: old for old, new in new_paths.items()}


def _renamed(theirs: Documents, mine: Documents) -> tuple[dict[str, str], dict[str, str]]:
    """Return old → new of names and of paths of the district's files whose place another file of the audit has."""
    taken = {key: file.check.sha256 for name, file in theirs.files.items() for key in (name.casefold(), file.path.casefold())}
    names, paths = dict[str, str](), dict[str, str]()
    for name, file in mine.files.items():
        if all(taken.get(key.casefold(), file.check.sha256) == file.check.sha256 for key in (name, file.path)):
            continue
        number = 1
        while (place := f"local{'' if number == 1 else f'-{number}'}/{file.path}").casefold() in taken:
            number += 1
        names[name], paths[file.path] = place, place
    return names, paths


def _renaming(answer: Answer, names: dict[str, str], *, is_file: bool) -> Answer:
    """Return an answer that names its files by their new names."""
    if is_file and not answer.evidence.strip():
        return msgspec.structs.replace(answer, answer=_lines(answer.answer, names))
    return msgspec.structs.replace(answer, evidence=_lines(answer.evidence, names))


def _lines(text: str, names: dict[str, str]) -> str:
    return "\n".join(names.get(line.strip().rstrip(";"), line) for line in text.splitlines()) if names else text


def _marked(answer: Answer, whose: str) -> Answer:
    """Return an answer that says whose it is."""
    by = answer.by.strip()
    return msgspec.structs.replace(answer, by=by if whose.casefold() in by.casefold() else f"{by}, {whose}" if by else whose)


def sources_of(run: Path, merged: Documents, folder: Path | None, moved: Mapping[str, str]) -> Sources:
    """Return the files that are kept, by their path in the evidence folder: the audit's that it holds, and the district's that may be passed on.

    moved: as `documents_with` returns it. Raises BundleError: a file of the audit that is not the one it names.
    """
    sources: Sources = {}
    for file in merged.files.values():
        if not file.path:
            continue
        held, digest = inside(run / "evidence", file.path, BundleError, str(run)), file.check.sha256
        mine = None if folder is None else inside(folder, moved.get(file.path, file.path), ChecklistError, str(folder))
        if held.is_file() and sha256(held) == digest:
            sources[file.path] = (held, digest)
        elif held.is_file():
            raise BundleError(f"the evidence file {one_line(file.path, 120)!r} is not the one that was looked at", where=str(run), fix="Ask for it anew.")
        elif mine is not None and mine.is_file() and sha256(mine) == digest and not is_confidential(file) and file.check.size <= LARGEST_KEPT:
            sources[file.path] = (mine, digest)
    return sources
