"""`fixtures import` and `fixtures map`: your own work samples as a fixture set."""

from pathlib import Path
from typing import Annotated

import typer

from audit.cli.screen import Format, FormatOption, note, print_json, say, table

_FIRST = 3


def import_(
    source: Annotated[Path, typer.Argument(metavar="TABLE", help=".csv, .xlsx, .tsv, .jsonl or .parquet, one row a work sample", show_default=False)],
    map: Annotated[
        str, typer.Option("--map", metavar="MAP", help="your map.toml, or a shipped map's name (audit fixtures map lists them)", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="the folder of the set to write", show_default=False)],
    format: FormatOption = Format.TEXT,
) -> None:
    """Make a fixture set of your own work samples: scored essays, messages, drafts, with the writers' groups."""
    from audit.samples import import_samples, told_lines
    from audit.wording import one_line, safe

    told = import_samples(source, map, out)
    if format is Format.JSON:
        print_json(told)
        return
    say(f"{told.items:,} items, {told.probes:,} probes of {told.rows_read:,} rows, {told.design}, in {out}")
    for attribute, groups in told.groups.items():
        say("")
        table((safe(attribute), "items"), [(safe(group), count) for group, count in groups.items()])
    say("")
    for line in told_lines(told):
        say(safe(line))
    for kind, items in told.personal_data.items():
        say(f"  {kind}: {', '.join(one_line(item, 40) for item in items[:_FIRST])}{', …' if len(items) > _FIRST else ''}")
    say(f"SHA-256 {told.sha256}")
    note(f"Next: audit fixtures check {out}, then name the folder under [design] fixtures of a plan.")


def map_(
    name: Annotated[str | None, typer.Argument(metavar="[MAP]", help="a shipped map's name; all are listed otherwise", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Print a shipped map, to use or to start your own from: audit fixtures map start > map.toml."""
    from audit.samples import map_text, shipped_maps

    if name is not None:
        text = map_text(name)
        print_json({"name": name, "text": text}) if format is Format.JSON else say(text.rstrip())
        return
    rows = [{"name": one, "about": map_text(one).splitlines()[0].lstrip("# ")} for one in shipped_maps()]
    if format is Format.JSON:
        print_json(rows)
    else:
        table(("name", "about"), [tuple(row.values()) for row in rows])
