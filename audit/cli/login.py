"""`login`: a window for a person to log in to a tool that has only a web page."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.screen import note, say
from audit.errors import Unfinished


def login(plan: Annotated[Path, typer.Argument(metavar="PLAN", help="the plan.toml, with adapter = \"browser\" and a profile", show_default=False)]) -> None:
    """Open a browser window, once, for a person to log in to a tool that has only a web page; the plan's profile keeps it."""
    from audit.plan import read_plan
    from audit.vendors import Site
    from audit.vendors.chromium.login import log_in, settings_of

    read = read_plan(plan, os.environ)
    settings = settings_of(read.connect, str(plan))
    site = Site(read.base, str(plan), (), read.connect.timeout, 1)
    try:
        asyncio.run(log_in(settings, site, note))
    except KeyboardInterrupt:
        raise Unfinished("stopped", fix="What the browser had kept by then stays in the profile.") from None
    say(f"Next: audit check {plan} --ping")
