"""`list` and `fixtures`: what there is, and what is in it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from audit.cli.screen import Format, FormatOption, note, print_json, say, table


class Kind(StrEnum):
    """What can be listed."""

    FIXTURES = "fixtures"
    CHECKLISTS = "checklists"
    OVERLAYS = "overlays"
    CROSSWALKS = "crosswalks"
    EVIDENCE = "evidence"
    ADAPTERS = "adapters"
    MEASURES = "measures"
    SCHEMAS = "schemas"


_REPEATS = 3
_BEFORE = 4
_SECRET_FROM = 10**19
fixtures = typer.Typer(no_args_is_help=True, help="Look at a fixture set, check it, or draw it larger and afresh.", rich_markup_mode=None)
Set = Annotated[str, typer.Argument(metavar="SET", help="a shipped set's name, or the folder of your own", show_default=False)]


def list_(
    kind: Annotated[Kind, typer.Argument(help="what to list", show_default=False)], format: FormatOption = Format.TEXT
) -> None:
    """List what there is: fixture sets, checklists, overlays, crosswalks, kinds of evidence, adapters, measures, or the JSON Schemas of the outputs."""
    if kind is Kind.SCHEMAS:
        from audit.schemas import schemas

        print_json(schemas())
        return
    rows = {
        Kind.FIXTURES: _fixture_rows, Kind.CHECKLISTS: _checklist_rows, Kind.OVERLAYS: _overlay_rows, Kind.CROSSWALKS: _crosswalk_rows,
        Kind.EVIDENCE: _evidence_rows, Kind.ADAPTERS: _adapter_rows, Kind.MEASURES: _measure_rows,
    }[kind]()
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
        rows.append({"name": head["id"], "use case": head.get("use_case", ""), "design": head["design"], "outcome": head["outcome"], "items": head.get("draw", {}).get("items", ""),
                     "attributes": ", ".join(dict.fromkeys([*(a for own in head.get("strata", {}).values() for a in own), *head.get("attributes", {})])),
                     "title": head["title"]})
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


def _overlay_rows() -> list[dict[str, object]]:
    from audit.errors import ChecklistError
    from audit.library import read_toml, shipped

    heads = [read_toml(path, ChecklistError, "overlay") for path in sorted((shipped("checklists") / "overlays").glob("*.toml"))]
    return [{"name": h["id"], "edition": h["edition"], "adds": len(h.get("add", [])), "tightens": len(h.get("tighten", [])), "retires": len(h.get("retire", [])),
             "title": h["title"]} for h in heads]


def _crosswalk_rows() -> list[dict[str, object]]:
    from audit.errors import ChecklistError
    from audit.library import read_toml, shipped

    heads = [read_toml(path, ChecklistError, "crosswalk") for path in sorted((shipped("checklists") / "crosswalks").glob("*.toml"))]
    return [{"name": h["id"], "references": len(h["entries"]), "as of": h["as_of"], "confidence": h["confidence"], "title": f"{h['title']}, {h['edition']}"} for h in heads]


def _evidence_rows() -> list[dict[str, object]]:
    from audit.evidence import CHECKERS

    return [{"name": name, "title": entry.title, "specification": entry.specification} for name, entry in CHECKERS.items()]


def _adapter_rows() -> list[dict[str, object]]:
    from audit.vendors import ADAPTERS

    return [{"name": name, "about": entry.about} for name, entry in ADAPTERS.items()]


def _measure_rows() -> list[dict[str, object]]:
    from audit.measures import MEASURES

    return [{"name": n, "outcome": e.outcome, "unit": e.unit, "about": e.about, "source": e.source, "cannot see": e.blind} for n, e in MEASURES.items()]


@fixtures.command()
def show(set: Set, format: FormatOption = Format.TEXT) -> None:
    """Show a set's card: what it is for, what it cannot show, how its guises differ, what it has the power to show, and examples."""
    from audit.fixtures import evidence, find_set, load_set, provenance
    from audit.forecast import gaps
    from audit.policy import read_policy

    folder = find_set(set, Path())
    loaded, found = load_set(folder), provenance(folder)
    items = {row.item for row in loaded.rows}
    power = gaps([loaded], read_policy(None)[0], _REPEATS)
    if format is Format.JSON:
        print_json({"set": loaded, "items": len(items), "probes": len(loaded.rows), "grows_to": found.capacity,
                    "strata": found.strata, "evidence": evidence(loaded), "power": power, "repeats": _REPEATS})
        return
    say(f"{loaded.title} ({loaded.id}, edition {loaded.edition}, {loaded.licence})")
    say(f"{loaded.design}, {loaded.outcome}: {len(items):,} base items, {len(loaded.rows):,} probes"
        + (f"; its templates give up to {found.capacity:,} base items" if found.capacity else "") + f". SHA-256 {loaded.digest}")
    for title, text in (("For", loaded.validity.intended_use), ("Cannot show", loaded.validity.cannot_show),
                        ("Not checked by people yet", loaded.validity.not_validated), ("Source", loaded.source)):
        if text:
            say(f"\n{title}: {text}")
    for name, file in found.strata.items():
        say(f"\nFrom {name}: {file.title}.\n  Source: {file.source}\n  Cannot show: {file.cannot_show}\n  Not checked by people yet: {file.not_validated}")
    for name, attribute in loaded.attributes.items():
        say(f"\n{attribute.title or name} ({name}), reference {attribute.reference or 'all others'}"
            + (f", control {', '.join(attribute.negative_controls)}" if attribute.negative_controls else "") + ":")
        example = next(row.item for row in loaded.rows if name in row.groups)
        shown = {row.groups[name]: row for row in reversed(loaded.rows) if name in row.groups and (row.item == example or loaded.design == "sampled")}
        table(("group", "title", "for example"), [(g, t, _example(loaded, name, shown, g)) for g, t in attribute.groups.items() if g in shown])
    say("")
    _say_evidence(evidence(loaded))
    say(f"\nPower as shipped, {_REPEATS} repeats, every attribute asked; the smallest gap found 4 times of 5 (share, or SD of the scores):")
    table(("attribute", "independent items", "smallest gap", "margin"),
          [(g.attribute, g.items, f"{g.low:.2f} to {g.high:.2f} {g.unit}", f"{g.margin:g}") for g in power])
    say("\nNo person has to take this on trust: `audit raters export` makes blinded sheets on which educators judge these texts.")


