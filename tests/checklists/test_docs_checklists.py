"""The pages on checklists and evidence hold what they say: names exist and are all there, and every example loads and does what the text says."""

import ast
import datetime as dt
import re
import tomllib
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
from typer.main import get_command

from audit import workbook
from audit.checklists import (
    FEATURE_WORDS,
    Answered,
    Papers,
    Profile,
    contradiction_rules,
    criteria_of,
    documentary_findings,
    editions,
    load_checklists,
    off,
    profile_of,
    shipped_checklists,
    shipped_overlays,
)
from audit.checklists.columns import CLAIMS, EVIDENCE, GIVEN
from audit.cli import app
from audit.errors import ChecklistError
from audit.evidence import CHECKERS, inspect, openapi_schema, portability, qti, table
from audit.pipeline import About, import_form, read_documents
from audit.pipeline.documents import LARGEST_KEPT
from audit.plan import AGES, AUDIENCE, INDICATORS, STUDENT_DATA, Tool
from audit.records import Answer, Assurance, Criterion
from audit.untrusted import archive, markup, size, trees

ROOT = Path(__file__).parents[2]
CHECKLISTS, EVIDENCE_PAGE = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("checklists.md", "evidence.md"))
PAGES = CHECKLISTS + EVIDENCE_PAGE + "".join(p.read_text(encoding="utf-8") for p in sorted((ROOT / "docs/decisions").glob("001[34]-*.md")))
TODAY = dt.date(2026, 11, 30)


def blocks(page, language):
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def block(page, language, start):
    """The only block that begins so."""
    found = [one for one in blocks(page, language) if one.startswith(start)]
    assert len(found) == 1, start
    return found[0]


def rows(page, head):
    """The rows of the table under this head, as lists of cells."""
    lines = page.split(head, 1)[1].splitlines()[2:]
    kept = []
    for line in lines:
        if not line.startswith("|"):
            break
        kept.append([cell.strip() for cell in line.strip("|").split("|")])
    return kept


def names(cell):
    return re.findall(r"`([^`]+)`", cell)


def commands():
    """Every command as typed, with its options."""
    found, todo = {}, [("audit", get_command(app))]
    while todo:
        name, command = todo.pop()
        if hasattr(command, "commands"):
            todo += [(f"{name} {sub}", one) for sub, one in command.commands.items()]
        found[name] = {option for one in command.params for option in one.opts if option.startswith("--")}
    return found


# What is named exists

def test_every_command_on_the_pages_exists_and_takes_the_options_beside_it():
    known = commands()
    lines = re.findall(r"^(audit .+)$|`(audit [^`]+)`", PAGES, re.MULTILINE)
    assert len(lines) > 12
    for said in (one or other for one, other in lines):
        name = max((c for c in known if f"{said} ".startswith(f"{c} ")), key=len)
        assert name != "audit" or said.startswith("audit --"), said
        assert set(re.findall(r"--[a-z]+", said)) <= known[name] | {"--help"}, said


@pytest.mark.parametrize("command", ["audit answers export", "audit answers fill", "audit answers check", "audit answers import", "audit evidence check"])
def test_every_option_of_the_commands_is_named(command):
    page = EVIDENCE_PAGE if "evidence" in command else CHECKLISTS
    for option in commands()[command] - {"--help", "--format"}:
        assert option in page, f"{command} {option}"


def test_every_option_on_the_pages_belongs_to_a_command():
    every = set().union(*commands().values()) | {"--help"}
    assert set(re.findall(r"`(--[a-z]+)", PAGES)) <= every


def test_every_criterion_on_the_page_exists():
    known = {c.id for one in load_checklists(INDICATORS, (), Path()) for c in one.criteria}
    said = set(re.findall(r"`((?:safe|evidence-based|inclusive|usable|interoperable)-[a-z-]+)`", CHECKLISTS))
    assert said
    assert said <= known


# What exists is named

def test_the_indicators_and_their_numbers_of_questions_are_right():
    told = {names(row[0])[0]: int(row[1]) for row in rows(CHECKLISTS, "| indicator | questions | what it is about |")}
    lists = load_checklists(INDICATORS, (), Path())
    assert told == {one.id: len(one.criteria) for one in lists}
    assert [one.id for one in lists for c in one.criteria if c.answer == "measured"] == ["inclusive"] * 2
    assert set(told) == set(shipped_checklists())


def test_every_kind_of_answer_is_explained():
    told = {name for row in rows(CHECKLISTS, "| kind | what to answer | rules that a good answer meets |") for name in names(row[0])}
    kinds = set(next(f.type for f in msgspec.structs.fields(Criterion) if f.name == "answer").__args__)
    assert told == kinds - {"measured"}


