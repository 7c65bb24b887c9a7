"""`audit bundle`: what goes in, what stays at home, and what is refused."""

import hashlib
import json
import shutil
from datetime import date

import msgspec
import pytest

from audit.bundles import open_bundle
from audit.errors import BundleError
from audit.pipeline.bundling.bundled import bundle_run
from audit.pipeline.bundling.commitments import commitment
from audit.pipeline.bundling.leaks import find_secrets
from audit.pipeline.bundling.places import last_part, shorter_places, shorter_plan
from audit.runs import write_manifest
from tests.bundles.made import a_key, members
from tests.bundles.runs_made import ANSWERS, WORDS, a_run, score

REPORT = b"id,result\n1,pass\n2,fail\n"
SECRET_REPORT = b"finding,severity\nweak cipher,low\n"
WITH_EVIDENCE = ANSWERS.split("[answers.inclusive")[0] + '''
[answers.evidence-based-known-errors]
answer = "yes"
evidence = "report.csv"

[answers.evidence-based-independent]
answer = "no study"
evidence = "pentest.csv"

[evidence."pentest.csv"]
confidential = "yes"
'''


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return a_run(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    return a_run(
        tmp_path_factory.mktemp("answered"), use='["evidence-based", "inclusive"]', answers=WITH_EVIDENCE,
        evidence={"report.csv": REPORT, "pentest.csv": SECRET_REPORT},
    )


@pytest.fixture(scope="module")
def text_run(tmp_path_factory):
    return a_run(tmp_path_factory.mktemp("texts"), WORDS, outcome="text", items=12, text="A private essay number {i} by a pupil of group {g}")


def a_copy(run, tmp_path):
    return shutil.copytree(run, tmp_path / run.parent.name / "run")


def test_the_same_run_gives_the_same_bytes_signed_or_not(plain, tmp_path):
    key = a_key(tmp_path)
    for signer in (None, key):
        one, other = (bundle_run(plain, tmp_path / f"{name}.audit.zip", signer) for name in ("a", "b"))
        assert (tmp_path / "a.audit.zip").read_bytes() == (tmp_path / "b.audit.zip").read_bytes()
        assert one.digest == other.digest


def test_everything_that_the_numbers_follow_from_is_in_it_and_no_document_is(answered, tmp_path):
    made = bundle_run(answered, tmp_path / "a.audit.zip")
    names = set(members(tmp_path / "a.audit.zip"))
    wanted = {"plan.toml", "policy.toml", "run.json", "journal.jsonl", "answers.json", "evidence.json", "results.json", "scorecard.json",
              "fixtures/tiny/set.toml", "fixtures/tiny/items.jsonl", "checklists/inclusive.json", "evidence/report.csv"}
    assert {f"run/{name}" for name in wanted} <= names
    assert not [name for name in names if "documents" in name or "tables" in name or name.endswith((".html", ".pdf"))]
    assert made.files == len(names) - 1


def test_the_head_repeats_the_scorecard(answered, tmp_path):
    bundle_run(answered, tmp_path / "a.audit.zip")
    card = json.loads((answered / "scorecard.json").read_text())
    with open_bundle(tmp_path / "a.audit.zip") as bundle:
        head = bundle.head
        assert bundle.altered() == []
    assert (head.tool["version"], head.auditor["role"], head.as_of, head.decision) == ("1", "district", "2026-11-22", card["decision"]["status"])
    assert head.versions == card["provenance"]["versions"]
    assert head.seeds == {"design": 20261121}


def test_confidential_evidence_stays_at_home_and_its_hash_goes_in(answered, tmp_path):
    made = bundle_run(answered, tmp_path / "a.audit.zip")
    content = members(tmp_path / "a.audit.zip")
    assert not any(SECRET_REPORT in raw for raw in content.values())
    entry = json.loads(content["bundle.json"])["withheld"]["run/evidence/pentest.csv"]
    assert entry == {"sha256": hashlib.sha256(SECRET_REPORT).hexdigest(), "size": len(SECRET_REPORT), "because": "confidential"}
    assert made.withheld == {"run/evidence/pentest.csv": "confidential"}


def test_no_path_of_the_makers_machine_is_in_it(answered, tmp_path):
    bundle_run(answered, tmp_path / "a.audit.zip")
    assert str(answered.parent) in (answered / "answers.json").read_text()
    for name, raw in members(tmp_path / "a.audit.zip").items():
        assert str(answered.parent).encode() not in raw, name
    assert json.loads(members(tmp_path / "a.audit.zip")["run/answers.json"])["answers"]["evidence-based-known-errors"]["where"].startswith("answers.toml [")


@pytest.mark.parametrize(("text", "short"), [
    ("/home/me/set", "set"), ("C:\\Users\\me\\a.xlsx", "a.xlsx"), ("~/essays/", "essays"), ("\\\\server\\share\\b.csv", "b.csv"), ("sets/essays", "sets/essays"),
    ("https://tool.example/v1", "https://tool.example/v1"), ("//cdn", "//cdn"),
])
def test_of_an_absolute_path_the_last_part_is_kept(text, short):
    assert last_part(text) == short


def test_a_plan_keeps_what_is_asked_and_whose_sets_are_own():
    plan = {
        "tool": {"name": "/odd"}, "design": {"fixtures": ["student-messages", "/home/me/student-messages"]},
        "connect": {"adapter": "command", "argv": ["python", "/home/me/tool.py", "--model=/data/m.bin"], "url": "http://127.0.0.1/x", "body": {"path": "/a/b"}},
        "policy": {"file": "/home/me/policy.toml"},
    }
    short = shorter_plan(plan)
    assert short["tool"] == {"name": "/odd"}
    assert short["design"]["fixtures"] == ["student-messages", "./student-messages"]
    assert short["connect"] == {"adapter": "command", "argv": ["python", "tool.py", "--model=m.bin"], "url": "http://127.0.0.1/x", "body": {"path": "/a/b"}}
    assert short["policy"] == {"file": "policy.toml"}
    assert shorter_places({"where": "/home/my name/answers.xlsx, sheet Safe, row 4", "note": "/etc/hosts"}) == {
        "where": "answers.xlsx, sheet Safe, row 4", "note": "/etc/hosts"}


def test_a_run_that_was_not_scored_is_refused(plain, tmp_path):
    run = a_copy(plain, tmp_path)
    (run / "scorecard.json").unlink()
    with pytest.raises(BundleError, match=r"no scorecard\.json.*audit score"):
        bundle_run(run)
    with pytest.raises(Exception, match=r"no run folder"):
        bundle_run(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["journal.jsonl", "answers.json", "results.json", "scorecard.json", "policy.toml", "fixtures/tiny/items.jsonl"])
def test_a_run_that_changed_since_it_was_scored_is_refused_and_nothing_is_written(plain, tmp_path, name):
    run = a_copy(plain, tmp_path)
    (run / name).write_bytes((run / name).read_bytes() + b"\n")
    with pytest.raises(BundleError, match=rf"{name} has changed since the run was scored.*audit score RUN"):
        bundle_run(run, tmp_path / "a.audit.zip")
    assert not (tmp_path / "a.audit.zip").exists()


def test_a_file_that_came_since_the_score_is_refused(plain, tmp_path):
    run = a_copy(plain, tmp_path)
    (run / "fixtures" / "tiny" / "NOTICE").write_text("Mine.")
    with pytest.raises(BundleError, match=r"NOTICE has come since"):
        bundle_run(run)


# --- personal data


def test_personal_data_in_own_texts_is_refused_without_naming_it(tmp_path):
    text = "Call my mother at 312-555-8811, text {i} {g}"
    run = a_run(tmp_path, text="Text {i} {g}")
    rows = (run / "fixtures" / "tiny" / "items.jsonl").read_text().splitlines()
    rows[0] = json.dumps(json.loads(rows[0]) | {"input": {"text": text.format(i=0, g="SAE")}})
    (run / "fixtures" / "tiny" / "items.jsonl").write_text("\n".join(rows) + "\n")
    score(run)
    with pytest.raises(BundleError, match="a telephone number in 1 place") as refused:
        bundle_run(run)
    assert "8811" not in str(refused.value)


def test_personal_data_in_a_reply_to_own_texts_is_refused_and_a_person_may_allow_it_with_a_reason(tmp_path):
    run = a_run(tmp_path, reply=lambda p, out: {"flag": out, "note": "Write to jo.doe@lakeside.org"} if p.item == "i003" else {"flag": out}, path="flag")
    with pytest.raises(BundleError, match=r"an e-mail address in 2 places .journal.jsonl, line \d+") as refused:
        bundle_run(run, tmp_path / "a.audit.zip")
    assert "jo.doe" not in str(refused.value)
    bundle_run(run, tmp_path / "a.audit.zip", because="The address is the tool's own help desk.")
    note = json.loads(members(tmp_path / "a.audit.zip")["run/bundled.json"])
    assert (note["personal_data"], note["because"]) == ({"an e-mail address": 2}, "The address is the tool's own help desk.")


# --- secrets


TOKENS = {
    "an OpenAI key": "sk-proj-4f8Jk2LmN9pQr7StUvWx1yZ", "a GitHub token": "ghp_" + "a1B2" * 9, "an AWS key": "AKIA" + "IOSFODNN7EXAMPLE"[:16],
    "a JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1g", "a PEM key": "-----BEGIN PRIVATE KEY-----",
    "a named key": '"api_key": "q9X2mB7vT4kL8wZ1pR5nC3dF"', "an address": "postgresql://audit:hunter22@db.example/x",
    "a bearer": "Authorization: Bearer a8s7df6a8s7d6f8a7s6df8a7s6",
}


@pytest.mark.parametrize("name", sorted(TOKENS))
def test_a_secret_in_a_reply_is_refused_with_its_place_and_never_shown(plain, tmp_path, name):
    run = a_copy(plain, tmp_path)
    lines = (run / "journal.jsonl").read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if '"reply"' in line)
    event = json.loads(lines[at])
    event["meta"] = {"note": TOKENS[name]}
    lines[at] = msgspec.json.encode(event).decode()
    (run / "journal.jsonl").write_text("\n".join(lines) + "\n")
    score(run)
    with pytest.raises(BundleError, match=rf"journal\.jsonl, line {at + 1} holds what looks like") as refused:
        bundle_run(run)
    assert TOKENS[name][-10:] not in str(refused.value)


