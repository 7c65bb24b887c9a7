"""plan.toml: every documented key, and one line for everything that can be wrong in it."""

import datetime as dt
import os

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import pipeline
from audit.cli import main
from audit.errors import AuditError, PlanError
from audit.masking import without_secrets
from audit.plan import read_plan, secrets_of
from tests.audits import audit

TODAY = dt.date(2026, 11, 21)
FULL = """
[tool]
name = "Acme Essay Coach"
vendor = "Acme Learning"
version = "2026.10"
use_cases = ["essay-scoring"]
audience = ["teachers", "students", "families", "staff"]
student_data = "sensitive"

[auditor]
organisation = "Lakeside Unified"
role = "district"

[connect]
adapter = "http"
url = "https://example.com/score"
method = "POST"
headers = { Authorization = "Bearer ${ACME_KEY}" }
body = { text = "{{ text }}" }
reply = "score"
concurrency = "auto"
rate = "120/min"
timeout = 30
retries = 2

[design]
fixtures = ["student-messages"]
repeats = 3
seed = 20261121
items = 40
adaptive = false

[budget]
calls = 2000
dollars = 25.0
price = { per_call = 0.002, per_1k_input_tokens = 0.1, per_1k_output_tokens = 0.2 }

[checklists]
use = ["safe", "evidence-based", "inclusive", "usable", "interoperable"]
overlays = ["ours.toml"]
answers = "answers.toml"
evidence = "evidence/"

[policy]
file = "policy.toml"
"""


def a_table(**changes):
    """The least plan there is, with `section={…}` put over its tables (None: the table is left out)."""
    table = {
        "tool": {"name": "A", "vendor": "V", "version": "1"}, "connect": {"adapter": "scripted"},
        "design": {"fixtures": ["student-messages"]},
    }
    for section, values in changes.items():
        if values is None:
            del table[section]
        else:
            table[section] = {k: v for k, v in (table.get(section, {}) | values).items() if v is not None}
    return table


def a_plan(folder, **changes):
    path = folder / "plan.toml"
    path.write_text(tomli_w.dumps(a_table(**changes)), encoding="utf-8")
    return path


def refused(path, environ=None):
    """The one line with which a plan is refused."""
    with pytest.raises(AuditError) as caught:
        pipeline.prepare(path, environ or {}, TODAY)
    line = str(caught.value)
    assert "\n" not in line
    assert caught.value.exit_code == 2
    return line


