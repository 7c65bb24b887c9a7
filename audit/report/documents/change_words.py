"""What is shown to have changed between two audits, in words: for the page and for the terminal."""

from audit.records.changes import AnswerChange, AuditChange, EvidenceChange, GapChange, Reason
from audit.report.blocks import Inline
from audit.report.documents.parts import difference, english, status_name, unit_name
from audit.report.documents.sentences import measure_name
from audit.report.words import Words
from audit.wording import OTHERS, one_line

SHOWN = ("grew", "moved", "changed", "shrank", "undone")
"""The kinds of changes that say something, in the order to read them."""
_LONG = 200


def cut_line(text: str) -> str:
    """Return a text of others on one line, made safe and cut."""
    return one_line(text, _LONG)


def decision_sentence(found: AuditChange, w: Words) -> str:
    """Return what became of the decision."""
    old, new = (status_name(one.decision, w) for one in (found.old, found.new))
    return w("The decision is the same: {status}.", status=new) if old == new else w("The decision was “{old}” and is “{new}”.", old=old, new=new)


def lost_sentences(found: AuditChange, w: Words) -> list[str]:
    """Return the required criteria that were met and are not any more, as a sentence; none where there are none."""
    lost = sum(g.kind == "lost" for g in found.gates)
    return [w.plural("{n} required criterion that was met is not shown to be met now.", "{n} required criteria that were met are not shown to be met now.", lost)] if lost else []


def measured_sentence(found: AuditChange, w: Words) -> str:
    """Return what became of the measured gaps, as one sentence."""
    tested = [g for g in found.gaps if g.kind != "not_tested" and not g.negative_control]
    shown = sum(g.kind in SHOWN and g.kind != "undone" for g in tested)
    if found.same_replies:
        return w("Both audits rest on the very same replies: nothing measured can have changed.")
    if not tested:
        return w("No change of a measured gap could be tested.")
    if not shown:
        return w.plural("{n} measured gap was compared, and no change is shown.", "{n} measured gaps were compared, and no change of any is shown.", len(tested))
    return w.plural("{n} of {all} measured gaps is shown to have changed.", "{n} of {all} measured gaps are shown to have changed.", shown, all=len(tested))


def kind_words(g: GapChange, w: Words) -> str:
    """Return what is shown of one gap, in words."""
    if g.other_side and g.kind in ("grew", "shrank"):
        return w("grew, and points to the other side") if g.kind == "grew" else w("shrank, and points to the other side")
    return {
        "grew": w("the measured gap grew"), "shrank": w("the measured gap shrank"), "moved": w("the measured gap moved to the other side"),
        "changed": w("the measured gap changed; whether it is larger or smaller is not shown"), "undone": w("no change is shown: the missing replies could undo it"),
        "none": w("no change is shown"), "not_tested": w("not compared: too few base items"),
    }[g.kind]


def gap_about(g: GapChange, found: AuditChange, w: Words) -> str:
    """Return which comparison it is: set, attribute, groups, statistic."""
    start = f"{g.set}/{g.attribute}"
    group = w.plain(found.titles.get(f"{start}/{g.group}", g.group))
    reference = w("all other groups together") if g.reference == OTHERS else w.plain(found.titles.get(f"{start}/{g.reference}", g.reference))
    what = measure_name(g.measure, w) if g.what.startswith("mean of ") else w.plain(g.what)
    title, about = (w.plain(found.titles.get(key, key)) for key in (g.set, start))
    return f"{title}, {about}: {w('{group} against {reference}', group=group, reference=reference)} ({what})"


def gap_sentence(g: GapChange, found: AuditChange, w: Words) -> str:
    """Return one gap's change as a sentence with its numbers."""
    unit = f" {unit_name(g.unit, w)}".rstrip()
    return w(
        "{about}: {said}, from {old} to {new}{unit} (the change lies between {low} and {high}).", about=gap_about(g, found, w), said=kind_words(g, w),
        old=difference(g.old, g.unit, w), new=difference(g.new, g.unit, w), unit=unit, low=difference(g.low, g.unit, w), high=difference(g.high, g.unit, w),
    )


def subject_words(subject: str, found: AuditChange, w: Words) -> str:
    """Return what a measured finding is about: a set and an attribute by their own titles; anything else as it is called."""
    for key, title in found.titles.items():
        parts = key.split("/")
        if len(parts) == len(("set", "attribute")) and subject == f"{found.titles.get(parts[0])}: {title}":
            return f"{w.plain(found.titles[parts[0]])}: {w.plain(title)}"
    return subject


def gate_words(kind: str, w: Words) -> str:
    """Return what became of a required criterion."""
    return {
        "lost": w("was met, not shown to be met now"), "won": w("met now"), "failed": w("was open, not met now"), "open": w("was not met, open now"),
        "added": w("newly required"), "dropped": w("required no more"),
    }[kind]


def reason_words(r: Reason, w: Words) -> str:
    """Return one thing that changed of what a finding rests on, in words; its details in the language of the audit."""
    name = _reason_name(r.kind, w)
    return f"{name}: {r.what.rstrip('.')}" if r.what else name


def reason_runs(r: Reason, w: Words) -> list[Inline]:
    """Return the same for a page, sentences of a stage marked as English."""
    if not r.what:
        return [_reason_name(r.kind, w)]
    return [f"{_reason_name(r.kind, w)}: ", english(r.what.rstrip("."), w) if r.kind == "contradiction" else w.plain(cut_line(r.what))]


def _reason_name(kind: str, w: Words) -> str:
    return {
        "question": w("the question or its rule"), "answer": w("the answer"), "other_answer": w("an answer that it depends on"), "evidence": w("a file"),
        "expired": w("a file ran out"), "contradiction": w("what does not fit together"), "tool": w("what is said of the tool"), "date": w("the day"),
        "fixtures": w("the probes"), "margin": w("the margin"), "policy": w("the policy"), "design": w("the plan"), "gap": w("a measured gap"),
        "replies": w("the replies, and no change of a gap is shown"), "program": w("this program's version"), "unknown": w("not told by what the audits hold"),
    }[kind]


def answer_words(a: AnswerChange, w: Words) -> str:
    """Return what became of an answer."""
    said = {
        "added": w("answered now"), "removed": w("answered no more"), "changed": w("another answer"), "backed": w("the same answer, other evidence or another note"),
        "retired": w("asked no more"), "newly_asked": w("newly asked"), "reworded": w("the question or its rule is another"),
    }[a.kind]
    return w("{said}; the question or its rule is another", said=said) if a.reworded and a.kind != "reworded" else said


def evidence_words(e: EvidenceChange, w: Words) -> str:
    """Return what became of a file."""
    names = {
        "added": w("new"), "gone": w("no more"), "content": w("other content"), "expired": w("ran out"), "renewed": w("holds again"),
        "checked": w("the machine's check found something else"),
    }
    return ", ".join(names[kind] for kind in e.kinds)


def area_name(area: str, w: Words) -> str:
    """Return where something was set, in words."""
    return {
        "tool": w("The tool"), "auditor": w("Who audited"), "dates": w("Dates"), "plan": w("The plan"), "policy": w("The policy"), "checklists": w("The questions' editions"),
        "fixtures": w("The probes"), "program": w("The programs that counted"),
    }[area]
