"""Several audits of one tool from their folders and bundles to what they show together; every district and tool in them is invented."""

import json
import shutil

import msgspec
import pytest

from audit import runs
from audit.errors import BundleError, RunFolderError
from audit.pipeline.bundling.bundled import bundle_run
from audit.pipeline.merged import _settle, merge_audits
from audit.schemas import schemas
from tests.merges import DAY, FAIR, GAP, SCALE, a_district, a_twin, change_lines

SEED = 20261121
"""That of the audits' own permutations, so that the same replies give the same p-values."""


@pytest.fixture(scope="module")
def districts(tmp_path_factory):
    base = tmp_path_factory.mktemp("districts")
    made = {
        "hill": a_district(base / "hill", FAIR.format(seed=1), "Hill"), "shore": a_district(base / "shore", FAIR.format(seed=2), "Shore", repeats=1),
        "gap": a_district(base / "gap", GAP.format(seed=3), "Gap County"), "vendor": a_district(base / "vendor", FAIR.format(seed=4), "Acme", role="vendor"),
    }
    return made | {"twin": a_twin(made["gap"], base / "twin", "Twin County", again=True)}


def merged(*paths, **options):
    return merge_audits(paths, SEED, **options)


def mean_gap(found):
    return next(g for g in found.pooled if g.average.statistic == "mean_difference")


def results(run, kind="disparities"):
    return json.loads((run / "results.json").read_text())[kind]


def test_two_audits_with_the_very_same_replies_say_exactly_what_one_says(districts):
    found = merged(districts["gap"], districts["twin"])
    for kind, rows in (("disparities", found.pooled[:1]), ("missingness", found.pooled[1:])):
        own = next(d for d in results(districts["gap"], kind) if d["family"] == "confirmatory")
        for name in ("estimate", "low", "high", "low90", "high90", "p_value", "p_adjusted", "margin", "outcome", "items", "clusters"):
            assert msgspec.to_builtins(getattr(rows[0].average, name)) == pytest.approx(own[name], abs=1e-9), (kind, name)
        assert rows[0].average.responses == 2 * own["responses"]
    g = mean_gap(found)
    assert (g.q, g.p_differ, g.differ, g.correlation) == (0.0, None, False, pytest.approx(1.0))


def test_two_adaptive_audits_with_the_very_same_replies_say_what_one_says_at_the_look_where_it_ended(tmp_path):
    early = a_district(tmp_path / "early", GAP.format(seed=3), "Early County", items=200, design="adaptive = true\n")
    found = merged(early, a_twin(early, tmp_path / "twin", "Twin County", again=True))
    card = json.loads((early / "scorecard.json").read_text())
    assert card["provenance"]["adaptive"]["stopped"] == [{"set": "tiny", "attribute": "dialect", "look": 1}]
    own = next(d for d in results(early) if d["family"] == "confirmatory")
    for name in ("estimate", "low", "high", "low90", "high90", "p_value", "p_adjusted", "outcome", "items"):
        assert msgspec.to_builtins(getattr(found.pooled[0].average, name)) == pytest.approx(own[name], abs=1e-9), name
    assert "at the levels of the earliest look that one of them ended at" in found.notes[0]


def test_the_average_counts_each_audit_the_same_however_often_it_asked(districts):
    g = mean_gap(merged(districts["hill"], districts["shore"]))
    each = [next(d for d in results(districts[name]) if d["statistic"] == "mean_difference")["estimate"] for name in ("hill", "shore")]
    assert [o.estimate for o in g.audits] == pytest.approx(each)
    assert g.average.estimate == pytest.approx(sum(each) / 2)


def test_a_district_in_which_the_tool_scores_everybody_higher_widens_no_margin(districts, tmp_path):
    policy = (districts["hill"] / "policy.toml").read_text().replace("at_least_of_scale = 0.01", "at_least_of_scale = 0.0")
    low = a_district(tmp_path / "low", GAP.format(seed=3), "Low County", policy=policy, extra="scale = [-100, 100]")
    high = a_twin(low, tmp_path / "high", "High County", again=True)
    change_lines(high, lambda line: line | ({"output": line["output"] + 20.0} if line["event"] == "reply" else {}))
    own = next(d for d in results(low) if d["statistic"] == "mean_difference")
    g = mean_gap(merged(low, high))
    assert g.average.margin == pytest.approx(own["margin"], rel=0.02)
    assert [o.estimate for o in g.audits] == pytest.approx([own["estimate"]] * 2)


def test_a_gap_in_one_district_of_three_is_told_as_a_difference_between_them(districts):
    found = merged(districts["hill"], districts["shore"], districts["gap"])
    g = mean_gap(found)
    assert g.differ
    assert g.average.outcome == "gap_found"
    assert [o.outcome for o in g.audits] == ["gap_found", "inconclusive", "inconclusive"]
    assert g.elsewhere.predicted_low < 0 < g.elsewhere.predicted_high
    assert g.elsewhere.tau > 0.1


def test_the_order_of_the_arguments_changes_nothing(districts):
    paths = [districts[name] for name in ("hill", "shore", "gap")]
    assert merged(*paths) == merged(*reversed(paths))


