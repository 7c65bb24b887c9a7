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
    assert "- dialect: a difference beyond the margin was measured for AAE. The largest: AAE against SAE: the" in printed
    for group in ("AAE    118    118        2  33.9%", "SAE    120    120        0  8.3%"):
        assert group in guide
        assert any(group in line for line in printed)


def test_the_output_ends_with_one_sentence_for_each_attribute_and_value_of_by(tmp_path):
    table = [row | {"grade": i % 3, "tool": t} for t in ("one", "two") for i, row in enumerate(rows(60, AAE=0.8))]
    done = audit("analyze", write(tmp_path / "t.csv", table), *DECISION[:-2], "--group", "grade", "--by", "tool", "--margin", "10%")
    head, _, end = done.stdout.partition("In one sentence each\n")
    starts = [line.split(":")[0] for line in end.splitlines() if line.startswith("- ")]
    assert starts[:4] == ["- dialect · tool = one", "- grade · tool = one", "- dialect · tool = two", "- grade · tool = two"]
    assert "All groups alike? p = " in head.split("grade · tool = one")[1]
    assert "such questions; largest minus smallest" in " ".join(head.split())
    assert all(len(line) <= 100 for line in done.stdout.splitlines())


def flags(**groups):
    """One row a person, the last of each group without an outcome: group=(people, flagged)."""
    return [{"g": g, "d": "yes" if i < k else "" if i == n - 1 else "no"} for g, (n, k) in groups.items() for i in range(n)]


def test_a_group_of_few_people_is_hidden_by_that_word(tmp_path):
    done = audit("analyze", write(tmp_path / "t.csv", flags(A=(200, 40), B=(100, 30), C=(300, 90), D=(6, 2))), "--group", "g", "--decision", "d", "--people")
    assert not re.search("None|606", done.stdout)
    assert "rows are people; how many, and how many outcomes are missing, is not shown" in " ".join(done.stdout.split())
    assert re.search(r"^  D +hidden +hidden +hidden +hidden", done.stdout, re.MULTILINE)
    assert "hidden: too few people" in done.stdout


def test_a_hidden_share_shows_the_range_that_it_lies_in(tmp_path):
    done = audit("analyze", write(tmp_path / "t.csv", flags(A=(200, 40), B=(100, 4), C=(300, 90))), "--group", "g", "--decision", "d", "--people")
    assert re.search(r"^  B +99 +99 +hidden +0 to 9\.1%, hidden", done.stdout, re.MULTILINE)  # 9/99


def test_texts_have_a_table_for_each_measure_and_their_sentences_last(tmp_path):
    table = [{"g": g, "t": "good work " * (1 + i % n)} for g, n in (("A", 3), ("B", 5), ("C", 6)) for i in range(40)]
    printed = audit("analyze", write(tmp_path / "t.csv", table), "--group", "g", "--text", "t").stdout
    last_table = max(printed.index("mean_difference of words"), printed.index("mean_difference of tone"))
    assert last_table < printed.index("In one sentence each") < printed.index("- g · words:") < printed.index("- g · tone:")


def test_names_and_the_states_children_are_explained(tmp_path):
    table = write(tmp_path / "t.csv", [{"g": g, "first": f"{g}{i % 5}", "d": i % 2} for g in "AB" for i in range(50)])
    (tmp_path / "state.csv").write_text("group,outcome,enrolled\nA,900,2000\nB,800,3000\n", encoding="utf-8")
    words = " ".join(audit("analyze", table, "--group", "g", "--decision", "d", "--name", "first", "--state", tmp_path / "state.csv").stdout.split())
    assert "first: 10 names stand for the groups and are taken to be a sample of such names: what decides is to hold for other names too" in words
    assert "state.csv: the State's children; risk ratios as in 34 CFR 300.647, none for a group or comparison group below 10" in words


def test_scores_with_two_people_name_rsmtools_regressions(tmp_path):
    table = [{"g": "ABC"[i % 3], "s": i % 7 / 2, "h": i % 5, "k": i % 4} for i in range(90)]
    printed = audit("analyze", write(tmp_path / "t.csv", table), "--group", "g", "--score", "s", "--truth", "h", "--second-rater", "k").stdout
    for name in ("osa", "osd", "csd"):
        assert re.search(rf"^  {name} +-?0\.\d{{4}} +[01]\.\d{{4}} +[01]\.\d{{4}}$", printed, re.MULTILINE)


def test_the_table_and_the_sentences_agree_on_the_items_needed(tmp_path):
    def printed(seen):
        rows = [{"g": g, "d": "flag" if i < n else "ok"} for g, n in (("A", seen), ("B", 100)) for i in range(1000)]
        return " ".join(audit("analyze", write(tmp_path / "t.csv", rows), "--group", "g", "--decision", "d", "--positive", "flag", "--reference", "B").stdout.split())

    near = printed(149)  # 0.1 percentage points below the margin
    assert "not enough evidence; needs more than 10,000" in near
    assert "It would take more than 10,000 items to settle it" in near
    (needed,) = re.findall(r"not enough evidence; needs ([\d,]+)", (further := printed(130)))
    assert f"It would take about {needed} items to settle it" in further


def test_of_people_a_margin_in_sd_has_three_digits(tmp_path):
    people = [{"g": "AB"[i % 2], "s": (i * 7919) % 1013 / 97} for i in range(300)]
    results = json.loads(audit("analyze", write(tmp_path / "t.csv", people), "--group", "g", "--score", "s", "--people", "--format", "json").stdout)
    open_to_all = json.loads(audit("analyze", tmp_path / "t.csv", "--group", "g", "--score", "s", "--format", "json").stdout)
    for hidden, full in zip(results["disparities"], open_to_all["disparities"], strict=True):
        if full["statistic"] == "mean_difference":
            assert hidden["margin"] == float(f"{full['margin']:.3g}") != full["margin"]
            assert hidden["standardized"] == float(f"{full['standardized']:.3g}") != full["standardized"]
