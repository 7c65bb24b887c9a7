"""A run's replies and a judge: asked about each reply, and scored as one more measure of a set of texts."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit import collect, disparity, fixtures, judge, measures, runs
from audit.errors import FixtureError, RunFolderError
from audit.pipeline.prepared import probes_of, reading_of
from audit.plan import read_plan
from audit.records import NOT_ASKED, FixtureSet, Json, Measurement, Probe, Response
from audit.wording import one_line

JUDGES = "judge"
"""`RUN/judge/ID/`: a judge as asked, its journal, and its examination."""


class Replies(Struct, frozen=True):
    """The replies of a run that are texts, masked, by probe; and why there is none for the others."""

    sets: dict[str, FixtureSet]
    probes: tuple[Probe, ...]
    texts: dict[str, str]
    missing: dict[str, str]
    collection: str


class Judged(Struct, frozen=True):
    """What the judges of a run add to its results."""

    audited: tuple[disparity.Audited, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    notes: tuple[str, ...] = ()
    provenance: tuple[dict[str, Json], ...] = ()


class Sitting(Struct, frozen=True):
    """How a sitting with a judge ended. `stopped`: why it ended early."""

    folder: Path
    measure: str
    decides: bool
    because: str
    answers: judge.Answers
    stopped: str


def read_replies(run: Path, only: str | None = None) -> Replies:
    """Return the texts that a run holds. Raises RunFolderError when it has no set of texts, or not the one asked for."""
    head, plan = runs.read_head(run), read_plan(run / "plan.toml", None)
    every = {f.name: fixtures.load_set(f) for f in sorted((run / "fixtures").iterdir()) if f.is_dir()}
    sets = {name: s for name, s in every.items() if s.outcome == "text" and only in (None, name)}
    if not sets:
        raise RunFolderError("this run has no such set of texts" if only else "this run has no set of texts, and a judge reads texts", where=str(run))
    probes = tuple(p for p in probes_of(plan, every) if p.set in sets)
    return _texts(sets, probes, collect.read_journal(run), reading_of(plan), head.collection)


def _texts(sets: dict[str, FixtureSet], probes: Sequence[Probe], log: collect.Log, reading: measures.Reading, collection: str) -> Replies:
    texts: dict[str, str] = {}
    for name, fixture_set in sets.items():
        texts |= measures.masked_texts(fixture_set, [p for p in probes if p.set == name], log.responses, reading)
    missing = {p.id: _why(log.responses.get(p.id)) for p in probes if p.id not in texts}
    return Replies(sets, tuple(probes), texts, missing, collection)


def _why(response: Response | None) -> str:
    """Return why there is no text."""
    return NOT_ASKED if response is None else response.failure or "unreadable: no text"


def _subjects(one: judge.Judge, replies: Replies) -> dict[str, judge.Texts]:
    """Return probe → what is asked about it: its reply, or in mode "pair" its reply beside the reference guise's of the same repeat."""
    if one.about.mode == "single":
        return {known: (text,) for known, text in replies.texts.items()}
    references = {
        (p.set, p.item, p.repeat): replies.texts[p.id] for p in replies.probes
        if p.id in replies.texts and judge.is_reference(p.groups, replies.sets[p.set])
    }
    return {
        p.id: (references[p.set, p.item, p.repeat], replies.texts[p.id]) for p in replies.probes
        if p.id in replies.texts and (p.set, p.item, p.repeat) in references and not judge.is_reference(p.groups, replies.sets[p.set])
    }


class Bench(Struct, frozen=True):
    """A judge and what it is to be asked about a run; nothing has been asked."""

    one: judge.Judge
    replies: Replies
    shown: list[judge.Showing]
    where: judge.Where
    checked: judge.Checked | None


