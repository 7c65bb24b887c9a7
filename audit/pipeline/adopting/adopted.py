"""An audit of others, taken over by a district: its own rules and answers over it, scored again as of today. The tool is not asked.

What the numbers are made of (fixtures, journal, judges) is copied as it is; what was worked out of it is worked out anew.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from audit import bundles, report, runs, scorecard
from audit.errors import BundleError, PlanError, RunFolderError
from audit.pipeline.adopting.changes import Side, came_again, differences, rules_changed
from audit.pipeline.adopting.localized import Local, Questions, documents_as_of, documents_with, policy_with, questions_with, sources_of
from audit.pipeline.adopting.origin import ADOPTED, first_margins, late_margins, margins_in_words, margins_of, origin_as_provenance
from audit.pipeline.bundling.withheld import FOLDER
from audit.pipeline.documents import Documents, about, kept, read_documents
from audit.pipeline.scored import Assessed, Material, assess_run, read_material
from audit.pipeline.verifying.again import is_as_fixed
from audit.pipeline.verifying.verdict import passed_on_in_words
from audit.pipeline.verifying.verified import passed_on
from audit.records import Results, Scorecard
from audit.records.adoption import AdoptedFrom, Adoption, ListedAs, LocalRules
from audit.records.listings import Signer
from audit.wording import one_line

_AS_IT_IS = ("journal.jsonl", "fixtures", "judge", FOLDER)
"""What the numbers are made of; the last stands in for texts that a bundle withholds."""
_NOT_FIXED = "That this audit's own margins and questions were fixed before the first call is not shown: its collection digest is another one."


class Source(Struct, frozen=True):
    """An audit to take over, opened. run: its folder; digest: its identity; signers: who signed it; listed: what a list says of the tool.

    passed_on: why texts in it that seem to hold personal data may be passed on, in words; empty where there are none.
    """

    run: Path
    digest: str
    kind: Literal["bundle", "run"]
    path: Path
    signers: tuple[Signer, ...] = ()
    listed: ListedAs | None = None
    passed_on: str = ""


class _Judged(Struct, frozen=True):
    """What an audit becomes with local rules over it, before anything is written."""

    found: Assessed
    table: dict[str, Any]
    moved: dict[str, str]
    origin: AdoptedFrom


@contextmanager
def open_source(
    path: Path, keys: Sequence[bundles.TrustedKey] | None, today: date, listed: ListedAs | None = None, digest: str = ""
) -> Iterator[Source]:
    """Open a bundle or a run folder to take over, every file of it checked.

    keys: a signature by one of them is needed; None: a signature has to be intact if there is one. listed, digest: what a list says of it.
    Raises BundleError: altered, another audit than the list says, not signed by a key that is trusted.
    """
    with bundles.open_audit(path) as opened:
        signers = tuple(opened.bundle.signatures(keys or (), today)) if opened.bundle else ()
        if opened.bundle and (altered := opened.bundle.altered()):
            raise BundleError(f"this bundle is not as its maker packed it ({one_line('; '.join(altered), 200)})", where=str(path), fix="Ask for it anew.")
        if digest and opened.digest != digest:
            raise BundleError(f"this is not the audit that the list names ({digest[:16]}…)", where=str(path), fix="Get the list and its audits again.")
        _check_signed(signers, keys, path)
        said = passed_on(opened.bundle) if opened.bundle else None
        yield Source(opened.run, opened.digest, opened.kind, path, signers, listed, passed_on_in_words(said) if said else "")


def _check_signed(signers: Sequence[Signer], keys: Sequence[bundles.TrustedKey] | None, path: Path) -> None:
    wrong = next((s for s in signers if s.standing == "wrong"), None)
    if wrong is not None:
        raise BundleError(f"its signature is not valid: {one_line(wrong.because, 200)}", where=str(path), fix="Ask its maker for the bundle again.")
    if keys is None:
        return
    good = {s.key for s in signers if s.standing == "trusted"}
    if not good:
        said = "; ".join(f"{one_line(s.name, 60)}: {s.standing}, {one_line(s.because, 120)}" for s in signers) or "it is not signed"
        raise BundleError(f"no key that you trust has signed it ({said})", where=str(path), fix="audit keys show lists the keys of both.")
    if all(key.role == "vendor" for key in keys if key.id in good):
        raise BundleError("only a vendor has signed it, and a vendor's own test cannot be taken over", where=str(path), fix="Run an audit of your own.")


def adopt(source: Source, local: Local, out: Path, today: date) -> Adoption:
    """Take an audit over into the run folder `out`, whole or not at all; one that was taken over before is made anew.

    Raises AuditError: a vendor's own test, not scored, a folder that holds something else, local files that do not fit, other margins over an
    adaptive design. Nothing in the audit runs.
    """
    _check_out(out, source)
    stated, results = _stated(source.run)
    material = read_material(source.run)
    _check_role(material, stated, source)
    questions = questions_with(material.lists, local)
    judged = _judge(source, local, material, questions, (stated, results), today)
    _write(source, local, judged, out)
    late = () if material.adopted or is_as_fixed(source.run, material) else (_NOT_FIXED,)
    return _told(source, judged, Side(stated, material.lists, material.policy), (*questions.notes, *late, *filter(None, (source.passed_on,))), out)


def _check_out(out: Path, source: Source) -> None:
    """Raise RunFolderError for a folder that holds something else than an audit taken over before."""
    inside = [a for a, b in ((out, source.path), (source.path, out)) if a.resolve().is_relative_to(b.resolve())]
    if inside:
        raise RunFolderError("the audit and the folder to write lie in one another", where=str(out), fix="Use another --out.")
    if out.exists() and not out.is_dir():
        raise RunFolderError("this is a file", where=str(out), fix="Use another --out.")
    if out.is_dir() and any(out.iterdir()) and not (out / ADOPTED).is_file():
        raise RunFolderError("this folder holds something that was not taken over", where=str(out), fix="Use another --out.")


def _stated(run: Path) -> tuple[Scorecard, Results]:
    for name in ("scorecard.json", "results.json"):
        if not (run / name).is_file():
            raise RunFolderError(f"there is no {name}: this audit has not been scored", where=str(run), fix="Ask for one that is.")
    return kept(run / "scorecard.json", Scorecard), kept(run / "results.json", Results)


def _check_role(material: Material, stated: Scorecard, source: Source) -> None:
    roles, origin = [material.plan.auditor.role, str(stated.auditor.get("role"))], material.adopted
    while origin is not None:
        roles, origin = [*roles, origin.role], origin.earlier
    if "vendor" in roles:
        raise BundleError(
            "this is a vendor's own test of its product, and nobody else's word makes it more", where=str(source.path),
            fix="Run an audit of your own, on texts that the vendor has not seen.",
        )


def _judge(source: Source, local: Local, material: Material, questions: Questions, stated: tuple[Scorecard, Results], today: date) -> _Judged:
    """Return everything as of today with local rules over it. What was measured is worked out from the journal."""
    lists, tool = questions.lists, material.plan.tool
    policy, table = policy_with(source.run, local, lists)
    if material.plan.design.adaptive and margins_of(policy) != first_margins(material.adopted, material.policy):
        raise PlanError(
            "this audit was asked until its margins settled each comparison, so it cannot be judged by others", where=str(local.policy),
            fix="Keep the audit's margins in your policy, or run an audit of your own.",
        )
    theirs, mine = documents_as_of(material.documents, lists, tool, today), Documents()
    if local.answers is not None:
        mine = read_documents(local.answers, local.evidence, lists, about(tool), today)
    documents, moved = documents_with(theirs, mine, local.organisation, lists)
    new_paths = {old: new for new, old in moved.items()}
    own = LocalRules(
        f"{policy.id} {policy.edition}" if local.policy is not None else "", questions.overlays, tuple(mine.answered.answers),
        tuple(sorted({new_paths.get(file.path, file.path) for file in mine.files.values()})),
    )
    origin = _origin(source, material, stated[0], today, own)
    auditor = msgspec.structs.replace(material.plan.auditor, organisation=local.organisation, role="district")
    found = assess_run(source.run, msgspec.structs.replace(
        material, plan=msgspec.structs.replace(material.plan, auditor=auditor), policy=policy, lists=lists, documents=documents, adopted=origin,
    ), today)
    origin = msgspec.structs.replace(origin, numbers=came_again(stated[1], found.results))
    card = msgspec.structs.replace(found.card, provenance=found.card.provenance | origin_as_provenance(origin, policy))
    return _Judged(msgspec.structs.replace(found, card=card), table, moved, origin)


def _origin(source: Source, material: Material, stated: Scorecard, today: date, own: LocalRules) -> AdoptedFrom:
    before, auditor = material.policy, material.plan.auditor
    return AdoptedFrom(
        "edtech-equity-audit/adopted/1", source.digest, source.kind, auditor.organisation, auditor.role, stated.as_of, stated.decision.status, f"{before.id} {before.edition}",
        first_margins(material.adopted, before), today.isoformat(), source.signers, local=own, listed=source.listed, earlier=material.adopted,
    )


def _write(source: Source, local: Local, judged: _Judged, out: Path) -> None:
    """Write the run folder beside its place, whole, and then put it there."""
    draft, material, card = out.with_name(f".{out.name}.part"), judged.found.material, judged.found.card
    shutil.rmtree(draft, ignore_errors=True)
    try:
        runs.write_inputs(draft, material.head.collection, _plan(material, local), judged.table, material.lists)
        _copy(source.run, draft)
        runs.write_json(draft / ADOPTED, judged.origin)
        runs.write_json(draft / "answers.json", material.documents.answered)
        runs.write_json(draft / "evidence.json", material.documents.files)
        if sources := sources_of(source.run, material.documents, local.evidence, judged.moved):
            runs.keep_files(draft / "evidence", sources)
        report.write_report(
            draft, card, judged.found.results, material.sets, judged.found.measurements, material.log.responses, material.plan.report.languages)
        runs.write_manifest(draft, {"design": material.plan.design.seed})
        shutil.rmtree(out, ignore_errors=True)
        draft.replace(out)
    except OSError as bad:
        raise RunFolderError(f"cannot be written: {bad.strerror or bad}", where=str(out)) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _plan(material: Material, local: Local) -> dict[str, Any]:
    """Return the audit's plan with the district in it. Its own files lie elsewhere, so what names them is left out."""
    written = material.plan.written
    section = {name: value for name, value in written.get("checklists", {}).items() if name not in ("answers", "evidence")}
    section["overlays"] = [*section.get("overlays", ()), *(Path(name).name for name in local.overlays)]
    changed: dict[str, Any] = dict(written) | {"auditor": {"organisation": local.organisation, "role": "district"}, "checklists": section}
    return changed | ({"policy": {"file": "policy.toml"}} if local.policy is not None else {})


