"""Nothing is sent unscanned: a plan with texts of one's own stops where they seem to hold personal data, or says why it may go on."""

import json

import pytest

from tests.audits import audit, write_plan, write_set
from tests.samples.tables import essays, text, write_csv, write_map

STAND_IN = 'adapter = "scripted"\nanswers = "score"\nscale = [1, 6]\nsd = 1.0'
SEND = 'personal_data = "send"\npersonal_data_reason = "consent on file, <form> 7"'
NUMBER = "(206) 867-5309"


@pytest.fixture
def plan(tmp_path):
    """Return a plan whose set was imported, with a telephone number in one essay; the number is invented."""
    rows = essays(24, essay={3: f"{text(3)} Call {NUMBER} please."})
    done = audit("fixtures", "import", write_csv(tmp_path / "essays.csv", rows), "--map", write_map(tmp_path), "--out", tmp_path / "ours")
    assert done.returncode == 0, done.stderr
    return write_plan(tmp_path, STAND_IN, sets=("ours",))


@pytest.mark.parametrize("command", [("check",), ("check", "--ping"), ("collect",), ("run",)])
def test_every_command_that_would_send_stops_first_and_repeats_nothing(plan, command):
    done = audit(command[0], plan, *command[1:])
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "'ours' seems to hold a telephone number in 1 item (e3)" in done.stderr
    assert "867" not in done.stderr
    assert sorted(p.name for p in plan.parent.iterdir()) == ["essays.csv", "map.toml", "ours", "plan.toml"]


def test_a_plan_that_says_why_it_may_be_sent_runs_and_the_scorecard_says_so(plan):
    write_plan(plan.parent, STAND_IN, sets=("ours",), design=SEND)
    done = audit("run", plan, "--out", plan.parent / "run", "--format", "json")
    assert done.returncode in {0, 1, 3}, done.stderr
    told = json.loads((plan.parent / "run" / "scorecard.json").read_text(encoding="utf-8"))["provenance"]["personal_data"]
    assert told == {"scanned": ["ours"], "found": {"a telephone number": 1}, "sent_because": "consent on file, <form> 7"}
    page = (plan.parent / "run" / "scorecard.html").read_text(encoding="utf-8")
    assert "Found: a telephone number, in this many items: 1." in page
    assert "consent on file, &lt;form&gt; 7" in page


@pytest.mark.parametrize(("design", "said"), [
    ('personal_data = "send"', 'design.personal_data = "send" needs a reason'),
    ('personal_data = "send"\npersonal_data_reason = "  "', "needs a reason"),
    ('personal_data_reason = "consent"', "nothing is to be sent"),
    ('personal_data = "yes"\npersonal_data_reason = "consent"', "none of its values"),
])
def test_permission_is_both_the_word_and_the_reason(plan, design, said):
    write_plan(plan.parent, STAND_IN, sets=("ours",), design=design)
    done = audit("check", plan)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr


def test_only_the_items_that_would_be_asked_are_looked_at(tmp_path):
    write_set(tmp_path / "tiny", items=20, text="Item {i} {g}", extra='named_items = ["i003"]')
    stopped = audit("check", write_plan(tmp_path, 'adapter = "scripted"'))
    assert "a name from the roster in 1 item (i003)" in stopped.stderr
    codes = {audit("check", write_plan(tmp_path, 'adapter = "scripted"', design=f"items = 4\nseed = {seed}")).returncode for seed in (1, 2, 3)}
    assert 0 in codes


def test_masked_samples_run_without_a_permission(tmp_path):
    rows = essays(24, essay={3: f"{text(3)} Call {NUMBER} please."})
    audit("fixtures", "import", write_csv(tmp_path / "essays.csv", rows), "--map", write_map(tmp_path, top='personal_data = "mask"'), "--out", tmp_path / "ours")
    done = audit("run", write_plan(tmp_path, STAND_IN, sets=("ours",)), "--out", tmp_path / "run")
    assert done.returncode in {0, 1, 3}, done.stderr
    told = json.loads((tmp_path / "run" / "scorecard.json").read_text(encoding="utf-8"))["provenance"]["personal_data"]
    assert told == {"scanned": ["ours"], "found": {}, "sent_because": None}


def test_a_permission_given_later_does_not_make_it_another_run(tmp_path):
    from audit.plan import read_plan

    before = read_plan(write_plan(tmp_path, STAND_IN), {}).collection_key()
    assert read_plan(write_plan(tmp_path, STAND_IN, design=SEND), {}).collection_key() == before
