"""`audit verify`: what was altered is named, what does not follow is told with how much, and nothing of a stranger's runs."""

import asyncio
import json
import re
import shutil
import sys
from datetime import date
from pathlib import Path

import msgspec
import pytest

from audit.bundles.trusted import TrustedKey
from audit.errors import BundleError
from audit.judge import read_judge
from audit.pipeline import hold, seat
from audit.pipeline.bundling.bundled import bundle_run
from audit.pipeline.verifying import differences
from audit.pipeline.verifying.again import Limits
from audit.pipeline.verifying.differences import Tally, compare
from audit.pipeline.verifying.verdict import MARGINS, exit_code
from audit.pipeline.verifying.verified import verify_bundle
from tests.bundles.made import a_key, head_bytes, members, zipped
from tests.bundles.runs_made import ANSWERS, GAP, WORDS, Nobody, a_run, forged, in_json, score
from tests.judge.judges import KEY, endpoint, write_judge

TODAY = date(2026, 11, 23)
EDITIONS = Path(__file__).parent / "editions"
WITH_REPORT = ANSWERS.split("[answers.inclusive")[0] + """
[answers.evidence-based-known-errors]
answer = "yes"
evidence = "report.csv"
date = "2026-11-19"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run with answers and evidence, and its bundle."""
    folder = tmp_path_factory.mktemp("made")
    run = a_run(folder, use='["evidence-based", "inclusive"]', answers=WITH_REPORT, evidence={"report.csv": b"id,result\n1,pass\n"})
    bundle_run(run, folder / "a.audit.zip")
    return folder


@pytest.fixture(scope="module")
def bundle(made):
    return made / "a.audit.zip"


@pytest.fixture(scope="module")
def private(tmp_path_factory):
    """Runs with private sets, of decisions, of texts and of too few texts, and their bundles without the texts."""
    folder = tmp_path_factory.mktemp("private")
    for name, connect, outcome, items in (("decisions", None, "decision", 12), ("texts", WORDS, "text", 12), ("few", WORDS, "text", 3)):
        more = {} if connect is None else {"connect": connect}
        run = a_run(folder / name, outcome=outcome, items=items, text="A private message number {i} from a member of {g}", **more)
        bundle_run(run, folder / f"{name}.audit.zip", withhold=["tiny"])
    return folder


def verified(path, trusted=None, **more):
    return verify_bundle(path, trusted, TODAY, **more)


def test_a_bundle_as_made_holds_to_the_last_number_and_word(made, bundle):
    found = verified(bundle)
    assert (found.outcome, exit_code(found), found.different, found.altered) == ("holds", 0, 0, ())
    leaves = sum(1 for name in ("results", "scorecard") for _ in _leaves(json.loads((made / "run" / f"{name}.json").read_text())))
    assert found.compared >= leaves - len(json.loads((made / "run" / "scorecard.json").read_text())["provenance"]["versions"])
    assert [(e.file, e.outcome) for e in found.evidence] == [("report.csv", "same")]
    assert {s.standing for s in found.shipped if "fixture" not in s.what} == {"as_shipped"}
    assert found.sentence.startswith("All ")
    assert "nobody signed it" in found.sentence


def _leaves(value):
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    else:
        yield value


