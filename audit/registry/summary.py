"""One audit as the list holds it, from its scorecard: what everybody may read, and no more.

What is public is decided as for the public summary of a run: groups of too few are hidden together with the one that would give them away,
reasons and conditions name no small group, and a file that was given in confidence is not named. A vendor's words are data: one line, cut.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from msgspec.structs import replace

from audit.errors import RegistryError
from audit.evidence import CHECKERS
from audit.fixtures.head import SetFile
from audit.records import Attribute, Condition, Disparity, EvidenceFile, FixtureSet, Outcome, OutcomeKind, Scope, Scorecard
from audit.records.listings import AuditSummary, Expiry, GapRow, IndicatorSummary
from audit.registry.catalogue import newer_questions
from audit.report.documents.duties import owner_name, plain_condition
from audit.report.documents.measured import Panel, panels
from audit.report.documents.parts import attribute_name, group_name, worst
from audit.report.documents.public import Cells, is_hidden, small_cells, without_secrets
from audit.report.documents.reasons import plain_reasons
from audit.report.documents.sentences import statistic_name
from audit.report.words import Words
from audit.wording import one_line

_MOST_REASONS = 6
_LINE, _NAME = 400, 160
_OUTCOMES: Mapping[str, OutcomeKind] = {"score": "score", "decision": "decision"}
Heads = Mapping[str, SetFile]
"""Set's id → its set.toml, of the sets whose head may be passed on."""


class Origin(NamedTuple):
    """Where a scorecard comes from: the audit's identity, its path in the list's folder, and the digest of the audit that it was adopted from."""

    digest: str
    file: str
    kind: Literal["bundle", "run"]
    adopted_from: str = ""


def summary_of(origin: Origin, card: Scorecard, heads: Heads, small: int) -> AuditSummary:
    """Return an audit's summary. small: base items, or people, below which a group is hidden. Raises RegistryError: a date that is none."""
    w = Words("en")
    for name, day in (("as_of", card.as_of), ("review_by", card.review_by)):
        _check_day(name, day)
    sets = _sets(card, heads)
    cells, clean = small_cells(card, sets, small), _masked(card)
    card = without_secrets(card, w)
    found = panels(card.disparities, sets)
    return AuditSummary(
        digest=origin.digest, file=origin.file, kind=origin.kind, **_who(card), decision=card.decision.status,
        because=tuple(clean(r) for r in plain_reasons(card, sets, w, _MOST_REASONS, hidden=lambda d: is_hidden(d, cells))),
        conditions=_conditions(card, sets, w, clean), scope=_scope(card), student_data=_text(card.tool.get("student_data")),
        indicators={_text(k): IndicatorSummary(_text(i.title), i.score, i.coverage) for k, i in card.indicators.items()},
        gates=_gates(card), review_by=card.review_by, measured=tuple(row for panel in found for row in _rows(panel, cells, w)),
        attributes=_attributes(found, cells, w), editions=_texts(card.provenance.get("checklists")), fixtures=_editions(card),
        standards=_standards(card), expiries=_expiries(card), models=_models(card), adopted_from=_text(origin.adopted_from),
        review_because=tuple(map(clean, card.review_because)), newer=newer_questions(card),
    )


def _who(card: Scorecard) -> dict[str, Any]:
    return {
        "name": _text(card.tool.get("name")), "vendor": _text(card.tool.get("vendor")), "version": _text(card.tool.get("version")),
        "organisation": _text(card.auditor.get("organisation")), "role": _text(card.auditor.get("role")), "as_of": card.as_of,
    }


def _text(value: Any) -> str:
    """Return a value of a stranger's file as a short text on one line; None is empty."""
    return "" if value is None else one_line(value, _NAME)


def _texts(value: Any) -> dict[str, str]:
    return {_text(k): _text(v) for k, v in value.items()} if isinstance(value, dict) else {}


def _check_day(name: str, day: str) -> None:
    try:
        date.fromisoformat(day)
    except ValueError:
        raise RegistryError(f"the scorecard's {name} is no date: {one_line(day, 40)!r}") from None


def _sets(card: Scorecard, heads: Heads) -> dict[str, FixtureSet]:
    """Return the sets without rows: from their heads, and where those are withheld, from the names that the results use."""
    known = card.provenance.get("fixtures")
    about = known if isinstance(known, dict) else {}
    named: dict[str, dict[str, dict[str, str]]] = {str(name): {} for name in about}
    for d in (*card.disparities, *card.missingness):
        named.setdefault(d.set, {}).setdefault(d.attribute, {}).update({d.group: "", d.reference: ""})
    for g in card.groups:
        named.setdefault(g.set, {}).setdefault(g.attribute, {})[g.group] = ""
    first = {d.set: d for d in reversed(card.disparities)}
    return {name: _set(name, heads.get(name), attributes, about.get(name), first.get(name)) for name, attributes in named.items()}


def _set(name: str, head: SetFile | None, attributes: dict[str, dict[str, str]], about: Any, first: Disparity | None) -> FixtureSet:
    own = {a: Attribute(groups=groups) for a, groups in attributes.items()}
    said = about if isinstance(about, dict) else {}
    title = str(said.get("title") or name)
    if head is None:
        outcome = _OUTCOMES.get(first.measure, "text") if first else "text"
        return FixtureSet(name, title, "", "", first.design if first else "matched", outcome, own, (), "")
    for attribute, given in head.attributes.items():
        both = own[attribute].groups | given.groups if attribute in own else given.groups
        own[attribute] = replace(given, groups=both)
    return FixtureSet(name, head.title, head.edition, head.use_case, head.design, head.outcome, own, (), "", adverse=head.adverse)


