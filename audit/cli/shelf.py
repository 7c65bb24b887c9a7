"""`list` and `fixtures`: what there is, and what is in it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.screen import Format, FormatOption, note, print_json, say, table


class Kind(StrEnum):
    """What can be listed."""

    FIXTURES = "fixtures"
    CHECKLISTS = "checklists"
    ADAPTERS = "adapters"
    MEASURES = "measures"
    SCHEMAS = "schemas"


fixtures = typer.Typer(no_args_is_help=True, help="Look at a fixture set, check it, or draw it larger and afresh.", rich_markup_mode=None)
Set = Annotated[str, typer.Argument(metavar="SET", help="a shipped set's name, or the folder of your own", show_default=False)]


def list_(
    kind: Annotated[Kind, typer.Argument(help="what to list", show_default=False)], format: FormatOption = Format.TEXT
) -> None:
    """List what there is: fixture sets, checklists, adapters, measures, or the JSON Schemas of the outputs."""
    if kind is Kind.SCHEMAS:
        from audit.schemas import schemas

        print_json(schemas())
        return
    rows = {Kind.FIXTURES: _fixture_rows, Kind.CHECKLISTS: _checklist_rows, Kind.ADAPTERS: _adapter_rows, Kind.MEASURES: _measure_rows}[kind]()
    if format is Format.JSON:
        print_json(rows)
    elif rows:
        table(tuple(rows[0]), [tuple(row.values()) for row in rows])


def _fixture_rows() -> list[dict[str, object]]:
    from audit.errors import FixtureError
    from audit.library import read_toml, shipped

    rows: list[dict[str, object]] = []
    for path in sorted(shipped("fixtures").glob("*/set.toml")):
        head = read_toml(path, FixtureError, "fixture set")
        rows.append({"name": head["id"], "design": head["design"], "outcome": head["outcome"], "items": head.get("draw", {}).get("items", ""),
                     "attributes": ", ".join(head["attributes"]), "title": head["title"]})
    return rows


def _checklist_rows() -> list[dict[str, object]]:
    from audit.errors import ChecklistError
    from audit.library import read_toml, shipped

    rows: list[dict[str, object]] = []
    for path in sorted(shipped("checklists").glob("*.toml")):
        head = read_toml(path, ChecklistError, "checklist")
        if "criteria" in head:
            rows.append({"name": head["id"], "edition": head["edition"], "criteria": len(head["criteria"]),
                         "required": sum(c["required"] for c in head["criteria"]), "title": head["title"]})
    return rows


def _adapter_rows() -> list[dict[str, object]]:
    from audit.vendors import ADAPTERS

    return [{"name": name, "about": entry.about} for name, entry in ADAPTERS.items()]


def _measure_rows() -> list[dict[str, object]]:
    from audit.measures import MEASURES

    return [{"name": n, "outcome": e.outcome, "unit": e.unit, "about": e.about, "source": e.source} for n, e in MEASURES.items()]


@fixtures.command()
def show(set: Set, format: FormatOption = Format.TEXT) -> None:
    """Show a set: what it is for, what it cannot show, its groups and some of its probes."""
    from audit.fixtures import find_set, load_set

    loaded = load_set(find_set(set, Path()))
    items = {row.item for row in loaded.rows}
    if format is Format.JSON:
        print_json({"set": loaded, "items": len(items), "probes": len(loaded.rows)})
        return
    say(f"{loaded.title} ({loaded.id}, edition {loaded.edition}, {loaded.licence})")
    say(f"{loaded.design}, {loaded.outcome}: {len(items)} base items, {len(loaded.rows)} probes. SHA-256 {loaded.digest}")
    for title, text in (("For", loaded.validity.intended_use), ("Cannot show", loaded.validity.cannot_show),
                        ("Not checked by people yet", loaded.validity.not_validated), ("Source", loaded.source)):
        if text:
            say(f"\n{title}: {text}")
    for name, attribute in loaded.attributes.items():
        say(f"\n{attribute.title or name} ({name}), reference {attribute.reference or 'all others'}:")
        example = next(row.item for row in loaded.rows if name in row.groups)
        shown = {row.groups[name]: row for row in reversed(loaded.rows) if name in row.groups and (row.item == example or loaded.design == "sampled")}
        table(("group", "title", "for example"), [(g, t, _example(shown[g].input)) for g, t in attribute.groups.items() if g in shown])


def _example(given: dict[str, object]) -> str:
    from audit.wording import one_line

    return one_line(" | ".join(str(value) for value in given.values()), 100)


@fixtures.command()
def check(set: Set, format: FormatOption = Format.TEXT) -> None:
    """Find what is broken in a set: pairs, copies, signals, length, reading level, truth, personal data."""
    from audit.fixtures import check_set, find_set, load_set

    loaded = load_set(find_set(set, Path()))
    problems = check_set(loaded)
    if format is Format.JSON:
        print_json({"set": loaded.id, "problems": problems})
    else:
        for p in problems:
            say(f"{p.level}: {p.check}: {p.message}" + (f" ({', '.join(p.items)}{', …' if len(p.items) == 5 else ''})" if p.items else ""))  # noqa: PLR2004
        errors = sum(p.level == "error" for p in problems)
        say(f"{loaded.id}: {len(loaded.rows)} probes, {errors} errors, {len(problems) - errors} warnings.")
    raise typer.Exit(1 if any(p.level == "error" for p in problems) else 0)


@fixtures.command()
def draw(
    set: Set,
    seed: Annotated[int, typer.Option(help="another seed gives other items; keep it secret to keep the set unseen", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="the folder to write; SET-drawn otherwise", show_default=False)] = None,
    items: Annotated[int | None, typer.Option(min=1, help="how many base items; as shipped otherwise", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Draw a set afresh from its templates: the same seed, the same rows."""
    from audit.errors import FixtureError
    from audit.fixtures import find_set, load_set, write_set

    folder = find_set(set, Path())
    out = out or Path(f"{folder.name}-drawn")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FixtureError("this folder is not empty", where=str(out), fix="Name a new one.")
    drawn = load_set(folder, seed=seed, items=items)
    write_set(drawn, out)
    number = len({row.item for row in drawn.rows})
    if format is Format.JSON:
        print_json({"set": drawn.id, "folder": str(out), "items": number, "probes": len(drawn.rows), "sha256": drawn.digest})
    else:
        say(f"{number} base items, {len(drawn.rows)} probes in {out}")
        say(f"SHA-256 {drawn.digest}")
        note("Publish the hash before the audit and the set after it: anyone can then check that it was the one used.")