def test_one_altered_byte_is_named_with_its_file(bundle, tmp_path):
    for name in ("run/journal.jsonl", "run/results.json", "run/evidence/report.csv", "run/policy.toml"):
        content = members(bundle)
        raw = bytearray(content[name])
        raw[len(raw) // 2] ^= 1
        found = verified(zipped(tmp_path / "x.audit.zip", content | {name: bytes(raw)}))
        assert (found.outcome, exit_code(found), found.altered) == ("altered", 1, (f"{name}: altered",))
        assert name in found.sentence


# --- what a forger who makes every hash again changes (unsigned: nothing else could show it)


def test_one_reply_changed_in_the_journal_shows_in_the_numbers(bundle, tmp_path):
    def turned(raw):
        lines = raw.decode().splitlines()
        at = next(i for i, line in enumerate(lines) if '"output":true' in line)
        lines[at] = lines[at].replace('"output":true', '"output":false')
        return "\n".join(lines).encode() + b"\n"

    found = verified(forged(bundle, tmp_path / "x.audit.zip", **{"run/journal.jsonl": turned}))
    assert (found.outcome, exit_code(found)) == ("differs", 1)
    changed = [d for d in found.differences if d.file == "results.json" and d.path.startswith("groups[") and "selection_rate" in d.path and d.path.endswith(".value")]
    assert [abs(d.by) for d in changed] == [pytest.approx(1 / 24)]   # one of 24 replies of its group


def test_one_number_changed_in_the_results_is_told_with_was_is_and_by_how_much(bundle, tmp_path):
    stated = json.loads(members(bundle)["run/results.json"])["disparities"][0]["estimate"]

    def changed(value):
        value["disparities"][0]["estimate"] = stated / 2

    [one] = verified(forged(bundle, tmp_path / "x.audit.zip", **{"run/results.json": in_json(changed)})).differences
    assert (one.file, one.was, one.now, one.by) == ("results.json", stated / 2, stated, pytest.approx(stated / 2))
    assert one.path == "disparities[tiny/dialect/AAE/SAE/decision/selection_rate_difference].estimate"


CHANGES = {
    "as_of": lambda card: card.update(as_of="2026-11-21"),
    "review_by": lambda card: card.update(review_by="2031-01-01"),
    "decision": lambda card: card["decision"].update(status="approve"),
    "because": lambda card: card["decision"].update(because=["All is well."]),
    "a finding": lambda card: card["findings"][0].update(outcome="met"),
    "a finding left out": lambda card: card["findings"].pop(3),
    "the order": lambda card: card["gates"].reverse(),
    "calls": lambda card: card["provenance"].update(calls=10_000),
    "a field left out": lambda card: card.pop("contradictions"),
    "a field more": lambda card: card.update(certified_by="The Board of Nowhere"),
}


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_whatever_is_changed_in_the_scorecard_is_found(bundle, tmp_path, name):
    found = verified(forged(bundle, tmp_path / "x.audit.zip", **{"run/scorecard.json": in_json(CHANGES[name])}))
    assert (found.outcome, exit_code(found)) == ("differs", 1)


def test_a_date_changed_in_the_answers_is_told_in_days(bundle, tmp_path):
    def later(value):
        value["answers"]["evidence-based-known-errors"]["date"] = "2026-11-21"

    found = verified(forged(bundle, tmp_path / "x.audit.zip", **{"run/answers.json": in_json(later)}))
    told = [(d.path, d.was, d.now, d.by) for d in found.differences if d.path.endswith(".answered_on")]
    assert told == [("findings[evidence-based-known-errors/evidence-based].answered_on", "2026-11-19", "2026-11-21", 2.0)]


def test_a_changed_margin_shows_in_the_verdicts_and_as_a_policy_that_is_not_the_shipped_one(bundle, tmp_path):
    found = verified(forged(bundle, tmp_path / "x.audit.zip", **{"run/policy.toml": lambda raw: raw.replace(b"value = 0.05", b"value = 0.5")}))
    assert found.outcome == "differs"
    assert {(d.was, d.now) for d in found.differences if d.path.endswith(".margin")} >= {(0.05, 0.5)}
    assert [s.standing for s in found.shipped if s.what.startswith("policy")] == ["altered"]


def test_margins_that_were_chosen_after_the_replies_are_told_whatever_the_policy_calls_itself(made, tmp_path):
    run = shutil.copytree(made / "run", tmp_path / "run")
    text = (run / "policy.toml").read_text(encoding="utf-8")
    (run / "policy.toml").write_text(re.sub(r"(?m)^value = 0\.05$", "value = 0.9", text).replace('id = "default"', 'id = "our-own"'), encoding="utf-8")
    score(run)
    bundle_run(run, tmp_path / "x.audit.zip")
    found = verified(tmp_path / "x.audit.zip")
    assert (found.outcome, found.different) == ("holds", 0)   # its numbers follow from its policy; that is not the point
    assert MARGINS in {one.what for one in found.not_recomputed}
    assert "margins were fixed before the first call is not shown" in found.sentence


def test_margins_that_were_fixed_before_the_first_call_are_not_doubted(bundle, private):
    for path in (bundle, *sorted(private.glob("*.audit.zip"))):
        assert MARGINS not in {one.what for one in verified(path).not_recomputed}


def test_a_changed_rule_in_a_checklist_shows_even_where_no_number_follows_from_it(bundle, tmp_path):
    def softer(value):
        rule = next(c for c in value["criteria"] if c["id"] == "evidence-based-limits")   # which nobody has answered
        rule["good"] = "no" if rule["good"] == "yes" else "yes"

    found = verified(forged(bundle, tmp_path / "x.audit.zip", **{"run/checklists/evidence-based.json": in_json(softer)}))
    assert (found.outcome, exit_code(found), found.different) == ("differs", 1, 0)
    assert "checklist evidence-based" in found.sentence


def test_a_changed_evidence_file_is_found_by_its_hash_and_by_its_check(bundle, tmp_path):
    found = verified(forged(bundle, tmp_path / "x.audit.zip", **{"run/evidence/report.csv": lambda raw: raw + b"2,pass\n"}))
    assert found.outcome == "differs"
    assert [e.outcome for e in found.evidence] == ["differs"]
    assert [d.path for d in found.differences] == ["run/evidence/report.csv"]


def test_a_head_that_says_otherwise_than_the_scorecard_is_found(bundle, tmp_path):
    found = verified(forged(bundle, tmp_path / "x.audit.zip", head={"decision": "approve", "as_of": "2026-12-24"}))
    assert {(d.file, d.path, d.was) for d in found.differences} == {("bundle.json", "decision", "approve"), ("bundle.json", "as_of", "2026-12-24")}


# --- signatures


@pytest.mark.parametrize("name", ["run/setup.exe", "run/evidence/a-students-file.pdf", "run/fixtures/tiny/page.html", "run/withheld/sets/x.exe", "run/private/salt", "run/index.html"])
def test_a_file_that_belongs_to_no_audit_is_not_passed_over(bundle, tmp_path, name):
    path = forged(bundle, tmp_path / "x.audit.zip")
    content = members(path) | {name: b"anything"}
    head = json.loads(content.pop("bundle.json"))
    head.pop("files")
    found = verified(zipped(path, {"bundle.json": head_bytes(content, **head)} | content))
    assert (found.outcome, [d.path for d in found.differences]) == ("differs", [name])
    assert "no part of an audit" in found.sentence


def test_only_a_signature_by_a_trusted_key_holds_against_a_list_of_keys(made, tmp_path):
    key, other = a_key(tmp_path), a_key(tmp_path, "Stranger", b"\x02" * 32)
    signed = tmp_path / "s.audit.zip"
    bundle_run(made / "run", signed, key)
    own = key.public
    standings = {
        "trusted": [own], "unknown": [other.public],
        "expired": [msgspec.structs.replace(own, until="2026-11-01")],
        "revoked": [msgspec.structs.replace(own, revoked="2026-11-30", because="lost")],
        "not_yet": [msgspec.structs.replace(own, since="2027-01-01")],
    }
    for standing, keys in standings.items():
        found = verified(signed, keys)
        assert [s.standing for s in found.signers] == [standing]
        assert (found.outcome, exit_code(found)) == (("holds", 0) if standing == "trusted" else ("not_trusted", 1)), standing
        assert found.different == 0
    assert "Lakeside Unified signed it, by a trusted key" in verified(signed, [own]).sentence
    assert "calls itself Lakeside Unified" in verified(signed).sentence
    assert exit_code(verified(signed)) == 0


def test_an_unsigned_bundle_does_not_pass_a_list_of_keys_and_a_signature_of_another_bundle_never_passes(made, bundle, tmp_path):
    key = a_key(tmp_path)
    assert verified(bundle, [key.public]).outcome == "not_trusted"
    bundle_run(made / "run", tmp_path / "s.audit.zip", key)
    stolen = members(tmp_path / "s.audit.zip")["signature.json"]
    moved = forged(bundle, tmp_path / "x.audit.zip", **{"run/plan.toml": lambda raw: raw + b"\n"})
    found = verified(zipped(tmp_path / "y.audit.zip", members(moved) | {"signature.json": stolen}))
    assert ([s.standing for s in found.signers], exit_code(found)) == (["wrong"], 1)


def test_a_forger_who_signs_with_a_key_of_his_own_is_unknown_and_his_numbers_differ(made, bundle, tmp_path):
    from audit.bundles import open_bundle, pack

    def changed(value):
        value["disparities"][0]["estimate"] = 0.0

    mine = forged(bundle, tmp_path / "x.audit.zip", **{"run/results.json": in_json(changed)})
    with open_bundle(mine) as opened:
        head = opened.head
    files = {name: raw for name, raw in members(mine).items() if name.startswith("run/")}
    pack(tmp_path / "y.audit.zip", head, files, a_key(tmp_path, "Lakeside Unified", b"\x09" * 32), "2026-11-22")
    found = verified(tmp_path / "y.audit.zip", [a_key(tmp_path).public])
    assert ([s.standing for s in found.signers], found.outcome, found.different) == (["unknown"], "differs", 1)


# --- versions and editions


def test_a_difference_under_other_versions_is_said_to_be_possibly_due_to_them(bundle, tmp_path):
    def older(value):
        value["provenance"]["versions"]["numpy"] = "1.0.0"
        value["findings"][0]["because"] = "As another version put it."

    def head_too(raw):
        return in_json(older)(raw)

    versions = json.loads(members(bundle)["bundle.json"])["versions"] | {"numpy": "1.0.0"}
    found = verified(forged(bundle, tmp_path / "x.audit.zip", head={"versions": versions}, **{"run/scorecard.json": head_too}))
    assert (found.outcome, found.different, found.made_with["numpy"]) == ("differs", 1, "1.0.0")
    assert "numpy 1.0.0 there" in found.sentence
    assert "may be why" in found.sentence


def under(bundle, target, change, **versions):
    """A bundle whose scorecard is changed and says, as its head does, that other versions made it."""

    def changed(value):
        value["provenance"]["versions"] |= versions
        change(value)

    every = json.loads(members(bundle)["bundle.json"])["versions"] | versions
    return verified(forged(bundle, target, head={"versions": every}, **{"run/scorecard.json": in_json(changed)}))


def test_a_field_that_only_one_of_two_versions_knows_is_no_difference_and_is_told(bundle, tmp_path, monkeypatch):
    def older(value):
        del value["review_because"]
        value["of_a_later_version"] = 1
        value["findings"][0]["of_a_later_version"] = 1

    monkeypatch.setattr(differences, "CAME_LATER", {"scorecard.json: review_because": "0.1.0"})
    found = under(bundle, tmp_path / "x.audit.zip", older, **{"edtech-equity-audit": "0.0.9"})
    assert (found.outcome, found.different) == ("holds", 0)
    fields = ("review_because", "of_a_later_version", "findings[].of_a_later_version")
    assert {n.what for n in found.not_recomputed} >= {f"scorecard.json: {field}" for field in fields}


@pytest.mark.parametrize("claimed", [{"edtech-equity-audit": "0.0.9"}, {"edtech-equity-audit": "99.0"}, {"numpy": "1.0.0"}], ids=["older", "newer", "a library"])
@pytest.mark.parametrize("change", [
    lambda card: card.pop("contradictions"), lambda card: card["decision"].pop("waivers"), lambda card: card["indicators"].pop("inclusive"),
    lambda card: card["indicators"].update(gold=card["indicators"]["inclusive"]), lambda card: card["auditor"].pop("role"),
    lambda card: card["tool"].update(certified="yes"), lambda card: card["provenance"].update(adopted_from={"organisation": "Example State"}),
    lambda card: card["provenance"].pop("missing"),
], ids=["contradictions", "waivers", "indicator out", "indicator in", "role", "tool", "origin", "missing replies"])
def test_claiming_another_version_leaves_nothing_out_and_puts_nothing_in_that_is_read(bundle, tmp_path, claimed, change):
    assert under(bundle, tmp_path / "x.audit.zip", change, **claimed).outcome == "differs"


def test_a_head_that_leaves_out_whose_audit_it_is_is_found(bundle, tmp_path):
    found = verified(forged(bundle, tmp_path / "x.audit.zip", head={"auditor": {}, "tool": {"name": "Stand-in"}}))
    assert (found.outcome, [d.path for d in found.differences]) == ("differs", ["tool.vendor", "tool.version", "auditor.organisation", "auditor.role"])


def test_a_field_that_every_version_writes_is_missed_whatever_version_is_claimed(bundle, tmp_path):
    def without(value):
        value["provenance"]["versions"]["numpy"] = "1.0.0"
        del value["gates"]

    versions = json.loads(members(bundle)["bundle.json"])["versions"] | {"numpy": "1.0.0"}
    found = verified(forged(bundle, tmp_path / "x.audit.zip", head={"versions": versions}, **{"run/scorecard.json": in_json(without)}))
    assert found.outcome == "differs"
    assert "gates" in found.differences[-1].now


def test_numbers_within_a_billionth_are_the_same_and_counted_as_rounding():
    tally = Tally(other_program=False)
    compare(tally, "f", {"a": 0.1, "b": 1, "c": 0.0, "d": 1.0, "e": "x"}, {"a": 0.1 * (1 + 1e-12), "b": 1.0, "c": 1e-17, "d": 1.0 + 1e-6, "e": "x"})
    assert (tally.compared, tally.rounding, [d.path for d in tally.differences]) == (5, 2, ["d"])
    compare(tally, "f", True, 1)
    compare(tally, "f", None, 0)
    assert tally.different == 3


def test_lists_are_compared_by_what_their_elements_are_about():
    tally = Tally(other_program=False)
    rows = [{"set": "s", "group": g, "n": n} for n, g in enumerate("abc")]
    compare(tally, "f", {"rows": rows}, {"rows": [rows[1] | {"n": 7}, rows[2]]})
    assert [(d.path, d.kind) for d in tally.differences] == [("rows[s/a]", "only_stated"), ("rows[s/b].n", "changed")]


@pytest.mark.parametrize(("member", "old", "new"), [
    ("run/results.json", b"results/1", b"results/2"), ("run/scorecard.json", b"scorecard/1", b"scorecard/99"), ("bundle.json", b"bundle/1", b"bundle/2"),
])
def test_a_newer_edition_is_refused_in_one_line(bundle, tmp_path, member, old, new):
    if member == "bundle.json":
        content = members(bundle)
        path = zipped(tmp_path / "x.audit.zip", content | {member: content[member].replace(old, new)})
    else:
        path = forged(bundle, tmp_path / "x.audit.zip", **{member: lambda raw: raw.replace(old, new)})
    with pytest.raises(BundleError, match="newer version"):
        verified(path)


@pytest.mark.parametrize("path", sorted(EDITIONS.glob("*.audit.zip")), ids=lambda p: p.name)
def test_a_bundle_of_each_past_edition_still_opens_and_holds(path):
    keys = [TrustedKey(**{("since" if k == "from" else k): v for k, v in key.items()}) for key in _keys()]
    found = verified(path, keys)
    assert path.stat().st_size < 100_000
    assert (found.altered, [s.standing for s in found.signers], found.stopped) == ((), ["trusted"], "")
    assert found.differences == ()
    assert [e.outcome for e in found.evidence] == ["same", "not_checked"]


def _keys():
    import tomllib

    return tomllib.loads((EDITIONS / "keys.toml").read_text(encoding="utf-8"))["key"]


# --- private fixtures


def test_scores_and_decisions_of_private_sets_are_recomputed_without_the_texts(private):
    found = verified(private / "decisions.audit.zip")
    assert (found.outcome, found.different) == ("holds", 0)
    assert "private texts" in found.sentence
    assert not [n for n in found.not_recomputed if n.what.startswith("what was measured")]


def test_of_private_texts_everything_from_the_measurements_on_is_recomputed(private, tmp_path):
    found = verified(private / "texts.audit.zip")
    assert (found.outcome, found.different) == ("holds", 0)
    assert [n.what for n in found.not_recomputed if "measured of the replies" in n.what] == [
        "what was measured of the replies to the set tiny, and whether they differ at all"]

    def more(raw):
        lines = raw.decode().splitlines()
        at = next(i for i, line in enumerate(lines) if '"words"' in line)
        one = json.loads(lines[at])
        lines[at] = json.dumps(one | {"value": one["value"] + 5})
        return "\n".join(lines).encode() + b"\n"

    altered = verified(forged(private / "texts.audit.zip", tmp_path / "x.audit.zip", **{"run/withheld/sets/tiny.measured.jsonl": more}))
    assert altered.outcome == "differs"


@pytest.mark.parametrize("name", ["decisions", "texts", "few"])
def test_the_owner_opens_every_commitment_and_then_everything_is_recomputed(private, name):
    found = verified(private / f"{name}.audit.zip", owner=private / name / "run")
    assert (found.outcome, found.different) == ("holds", 0)
    assert not [n for n in found.not_recomputed if "withheld" in n.because or "commitments" in n.because]


@pytest.mark.parametrize("name", ["decisions", "texts"])
def test_an_owner_who_changed_a_text_or_a_reply_since_cannot_open_it(private, tmp_path, name):
    owner = shutil.copytree(private / name / "run", tmp_path / "text")
    path = owner / "fixtures" / "tiny" / "items.jsonl"
    path.write_text(path.read_text().replace("number 3 ", "number 33 ", 1))
    found = verified(private / f"{name}.audit.zip", owner=owner)
    assert [(d.path, d.now) for d in found.differences] == [("i003", "is not what its commitment stands for")]
    owner = shutil.copytree(private / name / "run", tmp_path / "reply")
    path = owner / "journal.jsonl"
    lines = path.read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if '"reply"' in line)
    one = json.loads(lines[at])
    lines[at] = json.dumps(one | {"output": (not one["output"]) if name == "decisions" else "Another reply."})
    path.write_text("\n".join(lines) + "\n")
    found = verified(private / f"{name}.audit.zip", owner=owner)
    assert (found.outcome, [d.path for d in found.differences]) == ("differs", [one["probe"]])