def _example(loaded: Any, name: str, shown: Mapping[str, Any], group: str) -> str:
    """Return what tells a guise: the word that stands for its group, or the start of where it leaves the reference."""
    from audit.fixtures.texts import text_of, words_of
    from audit.wording import one_line

    row = shown[group]
    if row.variant:
        return one_line(row.variant, 100)
    reference = shown.get(loaded.attributes[name].reference or "")
    words, base = words_of(text_of(row)), words_of(text_of(reference)) if reference is not None and reference is not row else []
    start = next((i for i, (one, other) in enumerate(zip(words, base, strict=False)) if one != other), 0)
    return one_line(("… " if start > _BEFORE else "") + " ".join(words[max(0, start - _BEFORE):]), 100)


def _say_evidence(found: Sequence[Any]) -> None:
    """Print what each group's texts are like, and the documented features that they show."""
    say("The texts, group by group, the signal itself taken out (reading grade: ARI; not in a word list: misspelled, or a name):")
    table(("attribute", "group", "probes", "words", "grade", "not in a word list", "words changed", "content kept", "truth"), [
        (e.attribute, e.group, e.rows, round(e.words, 1), round(e.reading_grade, 1), f"{100 * e.unknown:.1f}%", *(_percent(x) for x in (e.changed, e.kept)),
         "" if e.truth is None else f"{e.truth:.2f}") for e in found
    ])
    for e in found:
        if e.features:
            say(f"\n{e.group}: probes with each documented feature: " + ", ".join(f"{name} {n}" for name, n in e.features.items())
                + (f"; {e.plain} of {e.rows} show none" if e.plain else "") + ".")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f}%"


@fixtures.command()
def check(
    set: Set,
    sha256: Annotated[str | None, typer.Option(help="the hash that was published before the audit: is this that set?", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Find what is broken in a set: pairs, copies, signals, length, reading level, spelling, content, truth, personal data."""
    from audit.errors import FixtureError
    from audit.fixtures import check_set, evidence, find_set, load_set

    loaded = load_set(find_set(set, Path()))
    if sha256 is not None and sha256.strip().casefold() != loaded.digest:
        raise FixtureError(f"this set's SHA-256 is {loaded.digest}, not the one given", where=loaded.id, fix="It is another set, or was changed since.")
    problems, found = check_set(loaded), evidence(loaded)
    if format is Format.JSON:
        print_json({"set": loaded.id, "sha256": loaded.digest, "problems": problems, "evidence": found})
    else:
        _say_evidence(found)
        say("")
        for p in problems:
            say(f"{p.level}: {p.check}: {p.message}" + (f" ({', '.join(p.items)}{', …' if len(p.items) == 5 else ''})" if p.items else ""))  # noqa: PLR2004
        errors = sum(p.level == "error" for p in problems)
        say(f"{loaded.id}: {len(loaded.rows):,} probes, {errors} errors, {len(problems) - errors} warnings."
            + (" The SHA-256 is the one given." if sha256 else ""))
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
        note("Publish the hash before the audit and the set after it: `audit fixtures check DIR --sha256 HASH` then shows that it was the one used.")
        if seed < _SECRET_FROM:
            note("This seed is short enough to be guessed by trying. For a set that stays unseen, use one of 20 digits or more that nobody could guess.")
