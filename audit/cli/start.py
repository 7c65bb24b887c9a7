"""`demo` and `init`: the first afternoon."""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.answers import from_here
from audit.cli.audits import score_and_print
from audit.cli.screen import Format, FormatOption, note, now, print_json, say, today
from audit.errors import RunFolderError

DEMOS = {
    "safety-filter": ("alt-profanity-check", "a safety filter for student messages"),
    "ai-writing-detector": ("lmscan", "an AI-writing detector"),
    "feedback-tone": ("vaderSentiment", "a scorer of the tone of feedback"),
}

_ITEMS_BY_HAND = {"matched": 20, "sampled": 60}
_MOST_BY_HAND = 120
"""Probes: about two hours of pasting."""


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="the folder to work in")] = Path("audit-demo"),
    format: FormatOption = Format.TEXT,
) -> None:
    """Run the whole main job, offline, on real AI tools that Python packages ship."""
    import asyncio

    from audit import pipeline
    from audit.cli.progress import progress

    if out.exists() and not out.is_dir():
        raise RunFolderError("this is a file, not a folder", where=str(out), fix="Use another --out.")
    out.mkdir(parents=True, exist_ok=True)
    codes, pages = [], []
    for name, (package, about) in DEMOS.items():
        installed = _installed(package)
        if installed is None:
            note(f"left out: {package} ({about}) is not installed; pip install 'edtech-equity-audit[demo]' brings it")
            continue
        plan = _demo_plan(name, installed, out)
        note(f"auditing {package} {installed}, {about}")
        prepared = pipeline.prepare(plan, os.environ, today())
        with progress() as shown:
            collected = asyncio.run(pipeline.collect_run(prepared, out / name, os.environ, now, shown.expect))
        codes.append(score_and_print(collected.run, Format.TEXT) if format is Format.TEXT else _quiet_score(collected.run))
        pages.append((out / name / "scorecard.html").resolve())
        if format is Format.TEXT:
            say()
    if format is Format.JSON:
        print_json({"scorecards": [str(page) for page in pages]})
    else:
        say("Open these in a browser:")
        for page in pages:
            say(f"  {page}")
    raise typer.Exit(1 if 1 in codes else max(codes, default=3))


def _quiet_score(run: Path) -> int:
    from audit import pipeline, scorecard

    return scorecard.exit_code(pipeline.score_run(run, today()))


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _demo_plan(name: str, installed: str, out: Path) -> Path:
    """Copy a demonstration's plan and answers into the folder, with the installed version in it."""
    source = Path(__file__).parent.parent / "demo"
    text = (source / f"{name}.toml").read_text(encoding="utf-8").replace("INSTALLED", installed)
    plan = out / f"{name}.toml"
    plan.write_text(text, encoding="utf-8", newline="\n")
    (out / "answers.toml").write_text((source / "answers.toml").read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
    return plan


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the folder to write into", show_default=False)],
    use_case: Annotated[str, typer.Option("--use-case", metavar="U", help="what the product is used for", show_default=False)],
    adapter: Annotated[str, typer.Option("--adapter", metavar="A", help="how it is reached (audit list adapters)")] = "transcript",
    overlay: Annotated[list[str] | None, typer.Option("--overlay", metavar="NAME", help="your state's questions (audit list overlays); may be given again", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Write a commented plan.toml, and an answers workbook to fill in."""
    from audit import checklists
    from audit.cli.starter import CONNECT, plan_text
    from audit.errors import PlanError
    from audit.library import nearest
    from audit.plan import INDICATORS

    if adapter not in CONNECT:
        raise PlanError(f"unknown adapter {adapter!r}", where="--adapter", fix=nearest(adapter, CONNECT))
    uses = _uses()
    if use_case not in uses:
        raise PlanError(f"unknown use case {use_case!r}", where="--use-case", fix=nearest(use_case, uses))
    for name in ("plan.toml", "answers.xlsx"):
        if (folder / name).exists():
            raise PlanError(f"there is a {name} already", where=str(folder), fix="Name a new folder, or move the file away.")
    states = [from_here(name) for name in overlay or ()]
    lists = checklists.load_checklists(INDICATORS, states, folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evidence").mkdir(exist_ok=True)
    sets, attribute, items = _by_hand(uses[use_case]) if adapter == "transcript" else (uses[use_case], None, None)
    text = plan_text(use_case=use_case, sets=sets, adapter=adapter, overlays=states, attribute=attribute, items=items)
    (folder / "plan.toml").write_text(text, encoding="utf-8", newline="\n")
    checklists.rewrite(folder / "answers.xlsx", lists, checklists.Tables())
    if format is Format.JSON:
        print_json({"plan": str(folder / "plan.toml"), "answers": str(folder / "answers.xlsx"), "evidence": str(folder / "evidence")})
        return
    say(f"{folder / 'plan.toml'}: edit it, then: audit check {folder / 'plan.toml'}")
    say(f"{folder / 'answers.xlsx'}: fill in what is known; what stays empty counts as not assessed")
    say(f"{folder / 'evidence'}: put the files here that the answers name")


def _by_hand(sets: list[str]) -> tuple[list[str], str, int]:
    """Return the set, the attribute and the base items that a person can paste in an afternoon: the most groups within 120 probes, else the fewest probes."""
    from audit.fixtures import find_set, load_set, narrow

    probes: dict[tuple[str, str], tuple[int, int, int]] = {}
    for name in sets:
        loaded = load_set(find_set(name, Path()))
        for attribute, about in loaded.attributes.items():
            items = _ITEMS_BY_HAND[loaded.design]
            probes[name, attribute] = len(narrow(loaded, items, 1, (attribute,)).rows), len(about.groups), items
    few = {key: groups for key, (n, groups, _) in probes.items() if n <= _MOST_BY_HAND}
    name, attribute = max(few, key=few.__getitem__) if few else min(probes, key=lambda key: probes[key][0])
    return [name], attribute, probes[name, attribute][2]


def _uses() -> dict[str, list[str]]:
    """Return use case → the shipped sets for it."""
    from audit.errors import FixtureError
    from audit.library import read_toml, shipped

    uses: dict[str, list[str]] = {}
    for path in sorted(shipped("fixtures").glob("*/set.toml")):
        head = read_toml(path, FixtureError, "fixture set")
        uses.setdefault(head["use_case"], []).append(head["id"])
    return uses