def test_what_judges_of_texts_said_is_heard_again_or_taken_as_stated_where_the_texts_are_private(tmp_path):
    run = a_run(tmp_path, WORDS, outcome="text", items=12, text="A private message number {i} from a member of {g}")
    with endpoint(lambda texts: str(1 + len(texts[0]) % 5)) as server:
        bench = seat(run, read_judge(write_judge(tmp_path / "judge", server), KEY), None)
        asyncio.run(hold(bench, KEY, lambda: "2026-11-22T09:00:00.000Z", lambda _: Nobody()))
    score(run)
    bundle_run(run, tmp_path / "open.audit.zip")
    bundle_run(run, tmp_path / "closed.audit.zip", withhold=["tiny"])
    assert "run/judge/revision/journal.jsonl" in members(tmp_path / "open.audit.zip")
    assert "run/judge/revision/journal.jsonl" not in members(tmp_path / "closed.audit.zip")
    heard, stated, opened = (
        verified(tmp_path / "open.audit.zip"), verified(tmp_path / "closed.audit.zip"), verified(tmp_path / "closed.audit.zip", owner=run))
    assert [(f.outcome, f.different) for f in (heard, stated, opened)] == [("holds", 0)] * 3
    assert [any(n.what == "what judges of texts said" for n in f.not_recomputed) for f in (heard, stated, opened)] == [False, True, False]
    said = forged(tmp_path / "open.audit.zip", tmp_path / "x.audit.zip", **{
        "run/judge/revision/journal.jsonl": lambda raw: re.sub(rb'"output":"[2-5]"', b'"output":"1"', raw, count=5)})
    assert verified(said).outcome == "differs"


