"""The same numbers as spreadsheets: no cell of them can be a formula, whatever a vendor replied."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from audit.records import Measurement, Response, Scorecard
from audit.sheets import write_csv
from audit.wording import one_line

_LONGEST_REPLY = 2_000


def write_tables(
    folder: Path, card: Scorecard, measurements: Sequence[Measurement], responses: Mapping[str, Response]
) -> None:
    """Write disparities, missingness, groups, omnibus tests, findings, comparisons of texts and responses, one CSV each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (
        ("disparities", card.disparities), ("missingness", card.missingness), ("groups", card.groups), ("omnibus", card.omnibus),
        ("findings", card.findings), ("texts", card.texts),
    ):
        _write(folder / f"{name}.csv", [msgspec.to_builtins(row) for row in rows])
    probes: dict[str, list[Measurement]] = {}
    for m in measurements:
        probes.setdefault(m.probe, []).append(m)
    _write(folder / "responses.csv", [_response(own, responses.get(probe)) for probe, own in probes.items()])


def _response(measured: Sequence[Measurement], response: Response | None) -> dict[str, Any]:
    """Return one probe's row: a column for each measure, and why the first of those that are missing is."""
    m = measured[0]
    return {
        "probe": m.probe, "set": m.set, "item": m.item, "variant": m.variant, **m.groups, **{one.measure: one.value for one in measured},
        "truth": m.truth, "second_truth": m.second_truth, "missing": next((one.missing for one in measured if one.missing is not None), None),
        "output": one_line(response.output, _LONGEST_REPLY) if response and response.failure is None else None,
        "seconds": response.seconds if response else None,
    }


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    write_csv(path, columns, (_flat(row) for row in rows))


def _flat(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: _text(value) for key, value in row.items()}


def _text(value: Any) -> Any:
    if isinstance(value, dict):
        return "; ".join(f"{k}={v}" for k, v in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "; ".join(_text(v) if isinstance(v, dict) else str(v) for v in value)
    return value
