"""`audit registry`, as a publisher uses it. Every organisation and person is invented."""

import json
import tomllib

import pytest

from audit.cli import app
from audit.errors import AuditError
from tests.audits import audit
from tests.registry.made import a_bundle


@pytest.fixture
def folder(tmp_path):
    app(["registry", "init", str(tmp_path / "list"), "--organisation", "Invented State", "--url", "https://tools.example.gov/list/"], standalone_mode=False)
    return tmp_path / "list"


def test_a_list_is_kept_from_its_beginning_to_a_correction(folder, tmp_path):
    digest = a_bundle(tmp_path / "x.audit.zip")
    added = audit("registry", "add", folder, tmp_path / "x.audit.zip", "--format", "json")
    tool = "bright-tutor-acorn-learning"
    assert json.loads(added.stdout)[0] | {"file": ""} == {"tool": tool, "file": "", "digest": digest, "new": True, "made": True}
    who = ("--by", "C. Officer", "--because", "As the audit says.", "--on", "2026-11-22")
    done = audit("registry", "status", folder, tool, "approved_with_conditions", *who, "--condition", "Teachers read along.")
    assert (done.returncode, done.stdout) == (0, f"{tool}: Approved with conditions from 2026-11-22 until 2027-11-22.\n")
    fixed = audit("registry", "correct", folder, tool, "--what", "The grades.", "--by", "D. Editor", "--because", "A typing mistake.", "--on", "2026-11-23")
    assert fixed.returncode == 0
    record = tomllib.loads((folder / "tools" / tool / "tool.toml").read_text(encoding="utf-8"))
    assert record["history"][0] | {"audit": ""} == {
        "status": "approved_with_conditions", "on": "2026-11-22", "by": "C. Officer", "because": "As the audit says.", "until": "2027-11-22", "audit": "",
        "conditions": ["Teachers read along."]}
    assert record["corrections"][0]["what"] == "The grades."


@pytest.mark.parametrize(("arguments", "said"), [
    (["status", "nobody", "approved", "--by", "C", "--because", "D"], "no tool on this list has the id 'nobody'"),
    (["status", "nobody", "aproved", "--by", "C", "--because", "D"], "unknown status 'aproved'. Did you mean 'approved'?"),
    (["init", "--organisation", "X"], "there is a list here already"),
    (["add", "no-such.audit.zip"], "no-such.audit.zip"),
])
def test_wrong_input_is_one_line_and_exit_code_2(folder, arguments, said):
    with pytest.raises(AuditError) as caught:
        app(["registry", arguments[0], str(folder), *arguments[1:]], standalone_mode=False)
    assert caught.value.exit_code == 2
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_reply_finds_the_tool_whose_audit_it_answers(folder, tmp_path):
    a_bundle(tmp_path / "x.audit.zip")
    audit("registry", "add", folder, tmp_path / "x.audit.zip")
    (tmp_path / "text.txt").write_text("We mend it.", encoding="utf-8")
    made = audit("reply", tmp_path / "x.audit.zip", "--by", "Acorn Learning", "--text", tmp_path / "text.txt", "--out", tmp_path / "r.toml", "--on", "2026-11-22")
    assert made.returncode == 0, made.stderr
    filed = audit("registry", "reply", folder, tmp_path / "r.toml")
    assert filed.returncode == 0, filed.stderr
    assert filed.stdout.startswith("bright-tutor-acorn-learning: the reply of 2026-11-22 is on file as ")
    assert filed.stdout.endswith("(not signed by a trusted key).\n")


def test_a_decision_of_a_day_to_come_says_until_when_it_bars_others(folder, tmp_path, capsys):
    a_bundle(tmp_path / "x.audit.zip")
    app(["registry", "add", str(folder), str(tmp_path / "x.audit.zip")], standalone_mode=False)

    def decide(status, on):
        app(["registry", "status", str(folder), "bright-tutor-acorn-learning", status, "--by", "C. Officer", "--because", "Why.", "--on", on], standalone_mode=False)
        return " ".join(capsys.readouterr().err.split())

    assert decide("requested", "2026-01-02") == ""
    assert "It has no effect before 9998-01-02, and until then nothing else can be decided about bright-tutor-acorn-learning." in decide("under_review", "9998-01-02")
    with pytest.raises(AuditError, match=r"the last entry is of 9998-01-02, so a new one cannot be of 9998-01-01\. Decide from 9998-01-02 on"):
        decide("withdrawn", "9998-01-01")