def test_what_only_resembles_a_secret_is_let_through(answered):
    harmless = [
        b'"collection": "978614afe4ad90872aadcd7fdb9dcc0f7bfe8a963dfcce4e06b75515acec4c8e"', b"the secret: a good night's sleep and patience",
        b'"api_key": "${TOOL_API_KEY}"', b'"token": "***"', b"skip-the-line-and-other-hyphenated-words", b'"usage": {"prompt_tokens": 12345678901234567890}',
        b"https://tool.example/a:b@c", b'"key": "evidence-based-version-pinned"', b"a password: something-that-you-know-well",
    ]
    assert [list(find_secrets([line])) for line in harmless] == [[] for _ in harmless]


def test_a_secret_in_clear_in_the_plan_is_refused(plain, tmp_path):
    run = a_copy(plain, tmp_path)
    text = (run / "plan.toml").read_text().replace("[connect]\n", '[connect]\nheaders = { authorization = "opensesame" }\n')
    (run / "plan.toml").write_text(text)
    score(run)
    with pytest.raises(BundleError, match=r"a secret in clear") as refused:
        bundle_run(run)
    assert "opensesame" not in str(refused.value)


# --- private fixtures


def test_withheld_texts_are_nowhere_in_the_bundle_and_scores_and_decisions_are(plain, tmp_path):
    run = a_copy(plain, tmp_path)
    made = bundle_run(run, tmp_path / "a.audit.zip", withhold=["tiny"])
    content = members(tmp_path / "a.audit.zip")
    texts = [json.loads(line)["input"]["text"] for line in (run / "fixtures" / "tiny" / "items.jsonl").read_text().splitlines()]
    assert not [(t, n) for n, raw in content.items() for t in texts if t.encode() in raw]
    replies = [json.loads(line).get("output") for line in content["run/journal.jsonl"].splitlines() if b'"reply"' in line]
    assert set(replies) == {True, False}
    assert made.sets == ("tiny",)


