"""What the documents have in common: names in words, numbers as they read, badges, and the frame around the blocks."""

import re
from collections.abc import Mapping, Sequence

from audit.records import Disparity, Finding, FixtureSet, Scorecard
from audit.report.blocks import Badge, Block, Callout, Document, Foreign, Inline, Ladder, Paragraph, Runs, Strong
from audit.report.words import SOURCE, Words
from audit.wording import OTHERS, one_line, signed

Sets = Mapping[str, FixtureSet]

RUNGS = ("claimed", "documented", "supplied", "validated", "certified")
"""The ladder of assurance, from the bottom. What was measured stands beside it."""
LONGEST = 100
"""Characters of a vendor's name or version in a heading; the report shows all of it in its first lines."""
_MODEST_P = 0.001
_ORGANISATION = 60


def status_name(kind: str, w: Words) -> str:
    """Return a decision in words."""
    return {
        "approve": w("Approve"), "approve_with_conditions": w("Approve with conditions"), "pilot": w("Pilot only"),
        "do_not_approve": w("Do not approve"), "insufficient_evidence": w("Not enough evidence to decide"),
    }[kind]


def outcome_name(kind: str, w: Words) -> str:
    """Return the outcome of a comparison, a finding or a test of texts in words."""
    return {
        "gap_found": w("Difference beyond the margin"), "within_margin": w("Within the margin"), "inconclusive": w("Not enough evidence"),
        "not_assessed": w("Not assessed"), "met": w("Met"), "not_met": w("Not met"), "not_applicable": w("Does not apply"),
        "differ": w("The replies differ"), "not_shown": w("No difference shown"),
    }[kind]


def assurance_name(kind: str, w: Words) -> str:
    """Return in words how well an answer is backed."""
    return {
        "claimed": w("claimed by the one who answered"), "documented": w("a place or link is named"), "supplied": w("a file was supplied"),
        "validated": w("a file was checked"), "measured": w("measured in this audit"), "certified": w("certified by a third party"),
    }[kind]


def role_name(kind: str, w: Words) -> str:
    """Return who audited, for the banner."""
    return {
        "district": w("District audit"), "state": w("State audit"), "vendor": w("Vendor's own test of its product"),
        "independent": w("Independent audit"),
    }[kind]


def use_name(kind: str, w: Words) -> str:
    """Return for whom a tool is made, or which student data it holds, in words; a use as it is named in the plan."""
    return _task_names(w).get(kind) or {
        "teachers": w("teachers"), "students": w("students"), "families": w("families"), "staff": w("staff"),
        "none": w("none"), "directory": w("names and classes only"), "record": w("school records"), "sensitive": w("sensitive records"),
    }.get(kind) or w.plain(kind.replace("-", " "))


def _task_names(w: Words) -> Mapping[str, str]:
    """Return the uses that the shipped fixture sets are for, in words."""
    return {
        "ai-writing-detection": w("telling AI writing from students' own"),
        "behavior-support": w("behavior support plans"),
        "course-placement": w("course placement"),
        "early-warning": w("early warning"),
        "essay-scoring": w("essay scoring"),
        "family-communication": w("messages to families"),
        "iep-drafting": w("drafting IEPs"),
        "judge-check": w("checking a judge of texts"),
        "recommendation-letters": w("recommendation letters"),
        "short-answer-grading": w("grading short answers"),
        "staff-hiring": w("hiring staff"),
        "student-safety-filter": w("safety filter for students' messages"),
        "teacher-coaching": w("coaching teachers"),
        "teacher-observation": w("scoring observed lessons"),
        "text-differentiation": w("fitting texts to reading levels"),
        "tutoring": w("tutoring"),
        "writing-feedback": w("writing feedback"),
    }


def badge(kind: str, w: Words) -> Badge:
    """Return an outcome with its sign."""
    return Badge(kind, outcome_name(kind, w))


def ladder(kind: str, w: Words) -> Ladder:
    """Return the place on the ladder of assurance."""
    if kind == "measured":
        return Ladder(0, len(RUNGS), assurance_name(kind, w))
    step = RUNGS.index(kind) + 1
    return Ladder(step, len(RUNGS), assurance_name(kind, w))


def english(text: str, w: Words) -> Inline:
    """Return a sentence that a stage made, in English, marked as such in a document of another language."""
    return text if w.lang == SOURCE or not text else Foreign(text, SOURCE)


