"""`reply`: a vendor's word on an audit of its tool, as a file that a list shows in full."""

from os import environ
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.screen import Format, FormatOption, print_json, say, today

Bundle = Annotated[Path, typer.Argument(metavar="BUNDLE", help="the bundle of the audit that is answered", show_default=False)]
By = Annotated[str, typer.Option(metavar="NAME", help="who answers: the vendor", show_default=False)]
Text = Annotated[Path, typer.Option(metavar="FILE", help="the answer: plain text, UTF-8, at most 10,000 characters", show_default=False)]
Out = Annotated[Path, typer.Option(metavar="FILE", help="the reply file to write, NAME.toml", show_default=False)]
On = Annotated[str, typer.Option(metavar="DATE", help="the day of the answer; today otherwise", show_default=False)]
Key = Annotated[Path | None, typer.Option(metavar="KEY", help="sign it: writes NAME.toml.dsse.json beside it", show_default=False)]


def reply(
    bundle: Bundle, by: By, text: Text, out: Out, lang: Annotated[str, typer.Option(metavar="LANG", help="the language of the text (BCP 47)")] = "en", on: On = "",
    key: Key = None, format: FormatOption = Format.TEXT,
) -> None:
    """Write a vendor's reply to an audit, tied to the bundle by its digest. A list shows it in full and unchanged, beside the audit.

    Send it to the publisher of the list, who adds it with `audit registry reply`. Exit code 2: no bundle, an empty or too long text.
    """
    from audit.bundles import load_signing_key, open_bundle
    from audit.registry.replying import make_reply, write_reply

    signer = None if key is None else load_signing_key(key, environ.get("AUDIT_KEY_PASSPHRASE", ""))
    with open_bundle(bundle) as opened:
        made = make_reply(opened.digest, by, text, lang, on or today().isoformat())
    written = write_reply(made, out, signer)
    if format is Format.JSON:
        print_json({"reply": made, "written": written})
        return
    say(f"To: {made.to}")
    for path in written:
        say(f"Written: {path}")
    say("Send it to the publisher of the list, who adds it: audit registry reply.")
