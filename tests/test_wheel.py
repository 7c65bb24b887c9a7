"""The built wheel: what a district installs has the probes and the checklists inside."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(out.glob("*.whl"))) as wheel:
        wheel.extractall(out / "site")
    return out / "site"


def run(installed, *arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "audit", *arguments], cwd=cwd, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(installed), "PYTHONIOENCODING": "utf-8"},
    )


def test_the_installed_package_is_the_one_that_answers(installed, tmp_path):
    where = subprocess.run(
        [sys.executable, "-c", "import audit.library; print(audit.library.shipped('fixtures'))"], cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)}, capture_output=True, text=True, check=True,
    )
    assert Path(where.stdout.strip()) == installed / "audit" / "shipped" / "fixtures"


@pytest.mark.parametrize("kind", ["fixtures", "checklists"])
def test_the_wheel_lists_all_that_the_checkout_has(installed, tmp_path, kind):
    rows = json.loads(run(installed, "list", kind, "--format", "json", cwd=tmp_path).stdout)
    pattern = "*/set.toml" if kind == "fixtures" else "*.toml"
    here = {p.parent.name if kind == "fixtures" else p.stem for p in (ROOT / kind).glob(pattern)} - {"policy", "contradictions", "statuses"}
    assert {row["name"] for row in rows} == here


def test_an_audit_runs_from_the_wheel(installed, tmp_path):
    assert run(installed, "init", "new", "--use-case", "writing-feedback", "--adapter", "scripted", cwd=tmp_path).returncode == 0
    plan = tmp_path / "new" / "plan.toml"
    written = plan.read_text(encoding="utf-8").replace('answers = "decision"\nbase_rate = 0.2', 'answers = "score"\nmean = 0.0\nsd = 0.2\nscale = [-1, 1]')
    plan.write_text(written.replace("repeats = 3 ", "repeats = 1\nitems = 24\nattributes = [\"gender\"] "), encoding="utf-8")   # what is tried is the wheel: the numbers have tests of their own
    result = run(installed, "run", str(plan), cwd=tmp_path)
    assert result.returncode in (1, 3), result.stderr
    assert (tmp_path / "new" / "plan-run" / "scorecard.html").is_file()