def seat(run: Path, one: judge.Judge, checked: Path | None) -> Bench:
    """Return what a judge is to be asked about a run. checked: its judge.json, fixed with the first question; the folder's own without.

    Raises AuditError: no texts, a pair mode without matched guises, the answers of another judge in the folder.
    """
    replies, folder = read_replies(run), run / JUDGES / one.about.id
    sampled = [s.id for s in replies.sets.values() if s.design != "matched"]
    if sampled and one.about.mode == "pair":
        raise FixtureError('mode = "pair" compares the guises of one item, and this set has other items in each group', where=sampled[0],
                           fix='Use mode = "single".')
    kept = folder / judge.CHECKED
    source = checked or (kept if kept.is_file() else None)
    found = judge.read_checked(source) if source else None
    where = judge.place(folder, one, replies.collection, found)
    return Bench(one, replies, judge.showings(one, _subjects(one, replies).values()), where, found)


async def hold(bench: Bench, environ: Mapping[str, str], clock: Callable[[], str], watching: Callable[[int], collect.Watch]) -> Sitting:
    """Ask the judge what has no answer yet; the same again goes on where it stopped."""
    stopped = await judge.ask(bench.one, bench.shown, bench.where, environ, clock, watching, bench.checked)
    log = collect.read_journal(bench.where.folder)
    decides, because = _standing(bench.one, bench.checked, log)
    return Sitting(bench.where.folder, bench.one.measure, decides, because, judge.hear(bench.one, bench.shown, log.responses)[1], stopped)


def _standing(one: judge.Judge, checked: judge.Checked | None, log: collect.Log) -> tuple[bool, str]:
    """Return whether a judge's scores may decide, and why (not)."""
    if checked is None:
        return False, "it has not been examined (audit judge check)"
    if checked.digest != one.digest:
        return False, "the examination is of another judge (model, settings, prompt, question, scale, mode or repeats differ)"
    if checked.usable is not True:
        return False, "its examination found it not usable" if checked.usable is False else "its examination did not settle whether it is usable"
    named = judge.models_in(log)
    if named and checked.models and named != checked.models:
        return False, f"another model answered ({one_line(', '.join(named), 80)}) than in its examination ({one_line(', '.join(checked.models), 80)})"
    return True, f"its examination of {checked.date} found it usable"


def judges_of(run: Path, sets: Mapping[str, FixtureSet], probes: Sequence[Probe], log: collect.Log, reading: measures.Reading) -> Judged:
    """Return what every judge in the run folder says, read from its journal; asks nothing. Nothing where no judge was asked."""
    texts = {name: s for name, s in sets.items() if s.outcome == "text"}
    folders = sorted(p.parent for p in (run / JUDGES).glob(f"*/{judge.JUDGE}"))
    if not texts or not folders:
        return Judged()
    replies = _texts(texts, [p for p in probes if p.set in texts], log, reading, "")
    parts = [_of_judge(folder, replies) for folder in folders]
    return Judged(*(tuple(one for part in parts for one in getattr(part, field)) for field in Judged.__struct_fields__))


def _of_judge(folder: Path, replies: Replies) -> Judged:
    one, log = judge.read_judge(folder / judge.JUDGE, None), collect.read_journal(folder)
    kept = folder / judge.CHECKED
    checked = judge.read_checked(kept) if kept.is_file() else None
    decides, because = _standing(one, checked, log)
    subjects = _subjects(one, replies)
    heard, answers = judge.hear(one, judge.showings(one, subjects.values()), log.responses)
    read = [_measurement(one, p, replies, heard[subjects[p.id]] if p.id in subjects else None) for p in replies.probes]
    audited = tuple(
        disparity.Audited(
            s, one.measure, one.about.unit, disparity.of_measurements([m for m in read if m.set == s.id], s.attributes), one.range, decides=decides,
        ) for s in replies.sets.values()
    )
    return Judged(audited, tuple(read), (_note(one, checked, decides=decides, because=because),),
                  (_provenance(one, checked, log, answers, decides=decides, because=because),))