def test_every_key_of_the_contract_is_read(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(FULL, encoding="utf-8")
    plan = read_plan(path, {"ACME_KEY": "sk-1234567"})
    assert plan.tool.version == "2026.10"
    assert plan.tool.student_data == "sensitive"
    assert plan.auditor.role == "district"
    assert (plan.connect.adapter, plan.connect.reply, plan.connect.concurrency, plan.connect.rate) == ("http", "score", "auto", "120/min")
    assert (plan.connect.timeout, plan.connect.retries) == (30.0, 2)
    assert plan.connect.settings == {
        "url": "https://example.com/score", "method": "POST", "headers": {"Authorization": "Bearer sk-1234567"}, "body": {"text": "{{ text }}"},
    }
    assert (plan.design.fixtures, plan.design.repeats, plan.design.seed, plan.design.items) == (("student-messages",), 3, 20261121, 40)
    assert (plan.budget.calls, plan.budget.dollars, plan.budget.price.per_1k_output_tokens) == (2000, 25.0, 0.2)
    assert (plan.checklists.overlays, plan.checklists.answers, plan.checklists.evidence) == (("ours.toml",), "answers.toml", "evidence/")
    assert plan.policy.file == "policy.toml"


def test_only_the_required_keys_are_required(tmp_path):
    plan = read_plan(a_plan(tmp_path), {})
    assert plan.design.repeats == 3
    assert plan.checklists.use == ("safe", "evidence-based", "inclusive", "usable", "interoperable")


@pytest.mark.parametrize(("changes", "key", "place"), [
    ({"tool": None}, "'tool'", ""), ({"connect": None}, "'connect'", ""), ({"design": None}, "'design'", ""),
    ({"tool": {"name": None}}, "'name'", "tool"), ({"tool": {"vendor": None}}, "'vendor'", "tool"),
    ({"tool": {"version": None}}, "'version'", "tool"), ({"connect": {"adapter": None}}, "'adapter'", "connect"),
    ({"design": {"fixtures": None}}, "'fixtures'", "design"),
])
def test_a_missing_required_key_is_named_with_its_place(tmp_path, changes, key, place):
    line = refused(a_plan(tmp_path, **changes))
    assert "plan.toml: missing key " + key in line
    assert place in line


@pytest.mark.parametrize(("changes", "wrong", "near"), [
    ({"desing": {"seed": 1}}, "'desing'", "'design'"),
    ({"tool": {"vendr": "V"}}, "'vendr' in [tool]", "'vendor'"),
    ({"auditor": {"organization": "O"}}, "'organization' in [auditor]", "'organisation'"),
    ({"connect": {"timeoutt": 3}}, "'timeoutt'", "'timeout'"),
    ({"connect": {"hit_rates": 0.5}}, "'hit_rates'", "'hit_rate'"),
    ({"design": {"fixture": ["x"]}}, "'fixture' in [design]", "'fixtures'"),
    ({"budget": {"price": {"per_cal": 1}}}, "'per_cal' in [budget.price]", "'per_call'"),
    ({"checklists": {"overlay": []}}, "'overlay' in [checklists]", "'overlays'"),
    ({"policy": {"fil": "x"}}, "'fil' in [policy]", "'file'"),
])
def test_an_unknown_key_is_refused_with_its_place_and_the_nearest_known_one(tmp_path, changes, wrong, near):
    line = refused(a_plan(tmp_path, **changes))
    assert f"unknown key {wrong}" in line
    assert f"Did you mean {near}?" in line


@pytest.mark.parametrize(("changes", "said"), [
    ({"tool": {"version": 2026.1}}, "expected a text (in quotation marks), got a number at tool.version"),
    ({"tool": {"name": ""}}, "at tool.name"),
    ({"tool": {"audience": ["pupils"]}}, "tool.audience[0] = 'pupils' is none of its values. Known: families, staff, students, teachers."),
    ({"tool": {"student_data": "records"}}, "tool.student_data = 'records' is none of its values. Did you mean 'record'?"),
    ({"auditor": {"role": "school"}}, "auditor.role = 'school' is none of its values"),
    ({"connect": {"timeout": "60"}}, "expected a number, got a text (in quotation marks) at connect.timeout"),
    ({"connect": {"timeout": 0}}, "at connect.timeout"), ({"connect": {"timeout": float("nan")}}, "at connect.timeout"),
    ({"connect": {"timeout": float("inf")}}, "at connect.timeout"), ({"connect": {"retries": -1}}, "at connect.retries"),
    ({"connect": {"concurrency": "many"}}, "connect.concurrency = 'many'"), ({"connect": {"rate": "fast"}}, "connect.rate"), ({"connect": {"rate": 0.2}}, "at connect.rate"),
    ({"connect": {"reply": "a["}}, "connect.reply = 'a[' is not a JMESPath"), ({"connect": {"positive": ["x"]}}, "at connect.positive"),
    ({"connect": {"positive_when": "0.5"}}, "positive_when = '0.5' is not a rule"),
    ({"design": {"fixtures": "student-messages"}}, "expected a list (in brackets), got a text (in quotation marks) at design.fixtures"),
    ({"design": {"fixtures": []}}, "at design.fixtures"), ({"design": {"repeats": 0}}, "at design.repeats"),
    ({"design": {"repeats": True}}, "at design.repeats"), ({"design": {"seed": -1}}, "at design.seed"),
    ({"design": {"seed": 2**70}}, "at design.seed"), ({"design": {"items": 0}}, "at design.items"),
    ({"budget": {"calls": 0}}, "at budget.calls"), ({"budget": {"dollars": -1}}, "at budget.dollars"),
    ({"budget": {"price": {"per_call": "0.2"}}}, "at budget.price.per_call"),
])
def test_a_value_of_the_wrong_kind_is_refused_with_its_place(tmp_path, changes, said):
    assert said in refused(a_plan(tmp_path, **changes))


@pytest.mark.parametrize("connect", ["connect = 3", 'connect = "http"', "connect = [1]", "connect = { adapter = 3 }"])
def test_a_connect_section_that_is_no_section_is_refused(tmp_path, connect):
    path = tmp_path / "plan.toml"
    path.write_text(connect + "\n" + tomli_w.dumps(a_table(connect=None)), encoding="utf-8")
    assert "connect" in refused(path)


def test_a_number_of_5000_digits_and_a_list_5000_deep_are_no_valid_toml(tmp_path):
    path = tmp_path / "plan.toml"
    for value in ("9" * 5000, "[" * 5000 + "]" * 5000):
        path.write_text(f"x = {value}\n", encoding="utf-8")
        assert "not valid TOML" in refused(path)


def test_looks_are_part_of_an_adaptive_plans_identity_and_of_no_others(tmp_path):
    plans = [read_plan(a_plan(tmp_path, design={"adaptive": True} | more), None) for more in ({}, {"looks": 4}, {"settle": "comparison"}, {"futility": "stop"})]
    assert len({str(plan.collection_key()) for plan in plans}) == 4
    assert not {"looks", "settle", "futility"} & read_plan(a_plan(tmp_path), None).collection_key()["design"].keys()
    assert "design.looks is given, but the plan is not adaptive" in refused(a_plan(tmp_path, design={"looks": 4}))


@pytest.mark.parametrize(("changes", "said"), [
    ({"connect": {"adapter": "htp"}}, "unknown adapter 'htp'. Did you mean 'http'?"),
    ({"design": {"fixtures": ["student-mesages"]}}, "unknown fixture set 'student-mesages'. Did you mean 'student-messages'?"),
    ({"design": {"fixtures": ["student-messages", "student-messages"]}}, "two fixture sets have the same id"),
    ({"design": {"fixtures": ["evidence"]}}, "this folder holds no set.toml"),
    ({"design": {"items": 5000}}, "the set holds 240 base items. Ask for fewer, or draw a larger set"),
    ({"checklists": {"use": ["save"]}}, "unknown checklist 'save'. Did you mean 'safe'?"),
    ({"checklists": {"overlays": ["us-nz"]}}, "unknown overlay 'us-nz'"),
    ({"checklists": {"answers": "answers.xlsx"}}, "answers.xlsx: there is no file here"),
    ({"checklists": {"answers": "answers.pdf"}}, ".pdf is not a kind of answers file"),
    ({"checklists": {"answers": "a\0b.xlsx"}}, "cannot be read"),
    ({"policy": {"file": "policy.toml"}}, "policy.toml: there is no policy here"),
])
def test_a_name_that_leads_nowhere_is_refused(tmp_path, changes, said):
    (tmp_path / "evidence").mkdir()
    assert said in refused(a_plan(tmp_path, **changes))


@pytest.mark.parametrize(("raw", "said"), [
    (b"[tool\nname = 1", "at line 1"), (b'[tool]\nname = "a"\nname = "b"', "not valid TOML"), (b"\xff\xfea", "is not UTF-8"), (b"", "missing key"),
])
def test_a_file_that_is_no_toml_is_refused_with_the_line(tmp_path, raw, said):
    path = tmp_path / "plan.toml"
    path.write_bytes(raw)
    assert said in refused(path)


def test_a_plan_that_is_missing_or_a_folder_is_refused(tmp_path):
    assert "there is no plan here" in refused(tmp_path / "plan.toml")
    assert "this is a folder, not a plan" in refused(tmp_path)


# ---------------------------------------------------------------- ${NAME} and secrets


def test_an_unset_variable_is_named_and_a_set_one_is_filled_at_any_depth(tmp_path):
    path = a_plan(tmp_path, connect={"body": {"a": ["x ${DEEP_KEY} y"]}})
    assert "the environment variable DEEP_KEY is not set" in refused(path)
    assert read_plan(path, {"DEEP_KEY": "v"}).connect.settings["body"] == {"a": ["x v y"]}


def test_a_variable_is_read_only_in_connect(tmp_path):
    plan = read_plan(a_plan(tmp_path, tool={"name": "${NOT_READ}"}, auditor={"organisation": "${HOME}"}), dict(os.environ))
    assert plan.tool.name == "${NOT_READ}"
    assert plan.auditor.organisation == "${HOME}"


def test_what_a_variable_holds_is_not_read_for_variables_again(tmp_path):
    assert read_plan(a_plan(tmp_path, connect={"x": "${A}"}), {"A": "${B}"}).connect.settings["x"] == "${B}"


def test_a_variable_stays_as_written_when_a_run_is_scored_again(tmp_path):
    assert read_plan(a_plan(tmp_path, connect={"x": "${A}"}), None).connect.settings["x"] == "${A}"


@pytest.mark.parametrize("connect", [
    {"concurrency": "${SECRET_KEY}"}, {"timeout": "${SECRET_KEY}"}, {"retries": "${SECRET_KEY}"}, {"unknown_key": "${SECRET_KEY}"},
    {"gap": {"x": "${SECRET_KEY}"}}, {"rate": 3, "mean": "${SECRET_KEY}"},
])
def test_an_error_about_a_filled_value_does_not_show_it(tmp_path, connect):
    assert "sk-very-secret" not in refused(a_plan(tmp_path, connect=connect), {"SECRET_KEY": "sk-very-secret"})


CLEAR = {
    "api_key": "S1-secret", "headers": {"Authorization": "Bearer S2-secret", "X-Api-Key": "S3-secret", "X-Auth-Token": "S4-secret",
                                        "Ocp-Apim-Subscription-Key": "S5-secret", "Cookie": "sid=S6-secret"},
    "url": "https://me:S7-secret@example.com/v1?api_key=S8-secret&max=3", "client_secret": "S9-secret",
    "argv": ["tool", "--api-key", "S10-secret", "--token=S11-secret", "--verbose", "kept"], "body": {"auth": [{"password": "S12-secret"}]},
}
SECRETS = [f"S{n}-secret" for n in range(1, 13)]


def test_a_secret_written_in_clear_is_masked_wherever_it_stands():
    masked = str(without_secrets(CLEAR))
    assert [s for s in SECRETS if s in masked] == []
    assert "kept" in masked
    assert "max=3" in masked
    assert "example.com" in masked


def test_a_variable_is_kept_as_written_where_a_secret_would_be_masked():
    written = {"api_key": "${KEY}", "url": "https://x.example/?key=${KEY}&a=1", "argv": ["--token", "${KEY}"]}
    assert without_secrets(written) == written


def test_what_is_no_secret_is_not_masked():
    plain = {"max_tokens": "200", "model": "gpt", "body": {"keyboard": "x", "text": "{{ text }}", "keys": ["a"]}, "monkey": "x"}
    assert without_secrets(plain) == plain


def test_every_secret_is_known_so_that_it_can_be_struck_out_of_replies(tmp_path):
    plan = read_plan(a_plan(tmp_path, connect=CLEAR | {"extra": ["${ENV_SECRET}"]}), {"ENV_SECRET": "from-the-environment"})
    found = secrets_of(plan, {"ENV_SECRET": "from-the-environment"})
    assert found["from-the-environment"] == "${ENV_SECRET}"
    assert [s for s in SECRETS if not any(s in known for known in found)] == []
    assert "S2-secret" in found


def test_the_folder_key_does_not_hold_a_secret_and_changes_with_the_tool(tmp_path):
    key = read_plan(a_plan(tmp_path, connect=CLEAR), {}).collection_key()
    assert "secret" not in str(key).replace("client_secret", "")
    other = read_plan(a_plan(tmp_path, connect=CLEAR, tool={"version": "2"}), {}).collection_key()
    assert other != key
    slower = read_plan(a_plan(tmp_path, connect=CLEAR | {"timeout": 5, "retries": 1, "reply": "x"}), {}).collection_key()
    assert slower == key


@settings(max_examples=60, deadline=None)
@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(2**65), 2**65) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["adapter", "timeout", "x`y", "a.b", "price", "z\n"]), inner, max_size=3),
    max_leaves=6,
).filter(lambda v: v is not None), st.sampled_from(["tool", "connect", "design", "budget", "checklists", "policy", "auditor", "other"]))
def test_whatever_stands_in_a_section_is_read_or_refused_in_one_line(tmp_path_factory, value, section):
    table = a_table() | {section: _no_none(value)}
    path = tmp_path_factory.mktemp("plan") / "plan.toml"
    path.write_text(tomli_w.dumps(table), encoding="utf-8")
    said = ""
    try:
        read_plan(path, {})
    except PlanError as error:
        said = str(error)
    assert "\n" not in said