@pytest.mark.parametrize("name", ["decisions", "texts"])
def test_an_owner_without_the_journal_opens_the_texts_and_not_the_replies(private, tmp_path, name):
    owner = shutil.copytree(private / name / "run", tmp_path / "owner")
    (owner / "journal.jsonl").unlink()
    found = verified(private / f"{name}.audit.zip", owner=owner)
    assert (found.outcome, found.different) == ("holds", 0)
    assert [n.what for n in found.not_recomputed if n.what.startswith("that the texts")] == []
    assert any(n.what.startswith("what was measured of the replies") for n in found.not_recomputed) is (name == "texts")


@pytest.mark.parametrize("whole", [False, True])
def test_the_version_that_replies_name_stays_where_the_texts_are_withheld(tmp_path, whole):
    run = a_run(
        tmp_path, WORDS if whole else GAP, path="said", outcome="text" if whole else "decision", items=8, text="A private message number {i} from {g}",
        reply=lambda p, out: {"said": out, "engine": {"name": "coach-" + "2026-11" * 8, "prompt": p.input["text"]}},
    )
    text = (run / "plan.toml").read_text(encoding="utf-8")
    (run / "plan.toml").write_text(text.replace("[connect]\n", '[connect]\nversion = "engine.name"\n'), encoding="utf-8")
    score(run)
    bundle_run(run, tmp_path / "a.audit.zip", withhold=["tiny"])
    assert verified(tmp_path / "a.audit.zip").different == 0
    assert verified(tmp_path / "a.audit.zip", owner=run).different == 0
    assert b"A private message" not in b"".join(members(tmp_path / "a.audit.zip").values())


