"""Whether the tool was one and the same from the first reply of a run to the last."""

from collections.abc import Sequence

from audit import collect, disparity, measures
from audit.plan import Plan
from audit.records import Measurement, Response
from audit.records.drifts import RunDrift
from audit.wording import one_line

_LONGEST = 120


def drift_of(plan: Plan, log: collect.Log, read: Sequence[Measurement]) -> RunDrift:
    """Return the versions that the replies of a run name, and whether what was measured moved while the tool was asked."""
    there = {probe: r for probe, r in log.responses.items() if r.failure is None}
    versions = {probe: v for probe, r in there.items() if (v := version_of(r, plan.connect.version))}
    return disparity.find_drift(read, {probe: r.at for probe, r in there.items()}, versions, plan.design.seed)


def version_of(response: Response, path: str | None) -> str:
    """Return the version or model that a reply names, with its fingerprint where it carries one; "" for none."""
    mark = response.meta.get("system_fingerprint") if not path else None
    return one_line(f"{model_of(response, path)} ({mark})" if mark else model_of(response, path), _LONGEST)


def model_of(response: Response, path: str | None) -> str:
    """Return the model or version by its name: at connect.version where the plan has it, else as the adapter kept it; "" for none."""
    found = measures.searched(response.output, path) if path else response.meta.get("model")
    return "" if found is None or isinstance(found, dict | list | bool) else one_line(str(found), _LONGEST)