def test_what_is_merged_fits_its_schema(districts):
    import jsonschema

    found = merged(*districts.values())
    jsonschema.validate(json.loads(msgspec.json.encode(found)), schemas()["merged"])


def test_a_vendors_own_test_is_marked_and_not_pooled_unless_asked(districts):
    found = merged(districts["hill"], districts["shore"], districts["vendor"])
    assert {a.label: (a.vendor_test, a.counted) for a in found.audits} == {"Acme": (True, False), "Hill": (False, True), "Shore": (False, True)}
    assert [o.audit for o in mean_gap(found).audits] == ["Hill", "Shore"]
    assert any(r.audits == ("Acme",) and "vendor's own test" in r.because for r in found.not_pooled)
    asked = mean_gap(merged(districts["hill"], districts["shore"], districts["vendor"], with_vendor=True))
    assert [(o.audit, o.vendor_test) for o in asked.audits] == [("Acme", True), ("Hill", False), ("Shore", False)]


def test_one_district_beside_a_vendors_own_test_has_nothing_to_pool(districts):
    assert merged(districts["hill"], districts["vendor"]).pooled == ()


def test_the_same_run_twice_is_refused_and_so_is_a_copy_and_its_bundle(districts, tmp_path):
    bundle_run(districts["hill"], tmp_path / "hill.audit.zip")
    for second in (districts["hill"], shutil.copytree(districts["hill"], tmp_path / "copy"), tmp_path / "hill.audit.zip"):
        with pytest.raises(RunFolderError, match="the same audit is named twice"):
            merged(districts["hill"], second)


def test_a_run_that_was_taken_over_is_an_assessor_of_its_own_and_its_replies_count_once(districts, tmp_path):
    adopted = a_twin(districts["hill"], tmp_path / "adopted", "Lake", again=False)
    found = merged(adopted, districts["hill"], districts["gap"])
    assert [o.audit for o in mean_gap(found).audits] == ["Gap County", "Hill"]
    assert next(a for a in found.audits if a.label == "Lake").not_counted == "it rests on the same replies as Hill, which count once"
    assert all("Lake" in [s.audit for s in d.said] for d in found.disagreements)


def test_a_journal_that_was_touched_up_is_still_the_same_replies(districts, tmp_path):
    other = a_twin(districts["hill"], tmp_path / "other", "Lake", again=False)
    change_lines(other, lambda line: line | ({"output": 3.0} if line["event"] == "reply" and line["attempt"] == 1 and line["output"] > 4 else {}))
    assert not next(a for a in merged(other, districts["hill"]).audits if a.label == "Lake").counted


def test_replies_that_a_vendor_collected_stay_a_vendors_whoever_took_them_over(districts, tmp_path):
    adopted = a_twin(districts["vendor"], tmp_path / "adopted", "Lake", again=False)
    origin = {
        "schema": "edtech-equity-audit/adopted/1", "digest": "d", "kind": "bundle", "organisation": "Acme", "role": "vendor", "as_of": "2026-11-22",
        "decision": "pilot", "policy": "p", "margins": {}, "adopted_on": "2026-11-23",
    }
    (adopted / "adopted.json").write_text(json.dumps(origin))
    runs.write_manifest(adopted, {"design": 1})
    lake = next(a for a in merged(adopted, districts["hill"], districts["shore"]).audits if a.label == "Lake")
    assert (lake.vendor_test, lake.counted, lake.adopted_from) == (True, False, "Acme")


@pytest.mark.parametrize(("change", "word"), [({"name": "Other"}, "different tools"), ({"version": "2"}, "different versions of the tool"), ({"vendor": "Else"}, "different tools")])
def test_audits_of_other_tools_or_versions_are_refused(districts, tmp_path, change, word):
    other = a_district(tmp_path, FAIR.format(seed=8), "Lake", items=12, **change)
    with pytest.raises(RunFolderError, match=word):
        merged(districts["hill"], other)


def test_another_spelling_of_the_tool_is_the_same_tool(districts, tmp_path):
    other = a_twin(districts["shore"], tmp_path / "other", "Lake", again=True)
    card = json.loads((other / "scorecard.json").read_text())
    card["tool"]["name"] = f"  {card['tool']['name'].upper()} "
    (other / "scorecard.json").write_text(json.dumps(card))
    assert merged(districts["hill"], other).pooled


@pytest.mark.parametrize(("change", "word"), [
    ({"items": 30}, "the fixtures are not the same"), ({"extra": f'{SCALE}\nedition = "9"'}, "the fixtures are not the same"), ({"policy": "wide"}, "the margins differ"),
    ({"connect": 'reply = "@"\n'}, "the replies are read differently"),
])
def test_where_the_fixtures_the_reading_or_the_margins_differ_nothing_is_pooled_and_the_reason_is_told(districts, tmp_path, change, word):
    if "policy" in change:
        change = {"policy": (districts["hill"] / "policy.toml").read_text().replace("value = 0.1\n", "value = 0.2\n")}
    other = a_district(tmp_path, FAIR.format(seed=7) + change.pop("connect", ""), "Lake", **change)
    found = merged(districts["hill"], other)
    assert found.pooled == ()
    assert [(r.audits, word in r.because) for r in found.not_pooled] == [(("Hill", "Lake"), True)]