def test_every_feature_and_every_value_of_a_product_is_explained():
    told = {names(row[0])[0]: row[1] for row in rows(CHECKLISTS, "| feature | the product … |")}
    assert told == FEATURE_WORDS
    assert [names(row[0])[0] for row in rows(CHECKLISTS, "| `student_data` | the most that the product holds |")] == list(STUDENT_DATA)
    plan = block(CHECKLISTS, "toml", "[tool]")
    for values in (AGES, AUDIENCE, STUDENT_DATA):
        assert all(value in plan for value in values)


def test_every_rung_of_the_ladder_is_named():
    assert [names(row[0])[0] for row in rows(CHECKLISTS, "| rung | what lifts an answer to it | in the example |")] == [
        "claimed", "documented", "supplied", "validated", "certified", "measured"]
    assert set(Assurance.__args__) == {"claimed", "documented", "supplied", "validated", "certified", "measured"}


def test_every_column_of_answers_register_and_claims_is_named():
    assert tuple(names(row[0])[0] for row in rows(CHECKLISTS, "| column | what it holds |")) == EVIDENCE
    for column in (*GIVEN, "edition", "origin", *(c for c in CLAIMS if c != "claim")):
        assert f"`{column}`" in CHECKLISTS, column


@pytest.mark.parametrize("name", shipped_overlays())
def test_every_overlay_is_named(name):
    assert f"`{name}`" in CHECKLISTS


@pytest.mark.parametrize("name", sorted(p.stem for p in (ROOT / "checklists/crosswalks").glob("*.toml")))
def test_every_crosswalk_is_named(name):
    assert name in [n for row in rows(CHECKLISTS, "| name | framework |") for n in names(row[0])]


def test_what_a_newer_edition_reports_is_named_in_the_words_of_the_page():
    words = {"added": "**new**", "changed": "**changed**", "retired": "**no longer asked**"}
    source = Path(editions.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r'Change\([\w.]+, "(\w+)"', source)) == set(words)
    assert all(word in CHECKLISTS for word in words.values())


def test_every_kind_of_evidence_has_its_row_and_no_cell_is_empty():
    head = "| kind | ask the vendor for | what is checked | what cannot be seen offline |"
    told = [names(row[0])[0] for row in rows(EVIDENCE_PAGE, head)]
    assert sorted(told) == sorted(CHECKERS)
    assert all(all(row) for row in rows(EVIDENCE_PAGE, head))


# Facts

def told_facts():
    return [(fact, set(names(row[2]))) for row in rows(EVIDENCE_PAGE, "| fact | what it is | kinds |") for fact in names(row[0])]


def sources(module):
    """A checker's own files, and those of `audit.evidence` that it imports."""
    found, todo = {}, [module]
    while todo:
        name = todo.pop()
        if name in found or name.rpartition(".")[2] in ("specimen", "inspect", "evidence"):
            continue
        found[name] = Path(import_module(name).__file__).read_text(encoding="utf-8")
        todo += re.findall(r"^from (audit\.evidence\.[\w.]+) import", found[name], re.MULTILINE)
    return found


def facts_written(source):
    """The facts that a module names where it makes them: in functions that return Facts, and under `facts[…]`."""
    found = set()
    for one in ast.walk(ast.parse(source)):
        if isinstance(one, ast.FunctionDef) and one.returns is not None and ast.unparse(one.returns) == "Facts":
            tables = [d for d in ast.walk(one) if isinstance(d, ast.Dict) and not all(ast.unparse(v) == "[]" for v in d.values)]
            found |= {key.value for d in tables for key in d.keys if isinstance(key, ast.Constant)}
        if isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store) and isinstance(one.slice, ast.Constant) and ast.unparse(one.value).endswith("facts"):
            found.add(one.slice.value)
    return found


def test_every_fact_is_explained_once():
    every = [fact for fact, _ in told_facts()]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("kind", CHECKERS)
def test_every_fact_that_a_checker_writes_is_on_the_page_with_its_kind(kind):
    told = {fact for fact, kinds in told_facts() if kind in kinds}
    module = CHECKERS[kind].module
    own = [text for name, text in sources(module).items() if name.startswith(module)]
    assert set().union(*map(facts_written, own)) <= told


@pytest.mark.parametrize("kind", CHECKERS)
def test_every_fact_on_the_page_is_in_the_checker_that_it_names(kind):
    text = "\n".join(sources(CHECKERS[kind].module).values())
    for fact in (fact for fact, kinds in told_facts() if kind in kinds):
        made = (f'"{fact}"', 'f"requests_{' if fact.startswith("requests_") else f'"{fact}"', "_supported" if fact.endswith("_supported") else f'"{fact}"')
        assert any(one in text for one in made), f"{kind}: {fact}"


