"""Builders of measurements from small tables written out by hand."""

from collections.abc import Mapping, Sequence

from audit.disparity import Audited, of_measurements
from audit.records import Attribute, FixtureSet, Measurement


def a_set(design="matched", outcome="decision", groups=("g", "ref"), reference="ref", **changes) -> FixtureSet:
    fields = {
        "id": "s", "title": "A set", "edition": "1", "use_case": "", "design": design, "outcome": outcome,
        "attributes": {"a": Attribute(groups={g: g for g in groups}, reference=reference)}, "rows": (), "digest": "",
        "scale": (0.0, 10.0) if outcome == "score" else None,
    }
    return FixtureSet(**(fields | changes))


def measurements(
    table: Mapping[str, Sequence[float | None]], *, design="matched", measure="decision", truth=None, clusters=None
) -> list[Measurement]:
    """One value an item and group; in a matched table position i of every group is item i. None is missing."""
    found = []
    for group, values in table.items():
        for i, value in enumerate(values):
            item = f"i{i}" if design == "matched" else f"{group}{i}"
            found.append(Measurement(
                probe=f"{group}-{i}", set="s", item=item, cluster=clusters[i] if clusters else item, groups={"a": group},
                measure=measure, value=value, missing=None if value is not None else "no reply", truth=truth,
            ))
    return found


def of_rows(fixture_set, measure, rows) -> Audited:
    """Measurements as they are, of one measure."""
    return Audited(fixture_set, measure, "share" if measure == "decision" else "points", of_measurements(rows, fixture_set.attributes))


def audited(table, *, fixture_set=None, **options) -> Audited:
    fixture_set = fixture_set or a_set(design=options.get("design", "matched"), outcome=options.get("measure", "decision"), groups=tuple(table))
    return of_rows(fixture_set, fixture_set.outcome, measurements(table, **options))