def test_fixtures_that_are_not_there_belong_to_no_items(districts, tmp_path):
    other = a_twin(districts["shore"], tmp_path / "other", "Lake", again=True)
    shutil.rmtree(other / "fixtures" / "tiny")
    found = merged(districts["hill"], other)
    assert (found.pooled, [r.audits for r in found.not_pooled]) == ((), [("Lake",)])
    assert "withheld" in found.not_pooled[0].because


def test_a_bundle_that_withholds_its_texts_is_pooled_by_what_was_measured_of_them_on_its_makers_word(districts, tmp_path):
    bundle_run(districts["hill"], tmp_path / "hill.audit.zip", withhold=("tiny",))
    found = merged(tmp_path / "hill.audit.zip", districts["shore"])
    assert mean_gap(found) == mean_gap(merged(districts["hill"], districts["shore"]))
    assert any(note.startswith("Hill: fixtures are withheld") for note in found.notes)
    assert merged(districts["hill"], districts["shore"]).notes == ()


def test_results_that_state_another_number_than_the_replies_give_are_named(districts, tmp_path):
    other = a_twin(districts["shore"], tmp_path / "other", "Lake", again=True)
    stated = json.loads((other / "results.json").read_text())
    stated["disparities"][0]["estimate"] += 0.5
    (other / "results.json").write_text(json.dumps(stated))
    found = merged(districts["hill"], other)
    assert any("Lake" in note and "audit verify" in note for note in found.notes)
    assert [o.estimate for o in mean_gap(found).audits] == pytest.approx([o.estimate for o in mean_gap(merged(districts["hill"], districts["shore"])).audits])


def test_an_average_within_the_margin_clears_nobody_where_one_audit_shows_a_gap(districts, tmp_path):
    wide = (districts["hill"] / "policy.toml").read_text().replace("value = 0.1\n", "value = 0.9\n")
    runs_ = [a_district(tmp_path / name, connect.format(seed=seed), name, policy=wide) for name, connect, seed in (("A", FAIR, 1), ("B", FAIR, 2), ("C", GAP, 3))]
    g = mean_gap(merge_audits(runs_, SEED))
    assert g.differ
    assert (g.average.outcome, g.held_back) == ("inconclusive", "the audits are shown to differ")
    alike = mean_gap(merge_audits(runs_[:2], SEED))
    assert (alike.average.outcome, alike.held_back) == ("within_margin", "")


def test_one_audits_own_gap_keeps_an_average_from_clearing_anybody(districts):
    g = mean_gap(merged(districts["hill"], districts["shore"]))
    within = msgspec.structs.replace(g, average=msgspec.structs.replace(g.average, outcome="within_margin"))
    beside = msgspec.structs.replace(within, audits=(msgspec.structs.replace(g.audits[0], outcome="gap_found"), g.audits[1]))
    assert (_settle(within, 0.5, ()).average.outcome, _settle(within, 0.5, ()).held_back) == ("within_margin", "")
    found = _settle(beside, 0.5, ())
    assert (found.average.outcome, found.held_back) == ("inconclusive", "by itself Hill shows a difference beyond the margin")
    assert found.average.because.endswith("because by itself Hill shows a difference beyond the margin.")


def test_bundles_and_run_folders_are_merged_alike(districts, tmp_path):
    bundle_run(districts["hill"], tmp_path / "hill.audit.zip")
    found = merged(tmp_path / "hill.audit.zip", districts["shore"])
    assert mean_gap(found) == mean_gap(merged(districts["hill"], districts["shore"]))
    assert {a.kind for a in found.audits} == {"bundle", "run"}


def test_one_audit_is_too_few_and_what_is_none_is_told(districts, tmp_path):
    with pytest.raises(RunFolderError, match="two audits or more"):
        merged(districts["hill"])
    with pytest.raises(BundleError):
        merged(districts["hill"], tmp_path / "nothing")


ANSWERS = '''
[answers.safe-breach-notice]
answer = "{hours}"
by = "R. Example"
[answers.safe-deletion]
answer = "30"
evidence = "{file}"
'''


def test_answers_that_differ_are_told_with_who_said_what_on_which_evidence(tmp_path):
    made = [
        a_district(tmp_path / name, FAIR.format(seed=seed), name, items=12, use='["safe"]', answers=ANSWERS.format(hours=hours, file=file))
        for seed, (name, hours, file) in enumerate((("Hill", 2, "https://example.org/a"), ("Shore", 400, "https://example.org/b")))
    ]
    found = merge_audits(made, SEED)
    notice = next(d for d in found.disagreements if d.criterion == "safe-breach-notice")
    assert [(s.audit, s.answer, s.answered_by) for s in notice.said] == [("Hill", "2", "R. Example"), ("Shore", "400", "R. Example")]
    assert {s.outcome for s in notice.said} == {"met", "not_met"}
    assert found.agreed > 10
    assert "safe-deletion" not in [d.criterion for d in found.disagreements]
    assert DAY.isoformat() == found.audits[0].as_of
