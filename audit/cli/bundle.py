"""`bundle` and `verify`: an audit as one file, and everything in it recomputed."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.screen import Format, FormatOption, day_of, note, print_json, say, table, today

if TYPE_CHECKING:
    from audit.bundles import SigningKey
    from audit.records.listings import Signer
    from audit.records.verification import Bundled, Verification

_MOST_SHOWN = 20
_MEGABYTE = 1_000_000
Run = Annotated[Path, typer.Argument(metavar="RUN", help="a scored run folder", show_default=False)]
Bundle = Annotated[Path, typer.Argument(metavar="BUNDLE", help="a bundle, NAME.audit.zip", show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="where it goes; beside the run folder otherwise", show_default=False)]
Key = Annotated[Path | None, typer.Option("--key", metavar="KEY", help="sign it with this private key (audit keys make)", show_default=False)]
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="the day of the signature; the scorecard's otherwise", show_default=False)]
Withhold = Annotated[
    list[str] | None,
    typer.Option("--withhold", metavar="SET", help="a private fixture set whose texts stay at home, or all; may be given again", show_default=False),
]
Reason = Annotated[
    str, typer.Option("--personal-data-reason", metavar="WHY", help="why texts that seem to hold personal data may be passed on", show_default=False),
]
Keys = Annotated[Path | None, typer.Option("--keys", metavar="LIST", help="the list of trusted keys that a signature must be on", show_default=False)]
Fixtures = Annotated[
    Path | None,
    typer.Option("--fixtures", metavar="FOLDER", help="the owner's run folder, which opens what the bundle withholds", show_default=False),
]
Minutes = Annotated[float, typer.Option("--minutes", min=0.1, help="the longest that the recomputation may take")]


def bundle(
    run: Run, out: Out = None, key: Key = None, on: On = None, withhold: Withhold = None, personal_data_reason: Reason = "",
    format: FormatOption = Format.TEXT,
) -> None:
    """Write a scored run as one file with everything that a second party needs to recompute every number.

    Confidential evidence stays at home, as do the texts of sets that --withhold names; their SHA-256 or commitments go in. Secrets and
    personal data are looked for and refused. The same run gives the same bytes.
    """
    from audit.pipeline.bundling.bundled import bundle_run

    made = bundle_run(run, out, _key(key), day_of(on, "--on"), withhold or (), personal_data_reason)
    if format is Format.JSON:
        print_json(made)
    else:
        _print_bundled(made, run)


def verify(
    bundle: Bundle, keys: Keys = None, fixtures: Fixtures = None, minutes: Minutes = 60.0, format: FormatOption = Format.TEXT,
) -> None:
    """Check a bundle's hashes and signatures, and recompute every number and word of it from the journal. Offline; asks no tool.

    Exit code 0: everything holds. 1: a file was altered, something differs, or no trusted key signed it (with --keys). 2: no bundle. 3: it could not be recomputed.
    """
    from audit.bundles import read_keys
    from audit.pipeline.verifying.again import Limits
    from audit.pipeline.verifying.verdict import exit_code
    from audit.pipeline.verifying.verified import verify_bundle

    trusted = read_keys(keys) if keys else None
    found = verify_bundle(bundle, trusted, today(), fixtures, Limits(minutes))
    if format is Format.JSON:
        print_json(found)
    else:
        _print_verified(found)
    raise typer.Exit(exit_code(found))


def _key(path: Path | None) -> "SigningKey | None":
    from audit.bundles import load_signing_key

    return load_signing_key(path, os.environ.get("AUDIT_KEY_PASSPHRASE", "")) if path else None


def _print_bundled(made: "Bundled", run: Path) -> None:
    from audit.wording import one_line

    say(f"{made.bundle}")
    say(f"{made.files} files, {made.size / _MEGABYTE:.1f} MB; digest {made.digest}")
    say(f"Signed by {one_line(made.signed_by)}." if made.signed_by else "Not signed: whoever gets it can recompute it, and not see whose it is (--key).")
    for name, because in made.withheld.items():
        say(f"Kept back: {one_line(name)} ({because})")
    if made.sets:
        note(f"The salt that opens the commitments is {run / 'private' / 'salt'}: keep it, and show it only to those who may know the texts.")
    say(f"Next: audit verify {made.bundle}")


def _print_verified(found: "Verification") -> None:
    from audit.wording import one_line

    say(one_line(f"{found.tool.get('name', '')} {found.tool.get('version', '')}, audited by {found.auditor.get('organisation') or 'somebody unnamed'}, "
                 f"as of {found.as_of}: {found.decision.replace('_', ' ')}", 400))
    say(f"Digest: {found.digest}")
    for name in found.altered:
        say(f"Altered: {name}")
    for signer in found.signers:
        say(_signer(signer))
    if not found.signers:
        say("Signature: none")
    _print_versions(found)
    _print_differences(found)
    _print_parts(found)
    say()
    say(found.sentence)


def _signer(one: "Signer") -> str:
    from audit.wording import one_line

    return f"Signature: {one_line(one.name) or 'of nobody known'}, {one.standing.replace('_', ' ')}: {one_line(one.because, 300)}"


def _print_versions(found: "Verification") -> None:
    names = sorted(found.made_with.keys() | found.here_with.keys())
    if names:
        say("Versions that differ:")
        table(("", "there", "here"), [(name, found.made_with.get(name, "–"), found.here_with.get(name, "–")) for name in names])


def _print_differences(found: "Verification") -> None:
    from audit.pipeline.verifying.verdict import in_words

    if found.stopped:
        say(f"Not recomputed: {found.stopped}")
        return
    rounding = f", {found.rounding:,} of them but for rounding" if found.rounding else ""
    say(f"Compared: {found.compared:,} values; {found.compared - min(found.different, found.compared):,} are the same{rounding}.")
    for one in found.differences[:_MOST_SHOWN]:
        say(f"  {in_words(one)}")
    if found.different > _MOST_SHOWN:
        say(f"  and {found.different - min(_MOST_SHOWN, len(found.differences)):,} more (--format json shows the first 1,000)")


def _print_parts(found: "Verification") -> None:
    from audit.pipeline.verifying.verdict import passed_on_in_words

    for file in found.evidence:
        said = {"same": "checks as the audit says", "differs": "checks otherwise", "not_checked": "was not checked"}[file.outcome]
        say(f"Evidence: {file.file} {said}{f': {file.because}' if file.because else ''}")
    for part in found.shipped:
        if part.standing != "as_shipped":
            say(f"{part.what}, edition {part.edition}: {part.standing.replace('_', ' ')}{f' ({part.because})' if part.because else ''}")
    if found.passed_on is not None:
        say(passed_on_in_words(found.passed_on))
    if found.not_recomputed:
        say("Rests on its maker's word:")
        for one in found.not_recomputed:
            say(f"  {one.what}: {one.because}")
