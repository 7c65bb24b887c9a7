"""A judge beside a run: blind, resumable, described only until it is shown to be usable, and never the tool's own failure."""

import json
import re
import shutil

import pytest

from audit.fixtures import load_set
from tests.audits import audit, write_plan
from tests.judge import judges
from tests.judge.judges import KEY, TEXTS, endpoint, rated, write_judge

TOOL = '''
def answer(given):
    """Asks for more where the text names Jamal; says the same to everybody else."""
    n = int(given["text"].split()[1])
    if n == 3 and "Jamal" in given["text"]:
        raise ValueError("no reply")
    more = " Rewrite it. Replace the example." if "Jamal" in given["text"] and n % 10 else ""
    who = "Jamal" if "Jamal" in given["text"] else "Brett"
    return f"Dear {who}, comment {n // 2}." + " Add a source." * (n % 3) + more
'''


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of 40 items in two guises, scored: the tool asks for more revision where the name is Jamal, and fails once."""
    base = tmp_path_factory.mktemp("run")
    own = base / "tiny"
    own.mkdir()
    (own / "set.toml").write_text(
        'id = "tiny"\ntitle = "A tiny set"\ndesign = "matched"\noutcome = "text"\nmeasures = ["words"]\n[attributes.name]\nreference = "white"\n'
        'groups = { white = "Brett", black = "Jamal" }\n', encoding="utf-8")
    (own / "items.jsonl").write_text("".join(
        json.dumps({"item": f"secret-item-{n:02}", "groups": {"name": g}, "variant": v, "input": {"text": f"Text {n} by {v}"}}) + "\n"
        for n in range(40) for g, v in (("white", "Brett"), ("black", "Jamal"))), encoding="utf-8")
    (base / "tool.py").write_text(TOOL, encoding="utf-8")
    plan = write_plan(base, 'adapter = "python"\ncall = "tool:answer"\nretries = 0')
    done = audit("collect", plan, "--out", base / "run", cwd=base)
    assert done.returncode == 3, done.stderr     # one reply is missing
    scored(base / "run")
    return base / "run"


@pytest.fixture
def fresh(run, tmp_path):
    return shutil.copytree(run, tmp_path / "run")


@pytest.fixture(scope="module")
def unjudged(run):
    """The scorecard of the run before any judge."""
    return json.loads((run / "scorecard.json").read_text(encoding="utf-8"))


def scored(run):
    done = audit("score", run, "--format", "json")
    assert done.returncode in (0, 1, 3), done.stderr
    card = json.loads(done.stdout)
    results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    return card, results, [d for d in results["disparities"] if d["measure"] == "judge_revision"]


def test_a_judge_is_blind_and_the_same_text_is_asked_about_once(fresh, tmp_path):
    with endpoint(judges.accurate) as server:
        path = write_judge(tmp_path / "j", server)
        done = audit("judge", "run", fresh, path, **KEY)
        prompts = [json.loads(body)["messages"][-1]["content"] for body in server.bodies]
        assert all(set(json.loads(body)) == {"model", "messages", "temperature"} for body in server.bodies)
        again = audit("judge", "run", fresh, path, **KEY)
        assert len(server.bodies) == len(prompts)
    assert (done.returncode, again.returncode) == (0, 0)
    assert not [p for p in prompts if re.search("Jamal|Brett|secret-item|white|black|tiny", p)]
    texts = [text for p in prompts for _, text in TEXTS.findall(p)]
    assert len(texts) == len(set(texts)) < 79
    assert all("Dear […]," in text for text in texts)
    marks = [TEXTS.findall(p)[0][0] for p in prompts]
    assert len(set(marks)) == len(marks)
    assert KEY["JUDGE_KEY"] not in "".join(p.read_text(encoding="utf-8") for p in (fresh / "judge").rglob("*.*") if p.is_file())


def test_a_judge_that_nobody_examined_only_describes(fresh, unjudged, tmp_path):
    with endpoint(judges.accurate) as server:
        audit("judge", "run", fresh, write_judge(tmp_path / "j", server), **KEY)
    card, results, own = scored(fresh)
    assert {d["family"] for d in own} == {"exploratory"}
    assert next(d for d in own if d["reference"] == "white")["estimate"] > 1
    note, judged = results["notes"][0], card["provenance"]["judges"][0]
    assert note.startswith("A language model (judge-2026) was used as a judge of texts")
    assert "judge_revision only describes, because it has not been examined (audit judge check)." in note
    assert judged["checked"] is None
    assert judged["models"] == ["judge-2026"]
    assert card["decision"] == unjudged["decision"]
    assert card["provenance"]["missing"] == unjudged["provenance"]["missing"]
    assert "only describes, because it has not been examined" in (fresh / "scorecard.html").read_text(encoding="utf-8")


def test_a_judge_that_was_found_usable_decides(fresh, tmp_path):
    with endpoint(judges.accurate) as server:
        path = write_judge(tmp_path / "j", server)
        assert audit("judge", "check", path, "--out", tmp_path / "check", "--sheets", rated(tmp_path / "people"), **KEY).returncode == 0
        done = audit("judge", "run", fresh, path, "--checked", tmp_path / "check" / "judge.json", **KEY)
        assert "judge_revision decides: its examination of" in done.stdout
        card, results, own = scored(fresh)
        assert {d["family"] for d in own} == {"confirmatory"}
        assert {d["outcome"] for d in own} == {"gap_found"}
        assert "decides like the set's other measures" in results["notes"][0]
        assert "its own gap: within margin" in results["notes"][0]
        assert card["provenance"]["judges"][0]["checked"]["usable"] is True
        other = write_judge(tmp_path / "k", server, more="seed = 5")
        assert "examined" not in audit("judge", "run", fresh, other, **KEY).stdout   # another seed has other questions: another folder


def test_an_examination_of_another_judge_does_not_count(fresh, tmp_path):
    with endpoint(judges.accurate) as server:
        audit("judge", "check", write_judge(tmp_path / "j", server), "--out", tmp_path / "check", "--items", "20", **KEY)
        checked = tmp_path / "check" / "judge.json"
        found = json.loads(checked.read_text(encoding="utf-8"))
        checked.write_text(json.dumps(found | {"usable": True}), encoding="utf-8")
        other = write_judge(tmp_path / "k", server, step="0.5")
        done = audit("judge", "run", fresh, other, "--checked", checked, **KEY)
        late = audit("judge", "run", fresh, other, **KEY)
    assert "judge_revision only describes: the examination is of another judge" in done.stdout
    assert late.returncode == 0    # what was fixed with the first question stays


def test_an_examination_cannot_be_added_after_the_first_question(fresh, tmp_path):
    with endpoint(judges.accurate) as server:
        path = write_judge(tmp_path / "j", server)
        audit("judge", "check", path, "--out", tmp_path / "check", "--items", "20", **KEY)
        audit("judge", "run", fresh, path, **KEY)
        done = audit("judge", "run", fresh, path, "--checked", tmp_path / "check" / "judge.json", **KEY)
    assert done.returncode == 2
    assert "--checked differ" in done.stderr
    assert not (fresh / "judge" / "revision" / "judge.json").exists()


def test_a_judge_that_stopped_goes_on_and_its_failures_are_not_the_tools(fresh, unjudged, tmp_path):
    with endpoint(judges.accurate, fails=0.3) as server:
        path = write_judge(tmp_path / "j", server, repeats=2)
        done = audit("judge", "run", fresh, path, **KEY)
        assert done.returncode == 3
        card, _, _ = scored(fresh)
        assert card["provenance"]["missing"] == unjudged["provenance"]["missing"]
        assert card["missingness"] == unjudged["missingness"]
        failed, calls = card["provenance"]["judges"][0]["answers"]["failed"], len(server.calls)
        assert failed > 10
        audit("judge", "run", fresh, path, **KEY)
        assert len(server.calls) == calls + failed


def test_a_pair_judge_puts_the_guises_side_by_side_in_both_orders(fresh, tmp_path):
    with endpoint(judges.accurate) as server:
        path = write_judge(tmp_path / "j", server, mode="pair")
        assert audit("judge", "run", fresh, path, **KEY).returncode == 0
        pairs = [tuple(text for _, text in TEXTS.findall(json.loads(body)["messages"][-1]["content"])) for body in server.bodies]
    assert {(b, a) for a, b in pairs} == set(pairs)
    _, _, own = scored(fresh)
    gap = next(d for d in own if (d["group"], d["reference"]) == ("black", "white"))
    expected = [min(5, 1 + n % 3 + 2 * (n % 10 > 0)) - min(5, 1 + n % 3) for n in range(40) if n != 3]
    assert gap["estimate"] == pytest.approx(sum(expected) / 39)


def test_replies_become_a_set_that_people_can_score(fresh, tmp_path):
    path = write_judge(tmp_path / "j", "http://127.0.0.1:9")
    assert audit("judge", "texts", fresh, path, "--out", tmp_path / "to-rate", "--items", "25").returncode == 0
    loaded = load_set(tmp_path / "to-rate")
    assert (loaded.outcome, loaded.scale, len({r.item for r in loaded.rows})) == ("score", (1.0, 5.0), 25)
    assert all("Dear […]," in row.input["text"] for row in loaded.rows)
    assert audit("raters", "export", tmp_path / "to-rate", "--raters", 2, "--out", tmp_path / "rating").returncode == 0


def test_a_run_without_texts_and_a_folder_that_is_no_run_are_refused(tmp_path):
    path = write_judge(tmp_path / "j", "http://127.0.0.1:9")
    done = audit("judge", "run", tmp_path, path, **KEY)
    assert done.returncode == 2
    assert "there is no run folder (no run.json) here" in done.stderr
