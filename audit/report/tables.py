"""The same numbers as spreadsheets: no cell of them can be a formula, whatever a vendor replied. Each row says who audited."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit.records import (
    Change,
    Claim,
    ClaimBeside,
    Condition,
    Contradiction,
    Disparity,
    EvidenceFile,
    Finding,
    Gate,
    GroupValue,
    Indicator,
    Measurement,
    Omnibus,
    Response,
    Scorecard,
    Sensitivity,
    Step,
    TextDifference,
    Waiver,
)
from audit.sheets import write_csv
from audit.wording import one_line

_LONGEST_REPLY = 2_000
_MOST_PROBLEMS = 20
_ROLE = "auditor_role"
_CHECKED = ("file", "kind", "title", "sha256", "size", "errors", "warnings", "personal")
_FILED = ("what", "issuer", "number", "version", "issued", "supplied_by", "received", "confidential", "note")
_EVIDENCE = (*_CHECKED, *_FILED, "expires", "expired", "problems")
_CLAIMS = (*(name for name in Claim.__struct_fields__ if name != "where"), "outcome", "measured")
_SENSITIVITY = ("kind", "indicator", "score", "low", "high", "status")
_RESPONSES = ("probe", "set", "item", "variant")
_NOT_STORABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Table(Struct, frozen=True):
    """A table: its columns, and rows of texts, numbers, true or false and None. It has columns even where it has no row."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]


def write_tables(
    folder: Path, card: Scorecard, measurements: Sequence[Measurement], responses: Mapping[str, Response]
) -> dict[str, Table]:
    """Write each table of `tables_of` as NAME.csv into a folder, and return them."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = tables_of(card, measurements, responses)
    for name, table in tables.items():
        write_csv(folder / f"{name}.csv", table.columns, table.rows)
    return tables


def tables_of(card: Scorecard, measurements: Sequence[Measurement], responses: Mapping[str, Response]) -> dict[str, Table]:
    """Return name → table of everything a scorecard holds, and of the replies; the first column of each is the auditor's role."""
    decision = card.decision
    tables = {
        "gates": _of(Gate, card.gates), "conditions": _of(Condition, decision.conditions), "changes": _of(Change, decision.would_change),
        "steps": _of(Step, decision.steps), "waivers": _of(Waiver, decision.waivers), "indicators": _indicators(card.indicators),
        "findings": _of(Finding, card.findings), "disparities": _of(Disparity, card.disparities), "missingness": _of(Disparity, card.missingness),
        "groups": _of(GroupValue, card.groups), "omnibus": _of(Omnibus, card.omnibus), "texts": _of(TextDifference, card.texts),
        "evidence": _table(_EVIDENCE, map(_file, card.evidence)), "contradictions": _of(Contradiction, card.contradictions),
        "claims": _table(_CLAIMS, map(_claim, card.claims)), "sensitivity": _table(_SENSITIVITY, _sensitivity(card.sensitivity)),
        "responses": _responses(measurements, responses),
    }
    role = {_ROLE: card.auditor.get("role")}
    return {name: Table((_ROLE, *table.columns), tuple(role | row for row in table.rows)) for name, table in tables.items()}


def storable(text: str) -> str:
    """Return a text with U+FFFD for each character that XML 1.0, and so a workbook, cannot hold: control characters, halves of surrogate pairs."""
    return _NOT_STORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _of(kind: type[Struct], records: Iterable[Struct]) -> Table:
    return _table(kind.__struct_fields__, (msgspec.to_builtins(record) for record in records))


def _table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Table:
    return Table(tuple(columns), tuple({key: _text(value) for key, value in row.items()} for row in rows))


def _indicators(indicators: Mapping[str, Indicator]) -> Table:
    rows = ({"indicator": name} | msgspec.to_builtins(one) for name, one in indicators.items())
    return _table(("indicator", *Indicator.__struct_fields__), rows)


def _file(one: EvidenceFile) -> dict[str, Any]:
    """Return one file's row: what a machine found, what the register says, and until when it holds."""
    problems = [f"{p.level}: {p.where}: {p.what}" for p in one.check.problems[:_MOST_PROBLEMS]]
    return {name: getattr(one.check, name) for name in _CHECKED} | {name: getattr(one.filed, name) for name in _FILED} | {
        "expires": one.expires, "expired": one.expired, "problems": problems,
    }


def _claim(one: ClaimBeside) -> dict[str, Any]:
    return {name: getattr(one.claim, name, None) for name in _CLAIMS} | {"outcome": one.outcome, "measured": one.measured}


def _sensitivity(found: Sensitivity | None) -> Iterable[dict[str, Any]]:
    """Yield a row for each indicator's scores, for each status that some weights give, and for each range of margins (low and high: times the policy's)."""
    if found is None:
        return
    for score in found.scores:
        yield {"kind": "score"} | msgspec.to_builtins(score)
    for status in found.status_by_weights:
        yield {"kind": "weights", "low": 1 / found.weight_factor, "high": found.weight_factor, "status": status}
    for margin in found.margins:
        yield {"kind": "margins", "low": margin.from_factor, "high": margin.to_factor, "status": margin.status}


def _responses(measurements: Sequence[Measurement], responses: Mapping[str, Response]) -> Table:
    probes: dict[str, list[Measurement]] = {}
    for m in measurements:
        probes.setdefault(m.probe, []).append(m)
    rows = [_response(own, responses.get(probe)) for probe, own in probes.items()]
    return _table(tuple(dict.fromkeys((*_RESPONSES, *(key for row in rows for key in row)))), rows)


def _response(measured: Sequence[Measurement], response: Response | None) -> dict[str, Any]:
    """Return one probe's row: a column for each measure, and why the first of those that are missing is."""
    m = measured[0]
    return {
        "probe": m.probe, "set": m.set, "item": m.item, "variant": m.variant, **m.groups, **{one.measure: one.value for one in measured},
        "truth": m.truth, "second_truth": m.second_truth, "missing": next((one.missing for one in measured if one.missing is not None), None),
        "output": one_line(response.output, _LONGEST_REPLY) if response and response.failure is None else None,
        "seconds": response.seconds if response else None,
    }


def _text(value: Any) -> Any:
    """Return a value as a cell: lists and tables on one line."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return "; ".join(f"{_text(k)}={_text(v)}" for k, v in value.items())
    if isinstance(value, Iterable):
        return "; ".join(str(_text(v)) for v in value)
    return value