def cut(text: str, longest: int) -> str:
    """Return a text on one line, cut between words where it is too long, and before a bracket that it would leave open."""
    line = one_line(text, longest)
    if not line.endswith("…") or line == text:
        return line
    kept = line[:line.rindex(" ")] if " " in line[longest // 2:] else line[:-1]
    opened = kept.rfind("(")
    if opened > 0 and ")" not in kept[opened:]:
        kept = kept[:opened]
    return f"{kept.rstrip(' .,;:…')}…"


def stopped(sentence: str) -> str:
    """Return a sentence without the full stop after a text that was cut at its end."""
    return sentence.replace("….", "…")


def short(text: str, w: Words, longest: int) -> Inline:
    """Return a text of data or of a stage on one line, cut: translated where the catalogue has it, else marked as English."""
    found = w.data(text)
    return Foreign(cut(found.text, longest), found.lang) if isinstance(found, Foreign) else cut(str(found), longest)


def group_name(fixture_set: FixtureSet, attribute: str, group: str, w: Words) -> str:
    """Return a group's name for people, without what its title adds in brackets."""
    if group == OTHERS:
        return w("all other groups together")
    title = fixture_set.attributes[attribute].groups.get(group) or group
    translated = w.plain(title)
    return translated.split(" (")[0]


def attribute_name(fixture_set: FixtureSet, attribute: str, w: Words) -> str:
    """Return an attribute's name for people."""
    return w.plain(fixture_set.attributes[attribute].title or attribute)


def difference(value: float | None, unit: str, w: Words) -> str:
    """Return a difference as a table shows it: with its sign, percentage points for shares; a ratio with two digits."""
    if value is None:
        return w("undefined")
    return f"{value:.2f}" if unit == "ratio" else signed(value, unit)


def interval(low: float | None, high: float | None, unit: str, w: Words) -> str:
    """Return an interval of differences; an end that is not known is open."""
    if low is None and high is None:
        return "–"
    ends = [w("no limit") if end is None else difference(end, unit, w) for end in (low, high)]
    return w("{low} to {high}", low=ends[0], high=ends[1])


def size(value: float | None, unit: str, w: Words) -> str:
    """Return a size with its unit in words."""
    if value is None:
        return "–"
    if unit == "share":
        return w("{value} percentage points", value=f"{100 * value:.1f}")
    return f"{value:.3g}" if unit == "ratio" else w("{value} {unit}", value=f"{value:.3g}", unit=unit_name(unit, w)).strip()


def unit_name(unit: str, w: Words) -> str:
    """Return a unit in words; empty for statistics that have none."""
    if unit in ("kappa", "auc", "abroca", "r", "ratio"):
        return ""
    return {
        "share": w("percentage points"), "points": w("points"), "sd": w("standard deviations"), "points²": w("points squared"),
        "words": w("words"),
    }.get(unit) or w.plain(unit)


def percent(share: float | None) -> str:
    """Return a share in percent, a dash where it is not known."""
    return "–" if share is None else f"{100 * share:.0f}%"


def probability(p: float | None) -> str:
    """Return an adjusted p-value as it is printed."""
    if p is None:
        return "–"
    return "< 0.001" if p < _MODEST_P else f"{p:.3f}"


def count(number: int | None, w: Words) -> str:
    """Return a count; None is one that was hidden to protect people."""
    return w("hidden") if number is None else f"{number:,}"


def worst(rows: Sequence[Disparity]) -> str:
    """Return the verdict on several comparisons, as `verdicts.attribute_outcome` gives it: a gap that only a control shows is open."""
    outcomes = {d.outcome for d in rows}
    if any(d.outcome == "gap_found" and not d.negative_control for d in rows):
        return "gap_found"
    return next(iter(outcomes)) if len(outcomes) == 1 and outcomes & {"within_margin", "not_assessed"} else "inconclusive" if outcomes else "not_assessed"


def findings_by_id(card: Scorecard) -> dict[str, Finding]:
    """Return the answered criteria by id; of a measured one the first attribute's."""
    return {f.criterion: f for f in reversed(card.findings)}


def slug(text: str, taken: set[str]) -> str:
    """Return an id for a place in a document, not yet taken, whatever the text."""
    base = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "place"
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}-{number}"
    taken.add(found)
    return found


def tool_title(card: Scorecard) -> str:
    """Return the tool and its version, on one line that fits a heading."""
    return one_line(f"{card.tool['name']} {card.tool['version']}", LONGEST)


def listed(names: list[str]) -> str:
    """Return names as a list that reads the same in every language."""
    return "; ".join(names)


def runs(*inlines: Inline) -> Runs:
    """Return runs with a space between them; nothing for an empty text."""
    spaced: list[Inline] = []
    for one in inlines:
        if one != "":
            spaced += [" ", one] if spaced else [one]
    return tuple(spaced)


def frame(
    name: str, card: Scorecard, w: Words, title: str, blocks: list[Block], *, footer: list[Block] | None = None, data: object = None
) -> Document:
    """Return the document around the blocks: who audited stands on every page of it."""
    role, organisation = str(card.auditor["role"]), cut(str(card.auditor.get("organisation") or ""), _ORGANISATION)
    banner = w("{role} by “{organisation}”, {date}", role=role_name(role, w), organisation=organisation, date=card.as_of) if organisation else w(
        "{role}, {date}", role=role_name(role, w), date=card.as_of)
    return Document(
        name=name, lang=w.lang, title=title, role=role, banner=banner, subtitle=w("From {vendor}", vendor=one_line(str(card.tool["vendor"]), LONGEST)),
        blocks=(*_taken_over(card, w), *blocks), footer=tuple(footer or ()), skip=w("Skip to the decision"), data=data,
    )


def _taken_over(card: Scorecard, w: Words) -> list[Block]:
    """Return whose audit this is where it was taken over, and that its margins were chosen late where they were; nothing for an audit of one's own."""
    origin = card.provenance.get("adopted_from")
    if not isinstance(origin, dict):
        return []
    said: list[Inline] = [w(
        "The tool was not asked again. An audit of it was taken over and judged anew: {role} by “{organisation}”, {date}.", role=role_name(str(origin["role"]), w),
        organisation=cut(str(origin["organisation"]), _ORGANISATION) or w("not stated"), date=origin["as_of"])]
    if origin.get("late_margins"):
        said.append(Strong(w("The margins are not those that were fixed before the first question: they were chosen after the replies were known.")))
    return [Callout("note", w("An audit that was taken over"), (Paragraph(runs(*said)),))]
