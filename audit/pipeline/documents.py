"""Answers and the files that they point at: read, checked by machine, and kept in the run folder."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit import checklists, evidence, runs
from audit.errors import ChecklistError
from audit.library import convert, inside, read_text
from audit.plan import Tool
from audit.records import EvidenceFile, Filed

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
    found: dict[str, EvidenceFile] = {}
    for name, where, must in _named(answered, lists):
        if name in found:
            continue
        path = inside(folder, name, ChecklistError, where) if folder is not None and len(name) <= _LONGEST_NAME else None
        if path is None or not path.is_file():
            if must or checklists.is_file_name(name):
                raise ChecklistError(
                    f"the evidence file {name!r} is not there", where=where,
                    fix=f"Put it into {folder}." if folder else 'Name its folder in the plan: [checklists] evidence = "evidence/".',
                )
            continue
        filed = answered.filed.get(name, Filed(file=name))
        check = evidence.inspect(path, today, filed.kind or None, partial(watch, name))
        if check.personal:
            first = next(p for p in check.problems if p.level == "personal")
            raise ChecklistError(
                f"the evidence file {name!r} seems to hold real people's data ({first.where}: {first.what}): it is refused and was not copied",
                where=where, fix=first.fix,
            )
        found[name] = checklists.registered(check, filed, whose.vendor, whose.version, today)
    return found


def _named(answered: checklists.Answered, lists: Sequence[checklists.Checklist]) -> Iterator[tuple[str, str, bool]]:
    """Yield (what is named, where, whether it must be a file)."""
    criteria = checklists.criteria_of(lists)
    for name, answer in answered.answers.items():
        for one in checklists.evidence_named(criteria[name], answer):
            if not one.startswith(("http://", "https://")):
                yield one, answer.where, criteria[name].answer == "file"
    for file, filed in answered.filed.items():
        yield file, filed.where, True


def _left(folder: Path | None, files: Mapping[str, EvidenceFile]) -> Iterator[str]:
    """Yield the files of the folder that no answer and no entry of the register names."""
    if folder is None or not folder.is_dir():
        return
    used = {(folder / name).resolve() for name in files}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(".") and path.resolve() not in used:
            yield path.relative_to(folder).as_posix()


def keep_documents(run: Path, documents: Documents, folder: Path | None) -> None:
    """Keep the answers, what was found in each file, and the files themselves: those that are not confidential and not too large."""
    runs.write_json(run / "answers.json", documents.answered)
    runs.write_json(run / "evidence.json", documents.files)
    kept = [name for name, file in documents.files.items() if not is_confidential(file) and file.check.size <= LARGEST_KEPT]
    runs.keep_files(run / "evidence", {name: inside(folder, name, ChecklistError, str(folder)) for name in kept if folder is not None})


def kept_documents(run: Path) -> Documents:
    """Return the documents that a run folder keeps."""
    files = kept(run / "evidence.json", dict[str, EvidenceFile]) if (run / "evidence.json").is_file() else {}
    return Documents(kept(run / "answers.json", checklists.Answered), files)


def kept(path: Path, kind: Any) -> Any:
    """Return what a JSON file of a run folder holds, as `kind`. Raises ChecklistError: damaged."""
    try:
        return convert(msgspec.json.decode(read_text(path, ChecklistError, "kept input")), kind, ChecklistError, str(path))
    except msgspec.DecodeError as bad:
        raise ChecklistError(f"damaged: {bad}", where=str(path)) from None


def is_confidential(file: EvidenceFile) -> bool:
    """Return whether the register says that a file is not to be passed on."""
    return file.filed.confidential.casefold() in ("yes", "true")
