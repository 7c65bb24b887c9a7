"""Documentation that cannot lie: what it names exists, and what exists is named."""

import re
import tomllib
from pathlib import Path

import pytest

from audit import runs
from audit.measures import MEASURES
from audit.policy import read_policy
from audit.vendors import ADAPTERS

ROOT = Path(__file__).parents[1]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("statistic", sorted(read_policy(None)[0].margins))
def test_every_statistic_with_a_margin_is_defined_in_the_pages(statistic):
    assert any(f"`{statistic}`" in read(f"docs/{page}.md") for page in ("method", "quantities"))


@pytest.mark.parametrize("adapter", sorted(ADAPTERS))
def test_every_adapter_is_in_the_readme(adapter):
    assert f"| `{adapter}` |" in read("README.md")


def test_every_file_that_the_pages_name_exists():
    for page in ("README.md", "CONTRIBUTING.md", "docs/method.md", "docs/quantities.md", "docs/analyze.md"):
        for name in re.findall(r"`((?:audit|tests|docs|checklists|benchmarks|fixtures)/[\w./-]+\.\w+)`", read(page)):
            assert (ROOT / name).exists(), f"{page} names {name}"


def test_every_link_between_pages_leads_somewhere():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_decision_pages_are_numbered_without_a_gap():
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(p.name[:4]) for p in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        assert page.read_text(encoding="utf-8").startswith(f"# {int(page.name[:4])}. ")


def test_every_measure_names_its_unit_and_its_source():
    assert all(entry.unit and entry.about and entry.source for entry in MEASURES.values())


def test_the_changelog_names_the_version():
    from audit import __version__

    assert f"## {__version__}" in read("CHANGELOG.md")


def test_every_dependency_is_pinned_with_hashes_and_no_address():
    text = read("constraints.txt")
    assert "://" not in text
    pins = re.findall(r"^([a-z0-9-]+)==\S+.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    project = tomllib.loads(read("pyproject.toml"))
    wanted = project["project"]["dependencies"] + project["project"]["optional-dependencies"]["demo"] + project["dependency-groups"]["dev"]
    names = {re.split(r"[><=\[; ]", one)[0].lower().replace("_", "-") for one in wanted}
    assert names <= set(pins)
    for block in re.split(r"^(?=\S)", text, flags=re.MULTILINE):
        assert not block.strip() or "--hash=sha256:" in block


def test_only_versions_of_what_is_installed_with_the_package_are_told():
    """A plain installation has no pandas and no fairlearn: to ask for their versions would stop every scoring there."""
    needed = {re.split(r"[<>=\[]", line)[0] for line in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]}
    assert set(runs.versions()) - {"edtech-equity-audit", "python"} <= needed
