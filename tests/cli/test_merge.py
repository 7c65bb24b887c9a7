"""`audit merge` as a user meets it: what is printed and written, and the exit codes."""

import json

import pytest

from tests.audits import audit
from tests.merges import FAIR, GAP, a_district


@pytest.fixture(scope="module")
def districts(tmp_path_factory):
    base = tmp_path_factory.mktemp("districts")
    return {
        "hill": a_district(base / "hill", FAIR.format(seed=1), "Hill"), "shore": a_district(base / "shore", FAIR.format(seed=2), "Shore"),
        "gap": a_district(base / "gap", GAP.format(seed=3), "Gap County"),
        "vendor": a_district(base / "vendor", FAIR.format(seed=4), "<script>alert(1)</script>\u202e", role="vendor"),
        "small": a_district(base / "small", FAIR.format(seed=5), "=1+1\x1b[31m", items=12),
    }


def test_two_districts_without_a_gap_end_with_0_and_the_text_says_what_was_pooled(districts):
    result = audit("merge", districts["hill"], districts["shore"])
    assert result.returncode == 0, result.stderr
    assert "All came to the same decision." in result.stdout
    assert "each audit counts the same" in result.stdout
    assert "Criteria: " in result.stdout


def test_a_pooled_gap_or_a_decision_against_the_tool_ends_with_1_and_everything_is_written(districts, tmp_path):
    result = audit("merge", districts["hill"], districts["gap"], districts["vendor"], "--out", tmp_path / "out", "--format", "json")
    assert result.returncode == 1, result.stderr
    found = json.loads(result.stdout)
    assert found["schema"] == "edtech-equity-audit/merged/1"
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"merged.json", "merged.html", "merged.pdf"}
    assert json.loads((tmp_path / "out" / "merged.json").read_text()) == found
    assert (tmp_path / "out" / "merged.pdf").read_bytes().startswith(b"%PDF")
    page = (tmp_path / "out" / "merged.html").read_text()
    assert "<script>alert" not in page
    assert "\u202e" not in page + result.stdout


def test_nothing_to_pool_ends_with_3_and_the_reason(districts):
    result = audit("merge", districts["hill"], districts["small"])
    assert result.returncode == 3, result.stderr
    assert "Nothing could be pooled." in result.stdout
    assert "the fixtures are not the same" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_vendors_own_test_is_marked_wherever_it_is_named(districts):
    result = audit("merge", districts["hill"], districts["vendor"], "--with-vendor")
    assert result.returncode == 0, result.stderr
    lines = [line for line in result.stdout.splitlines() if "alert(1)" in line]
    assert len(lines) > 1
    assert all("[vendor's own test]" in line for line in lines)


def test_the_same_audit_twice_or_none_is_one_line_and_exit_2(districts, tmp_path):
    for arguments in ((districts["hill"], districts["hill"]), (districts["hill"], tmp_path / "nowhere")):
        result = audit("merge", *arguments, "--out", tmp_path / "out")
        assert (result.returncode, len(result.stderr.strip().splitlines()), result.stdout) == (2, 1, ""), result.stderr
    assert not (tmp_path / "out").exists()
