"""A writer of invented replies, with or without a habit for one group."""

import numpy as np

from audit.records import Attribute, FixtureSet, Probe

WORDS = [f"w{i}" for i in range(300)]
HABIT = ["kindly", "dear", "gently"]


def a_set(design="matched", groups=("ref", "a", "b"), controls=()):
    return FixtureSet(
        id="s", title="", edition="", use_case="", design=design, outcome="text", rows=(), digest="",
        attributes={"g": Attribute(groups={g: g for g in groups}, reference="ref", negative_controls=controls)},
    )


def written(seed, *, items=24, groups=("ref", "a", "b"), repeats=2, habit=0.0, design="matched"):
    """Return the set, its probes and the replies; each item has its topic, each guise its accidents; `habit`: how often "a" is addressed otherwise."""
    rng = np.random.default_rng(seed)
    often = 1 / np.arange(1, len(WORDS) + 1)
    probes, texts = [], {}
    for i in range(items):
        topic = rng.choice(WORDS, 20)
        for g in groups:
            topic = rng.choice(WORDS, 20) if design == "sampled" else topic
            guise = rng.choice(WORDS, 4)
            for repeat in range(repeats):
                words = [*rng.choice(WORDS, 30, p=often / often.sum()), *rng.choice(topic, 12), *rng.choice(guise, 5)]
                if g == "a" and rng.random() < habit:
                    words[:3] = HABIT
                item = f"i{i}" if design == "matched" else f"i{i}{g}"
                probes.append(Probe(id=f"{item}-{g}-{repeat}", set="s", item=item, groups={"g": g}, repeat=repeat, input={}, prompt=""))
                texts[probes[-1].id] = " ".join(words)
    return a_set(design, groups), probes, texts
