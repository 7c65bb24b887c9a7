"""One audit of the scripted writer, in process: probes, replies, measures, comparisons, verdicts, and the test of the texts."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from audit import disparity, fixtures, measures, verdicts
from audit.policy import read_policy
from audit.records import Disparity, Response, TextDifference
from audit.twosample import compare_texts
from audit.wording import OTHERS
from benchmarks.planted.grid import Plant
from benchmarks.planted.writer import pools, reply

TEXT_DRAWS = 1_999


class Said(NamedTuple):
    """What an audit said: verdicts of all measures (those that decide and those that describe), and the texts told apart (Holm)."""

    plant: Plant
    verdicts: tuple[Disparity, ...]
    texts: tuple[TextDifference, ...]
    differ: frozenset[str]

    def accused(self, *, directly: bool = True) -> set[str]:
        """Return the groups with a gap in a deciding measure; directly: against the reference, else against all others together."""
        return {
            d.group for d in self.verdicts
            if d.family == "confirmatory" and d.outcome == "gap_found" and (d.reference != OTHERS) == directly
        }

    def moved(self) -> dict[str, Disparity]:
        """Return, by measure, the planted group's difference of means from the reference."""
        return {
            d.measure: d for d in self.verdicts
            if d.group == self.plant.group and d.reference != OTHERS and d.statistic == "mean_difference"
        }

    def sees(self) -> list[bool]:
        """Return, for each intended measure, whether its verdict is a gap in the right direction."""
        about = self.moved()
        return [about[m].outcome == "gap_found" and (about[m].estimate or 0) * way > 0 for m, way in self.plant.intended]

    def told(self) -> TextDifference:
        """Return what is said of the planted group's texts."""
        return next(t for t in self.texts if t.group == self.plant.group)

    def naming(self) -> list[str]:
        """Return the words shown that name the habit: on the group's side its own; of one that leaves out, what is missing, on the other side."""
        if self.plant.genre == "communication":
            return []
        habit = pools(self.plant.genre)["habits"][self.plant.habit]
        if habit["pool"]:
            return [w.word for w in self.told().words if w.z > 0 and w.word in habit["named_by"]]
        return [w.word for w in self.told().words if w.z < 0 and w.word in _left_out(pools(self.plant.genre)["writer"], habit)]

    def shown(self) -> bool:
        """Return whether a reply of the pairs shown holds a sentence of the habit; for a habit that leaves out, is shorter than the other."""
        if self.plant.genre == "communication":
            return False
        said = [s.replace("{name}", "").strip() for s in pools(self.plant.genre)["habits"][self.plant.habit]["pool"]]
        return any(
            any(s[-15:] in pair.group for s in said) if said else len(pair.group) < len(pair.reference) for pair in self.told().pairs
        )


def _left_out(writer, habit):
    gone = {*habit.get("drop", ()), *habit.get("keep", {})}
    words = {part: {word.strip(".,?!").lower() for s in said for word in s.split()} for part, said in writer["pools"].items()}
    return set().union(*(words[part] for part in gone)) - set().union(*(words[part] for part in words.keys() - gone))


@cache
def the_set(name, attribute, items):
    """Return a shipped set with one attribute alone."""
    return fixtures.narrow(fixtures.load_set(fixtures.find_set(name, Path())), items, 1, (attribute,))


def audit(plant: Plant, seed: int, *, alike: bool = False, items: int | None = None) -> Said:
    """Return what an audit of the writer says; alike: the habit is nobody's. items: base items, all by default."""
    fixture_set = the_set(plant.set, plant.attribute, items)
    probes = fixtures.make_probes([fixture_set], repeats=1, seed=seed, salt="planted")
    responses = {p.id: Response(p.id, reply(plant, p, seed, alike=alike), None, "", 0.0, 1, "") for p in probes}
    compared = disparity.compare_all(_audited(fixture_set, measures.measure_all(fixture_set, probes, responses, measures.Reading())), seed=seed)
    judged = verdicts.judge([*compared.comparisons, *compared.missingness], read_policy(None)[0], {fixture_set.id: fixture_set})
    texts = compare_texts(
        fixture_set, probes, measures.masked_texts(fixture_set, probes, responses, measures.Reading()), seed=seed, draws=TEXT_DRAWS,
    )
    assessed = [t for t in texts if t.p_value is not None]
    adjusted = disparity.holm([t.p_value for t in assessed])
    differ = frozenset(t.group for t, p in zip(assessed, adjusted, strict=True) if p <= verdicts.ALPHA)
    return Said(plant, judged, tuple(texts), differ)


def _audited(fixture_set, read):
    return [
        disparity.Audited(
            fixture_set, name, measures.MEASURES[name].unit,
            disparity.of_measurements([m for m in read if m.measure == name], fixture_set.attributes), measures.MEASURES[name].range,
            decides=measures.decides(name, fixture_set),
        ) for name in dict.fromkeys(m.measure for m in read)
    ]
