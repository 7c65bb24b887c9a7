"""junit.xml: an audit as CI systems read tests, in the shape of Jenkins' schema (xunit-plugin, junit-10.xsd); GitHub's and GitLab's readers take it too.

    passed    met, or a difference within the margin           error     open, and something required rests on it
    failure   not met, or a difference beyond the margin       skipped   does not apply, is hidden, or is open and only advisory
"""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from audit.records import Disparity, Finding, FindingOutcome, Gate, Outcome, Scorecard
from audit.report.documents.parts import role_name, status_name
from audit.report.tables import storable
from audit.report.words import SOURCE, Words
from audit.wording import one_line

_LONGEST_NAME = 300
_LONGEST_MESSAGE = 1_000
Result = Literal["passed", "failure", "error", "skipped"]


class Case(Struct, frozen=True):
    """One test. said: why, in one sentence; more: what else helps, a line each."""

    group: str
    name: str
    result: Result
    outcome: FindingOutcome | Outcome
    said: str
    more: tuple[str, ...] = ()


def junit_xml(card: Scorecard) -> bytes:
    """Return the file, UTF-8: the gates, the findings of each indicator, the comparisons that decide, the missing replies. Each suite's name says who audited."""
    role = role_name(str(card.auditor["role"]), Words(SOURCE))
    root = ET.Element("testsuites", name=_line(f"{role}: {card.tool.get('name')} {card.tool.get('version')}"))
    suites = [(title, cases) for title, cases in _suites(card) if cases]
    for title, cases in suites:
        _add_suite(root, f"{role}: {title}", card, cases)
    everything = [case for _, cases in suites for case in cases]
    root.attrib |= _counted(everything, ("tests", "failures", "errors"))
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _suites(card: Scorecard) -> Iterator[tuple[str, list[Case]]]:
    waived = {w.gate: f"Waived by {w.by} until {w.expires}: {w.reason}" for w in card.decision.waivers}
    yield "gates", [_of_gate(gate, waived.get(gate.criterion, "")) for gate in card.gates]
    for name, indicator in card.indicators.items():
        yield f"findings, {indicator.title}", [_of_finding(f) for f in card.findings if f.indicator == name]
    yield "measured comparisons", [_of_comparison("measured", d) for d in card.disparities if d.family == "confirmatory"]
    yield "missing replies", [_of_comparison("missing", d) for d in card.missingness if d.family == "confirmatory"]


def _of_gate(gate: Gate, waived: str) -> Case:
    """A waiver answers for a gate, it does not pass it: the exit code says the same."""
    result: Result = "error" if gate.passed is None else "passed" if gate.passed else "failure"
    return Case("gates", f"{gate.criterion}: {gate.question}", result, gate.outcome, gate.because, (waived,) if waived else ())


def _of_finding(f: Finding) -> Case:
    subject = f" ({f.subject})" if f.subject else ""
    backing = [f"Backed by: {e.what}" + (f" (SHA-256 {e.sha256})" if e.sha256 else "") for e in f.evidence]
    more = [f"What to do: {f.remedy}"] if f.remedy and f.outcome != "met" else []
    return Case(f"findings.{f.indicator}", f"{f.criterion}: {f.question}{subject}", _result(f.outcome, required=f.required), f.outcome, f.because, (*more, *backing))


def _result(outcome: FindingOutcome, *, required: bool) -> Result:
    if outcome in ("inconclusive", "not_assessed"):
        return "error" if required else "skipped"
    settled: dict[str, Result] = {"met": "passed", "not_met": "failure"}
    return settled.get(outcome, "skipped")


def _of_comparison(group: str, d: Disparity) -> Case:
    """Only what decides is a test. A control that moved is no gap of a group: it leaves the attribute open."""
    by = "".join(f", {name} {value}" for name, value in d.by.items())
    name = f"{d.group} against {d.reference}: {d.statistic} of {d.measure}{by}"
    result: Result = "error"
    if d.suppressed:
        result = "skipped"
    elif d.outcome == "within_margin":
        result = "passed"
    elif d.outcome == "gap_found" and not d.negative_control:
        result = "failure"
    numbers = {"estimate": d.estimate, "low": d.low, "high": d.high, "margin": d.margin, "p_adjusted": d.p_adjusted, "items": d.items, "items_needed": d.items_needed}
    more = [f"{key}: {value:.6g}" for key, value in numbers.items() if value is not None]
    return Case(f"{group}.{d.set}.{d.attribute}", name, result, d.outcome, d.because, (f"unit: {d.unit}", *more))


def _add_suite(root: ET.Element, title: str, card: Scorecard, cases: Sequence[Case]) -> None:
    suite = ET.SubElement(root, "testsuite", name=_line(title))
    suite.attrib |= _counted(cases, ("tests", "failures", "errors", "skipped"))
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(card):
        ET.SubElement(properties, "property", name=name, value=_line(value))
    used: Counter[tuple[str, str]] = Counter()
    for case in cases:
        key = (_line(case.group), _line(case.name))
        used[key] += 1
        again = f" ({used[key]})" if used[key] > 1 else ""   # CI systems know a test by its name
        one = ET.SubElement(suite, "testcase", classname=key[0], name=key[1] + again)
        if case.result != "passed":
            why = ET.SubElement(one, case.result, type=case.outcome, message=_line(case.said, _LONGEST_MESSAGE))
            why.text = "\n".join(_line(text, _LONGEST_MESSAGE) for text in (case.said, *case.more))


def _properties(card: Scorecard) -> Iterator[tuple[str, str]]:
    yield "schema", card.schema
    for key in ("name", "vendor", "version"):
        yield f"tool.{key}", str(card.tool.get(key, ""))
    for key in ("organisation", "role"):
        yield f"auditor.{key}", str(card.auditor.get(key, ""))
    yield "as_of", card.as_of
    yield "decision", card.decision.status
    yield "decision.title", status_name(card.decision.status, Words(SOURCE))
    yield "review_by", card.review_by


def _counted(cases: Sequence[Case], names: Sequence[str]) -> dict[str, str]:
    results = Counter(case.result for case in cases)
    counts = {"tests": len(cases), "failures": results["failure"], "errors": results["error"], "skipped": results["skipped"]}
    return {name: str(counts[name]) for name in names}


def _line(text: str, longest: int = _LONGEST_NAME) -> str:
    """Return a text on one line that XML 1.0 can hold, whatever it was."""
    return storable(one_line(text, longest))
