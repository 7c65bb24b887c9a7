"""Answers and the files that they point at: read, checked by machine, and kept in the run folder."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit import checklists, evidence, runs
from audit.errors import ChecklistError
from audit.library import convert, inside, is_there, read_text
from audit.plan import Tool
from audit.records import EvidenceFile, Filed
from audit.untrusted import key_twice
from audit.wording import one_line

_LONGEST_NAME = 255
LARGEST_KEPT = 50_000_000
"""Bytes of an evidence file of which the run folder keeps a copy; of a larger one it keeps the SHA-256."""
Watch = Callable[[str, float], None]


class Documents(Struct, frozen=True):
    """What people said and supplied. files: by the name that answers give them; left: files in the folder that nobody names."""

    answered: checklists.Answered = checklists.Answered()
    files: dict[str, EvidenceFile] = {}
    left: tuple[str, ...] = ()


class About(Struct, frozen=True):
    """Whose documents they are: what a plan says of the tool; empty where there is no plan."""

    vendor: str = ""
    version: str = ""


def about(tool: Tool) -> About:
    """Return what documents are held against."""
    return About(tool.vendor, tool.version)


def read_documents(
    answers: Path, folder: Path | None, lists: Sequence[checklists.Checklist], whose: About, today: date, watch: Watch = lambda _name, _share: None
) -> Documents:
    """Return an answers file with its evidence, every file checked. watch: called with a file's name and the share done.

    Raises ChecklistError: as `checklists.read_answers`; a file that is not there; one that seems to hold real people's data.
    """
    answered = checklists.read_answers(answers, lists, today)
    return Documents(answered, files := _files(answered, folder, lists, whose, today, watch), tuple(_left(folder, files)))


def _files(
    answered: checklists.Answered, folder: Path | None, lists: Sequence[checklists.Checklist], whose: About, today: date, watch: Watch
) -> dict[str, EvidenceFile]:
    """Return name as given → file; spellings of one file share it, and its entry in the register."""
    found: dict[str, EvidenceFile] = {}
    register = {path: filed for name, filed in answered.filed.items() if (path := _path(folder, name, filed.where)) is not None}
    for name, where, must in _named(answered, lists):
        path = _path(folder, name, where)
        if path is None and (must or checklists.is_file_name(name)):
            raise ChecklistError(
                f"the evidence file {one_line(name, 120)!r} is not there", where=where,
                fix=(f"Put it into {folder}, and write only its name, with / between folders." if folder
                     else 'Name its folder in the plan: [checklists] evidence = "evidence/".'),
            )
        if path is None or name in found:
            continue
        same = next((file for file in found.values() if folder is not None and file.path == path), None)
        found[name] = same or _checked(folder, path, register.get(path, Filed(file=name)), where, whose, today, partial(watch, name))
    return found


def _path(folder: Path | None, name: str, where: str) -> str | None:
    """Return a file's path inside the folder, with forward slashes, whatever the spelling; None where there is no such file.

    Raises ChecklistError for the name of a file that lies outside.
    """
    if folder is None or len(name.encode("utf-8", "replace")) > _LONGEST_NAME:
        return None
    for spelled in dict.fromkeys((name, *(unicodedata.normalize(form, name) for form in ("NFC", "NFD")))):
        if checklists.is_file_name(name) or is_there(folder / spelled):
            path = inside(folder, spelled, ChecklistError, where)
            if is_there(path):
                return path.relative_to(folder.resolve()).as_posix()
    return None


def _checked(
    folder: Path | None, path: str, filed: Filed, where: str, whose: About, today: date, watch: Callable[[float], None]
) -> EvidenceFile:
    """Return one file as its checker finds it. Raises ChecklistError where it seems to hold real people's data."""
    check = evidence.inspect((folder or Path()) / path, today, filed.kind or None, watch)
    if check.personal:
        first = next(p for p in check.problems if p.level == "personal")
        raise ChecklistError(
            f"the evidence file {one_line(path, 120)!r} seems to hold real people's data ({first.where}: {first.what}): it is refused and was not copied",
            where=where, fix=first.fix,
        )
    return msgspec.structs.replace(checklists.registered(check, filed, whose.vendor, whose.version, today), path=path)


def _named(answered: checklists.Answered, lists: Sequence[checklists.Checklist]) -> Iterator[tuple[str, str, bool]]:
    """Yield (what is named, where, whether it must be a file)."""
    criteria = checklists.criteria_of(lists)
    for name, answer in answered.answers.items():
        for one in checklists.evidence_named(criteria[name], answer):
            if not one.casefold().startswith(("http://", "https://", "www.")):
                yield one, answer.where, criteria[name].answer == "file"
    for file, filed in answered.filed.items():
        yield file, filed.where, True


def _left(folder: Path | None, files: Mapping[str, EvidenceFile]) -> Iterator[str]:
    """Yield the files of the folder that no answer and no entry of the register names."""
    if folder is None or not folder.is_dir():
        return
    used = {(folder / file.path).resolve() for file in files.values()}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(".") and path.resolve() not in used:
            yield path.relative_to(folder).as_posix()


def keep_documents(run: Path, documents: Documents, folder: Path | None) -> None:
    """Keep the answers, what was found in each file, and the files themselves: those that are not confidential and not too large."""
    runs.write_json(run / "answers.json", documents.answered)
    runs.write_json(run / "evidence.json", documents.files)
    if folder is None:
        return
    files = {file.path: file.check for file in documents.files.values() if not is_confidential(file) and file.check.size <= LARGEST_KEPT}
    runs.keep_files(run / "evidence", {path: (inside(folder, path, ChecklistError, str(folder)), check.sha256) for path, check in files.items()})


def kept_documents(run: Path) -> Documents:
    """Return the documents that a run folder keeps."""
    files = kept(run / "evidence.json", dict[str, EvidenceFile]) if (run / "evidence.json").is_file() else {}
    return Documents(kept(run / "answers.json", checklists.Answered), files)


def kept(path: Path, kind: Any) -> Any:
    """Return what a JSON file of a run folder holds, as `kind`. Raises ChecklistError: damaged, or a key twice in one object."""
    text = read_text(path, ChecklistError, "kept input")
    if (twice := key_twice(text)) is not None:
        raise ChecklistError(f"the key {one_line(twice, 60)!r} appears twice in one object", where=str(path))
    try:
        return convert(msgspec.json.decode(text), kind, ChecklistError, str(path))
    except msgspec.DecodeError as bad:
        raise ChecklistError(f"damaged: {bad}", where=str(path)) from None


def is_confidential(file: EvidenceFile) -> bool:
    """Return whether the register says that a file is not to be passed on."""
    return file.filed.confidential.casefold() in ("yes", "true")
