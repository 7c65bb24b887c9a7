"""What is due over a whole list, drift too: two real audits of a stand-in that was changed between them."""

import datetime as dt

import pytest

from audit.records.listings import Due
from audit.registry.watching import what_is_due
from tests.bundles.runs_made import GAP, a_run
from tests.registry.made import a_bundle, a_record
from tests.registry.made import a_run as a_card_folder

DAY = dt.date(2026, 11, 22)
ALIKE = 'adapter = "scripted"\nbase_rate = 0.1\n'


@pytest.fixture(scope="module")
def drifted(tmp_path_factory):
    """A list of one tool: alike for both groups when it was audited first, and half of one group's texts flagged the second time."""
    folder = tmp_path_factory.mktemp("list")
    a_run(folder / "old", ALIKE, items=40, day=dt.date(2026, 11, 1))
    a_run(folder / "new", GAP, items=40, day=dt.date(2026, 11, 21))
    a_card_folder(folder / "alone", name="Other")
    return folder


def test_drift_is_due_where_two_audits_show_a_change_and_only_where_it_is_asked_for(drifted):
    assert what_is_due(drifted, DAY).due == ()
    watched = []
    found = what_is_due(drifted, DAY, drift=True, watch=watched.append)
    assert watched == ["stand-in-nobody"]
    one, = found.due
    assert (one.tool, one.kind, one.on) == ("stand-in-nobody", "drift", "2026-11-21")
    assert one.because.startswith("Between the audits of 2026-11-01 and 2026-11-21 what was measured changed: ")
    assert (found.now, found.tools, found.problems) == (1, 2, ())


def test_audits_that_cannot_be_compared_are_a_problem_that_names_them(drifted, tmp_path):
    a_card_folder(tmp_path / "x", as_of="2026-11-02")
    a_card_folder(tmp_path / "y", as_of="2026-11-01")
    found = what_is_due(tmp_path, DAY, drift=True)
    assert found.due == ()
    assert found.problems[0].startswith("x: it could not be compared with y: ")


def test_what_is_due_is_sorted_over_all_tools_by_its_day(tmp_path):
    for n, day in enumerate(("2026-11-02", "2026-11-01")):
        a_bundle(tmp_path / f"{n}.audit.zip", name=f"Tool {n}", as_of="2026-01-01", review_by=day, evidence=())
    a_record(tmp_path, id="no-audit", name="No audit", vendor="X")
    found = what_is_due(tmp_path, DAY, 0)
    assert [(d.tool, d.on) for d in found.due if d.kind in ("date", "unaudited")] == [
        ("no-audit", ""), ("tool-1-acorn-learning", "2026-11-01"), ("tool-0-acorn-learning", "2026-11-02")]
    assert isinstance(found.due[0], Due)
