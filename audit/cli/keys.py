"""`keys`: make a key to sign with, say whose keys are trusted, sign a file."""

from enum import StrEnum
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.screen import Format, FormatOption, note, print_json, say, table, today

if TYPE_CHECKING:
    from audit.bundles import TrustedKey

keys = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make a key to sign with, say whose keys are trusted, sign a file.")


class KeyRole(StrEnum):
    """Whose key it is, in the words of the plan's [auditor]."""

    DISTRICT = "district"
    STATE = "state"
    VENDOR = "vendor"
    INDEPENDENT = "independent"


ListOption = Annotated[Path, typer.Option("--in", metavar="LIST", help="the list of trusted keys (TOML)", show_default=False)]
DayOption = Annotated[str | None, typer.Option("--on", metavar="DATE", help="the day, as 2026-11-21; today otherwise", show_default=False)]


@keys.command("make")
def make(
    name: Annotated[str, typer.Option("--name", help='whose key it is, such as "Lakeside Unified"', show_default=False)],
    out: Annotated[Path, typer.Option("--out", metavar="STEM", help="writes STEM.key, to keep, and STEM.pub.toml, to hand out", show_default=False)],
    role: Annotated[KeyRole, typer.Option("--role", help="who they are")] = KeyRole.DISTRICT,
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="signatures count from this day; without it, from any", show_default=False)] = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="signatures count until this day; without it, to any", show_default=False)] = "",
    format: FormatOption = Format.TEXT,
) -> None:
    """Make a key: one file to keep secret, one to hand out. Encrypted where the environment has AUDIT_KEY_PASSPHRASE."""
    from audit.bundles.editing import make_pair
    from audit.bundles.private import ENVIRONMENT

    passphrase = environ.get(ENVIRONMENT, "")
    key = make_pair(name, role.value, out, passphrase, since, until)
    if not passphrase:
        note(f"The private key is not encrypted; with a passphrase in {ENVIRONMENT} it would be.")
    if format is Format.JSON:
        print_json({"private": f"{out}.key", "public": f"{out}.pub.toml", "key": key})
        return
    say(f"{out}.key: keep it to yourself. Whoever has it can sign in this name.")
    say(f"{out}.pub.toml: hand it out to those who are to trust your signatures (audit keys trust).")
    say(f"Key id, to be compared over the telephone: {key.id}")


@keys.command("show")
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a key, a list of keys, a bundle, or a file with FILE.dsse.json beside it", show_default=False)],
    trusted: Annotated[Path | None, typer.Option("--keys", metavar="LIST", help="hold signatures against this list of trusted keys", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Show which keys a file holds and who signed it; never a secret.

    Exit code 0: shown. 1: a signature is wrong or, with --keys, not trusted. 2: there is no key and no signature.
    """
    from audit.bundles import read_keys
    from audit.bundles.private import ENVIRONMENT
    from audit.bundles.shown import look_at

    found = look_at(file, environ.get(ENVIRONMENT, ""), read_keys(trusted) if trusted else (), today())
    if format is Format.JSON:
        rows = [{"standing": _standing(key)[0], "key": key} for key in found.keys]
        print_json({"file": file, "kind": found.kind, "keys": rows, "signatures": found.signatures})
    else:
        _print(found.keys)
        _print_signatures([(s.standing, s.name, s.key, s.because) for s in found.signatures], unsigned=found.kind == "bundle")
    raise typer.Exit(1 if any(s.standing == "wrong" or (trusted and s.standing != "trusted") for s in found.signatures) else 0)


@keys.command("trust")
def trust(
    public: Annotated[list[Path], typer.Argument(metavar="PUB…", help="files .pub.toml, or lists of keys", show_default=False)],
    target: ListOption, format: FormatOption = Format.TEXT,
) -> None:
    """Add keys to a list of trusted keys; the list is made where there is none. Compare the key id with its owner first."""
    from audit.bundles import read_keys
    from audit.bundles.editing import trust as add

    new = add(target, [key for path in public for key in read_keys(path)])
    if format is Format.JSON:
        print_json({"list": target, "added": new})
        return
    say(f"{target}: {len(new)} added.")
    _print(new)


@keys.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="the key's id, or its first 8 characters or more", show_default=False)],
    target: ListOption,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="why, for all who read the list", show_default=False)],
    on: DayOption = None, format: FormatOption = Format.TEXT,
) -> None:
    """Mark a key as revoked: no signature of it counts any more, whatever day it claims. The key stays in the list."""
    from audit.bundles.editing import revoke as mark

    gone = mark(target, key, on or today().isoformat(), because)
    if format is Format.JSON:
        print_json({"list": target, "revoked": gone})
        return
    _print([gone])


@keys.command("sign")
def sign(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="any file, such as a vendor's reply", show_default=False)],
    key: Annotated[Path, typer.Option("--key", metavar="KEY", help="the private key; its passphrase is read from AUDIT_KEY_PASSPHRASE", show_default=False)],
    on: DayOption = None, format: FormatOption = Format.TEXT,
) -> None:
    """Sign a file: writes FILE.dsse.json beside it. A bundle is signed where it is made: audit bundle --key."""
    from audit.bundles import load_signing_key, sign_file
    from audit.bundles.private import ENVIRONMENT

    signer = load_signing_key(key, environ.get(ENVIRONMENT, ""))
    out = sign_file(file, signer, on or today().isoformat())
    if format is Format.JSON:
        print_json({"signature": out, "key": signer.public})
        return
    say(f"written: {out}")


def _standing(key: "TrustedKey") -> tuple[str, str]:
    """Return what a signature made today would be worth."""
    from audit.bundles.trusted import standing_of

    day = today().isoformat()
    return standing_of(key, day, day)


_WORDS = {"trusted": "in force", "expired": "expired", "revoked": "revoked", "not_yet": "not yet in force", "wrong": "not valid", "unknown": "not known"}


def _print(rows: "list[TrustedKey] | tuple[TrustedKey, ...]") -> None:
    from audit.wording import one_line

    if rows:
        table(("name", "role", "standing", "from", "until", "key id"), [
            (one_line(k.name), k.role, _WORDS[_standing(k)[0]], k.since or "–", k.until or "–", k.id) for k in rows
        ])
    for k in rows:
        if k.revoked:
            say(f"{k.id[:16]}… was revoked on {k.revoked}: {one_line(k.because, 400) or 'no reason is given'}.")


def _print_signatures(rows: list[tuple[str, str, str, str]], *, unsigned: bool) -> None:
    from audit.wording import one_line

    if not rows and unsigned:
        say("This bundle is not signed.")
    for standing, name, key, because in rows:
        word = "trusted" if standing == "trusted" else _WORDS[standing]
        say(f"Signed by {one_line(name) or 'nobody that is known'} (key {one_line(key) or 'not named'}): {word}; {one_line(because, 400)}.")
