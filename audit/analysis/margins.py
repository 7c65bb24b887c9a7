"""The margins as given on the command line, laid over the shipped policy's."""

import re
from collections.abc import Mapping
from typing import Literal

from msgspec.structs import replace

from audit.analysis.request import Request
from audit.errors import TableError
from audit.policy import Margin, Policy, check_margin, units_of
from audit.records import OutcomeKind
from audit.wording import one_line

Unit = Literal["share", "sd", "ratio", "points"]
_GIVEN = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*(%|sd)?\s*", re.ASCII | re.IGNORECASE)
_SOURCE = "Given on the command line."
_OWN: Mapping[OutcomeKind, Unit] = {"decision": "share", "score": "points", "text": "points"}


def chosen_policy(policy: Policy, request: Request) -> Policy:
    """Return the policy with the request's margins in place of its own.

    `--margin` is for every statistic that can decide about the outcome: in shares for decisions, in points
    or SD for the others; not for missing rates, which keep theirs unless named. Raises TableError or PlanError.
    """
    # a table declares no scale: the range that was seen may rest on one gross error, and must not widen a margin
    margins = {name: replace(margin, at_least_of_scale=0.0) for name, margin in policy.margins.items()}
    if request.margin is not None:
        margins |= _for_all(request.margin, policy, _OWN[request.outcome])
    for statistic, given in request.margins.items():
        margins[statistic] = _named(statistic, given)
    return replace(policy, margins=margins)


def _for_all(given: str, policy: Policy, own: Unit) -> dict[str, Margin]:
    value, unit = _read(given, "--margin", own)
    if unit not in {own, "sd"} or (unit == "sd" and own == "share"):
        raise TableError(f"--margin {one_line(given, 40)}: the unit does not fit", fix=f"Give a number in: {own}.")
    margin = Margin(value, unit, _SOURCE)
    found = {name: margin for name in policy.margins if unit in units_of(name) and name != "missing_rate"}
    for name in found:
        check_margin(name, margin, "--margin")
    return found


def _named(statistic: str, given: str) -> Margin:
    option = f"--margin-for {one_line(statistic, 60)}"
    units = units_of(statistic)
    bare: tuple[Unit, ...] = ("points", "ratio", "share", "sd")
    own: Unit = next((one for one in bare if one in units), "share")
    value, unit = _read(given, option, own)
    margin = Margin(value, unit, _SOURCE)
    check_margin(statistic, margin, option)
    return margin


def _read(given: str, option: str, own: Unit) -> tuple[float, Unit]:
    """Return the number and its unit: "5%" is a share, "0.1sd" standard deviations, a bare number the statistic's own unit."""
    match = _GIVEN.fullmatch(given)
    if match is None or float(match[1]) == 0:
        raise TableError(f"{option} {one_line(given, 40)!r} is not a margin", fix='Give a number above zero, such as 0.05, "5%" or "0.1sd".')
    if match[2] == "%":
        return float(match[1]) / 100, "share"
    return float(match[1]), "sd" if match[2] else own