def test_a_rows_commitment_is_the_salted_hash_of_its_input_and_ids_do_not_tell_it(plain, tmp_path):
    run = a_copy(plain, tmp_path)
    bundle_run(run, tmp_path / "a.audit.zip", withhold=["all"])
    salt = bytes.fromhex((run / "private" / "salt").read_text())
    own = [json.loads(line) for line in (run / "fixtures" / "tiny" / "items.jsonl").read_text().splitlines()]
    rows = [json.loads(line) for line in members(tmp_path / "a.audit.zip")["run/fixtures/tiny/items.jsonl"].splitlines()]
    by_hand = hashlib.sha256(salt + json.dumps(own[0]["input"], sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    assert rows[0]["input"] == {"withheld": by_hand} == {"withheld": commitment(salt, own[0]["input"])}
    assert [(r["item"], r["groups"]) for r in rows] == [(r["item"], r["groups"]) for r in own]
    ids = {json.loads(line)["probe"] for line in (run / "journal.jsonl").read_text().splitlines()[1:]}
    journal = members(tmp_path / "a.audit.zip")["run/journal.jsonl"].decode()
    assert not [i for i in ids if i in journal]


def test_bundling_a_private_set_twice_gives_the_same_bytes_and_only_the_owner_reads_the_salt(plain, tmp_path):
    run = a_copy(plain, tmp_path)
    for name in ("a", "b"):
        bundle_run(run, tmp_path / f"{name}.audit.zip", withhold=["tiny"])
    assert (tmp_path / "a.audit.zip").read_bytes() == (tmp_path / "b.audit.zip").read_bytes()
    assert (run / "private" / "salt").stat().st_mode & 0o077 == 0
    assert (run / "private" / "salt").read_bytes().strip() not in (tmp_path / "a.audit.zip").read_bytes()


def test_replies_to_private_texts_are_withheld_and_their_measurements_ride_along(text_run, tmp_path):
    run = a_copy(text_run, tmp_path)
    made = bundle_run(run, tmp_path / "a.audit.zip", withhold=["tiny"])
    content = members(tmp_path / "a.audit.zip")
    replies = [json.loads(line)["output"] for line in content["run/journal.jsonl"].splitlines() if b'"reply"' in line]
    assert all(set(reply) == {"withheld"} for reply in replies)
    lines = [json.loads(line) for line in content["run/withheld/sets/tiny.measured.jsonl"].splitlines()]
    assert {"words", "tone"} <= {line["measure"] for line in lines}
    assert made.withheld == {"run/private/fixtures/tiny/items.jsonl": "private fixtures", "run/private/journal.jsonl": "private fixtures"}


def test_a_reply_that_repeats_the_private_text_beside_its_decision_is_kept_without_it(tmp_path):
    run = a_run(
        tmp_path, path="flag", text="A private message {i} of {g}",
        reply=lambda p, out: {"flag": out, "why": f"It says: {p.input['text']}", "quote": p.input["text"][:9], "p": 0.5},
    )
    bundle_run(run, tmp_path / "a.audit.zip", withhold=["tiny"])
    content = members(tmp_path / "a.audit.zip")
    reply = next(json.loads(line)["output"] for line in content["run/journal.jsonl"].splitlines() if b'"reply"' in line)
    assert isinstance(reply["flag"], bool)
    assert reply["why"].startswith("withheld:")
    assert reply["p"] == 0.5
    assert "run/withheld/sets/tiny.measured.jsonl" not in content


def test_a_reply_that_cannot_be_read_without_the_text_is_withheld_with_its_measurement(tmp_path):
    run = a_run(tmp_path, path="flag", reply=lambda p, out: json.dumps({"flag": out, "why": p.input["text"] + " and much more to say"}))
    bundle_run(run, tmp_path / "a.audit.zip", withhold=["tiny"])
    content = members(tmp_path / "a.audit.zip")
    assert json.loads(content["run/withheld/sets/tiny.json"])["replies"] == "withheld"
    assert b"much more to say" not in b"".join(content.values())


@pytest.mark.parametrize(("name", "said"), [("tinny", "no set 'tinny'"), ("all", "no private set")])
def test_what_cannot_be_withheld_is_refused(plain, tmp_path, name, said):
    run = a_copy(plain, tmp_path)
    if name == "all":
        text = (run / "plan.toml").read_text().replace('"tiny"', '"student-messages"')
        (run / "plan.toml").write_text(text)
        (run / "fixtures" / "tiny").rename(run / "fixtures" / "student-messages")
        toml = run / "fixtures" / "student-messages" / "set.toml"
        toml.write_text(toml.read_text().replace('id = "tiny"', 'id = "student-messages"'))
        write_manifest(run, {"design": 1})
    with pytest.raises(BundleError, match=said):
        bundle_run(run, withhold=[name])


def test_a_private_text_that_another_file_repeats_is_refused(text_run, tmp_path):
    run = a_copy(text_run, tmp_path)
    text = json.loads((run / "fixtures" / "tiny" / "items.jsonl").read_text().splitlines()[3])["input"]["text"]
    answers = json.loads((run / "answers.json").read_text()) | {"claims": [{"claim": f"It was tried on: {text}"}]}
    (run / "answers.json").write_text(json.dumps(answers))
    score(run)
    with pytest.raises(BundleError, match=r"repeats the text of the item 'i001'"):
        bundle_run(run, withhold=["tiny"])


def test_a_signature_may_carry_another_day(plain, tmp_path):
    key = a_key(tmp_path)
    bundle_run(plain, tmp_path / "a.audit.zip", key, date(2026, 12, 1))
    with open_bundle(tmp_path / "a.audit.zip") as bundle:
        [signer] = bundle.signatures([key.public], date(2026, 12, 2))
    assert (signer.standing, signer.because) == ("trusted", "signed on 2026-12-01, by its own word")


def test_a_bundle_does_not_go_into_its_own_run_folder(plain):
    with pytest.raises(BundleError, match="run folder itself"):
        bundle_run(plain, plain / "a.audit.zip")
