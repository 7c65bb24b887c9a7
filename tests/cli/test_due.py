"""`audit due`: what needs a new audit, for people and for a script that runs every night."""

import json

import pytest

from audit.cli import app
from audit.errors import AuditError
from tests.audits import audit
from tests.registry.made import a_bundle, a_record


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("list")
    a_record(made, more='current_version = "2.2"\n')
    a_bundle(made / "tools/bright-tutor/x.audit.zip", evidence=())
    a_bundle(made / "y.audit.zip", name="Other", evidence=())
    return made


def test_what_is_due_is_told_and_the_exit_code_is_1(folder):
    result = audit("due", folder, "--as-of", "2026-11-22")
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout == "Due now:\n  since when is not known  bright-tutor: Version 2.1 was audited; the vendor now offers 2.2.\n"


def test_what_will_be_due_is_apart_from_what_is(folder):
    lines = audit("due", folder, "--as-of", "2026-11-22", "--within", "365").stdout.splitlines()
    assert lines[2] == "Due later:"
    assert lines[-1].startswith("  2027-11-22  other-acorn-learning: The audit of 2026-11-22 is to be done again by 2027-11-22.")


def test_where_nothing_is_due_the_exit_code_is_0(tmp_path):
    a_bundle(tmp_path / "y.audit.zip", evidence=())
    result = audit("due", tmp_path, "--as-of", "2026-11-22")
    assert (result.returncode, result.stdout) == (0, "Nothing is due on 2026-11-22.\n")


def test_a_program_reads_the_same(folder):
    found = json.loads(audit("due", folder, "--as-of", "2026-11-22", "--format", "json").stdout)
    assert (found["as_of"], found["tools"], found["now"], found["problems"]) == ("2026-11-22", 2, 1, [])
    assert found["due"] == [{"tool": "bright-tutor", "kind": "version", "because": "Version 2.1 was audited; the vendor now offers 2.2.", "on": ""}]


def test_an_audit_that_cannot_be_read_is_named_and_the_exit_code_is_1(tmp_path):
    (tmp_path / "x.audit.zip").write_bytes(b"no zip")
    result = audit("due", tmp_path, "--as-of", "2026-11-22")
    assert result.returncode == 1
    assert result.stderr.startswith("x.audit.zip: ")


@pytest.mark.parametrize("arguments", [["nowhere"], [".", "--as-of", "soon"], [".", "--index", "nonsense"]])
def test_wrong_input_is_one_line_and_exit_code_2(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AuditError) as caught:
        app(["due", *arguments], standalone_mode=False)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
