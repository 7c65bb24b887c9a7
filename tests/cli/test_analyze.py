"""`audit analyze` as a user runs it: text for people, JSON for programs, one line and code 2 for wrong input."""

import json
import re
from pathlib import Path

import jsonschema

from audit.schemas import schemas
from tests.analysis.tables import write
from tests.audits import audit


def rows(n=40, **rates):
    """Decisions without chance: in each group the first so many of n items are flagged."""
    return [{"essay": f"e{i}", "dialect": g, "verdict": "flag" if i < rates.get(g, 0.3) * n else "ok"} for i in range(n) for g in ("AAE", "SAE")]


DECISION = ("--group", "dialect", "--decision", "verdict", "--positive", "flag", "--item", "essay", "--reference", "SAE")


def test_json_is_the_results_and_nothing_else(tmp_path):
    done = audit("analyze", write(tmp_path / "t.csv", rows(AAE=0.8)), *DECISION, "--adverse", "--format", "json")
    assert (done.returncode, done.stderr) == (1, "")
    results = json.loads(done.stdout)
    jsonschema.validate(results, schemas()["results"])
    (gap,) = [d for d in results["disparities"] if d["statistic"] == "selection_rate_difference"]
    assert (results["schema"], gap["estimate"], gap["design"], gap["items"]) == ("edtech-equity-audit/results/1", 0.5, "matched", 40)


def test_text_says_the_margins_before_the_numbers_and_ends_in_sentences(tmp_path):
    done = audit("analyze", write(tmp_path / "t.csv", rows(AAE=0.8)), *DECISION, "--margin", "10%", "--out", tmp_path / "out")
    assert done.returncode == 1
    text = done.stdout
    assert text.index("selection_rate_difference: 10.0 percentage points") < text.index("80.0%")
    assert "the same items are seen in several groups (matched)" in text
    assert "dialect: a difference beyond the margin was measured for AAE." in text
    assert all(len(line) <= 100 for line in text.splitlines())
    assert f"Written to {tmp_path / 'out'}" in done.stderr


def test_a_label_cannot_drive_the_terminal(tmp_path):
    evil = "A\x1b[31m\u202e\nB"
    table = write(tmp_path / "t.jsonl", [{"g": g, "d": i % 2} for g in (evil, "C") for i in range(20)])
    for extra in ((), ("--reference", evil)):
        done = audit("analyze", table, "--group", "g", "--decision", "d", *extra)
        assert done.returncode == 3
        assert not {"\x1b", "\u202e"} & set(done.stdout)


def test_wrong_input_is_one_line_and_nothing_is_written(tmp_path):
    table = write(tmp_path / "t.csv", rows())
    for arguments in (
        (tmp_path / "none.csv", *DECISION), (table, *DECISION, "--by", "detector"), (table, "--group", "dialect", "--decision", "verdict"),
        (table, *DECISION, "--min-cell", "7"), (table, *DECISION, "--seed", "-1"), (table, "--decision", "verdict"),
        (table, *DECISION, "--margin-for", "selectoin_rate_ratio=0.8"),
    ):
        done = audit("analyze", *arguments, "--out", tmp_path / "out")
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


def test_the_guide_names_every_option_and_its_example_comes_out_as_it_says(tmp_path):
    guide = (Path(__file__).parents[2] / "docs" / "analyze.md").read_text(encoding="utf-8")
    for option in re.findall(r"^  (--[a-z-]+)", audit("analyze", "--help").stdout, re.MULTILINE):
        assert f"`{option}" in guide or option == "--help", option
    made = re.search(r"```python\n(.*?)```", guide, re.DOTALL)[1].replace('"essays.csv"', repr(str(tmp_path / "essays.csv")))
    exec(made, {})
    arguments = re.search(r"^audit (analyze essays.csv .*)$", guide, re.MULTILINE)[1].split()
    done = audit(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    printed = done.stdout.splitlines()
    assert printed[:3] == re.search(r"```\n(essays.csv: .*?)\n```", guide, re.DOTALL)[1].splitlines()
    for group in ("AAE    118    118        2  33.9%", "SAE    120    120        0  8.3%"):
        assert group in guide
        assert any(group in line for line in printed)
