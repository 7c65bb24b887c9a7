"""The command line as users meet it: help, lists, init, check, demo, errors and exit codes."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from audit.cli.starter import CONNECT
from audit.errors import AuditError
from audit.vendors import ADAPTERS
from tests.audits import audit, write_plan, write_set

COMMANDS = ["demo", "init", "check", "login", "collect", "score", "run", "fleet", "list", "fixtures show", "fixtures check", "fixtures draw", "analyze", "raters export",
            "raters import", "answers export", "answers import", "answers fill", "answers check", "evidence check", "report", "compare", "diff", "merge", "publish", "adopt", "reply",
            "bundle", "verify", "keys make", "keys show", "keys trust", "keys revoke", "keys sign", "due", "registry init",
            "registry add", "registry status", "registry reply", "registry correct"]
FAIR = 'adapter = "scripted"\nbase_rate = 0.1\n'


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_that_names_every_option(command):
    result = audit(*command.split(), "--help")
    assert result.returncode == 0
    for option in re.findall(r"^  (--[a-z0-9-]+)", result.stdout, re.MULTILINE):
        line = re.search(rf"^  {option}\b.*?(?=^  --|\Z)", result.stdout, re.MULTILINE | re.DOTALL)
        assert len(line[0].split()) > 1, f"{command} {option} explains nothing"


def test_the_readme_names_every_command():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"audit {command}" in readme, command


@pytest.mark.parametrize("arguments", [["--help"], ["list", "fixtures"], ["list", "adapters"], ["list", "checklists"], ["list", "evidence"], ["list", "overlays"]])
def test_help_and_list_load_no_heavy_library(arguments):
    probe = f"import sys; from audit.cli import app; sys.argv = ['audit', *{arguments!r}]\ntry: app()\nexcept SystemExit: pass\n"
    probe += "heavy = {'numpy', 'pandas', 'scipy', 'sklearn', 'fairlearn', 'aiohttp', 'openpyxl', 'jinja2', 'duckdb'} & set(sys.modules)\n"
    probe += "print('HEAVY', sorted(heavy), file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert result.stderr.strip().endswith("HEAVY []"), result.stderr


def test_help_takes_well_under_half_a_second_of_work():
    def seconds():  # processor time: the other tests' load does not count
        before = os.times()
        audit("--help")
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    assert min(seconds() for _ in range(5)) < 0.4


@pytest.mark.parametrize("kind", ["fixtures", "checklists", "adapters", "measures"])
def test_lists_print_for_people_and_for_programs(kind):
    rows = json.loads(audit("list", kind, "--format", "json").stdout)
    text = audit("list", kind).stdout
    assert rows
    assert all(row["name"] in text for row in rows)


def test_the_schemas_are_json_schemas():
    import jsonschema

    for schema in json.loads(audit("list", "schemas").stdout).values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_adapter_has_a_starter_plan():
    assert set(CONNECT) == set(ADAPTERS)


@pytest.mark.parametrize("adapter", sorted(CONNECT))
def test_init_writes_a_plan_that_check_accepts_and_an_answers_workbook(tmp_path, adapter):
    result = audit("init", tmp_path / "new", "--use-case", "student-safety-filter", "--adapter", adapter)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "new" / "answers.xlsx").is_file()
    plan = tmp_path / "new" / "plan.toml"
    assert tomllib.loads(plan.read_text())["connect"]["adapter"] == adapter
    checked = audit("check", plan, TOOL_API_KEY="k" * 20)
    assert checked.returncode == 0, checked.stderr
    assert "Calls:" in checked.stdout


def test_init_overwrites_nothing(tmp_path):
    audit("init", tmp_path, "--use-case", "student-safety-filter")
    before = (tmp_path / "plan.toml").read_bytes()
    result = audit("init", tmp_path, "--use-case", "student-safety-filter", "--adapter", "http")
    assert result.returncode == 2
    assert (tmp_path / "plan.toml").read_bytes() == before


@pytest.mark.parametrize(("option", "wrong", "near"), [("--use-case", "writing-feedbak", "writing-feedback"), ("--adapter", "htp", "http")])
def test_init_names_the_nearest_known_word(tmp_path, option, wrong, near):
    arguments = {"--use-case": "writing-feedback", "--adapter": "http"} | {option: wrong}
    result = audit("init", tmp_path, *[a for pair in arguments.items() for a in pair])
    assert result.returncode == 2
    assert near in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_check_counts_probes_calls_minutes_and_dollars(tmp_path):
    write_set(tmp_path / "tiny", items=30)
    plan = write_plan(tmp_path, 'adapter = "http"\nurl = "http://127.0.0.1:9/"\nrate = "60/min"\n', repeats=2)
    plan.write_text(plan.read_text() + "[budget]\ncalls = 100\nprice = { per_call = 0.01 }\n")
    found = json.loads(audit("check", plan, "--format", "json").stdout)["forecast"]
    assert (found["probes"], found["calls"]) == (60, 120)
    assert found["dollars"] == pytest.approx(1.2)
    assert found["minutes"] == pytest.approx(2.0)  # 120 calls at 60 a minute
    assert not found["within_budget"]
    assert [p.name for p in tmp_path.iterdir() if p.is_dir()] == ["tiny"]


def test_ping_shows_the_raw_reply_beside_what_was_read(tmp_path):
    write_set(tmp_path / "tiny", items=30)
    (tmp_path / "tool.py").write_text("def answer(given):\n    return {'label': 'Flag\\x1b[31m', 'p': 0.9}\n")
    plan = write_plan(tmp_path, 'adapter = "python"\ncall = "tool:answer"\nreply = "p"\npositive_when = "> 0.5"\n')
    result = audit("check", plan, "--ping")
    assert result.returncode == 0, result.stderr
    assert "Read as:   1" in result.stdout
    assert "\x1b" not in result.stdout
    broken = audit("check", write_plan(tmp_path, 'adapter = "python"\ncall = "tool:answer"\nreply = "q"\n'), "--ping")
    assert broken.returncode == 3
    assert "matches nothing" in broken.stdout


def test_every_command_with_a_result_prints_it_as_json_too(tmp_path):
    write_set(tmp_path / "tiny", items=12)
    plan = write_plan(tmp_path, FAIR)
    commands = {
        "init": ("init", tmp_path / "new", "--use-case", "writing-feedback"), "check": ("check", plan), "ping": ("check", plan, "--ping"),
        "collect": ("collect", plan), "score": ("score", tmp_path / "plan-run"), "run": ("run", plan),
        "show": ("fixtures", "show", tmp_path / "tiny"), "fixtures check": ("fixtures", "check", tmp_path / "tiny"),
        "draw": ("fixtures", "draw", "feedback-tone", "--seed", 1, "--out", tmp_path / "drawn"),
    }
    for name, command in commands.items():
        result = audit(*command, "--format", "json")
        assert result.returncode in (0, 1, 3), (name, result.stderr)
        assert isinstance(json.loads(result.stdout), dict), name


BAD_INPUT = {
    "no plan": lambda folder: ["check", folder / "missing.toml"],
    "broken TOML": lambda folder: ["check", _text(folder, "[tool\n")],
    "unknown key": lambda folder: ["check", _replaced(folder, "repeats", "repeat")],
    "unknown adapter": lambda folder: ["check", _replaced(folder, "scripted", "scriptde")],
    "unknown set": lambda folder: ["check", _replaced(folder, '"tiny"', '"student-mesages"')],
    "unset variable": lambda folder: ["check", _replaced(folder, 'adapter = "scripted"\nbase_rate = 0.1', 'adapter = "http"\nurl = "http://${NOWHERE_SET}/"')],
    "no run folder": lambda folder: ["score", folder / "nowhere"],
    "no such set": lambda _: ["fixtures", "check", "nothing"],
}


def _text(folder, text):
    (folder / "plan.toml").write_text(text)
    return folder / "plan.toml"


def _replaced(folder, old, new):
    return _text(folder, write_plan(folder, FAIR).read_text().replace(old, new))


@pytest.mark.parametrize("name", sorted(BAD_INPUT))
def test_bad_input_gets_one_clear_line_and_exit_code_2_and_nothing_is_written(tmp_path, name):
    write_set(tmp_path / "tiny", items=20)
    arguments = BAD_INPUT[name](tmp_path)
    before = sorted(p.name for p in tmp_path.rglob("*"))
    result = audit(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert result.stderr.startswith("audit: ")
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


def test_the_nearest_known_name_is_offered(tmp_path):
    write_set(tmp_path / "tiny", items=20)
    for old, new, near in (("repeats", "repeat", "repeats"), ("scripted", "scriptde", "scripted"), ('"tiny"', '"student-mesages"', "student-messages")):
        assert f"'{near}'" in audit("check", _replaced(tmp_path, old, new)).stderr


def test_an_error_is_one_line_whatever_its_parts_hold():
    error = AuditError("a\nb", where="x\ny", fix="do\nthis")
    assert str(error) == "x y: a b. do this"


def test_demo_audits_every_tool_and_says_where_the_scorecards_are(tmp_path):
    result = audit("demo", "--out", tmp_path / "demo")
    assert result.returncode in (0, 1, 3), result.stderr
    pages = re.findall(r"^  (\S+scorecard\.html)$", result.stdout, re.MULTILINE)
    assert len(pages) == 3
    assert all(Path(page).is_file() for page in pages)
    cards = [json.loads((tmp_path / "demo" / name / "scorecard.json").read_text()) for name in ("safety-filter", "ai-writing-detector", "feedback-tone")]
    assert [card["tool"]["name"] for card in cards] == ["alt-profanity-check", "lmscan", "VADER"]
    assert all(card["provenance"]["replies"] == card["provenance"]["calls"] for card in cards)


def test_draw_gives_another_set_for_another_seed_and_the_same_for_the_same(tmp_path):
    digests = [
        json.loads(audit("fixtures", "draw", "student-messages", "--seed", seed, "--items", 150, "--out", tmp_path / name, "--format", "json").stdout)["sha256"]
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert digests[0] == digests[1] != digests[2]
    assert audit("fixtures", "check", tmp_path / "c").returncode == 0
    assert audit("fixtures", "draw", "student-messages", "--seed", 1, "--out", tmp_path / "a").returncode == 2
