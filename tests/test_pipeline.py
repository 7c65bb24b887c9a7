"""The whole path, from a plan to a scorecard, on stand-ins with a planted gap."""

import hashlib
import json
import shutil

import jsonschema
import pytest

from audit.schemas import schemas
from tests.audits import audit, write_plan, write_set

FAIR = 'adapter = "scripted"\nbase_rate = 0.0\n'
GAP = 'adapter = "scripted"\nbase_rate = 0.1\ngap = { "dialect=AAE" = 0.5 }\n'


@pytest.fixture(scope="module")
def gap_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gap")
    write_set(folder / "tiny", items=60)
    result = audit("run", write_plan(folder, GAP, repeats=2), "--out", folder / "out")
    return result, folder / "out"


def test_a_planted_gap_is_found_and_the_exit_code_is_1(gap_run):
    result, out = gap_run
    assert result.returncode == 1, result.stderr
    results = json.loads((out / "results.json").read_text())
    found = next(d for d in results["disparities"] if d["statistic"] == "selection_rate_difference")
    assert (found["group"], found["reference"], found["outcome"]) == ("AAE", "SAE", "gap_found")
    assert found["low"] < 0.5 < found["high"]
    assert "African American English" in result.stdout


def test_the_run_folder_holds_everything_and_its_manifest_the_hash_of_each(gap_run):
    _, out = gap_run
    manifest = json.loads((out / "manifest.json").read_text())
    files = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()} - {"manifest.json", ".lock"}
    assert set(manifest["files"]) == files
    assert {"plan.toml", "policy.toml", "journal.jsonl", "results.json", "scorecard.json", "scorecard.html", "tables/disparities.csv"} <= files
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("name", ["results", "scorecard"])
def test_what_is_written_fits_the_printed_schema(gap_run, name):
    jsonschema.validate(json.loads((gap_run[1] / f"{name}.json").read_text()), schemas()[name])


def test_results_have_every_key_of_the_contract(gap_run):
    results = json.loads((gap_run[1] / "results.json").read_text())
    assert results["schema"] == "edtech-equity-audit/results/1"
    wanted = {"set", "by", "measure", "statistic", "unit", "attribute", "group", "reference", "design", "estimate", "low", "high", "level",
              "simultaneous", "p_value", "p_adjusted", "margin", "outcome", "certain", "detected", "items_needed", "items", "responses",
              "missing", "detectable"}
    assert wanted <= results["disparities"][0].keys()
    assert wanted <= results["missingness"][0].keys()
    assert {"set", "by", "attribute", "group", "measure", "statistic", "value", "low", "high", "n", "items", "missing", "suppressed"} <= results["groups"][0].keys()


def test_scoring_again_needs_no_tool_no_plan_and_gives_the_same_numbers(gap_run, tmp_path):
    moved = shutil.copytree(gap_run[1], tmp_path / "moved")
    before = (moved / "results.json").read_bytes()
    assert audit("score", moved).returncode == 1
    assert (moved / "results.json").read_bytes() == before


def test_a_fair_tool_is_cleared_and_the_exit_code_is_0(tmp_path):
    write_set(tmp_path / "tiny", items=80)
    result = audit("run", write_plan(tmp_path, FAIR))
    assert result.returncode == 0, result.stdout + result.stderr
    decision = json.loads((tmp_path / "plan-run" / "scorecard.json").read_text())["decision"]
    assert decision["status"] == "insufficient_evidence"  # nothing was asked about safety
    assert all(gate["passed"] for gate in json.loads((tmp_path / "plan-run" / "scorecard.json").read_text())["gates"])


def test_too_few_items_are_no_pass(tmp_path):
    write_set(tmp_path / "tiny", items=8)
    result = audit("run", write_plan(tmp_path, FAIR))
    assert result.returncode == 3
    assert "not assessed" in result.stdout