def _copy(run: Path, draft: Path) -> None:
    """Copy what the numbers are made of, byte for byte. Raises RunFolderError for a link: it may lead anywhere."""
    for name in _AS_IT_IS:
        for path in [run / name, *(run / name).rglob("*")]:
            if path.is_symlink():
                raise RunFolderError(f"{one_line(path.name, 80)!r} is a link", where=str(run), fix="Put the file itself in its place.")
            target = draft / path.relative_to(run)
            if path.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)


def _told(source: Source, judged: _Judged, before: Side, notes: Sequence[str], out: Path) -> Adoption:
    card, origin, policy = judged.found.card, judged.origin, judged.found.material.policy
    after = Side(card, judged.found.material.lists, policy)
    same, every = origin.numbers
    said = [*notes, margins_in_words(late_margins(origin, policy))]
    if same != every:
        said.append(f"{every - same} of {every} measured differences are not as the audit states them. The numbers here are worked out from its replies: see audit verify.")
    if source.kind == "bundle" and not source.signers:
        said.append("nobody has signed this bundle: that it is whose it says, nobody has vouched for")
    return Adoption(
        one_line(card.tool["name"]), one_line(card.tool["version"]), str(out), origin, before.card.decision.status, card.decision.status,
        differences(before, after, origin.local), rules_changed(before.policy, policy), tuple(one for one in said if one),
        1 if same != every else scorecard.exit_code(card),
    )
