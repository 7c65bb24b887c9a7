"""The examination of a judge sees through each scripted one, and passes the accurate one."""

import json
from pathlib import Path

import pytest

from audit.fixtures import find_set, load_set
from tests.audits import audit
from tests.judge import judges
from tests.judge.judges import KEY, check, endpoint, rated, write_judge


def names_of(race):
    return frozenset(r.variant for r in load_set(find_set("judge-neutral", Path())).rows if r.groups.get("race") == race)


def test_an_accurate_judge_is_usable_and_asked_nothing_twice(tmp_path):
    with endpoint(judges.accurate) as server:
        path, rating = write_judge(tmp_path, server), rated(tmp_path / "people")
        command = ("judge", "check", path, "--out", tmp_path / "check", "--sheets", rating)
        done = audit(*command, "--format", "json", **KEY)
        first, calls = json.loads(done.stdout), len(server.calls)
        again = audit(*command, **KEY)
        assert len(server.calls) == calls
    assert (done.returncode, again.returncode) == (0, 0)
    assert first["usable"] is True
    assert {part["outcome"] for part in first["parts"].values()} == {"met"}
    assert set(first["own_gap"]["attributes"].values()) == {"within_margin"}
    assert first["answers"]["wanted"] == first["answers"]["read"] == calls
    assert "usable." in again.stdout
    assert "[met] Agreement with people (qwk)" in again.stdout
    assert "0 questions to ask" in again.stderr
    kept = "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "check").iterdir() if p.is_file())
    assert KEY["JUDGE_KEY"] not in kept + done.stdout + done.stderr
    assert "${JUDGE_KEY}" in kept


def test_a_judge_that_likes_one_groups_names_is_not_usable_although_it_agrees_with_people(tmp_path):
    code, found, _ = check(tmp_path, judges.fond_of(names_of("black")), step="0.5")
    assert code == 1
    assert found["parts"]["agreement"]["outcome"] == "met"
    assert found["parts"]["own_gap"]["outcome"] == "not_met"
    assert {name for name, outcome in found["own_gap"]["attributes"].items() if outcome == "gap_found"} == {"race"}
    gap = next(d for d in found["own_gap"]["disparities"] if (d["group"], d["reference"]) == ("black", "white"))
    assert gap["outcome"] == "gap_found"
    assert 0.3 < gap["estimate"] <= 0.5    # half a point, less where the scale ends
    others = [d for d in found["own_gap"]["disparities"] if d["reference"] == "white" and d["group"] != "black"]
    assert {d["outcome"] for d in others} == {"within_margin"}
    assert found["own_gap"]["masked"]["high"] < 0                        # without the name the half point is gone,
    assert set(found["own_gap"]["masked_attributes"].values()) == {"within_margin"}   # and so is the gap


def test_a_judge_that_prefers_the_first_text_shows_a_position_effect_and_no_agreement(tmp_path):
    code, found, _ = check(tmp_path, judges.first, "--items", "20", mode="pair")
    assert code == 1
    assert found["place"]["shift"]["value"] == -3
    assert found["place"]["same_place"] == 1.0
    assert found["ordered"] | {"low": 0, "high": 0} == {"pairs": 20, "right": 0, "tied": 20, "low": 0, "high": 0}
    assert found["parts"]["agreement"] == {"outcome": "not_met", "because": "The judge gave every text the same score, so it says nothing that people's scores say."}
    assert any("first place is preferred by 3.00" in caution for caution in found["cautions"])


def test_an_accurate_judge_of_pairs_is_usable_and_has_no_position_effect(tmp_path):
    code, found, _ = check(tmp_path, judges.accurate, mode="pair")
    assert {name: part["outcome"] for name, part in found["parts"].items()} == {"agreement": "met", "own_gap": "met", "readable": "met", "ordered": "met"}
    assert code == 0
    assert found["agreement"]["coefficient"] == "correlation"
    assert found["place"]["shift"]["value"] == 0
    assert found["place"]["shift"]["low"] < 0 < found["place"]["shift"]["high"]
    assert found["place"]["same_place"] == 0


def test_an_order_written_into_a_text_is_told_when_the_judge_follows_it(tmp_path):
    code, found, _ = check(tmp_path, judges.obedient, "--items", "20", sheets=False)
    assert code == 3
    assert found["injection"]["value"] == 4
    assert any("a text can steer this judge" in caution for caution in found["cautions"])


def test_a_judge_that_answers_prose_is_not_usable_and_every_answer_is_counted(tmp_path):
    code, found, _ = check(tmp_path, judges.prose, "--items", "20")
    assert code == 1
    answers = found["answers"]
    assert answers["read"] == 0
    assert answers["unreadable"] == answers["wanted"]
    assert found["parts"]["readable"]["outcome"] == "not_met"
    assert "a number was expected" in answers["reasons"][0][0]
    assert found["parts"]["own_gap"]["outcome"] == "open"