def _measurement(one: judge.Judge, probe: Probe, replies: Replies, heard: judge.Heard | None) -> Measurement:
    missing, value = replies.missing.get(probe.id), None
    if missing is None and heard is not None:
        value, missing = heard.value, heard.missing
    elif missing is None:
        reference = judge.is_reference(probe.groups, replies.sets[probe.set])
        value, missing = (0.0, None) if reference else (None, "judge: no reply of the reference guise to compare with")
    return Measurement(
        probe.id, probe.set, probe.item, probe.cluster or probe.item, probe.groups, one.measure, value, missing, None, probe.variant,
    )


def _note(one: judge.Judge, checked: judge.Checked | None, *, decides: bool, because: str) -> str:
    fared = ""
    if checked is not None and checked.agreement is not None and checked.agreement.agreement.value is not None:
        agreed = checked.agreement.agreement
        fared = f" Agreement with people {agreed.value:.2f} ({agreed.low:.2f} to {agreed.high:.2f}); its own gap: {checked.own_gap.outcome.replace('_', ' ')}."
    said = "decides like the set's other measures" if decides else "only describes"
    return f'A language model ({one_line(one.model, 80)}) was used as a judge of texts, "{one_line(one.about.title, 120)}": {one.measure} {said}, because {because}.{fared}'


def _provenance(one: judge.Judge, checked: judge.Checked | None, log: collect.Log, answers: judge.Answers, *, decides: bool, because: str) -> dict[str, Any]:
    gap = None if checked is None else checked.own_gap
    return {
        "measure": one.measure, "title": one.about.title, "question": one.about.question, "model": one.model, "models": judge.models_in(log),
        "digest": one.digest, "mode": one.about.mode, "scale": one.about.scale, "repeats": one.about.repeats, "seed": one.about.seed,
        "asked_from": log.started, "asked_to": log.ended, "calls": log.calls, "answers": msgspec.to_builtins(answers),
        "decides": decides, "because": because,
        "checked": None if checked is None or gap is None else {
            "date": checked.date, "usable": checked.usable, "asked_for": msgspec.to_builtins(checked.asked_for), "digest": checked.digest, "models": checked.models,
            "agreement": msgspec.to_builtins(checked.agreement.agreement) if checked.agreement else None,
            "coefficient": checked.agreement.coefficient if checked.agreement else None,
            "own_gap": {"outcome": gap.outcome, "margin": gap.margin, "largest": gap.largest.estimate if gap.largest else None},
            "cautions": checked.cautions,
        },
    }


def texts_to_rate(run: Path, one: judge.Judge, only: str | None, items: int | None) -> FixtureSet:
    """Return a run's replies as a set that people can score (`audit raters export`): masked, on the judge's scale, the first repeat of each.

    Raises RunFolderError for no set of texts, or several and none named.
    """
    replies = read_replies(run, only)
    if len(replies.sets) > 1:
        raise RunFolderError("this run has several sets of texts", where=str(run), fix=f"Name one with --set: {', '.join(replies.sets)}.")
    source = next(iter(replies.sets.values()))
    chosen = {row.item for row in fixtures.narrow(source, items, one.about.seed).rows}
    first = [p for p in replies.probes if p.repeat == 1 and p.item in chosen and p.id in replies.texts]
    by_guise = {(p.item, str(sorted(p.groups.items()))): replies.texts[p.id] for p in first}
    rows = tuple(
        msgspec.structs.replace(row, input={"text": by_guise[guise]}, truth=None, second_truth=None, facts=(), language=None)
        for row in source.rows if (guise := (row.item, str(sorted(row.groups.items())))) in by_guise
    )
    if not rows:
        raise RunFolderError("this run has no reply to this set", where=str(run))
    return msgspec.structs.replace(
        source, id=f"{source.id}-{one.about.id}", title=f"Replies to {source.title}", outcome="score", scale=one.about.scale, prompt=None, measures=(),
        rows=rows, source=f"Replies of the tool in the run {replies.collection[:12]}, masked, for: {one.about.question}",
    )
