"""A reply of a scripted writer to a probe: sentences drawn from pools, of an item some and not others; a habit changes them for one group."""

import random
import re
import tomllib
from functools import cache
from pathlib import Path

from audit.records import Probe
from benchmarks.planted.grid import Plant

HERE = Path(__file__).parent
NAMES = ("race", "gender")
LOST = 0.05
"""How often any writer of family-communication loses a fact, or (each) takes the wrong language: the noise of all groups."""


@cache
def pools(genre):
    """Return a genre's file: its writer and its habits; or its languages."""
    return tomllib.loads((HERE / "sentences" / f"{genre}.toml").read_text(encoding="utf-8"))


def reply(plant: Plant, probe: Probe, seed: int, *, alike: bool = False) -> str:
    """Return the text of a reply. The seed, the probe and the guise fix it; alike: the habit is nobody's."""
    own = random.Random(f"{seed} {probe.item} {sorted(probe.groups.items())} {probe.variant} {probe.repeat}")
    habit = own.random() < plant.probability and not alike and probe.groups[plant.attribute] == plant.group
    if plant.genre == "communication":
        return translated(plant.habit if habit else "", probe, own)
    said = sentences(plant, probe, seed, own, habit=habit)
    name = str(probe.variant) if plant.attribute in NAMES else "the student"
    filled = [s.replace("{name}", name) for s in said]
    return " ".join(s[0].upper() + s[1:] for s in filled)


def sentences(plant, probe, seed, own, *, habit):
    """Return the sentences of a reply, in order; those of the habit stand anywhere."""
    writer = pools(plant.genre)["writer"]
    changed = pools(plant.genre)["habits"][plant.habit] if habit else {}
    said = []
    for part in writer["order"]:
        many = own.randint(writer["least"][part], writer["most"][part])
        many = min(many, changed.get("keep", {}).get(part, many)) if part not in changed.get("drop", ()) else 0
        there = of_the_text(probe) if part == "text" else of_the_item(writer["pools"][part], f"{seed} {probe.item} {part}")
        said += [there[i] for i in sorted(own.sample(range(len(there)), min(many, len(there))))]
    for extra in own.sample(changed.get("pool", []), changed.get("add", 0)):
        said.insert(own.randint(0, len(said)), extra)
    return said


def of_the_item(pool, item):
    """Return the two thirds of a pool that are said of this item."""
    return random.Random(item).sample(pool, max(1, 2 * len(pool) // 3))


def of_the_text(probe):
    """Return the sentences of the text that is to be adapted."""
    return [s for s in re.split(r"(?<=[.?!])\s+", str(probe.input["text"])) if s]


def translated(habit, probe, own):
    """Return a message in the language asked for, with the facts line by line."""
    wrong = own.random() < (1.0 if habit == "wrong language" else LOST)
    language = ("es" if probe.language == "en" else "en") if wrong else probe.language
    facts = list(probe.facts)
    if own.random() < (1.0 if habit == "drops facts" else LOST):
        facts.pop(own.randrange(len(facts)))
    if habit == "alters facts":
        place = own.randrange(len(facts))
        facts[place] = altered(facts[place], own)
    words = pools("communication")["languages"][language]
    said = sorted(own.sample(range(len(words) - 1), 3))
    return "\n".join([*(words[i] for i in said), words[-1], *(f"- {fact}" for fact in facts)])


def altered(fact, own):
    """Return a fact with its last number another one (a day of a month stays one)."""
    number = re.findall(r"\d+", fact)[-1]
    other = str(int(number) % 20 + own.randint(1, 5)).zfill(len(number))
    head, _, tail = fact.rpartition(number)
    return head + other + tail