def test_failed_calls_leave_the_question_open_and_the_same_command_asks_them_again(tmp_path):
    with endpoint(judges.accurate, fails=0.15) as shaky:
        path = write_judge(tmp_path, shaky, repeats=2)
        command = ("judge", "check", path, "--out", tmp_path / "check", "--items", "20", "--format", "json")
        first = json.loads((done := audit(*command, **KEY)).stdout)
        calls = len(shaky.calls)
        second = json.loads(audit(*command, **KEY).stdout)
    assert done.returncode == 3
    failed = first["answers"]["failed"]
    assert 0.1 < failed / first["answers"]["wanted"] < 0.2
    assert first["parts"]["readable"]["outcome"] == "open"
    assert first["answers"]["unreadable"] == 0
    assert len(shaky.calls) - calls == failed
    assert second["answers"]["failed"] < failed
    assert second["noise"]["same"] == 1.0


def test_without_peoples_scores_there_is_not_enough_evidence(tmp_path):
    own = "".join(f'[[pairs]]\nmore = "Text {n}. Rewrite it."\nless = "Text {n}."\n' for n in range(6))
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    code, found, _ = check(tmp_path, judges.accurate, "--items", "20", sheets=False, pairs='pairs = "own.toml"')
    assert code == 3
    assert found["usable"] is None
    assert found["parts"]["agreement"] == {"outcome": "open", "because": "No texts that people scored were given (--sheets): agreement is not known."}
    assert (found["ordered"]["pairs"], found["ordered"]["right"]) == (6, 6)


def test_a_spent_budget_stops_and_says_so(tmp_path):
    code, found, said = check(tmp_path, judges.accurate, "--items", "20", sheets=False, tail="[budget]\ncalls = 50")
    assert code == 3
    assert found["answers"]["read"] == 50
    assert "the budget of 50 calls is spent. The same command goes on from here." in said


@pytest.mark.parametrize(("changes", "said"), [
    ({"more": 'questions = "x"'}, "unknown key 'questions' in [judge]. Did you mean 'question'?"),
    ({"tail": 'adapter = "http"'}, "connect.adapter = 'http': a judge is asked by chat"),
    ({"tail": 'positive = "yes"'}, "connect.positive is for decisions"),
    ({"tail": 'modle = "x"'}, "unknown key 'modle'"),
    ({"step": "0.3"}, "judge.step = 0.3 does not lead from 1 to 5"),
    ({"pairs": 'pairs = "warmht"'}, "unknown pairs 'warmht'. Did you mean 'warmth'?"),
    ({"pairs": 'pairs = "none.toml"'}, "there is no pairs file here"),
    ({"more": 'neutral = "judge-neutrl"'}, "unknown fixture set 'judge-neutrl'. Did you mean 'judge-neutral'?"),
])
def test_a_wrong_judge_is_refused_before_anything_is_written(tmp_path, changes, said):
    path = write_judge(tmp_path / "j", "http://127.0.0.1:9", **changes)
    done = audit("judge", "check", path, "--out", tmp_path / "check", **KEY)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "check").exists()


def test_an_unset_key_is_named_and_not_shown(tmp_path):
    done = audit("judge", "check", write_judge(tmp_path / "j", "http://127.0.0.1:9"), "--out", tmp_path / "check")
    assert done.returncode == 2
    assert "the environment variable JUDGE_KEY is not set" in done.stderr


def test_sheets_on_another_scale_are_refused(tmp_path):
    path = write_judge(tmp_path / "j", "http://127.0.0.1:9")
    done = audit("judge", "check", path, "--out", tmp_path / "check", "--sheets", rated(tmp_path / "people", scale=(1, 6)), **KEY)
    assert done.returncode == 2
    assert "people gave scores from 1 to 6, the judge gives 1 to 5" in done.stderr


def test_a_folder_with_the_answers_of_another_judge_is_refused(tmp_path):
    with endpoint(judges.accurate) as server:
        path = write_judge(tmp_path / "j", server)
        command = ("judge", "check", path, "--out", tmp_path / "check", "--items", "20")
        assert audit(*command, **KEY).returncode == 3
        path.write_text(path.read_text(encoding="utf-8").replace("ask the student to revise?", "help the student?"), encoding="utf-8")
        calls, done = len(server.calls), audit(*command, **KEY)
        assert len(server.calls) == calls
    assert done.returncode == 2
    assert "holds the answers of another judge" in done.stderr


def test_the_judge_that_init_writes_can_be_read_and_is_not_overwritten(tmp_path):
    assert audit("judge", "init", tmp_path / "new").returncode == 0
    done = audit("judge", "check", tmp_path / "new" / "judge.toml", "--out", tmp_path / "check")
    assert "the environment variable JUDGE_API_KEY is not set" in done.stderr     # everything before that was in order
    again = audit("judge", "init", tmp_path / "new")
    assert again.returncode == 2
    assert "not overwritten" in again.stderr
