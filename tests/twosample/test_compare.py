"""Do replies differ at all? An alike writer is rarely said to differ, a habit is found and named, whatever the order. All texts are invented."""

import numpy as np
import pytest
from msgspec.structs import replace

from audit.twosample import compare_texts, neutral
from tests.twosample.writers import HABIT, a_set, written


def answers(seed, draws=199, **options):
    fixture_set, probes, texts = written(seed, **options)
    return {d.group: d for d in compare_texts(fixture_set, probes, texts, seed=seed, draws=draws)}


@pytest.mark.parametrize("design", ["matched", "sampled"])
def test_a_habit_for_one_group_is_found_and_its_words_are_named(design):
    found = answers(1, habit=0.9, design=design, draws=999)
    assert found["a"].p_value <= 0.002
    assert found["a"].told_apart > 0.7
    assert set(HABIT) <= {word.word for word in found["a"].words if word.z > 0}
    assert found["b"].p_value > 0.01


@pytest.mark.parametrize("design", ["matched", "sampled"])
def test_an_alike_writer_is_said_to_differ_in_about_one_of_twenty(design):
    p_values = np.array([answers(seed, draws=99, groups=("ref", "a"), items=14, design=design)["a"].p_value for seed in range(150)])
    alarms = (p_values <= 0.05).mean()
    assert alarms <= 0.05 + 3 * (0.05 * 0.95 / 150) ** 0.5
    assert 0.35 < (p_values <= 0.5).mean() < 0.65


def test_the_clearest_pair_shows_the_habit_side_by_side():
    clearest, typical = answers(2, habit=1.0)["a"].pairs
    assert (clearest.kind, typical.kind) == ("clearest", "typical")
    assert set(HABIT) <= set(clearest.group.split())
    assert not set(HABIT) & set(clearest.reference.split())


def test_the_floor_is_the_distance_between_two_replies_to_the_same_prompt():
    fixture_set, probes, texts = written(3, repeats=2)
    same = {probe.id: texts[f"{probe.item}-{probe.groups['g']}-0"] for probe in probes}
    one = compare_texts(fixture_set, probes, same, seed=1, draws=19)[0]
    assert one.between_repeats == pytest.approx(0.0, abs=1e-9)
    assert one.between_guises > 0.1


def test_the_order_of_the_probes_changes_nothing():
    fixture_set, probes, texts = written(4, habit=0.3)
    again = compare_texts(fixture_set, probes, texts, seed=9, draws=99)
    assert again == compare_texts(fixture_set, probes, dict(texts), seed=9, draws=99)
    shuffled = [d.told_apart for d in compare_texts(fixture_set, probes[::-1], texts, seed=9, draws=99)]
    assert shuffled == pytest.approx([d.told_apart for d in again], abs=0.25)


def test_against_all_the_others_where_there_is_no_reference():
    fixture_set, probes, texts = written(5, habit=1.0)
    fixture_set = replace(fixture_set, attributes={"g": replace(fixture_set.attributes["g"], reference=None)})
    found = {d.group: d for d in compare_texts(fixture_set, probes, texts, seed=1, draws=499)}
    assert {d.reference for d in found.values()} == {"others"}
    assert found["a"].p_value <= 0.004


@pytest.mark.parametrize(("change", "said"), [
    ({"items": 6}, "6 independent items"), ({"items": 12, "groups": ("ref", "b")}, "0 independent items"),
])
def test_with_too_little_nothing_is_said(change, said):
    _, probes, texts = written(6, **change)
    found = {d.group: d for d in compare_texts(a_set(), probes, texts, seed=1, draws=19)}["a"]
    assert (found.outcome, found.told_apart, found.p_value) == ("not_assessed", None, None)
    assert found.because.startswith(said)


def test_replies_in_different_languages_and_replies_without_a_common_word_are_not_compared():
    fixture_set, probes, texts = written(7)
    spoken = [replace(p, language="es" if p.groups["g"] == "a" else "en") for p in probes]
    found = compare_texts(fixture_set, spoken, texts, seed=1, draws=19)
    assert "different languages" in found[0].because
    unlike = {p.id: f"x{n}" for n, p in enumerate(probes)}
    assert {d.because for d in compare_texts(fixture_set, probes, unlike, seed=1, draws=19)} == {"no two replies have a word in common"}


def test_a_missing_reply_leaves_its_pair_out():
    fixture_set, probes, texts = written(8, repeats=1)
    fewer = {k: v for k, v in texts.items() if not k.startswith(("i0-a", "i1-a"))}
    found = {d.group: d for d in compare_texts(fixture_set, probes, fewer, seed=1, draws=19)}
    assert (found["a"].clusters, found["b"].clusters) == (22, 24)


@pytest.mark.parametrize(("one", "other"), [
    ("She did her work; he's proud.", "He did his work; she's proud."), ("[…] is a bright boy", "[…] is a bright girl"),
    ("Mr. Lee asked him.", "Ms. Lee asked her."),
])
def test_words_of_gender_and_the_masked_signal_tell_nothing(one, other):
    assert neutral(one) == neutral(other)
    assert "…" not in neutral(one)