def test_texts_that_are_too_few_to_be_told_apart_are_told_in_the_same_words_when_they_are_withheld(private):
    texts = json.loads((private / "few" / "run" / "results.json").read_text())["texts"]
    assert {d["outcome"] for d in texts} == {"not_assessed"}
    assert verified(private / "few.audit.zip").different == 0


def test_a_folder_that_opens_nothing_is_told(private, bundle, tmp_path):
    assert "holds none of the withheld sets" in verified(private / "texts.audit.zip", owner=tmp_path).stopped
    assert "there is nothing to open" in verified(bundle, owner=tmp_path).stopped
    owner = shutil.copytree(private / "texts" / "run", tmp_path / "run")
    (owner / "private" / "salt").unlink()
    assert "no salt" in verified(private / "texts.audit.zip", owner=owner).stopped


# --- a stranger's bundle


CONNECTS = {
    "python": 'adapter = "python"\ncall = "pwned:answer"\n',
    "command": 'adapter = "command"\nargv = ["{python}", "{script}"]\n',
}


@pytest.mark.parametrize("adapter", sorted(CONNECTS))
def test_nothing_that_a_plan_names_is_opened_or_run(bundle, tmp_path, monkeypatch, adapter):
    mark = tmp_path / "pwned"
    script = tmp_path / "pwned.py"
    script.write_text(f"open({str(mark)!r}, 'w').close()\ndef answer(given): return True\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    section = CONNECTS[adapter].replace("{python}", Path(sys.executable).as_posix()).replace("{script}", script.as_posix())

    def changed(raw):
        before, after = raw.decode().split("[connect]\n")
        return f"{before}[connect]\n{section}\n[design]{after.split('[design]')[1]}".encode()

    def told(value):
        value["provenance"]["adapter"] = adapter

    path = forged(bundle, tmp_path / "x.audit.zip", **{
        "run/plan.toml": changed, "run/scorecard.json": in_json(told), "run/evidence/report.csv": lambda raw: raw})
    assert verified(path, limits=Limits(5.0) if adapter == "python" else None).outcome == "holds"
    assert not mark.exists()
    assert "pwned" not in sys.modules


HOSTILE = {
    "a plan that is none": {"run/plan.toml": lambda _: b"[tool"},
    "a set that is none": {"run/fixtures/tiny/items.jsonl": lambda _: b"[]\n"},
    "a journal that is none": {"run/journal.jsonl": lambda raw: raw[: len(raw) // 2] + b"\n"},
    "a policy of another kind": {"run/policy.toml": lambda _: b"policy = 1\n"},
    "answers of another kind": {"run/answers.json": lambda _: b"[1, 2]"},
    "a checklist of another kind": {"run/checklists/inclusive.json": lambda _: b"{}"},
    "a run of a newer version": {"run/run.json": lambda raw: raw.replace(b'"run": 1', b'"run": 9')},
    "evidence outside": {"run/evidence.json": lambda raw: raw.replace(b'"path": "report.csv"', b'"path": "../../../etc/passwd"')},
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_what_cannot_be_scored_is_told_in_words_and_exit_code_3(bundle, tmp_path, name):
    found = verified(forged(bundle, tmp_path / "x.audit.zip", **HOSTILE[name]))
    assert (found.outcome, exit_code(found)) == ("not_recomputed", 3), found.sentence
    assert found.stopped
    assert "/tmp" not in found.stopped


def test_what_takes_too_long_is_stopped_and_told(bundle):
    found = verified(bundle, limits=Limits(minutes=0.0001))
    assert (found.outcome, exit_code(found)) == ("not_recomputed", 3)
    assert "took more than 0.0001 minutes" in found.stopped


@pytest.mark.skipif(sys.platform == "win32", reason="memory is not bounded on Windows")
def test_what_needs_too_much_memory_is_stopped_and_told(bundle):
    found = verified(bundle, limits=Limits(megabytes=60))   # not even the libraries fit in
    assert (found.outcome, exit_code(found)) == ("not_recomputed", 3)


@pytest.mark.parametrize("missing", ["run/results.json", "run/scorecard.json"])
def test_a_bundle_without_results_is_refused(bundle, tmp_path, missing):
    content = {name: raw for name, raw in members(forged(bundle, tmp_path / "x.audit.zip")).items() if name != missing}
    from tests.bundles.made import head_bytes

    head = json.loads(content.pop("bundle.json"))
    head.pop("files")
    with pytest.raises(BundleError, match="nothing to verify"):
        verified(zipped(tmp_path / "y.audit.zip", {"bundle.json": head_bytes(content, **head)} | content))


def twice(raw: bytes) -> bytes:
    """The first key of the first object once more, with another value before its own."""
    key = raw[raw.index(b'"'):raw.index(b'"', raw.index(b'"') + 1) + 1]
    return raw.replace(b"{", b"{" + key + b": 0, ", 1)


@pytest.mark.parametrize("name", ["run/scorecard.json", "run/results.json", "run/run.json", "run/answers.json", "run/journal.jsonl", "run/fixtures/tiny/items.jsonl", "run/bundled.json"])
def test_json_of_which_two_readers_read_two_things_is_refused_whoever_signed_it(bundle, tmp_path, name):
    path = forged(bundle, tmp_path / "x.audit.zip", **{name: twice})
    with pytest.raises(BundleError, match="appears twice in one object") as refused:
        verified(path)
    assert str(refused.value).count("\n") == 0
    assert name in str(refused.value)


def test_why_personal_data_may_be_passed_on_is_shown_in_its_makers_words(tmp_path, capsys):
    from audit.cli.bundle import _print_verified

    run = a_run(tmp_path, reply=lambda p, out: {"flag": out, "note": "Write to jo.doe@lakeside.org"} if p.item == "i003" else {"flag": out}, path="flag")
    bundle_run(run, tmp_path / "a.audit.zip", because="The address is the tool's own help desk.")
    found = verified(tmp_path / "a.audit.zip")
    assert found.passed_on.because == "The address is the tool's own help desk."
    _print_verified(found)
    said = " ".join(capsys.readouterr().out.split())
    assert "Its maker passes on what seems to be personal data (an e-mail address in 2 places), because: The address is the tool's own help desk." in said


def test_a_bundle_without_personal_data_has_nothing_to_say_of_it(bundle):
    assert verified(bundle).passed_on is None