def _masked(card: Scorecard) -> Callable[[str], str]:
    """Return what takes the names of confidential files out of a text, and makes it one line."""
    names = {form for e in card.evidence if _confidential(e) for form in (e.check.file, e.filed.file, e.path, e.check.file.rsplit("/", 1)[-1]) if form}
    forms = sorted(names, key=len, reverse=True)

    def clean(text: str) -> str:
        for form in forms:
            text = text.replace(form, "a confidential document")
        return one_line(text, _LINE)

    return clean


def _confidential(file: EvidenceFile) -> bool:
    return file.filed.confidential.casefold() in ("yes", "true")


def _conditions(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words, clean: Callable[[str], str]) -> tuple[Condition, ...]:
    """Return the conditions in plain words that name no group; those that read the same are one."""
    rows: dict[tuple[str, str, str], Condition] = {}
    for c in card.decision.conditions:
        told = clean(str(plain_condition(c, card, sets, w, _LINE)))
        owner, due = clean(owner_name(c.owner, w)), clean(c.due)
        rows.setdefault((told, owner, due), Condition(told, c.kind, owner, due, clean(c.criterion), clean(c.subject)))
    return tuple(rows.values())


def _scope(card: Scorecard) -> Scope | None:
    scope = card.decision.scope
    if scope is None:
        return None
    lists = {name: tuple(map(_text, getattr(scope, name))) for name in ("use_cases", "audience", "grades", "languages", "models")}
    return Scope(_text(scope.version), student_data=_text(scope.student_data) if scope.student_data else None, **lists)


def _gates(card: Scorecard) -> tuple[int, int, int]:
    passed = [gate.passed for gate in card.gates]
    return passed.count(True), passed.count(False), passed.count(None)


def _rows(panel: Panel, cells: Cells, w: Words) -> Iterator[GapRow]:
    """Yield the comparisons of a panel with the reference; of a hidden one only whom it would be about."""
    own = panel.fixture_set
    by = ", ".join(f"{k} {v}" for k, v in sorted(panel.rows[0].by.items()))
    title = _text(f"{own.title} ({by})" if by else own.title)
    for d in panel.against:
        hidden = is_hidden(d, cells)
        numbers = dict.fromkeys(("estimate", "low", "high", "low90", "high90", "margin")) if hidden else {
            name: getattr(d, name) for name in ("estimate", "low", "high", "low90", "high90", "margin")}
        yield GapRow(
            set=title, attribute=_text(attribute_name(own, d.attribute, w)), group=_text(group_name(own, d.attribute, d.group, w)),
            reference=_text(group_name(own, d.attribute, d.reference, w)), measure=_text(d.measure), statistic=_text(d.statistic),
            what=_text(statistic_name(d, own, w)), unit=_text(d.unit), outcome="not_assessed" if hidden else d.outcome,
            negative_control=d.negative_control, hidden=hidden, **numbers,
        )


def _attributes(found: Sequence[Panel], cells: Cells, w: Words) -> dict[str, Outcome]:
    """Return attribute, in words → the outcome of all its comparisons that may be shown."""
    rows: dict[str, list[Disparity]] = {}
    for panel in found:
        rows.setdefault(_text(attribute_name(panel.fixture_set, panel.attribute, w)), []).extend(d for d in panel.rows if not is_hidden(d, cells))
    return {name: _worst(own) for name, own in rows.items()}


def _worst(rows: Sequence[Disparity]) -> Outcome:
    found: Outcome = worst(rows)  # type: ignore[assignment]
    return found


def _editions(card: Scorecard) -> dict[str, str]:
    known = card.provenance.get("fixtures")
    return {_text(k): _text(v.get("edition")) for k, v in known.items() if isinstance(v, dict)} if isinstance(known, dict) else {}


def _standards(card: Scorecard) -> tuple[str, ...]:
    """Return in words the standards of which a file was checked without an error; "table" is only looked through."""
    kinds = {e.check.kind or "" for e in card.evidence if not e.check.errors and not e.check.personal}
    return tuple(sorted(CHECKERS[kind].title for kind in kinds if kind in CHECKERS and kind != "table"))


def _expiries(card: Scorecard) -> tuple[Expiry, ...]:
    """Return the documents that run out, the first to do so first; one that was given in confidence has no name."""
    found = {Expiry(_text(e.filed.what or e.check.kind or "document"), _paper(e), _text(e.expires)) for e in card.evidence if e.expires}
    return tuple(sorted(found, key=lambda e: (e.expires, e.what, e.name)))


def _paper(file: EvidenceFile) -> str:
    return "a confidential document" if _confidential(file) else _text(file.check.title or file.path or file.check.file)


def _models(card: Scorecard) -> tuple[str, ...]:
    named = card.provenance.get("models")
    scope = card.decision.scope
    every = (*(named if isinstance(named, list) else ()), *(scope.models if scope else ()))
    return tuple(sorted({_text(one) for one in every}))