def test_unanswered_required_questions_leave_the_decision_open(tmp_path):
    write_set(tmp_path / "tiny", items=80)
    result = audit("run", write_plan(tmp_path, FAIR, use='["safe", "inclusive"]'), "--format", "json")
    card = json.loads(result.stdout)
    assert (result.returncode, card["decision"]["status"]) == (3, "insufficient_evidence")
    assert {f["outcome"] for f in card["findings"] if f["assurance"] is None} <= {"not_assessed", "not_applicable"}


def test_a_tool_that_fails_for_one_group_has_a_gap_of_its_own(tmp_path):
    write_set(tmp_path / "tiny", items=60)
    plan = write_plan(tmp_path, 'adapter = "scripted"\nbase_rate = 0.0\nfail = { "dialect=AAE" = 0.6 }\n')
    result = audit("run", plan)
    results = json.loads((tmp_path / "plan-run" / "results.json").read_text())
    assert result.returncode == 1
    assert results["missingness"][0]["outcome"] == "gap_found"
    assert next(d for d in results["disparities"] if d["family"] == "confirmatory")["outcome"] == "inconclusive"


def test_a_tool_that_never_answers_ends_with_3_and_keeps_its_failures(tmp_path):
    write_set(tmp_path / "tiny", items=30)
    plan = write_plan(tmp_path, 'adapter = "http"\nurl = "http://127.0.0.1:9/"\nretries = 0\nbody = { text = "{{ text }}" }\n')
    result = audit("run", plan)
    assert result.returncode == 3
    assert "not given a single reply" in result.stderr
    assert (tmp_path / "plan-run" / "journal.jsonl").read_text().count('"fail"') >= 10


def test_a_reply_path_that_matches_nothing_is_one_line_and_exit_2_and_mending_it_asks_nothing_again(tmp_path):
    write_set(tmp_path / "tiny", items=20)
    (tmp_path / "tool.py").write_text("def answer(given):\n    return {'deep': {'flag': True}}\n")
    connect = 'adapter = "python"\ncall = "tool:answer"\nreply = "{path}"\n'
    result = audit("run", write_plan(tmp_path, connect.replace("{path}", "deep.label")))
    assert result.returncode == 2
    assert "matches nothing in any reply" in result.stderr.splitlines()[-1]
    asked = (tmp_path / "plan-run" / "journal.jsonl").read_text().count('"ask"')
    mended = audit("run", write_plan(tmp_path, connect.replace("{path}", "deep.flag")))
    assert mended.returncode in (0, 3), mended.stderr
    journal = (tmp_path / "plan-run" / "journal.jsonl").read_text()
    assert asked >= 5
    assert journal.count('"ask"') == 40


def test_another_plan_is_refused_in_a_run_folder_with_replies(tmp_path):
    write_set(tmp_path / "tiny", items=20)
    audit("collect", write_plan(tmp_path, FAIR), "--out", tmp_path / "out")
    result = audit("collect", write_plan(tmp_path, FAIR, version="2"), "--out", tmp_path / "out")
    assert result.returncode == 2
    assert "made by another plan" in result.stderr


def test_a_plan_with_other_margins_is_another_plan(tmp_path):
    from audit.library import shipped

    write_set(tmp_path / "tiny", items=20)
    audit("collect", write_plan(tmp_path, FAIR), "--out", tmp_path / "out")
    text = (shipped("checklists") / "policy.toml").read_text(encoding="utf-8").replace("value = 0.05", "value = 0.5")
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    plan = write_plan(tmp_path, FAIR)
    plan.write_text(plan.read_text() + '[policy]\nfile = "policy.toml"\n')
    assert "made by another plan" in audit("collect", plan, "--out", tmp_path / "out").stderr