def test_every_fact_that_a_rule_uses_is_on_the_page():
    used = {rule.evidence.fact for rule in contradiction_rules() if rule.evidence is not None}
    assert used
    assert used <= {fact for fact, _ in told_facts()}


@pytest.mark.parametrize(("said", "number"), [
    ("20,000 members", archive._MOST_MEMBERS), ("20 GB", archive._LARGEST_TOTAL // 10**9), ("above 20 MB", archive._RATIO_FROM // 10**6),
    ("200 times its size", archive._LARGEST_RATIO), ("nested more than 200 deep: refused", markup._DEEPEST), ("more than 2 million values", trees._MOST_NODES // 10**6),
    ("nested more than 100 deep", trees._DEEPEST), ("may have 100 MB", size.LARGEST // 10**6), ("20,000 rows", table._MOST_ROWS),
    ("20 million characters", table._MOST_CHARACTERS // 10**6), ("unpack to 200 MB", workbook._LARGEST_UNPACKED // 10**6), ("QTI package may have 10 MB", qti._LARGEST // 10**6),
    ("TOML manifest 2 MB", portability._LARGEST_TOML // 10**6), ("1,000 data sets", portability._MOST_DATASETS), ("more than 200,000 values", openapi_schema._MOST_VALUES),
    ("files up to 50 MB", LARGEST_KEPT // 10**6), ("more than 90 days", portability._LONG_KEPT),
])
def test_every_limit_on_the_page_is_the_programs(said, number):
    assert said in EVIDENCE_PAGE
    assert f"{number:,}" in said


# The examples

def test_the_plans_tool_loads_and_a_branch_that_is_off_is_not_asked():
    tool = msgspec.convert(tomllib.loads(block(CHECKLISTS, "toml", "[tool]"))["tool"], Tool)
    known = criteria_of(load_checklists(INDICATORS, (), Path()))
    voice = [c for c in known.values() if c.when.features and not {"generative", "chat"} & set(c.when.features)]
    assert voice
    assert all(off(c, profile_of(tool), {}, known) for c in voice)
    assert not any(off(c, Profile(), {}, known) for c in voice)
    unsaid, none = (profile_of(msgspec.structs.replace(tool, features=features)) for features in (None, ()))
    assert all(off(c, none, {}, known) and not off(c, unsaid, {}, known) for c in voice)


def test_a_branch_that_is_off_never_counts_whatever_was_answered():
    lists = load_checklists(INDICATORS, (), Path())
    known = criteria_of(lists)
    one = next(c for c in known.values() if c.when.features == ("voice",))
    for said in ("yes", "no"):
        found = documentary_findings(lists, Answered({one.id: Answer(said)}), profile=Profile(features=("chat",)), papers=Papers(), today=TODAY)
        assert next(f for f in found if f.criterion == one.id).outcome == "not_applicable"


def manifest_in(folder):
    (folder / "portability.toml").write_text(block(EVIDENCE_PAGE, "toml", "portability = 1"), encoding="utf-8")
    for name in ("schemas/work.md", "samples/work.csv", "samples/certificate.pdf", "samples/conversations.jsonl"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("invented", encoding="utf-8")


def example(tmp_path):
    """The example's answers with their files, read as an audit reads them."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    manifest_in(folder)
    for name in ("agreement.pdf", "audit.pdf"):
        (folder / name).write_bytes(b"%PDF-1.7 invented")
    (tmp_path / "answers.toml").write_text(block(CHECKLISTS, "toml", "[answers.safe-breach-notice]"), encoding="utf-8")
    lists = load_checklists(INDICATORS, (), Path())
    return lists, read_documents(tmp_path / "answers.toml", folder, lists, About("Example Learning", "4.2"), TODAY)


def findings(lists, documents, today=TODAY):
    found = documentary_findings(
        lists, documents.answered, profile=Profile(), papers=Papers(documents.files, (), "Example Learning"), today=today,
    )
    return {f.criterion: f for f in found}


def test_the_examples_answers_stand_on_the_rungs_that_the_page_says(tmp_path):
    lists, documents = example(tmp_path)
    found = findings(lists, documents)
    for rung, _, where in rows(CHECKLISTS, "| rung | what lifts an answer to it | in the example |")[:5]:
        one = found[names(where)[0]]
        assert (one.assurance, one.outcome) == (names(rung)[0], "met"), one.because
    assert documents.answered.claims[0].said_in == "https://example.org/tutor"
    assert [n for n, f in documents.files.items() if f.filed.confidential] == ["agreement.pdf"]


def test_an_expired_paper_makes_the_examples_yes_not_met(tmp_path):
    lists, documents = example(tmp_path)
    later = dt.date(2029, 8, 1)
    old = read_documents(tmp_path / "answers.toml", tmp_path / "evidence", lists, About("Example Learning", "4.2"), later)
    assert findings(lists, documents)["safe-breach-notice"].outcome == "met"
    assert findings(lists, old, later)["safe-breach-notice"].outcome == "not_met"


def test_the_overlay_on_the_page_adds_tightens_and_retires_and_the_strictest_clock_wins(tmp_path):
    (tmp_path / "hill-county.toml").write_text(block(CHECKLISTS, "toml", 'id = "hill-county"'), encoding="utf-8")
    plain = criteria_of(load_checklists(INDICATORS, (), tmp_path))
    for order in (("us-ny", "hill-county.toml"), ("hill-county.toml", "us-ny")):
        lists = load_checklists(INDICATORS, order, tmp_path)
        known = criteria_of(lists)
        clock = known["safe-breach-notice"]
        assert (clock.good, clock.unit, clock.set_by, clock.required) == ("<= 3", "days", "Hill County consortium: section 9", True)
        assert not known["safe-hill-named-contact"].required
        assert "usable-total-cost" in plain
        assert "usable-total-cost" not in known
        assert [r.id for one in lists for r in one.retired] == ["usable-total-cost"]
    only = criteria_of(load_checklists(INDICATORS, ("us-ny",), tmp_path))["safe-breach-notice"]
    assert (only.good, only.unit) == ("<= 7", "days")


@pytest.mark.parametrize(("old", "new", "said"), [
    ('unit = "hours"', 'unit = "business days"', "cannot be compared"), ('good = "<= 72"', 'good = ">= 72"', "does not run the same way"),
    ('criterion = "safe-breach-notice"', 'criterion = "safe-breach-notic"', "unknown criterion"),
])
def test_an_overlay_that_cannot_be_compared_is_the_error_that_the_page_says(tmp_path, old, new, said):
    (tmp_path / "o.toml").write_text(block(CHECKLISTS, "toml", 'id = "hill-county"').replace(old, new), encoding="utf-8")
    with pytest.raises(ChecklistError, match=said):
        load_checklists(INDICATORS, ("o.toml",), tmp_path)


def test_the_form_and_its_map_are_carried_as_the_pages_table_says(tmp_path):
    (tmp_path / "form.toml").write_text(block(CHECKLISTS, "toml", 'id = "county-form"'), encoding="utf-8")
    (tmp_path / "reply.csv").write_text(block(CHECKLISTS, "csv", "No,Reply"), encoding="utf-8")
    told = rows(CHECKLISTS, "| id | carried to | as | because |")
    found = import_form(tmp_path / "reply.csv", None, tmp_path / "form.toml", load_checklists(INDICATORS, (), Path()), TODAY)
    assert {n: a.answer for n, a in found.answers.items()} == {names(to)[0]: names(said)[0] for _, to, said, _ in told if said}
    assert set(found.notes) == {names(to)[0] for _, to, said, _ in told if not said}
    assert "Two of five are listed." in found.notes["safe-subprocessors"]
    assert found.form == "Hill County vendor form 2025"


def test_a_number_in_another_unit_is_not_carried(tmp_path):
    (tmp_path / "form.toml").write_text(block(CHECKLISTS, "toml", 'id = "county-form"'), encoding="utf-8")
    (tmp_path / "reply.csv").write_text("No,Reply,Remarks\nQ2,72 hours,\n", encoding="utf-8")
    found = import_form(tmp_path / "reply.csv", None, tmp_path / "form.toml", load_checklists(INDICATORS, (), Path()), TODAY)
    assert found.answers == {}
    assert "safe-breach-notice" in found.notes


def test_the_manifest_on_the_page_is_clean_and_says_what_the_page_says(tmp_path):
    manifest_in(tmp_path)
    found = inspect(tmp_path / "portability.toml", TODAY)
    assert (found.kind, found.errors, found.warnings, found.problems) == ("portability", 0, 0, ())
    said = {"formats": ["csv", "jsonl"], "self_service": True, "api": False, "export_fee": False, "export_cost": 0, "days_kept_after_term": 60}
    assert said.items() <= found.facts.items()
    assert all(one in EVIDENCE_PAGE for one in portability.FREQUENCIES)
    assert set(portability.SCHEMA["properties"]) - set(portability.SCHEMA["required"]) == {"product_version", "currency"}