def _no_none(value):
    if isinstance(value, dict):
        return {k: _no_none(v) for k, v in value.items() if v is not None}
    return [_no_none(v) for v in value if v is not None] if isinstance(value, list) else value


# ---------------------------------------------------------------- through the command line


@pytest.mark.parametrize(("changes", "said"), [
    ({"desing": {"seed": 1}}, "Did you mean 'design'?"),
    ({"connect": {"adapter": "http", "url": "https://example.com", "headers": {"k": "${NO_SUCH_VARIABLE}"}}}, "NO_SUCH_VARIABLE"),
    ({"design": {"fixtures": ["nothing"]}}, "unknown fixture set"),
    ({"checklists": {"answers": "gone.xlsx"}}, "gone.xlsx"),
    ({"connect": {"adapter": "transcript", "file": "new/sheet.xls"}}, "no kind of sheet"),
])
@pytest.mark.parametrize("command", ["check", "collect"])
def test_a_wrong_plan_is_one_line_on_stderr_exit_code_2_and_nothing_is_written(tmp_path, command, changes, said, monkeypatch, capsys):
    path = a_plan(tmp_path, **changes)
    monkeypatch.setattr("sys.argv", ["audit", command, str(path)])
    with pytest.raises(SystemExit) as caught:
        main()
    out, err = capsys.readouterr()
    assert caught.value.code == 2
    assert out == ""
    assert len(err.splitlines()) == 1
    assert said in err
    assert [p.name for p in tmp_path.iterdir()] == ["plan.toml"]


def test_a_wrong_plan_ends_the_process_with_one_line_and_exit_code_2(tmp_path):
    result = audit("check", a_plan(tmp_path, desing={"seed": 1}))
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert result.stderr.startswith("audit: ")