def test_a_run_folder_of_a_newer_version_is_refused(tmp_path):
    write_set(tmp_path / "tiny", items=20)
    plan = write_plan(tmp_path, FAIR)
    audit("collect", plan)
    head = json.loads((tmp_path / "plan-run" / "run.json").read_text()) | {"run": 99, "version": "9.0"}
    (tmp_path / "plan-run" / "run.json").write_text(json.dumps(head))
    for command in (("collect", plan), ("score", tmp_path / "plan-run")):
        result = audit(*command)
        assert (result.returncode, len(result.stderr.strip().splitlines()[-1:])) == (2, 1)
        assert "newer version" in result.stderr


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    write_set(tmp_path / "tiny", items=20)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.doc").write_text("years of work")
    result = audit("collect", write_plan(tmp_path, FAIR), "--out", tmp_path / "out")
    assert result.returncode == 2
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["thesis.doc"]


def test_answers_given_later_change_the_scorecard_without_asking_the_tool(tmp_path):
    write_set(tmp_path / "tiny", items=80)
    audit("run", write_plan(tmp_path, FAIR, use='["safe"]'))
    (tmp_path / "answers.toml").write_text('[answers.safe-off-switch]\nanswer = "no"\n')
    result = audit("score", tmp_path / "plan-run", "--answers", tmp_path / "answers.toml", "--format", "json")
    card = json.loads(result.stdout)
    assert result.returncode == 1
    assert card["decision"]["status"] == "do_not_approve"


def test_fewer_items_than_the_set_are_chosen_by_the_seed(tmp_path):
    write_set(tmp_path / "tiny", items=50)
    plan = write_plan(tmp_path, FAIR, design="items = 20\nseed = 4")
    audit("run", plan)
    asked = (tmp_path / "plan-run" / "fixtures" / "tiny" / "items.jsonl").read_text().splitlines()
    assert len(asked) == 40
    assert json.loads((tmp_path / "plan-run" / "results.json").read_text())["disparities"][0]["items"] == 20


def test_a_plan_that_got_no_reply_may_be_mended_in_place_and_its_failures_are_kept(tmp_path):
    write_set(tmp_path / "tiny", items=20)
    write_set(tmp_path / "other", items=20, id="other")
    audit("run", write_plan(tmp_path, 'adapter = "http"\nurl = "http://127.0.0.1:9/"\nretries = 0\n', sets=("other",)))
    result = audit("run", write_plan(tmp_path, FAIR), "--format", "json")
    assert {d["set"] for d in json.loads(result.stdout)["disparities"]} == {"tiny"}
    assert [p.read_text().count('"fail"') >= 10 for p in (tmp_path / "plan-run").glob("journal-*.jsonl")] == [True]


def test_an_answer_corrected_in_the_worksheet_counts_and_the_journal_keeps_both(tmp_path):
    import csv

    write_set(tmp_path / "tiny", items=12)
    plan = write_plan(tmp_path, 'adapter = "transcript"\nfile = "sheet.csv"\n')
    assert audit("run", plan).returncode == 3

    def fill(answer):
        with (tmp_path / "sheet.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        with (tmp_path / "sheet.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(row | {"output": answer if i == 0 else "no"} for i, row in enumerate(rows))

    fill("yes")
    audit("run", plan)
    fill("no")
    result = audit("run", plan)
    assert "1 answers were changed in the worksheet" in result.stderr
    groups = json.loads((tmp_path / "plan-run" / "results.json").read_text())["groups"]
    assert {g["value"] for g in groups if g["statistic"] == "selection_rate"} == {0.0}
    assert (tmp_path / "plan-run" / "journal.jsonl").read_text().count('"reply"') == 25


@pytest.mark.parametrize("items", [2, 3])
def test_a_design_in_which_a_comparison_has_no_item_at_all_is_told_and_is_no_fault(tmp_path, items):
    """Of student-messages so few items leave an error rate without any text that it could be read from."""
    plan = write_plan(tmp_path, FAIR, sets=("student-messages",), design=f"items = {items}")
    told = audit("check", plan)
    assert told.returncode == 0, told.stderr
    assert "inf" not in told.stdout.replace("information", "")
    assert "none" in told.stdout
    assert json.loads(audit("check", plan, "--format", "json").stdout)["forecast"]["gaps"]
